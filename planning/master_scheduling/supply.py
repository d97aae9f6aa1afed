"""What is there already for sales: stock and open orders, less what open orders take, and the hours that these need."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.arrays import PlanningModel
from planning.encoding.codes import days_of


def available_supply(
    planning: PlanningModel, nodes: NDArray[np.int32], of_day: NDArray[np.int32], n_periods: int, has_orders: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the stock at the start of some nodes, and what arrives in each period, that nothing else takes.

    Parameters
    ----------
    planning, nodes
        The data set, and int32, shape (n_nodes,).
    of_day, n_periods
        The period of each day, and how many are planned.
    has_orders
        Open orders arrive.

    Returns
    -------
    stock, receipts
        float64, shape (n_nodes,) and (n_nodes, n_periods).

    Notes
    -----
    What is there is stock that does not expire before it can be used, lots, and open orders, less allocations, added up
    over time; of that only what no later allocation takes is available (as available to promise is counted).
    """
    events, data = planning.event_table, planning.data
    at = np.full(planning.nodes.n_nodes, -1, np.int64)
    at[nodes] = np.arange(nodes.size)
    flow = np.zeros((nodes.size, n_periods))
    lots, receipts = events.lots, events.receipts
    lot_node = np.repeat(np.arange(at.size), np.diff(events.lot_indptr))
    _add(flow, at, of_day, lot_node, np.maximum(lots["available"], 0), lots["quantity"])
    if has_orders:
        receipt_node = np.repeat(np.arange(at.size), np.diff(events.receipt_indptr))
        _add(flow, at, of_day, receipt_node, receipts["day"], receipts["quantity"])
    taken = data.filled("allocations", ["required_date", "quantity"])
    day = np.maximum(days_of(taken["required_date"], planning.as_of, 0), 0)
    if has_orders:
        _add(flow, at, of_day, planning.nodes.of_table(data, "allocations"), day, -taken["quantity"].to_numpy())
    flow[:, 0] += np.maximum(events.on_hand[nodes], 0.0)
    there = np.cumsum(flow, axis=1)
    free = np.maximum(np.minimum.accumulate(there[:, ::-1], axis=1)[:, ::-1], 0.0)
    arriving = np.diff(free, axis=1, prepend=0.0)
    stock = np.minimum(np.maximum(events.on_hand[nodes], 0.0), arriving[:, 0])
    arriving[:, 0] -= stock
    return stock, arriving


def open_order_quantities(
    planning: PlanningModel, nodes: NDArray[np.int32], of_day: NDArray[np.int32], n_periods: int
) -> NDArray[np.float64]:
    """Return the quantity of open orders that some nodes have in each period: float64, shape (n_nodes, n_periods)."""
    events = planning.event_table
    at = np.full(planning.nodes.n_nodes, -1, np.int64)
    at[nodes] = np.arange(nodes.size)
    quantity = np.zeros((nodes.size, n_periods))
    node = np.repeat(np.arange(at.size), np.diff(events.receipt_indptr))
    _add(quantity, at, of_day, node, events.receipts["day"], events.receipts["quantity"])
    return quantity


def owed(sales: pl.DataFrame, planning: PlanningModel) -> pl.DataFrame:
    """Return the sales with what is missing in stock that is below zero, as sold today."""
    on_hand = planning.event_table.on_hand
    node = sales["node"].unique().to_numpy()
    node = node[on_hand[node] < 0]
    if node.size == 0:
        return sales
    missing = pl.DataFrame({"node": node, "day": np.zeros(node.size, np.int32), "quantity": -on_hand[node]})
    return pl.concat([sales, missing.cast({"node": pl.Int32, "day": pl.Int32})], how="diagonal")


def _add(
    flow: NDArray[np.float64],
    at: NDArray[np.int64],
    of_day: NDArray[np.int32],
    node: NDArray[np.integer],
    day: NDArray[np.integer],
    quantity: NDArray[np.float64],
) -> None:
    """Add quantities of nodes on days to ``flow``; those behind its last period are left out."""
    period = np.where(day < of_day.shape[0], of_day[np.minimum(day, of_day.shape[0] - 1)], flow.shape[1])
    kept = (at[node] >= 0) & (period < flow.shape[1])
    np.add.at(flow, (at[node[kept]], period[kept]), quantity[kept])
