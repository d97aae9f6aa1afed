"""Scales of the apparent tardiness cost rules, fitted to one problem by pattern search."""

from __future__ import annotations

from scheduling.check import measure
from scheduling.dispatch import Rule, RuleOptions, run_dispatch
from scheduling.finite.search import ScheduleSearch
from scheduling.finite.shop import make_shop
from scheduling.objective import Measure
from scheduling.problem import NEVER

CENTRE = RuleOptions(5.0, 0.2)
STEPS = (2, 1, 0.5)
MOST_RUNS = 60

Point = tuple[float, float]


def tune_rules(search: ScheduleSearch, seconds: float) -> None:
    """Offer schedules of ATC, with setups ATCS, whose scales come nearer and nearer to the best for this problem.

    From ``k1 = 5``, ``k2 = 0.2``, both scales are taken 4 times as large and as small, one at a time, as long as that
    is better; then twice, then 1.4 times (Hooke and Jeeves 1961). It ends after 60 schedules or when the time is over.

    Parameters
    ----------
    search
        The search, with its clock and its best schedule.
    seconds
        The time for it.
    """
    problem = search.problem
    counts = Measure.WEIGHTED_TARDINESS in problem.objective.measures and bool((problem.job_due < NEVER).any())
    if not counts or search.is_over:
        return
    rule = Rule.ATCS if problem.setup_time.size else Rule.ATC
    directions: tuple[Point, ...] = ((1, 0), (-1, 0), (0, 1), (0, -1))
    directions = directions if rule is Rule.ATCS else directions[:2]
    shop = make_shop(problem)
    ends = search.seconds + seconds
    keys: dict[Point, tuple[float, ...]] = {}

    def key(point: Point) -> tuple[float, ...]:
        if point not in keys:
            search.step = f"{rule} fitted"
            options = RuleOptions(CENTRE.due_scale * 2.0 ** point[0], CENTRE.setup_scale * 2.0 ** point[1])
            schedule = run_dispatch(problem, rule, options, shop)
            keys[point] = (float("inf"),)
            if schedule is not None:
                keys[point] = problem.objective.key(measure(problem, schedule))
                search.offer(schedule)
        return keys[point]

    best: Point = (0, 0)
    for step in STEPS:
        is_better = True
        while is_better:
            is_better = False
            for a, b in directions:
                if search.ask() or search.seconds >= ends or len(keys) >= MOST_RUNS:
                    return
                point = (best[0] + step * a, best[1] + step * b)
                if key(point) < key(best):
                    best, is_better = point, True
