"""A schedule as the sequence of every unit, timed exactly."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from scheduling.kernels.open_hours import first_run, time_of_work

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


@njit
def setup_at(shop: SequenceShop, unit: int, before: int, x: int) -> tuple[int, float]:
    """Return the time and cost of the setup of an operation behind another on a unit."""
    matrix = shop.unit_matrix[unit]
    to = shop.group[x]
    if matrix < 0 or to < 0 or shop.is_started[x]:
        return 0, 0.0
    of = shop.unit_group[unit] if before == shop.release.shape[0] else shop.group[before]
    if of < 0:
        return 0, 0.0
    return shop.setup_time[matrix, of, to], shop.setup_cost[matrix, of, to]


@njit
def _ready(shop: SequenceShop, graph: SequenceGraph, x: int) -> int:
    """Return when an operation's predecessors and release let it start."""
    ready = max(shop.release[x], shop.fixed_start[x])
    for arc in range(shop.predecessor_indptr[x], shop.predecessor_indptr[x + 1]):
        ready = max(ready, graph.end[shop.predecessor[arc]] + shop.predecessor_lag[arc])
    return ready


@njit
def _run(shop: SequenceShop, graph: SequenceGraph, x: int, setup: int) -> tuple[int, int]:
    """Return the earliest start and end of an operation where it stands."""
    ready = _ready(shop, graph, x)
    placement = graph.placement[x]
    unit, duration = shop.placement_unit[placement], shop.placement_duration[placement]
    if unit < 0:
        return ready, ready + duration
    free = graph.end[graph.before[x]]
    calendar = shop.unit_calendar[unit]
    if calendar < 0:
        start = max(ready, free + setup)
        return start, start + duration
    first, last = shop.calendar_indptr[calendar], shop.calendar_indptr[calendar + 1]
    free = time_of_work(shop.calendar_start, shop.calendar_end, first, last, free, setup)
    pauses = shop.unit_pauses[unit] != 0
    return first_run(shop.calendar_start, shop.calendar_end, first, last, pauses, max(ready, free), duration)


@njit(inline="always")
def _violation(shop: SequenceShop, x: int, start: int, end: int) -> float:
    """Return by how much an operation misses its deadline and its locked start."""
    missed = max(0, end - shop.deadline[x])
    if shop.fixed_start[x] >= 0:
        missed += max(0, start - shop.fixed_start[x])
    return float(missed)


@njit
def time_again(shop: SequenceShop, graph: SequenceGraph, x: int) -> bool:
    """Work out the times of an operation anew, log the old ones when they differ; return whether the end does."""
    none = shop.release.shape[0]
    unit = shop.placement_unit[graph.placement[x]]
    setup = 0
    if unit >= 0:
        setup, _ = setup_at(shop, unit, graph.before[x], x)
    start, end = _run(shop, graph, x, setup)
    old_start, old_end, old_setup = graph.start[x], graph.end[x], graph.setup[x]
    if start == old_start and end == old_end and setup == old_setup:
        return False
    n = graph.memory[N_LOGGED]
    graph.logged[n] = x
    graph.logged_start[n] = old_start
    graph.logged_end[n] = old_end
    graph.logged_setup[n] = old_setup
    graph.memory[N_LOGGED] = n + 1
    graph.terms[SETUP_TIME] += setup - old_setup
    graph.terms[VIOLATION] += _violation(shop, x, start, end) - _violation(shop, x, old_start, old_end)
    graph.start[x], graph.end[x], graph.setup[x] = start, end, setup
    if end == old_end:
        return False
    job = shop.operation_job[x]
    if graph.marked[none] == 0 and graph.job_end[job] >= 0:
        graph.logged_job[graph.memory[N_LOGGED_JOBS]] = job
        graph.logged_job_end[graph.memory[N_LOGGED_JOBS]] = graph.job_end[job]
        graph.memory[N_LOGGED_JOBS] += 1
        graph.job_end[job] = -1 - graph.job_end[job]
    return True


@njit
def _job_terms(shop: SequenceShop, graph: SequenceGraph, job: int, end: int, sign: float) -> None:
    """Add, or take away, what a job that ends at a time counts in the terms of the objective."""
    weight = shop.job_weight[job]
    graph.terms[FLOW_TIME] += sign * weight * (end - shop.job_release[job])
    late = end - shop.job_due[job]
    if late > 0:
        graph.terms[WEIGHTED_TARDINESS] += sign * weight * late
    elif shop.job_due[job] < (1 << 50):
        graph.terms[EARLINESS] -= sign * weight * late


@njit
def _end_of_job(shop: SequenceShop, graph: SequenceGraph, job: int) -> int:
    """Return the last end of a job's operations."""
    end = 0
    for x in range(shop.job_indptr[job], shop.job_indptr[job + 1]):
        end = max(end, graph.end[x])
    return end


@njit
def close_jobs(shop: SequenceShop, graph: SequenceGraph) -> None:
    """Work out the ends of the jobs that were touched, and the terms of the objective that follow."""
    for k in range(graph.memory[N_LOGGED_JOBS]):
        job = graph.logged_job[k]
        _job_terms(shop, graph, job, graph.logged_job_end[k], -1.0)
        graph.job_end[job] = _end_of_job(shop, graph, job)
        _job_terms(shop, graph, job, graph.job_end[job], 1.0)
    if shop.weights[MAKESPAN] > 0.0:
        longest = 0
        for job in range(graph.job_end.shape[0]):
            longest = max(longest, graph.job_end[job])
        graph.terms[MAKESPAN] = longest


@njit
def add_setup_cost(shop: SequenceShop, graph: SequenceGraph, x: int, sign: float) -> None:
    """Add, or take away, the cost of the setup of an operation where it stands."""
    if x == shop.release.shape[0]:
        return
    unit = shop.placement_unit[graph.placement[x]]
    if unit >= 0:
        graph.terms[SETUP_COST] += sign * setup_at(shop, unit, graph.before[x], x)[1]


@njit
def total_cost(shop: SequenceShop, graph: SequenceGraph) -> float:
    """Return the weighted sum of the terms of the objective."""
    cost = 0.0
    for term in range(N_TERMS):
        cost += shop.weights[term] * graph.terms[term]
    return cost


@njit
def build_sequences(shop: SequenceShop, graph: SequenceGraph) -> None:
    """Fill a graph from its `order` and `placement`: each unit takes its operations in that order."""
    none = shop.release.shape[0]
    graph.first[:] = none
    graph.last[:] = none
    graph.terms[:] = 0.0
    graph.memory[:] = 0
    graph.marked[none] = 1
    graph.before[:] = none
    graph.after[:] = none
    for x in range(none):
        graph.start[x] = graph.end[x] = graph.setup[x] = 0
        graph.terms[VIOLATION] += _violation(shop, x, 0, 0)
    for place in range(none):
        x = graph.order[place]
        graph.position[x] = place
        unit = shop.placement_unit[graph.placement[x]]
        if unit >= 0:
            before = graph.last[unit]
            graph.before[x] = before
            if before == none:
                graph.first[unit] = x
            else:
                graph.after[before] = x
            graph.last[unit] = x
        add_setup_cost(shop, graph, x, 1.0)
        time_again(shop, graph, x)
    graph.marked[none] = 0
    graph.memory[:] = 0
    for job in range(graph.job_end.shape[0]):
        graph.job_end[job] = _end_of_job(shop, graph, job)
        _job_terms(shop, graph, job, graph.job_end[job], 1.0)
    close_jobs(shop, graph)
