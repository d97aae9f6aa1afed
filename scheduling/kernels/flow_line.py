"""A flow line: jobs visit stages in one order; what a sequence of jobs is timed by, and the state of a search."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Codes = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

PERMUTATION, LIST, RIGID = range(3)
PHASE, N_PLACED, N_WAITING, NEXT_WAITING, CURSOR, FRUITLESS, INSERTIONS, ROUNDS = range(8)
N_COUNTS = 8
CURRENT, SAVED, BEST = range(3)
N_COSTS = 3
INSERTING, IMPROVING = range(2)


class FlowLine(NamedTuple):
    """Jobs by stages; stage codes follow the flow.

    Parameters
    ----------
    kind
        int64, shape (2,): how a sequence is timed, and at how many waiting jobs a stage looks. ``PERMUTATION``: one
        unit a stage, jobs in one order everywhere, only the makespan counts; ``LIST``: by list scheduling, stage by
        stage; ``RIGID``: jobs without waiting.
    operation
        int32, shape (n_jobs, n_stages): the operation of a job at a stage, -1: none.
    duration, release, lag, rest
        int64, shape (n_jobs, n_stages): the shortest time at a stage, -1: none; earliest start; wait after the stage
        before; of ``RIGID`` lines ``lag`` is the time from the job's start; ``rest`` is what follows at least.
    group
        int32, shape (n_jobs, n_stages): setup group, -1: none.
    matrix, first_group
        int64, shape (n_stages,): matrix of setups (-1: none) and what a stage is set up for at 0, of ``PERMUTATION``.
    """

    kind: Longs
    operation: Codes
    duration: Longs
    release: Longs
    lag: Longs
    rest: Longs
    group: Codes
    matrix: Longs
    first_group: Longs


class FlowState(NamedTuple):
    """A sequence of jobs that a search works on, and room for its work.

    Parameters
    ----------
    sequence, saved, best
        int32, shape (n_jobs,): the jobs that are placed; the sequence that the search returns to; the best one.
    waiting, turn
        int32, shape (n_jobs,): jobs to be put in, in this order; the order in which jobs are tried elsewhere.
    head, tail
        int64, shape (n_jobs + 1, n_stages): when a stage is free behind so many jobs; what follows from a job on.
    late
        int64, shape (n_jobs + 1,): the longest path that begins with a release, from a job on.
    front
        int64, shape (n_stages,).
    free, last, ready, key
        int64: by unit, when it is free and its last operation; by job, when it is ready, and what it is sorted by.
    queue, trial, placement
        int32: jobs in the order of a stage; a sequence that is tried; the placement of each operation.
    start, end
        int64, shape (n_operations,).
    busy_start, busy_end, busy_operation, n_busy
        int64, int64, int32, shape (n_units, n_runs), int64, shape (n_units,): the runs of each unit in the order of
        time, of ``RIGID`` lines.
    costs, counts
        float64, shape (3,), int64, shape (8,).
    random_state
        int64, shape (1,).
    """

    sequence: Codes
    saved: Codes
    best: Codes
    waiting: Codes
    turn: Codes
    head: Longs
    tail: Longs
    late: Longs
    front: Longs
    free: Longs
    last: Longs
    ready: Longs
    key: Longs
    queue: Codes
    trial: Codes
    placement: Codes
    start: Longs
    end: Longs
    busy_start: Longs
    busy_end: Longs
    busy_operation: Codes
    n_busy: Longs
    costs: Floats
    counts: Longs
    random_state: Longs


@njit(inline="always")
def stage_setup(setup_time: Longs, matrix: int, group: Codes, first: int, stage: int, before: int, job: int) -> int:
    """Return the setup of a job behind another at a stage; `before` -1: it is the first."""
    if matrix < 0:
        return 0
    to = group[job, stage]
    of = first if before < 0 else group[before, stage]
    return 0 if to < 0 or of < 0 else setup_time[matrix, of, to]
