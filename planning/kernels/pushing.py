"""Late orders pushed to when they can be made, the lateness passed up level by level (rule 8, ``past_release``)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from planning.kernels.calendar import move_days, working_day_on_or_after
from planning.kernels.changing_parameters import changes_of
from planning.kernels.gross_requirements import (
    BY_PRODUCT,
    component_requirement,
    count_lines,
    demand_day,
    line_share,
    orders_of_line,
)
from planning.kernels.lot_sizing import lead_time
from planning.kernels.moved_receipts import is_moved_up
from planning.kernels.netting_arrays import ALWAYS, NODE_DTYPE, NettingModel, Orders, Records, working_days_of
from planning.kernels.offers import node_of_order
from planning.kernels.requirement_rows import REQUIREMENT_DTYPE, SAFETY_STOCK, list_node

# A supply in the order in which supplies serve: by ``day``; there on ``arrival``.
SUPPLY_DTYPE = np.dtype([("day", np.int32), ("arrival", np.int32), ("quantity", np.float64)], align=True)


@njit
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


@njit
def add_supply(supplies: Records, n: int, day: int, arrival: int, quantity: float) -> int:
    """Write one supply unless it is none; return the number of supplies."""
    if quantity <= 0.0:
        return n
    supplies[n].day = day
    supplies[n].arrival = arrival
    supplies[n].quantity = quantity
    return n + 1


@njit
def list_supplies(
    model: NettingModel,
    orders: Orders,
    pushed: Records,
    needed: NDArray[np.int32],
    netted: NDArray[np.int32],
    written_off: NDArray[np.float64],
    node: int,
) -> tuple[Records, float]:
    """Return the node's supplies in the order in which they serve, and what a negative stock takes of them first."""
    first, end = orders.first[node], orders.first[node] + orders.counts[node]
    n_most = 1 + model.lot_indptr[node + 1] - model.lot_indptr[node] + count_lines(model, orders, node)
    n_most += model.receipt_indptr[node + 1] - model.receipt_indptr[node] + end - first
    supplies = np.empty(n_most, SUPPLY_DTYPE)
    stock = model.nodes[node].on_hand
    for lot in range(model.lot_indptr[node], model.lot_indptr[node + 1]):
        if model.lots[lot].available == ALWAYS:
            stock += model.lots[lot].quantity - written_off[lot]
    n = add_supply(supplies, 0, ALWAYS, ALWAYS, stock)
    for lot in range(model.lot_indptr[node], model.lot_indptr[node + 1]):
        day = model.lots[lot].available
        if day != ALWAYS:
            n = add_supply(supplies, n, day, day, model.lots[lot].quantity - written_off[lot])
    for r in range(model.receipt_indptr[node], model.receipt_indptr[node + 1]):
        is_counted_early = is_moved_up(model, node, r, needed[r])
        n = add_supply(supplies, n, needed[r] if is_counted_early else netted[r], netted[r], model.receipts[r].quantity)
    for k in range(model.parent_indptr[node], model.parent_indptr[node + 1]):
        line = model.lines[k]
        if line.is_by_product:
            changes = changes_of(model, line.parent)
            begin, stop = orders_of_line(model, orders, line)
            for order in range(begin, stop):
                kind, day, quantity = component_requirement(
                    working_days_of(model),
                    model.choices[0],
                    model.nodes[node],
                    model.nodes[line.parent],
                    changes,
                    line,
                    orders.rows[order],
                    line_share(model, orders, line, order),
                )
                if kind == BY_PRODUCT:
                    n = add_supply(supplies, n, day, day, quantity)
    firm = model.firm_indptr[node + 1] - model.firm_indptr[node]
    for order in range(first + firm, end):
        n = add_supply(supplies, n, orders.rows[order].need, pushed[order].due, orders.rows[order].quantity)
    by_day = np.argsort(supplies["day"][:n], kind="mergesort")
    return supplies[:n][by_day], max(0.0, -stock)


@njit
def pass_lateness_up(
    model: NettingModel,
    requirements: Records,
    by_day: NDArray[np.int64],
    supplies: Records,
    debt: float,
    out_late: NDArray[np.int32],
    out_late_at_end: NDArray[np.int32],
    out_demand_late: NDArray[np.int32],
) -> None:
    """Serve the requirements by day with the supplies in their order; note the lateness at what needs them."""
    s = 0
    left = supplies[0].quantity if supplies.shape[0] > 0 else 0.0
    for i in range(-1, by_day.shape[0]):
        open_quantity = debt if i < 0 else requirements[by_day[i]].quantity
        if i >= 0 and requirements[by_day[i]].source == SAFETY_STOCK:
            continue
        arrival = ALWAYS
        while open_quantity > 1e-9 and s < supplies.shape[0]:
            taken = min(open_quantity, left)
            open_quantity -= taken
            left -= taken
            if taken > 1e-9:
                arrival = max(arrival, supplies[s].arrival)
            if left <= 1e-9:
                s += 1
                left = supplies[s].quantity if s < supplies.shape[0] else 0.0
        if i < 0 or arrival == ALWAYS or arrival <= requirements[by_day[i]].day:
            continue
        row = requirements[by_day[i]]
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
        requirements = np.empty(count_lines(model, orders, node) + 1, REQUIREMENT_DTYPE)
        n = list_node(model, orders, node, requirements, 0)
        by_day = np.argsort(requirements["day"][:n], kind="mergesort")
        supplies, debt = list_supplies(model, orders, out_rows, needed, netted, written_off, node)
        pass_lateness_up(model, requirements, by_day, supplies, debt, late, late_at_end, out_demand_late)
