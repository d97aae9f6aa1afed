"""Walks through the product structure, down to components or up to parents, from one node.

All of them touch only what can be reached from the start.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bom.kernels.units import round_output_down, round_requirement_up


class Step(IntEnum):
    """What the walk does with an entry."""

    FOLLOW = 0  # shown, and the walk goes on behind it
    END = 1  # shown, and the walk ends there
    FIRST_FOLLOW = 2  # as FOLLOW when it leaves the start, else not there
    FIRST_END = 3  # as END when it leaves the start, else not there


class Walk(NamedTuple):
    """The entries of each node in one direction; an entry is a line, its target the node at the other end.

    Parameters
    ----------
    indptr, targets, lines
        int64 (n_nodes + 1,), int32 and int64 (n_entries,): the entries of each node, their targets and lines.
    factors, fixed
        float64, shape (n_lines,): quantity of the target per unit of the node, and once per order of the node.
    steps
        int8, shape (n_lines,): values of ``Step``.
    is_by_product
        bool, shape (n_lines,): added up on their own.
    is_phantom
        bool, shape (n_nodes,).
    decimals
        int8, shape (n_nodes,): -1 for no rounding.
    """

    indptr: NDArray[np.int64]
    targets: NDArray[np.int32]
    lines: NDArray[np.int64]
    factors: NDArray[np.float64]
    fixed: NDArray[np.float64]
    steps: NDArray[np.int8]
    is_by_product: NDArray[np.bool_]
    is_phantom: NDArray[np.bool_]
    decimals: NDArray[np.int8]


# Counts of occurrences stop here: a bill of 60 levels with 2 lines each has more than an int64 can hold.
SATURATED = 2**40
_FOLLOW, _FIRST_FOLLOW = 0, 2
_OPEN, _DONE = 1, 2


@njit(cache=True)
def order_reached(walk: Walk, start: int, out_order: NDArray[np.int32]) -> int:
    """Fill the nodes that the walk goes through, each after all that lead to it; return their number, -1 on a cycle.

    Parameters
    ----------
    walk
        The entries.
    start
        The node to start from; it comes first.
    out_order
        int32, shape (n_nodes,); its first entries are filled.

    Notes
    -----
    Reverse postorder of a depth-first search.
    """
    n_nodes = out_order.shape[0]
    state = np.zeros(n_nodes, np.int8)
    cursor = np.empty(n_nodes, np.int64)
    path = np.empty(n_nodes, np.int32)
    path[0], state[start], cursor[start] = start, _OPEN, walk.indptr[start]
    depth, n_done = 1, 0
    while depth > 0:
        node = path[depth - 1]
        entry = cursor[node]
        if entry == walk.indptr[node + 1]:
            state[node] = _DONE
            out_order[n_done] = node
            n_done += 1
            depth -= 1
            continue
        cursor[node] = entry + 1
        step = walk.steps[walk.lines[entry]]
        target = walk.targets[entry]
        if step != _FOLLOW and not (step == _FIRST_FOLLOW and node == start):
            continue
        if state[target] == _OPEN:
            return -1
        if state[target] == 0:
            state[target], cursor[target] = _OPEN, walk.indptr[target]
            path[depth] = target
            depth += 1
    out_order[:n_done] = out_order[:n_done][::-1].copy()
    return n_done


@njit(cache=True)
def entry_quantity(walk: Walk, entry: int, quantity: float, orders: float) -> float:
    """Return what an entry asks of its target for a quantity of its node made in so many orders."""
    if quantity == 0.0:
        return 0.0
    line = walk.lines[entry]
    amount = quantity * walk.factors[line] + walk.fixed[line] * orders
    target = walk.targets[entry]
    if not walk.is_phantom[target]:  # a phantom is blown through unrounded
        decimals = walk.decimals[target]
        amount = -round_output_down(-amount, decimals) if amount < 0.0 else round_requirement_up(amount, decimals)
    return float(amount)


@njit(cache=True)
def add_up(
    walk: Walk,
    order: NDArray[np.int32],
    quantity: float,
    out_totals: NDArray[np.float64],
    out_by_products: NDArray[np.float64],
    out_is_reached: NDArray[np.bool_],
) -> None:
    """Fill the total quantity of each node reached for a quantity of the start.

    Parameters
    ----------
    walk
        The entries.
    order
        int32: the nodes of ``order_reached``.
    quantity
        The quantity of the start.
    out_totals, out_by_products
        float64, shape (n_nodes,), zeros; what is used, and what by-product entries give (below zero).
    out_is_reached
        bool, shape (n_nodes,), false; what some entry leads to.

    Notes
    -----
    A node takes its whole total as one order; a phantom one order per entry that reaches it.
    """
    start = order[0]
    n_orders = np.zeros(out_totals.shape[0])
    out_totals[start], n_orders[start] = quantity, 1.0
    for node in order:
        orders = n_orders[node] if walk.is_phantom[node] else 1.0
        for entry in range(walk.indptr[node], walk.indptr[node + 1]):
            if walk.steps[walk.lines[entry]] >= _FIRST_FOLLOW and node != start:
                continue
            amount = entry_quantity(walk, entry, out_totals[node], orders)
            target = walk.targets[entry]
            out_is_reached[target] = True
            if walk.is_by_product[walk.lines[entry]]:
                out_by_products[target] += amount
            else:
                out_totals[target] += amount
                n_orders[target] += orders if out_totals[node] != 0.0 else 0.0


@njit(cache=True)
def count_occurrences(walk: Walk, order: NDArray[np.int32], out_counts: NDArray[np.int64]) -> None:
    """Fill the number of rows below each node when every path is written out; counts stop at ``SATURATED``.

    Parameters
    ----------
    walk
        The entries.
    order
        int32: the nodes of ``order_reached``.
    out_counts
        int64, shape (n_nodes,); filled for these nodes.
    """
    for position in range(order.shape[0] - 1, -1, -1):
        node = order[position]
        count = 0
        for entry in range(walk.indptr[node], walk.indptr[node + 1]):
            step = walk.steps[walk.lines[entry]]
            if step >= _FIRST_FOLLOW and position > 0:
                continue
            count += 1
            if step in (_FOLLOW, _FIRST_FOLLOW):
                count = min(count + out_counts[walk.targets[entry]], SATURATED)
        out_counts[node] = count


@njit(cache=True)
def write_out(
    walk: Walk,
    start: int,
    quantity: float,
    counts: NDArray[np.int64],
    out_entries: NDArray[np.int64],
    out_levels: NDArray[np.int32],
    out_quantities: NDArray[np.float64],
) -> None:
    """Fill one row per path from the start, a node's rows below it, in the order of its entries.

    Parameters
    ----------
    walk
        The entries.
    start, quantity
        The node to start from, and its quantity.
    counts
        int64, shape (n_nodes,): ``count_occurrences``.
    out_entries, out_levels, out_quantities
        int64, int32, float64, shape (counts[start],); each row's entry, depth (1: next to the start) and quantity.

    Notes
    -----
    Where a row's rows stand follows from the counts: the rows are filled in turn, without a stack. Each row is an
    order of its own.
    """
    for row in range(-1, out_entries.shape[0]):
        node, level, above = start, 0, quantity
        if row >= 0:
            step = walk.steps[walk.lines[out_entries[row]]]
            if step not in (_FOLLOW, _FIRST_FOLLOW):
                continue
            node, level, above = walk.targets[out_entries[row]], out_levels[row], out_quantities[row]
        at = row + 1
        for entry in range(walk.indptr[node], walk.indptr[node + 1]):
            step = walk.steps[walk.lines[entry]]
            if step >= _FIRST_FOLLOW and row >= 0:
                continue
            out_entries[at] = entry
            out_levels[at] = level + 1
            out_quantities[at] = entry_quantity(walk, entry, above, 1.0)
            at += 1 + (counts[walk.targets[entry]] if step in (_FOLLOW, _FIRST_FOLLOW) else 0)
