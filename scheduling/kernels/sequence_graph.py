"""A schedule as the sequence of every unit, timed exactly."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bom.kernels.inner import inner
from scheduling.kernels.open_hours import NEVER, first_run, time_of_work

Codes = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.uint8]

WEIGHTED_TARDINESS, MAKESPAN, SETUP_TIME, SETUP_COST, FLOW_TIME, EARLINESS, VIOLATION = range(7)
N_TERMS = 7
N_LOGGED, N_LOGGED_JOBS, WINDOW_FIRST, WINDOW_LAST, MOVED, OLD_PLACEMENT, OLD_BEFORE = range(7)
N_MEMORY = 7


class SequenceShop(NamedTuple):
    """What a sequence is timed by; operation `n_operations` stands for "none".

    Parameters
    ----------
    predecessor_indptr, predecessor, predecessor_lag
        int64, int32, int64: what must end, and how long before, by operation.
    successor_indptr, successor
        int64, int32: what an operation must precede.
    release, deadline, fixed_start
        int64, shape (n_operations,): earliest start, latest end, and a locked start (-1: none).
    group, is_started
        int32, uint8, shape (n_operations + 1,): setup group (-1: none); whether it needs no setup because it runs.
    placement_indptr, placement_unit, placement_duration
        int64, int32, int64: the units that can do an operation (-1: none is needed) and how long it takes.
    unit_matrix, unit_pauses, unit_calendar, unit_group
        int32, uint8, int32, int32, shape (n_units,).
    setup_time, setup_cost
        int64, float64, shape (n_matrices, n_groups, n_groups).
    calendar_indptr, calendar_start, calendar_end
        int64.
    operation_job, job_indptr
        int32, int64: the operations of a job have consecutive codes.
    job_due, job_release, job_weight
        int64, int64, float64, shape (n_jobs,).
    weights
        float64, shape (7,): what each term of the objective counts.
    """

    predecessor_indptr: Longs
    predecessor: Codes
    predecessor_lag: Longs
    successor_indptr: Longs
    successor: Codes
    release: Longs
    deadline: Longs
    fixed_start: Longs
    group: Codes
    is_started: Flags
    placement_indptr: Longs
    placement_unit: Codes
    placement_duration: Longs
    unit_matrix: Codes
    unit_pauses: Flags
    unit_calendar: Codes
    unit_group: Codes
    setup_time: Longs
    setup_cost: Floats
    calendar_indptr: Longs
    calendar_start: Longs
    calendar_end: Longs
    operation_job: Codes
    job_indptr: Longs
    job_due: Longs
    job_release: Longs
    job_weight: Floats
    weights: Floats


class SequenceGraph(NamedTuple):
    """The sequences of one schedule, its times, its terms of the objective, and the memory of the last move.

    Parameters
    ----------
    placement
        int32, shape (n_operations + 1,).
    before, after, first, last
        int32: neighbours of an operation on its unit, and the ends of each unit's sequence.
    order, position
        int32, shape (n_operations + 1,): a topological order and each operation's place in it.
    start, end, setup
        int64, shape (n_operations + 1,): the run, and the setup time right before it.
    job_end
        int64, shape (n_jobs,).
    terms, old_terms
        float64, shape (7,): the terms of the objective now and before the last move.
    dirty, dirty_words
        uint8 and the same memory as int64: places of the order that are to be timed again; zero between calls.
    marked
        uint8, shape (n_operations + 1,): zero between calls.
    buffer, window
        int32, shape (n_operations + 1,): scratch; the stretch of the order before the last move.
    logged, logged_start, logged_end, logged_setup, logged_job, logged_job_end
        What the last move changed, as it was.
    memory
        int64, shape (7,): how much was logged, the window, and where the moved operation was.
    """

    placement: Codes
    before: Codes
    after: Codes
    first: Codes
    last: Codes
    order: Codes
    position: Codes
    start: Longs
    end: Longs
    setup: Longs
    job_end: Longs
    terms: Floats
    old_terms: Floats
    dirty: Flags
    dirty_words: Longs
    marked: Flags
    buffer: Codes
    window: Codes
    logged: Codes
    logged_start: Longs
    logged_end: Longs
    logged_setup: Longs
    logged_job: Codes
    logged_job_end: Longs
    memory: Longs


@njit(inline="always")
def setup_between(
    setup_time: NDArray[Any],
    group: Codes,
    is_started: Flags,
    matrix: int,
    first_group: int,
    before: int,
    x: int,
) -> Any:
    """Return what `setup_time`, or cost, says of an operation behind another on a unit; 0 where none is needed."""
    to = group[x]
    of = first_group if before == group.shape[0] - 1 else group[before]
    if matrix < 0 or to < 0 or of < 0 or is_started[x] != 0:
        return setup_time.dtype.type(0)
    return setup_time[matrix, of, to]


@njit(inline="always")
def _missed(deadline: int, fixed: int, start: int, end: int) -> int:
    """Return by how much an operation misses its deadline and its locked start."""
    missed = max(0, end - deadline)
    if fixed >= 0:
        missed += max(0, start - fixed)
    return missed


@inner
def propagate(shop: SequenceShop, graph: SequenceGraph, place: int, pending: int) -> None:
    """Time again what is noted, in the topological order, and what depends on an end that changed; log the old times.

    All arrays are taken out of their tuples once: a call that passes the tuples costs as much as ten operations.
    """
    none = shop.release.shape[0]
    order, position, dirty, words = graph.order, graph.position, graph.dirty, graph.dirty_words
    all_start, all_end, all_setup, placement = graph.start, graph.end, graph.setup, graph.placement
    units, durations, calendars, matrices = (
        shop.placement_unit,
        shop.placement_duration,
        shop.unit_calendar,
        shop.unit_matrix,
    )
    n_logged, setup_change, missed = 0, 0, 0
    while pending > 0:
        if (place & 7) == 0 and words[place >> 3] == 0:
            place += 8
            continue
        if dirty[place] == 0:
            place += 1
            continue
        dirty[place] = 0
        pending -= 1
        x = order[place]
        place += 1
        ready = max(shop.release[x], shop.fixed_start[x])
        for arc in range(shop.predecessor_indptr[x], shop.predecessor_indptr[x + 1]):
            ready = max(ready, all_end[shop.predecessor[arc]] + shop.predecessor_lag[arc])
        unit, duration, before = units[placement[x]], durations[placement[x]], graph.before[x]
        setup, start, end = 0, ready, ready + duration
        if unit >= 0:
            setup = setup_between(
                shop.setup_time, shop.group, shop.is_started, matrices[unit], shop.unit_group[unit], before, x
            )
            start, calendar = max(ready, all_end[before] + setup), calendars[unit]
            end = start + duration
            if calendar >= 0:
                first, last = shop.calendar_indptr[calendar], shop.calendar_indptr[calendar + 1]
                free = time_of_work(shop.calendar_start, shop.calendar_end, first, last, all_end[before], setup)
                pauses, ready = shop.unit_pauses[unit] != 0, max(ready, free)
                start, end = first_run(shop.calendar_start, shop.calendar_end, first, last, pauses, ready, duration)
        old_start, old_end, old_setup = all_start[x], all_end[x], all_setup[x]
        if start == old_start and end == old_end and setup == old_setup:
            continue
        graph.logged[n_logged] = x
        graph.logged_start[n_logged] = old_start
        graph.logged_end[n_logged] = old_end
        graph.logged_setup[n_logged] = old_setup
        n_logged += 1
        setup_change += setup - old_setup
        missed += _missed(shop.deadline[x], shop.fixed_start[x], start, end)
        missed -= _missed(shop.deadline[x], shop.fixed_start[x], old_start, old_end)
        all_start[x], all_end[x], all_setup[x] = start, end, setup
        if end != old_end:
            for arc in range(shop.successor_indptr[x], shop.successor_indptr[x + 1]):
                pending += mark_dirty(position, dirty, shop.successor[arc])
            if graph.after[x] != none:
                pending += mark_dirty(position, dirty, graph.after[x])
    graph.memory[N_LOGGED] = n_logged
    graph.terms[SETUP_TIME] += setup_change
    graph.terms[VIOLATION] += missed


@njit(inline="always")
def mark_dirty(position: Codes, dirty: Flags, x: int) -> int:
    """Note that an operation is to be timed again; return 1 when it was not noted yet."""
    place = position[x]
    if dirty[place] != 0:
        return 0
    dirty[place] = 1
    return 1


@inner
def close_jobs(shop: SequenceShop, graph: SequenceGraph) -> None:
    """Work out the ends of the jobs whose operations were timed again, and the terms of the objective that follow."""
    job_end, logged_job = graph.job_end, graph.logged_job
    tardiness, earliness, flow_time = 0.0, 0.0, 0.0
    n_jobs = 0
    for k in range(graph.memory[N_LOGGED]):
        job = shop.operation_job[graph.logged[k]]
        old = job_end[job]
        if old < 0:
            continue
        logged_job[n_jobs] = job
        graph.logged_job_end[n_jobs] = old
        n_jobs += 1
        job_end[job] = -1
    graph.memory[N_LOGGED_JOBS] = n_jobs
    for k in range(n_jobs):
        job = logged_job[k]
        old = graph.logged_job_end[k]
        end = 0
        for x in range(shop.job_indptr[job], shop.job_indptr[job + 1]):
            end = max(end, graph.end[x])
        job_end[job] = end
        weight, due = shop.job_weight[job], shop.job_due[job]
        flow_time += weight * (end - old)
        tardiness += weight * (max(end - due, 0) - max(old - due, 0))
        if due < NEVER:
            earliness += weight * (max(due - end, 0) - max(due - old, 0))
    graph.terms[FLOW_TIME] += flow_time
    graph.terms[WEIGHTED_TARDINESS] += tardiness
    graph.terms[EARLINESS] += earliness
    if shop.weights[MAKESPAN] > 0.0:
        longest = 0
        for job in range(job_end.shape[0]):
            longest = max(longest, job_end[job])
        graph.terms[MAKESPAN] = longest


@inner
def add_setup_cost(shop: SequenceShop, graph: SequenceGraph, x: int, sign: float) -> None:
    """Add, or take away, the cost of the setup of an operation where it stands."""
    if x == shop.release.shape[0]:
        return
    unit = shop.placement_unit[graph.placement[x]]
    if unit >= 0:
        matrix, first_group = shop.unit_matrix[unit], shop.unit_group[unit]
        graph.terms[SETUP_COST] += sign * setup_between(
            shop.setup_cost, shop.group, shop.is_started, matrix, first_group, graph.before[x], x
        )


@inner
def total_cost(shop: SequenceShop, graph: SequenceGraph) -> float:
    """Return the weighted sum of the terms of the objective."""
    cost = 0.0
    for term in range(N_TERMS):
        cost += shop.weights[term] * graph.terms[term]
    return cost


@inner
def build_sequences(shop: SequenceShop, graph: SequenceGraph) -> None:
    """Fill a graph from its `order` and `placement`: each unit takes its operations in that order."""
    none = shop.release.shape[0]
    graph.first[:] = none
    graph.last[:] = none
    graph.terms[:] = 0.0
    graph.memory[:] = 0
    graph.before[:] = none
    graph.after[:] = none
    for place in range(none):
        x = graph.order[place]
        graph.position[x] = place
        graph.start[x] = graph.end[x] = graph.setup[x] = 0
        graph.dirty[place] = 1
        graph.terms[VIOLATION] += _missed(shop.deadline[x], shop.fixed_start[x], 0, 0)
        unit = shop.placement_unit[graph.placement[x]]
        if unit >= 0:
            before = graph.last[unit]
            graph.before[x] = before
            if before == none:
                graph.first[unit] = x
            else:
                graph.after[before] = x
            graph.last[unit] = x
        if shop.weights[SETUP_COST] > 0.0:
            add_setup_cost(shop, graph, x, 1.0)
    for job in range(graph.job_end.shape[0]):
        graph.job_end[job] = 0
        release, due = shop.job_release[job], shop.job_due[job]
        if due < NEVER:
            graph.terms[EARLINESS] += shop.job_weight[job] * max(due, 0)
        graph.terms[FLOW_TIME] -= shop.job_weight[job] * release
        graph.terms[WEIGHTED_TARDINESS] += shop.job_weight[job] * max(-due, 0)
    propagate(shop, graph, 0, none)
    close_jobs(shop, graph)
    graph.memory[:] = 0
