"""Messages about stock: what is short, below its safety stock, without a source, or expired."""

from __future__ import annotations

import numpy as np
import polars as pl

from planning.kernels.netting_arrays import ALWAYS, NO_OFFER
from planning.message_kinds.rows import MessageContext, message_frame, number_text
from planning.push import written_off


def below_safety_stock(context: MessageContext) -> pl.DataFrame:
    """Return the nodes whose usable stock on ``as_of`` is below their safety stock.

    Not those that have a stretch that holds ``as_of``: it says the same, and how long.
    """
    nodes, netting = context.netting.nodes, context.netting
    stock = nodes["on_hand"].copy()
    there = netting.lots["available"] == ALWAYS
    owner = np.repeat(np.arange(stock.shape[0]), np.diff(netting.lot_indptr))
    np.add.at(stock, owner[there], netting.lots["quantity"][there])
    is_below = (stock < nodes["safety_stock"] - 1e-9) & ~nodes["is_phantom"]
    stretches = context.short_stretches
    is_below[stretches["node"][(stretches["day"] <= 0) & (stretches["end"] > 0)]] = False
    node = np.flatnonzero(is_below).astype(np.int32)
    today = np.zeros(node.shape[0], np.int32)
    text = pl.format(
        "Stock of {} is {}, below its safety stock of {}.",
        "item_id",
        number_text("current_quantity"),
        number_text("suggested_quantity"),
    )
    frame = message_frame(
        context, "below_safety_stock", node, None, today, None, stock[node], nodes["safety_stock"][node].copy(), text
    )
    missing = pl.col("suggested_quantity") - pl.col("current_quantity")
    return frame.with_columns(value=missing * pl.Series(context.unit_cost[node]))


def shortages(context: MessageContext) -> pl.DataFrame:
    """Return the stretches of days on which a balance stays below zero (shortage) or the safety stock."""
    rows = context.short_stretches
    kind = pl.Series(np.where(rows["worst"] < -1e-9, "shortage", "below_safety_stock"), dtype=pl.String)
    until = (
        pl.when(pl.col("suggested_date").is_null())
        .then(pl.lit("to the end"))
        .otherwise(pl.format("until {}", "suggested_date"))
    )
    text = pl.format(
        "{} is short from {} {}: the balance falls to {}.",
        "item_id",
        "current_date",
        until,
        number_text("current_quantity"),
    )
    node = np.ascontiguousarray(rows["node"])
    frame = message_frame(
    context,
        kind, node, None, np.ascontiguousarray(rows["day"]), np.ascontiguousarray(rows["end"]),
        np.ascontiguousarray(rows["worst"]), np.ascontiguousarray(rows["floor"]), text,
    )  # fmt: skip
    missing = pl.col("suggested_quantity") - pl.col("current_quantity")
    return frame.with_columns(value=missing * pl.Series(context.unit_cost[node]))


def without_source(context: MessageContext) -> pl.DataFrame:
    """Return the nodes that are to be transferred and have no site to come from, and need something."""
    is_transfer = (context.model.sourcing.parameters["supply_type"] == "transfer").to_numpy()
    is_cut_off = is_transfer & (context.model.sourcing.offer == NO_OFFER) & context.plan.is_short
    node = np.flatnonzero(is_cut_off).astype(np.int32)
    zero = np.zeros(node.shape[0])
    text = pl.format(
        "{} at {} is to be transferred, but no lane or source_site_id says from where.", "item_id", "site_id"
    )
    return message_frame(context, "no_source", node, None, None, None, zero, zero, text)


def expired_stock(context: MessageContext) -> pl.DataFrame:
    """Return stock that has expired, and stock that will expire unused (rule 4)."""
    table, netting = context.model.event_table, context.netting
    left = written_off(netting, context.plan.orders, context.plan.days)
    left[np.repeat(netting.nodes["is_phantom"], np.diff(netting.lot_indptr))] = 0.0
    picked = np.flatnonzero(left > 0)
    owner = np.repeat(np.arange(context.model.nodes.n_nodes, dtype=np.int32), np.diff(netting.lot_indptr))[picked]
    gone = context.model.data.table("on_hand")[table.expired_row]
    gone_node = context.model.nodes.of_table(context.model.data, "on_hand")[table.expired_row]
    gone_day = (
        (gone["expiry_date"] - context.model.as_of).dt.total_days().cast(pl.Int32).to_numpy()
        if gone.height
        else np.zeros(0, np.int32)
    )
    lot_ids = context.model.data.filled("on_hand", ["lot_id"])["lot_id"]
    node = np.concatenate([gone_node, owner])
    day = np.concatenate([gone_day, netting.lots["expiry"][picked]]).astype(np.int32)
    quantity = np.concatenate([gone["quantity"].to_numpy(), left[picked]])
    order_id = lot_ids[np.concatenate([table.expired_row, table.lot_row[picked]])]
    text = (
        pl.when(pl.col("current_date") <= context.model.as_of)
        .then(
            pl.format(
                "{} of {} has expired on {} and is not counted.",
                number_text("current_quantity"),
                "item_id",
                "current_date",
            )
        )
        .otherwise(
            pl.format("{} of {} expires unused on {}.", number_text("current_quantity"), "item_id", "current_date")
        )
    )
    return message_frame(context, "expired_stock", node, order_id, day, None, quantity, np.zeros_like(quantity), text)
