"""Late orders pushed to when they can be made, the lateness passed up level by level (rule 8, ``past_release``)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bom.kernels.inner import inner
from planning.kernels.calendar import move_days, working_day_on_or_after
from planning.kernels.gross_requirements import demand_day
from planning.kernels.lot_sizing import lead_time
from planning.kernels.moved_receipts import is_moved_up
from planning.kernels.netting_arrays import ALWAYS, NODE_DTYPE, NettingModel, Orders, Records, working_days_of
from planning.kernels.offers import node_of_order
from planning.kernels.requirement_rows import SAFETY_STOCK, requirements_by_day
from planning.kernels.supply_rows import (
    SUPPLY_DTYPE,
    SupplyKind,
    add_by_products,
    add_supply,
    count_supplies,
    serve_next,
)

_ON_HAND, _LOT, _RECEIPT = int(SupplyKind.ON_HAND), int(SupplyKind.LOT), int(SupplyKind.SCHEDULED_RECEIPT)
_PLANNED = int(SupplyKind.PLANNED_ORDER)


@inner
def push_order(
    model: NettingModel, node: int, order: Records, late: int, late_at_end: int, as_offered: Records
) -> None:
    """Move one planned order so that it is not released before day 0 nor before its components are there."""
    row = node_of_order(model, node, order, as_offered)
    calendar = row.calendar
    days = working_days_of(model)
    due = order.due
    if order.release < 0 or late > 0:
        order.release = working_day_on_or_after(days, calendar, max(order.release + late, 0))
        n = lead_time(model.choices[0], row, order.quantity)
        order.due = move_days(days, calendar, row.is_lead_time_working, order.release, n)
    if late_at_end > 0:
        order.due = max(order.due, working_day_on_or_after(days, calendar, due + late_at_end))


@inner
def list_pushed_supplies(
    model: NettingModel,
    orders: Orders,
    pushed: Records,
    needed: NDArray[np.int32],
    netted: NDArray[np.int32],
    written_off: NDArray[np.float64],
    node: int,
) -> tuple[Records, float]:
    """Return the node's supplies in the order in which they serve, and what a negative stock takes of them first."""
    supplies = np.empty(count_supplies(model, orders, node), SUPPLY_DTYPE)
    stock = model.nodes[node].on_hand
    for lot in range(model.lot_indptr[node], model.lot_indptr[node + 1]):
        if model.lots[lot].available == ALWAYS:
            stock += model.lots[lot].quantity - written_off[lot]
    n = add_supply(supplies, 0, ALWAYS, ALWAYS, _ON_HAND, -1, stock)
    for lot in range(model.lot_indptr[node], model.lot_indptr[node + 1]):
        day = model.lots[lot].available
        if day != ALWAYS:
            n = add_supply(supplies, n, day, day, _LOT, lot, model.lots[lot].quantity - written_off[lot])
    for r in range(model.receipt_indptr[node], model.receipt_indptr[node + 1]):
        day = needed[r] if is_moved_up(model, node, r, needed[r]) else netted[r]
        n = add_supply(supplies, n, day, netted[r], _RECEIPT, r, model.receipts[r].quantity)
    n = add_by_products(model, orders, node, supplies, n)
    firm = model.firm_indptr[node + 1] - model.firm_indptr[node]
    for order in range(orders.first[node] + firm, orders.first[node] + orders.counts[node]):
        row = orders.rows[order]
        n = add_supply(supplies, n, row.need, pushed[order].due, _PLANNED, order, row.quantity)
    by_day = np.argsort(supplies["day"][:n], kind="mergesort")
    return supplies[:n][by_day], max(0.0, -stock)


@inner
def pass_lateness_up(
    model: NettingModel,
    requirements: Records,
    supplies: Records,
    debt: float,
    out_late: NDArray[np.int32],
    out_late_at_end: NDArray[np.int32],
    out_demand_late: NDArray[np.int32],
) -> None:
    """Serve the requirements by day with the supplies in their order; note the lateness at what needs them."""
    left = supplies[0].quantity if supplies.shape[0] > 0 else 0.0
    s, left, _, _, _ = serve_next(supplies, 0, left, debt, ALWAYS)
    for i in range(requirements.shape[0]):
        row = requirements[i]
        if row.source == SAFETY_STOCK:
            continue
        s, left, _, _, arrival = serve_next(supplies, s, left, row.quantity, row.day)
        if arrival == ALWAYS or arrival <= row.day:
            continue
        days = arrival - row.original_day
        if row.source < 0:
            demand = model.demands[-1 - row.source]
            if row.is_dependent and not demand.is_dependent:
                # through a phantom: the lateness counts from the day that the phantom handed down
                days += demand_day(model.choices[0], demand) - demand.day
            out_demand_late[-1 - row.source] = max(out_demand_late[-1 - row.source], days)
        elif row.is_at_end:
            out_late_at_end[row.source] = max(out_late_at_end[row.source], days)
        else:
            out_late[row.source] = max(out_late[row.source], days)


@njit(cache=True)
def push_levels(
    model: NettingModel,
    orders: Orders,
    needed: NDArray[np.int32],
    netted: NDArray[np.int32],
    written_off: NDArray[np.float64],
    deepest_first: NDArray[np.int32],
    out_rows: Records,
    out_demand_late: NDArray[np.int32],
) -> None:
    """Fill the orders' pushed dates and each demand's lateness, node by node from the deepest level up.

    Parameters
    ----------
    written_off
        float64, shape (n_lots,): what expires unused of each lot.
    out_rows
        A copy of ``orders.rows``; its dates are changed.
    out_demand_late
        int32, shape (n_demands,), zeros.
    """
    late = np.zeros(out_rows.shape[0], np.int32)
    late_at_end = np.zeros(out_rows.shape[0], np.int32)
    as_offered = np.empty(1, NODE_DTYPE)
    for node in deepest_first:
        if model.nodes[node].is_phantom:
            continue
        first = orders.first[node]
        firm = model.firm_indptr[node + 1] - model.firm_indptr[node]
        for order in range(first + firm, first + orders.counts[node]):
            push_order(model, node, out_rows[order], late[order], late_at_end[order], as_offered)
        requirements = requirements_by_day(model, orders, node)
        supplies, debt = list_pushed_supplies(model, orders, out_rows, needed, netted, written_off, node)
        pass_lateness_up(model, requirements, supplies, debt, late, late_at_end, out_demand_late)
