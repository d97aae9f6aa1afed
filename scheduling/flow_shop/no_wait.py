"""Shops without waiting: each job runs as one rigid block, so that only its start is to be found."""

from __future__ import annotations

import numpy as np

from scheduling.flow_shop.structure import are_chains
from scheduling.kernels.flow_line import RIGID, FlowLine
from scheduling.objective import Measure
from scheduling.problem import NEVER, NONE, Flags, Longs, SchedulingProblem
from scheduling.sequence_search import Placements

MOST_OPERATIONS = 30_000


def rigid_line(problem: SchedulingProblem, placements: Placements) -> FlowLine | None:
    """Return a shop whose jobs cannot wait as arrays of the kernel; ``None`` where a job can, or must for a calendar.

    Jobs are chains in any order of machines; each maximum lag is the minimum lag; all alternates of an operation take
    the same time, on units that are always open. With setups no job comes to a machine twice.

    Examples
    --------
    >>> from scheduling.finite.make import problem_from_jobs
    >>> from scheduling.sequence_search import placements_of
    >>> shop = problem_from_jobs([[[(0, 3)], [(1, 2)]], [[(1, 4)], [(0, 2)]]], arc_maximum_lag=0)
    >>> rigid_line(shop, placements_of(shop)).lag.tolist()
    [[0, 3], [0, 4]]
    """
    duration = np.minimum.reduceat(placements.duration, placements.indptr[:-1])
    if not _cannot_wait(problem, placements, duration):
        return None
    lag = np.zeros(problem.n_operations, dtype=np.int64)
    lag[problem.arc_to] = problem.arc_minimum_lag
    before = np.cumsum(lag + duration) - duration
    offset = before - before[problem.job_indptr[:-1]][problem.operation_job]
    place = np.arange(problem.n_operations) - problem.job_indptr[problem.operation_job]
    release = np.maximum(problem.operation_release, problem.job_release[problem.operation_job])
    shape = (problem.n_jobs, int(place.max()) + 1)

    def spread(values: Longs, missing: int) -> Longs:
        spread_out = np.full(shape, missing, dtype=np.int64)
        spread_out[problem.operation_job, place] = values
        return spread_out

    none = np.full(shape[1], NONE, dtype=np.int64)
    return FlowLine(
        kind=np.array([RIGID, 1], dtype=np.int64),
        operation=spread(np.arange(problem.n_operations), NONE).astype(np.int32),
        duration=spread(duration, NONE),
        release=spread(np.maximum(release, 0), 0),
        lag=spread(offset, 0),
        rest=np.zeros(shape, dtype=np.int64),
        group=np.full(shape, NONE, dtype=np.int32),
        matrix=none,
        first_group=none,
    )


def _cannot_wait(problem: SchedulingProblem, placements: Placements, duration: Longs) -> bool:
    """Return whether each job is a rigid block on always open units."""
    owner = np.repeat(np.arange(problem.n_operations), np.diff(placements.indptr))
    marks = (problem.operation_batch, problem.operation_campaign)
    return (
        problem.n_arcs > 0
        and problem.n_operations <= MOST_OPERATIONS
        and are_chains(problem)
        and problem.need_resource.size == 0
        and not any(bool((mark != NONE).any()) for mark in marks)
        and bool((problem.arc_overlap == 0.0).all())
        and bool((problem.arc_maximum_lag == problem.arc_minimum_lag).all())
        and int(problem.arc_minimum_lag.min()) >= 0
        and bool((placements.unit != NONE).all())
        and bool((placements.duration == duration[owner]).all())
        and bool((problem.unit_calendar[placements.unit] == NONE).all())
        and not {Measure.SETUP_TIME, Measure.SETUP_COST} & set(problem.objective.measures)
        and not (problem.setup_time.any() and bool(_comes_twice(problem).any()))
        and int(problem.operation_release.max(initial=0)) < NEVER
    )


def _comes_twice(problem: SchedulingProblem) -> Flags:
    """Return which pairs of an alternate's machine and a job occur more than once."""
    key = problem.operation_job[problem.mode_operation].astype(np.int64) * problem.n_machines + problem.mode_machine
    return np.asarray(np.unique(key, return_counts=True)[1] > 1)
