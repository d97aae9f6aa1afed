"""Tries rules one after the other, then lists backward and forward from the best."""

from __future__ import annotations

import numpy as np

from scheduling.dispatch import rules_for, run_dispatch, run_list
from scheduling.finite.reverse import reversed_problem
from scheduling.finite.search import ScheduleSearch
from scheduling.finite.shop import make_shop
from scheduling.objective import Measure
from scheduling.problem import NEVER
from scheduling.schedule import Schedule

_MOST_ROUNDS = 10


def try_rules(search: ScheduleSearch, seconds: float = float("inf")) -> None:
    """Offer the schedules of the rules that suit the objective, at least one, while there is time.

    Parameters
    ----------
    search
        The search, with its clock and its best schedule.
    seconds
        No rule and no round is begun after so long.
    """
    problem = search.problem
    ends = search.seconds + seconds
    shop = make_shop(problem)
    for rule, options in rules_for(problem):
        search.step = str(rule)
        search.offer(run_dispatch(problem, rule, options, shop))
        if search.ask():
            return
        if search.schedule is not None and search.seconds >= ends:
            break
    improve_backward_and_forward(search, ends)


def improve_backward_and_forward(search: ScheduleSearch, ends: float = float("inf")) -> None:
    """Schedule backward in the order of the ends of the best schedule, then forward in that of the starts so found.

    Rounds go on while they make it better (Li and Willis 1992; double justification) and until `ends`.
    """
    problem = search.problem
    shop = make_shop(problem)
    for _ in range(_MOST_ROUNDS):
        if search.schedule is None or search.is_over or search.seconds >= ends:
            return
        search.step = "backward-forward"
        mirror = reversed_problem(problem, _horizon(search, search.schedule))
        backward = run_list(mirror, -search.schedule.operation_end.astype(np.float64))
        if backward is None:
            return
        keys = -backward.operation_end.astype(np.float64)
        if not search.offer(run_list(problem, keys, shop)) or search.ask():
            return


def _horizon(search: ScheduleSearch, schedule: Schedule) -> int:
    """Return from when to schedule backward: the makespan, or the last due date where due dates count."""
    end = int(schedule.operation_end.max(initial=0))
    due = search.problem.job_due[search.problem.job_due < NEVER]
    has_due = Measure.WEIGHTED_TARDINESS in search.problem.objective.measures
    return max(end, int(due.max(initial=0))) if has_due else end
