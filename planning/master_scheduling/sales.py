"""The sales plan by node and period: from the demands, or from the table sales_plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.errors import PlanningError
from planning.arrays import PlanningModel
from planning.encoding.codes import NO_CODE, days_of
from planning.encoding.nodes import site_codes
from planning.kernels.netting_arrays import SupplyType
from planning.options import MrpOptions


@dataclass(frozen=True, slots=True)
class Sales:
    """What is sold, row by row: of one node on one day.

    Parameters
    ----------
    rows
        ``node``, ``day`` (not before 0), ``quantity``, ``price`` (empty: the item's), ``demand_row`` (empty: from the
        sales plan).
    is_from_table
        The data set has a sales plan.
    """

    rows: pl.DataFrame
    is_from_table: bool


def find_sales(planning: PlanningModel) -> Sales:
    """Return what is sold: as the table sales_plan says, or without it as the open demands do.

    Raises
    ------
    PlanningError
        ``nothing_to_schedule``: neither says anything.
    """
    demands = demand_rows(planning)
    is_from_table = planning.data.table("sales_plan").height > 0
    rows = _of_table(planning, demands) if is_from_table else demands
    if rows.is_empty():
        raise PlanningError("nothing_to_schedule", "there are neither open demands nor a sales_plan to schedule")
    return Sales(rows, is_from_table)


def demand_rows(planning: PlanningModel) -> pl.DataFrame:
    """Return the open demands with what orders have left of the forecasts; what is past due counts today."""
    events, data = planning.event_table, planning.data
    demands = planning.netting_model(MrpOptions.from_mapping(data.settings.mrp)).demands
    node = np.repeat(np.arange(planning.nodes.n_nodes, dtype=np.int32), np.diff(events.demand_indptr))
    kept = np.flatnonzero((events.demand_row < events.n_demands) & (demands["quantity"] > 0))
    row = events.demand_row[kept]
    price = data.filled("demands", ["unit_price"])["unit_price"]
    return pl.DataFrame(
        {
            "node": node[kept],
            "day": np.maximum(demands["day"][kept], 0),
            "quantity": demands["quantity"][kept],
            "price": price.gather(row),
            "demand_row": row,
        },
        schema_overrides={"node": pl.Int32, "day": pl.Int32, "price": pl.Float64},
    )


def _of_table(planning: PlanningModel, demands: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the table sales_plan, those of families shared among their items."""
    data, nodes = planning.data, planning.nodes
    frame = data.filled("sales_plan", ["family", "item_id", "site_id", "period_start", "quantity", "unit_price"])
    frame = frame.with_columns(
        day=pl.Series(np.maximum(days_of(frame["period_start"], planning.as_of, 0), 0)), price=pl.col("unit_price")
    )
    own = frame.filter(pl.col("item_id").is_not_null()).with_columns(pl.col("site_id").fill_null(nodes.site_ids[0]))
    node = nodes.of(nodes.item_index.codes_of(own["item_id"]), site_codes(own["site_id"], nodes.site_ids))
    columns = ["node", "day", "quantity", "price"]
    of_items = own.with_columns(node=pl.Series(node, dtype=pl.Int32)).filter(pl.col("node") != NO_CODE).select(columns)
    mix = family_mix(planning, demands)
    joined = frame.filter(pl.col("item_id").is_null()).join(mix, on="family", how="inner", maintain_order="left_right")
    joined = joined.filter(pl.col("site_id").is_null() | (pl.col("site_id") == pl.col("node_site")))
    part = pl.col("share") / pl.col("share").sum().over("family", "site_id", "day")
    of_families = joined.with_columns(quantity=pl.col("quantity") * part).select(columns)
    rows = pl.concat([of_items, of_families]).with_columns(demand_row=pl.lit(None, pl.Int64))
    return rows.filter(pl.col("quantity") > 0)


def family_mix(planning: PlanningModel, demands: pl.DataFrame) -> pl.DataFrame:
    """Return ``family``, ``node``, ``node_site`` and ``share``: how the items that are made share a family's sales.

    By their open demands; where a family has none by what was sold, demand_history; else evenly.
    """
    nodes, data = planning.nodes, planning.data
    families = data.filled("items", ["family"])["family"].gather(nodes.item)
    history = data.filled("demand_history", ["quantity"])
    sold = np.zeros(nodes.n_nodes)
    np.add.at(sold, nodes.of_table(data, "demand_history"), history["quantity"].to_numpy())
    wanted = np.zeros(nodes.n_nodes)
    np.add.at(wanted, demands["node"].to_numpy(), demands["quantity"].to_numpy())
    frame = pl.DataFrame(
        {
            "family": families,
            "node": np.arange(nodes.n_nodes, dtype=np.int32),
            "node_site": nodes.site_ids.gather(nodes.site),
            "wanted": wanted,
            "sold": sold,
        }
    ).filter(pl.col("family").is_not_null() & pl.Series(is_made(planning)))
    by_family = {name: pl.col(name).sum().over("family") for name in ("wanted", "sold")}
    share = (
        pl.when(by_family["wanted"] > 0)
        .then(pl.col("wanted"))
        .when(by_family["sold"] > 0)
        .then(pl.col("sold"))
        .otherwise(1.0)
    )
    return frame.with_columns(share=share).select("family", "node", "node_site", "share")


def is_made(planning: PlanningModel) -> NDArray[np.bool_]:
    """Return which nodes are made, and no phantoms."""
    rows = planning.node_rows
    made: NDArray[np.bool_] = (rows["supply_type"] == SupplyType.MAKE) & ~rows["is_phantom"]
    return made
