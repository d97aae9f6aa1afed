"""The projected available balance of finished plans: shortages that are left, write-offs, the grid by period."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from bom.kernels.inner import inner
from planning.kernels.changing_parameters import changes_of, floor_on
from planning.kernels.event_days import next_day
from planning.kernels.gross_requirements import gather_by_day
from planning.kernels.net_level import new_scratch
from planning.kernels.netting import (
    clear_days,
    mark_and_reach,
    mark_floor_steps,
    noise_of,
    receive_lots,
    serve_from_lot,
)
from planning.kernels.netting_arrays import ALWAYS, NEVER, NettingModel, Orders, Records, Scratch

# A stretch of days on which a node stays below its floor; ``end`` is the first day after it, NEVER when it stays.
SHORTAGE_DTYPE = np.dtype(
    [("node", np.int32), ("day", np.int32), ("end", np.int32), ("worst", np.float64), ("floor", np.float64)], align=True
)

GROSS, RECEIPTS, BALANCE, NET, PLANNED_RECEIPTS, PLANNED_RELEASES = range(6)
N_RECORD_COLUMNS = 6


@inner
def fill_days(
    model: NettingModel,
    orders: Orders,
    netted: NDArray[np.int32],
    node: int,
    scratch: Scratch,
    reach: NDArray[np.int64],
    is_start_event: bool,
) -> float:
    """Add the node's requirements, receipts and other supplies to the day cells; return the stock on day 0.

    Days on which the floor rises are events too, and day 0 with ``is_start_event``.
    """
    reach[0], reach[1] = NEVER, ALWAYS
    gather_by_day(model, orders, node, scratch, reach)
    stock = receive_lots(model, node, scratch, reach)
    mark_floor_steps(changes_of(model, node), model.nodes[node], scratch, reach)
    for r in range(model.receipt_indptr[node], model.receipt_indptr[node + 1]):
        k = mark_and_reach(scratch, reach, netted[r])
        scratch.supplies[k] += model.receipts[r].quantity
    if is_start_event:
        mark_and_reach(scratch, reach, 0)
    return float(stock)


@inner
def first_planned(model: NettingModel, orders: Orders, node: int) -> int:
    """Return the place of the node's first planned order."""
    return int(orders.first[node] + model.firm_indptr[node + 1] - model.firm_indptr[node])


@njit(inline="always")
def has_look(model: NettingModel, scratch: Scratch, k: int) -> bool:
    """Return whether netting looks on an event day: on day 0 without an event only for the safety stock."""
    is_empty = scratch.gross_requirements[k] == 0.0 and scratch.supplies[k] == 0.0
    return bool(model.choices[0].is_safety_stock_at_start or k + scratch.first_day != 0 or not is_empty)


@inner
def arrival(row: Records) -> int:
    """Return the day on which an order covers requirements: its need, later when it is late."""
    return int(max(row.need, row.due))


@njit(cache=True)
def list_shortages(
    model: NettingModel,
    orders: Orders,
    rows_now: Records,
    netted: NDArray[np.int32],
    nodes: NDArray[np.int32],
    first_day: int,
    n_days: int,
) -> Records:
    """Return the stretches of days on which a node's balance stays below its floor, planned orders counted.

    ``rows_now`` are the orders with the dates that they have now; ``orders`` those that netting made.
    """
    rows = np.empty(64, SHORTAGE_DTYPE)
    n = 0
    scratch = new_scratch(first_day, n_days, 0)
    reach = np.empty(2, np.int64)
    for node in nodes:
        projected = fill_days(model, orders, netted, node, scratch, reach, True)
        for order in range(first_planned(model, orders, node), orders.first[node] + orders.counts[node]):
            k = mark_and_reach(scratch, reach, arrival(rows_now[order]))
            scratch.supplies[k] += rows_now[order].quantity
        moved = abs(projected)
        changes = changes_of(model, node)
        is_open = False
        last = reach[1] - first_day
        k = next_day(scratch.is_event, reach[0] - first_day, last)
        while k >= 0:
            if not has_look(model, scratch, k):
                k = next_day(scratch.is_event, k + 1, last)
                continue
            projected += scratch.supplies[k] - scratch.gross_requirements[k]
            moved += abs(scratch.supplies[k]) + scratch.gross_requirements[k]
            floor = floor_on(changes, model.nodes[node], k + first_day)
            is_below = floor - projected > noise_of(moved)
            if is_below and not is_open:
                if n == rows.shape[0]:
                    larger = np.empty(2 * n, SHORTAGE_DTYPE)
                    larger[:n] = rows
                    rows = larger
                rows[n].node, rows[n].day, rows[n].end = node, k + first_day, NEVER
                rows[n].worst, rows[n].floor = projected, floor
                n += 1
            elif is_below:
                rows[n - 1].worst = min(rows[n - 1].worst, projected)
                rows[n - 1].floor = max(rows[n - 1].floor, floor)
            elif is_open:
                rows[n - 1].end = k + first_day
            is_open = is_below
            k = next_day(scratch.is_event, k + 1, last)
        clear_days(scratch, reach)
    return rows[:n]


