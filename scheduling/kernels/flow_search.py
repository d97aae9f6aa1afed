"""Iterated greedy search for sequences of a flow line: take jobs out, put each in at its best place, move jobs."""

from __future__ import annotations

import numpy as np
from numba import njit

from bom.kernels.inner import inner, uncounted
from scheduling.kernels.disjunctive_graph import random_below
from scheduling.kernels.flow_line import (
    BEST,
    CURRENT,
    CURSOR,
    FRUITLESS,
    IMPROVING,
    INSERTING,
    INSERTIONS,
    N_PLACED,
    N_WAITING,
    NEXT_WAITING,
    PERMUTATION,
    PHASE,
    RIGID,
    ROUNDS,
    SAVED,
    Codes,
    FlowLine,
    FlowState,
)
from scheduling.kernels.flow_list import list_cost
from scheduling.kernels.flow_permutation import best_place, fill_heads
from scheduling.kernels.flow_rigid import rigid_cost
from scheduling.kernels.sequence_graph import MAKESPAN, SequenceShop

NO_COST = 1e300


@uncounted
def sequence_cost(
    shop: SequenceShop, line: FlowLine, state: FlowState, sequence: Codes, n_placed: int, limit: float
) -> float:
    """Return the objective of the first jobs of a sequence; any higher value when it is above the limit for sure."""
    if line.kind[0] == PERMUTATION:
        fill_heads(shop, line, state, sequence, n_placed)
        longest = 0
        for k in range(state.head.shape[1]):
            longest = max(longest, state.head[n_placed, k])
        return shop.weights[MAKESPAN] * longest
    if line.kind[0] == RIGID:
        return rigid_cost(shop, line, state, sequence, n_placed, limit)
    return list_cost(shop, line, state, sequence, n_placed, limit)


@uncounted
def put_in(state: FlowState, place: int, job: int) -> None:
    """Put a job into the sequence before a place."""
    sequence, n_placed = state.sequence, state.counts[N_PLACED]
    for i in range(n_placed, place, -1):
        sequence[i] = sequence[i - 1]
    sequence[place] = job
    state.counts[N_PLACED] = n_placed + 1


@uncounted
def take_out(state: FlowState, place: int) -> int:
    """Take the job at a place out of the sequence and return it."""
    sequence, n_placed = state.sequence, state.counts[N_PLACED]
    job = sequence[place]
    for i in range(place, n_placed - 1):
        sequence[i] = sequence[i + 1]
    state.counts[N_PLACED] = n_placed - 1
    return job


@uncounted
def put_in_best(
    shop: SequenceShop, line: FlowLine, state: FlowState, job: int, old_place: int, old_cost: float, reach: int
) -> None:
    """Put a job in where the objective is least: anywhere, or of a long sequence at one of `reach` places at random.

    `old_place` is where it was, at `old_cost`; -1: nowhere.
    """
    sequence, trial, n_placed = state.sequence, state.trial, state.counts[N_PLACED]
    if line.kind[0] == PERMUTATION:
        chosen, length = best_place(shop, line, state, sequence, n_placed, job)
        put_in(state, chosen, job)
        state.costs[CURRENT] = shop.weights[MAKESPAN] * length
        return
    n_tried = min(n_placed + 1, reach)
    chosen, best, n_ties = max(old_place, 0), NO_COST if old_place < 0 else old_cost, 1
    for k in range(n_tried):
        place = k if n_tried == n_placed + 1 else random_below(state.random_state, n_placed + 1)
        if place == old_place:
            continue
        for i in range(place):
            trial[i] = sequence[i]
        trial[place] = job
        for i in range(place, n_placed):
            trial[i + 1] = sequence[i]
        cost = sequence_cost(shop, line, state, trial, n_placed + 1, best)
        n_ties = n_ties + 1 if cost == best else n_ties
        if cost < best:
            n_ties = 1
        if cost < best or (cost == best and random_below(state.random_state, n_ties) == 0):
            chosen, best = place, cost
    put_in(state, chosen, job)
    state.costs[CURRENT] = best


@uncounted
def begin_improving(state: FlowState) -> None:
    """Draw the order in which the jobs of the sequence are tried elsewhere."""
    counts, turn = state.counts, state.turn
    n_placed = counts[N_PLACED]
    for i in range(n_placed):
        other = random_below(state.random_state, i + 1)
        turn[i] = turn[other]
        turn[other] = state.sequence[i]
    counts[PHASE], counts[CURSOR], counts[FRUITLESS] = IMPROVING, 0, 0


