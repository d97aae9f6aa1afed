"""The money of levelling: from item costs and prices, rates of work centers, and the options."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.encoding.codes import NO_CODE, codes_of
from planning.loading.encode import LoadingModel
from planning.mrp import MrpResult
from scheduling.leveller.options import LevellingOptions
from scheduling.leveller.problem import Components, Costs, Loads, Subcontracts

_DAYS_PER_WEEK = 7.0
_DAYS_PER_YEAR = 365.0
_MINUTES_PER_HOUR = 60.0
# so that nothing that costs nothing is done for nothing
_LEAST = 1e-3
_OFFER = [
    "item_id",
    "supplier_id",
    "site_id",
    "lead_time_days",
    "maximum_order_quantity",
    "unit_price",
    "effective_from",
    "effective_to",
]


def plan_costs(
    plan: MrpResult,
    nodes: NDArray[np.int32],
    model: LoadingModel,
    loads: Loads,
    components: Components,
    period_days: float,
    options: LevellingOptions,
) -> Costs:
    """Return what holding, being late, and hours cost.

    Notes
    -----
    What being late costs is counted from the item's price, or from what it takes to make a unit on overtime, components
    included, where that is more: nothing is late because making it would cost more.
    """
    hour, overtime_hour = _hour_costs(model, options)
    material = _material(plan, nodes)
    value = _full_costs(material, loads, components, overtime_hour)
    parameters = plan.model.sourcing.parameters
    unit_cost = parameters["unit_cost"].fill_null(0.0).to_numpy()[nodes]
    prices = plan.model.data.filled("items", ["unit_price"])["unit_price"].fill_null(0.0).to_numpy()
    price = np.maximum(
        np.where(prices[plan.model.nodes.item[nodes]] > 0, prices[plan.model.nodes.item[nodes]], unit_cost), value
    )
    price = np.maximum(price, 1.0)
    weeks = period_days / _DAYS_PER_WEEK
    holding = plan.netting.nodes["holding_cost"][nodes] * period_days
    worth = np.where(unit_cost > 0, unit_cost, price)
    by_rate = worth * options.holding_rate_per_year * period_days / _DAYS_PER_YEAR
    holding = np.maximum(np.where(holding > 0, holding, by_rate), _LEAST * price / 100)
    return Costs(
        material,
        holding,
        options.backlog_rate_per_week * weeks * price,
        options.below_minimum_rate_per_week * weeks * price,
        np.maximum(options.backlog_rate_per_week * (weeks + options.final_backlog_weeks), 1.5) * price,
        hour,
        overtime_hour,
        options.overload_cost_per_hour or 0.0,
    )


def subcontracts(
    plan: MrpResult, nodes: NDArray[np.int32], of_day: NDArray[np.int32], n_periods: int
) -> tuple[Subcontracts, pl.Series]:
    """Return the offers of suppliers for made items, and the supplier of each: rows with a price, in force on day 0.

    Notes
    -----
    ``maximum_order_quantity`` limits what arrives in a period.
    """
    data, model = plan.model.data, plan.model
    frame = data.filled("item_suppliers", _OFFER)
    day = pl.lit(model.as_of)
    in_force = (pl.col("effective_from").is_null() | (pl.col("effective_from") <= day)) & (
        pl.col("effective_to").is_null() | (pl.col("effective_to") > day)
    )
    frame = frame.filter(in_force & pl.col("unit_price").is_not_null())
    items = model.nodes.item_ids[model.nodes.item[nodes]]
    sites = model.nodes.site_ids[model.nodes.site[nodes]]
    code = codes_of(frame["item_id"], items.unique(maintain_order=True))
    frame = frame.filter(pl.Series(code != NO_CODE))
    wanted = pl.DataFrame({"item": np.arange(nodes.shape[0], dtype=np.int32), "item_id": items, "node_site": sites})
    wanted = wanted.filter(pl.Series(model.sourcing.parameters["supply_type"].to_numpy()[nodes] == "make"))
    joined = wanted.join(frame, on="item_id", how="inner", maintain_order="left").filter(
        pl.col("site_id").is_null() | (pl.col("site_id") == pl.col("node_site"))
    )
    lead = np.clip(joined["lead_time_days"].fill_null(0).to_numpy(), 0, of_day.shape[0] - 1)
    offers = Subcontracts(
        joined["item"].to_numpy(),
        np.minimum(of_day[lead] + (lead > 0), n_periods).astype(np.int32),
        joined["unit_price"].to_numpy(),
        joined["maximum_order_quantity"].fill_null(np.inf).to_numpy(),
    )
    return offers, joined["supplier_id"]


def _hour_costs(model: LoadingModel, options: LevellingOptions) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the cost of a standard hour in working time and beyond: a slower work center takes longer for it."""
    frame = model.centers.frame
    usual = frame["cost_per_hour"].to_numpy()
    given = frame["overtime_cost_per_hour"].fill_null(np.nan).to_numpy()
    overtime = np.where(np.isnan(given), usual * options.overtime_factor, given)
    efficiency = frame["efficiency_fraction"].to_numpy()
    return usual / efficiency, np.maximum(overtime, usual + _LEAST) / efficiency


def _material(plan: MrpResult, nodes: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the unit cost of the components of each node that are not levelled themselves, per unit of it."""
    netting = plan.netting
    component = np.repeat(np.arange(plan.model.nodes.n_nodes), np.diff(netting.parent_indptr))
    lines = netting.lines
    is_levelled = np.zeros(plan.model.nodes.n_nodes, np.bool_)
    is_levelled[nodes] = True
    counts = (lines["effective_from"] <= 0) & (lines["effective_to"] > 0) & ~is_levelled[component]
    unit_cost = plan.model.sourcing.parameters["unit_cost"].fill_null(0.0).to_numpy()
    quantity = np.where(counts, lines["quantity_per"], 0.0) / netting.nodes["yield_fraction"][lines["parent"]]
    cost = np.bincount(lines["parent"], quantity * unit_cost[component], plan.model.nodes.n_nodes)
    # a by-product worth more than what goes in would pay for making without end
    return np.asarray(np.maximum(cost[nodes], 0.0))


def _full_costs(
    material: NDArray[np.float64], loads: Loads, components: Components, hour: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what a unit takes at most: material, hours on overtime, and the same of its components."""
    n_items = material.shape[0]
    n_due = np.maximum(_due_periods(loads, n_items), 1)
    own = (
        material + np.bincount(loads.item, loads.minutes / _MINUTES_PER_HOUR * hour[loads.work_center], n_items) / n_due
    )
    pairs, at = np.unique(np.stack([components.parent, components.component]), axis=1, return_inverse=True)
    per_unit = np.zeros(pairs.shape[1])
    np.maximum.at(per_unit, at.ravel(), np.maximum(components.quantity, 0.0))
    full = own
    # each pass reaches one level further up; bills have no cycles
    for _ in range(n_items):
        following = own + np.bincount(pairs[0], per_unit * full[pairs[1]], n_items)
        if np.allclose(following, full, rtol=1e-12, atol=0.0):
            break
        full = following
    return full


def _due_periods(loads: Loads, n_items: int) -> NDArray[np.int64]:
    """Return in how many periods each item has a load of its own."""
    keys = np.unique(np.stack([loads.item, loads.due_period]), axis=1)
    return np.bincount(keys[0], minlength=n_items)