@njit(cache=True)
def list_write_offs(
    model: NettingModel,
    orders: Orders,
    nodes: NDArray[np.int32],
    first_day: int,
    n_days: int,
    out_left: NDArray[np.float64],
) -> None:
    """Fill what is left of each lot of the nodes on its expiry date; 0 where nothing is (rule 4)."""
    scratch = new_scratch(first_day, n_days, 0)
    reach = np.empty(2, np.int64)
    for node in nodes:
        reach[0], reach[1] = NEVER, ALWAYS
        gather_by_day(model, orders, node, scratch, reach)
        mark_and_reach(scratch, reach, 0)
        first, last = reach[0] - first_day, reach[1] - first_day
        k = next_day(scratch.is_event, first, last)
        while k >= 0:
            scratch.unserved[k] = scratch.gross_requirements[k]
            k = next_day(scratch.is_event, k + 1, last)
        for lot in range(model.lot_indptr[node], model.lot_indptr[node + 1]):
            left = 0.0
            if model.lots[lot].expiry != NEVER:
                left = serve_from_lot(model, scratch, lot, first, last)
            out_left[lot] = left if left > noise_of(model.lots[lot].quantity) else 0.0
        clear_days(scratch, reach)


@inner
def add_orders_to_periods(
    model: NettingModel,
    orders: Orders,
    rows_now: Records,
    node: int,
    first_day: int,
    period_of_day: NDArray[np.int32],
    out: NDArray[np.float64],
) -> int:
    """Add the node's planned orders to its periods; return the last period touched."""
    last = 0
    for order in range(first_planned(model, orders, node), orders.first[node] + orders.counts[node]):
        row = rows_now[order]
        need = period_of_day[row.need - first_day]
        due = period_of_day[max(row.due, first_day) - first_day]
        release = period_of_day[max(row.release, first_day) - first_day]
        out[need, NET] += row.net_requirement
        out[due, PLANNED_RECEIPTS] += row.quantity
        out[release, PLANNED_RELEASES] += row.quantity
        last = max(last, need, due, release)
    return last


@inner
def fill_periods(
    model: NettingModel,
    orders: Orders,
    rows_now: Records,
    netted: NDArray[np.int32],
    node: int,
    period_of_day: NDArray[np.int32],
    scratch: Scratch,
    out: NDArray[np.float64],
) -> int:
    """Add the node's day cells and planned orders to its periods, with the balances; return its last period.

    The day cells are empty before and after. Balances are those of the periods up to the last one touched.
    """
    first_day = scratch.first_day
    reach = np.empty(2, np.int64)
    balance = fill_days(model, orders, netted, node, scratch, reach, True)
    last = reach[1] - first_day
    k = next_day(scratch.is_event, reach[0] - first_day, last)
    while k >= 0:
        out[period_of_day[k], GROSS] += scratch.gross_requirements[k]
        out[period_of_day[k], RECEIPTS] += scratch.supplies[k]
        k = next_day(scratch.is_event, k + 1, last)
    clear_days(scratch, reach)
    ordered = add_orders_to_periods(model, orders, rows_now, node, first_day, period_of_day, out)
    last_period = max(ordered, period_of_day[last])
    for period in range(last_period + 1):
        balance += out[period, RECEIPTS] + out[period, PLANNED_RECEIPTS] - out[period, GROSS]
        out[period, BALANCE] = balance
    return int(last_period)


@njit(cache=True, parallel=True)
def record_periods(
    model: NettingModel,
    orders: Orders,
    rows_now: Records,
    netted: NDArray[np.int32],
    nodes: NDArray[np.int32],
    chunk_indptr: NDArray[np.int64],
    first_day: int,
    period_of_day: NDArray[np.int32],
    out: NDArray[np.float64],
    out_last: NDArray[np.int32],
) -> None:
    """Fill the grid of each node by period, and the last period in which it has an event.

    Parameters
    ----------
    period_of_day
        int32, shape (n_days,): the period of each day from ``first_day`` on; days before day 0 are in period 0.
    out
        float64, shape (n_nodes, n_periods, 6), zeros: gross requirements, scheduled receipts, projected available
        balance, net requirements, planned order receipts, planned order releases.
    """
    for chunk in prange(chunk_indptr.shape[0] - 1):
        scratch = new_scratch(first_day, period_of_day.shape[0], 0)
        for i in range(chunk_indptr[chunk], chunk_indptr[chunk + 1]):
            out_last[i] = fill_periods(model, orders, rows_now, netted, nodes[i], period_of_day, scratch, out[i])
