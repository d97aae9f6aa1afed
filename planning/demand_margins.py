"""What serves each demand costs, by pegging, and what it earns."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.decoding.orders import demand_sources
from planning.encoding.codes import dates_of
from planning.kernels.supply_rows import SupplyKind
from planning.mrp import MrpResult
from planning.pegs.levels import PegLevel, PegLevels


def demand_margins(result: MrpResult) -> pl.DataFrame:
    """Return revenue, pegged material cost and margin of each demand that is planned.

    Parameters
    ----------
    result
        A plan.

    Returns
    -------
    pl.DataFrame
        ``demand_id``, ``item_id``, ``site_id``, ``customer_id``, ``due_date``, ``quantity``, ``covered_quantity``,
        ``unit_price``, ``revenue``, ``material_cost``, ``margin`` and ``margin_fraction`` of the revenue, in the
        order of the table demands.

    Notes
    -----
    A planned or firm planned order costs what its components cost, shared out by quantity; without components, and
    stock and other open orders, unit_cost. By-products cost nothing: the order's output carries its components.
    """
    model = result.model
    cost, covered = _pegged_costs(result)
    table = model.event_table
    picked = np.flatnonzero(table.demand_row < table.n_demands)
    picked = picked[np.argsort(table.demand_row[picked], kind="stable")]
    row = table.demand_row[picked]
    node = np.repeat(np.arange(model.nodes.n_nodes), np.diff(table.demand_indptr))[picked]
    frame = model.data.filled("demands", ["customer_id", "unit_price", "due_date"])[row]
    items = model.data.filled("items", ["unit_price"])["unit_price"]
    quantity = np.ascontiguousarray(table.demands["quantity"][picked])
    named = demand_sources(model)[1]
    margins = pl.DataFrame(
        {
            "demand_id": named[picked],
            "item_id": model.nodes.item_ids[model.nodes.item[node]],
            "site_id": model.nodes.site_ids[model.nodes.site[node]],
            "customer_id": frame["customer_id"],
            "due_date": dates_of(np.ascontiguousarray(table.demands["day"][picked]), model.as_of),
            "quantity": quantity,
            "covered_quantity": covered[picked],
            "unit_price": frame["unit_price"].fill_null(items[model.nodes.item[node]]),
            "material_cost": cost[picked],
        }
    )
    margins = margins.with_columns(revenue=pl.col("quantity") * pl.col("unit_price"))
    margins = margins.with_columns(margin=pl.col("revenue") - pl.col("material_cost"))
    is_sold = pl.col("revenue") > 0
    margins = margins.with_columns(margin_fraction=pl.when(is_sold).then(pl.col("margin") / pl.col("revenue")))
    order = [name for name in margins.columns if name not in ("material_cost", "revenue", "margin", "margin_fraction")]
    return margins.select(*order, "revenue", "material_cost", "margin", "margin_fraction")


def _pegged_costs(result: MrpResult) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the material cost and the covered quantity of each row of the model's demands."""
    model, orders = result.model, result.plan.orders
    unit_cost = model.sourcing.parameters["unit_cost"].to_numpy()
    n_demands = model.event_table.demands.shape[0]
    cost, covered = np.zeros(n_demands), np.zeros(n_demands)
    order_cost = np.full(orders.rows.shape[0], np.nan)
    for level in PegLevels(result).deepest_first():
        per_unit = _unit_costs(level, unit_cost, order_cost, orders.rows["quantity"])
        spent = level.per_requirement(level.links["quantity"] * per_unit[level.links["supply"]])
        rows, order = level.by_order
        order_cost[order] = np.where(np.isnan(order_cost[order]), 0.0, order_cost[order])
        np.add.at(order_cost, order, spent[rows])
        rows, demand = level.by_demand
        np.add.at(cost, demand, spent[rows])
        own = ~level.requirements["is_dependent"][rows]
        np.add.at(covered, demand[own], level.pegging.covered[rows[own]])
    is_phantom = np.repeat(result.netting.nodes["is_phantom"], np.diff(model.event_table.demand_indptr))
    covered[is_phantom] = model.event_table.demands["quantity"][is_phantom]
    return cost, covered


def _unit_costs(
    level: PegLevel, unit_cost: NDArray[np.float64], order_cost: NDArray[np.float64], quantity: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what one unit of each supply costs."""
    costs = unit_cost[level.supply_node]
    has_order = np.flatnonzero(level.order >= 0)
    order = level.order[has_order]
    own = order_cost[order] / quantity[order]
    costs[has_order] = np.where(np.isnan(own), costs[has_order], own)
    costs[level.supplies["kind"] == SupplyKind.BY_PRODUCT] = 0.0
    return costs
