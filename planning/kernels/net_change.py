"""Netting of the nodes that edits reach, on a work-list: level by level, as long as orders come out otherwise."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from bom.kernels.inner import inner
from planning.kernels.gross_requirements import count_lines
from planning.kernels.net_level import new_scratch, plan_node
from planning.kernels.netting_arrays import NettingModel, Orders, OrderSlice, Records

UNLISTED = -2
LAST = -1


class Stop(IntEnum):
    """Why a pass over the work-list came back."""

    DONE = 0
    LARGE_LEVEL = 1
    NO_ROOM = 2


class State(IntEnum):
    """The places of the numbers that a pass takes and gives back."""

    LEVEL = 0
    N_ORDERS = 1
    N_VISITS = 2
    FIRST_DAY = 3
    N_DAYS = 4
    N_STATES = 5


_LEVEL, _N_ORDERS, _N_VISITS = int(State.LEVEL), int(State.N_ORDERS), int(State.N_VISITS)
_FIRST_DAY, _N_DAYS = int(State.FIRST_DAY), int(State.N_DAYS)
_DONE, _LARGE_LEVEL, _NO_ROOM = int(Stop.DONE), int(Stop.LARGE_LEVEL), int(Stop.NO_ROOM)


class WorkList(NamedTuple):
    """What is still to be netted, and what leads on from there. Nodes are codes of the plan that is made.

    Parameters
    ----------
    component_indptr, component_codes
        The components of each node.
    level
        int32, shape (n_nodes,): low-level codes.
    head
        int32, shape (n_levels,): the first listed node of each level.
    listed
        int32, shape (n_nodes,): the next listed node of the same level, ``LAST``, or ``UNLISTED``.
    causes
        uint64, shape (n_nodes,): one bit for each edit that reaches the node.
    stands_in
        int32, shape (n_nodes,): the row of the model that holds what is to be netted for the node: itself, or a copy.
    is_forced
        bool, shape (n_nodes,): its components are netted whatever its orders are.
    """

    component_indptr: NDArray[np.int64]
    component_codes: NDArray[np.int32]
    level: NDArray[np.int32]
    head: NDArray[np.int32]
    listed: NDArray[np.int32]
    causes: NDArray[np.uint64]
    stands_in: NDArray[np.int32]
    is_forced: NDArray[np.bool_]


class Visits(NamedTuple):
    """What became of each node that was netted, in the order in which they were.

    Parameters
    ----------
    node, first, n_orders, is_short, is_changed
        The node, where its orders were before and how many, whether it is left short now, whether its orders changed.
    """

    node: NDArray[np.int32]
    first: NDArray[np.int64]
    n_orders: NDArray[np.int64]
    is_short: NDArray[np.bool_]
    is_changed: NDArray[np.bool_]


@inner
def are_same(words: NDArray[np.uint64], a: int, other: NDArray[np.uint64], b: int, n: int, mask: Records) -> bool:
    """Return whether ``n`` orders from ``a`` and from ``b`` on are the same to the bit; ``mask`` leaves out padding."""
    for i in range(n):
        for w in range(mask.shape[0]):
            if (words[a + i, w] ^ other[b + i, w]) & mask[w] != np.uint64(0):
                return False
    return True


@inner
def differs(
    words: NDArray[np.uint64],
    first: int,
    n_before: int,
    made_words: NDArray[np.uint64],
    base: int,
    n: int,
    mask: NDArray[np.uint64],
    read_mask: NDArray[np.uint64],
) -> tuple[bool, bool]:
    """Return whether a node's new orders, ``n`` from ``base`` on, are others, and whether they are for components."""
    if n != n_before:
        return True, True
    is_changed = not are_same(words, first, made_words, base, n, mask)
    return is_changed, is_changed and not are_same(words, first, made_words, base, n, read_mask)


@inner
def list_node(work: WorkList, node: int, causes: int) -> None:
    """Put a node on the work-list, if it is not there, with what reaches it."""
    work.causes[node] |= causes
    if work.listed[node] == UNLISTED:
        level = work.level[node]
        work.listed[node] = work.head[level]
        work.head[level] = node


