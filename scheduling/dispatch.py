"""Dispatching rules: schedules of any size in seconds, forward and backward."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from scheduling.finite.make import problem_from_jobs
from scheduling.finite.shop import Shop, make_shop, schedule_of
from scheduling.kernels.dispatch import (
    BY_KEY,
    BY_READY_TIME,
    CRITICAL_RATIO,
    SHORTEST_SETUP,
    TARDINESS_COST,
    TARDINESS_COST_SETUP,
    dispatch,
)
from scheduling.kernels.paths import longest_paths
from scheduling.objective import Measure
from scheduling.problem import NEVER, Floats, SchedulingProblem
from scheduling.schedule import Schedule

_BREADTH = 127
_NARROW = 1


class Rule(StrEnum):
    """Which task of a queue comes first.

    ``EDD`` earliest due date; ``SPT`` shortest processing time; ``CR`` critical ratio; ``ATC`` apparent tardiness cost;
    ``ATCS`` the same with setups; ``MWKR`` most work remaining; ``MOPNR`` most operations remaining; ``FIFO`` first
    in, first out; ``SST`` shortest setup time. ``docs/concepts/finite_scheduling.md`` has the formulas and sources.
    """

    EDD = "EDD"
    SPT = "SPT"
    CR = "CR"
    ATC = "ATC"
    ATCS = "ATCS"
    MWKR = "MWKR"
    MOPNR = "MOPNR"
    FIFO = "FIFO"
    SST = "SST"


_SCORES = {
    Rule.CR: CRITICAL_RATIO,
    Rule.ATC: TARDINESS_COST,
    Rule.ATCS: TARDINESS_COST_SETUP,
    Rule.FIFO: BY_READY_TIME,
    Rule.SST: SHORTEST_SETUP,
}


@dataclass(frozen=True, slots=True)
class RuleOptions:
    """How a rule is applied.

    Parameters
    ----------
    due_scale, setup_scale
        ``k1`` and ``k2`` of ATC and ATCS: how soon a due date, and how much a setup, counts.
    """

    due_scale: float = 2.0
    setup_scale: float = 0.5


def run_dispatch(
    problem: SchedulingProblem,
    rule: Rule = Rule.MWKR,
    options: RuleOptions = RuleOptions(),
    shop: Shop | None = None,
) -> Schedule | None:
    """Return the schedule that a rule gives, ``None`` when it could not place everything.

    Parameters
    ----------
    problem, rule, options
        What is scheduled, and how.
    shop
        The problem made ready, when it was made before.

    Examples
    --------
    >>> from scheduling.finite.make import problem_from_jobs
    >>> shop = problem_from_jobs([[[(0, 3)], [(1, 2)]], [[(1, 4)], [(0, 1)]]])
    >>> run_dispatch(shop, Rule.MWKR).operation_start.tolist()
    [0, 4, 0, 4]
    """
    ready = shop or make_shop(problem)
    score = _SCORES.get(rule, BY_KEY)
    return _run(problem, ready, score, rule_keys(ready, rule), _scales(ready, options))


def prepare_dispatch() -> None:
    """Compile the kernels, so that the first run does not pay for it."""
    run_dispatch(problem_from_jobs([[[(0, 1)], [(0, 1)]]]))


def run_list(problem: SchedulingProblem, keys: Floats, shop: Shop | None = None) -> Schedule | None:
    """Return the schedule that dispatches in the order of given keys, the least first.

    Parameters
    ----------
    problem
        What is scheduled.
    keys
        float64, shape (n_operations,).
    shop
        The problem made ready, when it was made before.
    """
    ready = shop or make_shop(problem)
    return _run(problem, ready, BY_KEY, np.asarray(keys, np.float64)[ready.operation], np.ones(2))


def rule_keys(shop: Shop, rule: Rule) -> Floats:
    """Return the order of the queues under a rule; ties go to the task with most work behind it."""
    tasks = shop.arrays.tasks[:-1]
    tail, due = tasks["tail"].astype(np.float64), tasks["due"].astype(np.float64)
    keys: Floats = due - tail
    tie = tail / (tail.max(initial=0.0) + 1.0)
    if rule is Rule.EDD:
        keys = due - tie
    elif rule is Rule.SPT:
        keys = shop.shortest - tie
    elif rule is Rule.MWKR:
        keys = -tail
    elif rule is Rule.MOPNR:
        keys = -_operations_left(shop) - tie
    return keys


def _operations_left(shop: Shop) -> Floats:
    """Return the longest chain of operations that begins with each task."""
    arcs, ones = shop.arrays.successors["task"].copy(), np.ones(shop.n_tasks, np.int64)
    head, left = np.zeros_like(ones), np.zeros_like(ones)
    longest_paths(shop.arrays.tasks["first_successor"].astype(np.int64), arcs, np.zeros_like(arcs), ones, head, left)
    return left.astype(np.float64)


def _scales(shop: Shop, options: RuleOptions) -> Floats:
    """Return the denominators of ATC and ATCS."""
    duration = float(np.maximum(shop.shortest, 1).mean()) if shop.n_tasks else 1.0
    setups = shop.arrays.setup_time[shop.arrays.setup_time > 0]
    setup = float(setups.mean()) if setups.size else 1.0
    return np.array([options.due_scale * duration, options.setup_scale * setup])


def _run(problem: SchedulingProblem, shop: Shop, score: int, keys: Floats, scales: Floats) -> Schedule | None:
    """Return the schedule of one run of the kernel."""
    arrays = shop.arrays_for_a_run()
    due = arrays.tasks["due"]
    if score in (TARDINESS_COST, TARDINESS_COST_SETUP):
        # without a due date a job is as urgent as one that is due
        due[due >= NEVER] = 0
    looks_at_many = shop.has_rooms or score >= CRITICAL_RATIO
    breadth = max(shop.n_tasks, 1) if problem.n_resources else _BREADTH if looks_at_many else _NARROW
    left = dispatch(arrays, score, keys, breadth, scales)
    return schedule_of(problem, shop, arrays.tasks) if left == 0 else None


def rules_for(problem: SchedulingProblem) -> tuple[tuple[Rule, RuleOptions], ...]:
    """Return the rules that are worth trying for the objective of a problem, the most promising first."""
    measures = problem.objective.measures
    has_due = bool((problem.job_due < NEVER).any()) and Measure.WEIGHTED_TARDINESS in measures
    has_setups = problem.setup_time.size > 0
    plain = RuleOptions()
    wide = (RuleOptions(0.5, 0.2), RuleOptions(5.0, 0.2), RuleOptions(2.0, 0.1), RuleOptions(5.0, 1.0))
    by_cost = Rule.ATCS if has_setups else Rule.ATC
    if has_due:
        rules = [(by_cost, plain), *((by_cost, one) for one in wide), (Rule.EDD, plain), (Rule.CR, plain)]
        rules += [(Rule.SPT, plain), (Rule.MWKR, plain)]
    elif Measure.FLOW_TIME in measures:
        rules = [(Rule.SPT, plain), (by_cost, plain), (Rule.MWKR, plain)]
    else:
        rules = [(Rule.MOPNR, plain), (Rule.MWKR, plain), (Rule.FIFO, plain), (Rule.SPT, plain)]
        rules += [(Rule.ATCS, plain), (Rule.ATCS, wide[0])] if has_setups else []
    return tuple([*rules, (Rule.SST, plain)] if has_setups else rules)
