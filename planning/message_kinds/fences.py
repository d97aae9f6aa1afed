"""Messages about fences: forecast that is not planned, orders that cannot come when they are needed."""

from __future__ import annotations

import numpy as np
import polars as pl

from bom.ranges import ranges
from planning.kernels.fences import list_unfenced_days
from planning.kernels.moved_receipts import flag_moved_up
from planning.kernels.netting_arrays import ALWAYS
from planning.message_kinds.demands import demand_ids
from planning.message_kinds.receipts import open_receipts, receipt_facts
from planning.message_kinds.rows import MessageContext, message_frame, number_text
from planning.plan_tables import MESSAGES


def ignored_forecast(context: MessageContext) -> pl.DataFrame:
    """Return the forecasts that are left out: inside the demand fence, or their bucket is over (rule 12)."""
    model = context.model
    survivors = model.surviving_forecast(context.options)
    if model.forecast is None or survivors is None:
        return MESSAGES.empty().drop("rank")
    forecasts = model.forecast.pools.forecasts
    picked = np.flatnonzero(survivors.is_ignored & (survivors.left > 0))
    end = model.data.settings.horizon_end
    if end is not None:
        picked = picked[forecasts["due"][picked] <= (end - model.as_of).days]
    picked = picked[np.argsort(forecasts["row"][picked], kind="stable")]
    node, left = model.forecast.node[picked], survivors.left[picked]
    due = np.ascontiguousarray(forecasts["due"][picked])
    is_inside = due <= model.demand_fence_day[node]
    reason = pl.Series(np.where(is_inside, "it lies inside the demand fence", "its time is over"), dtype=pl.String)
    text = pl.format(
        "Forecast {} of {} {} on {} is not planned: {}.",
        "order_id", number_text("current_quantity"), "item_id", "current_date", pl.lit(reason),
    )  # fmt: skip
    ids = demand_ids(model, np.ascontiguousarray(forecasts["row"][picked]))
    return message_frame(context, "forecast_ignored", node, ids, due, None, left, np.zeros_like(left), text)


def orders_after_fence(context: MessageContext) -> pl.DataFrame:
    """Return the planned orders that the planning fence has moved out (rule 12)."""
    netting, orders = context.netting, context.plan.orders
    counts = np.where(netting.nodes["planning_fence_day"] == ALWAYS, 0, orders.counts)
    node = np.repeat(np.arange(counts.shape[0], dtype=np.int32), counts)
    order = ranges(orders.first, counts)
    is_planned = order - orders.first[node] >= np.diff(netting.firm_indptr)[node]
    node, order = node[is_planned], order[is_planned]
    wanted = np.empty(order.shape[0], np.int32)
    list_unfenced_days(netting, node, orders.rows[order], wanted)
    is_moved = wanted < orders.rows["due"][order]
    node, order, wanted = node[is_moved], order[is_moved], wanted[is_moved]
    quantity = np.ascontiguousarray(orders.rows["quantity"][order])
    due = np.ascontiguousarray(context.plan.dated_orders["due"][order])
    text = pl.format(
        "{} should be due on {}, inside the planning fence; it is planned for {}.",
        "order_id", "suggested_date", "current_date",
    )  # fmt: skip
    ids = context.ids.of(order)
    return message_frame(context, "time_fence_conflict", node, ids, due, wanted, quantity, quantity, text)


def receipts_outside_fence(context: MessageContext) -> pl.DataFrame:
    """Return the open receipts that are needed inside the planning fence and cannot be moved to the day (rule 12)."""
    needed, netted = context.plan.needed_day, context.plan.netted_day
    is_moved_up = np.zeros(needed.shape[0], np.bool_)
    flag_moved_up(context.netting, needed, is_moved_up)
    is_kept_out = is_moved_up & (needed < netted) & open_receipts(context)
    fence = context.netting.nodes["planning_fence_day"]
    node, order_id, given, quantity = receipt_facts(context, np.flatnonzero(is_kept_out))
    is_fenced = fence[node] >= needed[is_kept_out]
    text = pl.format(
        "{} is needed on {}, inside the planning fence; it is not moved in there.", "order_id", "suggested_date"
    )
    return message_frame(
        context, "time_fence_conflict", node[is_fenced], order_id.filter(pl.Series(is_fenced)), given[is_fenced],
        needed[is_kept_out][is_fenced], quantity[is_fenced], quantity[is_fenced], text,
    )  # fmt: skip
