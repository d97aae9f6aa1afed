"""Messages about planned orders: what to release."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from planning.message_kinds.rows import MessageContext, message_frame, number_text


def release_messages(context: MessageContext) -> Iterator[pl.DataFrame]:
    """Yield release (today) and release_past_due, a million at a time."""
    orders = context.plan.orders
    release = context.plan.dated_orders["release"]
    due_now = np.flatnonzero(release <= 0)
    for begin in range(0, due_now.shape[0], 1_000_000):
        order = due_now[begin : begin + 1_000_000]
        node = context.ids.node_of(order)
        is_planned = order - orders.first[node] >= np.diff(context.netting.firm_indptr)[node]
        is_planned &= ~context.netting.nodes["is_phantom"][node]
        order, node = order[is_planned], node[is_planned]
        day = release[order]
        kinds = pl.Series(np.where(day < 0, "release_past_due", "release"), dtype=pl.String)
        quantity = np.ascontiguousarray(orders.rows["quantity"][order])
        text = (
            pl.when(pl.col("kind") == "release")
            .then(pl.format("Release {} of {} today.", number_text("current_quantity"), "item_id"))
            .otherwise(
                pl.format(
                    "Release {} of {} at once: it should have been released on {}, {} days ago.",
                    number_text("current_quantity"), "item_id", "current_date", "days",
                )
            )
        )  # fmt: skip
        yield message_frame(
            context, kinds, node, context.ids.of(order), day, np.zeros_like(day), quantity, quantity, text
        )
