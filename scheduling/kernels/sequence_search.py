"""Annealing over the sequences of units: moves of operations that the objective hangs on, each timed exactly."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numba import njit

from bom.kernels.inner import inner
from scheduling.kernels.disjunctive_graph import Words, random_below
from scheduling.kernels.sequence_graph import (
    MAKESPAN,
    WEIGHTED_TARDINESS,
    Codes,
    Floats,
    SequenceGraph,
    SequenceShop,
    build_sequences,
    total_cost,
)
from scheduling.kernels.sequence_moves import move_operation, undo_move

BEST_COST, CURRENT_COST, SAVED_COST, MOVES_MADE, MOVES_KEPT = range(5)
PROGRESS_SIZE = 5
CHOSEN_OPERATION, CHOSEN_PLACEMENT, CHOSEN_BEFORE = range(3)

_TRIES = 12
_LOOK = 40


class MoveKind(IntEnum):
    """What a move is after."""

    EARLIER = 0
    SAME_GROUP = 1
    OTHER_UNIT = 2
    ANYWHERE = 3


@inner
def _late_operation(shop: SequenceShop, graph: SequenceGraph, random_state: Words) -> int:
    """Return the last operation of a job that the objective hangs on, drawn at random."""
    n_jobs = graph.job_end.shape[0]
    job = random_below(random_state, n_jobs)
    by_tardiness = shop.weights[WEIGHTED_TARDINESS] > 0.0 and (
        shop.weights[MAKESPAN] <= 0.0 or random_below(random_state, 2) == 0
    )
    if by_tardiness:
        for _ in range(_TRIES):
            if graph.job_end[job] > shop.job_due[job]:
                break
            job = random_below(random_state, n_jobs)
    elif shop.weights[MAKESPAN] > 0.0:
        n_ties = 0
        longest = graph.terms[MAKESPAN]
        for other in range(n_jobs):
            if graph.job_end[other] >= longest:
                n_ties += 1
                if random_below(random_state, n_ties) == 0:
                    job = other
    first, last = shop.job_indptr[job], shop.job_indptr[job + 1]
    x = first
    for y in range(first, last):
        if graph.end[y] >= graph.end[x]:
            x = y
    return x


@inner
def _binding_operation(shop: SequenceShop, graph: SequenceGraph, x: int, random_state: Words) -> int:
    """Return an operation, drawn at random, that waits for its unit on the path which decides when x ends; -1: none."""
    none = shop.release.shape[0]
    chosen = -1
    n_found = 0
    for _ in range(400):
        by_job = -1
        by_job_ready = max(shop.release[x], shop.fixed_start[x])
        for arc in range(shop.predecessor_indptr[x], shop.predecessor_indptr[x + 1]):
            ready = graph.end[shop.predecessor[arc]] + shop.predecessor_lag[arc]
            if ready > by_job_ready:
                by_job_ready = ready
                by_job = shop.predecessor[arc]
        before = graph.before[x]
        if before != none and graph.end[before] + graph.setup[x] >= by_job_ready:
            n_found += 1
            if random_below(random_state, n_found) == 0:
                chosen = x
            x = before
        elif by_job >= 0:
            x = by_job
        else:
            break
    return chosen


@inner
def _propose_earlier(shop: SequenceShop, graph: SequenceGraph, random_state: Words, chosen: Words) -> bool:
    """Propose to run an operation of a deciding path before one or more of those that it waits for."""
    none = shop.release.shape[0]
    x = _binding_operation(shop, graph, _late_operation(shop, graph, random_state), random_state)
    if x < 0:
        return False
    if random_below(random_state, 4) == 0:
        x = graph.before[x]
        if x == none or graph.before[x] == none:
            return False
    n_passed = 1
    while n_passed < 12 and random_below(random_state, 100) < 45:
        n_passed += 1
    ready = shop.release[x]
    for arc in range(shop.predecessor_indptr[x], shop.predecessor_indptr[x + 1]):
        ready = max(ready, graph.end[shop.predecessor[arc]] + shop.predecessor_lag[arc])
    before = graph.before[x]
    # passing what has ended when x comes gains nothing
    while n_passed > 0 and before != none and graph.end[before] > ready:
        before = graph.before[before]
        n_passed -= 1
    chosen[CHOSEN_OPERATION] = x
    chosen[CHOSEN_PLACEMENT] = graph.placement[x]
    chosen[CHOSEN_BEFORE] = before
    return True


@inner
def _propose_same_group(shop: SequenceShop, graph: SequenceGraph, random_state: Words, chosen: Words) -> bool:
    """Propose to run an operation that needs a setup right behind one of its own group on the same unit."""
    none = shop.release.shape[0]
    x = random_below(random_state, none)
    for _ in range(_TRIES):
        if graph.setup[x] > 0:
            break
        x = random_below(random_state, none)
    if graph.setup[x] <= 0:
        return False
    is_back = random_below(random_state, 2) == 0
    y = graph.before[x] if is_back else graph.after[x]
    n_seen = 0
    skip = random_below(random_state, 3)
    while y != none and n_seen < _LOOK:
        if shop.group[y] == shop.group[x]:
            follower = graph.after[y]
            is_end = follower == none or shop.group[follower] != shop.group[x]
            if is_end and y != graph.before[x]:
                if skip == 0:
                    break
                skip -= 1
        y = graph.before[y] if is_back else graph.after[y]
        n_seen += 1
    if y == none or n_seen >= _LOOK:
        return False
    chosen[CHOSEN_OPERATION] = x
    chosen[CHOSEN_PLACEMENT] = graph.placement[x]
    chosen[CHOSEN_BEFORE] = y
    return True


@inner
def _propose_other_unit(shop: SequenceShop, graph: SequenceGraph, random_state: Words, chosen: Words) -> bool:
    """Propose another unit for an operation of a deciding path, about where it would stand by its start."""
    none = shop.release.shape[0]
    x = _binding_operation(shop, graph, _late_operation(shop, graph, random_state), random_state)
    if x < 0 or random_below(random_state, 5) == 0:
        x = random_below(random_state, none)
    first, last = shop.placement_indptr[x], shop.placement_indptr[x + 1]
    if last - first < 2:
        return False
    placement = first + random_below(random_state, last - first)
    unit = shop.placement_unit[placement]
    if unit < 0 or shop.placement_unit[graph.placement[x]] < 0:
        return False
    before = graph.last[unit]
    time = graph.start[x] - graph.setup[x]
    while before != none and (graph.start[before] > time or before == x):
        before = graph.before[before]
    for _ in range(random_below(random_state, 3)):
        if before != none:
            before = graph.before[before]
    if before == x:
        before = graph.before[x]
    chosen[CHOSEN_OPERATION] = x
    chosen[CHOSEN_PLACEMENT] = placement
    chosen[CHOSEN_BEFORE] = before
    return True


@inner
def _propose_anywhere(shop: SequenceShop, graph: SequenceGraph, random_state: Words, chosen: Words) -> bool:
    """Propose to move any operation a few places back or forth on its unit."""
    none = shop.release.shape[0]
    x = random_below(random_state, none)
    before = x
    n_passed = 1 + random_below(random_state, 6)
    if random_below(random_state, 2) == 0:
        while n_passed > 0 and graph.after[before] != none:
            before = graph.after[before]
            n_passed -= 1
    else:
        before = graph.before[x]
        while n_passed > 0 and before != none:
            before = graph.before[before]
            n_passed -= 1
    chosen[CHOSEN_OPERATION] = x
    chosen[CHOSEN_PLACEMENT] = graph.placement[x]
    chosen[CHOSEN_BEFORE] = before
    return True


@inner
def _propose(shop: SequenceShop, graph: SequenceGraph, random_state: Words, kinds: Words, chosen: Words) -> bool:
    """Propose a move of a kind drawn by the chances in `kinds`; False when it is none."""
    draw = random_below(random_state, 100)
    if draw < kinds[MoveKind.EARLIER]:
        is_one = _propose_earlier(shop, graph, random_state, chosen)
    elif draw < kinds[MoveKind.SAME_GROUP]:
        is_one = _propose_same_group(shop, graph, random_state, chosen)
    elif draw < kinds[MoveKind.OTHER_UNIT]:
        is_one = _propose_other_unit(shop, graph, random_state, chosen)
    else:
        is_one = _propose_anywhere(shop, graph, random_state, chosen)
    if not is_one:
        return False
    x, placement, before = chosen[CHOSEN_OPERATION], chosen[CHOSEN_PLACEMENT], chosen[CHOSEN_BEFORE]
    if shop.fixed_start[x] >= 0 or shop.placement_unit[placement] < 0 or before == x:
        return False
    is_same_unit = shop.placement_unit[placement] == shop.placement_unit[graph.placement[x]]
    return not (is_same_unit and before == graph.before[x])


@njit(cache=True, nogil=True)
def start_sequences(shop: SequenceShop, graph: SequenceGraph, progress: Floats) -> None:
    """Time the sequences of `graph.order` and `graph.placement` and set the progress to its beginning."""
    build_sequences(shop, graph)
    cost = total_cost(shop, graph)
    progress[:] = 0.0
    progress[BEST_COST] = progress[CURRENT_COST] = progress[SAVED_COST] = cost


@njit(cache=True, nogil=True)
def anneal_slice(
    shop: SequenceShop,
    graph: SequenceGraph,
    progress: Floats,
    best_order: Codes,
    best_placement: Codes,
    random_state: Words,
    kinds: Words,
    temperature: float,
    n_moves: int,
) -> None:
    """Try a number of moves at a temperature; a worse schedule is kept with the chance of Metropolis (1953).

    Before the best schedule is left it is saved in `best_order` and `best_placement`; the move that would leave it
    is not made.
    """
    chosen = np.zeros(3, dtype=np.int64)
    for _ in range(n_moves):
        progress[MOVES_MADE] += 1
        if not _propose(shop, graph, random_state, kinds, chosen):
            continue
        x, placement, before = chosen[CHOSEN_OPERATION], chosen[CHOSEN_PLACEMENT], chosen[CHOSEN_BEFORE]
        if not move_operation(shop, graph, x, placement, before):
            continue
        cost = total_cost(shop, graph)
        worse = cost - progress[CURRENT_COST]
        chance = (random_below(random_state, 1 << 30) + 1) / (1 << 30)
        if worse > 0.0 and worse > -temperature * np.log(chance):
            undo_move(shop, graph)
            continue
        if worse > 0.0 and progress[CURRENT_COST] < progress[SAVED_COST]:
            undo_move(shop, graph)
            best_order[:] = graph.order
            best_placement[:] = graph.placement
            progress[SAVED_COST] = progress[CURRENT_COST]
            continue
        progress[CURRENT_COST] = cost
        progress[MOVES_KEPT] += 1
        if cost < progress[BEST_COST]:
            progress[BEST_COST] = cost
    if progress[CURRENT_COST] < progress[SAVED_COST]:
        best_order[:] = graph.order
        best_placement[:] = graph.placement
        progress[SAVED_COST] = progress[CURRENT_COST]
