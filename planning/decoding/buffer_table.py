"""The table ``buffers``: zones, net flow position and colors of the items planned by buffers."""

from __future__ import annotations

import numpy as np
import polars as pl

from planning.arrays import PlanningModel
from planning.kernels.buffer_rows import list_buffers
from planning.kernels.ddmrp import ZONE_DTYPE
from planning.kernels.netting_arrays import NettingModel
from planning.net import NettedPlan, equal_chunks
from planning.plan_tables import BUFFERS

_NOISE = 1e-9


def buffer_table(model: PlanningModel, netting: NettingModel, plan: NettedPlan) -> pl.DataFrame:
    """Return the table ``buffers`` of a plan, the lowest net flow position in its buffer first.

    Notes
    -----
    Zones and positions come from the kernel functions that netted the buffers; see ``docs/concepts/ddmrp.md``.
    """
    nodes = model.buffers.nodes
    if not nodes.size:
        return BUFFERS.empty()
    zones = np.empty(nodes.shape[0], ZONE_DTYPE)
    first, last = plan.days
    list_buffers(
        netting, plan.orders, nodes, equal_chunks(np.ones(nodes.size, np.int64)), first, last - first + 1, zones
    )
    frame = pl.DataFrame(
        {
            "item_id": model.nodes.item_ids[model.nodes.item[nodes]],
            "site_id": model.nodes.site_ids[model.nodes.site[nodes]],
            "decoupled_lead_time_days": model.buffers.rows["decoupled_lead_time_days"].copy(),
            "can_order": netting.nodes["can_order"][nodes],
            **{name: zones[name].copy() for name in ZONE_DTYPE.names or ()},
        }
    )
    return (
        _with_colors(_with_positions(frame))
        .sort("net_flow_fraction", "item_id", "site_id")
        .select(BUFFERS.column_names)
    )


def _with_positions(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with the tops of their zones and the net flow position."""
    frame = frame.with_columns(
        top_of_red=pl.col("red_base") + pl.col("red_safety"),
        qualified_demand=pl.col("due_demand") + pl.col("spike_demand"),
    )
    frame = frame.with_columns(
        top_of_yellow=pl.col("top_of_red") + pl.col("yellow"),
        net_flow_position=pl.col("on_hand") + pl.col("open_supply") - pl.col("qualified_demand"),
    )
    return frame.with_columns(top_of_green=pl.col("top_of_yellow") + pl.col("green"))


def _with_colors(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with what to order, and how full the buffers are."""
    flow, on_hand, red = pl.col("net_flow_position"), pl.col("on_hand"), pl.col("top_of_red")
    lacks = pl.col("top_of_green") - flow
    is_ordered = pl.col("can_order") & (flow <= pl.col("top_of_yellow") + _NOISE) & (lacks > _NOISE)
    return frame.with_columns(
        order_recommendation=pl.when(is_ordered).then(lacks).otherwise(0.0),
        net_flow_fraction=_part(flow, pl.col("top_of_green")),
        planning_color=pl.when(flow <= red + _NOISE)
        .then(pl.lit("red"))
        .when(flow <= pl.col("top_of_yellow") + _NOISE)
        .then(pl.lit("yellow"))
        .when(flow <= pl.col("top_of_green") + _NOISE)
        .then(pl.lit("green"))
        .otherwise(pl.lit("blue")),
        on_hand_fraction=_part(on_hand, red),
        execution_color=pl.when(on_hand <= _NOISE)
        .then(pl.lit("dark_red"))
        .when(on_hand <= red / 2 + _NOISE)
        .then(pl.lit("red"))
        .when(on_hand <= red + _NOISE)
        .then(pl.lit("yellow"))
        .otherwise(pl.lit("green")),
    )


def _part(quantity: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Return a quantity as part of a zone's top, empty where that is 0."""
    return pl.when(whole > 0).then(quantity / whole)
