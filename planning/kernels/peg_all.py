"""Full pegging of a whole plan in one pass: each order's ends from those of the orders that it serves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bom.kernels.inner import inner
from planning.kernels.netting_arrays import NettingModel, Orders, Records
from planning.kernels.peg_flow import NOTHING, ORDER, Takers, find_taker
from planning.kernels.requirement_rows import SAFETY_STOCK
from planning.kernels.supply_rows import SupplyKind

_PLANNED, _RECEIPT = int(SupplyKind.PLANNED_ORDER), int(SupplyKind.SCHEDULED_RECEIPT)


class Ends(NamedTuple):
    """The ends of orders and receipts so far, and room for more.

    Parameters
    ----------
    order_first, order_count, receipt_first, receipt_count
        int64: where the ends of each stand, and how many.
    end, part
        int64 and float64: an end, and the part of the supply that ends there.
    parts, listed
        float64 and int64, one cell for each end that there can be: those of the supply in hand.
    """

    order_first: NDArray[np.int64]
    order_count: NDArray[np.int64]
    receipt_first: NDArray[np.int64]
    receipt_count: NDArray[np.int64]
    end: NDArray[np.int64]
    part: NDArray[np.float64]
    parts: NDArray[np.float64]
    listed: NDArray[np.int64]


@inner
def add_end(ends: Ends, n: int, end: int, part: float) -> int:
    """Add a part to an end of the supply in hand; return the number of its ends."""
    if part > 0.0:
        if ends.parts[end] == 0.0:
            ends.listed[n] = end
            n += 1
        ends.parts[end] += part
    return n


@inner
def add_use(
    model: NettingModel, orders: Orders, takers: Takers, ends: Ends, n: int, node: int, source: int, part: float
) -> int:
    """Add what a part of the supply in hand is for: the ends of the order that needs it, or an end; return as above."""
    kind, _, place = find_taker(model, orders, takers, source)
    n_demands, n_nodes = model.demands.shape[0], model.nodes.shape[0]
    if kind == NOTHING:
        if source == SAFETY_STOCK:
            return add_end(ends, n, n_demands + node, part)
        return add_end(ends, n, n_demands + n_nodes + node if source >= 0 else -1 - source, part)
    first, count = ends.receipt_first[place], ends.receipt_count[place]
    if kind == ORDER:
        first, count = ends.order_first[place], ends.order_count[place]
    for k in range(first, first + count):
        n = add_end(ends, n, ends.end[k], part * ends.part[k])
    return n


@njit(cache=True, nogil=True)
def end_level(
    model: NettingModel,
    orders: Orders,
    takers: Takers,
    supply_node: NDArray[np.int32],
    requirements: Records,
    supplies: Records,
    links: Records,
    link_indptr: NDArray[np.int64],
    given: NDArray[np.float64],
    owed: NDArray[np.float64],
    left: NDArray[np.float64],
    left_end: NDArray[np.int64],
    begin: int,
    ends: Ends,
    n_ends: int,
) -> tuple[int, int]:
    """Write the ends of the supplies of a level from ``begin`` on, as long as there is room.

    Of what is ``given``, ``owed`` goes to a negative stock and ``left`` to ``left_end``.

    Returns
    -------
    s, n_ends
        The supply that had no room, or the end of them; the ends so far.
    """
    owed_end = model.demands.shape[0] + 2 * model.nodes.shape[0]
    for s in range(begin, supplies.shape[0]):
        kind = supplies[s].kind
        if kind not in (_PLANNED, _RECEIPT):
            continue
        n = add_end(ends, 0, owed_end + supply_node[s], owed[s] / given[s])
        for k in range(link_indptr[s], link_indptr[s + 1]):
            source = requirements[links[k].requirement].source
            n = add_use(model, orders, takers, ends, n, supply_node[s], source, links[k].quantity / given[s])
        n = add_end(ends, n, left_end[s], left[s] / given[s])
        has_room = n_ends + n <= ends.end.shape[0]
        for i in range(n):
            end = ends.listed[i]
            if has_room:
                ends.end[n_ends + i], ends.part[n_ends + i] = end, ends.parts[end]
            ends.parts[end] = 0.0
        if not has_room:
            return s, n_ends
        source = supplies[s].source
        if kind == _PLANNED:
            ends.order_first[source], ends.order_count[source] = n_ends, n
        else:
            ends.receipt_first[source], ends.receipt_count[source] = n_ends, n
        n_ends += n
    return supplies.shape[0], n_ends
