"""Money by period and service by demand, of finished plans."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from planning.kernels.balance import (
    GROSS,
    N_RECORD_COLUMNS,
    PLANNED_RECEIPTS,
    RECEIPTS,
    add_orders_to_periods,
    fill_days,
)
from planning.kernels.event_days import next_day
from planning.kernels.gross_requirements import count_lines
from planning.kernels.net_level import new_scratch
from planning.kernels.netting import clear_days
from planning.kernels.netting_arrays import ALWAYS, NettingModel, Orders, Records
from planning.kernels.pushing import list_supplies
from planning.kernels.requirement_rows import REQUIREMENT_DTYPE, SAFETY_STOCK, list_node

STOCK_VALUE, BACKLOG_VALUE, SPEND = range(3)
N_MONEY_COLUMNS = 3


@njit
def add_money(cells: NDArray[np.float64], balance: float, cost: float, price: float, out: NDArray[np.float64]) -> None:
    """Add one node's balances and bought orders to the money by period; its cells are set to zero."""
    for period in range(cells.shape[0]):
        balance += cells[period, RECEIPTS] + cells[period, PLANNED_RECEIPTS] - cells[period, GROSS]
        out[period, STOCK_VALUE] += max(balance, 0.0) * cost
        out[period, BACKLOG_VALUE] += max(-balance, 0.0) * cost
        out[period, SPEND] += cells[period, PLANNED_RECEIPTS] * price
        for column in range(N_RECORD_COLUMNS):
            cells[period, column] = 0.0


@njit(cache=True, parallel=True)
def sum_money(
    model: NettingModel,
    orders: Orders,
    rows_now: Records,
    netted: NDArray[np.int32],
    nodes: NDArray[np.int32],
    chunk_indptr: NDArray[np.int64],
    first_day: int,
    period_of_day: NDArray[np.int32],
    unit_cost: NDArray[np.float64],
    price: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Add up the value of stock and backlog at the end of each period, and what is bought in it.

    Parameters
    ----------
    unit_cost, price
        float64, shape (n_all_nodes,): the cost of one unit; what one costs to buy, 0 where it is not bought.
    out
        float64, shape (n_chunks, n_periods, 3), zeros: each chunk's sums of STOCK_VALUE, BACKLOG_VALUE, SPEND.
    """
    n_periods = out.shape[1]
    for chunk in prange(chunk_indptr.shape[0] - 1):
        scratch = new_scratch(first_day, period_of_day.shape[0], 0)
        reach = np.empty(2, np.int64)
        cells = np.zeros((n_periods, N_RECORD_COLUMNS))
        for i in range(chunk_indptr[chunk], chunk_indptr[chunk + 1]):
            node = nodes[i]
            balance = fill_days(model, orders, netted, node, scratch, reach)
            last = reach[1] - first_day
            k = next_day(scratch.is_event, reach[0] - first_day, last)
            while k >= 0:
                cells[period_of_day[k], GROSS] += scratch.gross_requirements[k]
                cells[period_of_day[k], RECEIPTS] += scratch.supplies[k]
                k = next_day(scratch.is_event, k + 1, last)
            add_orders_to_periods(model, orders, rows_now, node, first_day, period_of_day, cells)
            for r in range(model.receipt_indptr[node], model.receipt_indptr[node + 1]):
                out[chunk, period_of_day[netted[r] - first_day], SPEND] += model.receipts[r].quantity * price[node]
            add_money(cells, balance, unit_cost[node], price[node], out[chunk])
            clear_days(scratch, reach)


@njit
def serve_in_order(
    requirements: Records,
    by_day: NDArray[np.int64],
    supplies: Records,
    debt: float,
    out_on_time: NDArray[np.float64],
    out_served: NDArray[np.float64],
) -> None:
    """Serve the requirements of one node by day with its supplies in their order; note what each demand gets."""
    s = 0
    left = supplies[0].quantity if supplies.shape[0] > 0 else 0.0
    for i in range(-1, by_day.shape[0]):
        open_quantity = debt if i < 0 else requirements[by_day[i]].quantity
        if i >= 0 and requirements[by_day[i]].source == SAFETY_STOCK:
            continue
        on_time, served = 0.0, 0.0
        day = ALWAYS if i < 0 else requirements[by_day[i]].day
        while open_quantity > 1e-9 and s < supplies.shape[0]:
            taken = min(open_quantity, left)
            open_quantity -= taken
            left -= taken
            served += taken
            if supplies[s].arrival <= day:
                on_time += taken
            if left <= 1e-9:
                s += 1
                left = supplies[s].quantity if s < supplies.shape[0] else 0.0
        if i >= 0 and requirements[by_day[i]].source < 0:
            demand = -1 - requirements[by_day[i]].source
            out_on_time[demand], out_served[demand] = on_time, served


@njit(cache=True, parallel=True)
def serve_demands(
    model: NettingModel,
    orders: Orders,
    pushed: Records,
    needed: NDArray[np.int32],
    netted: NDArray[np.int32],
    written_off: NDArray[np.float64],
    nodes: NDArray[np.int32],
    out_on_time: NDArray[np.float64],
    out_served: NDArray[np.float64],
) -> None:
    """Fill how much of each demand of some nodes is there on its day, and how much at all.

    Parameters
    ----------
    pushed
        The orders with the dates on which they can be there.
    out_on_time, out_served
        float64, shape (n_demands,).
    """
    for i in prange(nodes.shape[0]):
        node = nodes[i]
        requirements = np.empty(count_lines(model, orders, node) + 1, REQUIREMENT_DTYPE)
        n = list_node(model, orders, node, requirements, 0)
        by_day = np.argsort(requirements["day"][:n], kind="mergesort")
        supplies, debt = list_supplies(model, orders, pushed, needed, netted, written_off, node)
        serve_in_order(requirements, by_day, supplies, debt, out_on_time, out_served)
