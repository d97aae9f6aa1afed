"""Messages about demands: what is late, and what will be."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.arrays import PlanningModel
from planning.message_kinds.rows import MessageContext, message_frame, number_text


def past_due_demands(context: MessageContext) -> pl.DataFrame:
    """Return open demands that were due before ``as_of`` (rule 3)."""
    table = context.model.event_table
    is_late = (context.netting.demands["day"] < 0) & (table.demand_row < table.n_demands)
    is_late &= context.netting.demands["quantity"] > 0
    picked = np.flatnonzero(is_late)
    node = (np.searchsorted(table.demand_indptr, picked, side="right") - 1).astype(np.int32)
    order_id = demand_ids(context.model, table.demand_row[picked])
    day = np.ascontiguousarray(context.netting.demands["day"][picked])
    quantity = np.ascontiguousarray(context.netting.demands["quantity"][picked])
    text = pl.format(
        "{} was due on {}; {} of {} is still open.",
        "order_id",
        "current_date",
        number_text("current_quantity"),
        "item_id",
    )
    return message_frame(context, "past_due_demand", node, order_id, day, np.zeros_like(day), quantity, quantity, text)


def late_demands(context: MessageContext) -> pl.DataFrame:
    """Return the demands that come out late when late releases are pushed (``past_release`` = push)."""
    table, late = context.model.event_table, context.plan.demand_lateness
    picked = np.flatnonzero((late > 0) & (table.demand_row < table.n_demands)) if late.size else np.zeros(0, np.int64)
    node = (np.searchsorted(table.demand_indptr, picked, side="right") - 1).astype(np.int32)
    day = np.ascontiguousarray(context.netting.demands["day"][picked])
    quantity = np.ascontiguousarray(context.netting.demands["quantity"][picked])
    text = pl.format("{} will be {} days late: on {}.", "order_id", "days", "suggested_date")
    order_id = demand_ids(context.model, table.demand_row[picked])
    return message_frame(
        context, "shortage", node, order_id, day, day + late[picked] if late.size else day, quantity, quantity, text
    )


def demand_ids(model: PlanningModel, rows: NDArray[np.int64]) -> pl.Series:
    """Return the ids of some rows of the table demands, generated ones where they have none."""
    ids = model.data.filled("demands", ["demand_id"])["demand_id"][rows]
    return ids.fill_null("demands:" + pl.Series(rows + 1).cast(pl.String))
