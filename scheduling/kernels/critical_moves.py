"""Moves of critical operations, each with an estimate of the makespan that it leads to."""

from __future__ import annotations

from typing import NamedTuple

from numba import njit

from bom.kernels.inner import uncounted
from scheduling.kernels.disjunctive_graph import Codes, Graph, Shop, Words, random_below

_FACTOR = 2654435761

ESTIMATE, TIES, OPERATION, MACHINE, DURATION, BEFORE = range(6)
CHOICE_SIZE = 6


class Moves(NamedTuple):
    """Scratch of the choice of a move, and the tabu list.

    Parameters
    ----------
    path
        int32, shape (n_operations + 1,): a critical path, last operation first.
    stretch, stretch_finish
        int32, shape (n_operations + 1,): the operations that a move shifts, and their new heads or tails.
    choice, forbidden_choice
        int64, shape (6,): the best move found, and one of the tabu moves taken at random.
    tabu_until
        int64, shape (a power of two,): by a hash of "x before y" or "x on machine m", the last iteration in which a
        move must not bring that about. Two of them with one hash are tabu together.
    random_state
        int64, shape (1,).
    """

    path: Codes
    stretch: Codes
    stretch_finish: Codes
    choice: Words
    forbidden_choice: Words
    tabu_until: Words
    random_state: Words


@njit(inline="always")
def tabu_slot(moves: Moves, x: int, y: int) -> int:
    """Return the place in the tabu list of "x before y"; y beyond the operations stands for a machine."""
    mixed = x * _FACTOR + y * 40503
    return (mixed ^ (mixed >> 15)) & (moves.tabu_until.shape[0] - 1)


@uncounted
def critical_path(shop: Shop, graph: Graph, moves: Moves, makespan: int) -> int:
    """Write one critical path, chosen at random, into `moves.path`, last operation first; return its length."""
    n_operations = graph.order.shape[0] - 1
    x = n_operations
    n_ends = 0
    for job in range(shop.job_last.shape[0]):
        end = shop.job_last[job]
        if graph.finish[end] + shop.delivery[end] == makespan:
            n_ends += 1
            if random_below(moves.random_state, n_ends) == 0:
                x = end
    length = 0
    while x != n_operations:
        moves.path[length] = x
        length += 1
        start = graph.finish[x] - graph.duration[x]
        by_job, by_machine = shop.job_predecessor[x], graph.machine_predecessor[x]
        is_by_job = by_job != n_operations and graph.finish[by_job] == start
        is_by_machine = by_machine != n_operations and graph.finish[by_machine] == start
        if is_by_job and is_by_machine:
            x = by_job if random_below(moves.random_state, 2) == 0 else by_machine
        elif is_by_job:
            x = by_job
        elif is_by_machine:
            x = by_machine
        else:
            x = n_operations
    return length


@njit(_nrt=False)
def estimate_later(shop: Shop, graph: Graph, moves: Moves, u: int, v: int, limit: int) -> int:
    """Return the longest path through the stretch u..v when u goes right behind v, or any length above the limit.

    Heads and tails of operations outside the stretch are taken as they are (Balas and Vazacopoulos 1998): exact for
    the longest path through neighbours that change places. As soon as a path is longer than the limit, it is returned.
    """
    finish, tail, duration = graph.finish, graph.tail, graph.duration
    ready = finish[graph.machine_predecessor[u]]
    n = 0
    x = graph.machine_successor[u]
    while True:
        ready = max(ready, finish[shop.job_predecessor[x]], shop.release[x])
        moves.stretch[n] = x
        moves.stretch_finish[n] = ready
        ready += duration[x]
        if ready + tail[shop.job_successor[x]] > limit:
            return ready + tail[shop.job_successor[x]]
        n += 1
        if x == v:
            break
        x = graph.machine_successor[x]
    start = max(ready, finish[shop.job_predecessor[u]], shop.release[u])
    rest = max(tail[graph.machine_successor[v]], tail[shop.job_successor[u]], shop.delivery[u]) + duration[u]
    longest = start + rest
    for k in range(n - 1, -1, -1):
        if longest > limit:
            break
        x = moves.stretch[k]
        rest = max(rest, tail[shop.job_successor[x]], shop.delivery[x]) + duration[x]
        longest = max(longest, moves.stretch_finish[k] + rest)
    return longest


