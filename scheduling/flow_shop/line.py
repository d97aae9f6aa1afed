"""A scheduling problem as a flow line of the kernels."""

from __future__ import annotations

from typing import Any

import numpy as np

from scheduling.flow_shop.no_wait import rigid_line
from scheduling.flow_shop.structure import flow_stages
from scheduling.kernels.flow_line import LIST, N_COSTS, N_COUNTS, PERMUTATION, RIGID, FlowLine, FlowState
from scheduling.kernels.flow_search import NO_COST
from scheduling.objective import Measure
from scheduling.problem import NEVER, NONE, Ints, Longs, SchedulingProblem
from scheduling.sequence_search import Placements, can_sequence

MOST_PLACEMENTS = 300_000
MOST_OPERATIONS = 400_000
WAITING_JOBS = 12


def flow_line(problem: SchedulingProblem, placements: Placements) -> FlowLine | None:
    """Return a problem as a flow line; ``None`` where it is none, or too large to time a sequence often."""
    n_placements = placements.unit.shape[0]
    if n_placements == 0 or _is_locked(problem):
        return None
    if not can_sequence(problem):
        return rigid_line(problem, placements)
    if max(n_placements, problem.n_operations) > MOST_OPERATIONS:
        return None
    operation = flow_stages(problem)
    if operation is None:
        return None
    kind = PERMUTATION if _is_permutation(problem, operation, placements) else LIST
    if kind == LIST and n_placements > MOST_PLACEMENTS:
        return None
    return _line(problem, operation, kind, placements)


def _is_locked(problem: SchedulingProblem) -> bool:
    """Return whether anything is locked or runs already."""
    locks = (problem.operation_lock_machine, problem.operation_lock_start, problem.operation_lock_unit)
    return any(bool((lock != NONE).any()) for lock in locks) or bool(problem.operation_is_started.any())


def _is_permutation(problem: SchedulingProblem, operation: Ints, placements: Placements) -> bool:
    """Return whether the makespan of a sequence can be had from heads and tails of one unit a stage."""
    has_setups = problem.setup_time.size > 0 and bool((problem.machine_setup_matrix != NONE).any())
    deadlines = min(int(problem.job_deadline.min()), int(problem.operation_deadline.min()))
    if (np.diff(placements.indptr) > 1).any() or (has_setups and bool((operation == NONE).any())):
        return False
    return (
        problem.objective.measures == (Measure.MAKESPAN,)
        and deadlines >= NEVER
        and bool((problem.unit_calendar[placements.unit] == NONE).all())
    )


def _line(problem: SchedulingProblem, operation: Ints, kind: int, placements: Placements) -> FlowLine:
    """Return the arrays of a flow line."""
    shortest = np.minimum.reduceat(placements.duration, placements.indptr[:-1])
    lag = np.zeros(problem.n_operations, dtype=np.int64)
    lag[problem.arc_to] = problem.arc_minimum_lag
    passed = np.cumsum(shortest + lag)
    last = problem.job_indptr[1:][problem.operation_job] - 1
    release = np.maximum(np.maximum(problem.operation_release, problem.job_release[problem.operation_job]), 0)
    unit = placements.unit[placements.indptr[:-1]][operation.max(axis=0)]
    matrix = problem.machine_setup_matrix[problem.unit_machine[unit]]
    return FlowLine(
        kind=np.array([kind, WAITING_JOBS if problem.setup_time.any() else 1], dtype=np.int64),
        operation=operation,
        duration=_spread(shortest, operation, NONE),
        release=_spread(release, operation, 0),
        lag=_spread(lag, operation, 0),
        rest=_spread(passed[last] - passed, operation, 0),
        group=_spread(problem.operation_setup_group, operation, NONE).astype(np.int32),
        matrix=(matrix if problem.setup_time.size else np.full_like(matrix, NONE)).astype(np.int64),
        first_group=problem.unit_initial_group[unit].astype(np.int64),
    )


def _spread(values: Ints | Longs, operation: Ints, missing: int) -> Longs:
    """Return values of operations by job and stage."""
    return np.where(operation == NONE, missing, values[operation]).astype(np.int64)


def can_turn(problem: SchedulingProblem) -> bool:
    """Return whether a schedule turned round in time is a schedule of the line turned round, and as long.

    That is so where only the makespan counts, without releases, deadlines, calendars and first setups.
    """
    has_setups = problem.setup_time.size > 0
    return (
        problem.objective.measures == (Measure.MAKESPAN,)
        and bool((problem.unit_calendar == NONE).all())
        and int(problem.job_release.max(initial=0)) <= 0
        and int(problem.operation_release.max(initial=0)) <= 0
        and min(int(problem.job_deadline.min()), int(problem.operation_deadline.min())) >= NEVER
        and not (has_setups and bool((problem.unit_initial_group != NONE).any()))
    )


def turned_line(line: FlowLine) -> FlowLine:
    """Return a line with its last stage first; its setups are to be transposed."""
    n_jobs = line.operation.shape[0]
    lag, rest = np.zeros_like(line.lag), np.zeros_like(line.rest)
    to_come, done = np.zeros(n_jobs, dtype=np.int64), np.zeros(n_jobs, dtype=np.int64)
    for k in range(line.operation.shape[1]):
        has = line.operation[:, k] != NONE
        rest[has, k] = (done + line.lag[:, k])[has]
        done[has] = rest[has, k] + line.duration[has, k]
    for k in range(line.operation.shape[1] - 1, -1, -1):
        has = line.operation[:, k] != NONE
        lag[has, k] = to_come[has]
        to_come[has] = line.lag[has, k]
    named = {
        name: getattr(line, name) for name in ("operation", "duration", "release", "group", "matrix", "first_group")
    }
    turned = {name: value[..., ::-1].copy() for name, value in named.items()}
    return line._replace(**turned, lag=lag[:, ::-1].copy(), rest=rest[:, ::-1].copy())


def empty_state(line: FlowLine, n_operations: int, placements: Placements, seed: int) -> FlowState:
    """Return a state without a sequence, and a source of random numbers."""
    n_jobs, n_stages = line.operation.shape
    n_rows = n_jobs + 1 if line.kind[0] == PERMUTATION else 1
    visits = np.bincount(placements.unit[placements.unit >= 0])
    busy = (visits.shape[0], int(visits.max())) if line.kind[0] == RIGID else (1, 1)
    mixed = (seed * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) % (1 << 61) + 1
    jobs = ("sequence", "saved", "best", "waiting", "turn", "queue", "trial")
    longs: dict[str, tuple[int, ...]] = {
        "head": (n_rows, n_stages),
        "tail": (n_rows, n_stages),
        "late": (n_rows,),
        "front": (n_stages,),
        "free": visits.shape,
        "last": visits.shape,
        "n_busy": visits.shape,
        "ready": (n_jobs,),
        "key": (n_jobs,),
        "start": (n_operations,),
        "end": (n_operations,),
        "busy_start": busy,
        "busy_end": busy,
        "counts": (N_COUNTS,),
    }
    arrays: dict[str, Any] = {name: np.zeros(n_jobs, dtype=np.int32) for name in jobs}
    arrays |= {name: np.zeros(shape, dtype=np.int64) for name, shape in longs.items()}
    return FlowState(
        **arrays,
        placement=np.zeros(n_operations, dtype=np.int32),
        busy_operation=np.zeros(busy, dtype=np.int32),
        costs=np.full(N_COSTS, NO_COST),
        random_state=np.array([mixed], dtype=np.int64),
    )
