"""A schedule as a graph: job arcs, machine arcs, heads and tails, and one topological order of all operations."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bom.kernels.inner import uncounted

Codes = NDArray[np.int32]
Flags = NDArray[np.uint8]
Words = NDArray[np.int64]

_LOW_31 = 0x7FFFFFFF


class Shop(NamedTuple):
    """A shop whose jobs are chains of operations; operation `n_operations` stands for "none" and takes no time.

    Parameters
    ----------
    job_predecessor, job_successor
        int32, shape (n_operations + 1,): the operation before and after in the job.
    release, delivery
        int32, shape (n_operations + 1,): an operation's earliest start; the time that its job needs after it ended.
    job_last
        int32, shape (n_jobs,): the last operation of each job.
    alternative_indptr, alternative_machine, alternative_duration
        int32: the machines that can do an operation, by operation, and how long each takes.
    n_machines
        The number of machines.
    """

    job_predecessor: Codes
    job_successor: Codes
    release: Codes
    delivery: Codes
    job_last: Codes
    alternative_indptr: Codes
    alternative_machine: Codes
    alternative_duration: Codes
    n_machines: int


class Graph(NamedTuple):
    """The arcs of one schedule and what follows from them; changed in place.

    Parameters
    ----------
    machine, duration
        int32, shape (n_operations + 1,): the machine that does an operation and the time it takes there.
    machine_predecessor, machine_successor
        int32, shape (n_operations + 1,): the operation before and after on the machine.
    machine_first, machine_last
        int32, shape (n_machines,): the ends of each machine's sequence.
    order, position
        int32, shape (n_operations + 1,): a topological order, and each operation's place in it.
    finish, tail
        int32, shape (n_operations + 1,): the longest path that ends with the operation and the longest that begins
        with it; both include the operation.
    marked
        uint8, shape (n_operations + 1,): all zero between calls.
    buffer
        int32, shape (n_operations + 1,): scratch.
    """

    machine: Codes
    duration: Codes
    machine_predecessor: Codes
    machine_successor: Codes
    machine_first: Codes
    machine_last: Codes
    order: Codes
    position: Codes
    finish: Codes
    tail: Codes
    marked: Flags
    buffer: Codes


@njit(inline="always")
def random_below(random_state: Words, limit: int) -> int:
    """Return a whole number from 0 up to, not including, a limit (xorshift, Marsaglia 2003)."""
    x = random_state[0]
    x ^= x << 13
    x ^= (x >> 7) & 0x1FFFFFFFFFFFFFF
    x ^= x << 17
    random_state[0] = x
    return ((x >> 20) & _LOW_31) % limit


@uncounted
def update_finish(shop: Shop, graph: Graph, first: int) -> None:
    """Work out the finish of every operation from a place of the topological order on."""
    order, finish = graph.order, graph.finish
    for place in range(first, order.shape[0] - 1):
        x = order[place]
        start = max(finish[shop.job_predecessor[x]], finish[graph.machine_predecessor[x]])
        finish[x] = max(start, shop.release[x]) + graph.duration[x]


@uncounted
def update_tails(shop: Shop, graph: Graph, last: int) -> None:
    """Work out the tail of every operation from a place of the topological order back to the first."""
    order, tail = graph.order, graph.tail
    for place in range(last, -1, -1):
        x = order[place]
        rest = max(tail[shop.job_successor[x]], tail[graph.machine_successor[x]])
        tail[x] = max(rest, shop.delivery[x]) + graph.duration[x]


@njit(_nrt=False)
def longest_path(shop: Shop, graph: Graph) -> int:
    """Return the makespan: the largest finish, with its delivery, of the jobs' last operations."""
    longest = 0
    for job in range(shop.job_last.shape[0]):
        x = shop.job_last[job]
        longest = max(longest, graph.finish[x] + shop.delivery[x])
    return longest


@njit(_nrt=False)
def build_graph(shop: Shop, graph: Graph) -> None:
    """Fill a graph from its `order` and `machine`: each machine takes its operations in that order."""
    n_operations = graph.order.shape[0] - 1
    graph.machine_first[:] = n_operations
    graph.machine_last[:] = n_operations
    for place in range(n_operations):
        x = graph.order[place]
        graph.position[x] = place
        machine = graph.machine[x]
        before = graph.machine_last[machine]
        graph.machine_predecessor[x] = before
        graph.machine_successor[x] = n_operations
        if before == n_operations:
            graph.machine_first[machine] = x
        else:
            graph.machine_successor[before] = x
        graph.machine_last[machine] = x
        for alternative in range(shop.alternative_indptr[x], shop.alternative_indptr[x + 1]):
            if shop.alternative_machine[alternative] == machine:
                graph.duration[x] = shop.alternative_duration[alternative]
    update_finish(shop, graph, 0)
    update_tails(shop, graph, n_operations - 1)


