"""Safety stock from data: proposals that a planner accepts or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.errors import OptionError
from bom.schema import Column, Dtype, Table
from bom.units import round_quantities
from planning.arrays import PlanningModel, encode
from planning.data import PlanningData
from planning.statistics.history import NODE, demand_statistics, lead_time_statistics, planned_lead_times
from planning.statistics.safety_factors import fill_rate_factors, lead_time_demand_deviation, service_level_factors

_S, _I, _F, _B = Dtype.STRING, Dtype.INTEGER, Dtype.FLOAT, Dtype.BOOLEAN
_UNIT = "stock unit"

SAFETY_STOCK_PROPOSALS = Table(
    "safety_stock_proposals",
    "What safety stock the history asks for, and what it was worked out from. is_accepted is the planner's to fill.",
    (
        Column("item_id", _S, "The item.", is_required=True),
        Column("site_id", _S, "The site.", is_required=True),
        Column("measure", _S, "What is aimed at.", choices=("service_level", "fill_rate")),
        Column("target", _F, "The service level or fill rate aimed at.", "fraction"),
        Column("n_periods", _I, "Periods of demand history."),
        Column("daily_demand", _F, "Mean demand of one day.", _UNIT),
        Column("daily_demand_deviation", _F, "Standard deviation of one day's demand.", _UNIT),
        Column("n_orders", _I, "Orders of which the lead time is known; 0: the planned lead time, without spread."),
        Column("lead_time_days", _F, "Mean lead time and review time, in calendar days.", "days"),
        Column("lead_time_deviation_days", _F, "Standard deviation of the lead time.", "days"),
        Column("deviation", _F, "Standard deviation of the demand during the lead time.", _UNIT),
        Column("order_quantity", _F, "The mean order (fill rate only).", _UNIT),
        Column("safety_factor", _F, "Standard deviations that are held."),
        Column("current_safety_stock", _F, "The safety stock as it is.", _UNIT),
        Column("safety_stock", _F, "The safety stock proposed.", _UNIT, minimum=0),
        Column("value_change", _F, "What the change ties up: the difference x unit_cost.", "money"),
        Column("is_accepted", _B, "true: take it over; empty or false: leave it."),
    ),
    key=("item_id", "site_id"),
)


@dataclass(frozen=True, slots=True)
class SafetyStockOptions:
    """What safety stock is aimed at.

    Parameters
    ----------
    measure
        ``service_level``: the chance that a replenishment cycle ends without shortage; ``fill_rate``: the part of the
        demand that is served from stock.
    target
        The aim, above 0 and below 1.
    target_by_class
        Aims by ``abc_class``, over ``target``.
    period_days
        Days over which demand is added up before its spread is taken.
    review_days
        Days between two planning runs; they are added to the lead time.
    """

    measure: Literal["service_level", "fill_rate"] = "service_level"
    target: float = 0.95
    target_by_class: Mapping[str, float] = field(default_factory=dict)
    period_days: int = 7
    review_days: int = 0

    def __post_init__(self) -> None:
        targets = {"": self.target, **self.target_by_class}
        wrong = [f"{name} {value}".strip() for name, value in targets.items() if not 0 < value < 1]
        if wrong:
            raise OptionError("invalid_option", "a target must be above 0 and below 1", wrong)
        if self.period_days < 1 or self.review_days < 0:
            raise OptionError("invalid_option", "period_days must be 1 or more, review_days 0 or more")


def propose_safety_stock(data: PlanningData, options: SafetyStockOptions | None = None) -> pl.DataFrame:
    """Return the table ``safety_stock_proposals``: one row per item and site with demand history.

    Notes
    -----
    safety stock = k x sqrt(L s_d^2 + d^2 s_L^2), at least 0, rounded up to ``quantity_decimals``; k from the normal
    distribution for a service level, from its loss function for a fill rate. Demand of one day is the mean of whole
    periods; an item's lead time is that of its history where there are two orders or more, else the planned one.

    Examples
    --------
    >>> from datetime import date, timedelta
    >>> from planning.checks import validate
    >>> days = [date(2026, 3, 2) - timedelta(days=n) for n in range(1, 5)]
    >>> tables = {
    ...     "items": pl.DataFrame({"item_id": ["wheel"], "lead_time_days": [4]}),
    ...     "demand_history": pl.DataFrame({"item_id": ["wheel"] * 4, "date": days, "quantity": [8.0, 12, 12, 8]}),
    ... }
    >>> data = validate(tables, {"as_of": date(2026, 3, 2)}).data
    >>> rows = propose_safety_stock(data, SafetyStockOptions(target=0.9, period_days=1))
    >>> rows.select("daily_demand", "deviation", pl.col("safety_stock").round(3)).rows()
    [(10.0, 4.618802153517006, 5.919)]
    """
    options = SafetyStockOptions() if options is None else options
    model = encode(data)
    lead_times = lead_time_statistics(model).filter(pl.col("n_orders") > 1)
    rows = demand_statistics(model, options.period_days).join(lead_times, on=NODE, how="left", maintain_order="left")
    node = rows[NODE].to_numpy()
    planned = planned_lead_times(model)[node]
    rows = rows.select(
        NODE,
        "n_periods",
        "daily_demand",
        "daily_demand_deviation",
        pl.col("n_orders").fill_null(0),
        lead_time_days=pl.col("mean_lead_time_days").fill_null(planned) + options.review_days,
        lead_time_deviation_days=pl.col("lead_time_deviation_days").fill_null(0.0),
    )
    return _with_factors(model, rows, options)


def _with_factors(model: PlanningModel, rows: pl.DataFrame, options: SafetyStockOptions) -> pl.DataFrame:
    """Return the proposals for nodes of which mean and spread are known."""
    node = rows[NODE].to_numpy()
    names = ("lead_time_days", "lead_time_deviation_days", "daily_demand", "daily_demand_deviation")
    deviation = lead_time_demand_deviation(*(rows[name].to_numpy() for name in names))
    target = _targets(model, node, options)
    lots = _order_quantities(model, node, rows["daily_demand"].to_numpy(), options.period_days)
    if options.measure == "service_level":
        factor = service_level_factors(target)
    else:
        factor = fill_rate_factors(target, lots, deviation)
    parameters = model.node_rows[node]
    proposed = round_quantities(np.maximum(factor * deviation, 0.0), np.ascontiguousarray(parameters["decimals"]))
    current = np.ascontiguousarray(parameters["safety_stock"])
    unit_cost = model.sourcing.parameters["unit_cost"].to_numpy()[node]
    nodes = model.nodes
    return rows.with_columns(
        item_id=nodes.item_ids[nodes.item[node]],
        site_id=nodes.site_ids[nodes.site[node]],
        measure=pl.lit(options.measure),
        target=target,
        deviation=deviation,
        order_quantity=pl.lit(None, pl.Float64) if options.measure == "service_level" else pl.Series(lots),
        safety_factor=factor,
        current_safety_stock=current,
        safety_stock=proposed,
        value_change=(proposed - current) * unit_cost,
        is_accepted=pl.lit(None, pl.Boolean),
    ).select(SAFETY_STOCK_PROPOSALS.column_names)


def _targets(model: PlanningModel, node: NDArray[np.int32], options: SafetyStockOptions) -> NDArray[np.float64]:
    """Return each node's target: its class's, else the one for all."""
    classes = model.data.filled("items", ["abc_class"])["abc_class"][model.nodes.item[node]]
    targets = classes.replace_strict(dict(options.target_by_class), default=options.target, return_dtype=pl.Float64)
    return targets.fill_null(options.target).to_numpy()


def _order_quantities(
    model: PlanningModel, node: NDArray[np.int32], daily_demand: NDArray[np.float64], period_days: int
) -> NDArray[np.float64]:
    """Return each node's usual order: its fixed quantity, else the demand of its period, at least its minimum."""
    rows = model.node_rows[node]
    window = np.maximum(rows["period_of_supply_days"], 1)
    demand = daily_demand * np.where(window > 1, window, period_days)
    lots = np.maximum(np.maximum(demand, rows["minimum_order_quantity"]), rows["order_multiple"])
    fixed = rows["fixed_order_quantity"]
    quantities: NDArray[np.float64] = np.where(np.isnan(fixed), np.minimum(lots, rows["maximum_order_quantity"]), fixed)
    return quantities