@njit(_nrt=False)
def estimate_earlier(shop: Shop, graph: Graph, moves: Moves, u: int, v: int, limit: int) -> int:
    """Return the longest path through the stretch u..v when v goes right before u, or any length above the limit."""
    finish, tail, duration = graph.finish, graph.tail, graph.duration
    rest = tail[graph.machine_successor[v]]
    n = 0
    x = graph.machine_predecessor[v]
    while True:
        rest = max(rest, tail[shop.job_successor[x]], shop.delivery[x]) + duration[x]
        moves.stretch[n] = x
        moves.stretch_finish[n] = rest
        if rest + finish[shop.job_predecessor[x]] > limit:
            return rest + finish[shop.job_predecessor[x]]
        n += 1
        if x == u:
            break
        x = graph.machine_predecessor[x]
    rest = max(rest, tail[shop.job_successor[v]], shop.delivery[v]) + duration[v]
    start = max(finish[graph.machine_predecessor[u]], finish[shop.job_predecessor[v]], shop.release[v])
    longest = start + rest
    ready = start + duration[v]
    for k in range(n - 1, -1, -1):
        if longest > limit:
            break
        x = moves.stretch[k]
        start = max(ready, finish[shop.job_predecessor[x]], shop.release[x])
        longest = max(longest, start + moves.stretch_finish[k])
        ready = start + duration[x]
    return longest


@uncounted
def _tabu_later(graph: Graph, moves: Moves, u: int, v: int) -> int:
    """Return until when it is tabu that u goes right behind v."""
    until = 0
    x = u
    while x != v:
        x = graph.machine_successor[x]
        until = max(until, moves.tabu_until[tabu_slot(moves, x, u)])
    return until


@uncounted
def _tabu_earlier(graph: Graph, moves: Moves, u: int, v: int) -> int:
    """Return until when it is tabu that v goes right before u."""
    until = 0
    x = v
    while x != u:
        x = graph.machine_predecessor[x]
        until = max(until, moves.tabu_until[tabu_slot(moves, v, x)])
    return until


@njit(inline="always")
def _consider(
    moves: Moves, is_tabu: bool, best: int, estimate: int, x: int, machine: int, duration: int, before: int
) -> None:
    """Keep a move when it is the best so far; ties fall at random; a tabu move counts only below the best makespan."""
    choice = moves.choice
    if is_tabu and estimate >= best:
        choice = moves.forbidden_choice
        choice[TIES] += 1
        if random_below(moves.random_state, choice[TIES]) != 0:
            return
    elif estimate < choice[ESTIMATE]:
        choice[TIES] = 1
    elif estimate == choice[ESTIMATE]:
        choice[TIES] += 1
        if random_below(moves.random_state, choice[TIES]) != 0:
            return
    else:
        return
    choice[ESTIMATE] = estimate
    choice[OPERATION] = x
    choice[MACHINE] = machine
    choice[DURATION] = duration
    choice[BEFORE] = before


@uncounted
def _consider_later(shop: Shop, graph: Graph, moves: Moves, iteration: int, best: int, u: int, v: int) -> None:
    """Consider u right behind v in its block, when no path leads from u's job successor to v.

    A block has no gaps, so that what comes before u ends at least as much later as the stretch without u takes.
    """
    finish, tail = graph.finish, graph.tail
    to_job = tail[shop.job_successor[u]]
    if tail[v] < to_job:
        return
    limit = moves.choice[ESTIMATE]
    start = max(finish[graph.machine_predecessor[u]] + finish[v] - finish[u], finish[shop.job_predecessor[u]])
    if start + graph.duration[u] + max(tail[graph.machine_successor[v]], to_job) > limit:
        return
    estimate = estimate_later(shop, graph, moves, u, v, limit)
    if estimate <= limit:
        until = _tabu_later(graph, moves, u, v)
        _consider(moves, until > iteration, best, estimate, u, graph.machine[u], graph.duration[u], v)


