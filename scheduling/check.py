"""The proof that a schedule keeps every constraint, without a solver, and the value of every objective."""

from __future__ import annotations

import numpy as np

from scheduling.finite.check_order import check_order
from scheduling.finite.check_places import check_places
from scheduling.finite.check_rooms import check_rooms
from scheduling.finite.violations import Violations
from scheduling.objective import MeasureValues
from scheduling.problem import NEVER, SchedulingProblem
from scheduling.schedule import CheckedSchedule, Constraint, Schedule, setups_before


def check(problem: SchedulingProblem, schedule: Schedule, most_told: int = 20) -> CheckedSchedule:
    """Return every constraint that a schedule violates, and its measures.

    Written for numpy, apart from what schedules: it shares no code with the kernels and solvers that it checks.

    Parameters
    ----------
    problem, schedule
        What is checked.
    most_told
        So many violations of a kind are told one by one; all are counted.

    Examples
    --------
    >>> from scheduling.finite.make import problem_from_jobs
    >>> shop = problem_from_jobs([[[(0, 3)]], [[(0, 2)]]])
    >>> both = np.zeros(2, np.int32)
    >>> late = Schedule(np.array([0, 1], np.int32), both, np.array([0, 3]), np.array([3, 5]))
    >>> check(shop, late).is_feasible, check(shop, late).values.makespan
    (True, 5)
    >>> early = Schedule(np.array([0, 1], np.int32), both, np.array([0, 2]), np.array([3, 4]))
    >>> check(shop, early).violations[0].sentence
    'on 1, 2.1 starts at 2, 1 before 1.1 ends'
    """
    found = Violations(most_told)
    if sentence := _misfit(problem, schedule):
        found.add_one(Constraint.SHAPE, sentence)
        return CheckedSchedule(tuple(found.told), found.counts, None)
    check_places(problem, schedule, found)
    check_order(problem, schedule, found)
    check_rooms(problem, schedule, found)
    return CheckedSchedule(tuple(found.told), found.counts, measure(problem, schedule))


def measure(problem: SchedulingProblem, schedule: Schedule) -> MeasureValues:
    """Return every measure of a schedule."""
    end = np.zeros(problem.n_jobs, dtype=np.int64)
    np.maximum.at(end, problem.operation_job, schedule.operation_end)
    has_operations = np.diff(problem.job_indptr) > 0
    has_due = (problem.job_due < NEVER) & has_operations
    lateness = np.where(has_due, end - problem.job_due, 0).astype(np.float64)
    setup_time, setup_cost = setups_before(problem, schedule)
    weight = problem.job_weight
    return MeasureValues(
        weighted_tardiness=float(weight @ np.maximum(lateness, 0)),
        makespan=int(end.max(initial=0)),
        setup_time=int(setup_time.sum()),
        setup_cost=float(setup_cost.sum()),
        flow_time=float(weight @ np.where(has_operations, end - problem.job_release, 0)),
        earliness=float(weight @ np.maximum(-lateness, 0)),
        n_late_jobs=int((lateness > 0).sum()),
    )


def _misfit(problem: SchedulingProblem, schedule: Schedule) -> str:
    """Return why the arrays of a schedule do not fit the problem; empty when they do."""
    length = (problem.n_operations,)
    arrays = (schedule.operation_mode, schedule.operation_unit, schedule.operation_start, schedule.operation_end)
    if any(array.shape != length for array in arrays):
        return f"mode, unit, start and end must be given for each of {problem.n_operations} operations"
    mode, unit = schedule.operation_mode, schedule.operation_unit
    if (mode < 0).any() or (mode >= problem.n_modes).any():
        return f"every operation must have a mode from 0 to {problem.n_modes - 1}"
    if (unit < -1).any() or (unit >= problem.n_units).any():
        return f"every operation must have a unit from 0 to {problem.n_units - 1}, or -1"
    return ""