@uncounted
def improve_next(shop: SequenceShop, line: FlowLine, state: FlowState, reach: int) -> None:
    """Try the next job at other places."""
    counts, costs = state.counts, state.costs
    job, place, old = state.turn[counts[CURSOR]], 0, costs[CURRENT]
    counts[CURSOR] = (counts[CURSOR] + 1) % counts[N_PLACED]
    while state.sequence[place] != job:
        place += 1
    take_out(state, place)
    put_in_best(shop, line, state, job, place, old, reach)
    counts[FRUITLESS] = 0 if costs[CURRENT] < old else counts[FRUITLESS] + 1


@inner
def begin_round(shop: SequenceShop, line: FlowLine, state: FlowState, temperature: float, n_removed: int) -> None:
    """Keep the sequence, or return to the saved one; then take jobs out at random."""
    counts, costs, n_jobs = state.counts, state.costs, state.sequence.shape[0]
    if costs[CURRENT] < costs[BEST]:
        costs[BEST] = costs[CURRENT]
        state.best[:] = state.sequence
    chance = (random_below(state.random_state, 1 << 30) + 1) / (1 << 30)
    if costs[CURRENT] <= costs[SAVED] - temperature * np.log(chance):
        costs[SAVED] = costs[CURRENT]
        state.saved[:] = state.sequence
    else:
        state.sequence[:] = state.saved
    n_out = min(n_removed, n_jobs - 1)
    for i in range(n_out):
        state.waiting[i] = take_out(state, random_below(state.random_state, counts[N_PLACED]))
    counts[N_WAITING], counts[NEXT_WAITING], counts[PHASE] = n_out, 0, INSERTING
    counts[ROUNDS] += 1
    if line.kind[0] == PERMUTATION:
        costs[CURRENT] = sequence_cost(shop, line, state, state.sequence, counts[N_PLACED], NO_COST)
        begin_improving(state)


@njit(cache=True, nogil=True)
def search_flow(
    shop: SequenceShop,
    line: FlowLine,
    state: FlowState,
    temperature: float,
    n_removed: int,
    reach: int,
    patience: int,
    n_insertions: int,
) -> None:
    """Go on by a number of insertions; `state.waiting` holds the jobs of the first sequence in the order of insertion.

    Jobs are moved until so many in turn, `patience` or all, bring nothing; of a permutation flow shop also before those
    taken out are put in again (Dubois-Lacoste, Pagnozzi and Stützle 2017).
    """
    counts, costs = state.counts, state.costs
    for _ in range(n_insertions):
        counts[INSERTIONS] += 1
        if counts[PHASE] == INSERTING:
            job = state.waiting[counts[NEXT_WAITING]]
            counts[NEXT_WAITING] += 1
            put_in_best(shop, line, state, job, -1, NO_COST, reach)
            if counts[NEXT_WAITING] == counts[N_WAITING]:
                if costs[CURRENT] < costs[BEST]:
                    costs[BEST] = costs[CURRENT]
                    state.best[:] = state.sequence
                begin_improving(state)
            continue
        improve_next(shop, line, state, reach)
        if counts[FRUITLESS] < min(counts[N_PLACED], patience):
            continue
        if counts[NEXT_WAITING] < counts[N_WAITING]:
            counts[PHASE] = INSERTING
        else:
            begin_round(shop, line, state, temperature, n_removed)


@njit(cache=True, nogil=True)
def time_flow(shop: SequenceShop, line: FlowLine, state: FlowState, sequence: Codes) -> float:
    """Write placement, start and end of every operation of a whole sequence, and return its objective."""
    n_jobs = sequence.shape[0]
    cost = sequence_cost(shop, line, state, sequence, n_jobs, NO_COST)
    if line.kind[0] == PERMUTATION:
        for place in range(n_jobs):
            job = sequence[place]
            for k in range(line.operation.shape[1]):
                x = line.operation[job, k]
                if x >= 0:
                    state.placement[x] = shop.placement_indptr[x]
                    state.end[x] = state.head[place + 1, k]
                    state.start[x] = state.end[x] - line.duration[job, k]
    return cost
