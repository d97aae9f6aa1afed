"""Messages about fences: forecast that is not planned."""

from __future__ import annotations

import numpy as np
import polars as pl

from planning.message_rows import MessageContext, message_frame, number_text
from planning.messages_of_demands import demand_ids
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
