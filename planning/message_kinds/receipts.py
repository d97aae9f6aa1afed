"""Messages about open orders: what to move, to cancel, to resize, and what should have come (rule 6)."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.kernels.netting_arrays import NEVER
from planning.kernels.resizing import suggest_quantities
from planning.message_kinds.rows import MessageContext, message_frame, number_text

# Rules that set the lot themselves: an order of theirs is not as large as what it is needed for.
_RULES_WITH_OWN_LOTS = ("fixed_order_quantity", "economic_order_quantity", "order_up_to")


def rescheduling_messages(context: MessageContext) -> pl.DataFrame:
    """Return expedite, defer and cancel."""
    counted, needed, netted = context.netting.receipts["day"], context.plan.needed_day, context.plan.netted_day
    is_moved = (netted < counted) | (needed > counted)
    picked = np.flatnonzero(is_moved & open_receipts(context))
    node, order_id, given, quantity = receipt_facts(context, picked)
    # the planning fence may let a receipt come later than it is needed
    suggested = np.where(netted[picked] < counted[picked], netted[picked], needed[picked])
    days = suggested.astype(np.int64) - counted[picked]
    is_cancelled = suggested == NEVER
    kind = np.where(is_cancelled, "cancel", np.where(days < 0, "expedite", "defer"))
    options = context.options
    tolerance = np.where(days < 0, options.expedite_tolerance_days, options.defer_tolerance_days)
    is_damped = (np.abs(days) <= tolerance) & ~is_cancelled
    is_damped |= _is_minor(context, node, quantity, np.minimum(counted[picked], suggested))
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
        context, kinds, node, order_id, given, suggested, quantity, suggested_quantity, text, is_damped
    )


def resizing_messages(context: MessageContext) -> pl.DataFrame:
    """Return increase and decrease, when ``resize_receipts`` asks for them."""
    suggested = _suggested_quantities(context)
    picked = np.flatnonzero(~np.isnan(suggested))
    node, order_id, given, quantity = receipt_facts(context, picked)
    change = suggested[picked] - quantity
    is_damped = _is_minor(context, node, np.abs(change), context.netting.receipts["day"][picked])
    is_damped |= np.abs(change) < context.options.message_minimum_fraction * quantity * (1 - 1e-9)
    kinds = pl.Series(np.where(change > 0, "increase", "decrease"), dtype=pl.String)
    texts = [
        pl.format(
            text, "order_id", number_text("current_quantity"), number_text("suggested_quantity"), "item_id"
        )
        for text in (
            "Increase {} from {} to {} instead of ordering more {} anew.",
            "Decrease {} from {} to {}: the rest of {} is not needed.",
        )
    ]  # fmt: skip
    text = pl.when(pl.col("kind") == "increase").then(texts[0]).otherwise(texts[1])
    frame = message_frame(
        context, kinds, node, order_id, given, given, quantity, suggested[picked], text, is_damped
    )  # fmt: skip
    return frame.with_columns(value=pl.Series(np.abs(change) * context.unit_cost[node]))


def past_due_receipts(context: MessageContext) -> pl.DataFrame:
    """Return open receipts that should have come before ``as_of`` (rule 4)."""
    node, order_id, given, quantity = receipt_facts(context, np.flatnonzero(open_receipts(context)))
    late = given < 0
    order_id = order_id.filter(pl.Series(late))
    text = pl.format("{} was due on {}; it is counted today.", "order_id", "current_date")
    day, quantity = given[late], quantity[late]
    return message_frame(
        context, "past_due_receipt", node[late], order_id, day, np.zeros_like(day), quantity, quantity, text
    )


def _is_minor(
    context: MessageContext, node: NDArray[np.int32], quantity: NDArray[np.float64], day: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Return which changes are too small, or too far off, to act on."""
    options = context.options
    is_minor = quantity * context.unit_cost[node] < options.message_minimum_value * (1 - 1e-9)
    is_minor |= quantity < options.message_minimum_quantity * (1 - 1e-9)
    if options.message_horizon_days != "unlimited":
        is_minor |= day > options.message_horizon_days
    return is_minor


def _suggested_quantities(context: MessageContext) -> NDArray[np.float64]:
    """Return the quantity that each open receipt should have; NaN where it is to stay."""
    model, netting, plan = context.model, context.netting, context.plan
    suggested = np.full(netting.receipts.shape[0], np.nan)
    if context.options.resize_receipts:
        has_own_lots = model.sourcing.parameters["lot_sizing_rule"].is_in(_RULES_WITH_OWN_LOTS).to_numpy()
        is_open = (np.diff(netting.receipt_indptr) > 0) & ~netting.nodes["is_phantom"] & ~has_own_lots
        is_open[model.buffers.nodes] = False
        first, last = plan.days
        suggest_quantities(
            netting, plan.orders, plan.needed_day, plan.netted_day, np.flatnonzero(is_open).astype(np.int32),
            first, last - first + 1, context.options.increase_window_days, suggested,
        )  # fmt: skip
    return suggested


def receipt_facts(
    context: MessageContext, picked: NDArray[np.int64]
) -> tuple[NDArray[np.int32], pl.Series, NDArray[np.int32], NDArray[np.float64]]:
    """Return node, order id, due day as given and quantity of some open receipts."""
    table = context.model.event_table
    node = np.repeat(np.arange(context.model.nodes.n_nodes, dtype=np.int32), np.diff(table.receipt_indptr))[picked]
    receipts = context.model.data.table("scheduled_receipts")[table.receipt_row[picked]]
    given = (receipts["due_date"] - context.model.as_of).dt.total_days().cast(pl.Int32).to_numpy()
    return node, receipts["order_id"], given, np.ascontiguousarray(table.receipts["quantity"][picked])


def open_receipts(context: MessageContext) -> NDArray[np.bool_]:
    """Return which receipts are not those of phantoms."""
    counts = np.diff(context.model.event_table.receipt_indptr)
    return np.repeat(~context.netting.nodes["is_phantom"], counts)
