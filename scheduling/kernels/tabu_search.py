"""Tabu search on critical operations, and the merge of two orders that relinks two schedules."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numba import njit

from bom.kernels.inner import uncounted
from scheduling.kernels.critical_moves import (
    BEFORE,
    DURATION,
    MACHINE,
    OPERATION,
    TIES,
    Moves,
    choose_move,
    tabu_slot,
)
from scheduling.kernels.disjunctive_graph import (
    Codes,
    Graph,
    Shop,
    Words,
    build_graph,
    longest_path,
    random_below,
    relocate,
)

ITERATION, BEST, IMPROVED, CURRENT = range(4)
PROGRESS_SIZE = 4


class SearchStatus(IntEnum):
    """Why a slice of the search came to its end."""

    SLICE = 0
    PATIENCE = 1
    BOUND = 2


@uncounted
def _forbid_present(graph: Graph, moves: Moves, x: int, machine: int, before: int, until: int) -> None:
    """Make tabu what a move is about to undo: "x before y" for each y that it passes, or x on its machine."""
    n_operations = graph.order.shape[0] - 1
    if machine != graph.machine[x]:
        moves.tabu_until[tabu_slot(moves, x, n_operations + graph.machine[x])] = until
    elif before != n_operations and graph.position[before] > graph.position[x]:
        y = x
        while y != before:
            y = graph.machine_successor[y]
            moves.tabu_until[tabu_slot(moves, x, y)] = until
    else:
        y = graph.machine_predecessor[x]
        while y != before:
            moves.tabu_until[tabu_slot(moves, y, x)] = until
            y = graph.machine_predecessor[y]


@uncounted
def _step(shop: Shop, graph: Graph, moves: Moves, progress: Words, tenure: int, reach: int) -> bool:
    """Make one move; False when there is none, which proves that the sequences cannot be bettered."""
    iteration = progress[ITERATION]
    if choose_move(shop, graph, moves, iteration, progress[BEST], progress[CURRENT], reach) == 0:
        return False
    choice = moves.choice if moves.choice[TIES] > 0 else moves.forbidden_choice
    until = iteration + tenure + random_below(moves.random_state, tenure)
    x, machine, before = choice[OPERATION], choice[MACHINE], choice[BEFORE]
    _forbid_present(graph, moves, x, machine, before, until)
    if relocate(shop, graph, x, machine, choice[DURATION], before):
        progress[CURRENT] = longest_path(shop, graph)
    return True


@njit(cache=True, nogil=True)
def start_search(shop: Shop, graph: Graph, moves: Moves, progress: Words) -> None:
    """Build the graph of `graph.order` and `graph.machine` and set the progress to its beginning."""
    build_graph(shop, graph)
    progress[ITERATION] = 0
    progress[IMPROVED] = 0
    progress[CURRENT] = longest_path(shop, graph)
    progress[BEST] = progress[CURRENT]
    moves.tabu_until[:] = 0


@njit(cache=True, nogil=True)
def search_slice(
    shop: Shop,
    graph: Graph,
    moves: Moves,
    progress: Words,
    best_order: Codes,
    best_machine: Codes,
    bound: int,
    tenure: int,
    reach: int,
    patience: int,
    n_iterations: int,
) -> int:
    """Go on with a search for a number of moves; return why it stopped.

    `best_order` and `best_machine` hold the best schedule since `start_search` when it is better than the start.
    """
    for _ in range(n_iterations):
        if progress[BEST] <= bound:
            return SearchStatus.BOUND
        if progress[ITERATION] - progress[IMPROVED] >= patience:
            return SearchStatus.PATIENCE
        progress[ITERATION] += 1
        if not _step(shop, graph, moves, progress, tenure, reach):
            return SearchStatus.PATIENCE
        if progress[CURRENT] < progress[BEST]:
            progress[BEST] = progress[CURRENT]
            progress[IMPROVED] = progress[ITERATION]
            best_order[:] = graph.order
            best_machine[:] = graph.machine
    return SearchStatus.SLICE


@njit(cache=True, nogil=True)
def merge_orders(
    first_order: Codes,
    first_machine: Codes,
    second_order: Codes,
    second_machine: Codes,
    percent: int,
    random_state: Words,
    order: Codes,
    machine: Codes,
) -> None:
    """Write a schedule between two others: take the next operation of the second with `percent` chance, else the first.

    Both orders are topological, so the merged one is, and keeps each precedence on which both agree.
    """
    n_operations = order.shape[0] - 1
    taken = np.zeros(n_operations + 1, dtype=np.uint8)
    i = j = 0
    for place in range(n_operations):
        while taken[first_order[i]]:
            i += 1
        while taken[second_order[j]]:
            j += 1
        if random_below(random_state, 100) < percent:
            x = second_order[j]
            machine[x] = second_machine[x]
        else:
            x = first_order[i]
            machine[x] = first_machine[x]
        taken[x] = 1
        order[place] = x


@njit(cache=True, nogil=True)
def dispatch_order(
    shop: Shop, weight_percent: int, noise: int, random_state: Words, order: Codes, machine: Codes
) -> None:
    """Write a schedule without idle waiting: of the operations that can start first, the job with most work remaining.

    `noise` in percent of the work remaining is drawn at random; `weight_percent` 0 draws the job without looking at it.
    """
    n_operations = order.shape[0] - 1
    n_jobs = shop.job_last.shape[0]
    work = np.zeros(n_operations + 1, dtype=np.int64)
    for x in range(n_operations - 1, -1, -1):
        shortest = 1 << 60
        for alternative in range(shop.alternative_indptr[x], shop.alternative_indptr[x + 1]):
            shortest = min(shortest, shop.alternative_duration[alternative])
        work[x] = shortest + work[shop.job_successor[x]]
    upcoming = np.empty(n_jobs, dtype=np.int32)
    ready = np.zeros(n_jobs, dtype=np.int64)
    for job in range(n_jobs):
        x = shop.job_last[job]
        while shop.job_predecessor[x] != n_operations:
            x = shop.job_predecessor[x]
        upcoming[job] = x
    free = np.zeros(shop.n_machines, dtype=np.int64)
    for place in range(n_operations):
        earliest, best_job, best_rank, best_alternative = 1 << 60, -1, -1, -1
        for job in range(n_jobs):
            x = upcoming[job]
            if x == n_operations:
                continue
            ready_at = max(ready[job], shop.release[x])
            chosen, chosen_start, chosen_end = -1, 0, 1 << 60
            for alternative in range(shop.alternative_indptr[x], shop.alternative_indptr[x + 1]):
                start = max(ready_at, free[shop.alternative_machine[alternative]])
                if start + shop.alternative_duration[alternative] < chosen_end:
                    chosen, chosen_start = alternative, start
                    chosen_end = start + shop.alternative_duration[alternative]
            if chosen_start > earliest:
                continue
            rank = (
                work[x] * weight_percent
                + work[x] * random_below(random_state, noise + 1)
                + random_below(random_state, 100)
            )
            if chosen_start < earliest or rank > best_rank:
                earliest, best_job, best_rank, best_alternative = chosen_start, job, rank, chosen
        x = upcoming[best_job]
        chosen_machine = shop.alternative_machine[best_alternative]
        order[place] = x
        machine[x] = chosen_machine
        ready[best_job] = earliest + shop.alternative_duration[best_alternative]
        free[chosen_machine] = ready[best_job]
        upcoming[best_job] = shop.job_successor[x]
