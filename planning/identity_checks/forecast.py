"""The identities of forecast consumption: no order takes more than it has, no forecast gives more than it is."""

from __future__ import annotations

import polars as pl

from planning.identity_checks.components import NODE, PlanTables

_RELATIVE = 1e-9


def check_for_forecast_consumption(plan: PlanTables) -> list[str]:
    """Return the demands of which more was consumed than there is, and rows that link the wrong kinds."""
    names = ["demand_id", "kind", "quantity", "shipped_quantity"]
    demands = plan.data.filled("demands", names)
    generated = pl.concat_str(pl.lit("demands:"), pl.int_range(1, pl.len() + 1))
    demands = demands.with_columns(pl.col("demand_id").fill_null(generated))
    if plan.options.consume_by == "open_and_shipped":
        shipped = pl.when(pl.col("kind") == "forecast").then(0.0).otherwise(pl.col("shipped_quantity"))
        demands = demands.with_columns(pl.col("quantity") + shipped)
    wrong = []
    for column, kinds in (("order_demand_id", ["sales_order", "service"]), ("forecast_demand_id", ["forecast"])):
        used = plan.forecast_consumption.group_by(demand_id=column).agg(used=pl.col("quantity").sum())
        joined = used.join(demands, on="demand_id", how="left")
        is_too_much = pl.col("used") > pl.col("quantity") * (1 + _RELATIVE)
        bad = joined.filter(is_too_much | ~pl.col("kind").is_in(kinds) | (pl.col("used") <= 0)).sort("demand_id")
        wrong += [f"consumption of {row['demand_id']}: {row['used']} of {row['quantity']}" for row in bad.to_dicts()]
    return wrong


def without_requirement(plan: PlanTables) -> list[pl.DataFrame]:
    """Return what is no requirement of the demands, below zero: what was consumed, and what messages say is ignored."""
    consumed = plan.forecast_consumption.select(
        source_id="forecast_demand_id",
        item_id="forecast_item_id",
        site_id="site_id",
        quantity=-pl.col("quantity"),
        date="forecast_date",
    )
    end = plan.data.settings.horizon_end
    if end is not None:
        consumed = consumed.filter(pl.col("date") <= end)
    ignored = plan.messages.filter(pl.col("kind") == "forecast_ignored")
    ignored = ignored.select(
        source_id="order_id", item_id="item_id", site_id="site_id", quantity=-pl.col("current_quantity")
    )
    columns = ["source_id", *NODE, "quantity"]
    return [consumed.select(columns), ignored.select(columns)]
