"""Messages about open orders: what to move, to cancel, and what should have come."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.kernels.netting_arrays import NEVER
from planning.message_rows import MessageContext, message_frame, number_text


def rescheduling_messages(context: MessageContext) -> pl.DataFrame:
    """Return expedite, defer and cancel (rule 6)."""
    counted, needed, netted = context.netting.receipts["day"], context.plan.needed_day, context.plan.netted_day
    is_moved = (netted < counted) | ((needed > counted) & _open_receipts(context))
    picked = np.flatnonzero(is_moved & _open_receipts(context))
    node, order_id, given, quantity = _receipts(context, picked)
    days = needed[picked].astype(np.int64) - counted[picked]
    is_cancelled = needed[picked] == NEVER
    kind = np.where(is_cancelled, "cancel", np.where(days < 0, "expedite", "defer"))
    options = context.options
    tolerance = np.where(days < 0, options.expedite_tolerance_days, options.defer_tolerance_days)
    is_damped = (np.abs(days) <= tolerance) & ~is_cancelled
    is_damped |= quantity * context.unit_cost[node] < options.message_minimum_value * (1 - 1e-12)
    text = (
        pl.when(pl.col("kind") == "cancel")
        .then(pl.format("Cancel {}: {} of {} is not needed.", "order_id", number_text("current_quantity"), "item_id"))
        .when(pl.col("kind") == "expedite")
        .then(pl.format("Expedite {} from {} to {}.", "order_id", "current_date", "suggested_date"))
        .otherwise(pl.format("Defer {} from {} to {}.", "order_id", "current_date", "suggested_date"))
    )
    suggested_quantity = np.where(is_cancelled, 0.0, quantity)
    kinds = pl.Series(kind, dtype=pl.String)
    return message_frame(
        context, kinds, node, order_id, given, needed[picked], quantity, suggested_quantity, text, is_damped
    )


def past_due_receipts(context: MessageContext) -> pl.DataFrame:
    """Return open receipts that should have come before ``as_of`` (rule 4)."""
    node, order_id, given, quantity = _receipts(context, np.flatnonzero(_open_receipts(context)))
    late = given < 0
    order_id = order_id.filter(pl.Series(late))
    text = pl.format("{} was due on {}; it is counted today.", "order_id", "current_date")
    day = given[late]
    return message_frame(
        context, "past_due_receipt", node[late], order_id, day, np.zeros_like(day), quantity[late], quantity[late], text
    )


def _receipts(
    context: MessageContext, picked: NDArray[np.int64]
) -> tuple[NDArray[np.int32], pl.Series, NDArray[np.int32], NDArray[np.float64]]:
    """Return node, order id, due day as given and quantity of some open receipts."""
    table = context.model.event_table
    node = np.repeat(np.arange(context.model.nodes.n_nodes, dtype=np.int32), np.diff(table.receipt_indptr))[picked]
    receipts = context.model.data.table("scheduled_receipts")[table.receipt_row[picked]]
    given = (receipts["due_date"] - context.model.as_of).dt.total_days().cast(pl.Int32).to_numpy()
    return node, receipts["order_id"], given, np.ascontiguousarray(table.receipts["quantity"][picked])


def _open_receipts(context: MessageContext) -> NDArray[np.bool_]:
    """Return which receipts are not those of phantoms."""
    counts = np.diff(context.model.event_table.receipt_indptr)
    return np.repeat(~context.netting.nodes["is_phantom"], counts)