@uncounted
def _shift_later(shop: Shop, graph: Graph, x: int, after: int) -> bool:
    """Put an operation, and what must follow it, behind another in the order; False when that one must follow it."""
    order, position, marked, buffer = graph.order, graph.position, graph.marked, graph.buffer
    first, last = position[x], position[after]
    marked[x] = 1
    buffer[0] = x
    n_moved = 1
    for place in range(first + 1, last + 1):
        w = order[place]
        before = graph.machine_predecessor[w]
        if marked[shop.job_predecessor[w]] or (marked[before] and before != x):
            marked[w] = 1
            buffer[n_moved] = w
            n_moved += 1
    is_possible = marked[after] == 0
    if is_possible:
        write = first
        for place in range(first + 1, last + 1):
            w = order[place]
            if marked[w] == 0:
                order[write] = w
                position[w] = write
                write += 1
        for k in range(n_moved):
            order[write + k] = buffer[k]
            position[buffer[k]] = write + k
    for k in range(n_moved):
        marked[buffer[k]] = 0
    return is_possible


@uncounted
def _shift_earlier(shop: Shop, graph: Graph, x: int, before: int) -> bool:
    """Put an operation, and what it must follow, ahead of another in the order; False when it must follow that one."""
    order, position, marked, buffer = graph.order, graph.position, graph.marked, graph.buffer
    first, last = position[before], position[x]
    marked[x] = 1
    buffer[0] = x
    n_moved = 1
    for place in range(last - 1, first - 1, -1):
        w = order[place]
        after = graph.machine_successor[w]
        if marked[shop.job_successor[w]] or (marked[after] and after != x):
            marked[w] = 1
            buffer[n_moved] = w
            n_moved += 1
    is_possible = marked[before] == 0
    if is_possible:
        write = last
        for place in range(last - 1, first - 1, -1):
            w = order[place]
            if marked[w] == 0:
                order[write] = w
                position[w] = write
                write -= 1
        for k in range(n_moved):
            order[write - k] = buffer[k]
            position[buffer[k]] = write - k
    for k in range(n_moved):
        marked[buffer[k]] = 0
    return is_possible


@uncounted
def _unlink(graph: Graph, x: int) -> None:
    """Take an operation out of its machine's sequence."""
    n_operations = graph.order.shape[0] - 1
    before, after = graph.machine_predecessor[x], graph.machine_successor[x]
    if before == n_operations:
        graph.machine_first[graph.machine[x]] = after
    else:
        graph.machine_successor[before] = after
    if after == n_operations:
        graph.machine_last[graph.machine[x]] = before
    else:
        graph.machine_predecessor[after] = before


@uncounted
def _link(graph: Graph, x: int, machine: int, before: int, after: int) -> None:
    """Put an operation between two neighbours of a machine's sequence."""
    n_operations = graph.order.shape[0] - 1
    graph.machine[x] = machine
    graph.machine_predecessor[x] = before
    graph.machine_successor[x] = after
    if before == n_operations:
        graph.machine_first[machine] = x
    else:
        graph.machine_successor[before] = x
    if after == n_operations:
        graph.machine_last[machine] = x
    else:
        graph.machine_predecessor[after] = x


@njit(_nrt=False)
def relocate(shop: Shop, graph: Graph, x: int, machine: int, duration: int, before: int) -> bool:
    """Move an operation behind `before` on a machine, "none": to the front; False, and no change, when that is a cycle.

    Only what can change is worked out again: finishes from the first place of the order that the move touches, tails
    from the last one back.
    """
    n_operations = graph.order.shape[0] - 1
    position = graph.position
    old_before, old_after = graph.machine_predecessor[x], graph.machine_successor[x]
    after = graph.machine_first[machine] if before == n_operations else graph.machine_successor[before]
    if after == x:
        after = old_after
    if before != n_operations and position[before] > position[x]:
        if not _shift_later(shop, graph, x, before):
            return False
    elif after != n_operations and position[after] < position[x] and not _shift_earlier(shop, graph, x, after):
        return False
    _unlink(graph, x)
    _link(graph, x, machine, before, after)
    graph.duration[x] = duration
    first = position[x]
    last = first
    if old_after != n_operations:
        first = min(first, position[old_after])
    if after != n_operations:
        first = min(first, position[after])
    if old_before != n_operations:
        last = max(last, position[old_before])
    if before != n_operations:
        last = max(last, position[before])
    update_finish(shop, graph, first)
    update_tails(shop, graph, last)
    return True
