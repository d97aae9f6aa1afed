"""Supplies of a node listed one by one, in the order in which they serve requirements (rule 14)."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bom.kernels.inner import inner
from planning.kernels.changing_parameters import changes_of
from planning.kernels.gross_requirements import BY_PRODUCT, component_requirement, line_share, orders_of_line, top_order
from planning.kernels.netting import noise_of
from planning.kernels.netting_arrays import ALWAYS, NEVER, NettingModel, Orders, Records, working_days_of


class SupplyKind(IntEnum):
    """What serves a requirement; the numbers are the order within one day."""

    ON_HAND = 0
    LOT = 1
    SCHEDULED_RECEIPT = 2
    BY_PRODUCT = 3
    PLANNED_ORDER = 4


_ON_HAND, _LOT, _RECEIPT = int(SupplyKind.ON_HAND), int(SupplyKind.LOT), int(SupplyKind.SCHEDULED_RECEIPT)
_BY_PRODUCT, _PLANNED = int(SupplyKind.BY_PRODUCT), int(SupplyKind.PLANNED_ORDER)

# A supply. It serves in the order of ``day`` and is there on ``arrival``; ``ALWAYS``: the stock of day 0. ``source``
# is the row of a lot, a receipt or an order; of a by-product the order at the top, or -1 - row of a demand.
# ``quantity`` is what requirements can have: a negative stock has taken its part.
SUPPLY_DTYPE = np.dtype(
    [("day", np.int32), ("arrival", np.int32), ("kind", np.int32), ("source", np.int32), ("quantity", np.float64)],
    align=True,
)


@inner
def count_supplies(model: NettingModel, orders: Orders, node: int) -> int:
    """Return how many supplies a node can have at most."""
    n = 1 + model.lot_indptr[node + 1] - model.lot_indptr[node]
    n += model.receipt_indptr[node + 1] - model.receipt_indptr[node]
    n += orders.counts[node]
    for k in range(model.parent_indptr[node], model.parent_indptr[node + 1]):
        if model.lines[k].is_by_product:
            first, end = orders_of_line(model, orders, model.lines[k])
            n += end - first
    return int(n)


@njit(inline="always")
def add_supply(rows: Records, n: int, day: int, arrival: int, kind: int, source: int, quantity: float) -> int:
    """Write one supply unless it is none; return the number of supplies."""
    if quantity <= 0.0:
        return n
    rows[n].day = day
    rows[n].arrival = arrival
    rows[n].kind = kind
    rows[n].source = source
    rows[n].quantity = quantity
    return n + 1


@inner
def add_stock(model: NettingModel, node: int, rows: Records) -> tuple[int, int, float]:
    """Write the lots that expire, then the stock that does not; return both counts, and what is owed of it.

    Of a phantom no stock expires: it is used up first (``phantom_stock``).
    """
    first, end = model.lot_indptr[node], model.lot_indptr[node + 1]
    is_phantom = model.nodes[node].is_phantom
    owed = -min(0.0, model.nodes[node].on_hand)
    n = 0
    for lot in range(first, end):
        row = model.lots[lot]
        if row.expiry != NEVER and not is_phantom:
            n = add_supply(rows, n, row.available, row.available, _LOT, lot, row.quantity)
    n_lots = n
    n = add_supply(rows, n, ALWAYS, ALWAYS, _ON_HAND, -1, model.nodes[node].on_hand)
    for lot in range(first, end):
        row = model.lots[lot]
        if (row.expiry == NEVER and not is_phantom) or (is_phantom and row.available == ALWAYS):
            n = add_supply(rows, n, row.available, row.available, _LOT, lot, row.quantity)
            owed -= min(0.0, row.quantity)
    return n_lots, n, owed


@inner
def add_by_products(model: NettingModel, orders: Orders, node: int, rows: Records, n: int) -> int:
    """Write what parents' orders give of the node; return the number of supplies."""
    for k in range(model.parent_indptr[node], model.parent_indptr[node + 1]):
        line = model.lines[k]
        if not line.is_by_product:
            continue
        parent, changes = model.nodes[line.parent], changes_of(model, line.parent)
        first, end = orders_of_line(model, orders, line)
        for order in range(first, end):
            kind, day, quantity = component_requirement(
                working_days_of(model),
                model.choices[0],
                model.nodes[node],
                parent,
                changes,
                line,
                orders.rows[order],
                line_share(model, orders, line, order),
            )
            if kind == BY_PRODUCT:
                source = top_order(orders, order) if parent.is_phantom else order
                n = add_supply(rows, n, day, day, _BY_PRODUCT, source, quantity)
    return n


@inner
def list_supplies(
    model: NettingModel, orders: Orders, rows_now: Records, netted: NDArray[np.int32], node: int, rows: Records
) -> tuple[int, int, float]:
    """Write a node's supplies in the order in which they serve: lots that expire first, by expiry, the others by day.

    Returns
    -------
    n_lots, n, owed
        The lots that expire, all supplies, and what a negative stock takes of them first.
    """
    n_lots, n, owed = add_stock(model, node, rows)
    n_stock = n
    for r in range(model.receipt_indptr[node], model.receipt_indptr[node + 1]):
        n = add_supply(rows, n, netted[r], netted[r], _RECEIPT, r, model.receipts[r].quantity)
    if not model.nodes[node].is_phantom:
        n = add_by_products(model, orders, node, rows, n)
        end = orders.first[node] + orders.counts[node]
        for order in range(orders.first[node] + model.firm_indptr[node + 1] - model.firm_indptr[node], end):
            need = orders.rows[order].need
            arrival = max(need, rows_now[order].due)
            n = add_supply(rows, n, need, arrival, _PLANNED, order, orders.rows[order].quantity)
    is_sorted = True
    for s in range(max(n_lots, n_stock - 1) + 1, n):
        is_sorted &= rows[s - 1].day <= rows[s].day
    if not is_sorted or n_stock - n_lots > 1:
        by_day = np.argsort(rows["day"][n_lots:n], kind="mergesort")
        rows[n_lots:n] = rows[n_lots:n][by_day]
    return n_lots, n, owed


@inner
def serve_next(
    supplies: Records, s: int, left: float, quantity: float, day: int
) -> tuple[int, float, float, float, int]:
    """Serve one requirement with the supplies in their order, from supply ``s`` on, of which ``left`` is left.

    Returns
    -------
    s, left
        The supply that serves the next requirement, and what is left of it.
    on_time, served
        What is there on ``day``, and what there is at all.
    arrival
        The day on which the last of it is there; ``ALWAYS`` when nothing is.
    """
    on_time, served, arrival = 0.0, 0.0, ALWAYS
    while quantity > 1e-9 and s < supplies.shape[0]:
        taken = min(quantity, left)
        quantity -= taken
        left -= taken
        served += taken
        if supplies[s].arrival <= day:
            on_time += taken
        if taken > 1e-9:
            arrival = max(arrival, supplies[s].arrival)
        if left <= 1e-9:
            s += 1
            left = supplies[s].quantity if s < supplies.shape[0] else 0.0
    return s, left, on_time, served, arrival


@inner
def take_owed(supplies: Records, first: int, owed: float) -> None:
    """Take what a negative stock owes off the first supplies."""
    s = first
    while owed > 0.0 and s < supplies.shape[0]:
        taken = min(owed, supplies[s].quantity)
        supplies[s].quantity -= taken
        if supplies[s].quantity <= noise_of(taken):
            supplies[s].quantity = 0.0
        owed -= taken
        s += 1
