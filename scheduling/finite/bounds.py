"""Lower bounds from the load of machines, the length of jobs and the energy of resources."""

from __future__ import annotations

import numpy as np

from scheduling.kernels.paths import longest_paths
from scheduling.objective import Measure, MeasureValues
from scheduling.problem import NEVER, NONE, Longs, SchedulingProblem


def lower_bound(problem: SchedulingProblem) -> float:
    """Return what no schedule is better than, in the objective of a problem.

    Notes
    -----
    Heads and tails are longest paths of shortest durations. Makespan: the longest path; for every machine, and every
    set of its single-alternate operations with a head of at least ``h``, ``h + load / units + least tail``; for every
    resource, ``energy / capacity``. Tardiness and flow time: every job on its longest path. Setups: 0.

    Examples
    --------
    >>> from scheduling.finite.make import problem_from_jobs
    >>> lower_bound(problem_from_jobs([[[(0, 3)], [(1, 2)]], [[(0, 4)], [(1, 5)]]]))
    10.0
    """
    return problem.objective.value(measure_bounds(problem))


def measure_bounds(problem: SchedulingProblem) -> MeasureValues:
    """Return a lower bound of every measure."""
    if problem.n_operations == 0:
        return MeasureValues(0.0, 0, 0, 0.0, 0.0, 0.0, 0)
    shortest = np.minimum.reduceat(problem.mode_duration, problem.mode_indptr[:-1])
    head, tail = _heads_and_tails(problem, shortest)
    end = np.zeros(problem.n_jobs, np.int64)
    np.maximum.at(end, problem.operation_job, head + shortest)
    has_operations = np.diff(problem.job_indptr) > 0
    late = np.where((problem.job_due < NEVER) & has_operations, np.maximum(end - problem.job_due, 0), 0)
    flow = np.where(has_operations, end - problem.job_release, 0)
    makespan = int((head + tail).max())
    if Measure.MAKESPAN in problem.objective.measures:
        makespan = max(makespan, _machine_bound(problem, shortest, head, tail), _energy_bound(problem))
    weight = problem.job_weight
    return MeasureValues(float(weight @ late), makespan, 0, 0.0, float(weight @ flow), 0.0, int((late > 0).sum()))


def _heads_and_tails(problem: SchedulingProblem, shortest: Longs) -> tuple[Longs, Longs]:
    """Return the earliest start of each operation, and the longest path from its start."""
    head = np.maximum(problem.operation_release, problem.job_release[problem.operation_job])
    head = np.maximum(head, problem.operation_lock_start)
    tail = np.zeros_like(shortest)
    # with overlap who follows may start before the end
    overlap = np.where(problem.arc_overlap > 0, -shortest[problem.arc_from], problem.arc_minimum_lag)
    longest_paths(problem.successor_indptr, problem.arc_to.astype(np.int64), overlap, shortest, head, tail)
    return head, tail


def _machine_bound(problem: SchedulingProblem, shortest: Longs, head: Longs, tail: Longs) -> int:
    """Return the greatest load of a machine with the least head before it and the least tail after it."""
    single = np.flatnonzero((np.diff(problem.mode_indptr) == 1) & (problem.operation_batch == NONE))
    machine = problem.mode_machine[problem.mode_indptr[single]]
    units = np.diff(problem.machine_unit_indptr)
    best = 0
    order = np.lexsort((-head[single], machine))
    single, machine = single[order], machine[order]
    cuts = np.flatnonzero(np.diff(machine)) + 1
    for part in np.split(np.arange(single.size), cuts) if single.size else []:
        if machine[part[0]] == NONE:
            continue
        ones = single[part]
        load = np.cumsum(shortest[ones])
        rest = np.minimum.accumulate(tail[ones] - shortest[ones])
        n_units = int(units[machine[part[0]]])
        best = max(best, int((head[ones] + -(-load // n_units) + rest).max()))
    return best


def _energy_bound(problem: SchedulingProblem) -> int:
    """Return the longest time that the capacity of a resource takes to give all that is needed of it."""
    if problem.n_resources == 0 or (problem.operation_batch != NONE).any():
        return 0
    owner = np.repeat(problem.mode_operation, np.diff(problem.need_indptr))
    duration = np.repeat(problem.mode_duration, np.diff(problem.need_indptr))
    best = 0
    for resource in range(problem.n_resources):
        at = np.flatnonzero(problem.need_resource == resource)
        n_modes = np.bincount(owner[at], minlength=problem.n_operations)
        least = np.full(problem.n_operations, NEVER, np.int64)
        np.minimum.at(least, owner[at], problem.need_units[at] * duration[at])
        # an operation with an alternate that needs none of it may need none
        must = (n_modes == np.diff(problem.mode_indptr)) & (n_modes > 0)
        capacity = int(problem.resource_capacity[resource])
        if capacity > 0:
            best = max(best, -(-int(least[must].sum()) // capacity))
    return best
