"""Messages about sources: orders and shortages without a supplier or lane, alternates that cannot share (rule 11)."""

from __future__ import annotations

import numpy as np
import polars as pl

from bom.ranges import ranges
from planning.kernels.balance import list_shortages
from planning.kernels.netting_arrays import CHOSEN_PER_ORDER, SupplyType
from planning.message_kinds.rows import MessageContext, message_frame


def orders_without_supplier(context: MessageContext) -> pl.DataFrame:
    """Return the planned orders of items with suppliers of which none is in force on the order's need."""
    netting, orders = context.netting, context.plan.orders
    is_choosing = (netting.nodes["offer"] == CHOSEN_PER_ORDER) & (netting.nodes["supply_type"] == SupplyType.BUY)
    nodes = np.flatnonzero(is_choosing).astype(np.int32)
    n_firm = np.diff(netting.firm_indptr)[nodes]
    counts = orders.counts[nodes] - n_firm
    first = orders.first[nodes] + n_firm
    place = ranges(first, counts)
    is_alone = orders.rows["offer"][place] < 0
    node, place = np.repeat(nodes, counts)[is_alone], place[is_alone]
    rows = orders.rows[place]
    day, quantity = np.ascontiguousarray(rows["need"]), np.ascontiguousarray(rows["quantity"])
    text = pl.format("No supplier of {} is in force on {}; {} has none.", "item_id", "current_date", "order_id")
    return message_frame(context, "no_source", node, context.ids.of(place), day, None, quantity, quantity, text)


def shortages_without_lane(context: MessageContext) -> pl.DataFrame:
    """Return the stretches of shortage of transferred nodes that begin on a day on which no lane is in force."""
    netting, plan = context.netting, context.plan
    is_choosing = (netting.nodes["offer"] == CHOSEN_PER_ORDER) & (netting.nodes["supply_type"] == SupplyType.TRANSFER)
    nodes = np.flatnonzero(is_choosing & netting.nodes["can_order"] & plan.is_short).astype(np.int32)
    first, last = plan.days
    rows = list_shortages(netting, plan.orders, plan.dated_orders, plan.netted_day, nodes, first, last - first + 1)
    indptr, offers = netting.offer_indptr, netting.offers
    is_cut_off = np.ones(rows.shape[0], np.bool_)
    for k in range(int(np.diff(indptr)[nodes].max(initial=0))):
        place = np.minimum(indptr[rows["node"]] + k, indptr[rows["node"] + 1] - 1)
        is_cut_off &= (offers["effective_from"][place] > rows["day"]) | (offers["effective_to"][place] <= rows["day"])
    rows = rows[is_cut_off]
    node, day = np.ascontiguousarray(rows["node"]), np.ascontiguousarray(rows["day"])
    zero = np.zeros(node.shape[0])
    text = pl.format(
        "{} is to be transferred to {}, but no lane is in force on {}.", "item_id", "site_id", "current_date"
    )
    return message_frame(context, "no_source", node, None, day, None, zero, zero, text)


def unshared_alternates(context: MessageContext) -> pl.DataFrame:
    """Return the groups of alternates that need each other, so that the first in force is used."""
    groups = context.model.structure.unshared
    node = groups["parent"].to_numpy().astype(np.int32)
    zero = np.zeros(node.shape[0])
    text = pl.format(
        "The alternates {} of {} need each other: the first in force is used, whatever is there.",
        groups["alternate_group"],
        "item_id",
    )
    return message_frame(context, "data", node, None, None, None, zero, zero, text)
