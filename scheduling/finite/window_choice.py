"""Which operations a window takes: those around one that decides the objective, by time, machines or jobs."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from scheduling.finite.draws import Draws
from scheduling.objective import Measure
from scheduling.problem import NEVER, NONE, Flags, Floats, Longs, SchedulingProblem
from scheduling.schedule import Schedule, setups_before

ANYWHERE = 0.3
LONGEST_PATH = 400


class WindowKind(StrEnum):
    """What the operations of a window have in common, besides that they run at about the same time."""

    TIME = "time"
    MACHINES = "machines"
    JOBS = "jobs"


def choose_window(problem: SchedulingProblem, schedule: Schedule, kind: WindowKind, size: int, draws: Draws) -> Flags:
    """Return, as bool of shape (n_operations,), which operations to do anew.

    Those nearest in time to an operation drawn by :func:`draw_centre`: of all (``time``), of some machines, or of some
    jobs; batches wholly.

    Parameters
    ----------
    problem, schedule
        The whole, and its present schedule.
    kind, size
        Which operations, and about how many.
    draws
        The random choices.
    """
    centre = draw_centre(problem, schedule, draws)
    middle = schedule.operation_start + schedule.operation_end
    distance = np.abs(middle - middle[centre]).astype(np.float64)
    if kind is WindowKind.MACHINES and problem.n_units > 2:
        distance[~_on_some_units(problem, schedule, centre, draws)] = np.inf
    elif kind is WindowKind.JOBS and problem.n_jobs > 2:
        distance[~_of_some_jobs(problem, distance, centre, size, draws)] = np.inf
    distance[centre] = -1.0
    nearest = np.argsort(distance, kind="stable")[: max(2, size)]
    free = np.zeros(problem.n_operations, np.bool_)
    free[nearest[np.isfinite(distance[nearest])]] = True
    batch = problem.operation_batch
    free |= (batch != NONE) & np.isin(batch, batch[free])
    return free


def _on_some_units(problem: SchedulingProblem, schedule: Schedule, centre: int, draws: Draws) -> Flags:
    """Return what runs on the unit of an operation and on some others, up to half of all."""
    n_units = 1 + draws.below(problem.n_units // 2)
    chosen = np.zeros(problem.n_units + 1, np.bool_)
    chosen[draws.some(problem.n_units, n_units)] = True
    chosen[schedule.operation_unit[centre]] = True
    return chosen[schedule.operation_unit]


def _of_some_jobs(problem: SchedulingProblem, distance: Floats, centre: int, size: int, draws: Draws) -> Flags:
    """Return the operations of an operation's job and of others that run at the same time."""
    job = problem.operation_job
    near = np.unique(job[np.argsort(distance, kind="stable")[: 4 * size]])
    mean_length = max(1.0, problem.n_operations / problem.n_jobs)
    n_jobs = min(near.size, max(2, int(size / mean_length)))
    chosen = np.zeros(problem.n_jobs, np.bool_)
    chosen[near[draws.some(near.size, n_jobs)]] = True
    chosen[job[centre]] = True
    return chosen[job]


def draw_centre(problem: SchedulingProblem, schedule: Schedule, draws: Draws) -> int:
    """Return an operation: three times of ten any; else one that delays a job on which the objective hangs.

    From the end of that job the operation that it waited for, and so on, is followed back to the beginning; of those
    one is drawn.
    """
    weight = _pull(problem, schedule)
    total = float(weight.sum())
    if draws.number() < ANYWHERE or total <= 0.0:
        return draws.below(problem.n_operations)
    last = draws.one_of(weight)
    path = _waits(problem, schedule, last, draws)
    return path[draws.below(len(path))]


def _pull(problem: SchedulingProblem, schedule: Schedule) -> Floats:
    """Return how much of the objective hangs on the end of each operation."""
    end, job = schedule.operation_end, problem.operation_job
    job_end = np.zeros(problem.n_jobs, np.int64)
    np.maximum.at(job_end, job, end)
    late = np.where(problem.job_due < NEVER, np.maximum(job_end - problem.job_due, 0), 0)
    by_job = np.zeros(problem.n_jobs)
    pull = np.zeros(problem.n_operations)
    for measure, factor in problem.objective.terms:
        if measure is Measure.WEIGHTED_TARDINESS:
            by_job += factor * problem.job_weight * late
        elif measure is Measure.FLOW_TIME:
            by_job += factor * problem.job_weight * (job_end - problem.job_release)
        elif measure is Measure.MAKESPAN:
            pull += np.where(end == end.max(), factor * end.max(), 0.0)
        elif measure in (Measure.SETUP_TIME, Measure.SETUP_COST):
            pull += factor * setups_before(problem, schedule)[measure is Measure.SETUP_COST]
    return pull + np.where(end == job_end[job], by_job[job], 0.0)


def _waits(problem: SchedulingProblem, schedule: Schedule, last: int, draws: Draws) -> list[int]:
    """Return a path back from an operation: before each, who ended last of those that it may wait for."""
    start, end, unit = schedule.operation_start, schedule.operation_end, schedule.operation_unit
    path = [last]
    while len(path) < LONGEST_PATH and start[path[-1]] > 0:
        one = path[-1]
        is_before = (unit == unit[one]) if unit[one] != NONE else np.zeros(problem.n_operations, np.bool_)
        if problem.n_resources:
            is_before |= end == start[one]
        arcs = slice(*problem.predecessor_indptr[one : one + 2].tolist())
        is_before[problem.arc_from[problem.predecessor_arcs[arcs]]] = True
        found: Longs = np.flatnonzero(is_before & (end <= start[one]) & (start < start[one]))
        if found.size == 0:
            break
        latest = found[end[found] == end[found].max()]
        path.append(int(latest[draws.below(latest.size)]))
    return path