@inner
def list_components(work: WorkList, node: int) -> None:
    """Put the components of a node on the work-list."""
    for k in range(work.component_indptr[node], work.component_indptr[node + 1]):
        list_node(work, work.component_codes[k], work.causes[node])


@njit(cache=True, nogil=True)
def list_seeds(
    work: WorkList, nodes: NDArray[np.int32], causes: NDArray[np.uint64], is_forced: NDArray[np.bool_]
) -> None:
    """Put nodes on the work-list whose own rows have changed."""
    for i in range(nodes.shape[0]):
        list_node(work, nodes[i], causes[i])
        work.is_forced[nodes[i]] |= is_forced[i]


@njit(cache=True, nogil=True)
def take_level(work: WorkList, level: int, out: NDArray[np.int32]) -> int:
    """Write the listed nodes of a level and return their number; the level's list is empty then."""
    n = 0
    node = work.head[level]
    while node != LAST:
        if n < out.shape[0]:
            out[n] = node
        n += 1
        node = work.listed[node]
    if n <= out.shape[0]:
        work.head[level] = LAST
    return n


@inner
def keep_node(
    orders: Orders,
    work: WorkList,
    visits: Visits,
    state: NDArray[np.int64],
    node: int,
    count: int,
    is_short: bool,
    is_changed: bool,
    is_passed_on: bool,
) -> None:
    """Note what became of a node; its orders, when they changed, stand from the orders' end on.

    Its components are listed when they may need something else (``is_passed_on``).
    """
    visit = state[_N_VISITS]
    visits.node[visit] = node
    visits.first[visit] = orders.first[node]
    visits.n_orders[visit] = orders.counts[node]
    visits.is_short[visit] = is_short
    visits.is_changed[visit] = is_changed
    state[_N_VISITS] = visit + 1
    if is_changed:
        orders.first[node] = state[_N_ORDERS]
        orders.counts[node] = count
        state[_N_ORDERS] += count
    if is_passed_on or work.is_forced[node]:
        list_components(work, node)


@njit(cache=True, nogil=True)
def net_listed(
    model: NettingModel,
    orders: Orders,
    words: NDArray[np.uint64],
    mask: NDArray[np.uint64],
    read_mask: NDArray[np.uint64],
    looks: Records,
    work: WorkList,
    visits: Visits,
    needed: NDArray[np.int32],
    netted: NDArray[np.int32],
    most_in_level: int,
    state: NDArray[np.int64],
) -> int:
    """Net the work-list on one thread; return why it came back, a :class:`Stop`.

    Parameters
    ----------
    orders
        The orders; new ones are written from ``state[N_ORDERS]`` to the end of the rows.
    words
        uint64, shape (n_rows, words per row): the same rows, for comparing.
    mask, read_mask
        uint64: the bits of a row that belong to fields, and those that components read.
    most_in_level
        Come back before a level with more nodes than this.
    state
        int64: as :class:`State` says; a pass can be taken up again where it came back.
    """
    scratch = new_scratch(state[_FIRST_DAY], state[_N_DAYS], 0)
    reach = np.empty(2, np.int64)
    while state[_LEVEL] < work.head.shape[0]:
        level = state[_LEVEL]
        if is_large(work, level, most_in_level):
            return _LARGE_LEVEL
        while work.head[level] != LAST:
            node = work.head[level]
            row = work.stands_in[node]
            if model.nodes[row].is_phantom or model.choices[0].is_netted_per_line:
                n_lines = count_lines(model, orders, row)
                if n_lines > scratch.single_lines.shape[0]:
                    scratch = new_scratch(state[_FIRST_DAY], state[_N_DAYS], 2 * n_lines)
            base = state[_N_ORDERS]
            if orders.rows.shape[0] - base < model.firm_indptr[row + 1] - model.firm_indptr[row]:
                return _NO_ROOM
            out = OrderSlice(base, orders.rows.shape[0] - base, orders.rows, orders.source, looks)
            count, is_short = plan_node(model, orders, row, scratch, reach, needed, netted, out)
            if reach[0] <= reach[1] and not is_inside(reach, state):
                widen(reach, state)
                scratch = new_scratch(state[_FIRST_DAY], state[_N_DAYS], scratch.single_lines.shape[0])
                continue
            if count > out.capacity:
                return _NO_ROOM
            before, n_before = orders.first[node], orders.counts[node]
            is_changed, is_passed_on = differs(words, before, n_before, words, base, count, mask, read_mask)
            work.head[level] = work.listed[node]
            keep_node(orders, work, visits, state, node, count, is_short, is_changed, is_passed_on)
        state[_LEVEL] += 1
    return _DONE