@uncounted
def _consider_earlier(shop: Shop, graph: Graph, moves: Moves, iteration: int, best: int, u: int, v: int) -> None:
    """Consider v right before u in its block, when no path leads from u to v's job predecessor."""
    finish, tail = graph.finish, graph.tail
    by_job = finish[shop.job_predecessor[v]]
    if finish[u] < by_job:
        return
    limit = moves.choice[ESTIMATE]
    before = graph.machine_predecessor[u]
    rest = max(tail[graph.machine_successor[v]] + tail[u] - tail[v], tail[shop.job_successor[v]])
    if rest + graph.duration[v] + max(finish[before], by_job) > limit:
        return
    estimate = estimate_earlier(shop, graph, moves, u, v, limit)
    if estimate <= limit:
        until = _tabu_earlier(graph, moves, u, v)
        _consider(moves, until > iteration, best, estimate, v, graph.machine[v], graph.duration[v], before)


@uncounted
def _consider_block(
    shop: Shop, graph: Graph, moves: Moves, iteration: int, best: int, first: int, last: int, length: int, reach: int
) -> None:
    """Consider the moves of one block of the path (N7): to its ends, and from its ends inside.

    The path lies last operation first, so the block's first operation is path[last]. No move that only changes the
    beginning of the path's first block, or the end of its last block, can shorten the path.
    """
    path = moves.path
    head, end = path[last], path[first]
    if first > 0 or shop.delivery[end] > 0:
        for k in range(first + 1, min(last, first + reach) + 1):
            _consider_later(shop, graph, moves, iteration, best, path[k], end)
        for k in range(first + 2, min(last, first + reach) + 1):
            _consider_earlier(shop, graph, moves, iteration, best, path[k], end)
    if last < length - 1 or shop.release[head] > 0:
        for k in range(last - 1, max(first, last - reach) - 1, -1):
            _consider_earlier(shop, graph, moves, iteration, best, head, path[k])
        for k in range(last - 2, max(first, last - reach) - 1, -1):
            _consider_later(shop, graph, moves, iteration, best, head, path[k])


@uncounted
def _consider_machines(shop: Shop, graph: Graph, moves: Moves, iteration: int, best: int, x: int) -> None:
    """Consider every place on every other machine that can do an operation (Mastrolilli and Gambardella 2000)."""
    n_operations = graph.order.shape[0] - 1
    finish, tail = graph.finish, graph.tail
    by_job, to_job = shop.job_predecessor[x], shop.job_successor[x]
    ready = max(finish[by_job], shop.release[x])
    rest = max(tail[to_job], shop.delivery[x])
    earliest_end = finish[by_job] - graph.duration[by_job] if by_job != n_operations else -1
    for alternative in range(shop.alternative_indptr[x], shop.alternative_indptr[x + 1]):
        machine = shop.alternative_machine[alternative]
        if machine == graph.machine[x]:
            continue
        duration = shop.alternative_duration[alternative]
        if ready + duration + rest > moves.choice[ESTIMATE]:
            continue
        until = moves.tabu_until[tabu_slot(moves, x, n_operations + machine)]
        before = n_operations
        after = graph.machine_first[machine]
        while True:
            if after == n_operations or finish[after] > earliest_end:
                estimate = max(ready, finish[before]) + max(rest, tail[after]) + duration
                if estimate <= moves.choice[ESTIMATE]:
                    _consider(moves, until > iteration, best, estimate, x, machine, duration, before)
            before = after
            if before == n_operations or finish[before] + duration + rest > moves.choice[ESTIMATE]:
                break
            if to_job != n_operations and finish[before] - graph.duration[before] >= finish[to_job]:
                break
            after = graph.machine_successor[before]


@uncounted
def choose_move(shop: Shop, graph: Graph, moves: Moves, iteration: int, best: int, makespan: int, reach: int) -> int:
    """Choose the move with the smallest estimate; return the number of candidates that were not tabu, or were."""
    for choice in (moves.choice, moves.forbidden_choice):
        choice[ESTIMATE] = 1 << 60
        choice[TIES] = 0
    length = critical_path(shop, graph, moves, makespan)
    path = moves.path
    first = 0
    while first < length:
        last = first
        while last + 1 < length and graph.machine_predecessor[path[last]] == path[last + 1]:
            last += 1
        if last > first:
            _consider_block(shop, graph, moves, iteration, best, first, last, length, reach)
        first = last + 1
    if shop.alternative_machine.shape[0] > graph.order.shape[0] - 1:
        for k in range(length):
            x = path[k]
            if shop.alternative_indptr[x + 1] - shop.alternative_indptr[x] > 1:
                _consider_machines(shop, graph, moves, iteration, best, x)
    return moves.choice[TIES] + moves.forbidden_choice[TIES]
