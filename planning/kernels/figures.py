"""Money by period and service by demand, of finished plans."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from bom.kernels.inner import inner
from planning.kernels.balance import BALANCE, N_RECORD_COLUMNS, PLANNED_RECEIPTS, fill_periods
from planning.kernels.net_level import new_scratch
from planning.kernels.netting_arrays import ALWAYS, NettingModel, Orders, Records
from planning.kernels.pushing import list_pushed_supplies
from planning.kernels.requirement_rows import SAFETY_STOCK, requirements_by_day
from planning.kernels.supply_rows import serve_next

STOCK_VALUE, BACKLOG_VALUE, SPEND = range(3)
N_MONEY_COLUMNS = 3


@inner
def add_money(cells: NDArray[np.float64], last: int, cost: float, price: float, out: NDArray[np.float64]) -> None:
    """Add one node's balances and bought orders to the money by period; its cells are set to zero.

    After its ``last`` period the balance stays.
    """
    for period in range(cells.shape[0]):
        balance = cells[min(period, last), BALANCE]
        out[period, STOCK_VALUE] += max(balance, 0.0) * cost
        out[period, BACKLOG_VALUE] += max(-balance, 0.0) * cost
        out[period, SPEND] += cells[period, PLANNED_RECEIPTS] * price
    cells[: last + 1] = 0.0


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
        cells = np.zeros((n_periods, N_RECORD_COLUMNS))
        for i in range(chunk_indptr[chunk], chunk_indptr[chunk + 1]):
            node = nodes[i]
            last = fill_periods(model, orders, rows_now, netted, node, period_of_day, scratch, cells)
            for r in range(model.receipt_indptr[node], model.receipt_indptr[node + 1]):
                out[chunk, period_of_day[netted[r] - first_day], SPEND] += model.receipts[r].quantity * price[node]
            add_money(cells, last, unit_cost[node], price[node], out[chunk])


@inner
def serve_in_order(
    requirements: Records,
    supplies: Records,
    debt: float,
    out_on_time: NDArray[np.float64],
    out_served: NDArray[np.float64],
) -> None:
    """Serve the requirements of one node by day with its supplies in their order; note what each demand gets."""
    left = supplies[0].quantity if supplies.shape[0] > 0 else 0.0
    s, left, _, _, _ = serve_next(supplies, 0, left, debt, ALWAYS)
    for i in range(requirements.shape[0]):
        row = requirements[i]
        if row.source == SAFETY_STOCK:
            continue
        s, left, on_time, served, _ = serve_next(supplies, s, left, row.quantity, row.day)
        if row.source < 0:
            out_on_time[-1 - row.source], out_served[-1 - row.source] = on_time, served


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
        requirements = requirements_by_day(model, orders, node)
        supplies, debt = list_pushed_supplies(model, orders, pushed, needed, netted, written_off, node)
        serve_in_order(requirements, supplies, debt, out_on_time, out_served)