@inner
def is_large(work: WorkList, level: int, most: int) -> bool:
    """Return whether a level has more than ``most`` listed nodes."""
    n = 0
    node = work.head[level]
    while node != LAST and n <= most:
        n += 1
        node = work.listed[node]
    return n > most


@inner
def is_inside(reach: NDArray[np.int64], state: NDArray[np.int64]) -> bool:
    """Return whether all days touched have cells."""
    return bool(reach[0] >= state[_FIRST_DAY] and reach[1] < state[_FIRST_DAY] + state[_N_DAYS])


@inner
def widen(reach: NDArray[np.int64], state: NDArray[np.int64]) -> None:
    """Widen the days that have cells to those touched."""
    end = max(state[_FIRST_DAY] + state[_N_DAYS], reach[1] + 1)
    state[_FIRST_DAY] = min(state[_FIRST_DAY], reach[0])
    state[_N_DAYS] = end - state[_FIRST_DAY]


@njit(cache=True, parallel=True)
def compare_level(
    words: NDArray[np.uint64],
    first: NDArray[np.int64],
    counts: NDArray[np.int64],
    made_words: NDArray[np.uint64],
    made_indptr: NDArray[np.int64],
    made_counts: NDArray[np.int64],
    mask: NDArray[np.uint64],
    read_mask: NDArray[np.uint64],
    nodes: NDArray[np.int32],
    out_is_changed: NDArray[np.bool_],
    out_is_passed_on: NDArray[np.bool_],
) -> None:
    """Fill whether the nodes of a level came out otherwise than they were, and in what their components read."""
    for i in prange(nodes.shape[0]):
        node = nodes[i]
        out_is_changed[i], out_is_passed_on[i] = differs(
            words, first[node], counts[node], made_words, made_indptr[i], made_counts[i], mask, read_mask
        )


@njit(cache=True, nogil=True)
def keep_level(
    orders: Orders,
    work: WorkList,
    visits: Visits,
    nodes: NDArray[np.int32],
    count: NDArray[np.int64],
    is_short: NDArray[np.bool_],
    is_changed: NDArray[np.bool_],
    is_passed_on: NDArray[np.bool_],
    state: NDArray[np.int64],
) -> None:
    """Note what became of a whole level, as :func:`keep_node` does; the changed orders are yet to be copied."""
    for i in range(nodes.shape[0]):
        keep_node(orders, work, visits, state, nodes[i], count[i], is_short[i], is_changed[i], is_passed_on[i])


@njit(cache=True, parallel=True)
def copy_slices(
    rows: Records,
    first: NDArray[np.int64],
    counts: NDArray[np.int64],
    target: NDArray[np.int64],
    is_taken: NDArray[np.bool_],
    out: Records,
) -> None:
    """Copy slices of rows, those that are taken: each has its ``counts`` from ``first`` on and goes to ``target``."""
    for i in prange(first.shape[0]):
        if is_taken[i]:
            for k in range(counts[i]):
                out[target[i] + k] = rows[first[i] + k]


@njit(cache=True, nogil=True)
def find_changed(
    words: NDArray[np.uint64],
    first: NDArray[np.int64],
    counts: NDArray[np.int64],
    other_words: NDArray[np.uint64],
    other_first: NDArray[np.int64],
    other_counts: NDArray[np.int64],
    mask: NDArray[np.uint64],
    out: NDArray[np.bool_],
) -> None:
    """Fill whether each node has other orders in two plans."""
    for node in range(out.shape[0]):
        n = counts[node]
        out[node] = n != other_counts[node]
        out[node] = out[node] or not are_same(words, first[node], other_words, other_first[node], n, mask)
