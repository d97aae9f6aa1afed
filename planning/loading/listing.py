"""Operations one by one: all of a plan in time, or those behind one load."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.kernels.capacity import list_operations
from planning.kernels.capacity_arrays import LISTED_DTYPE
from planning.kernels.netting_arrays import Records, SupplyType
from planning.loading.encode import LoadingModel
from planning.loading.tables import SCHEDULED_OPERATIONS
from planning.mrp import MrpResult


def listed_operations(
    plan: MrpResult, model: LoadingModel, nodes: NDArray[np.int32], window: tuple[int, int]
) -> Records:
    """Return the operations of all orders of some nodes, LISTED_DTYPE, with what is worked in a window of seconds."""
    room = orders_of_nodes(plan)[nodes] * np.diff(model.routings.indptr)[nodes]
    base = np.concatenate(([0], np.cumsum(room))).astype(np.int64)
    rows, count = np.empty(base[-1], LISTED_DTYPE), np.zeros(nodes.shape[0], np.int64)
    if nodes.size:
        list_operations(
            model.kernel, plan.netting, plan.plan.orders, plan.plan.dated_orders, nodes, base, model.routings.most,
            np.array(window, np.int64), rows, count,
        )  # fmt: skip
    is_row = np.arange(base[-1]) - np.repeat(base[:-1], room) < np.repeat(count, room)
    return rows[is_row]


def orders_of_nodes(plan: MrpResult) -> NDArray[np.int64]:
    """Return how many orders of each node could load a work center: planned orders to make, and all open ones."""
    netting, orders = plan.netting, plan.plan.orders
    planned = orders.counts - np.diff(netting.firm_indptr)
    is_made = (netting.nodes["supply_type"] == SupplyType.MAKE) & ~netting.nodes["is_phantom"]
    counts: NDArray[np.int64] = np.where(is_made, planned, 0) + np.diff(netting.receipt_indptr)
    return counts


def order_names(plan: MrpResult, rows: Records) -> pl.Series:
    """Return the id of each listed operation's order."""
    source, is_receipt = np.ascontiguousarray(rows["source"]), rows["is_receipt"]
    names = pl.Series([None] * rows.shape[0], dtype=pl.String)
    if is_receipt.any():
        receipt_row = plan.model.event_table.receipt_row[np.where(is_receipt, source, 0)]
        own = plan.model.data.table("scheduled_receipts")["order_id"][receipt_row]
        names = own.set(pl.Series(~is_receipt), None)
    if (~is_receipt).any():
        places, at = np.unique(source[~is_receipt], return_inverse=True)
        planned = np.zeros(rows.shape[0], np.int64)
        planned[~is_receipt] = at
        names = names.fill_null(plan.order_ids.of(places)[planned].set(pl.Series(is_receipt), None))
    return names


def scheduled_operations(plan: MrpResult, model: LoadingModel) -> pl.DataFrame:
    """Return the table ``scheduled_operations`` by node, order and operation."""
    rows = listed_operations(plan, model, model.routings.nodes, (0, model.kernel.end_second))
    names = operation_columns(plan, model, rows)
    end = model.kernel.end_second
    is_placed = pl.Series(rows["setup_start"] < end)
    frame = names.with_columns(
        unit=pl.lit(None, pl.Int64),
        setup_start=times_of(rows["setup_start"], plan.model.as_of, end),
        start=times_of(rows["start"], plan.model.as_of, end),
        end=times_of(rows["finish"], plan.model.as_of, end),
        quantity=np.ascontiguousarray(rows["units"]),
        required_minutes=np.ascontiguousarray(rows["minutes"]),
        is_forward=rows["is_forward"].copy(),
        is_late=rows["is_late"].copy(),
    )
    return frame.with_columns(pl.when(is_placed).then("setup_start").alias("setup_start")).select(
        SCHEDULED_OPERATIONS.column_names
    )


def operation_columns(plan: MrpResult, model: LoadingModel, rows: Records) -> pl.DataFrame:
    """Return order, item, site, operation and work center of listed operations."""
    nodes, operation = plan.model.nodes, model.routings.rows[rows["operation"]]
    node = np.ascontiguousarray(rows["node"])
    return pl.DataFrame(
        {
            "order_id": order_names(plan, rows),
            "item_id": nodes.item_ids[nodes.item[node]],
            "site_id": nodes.site_ids[nodes.site[node]],
            "operation_sequence": operation["sequence"].astype(np.int64),
            "work_center_id": model.centers.ids[np.ascontiguousarray(operation["work_center"])],
        }
    )


def times_of(seconds: NDArray[np.int64], as_of: date, end: int) -> pl.Series:
    """Return seconds since the start of ``as_of`` as date-times, empty from ``end`` on."""
    midnight = datetime(as_of.year, as_of.month, as_of.day)
    known = np.where(seconds >= end, 0, seconds)
    times = pl.Series(known * 1_000_000).cast(pl.Duration("us")) + pl.lit(midnight, pl.Datetime("us"))
    found = pl.select(times).to_series() if isinstance(times, pl.Expr) else times
    return found.set(pl.Series(seconds >= end), None)
