"""The daily balance of every item at every site, recomputed from the tables of a plan alone."""

from __future__ import annotations

from datetime import date
from typing import Literal

import polars as pl

from planning.identity_checks.components import NODE, PlanTables, uncertain_sources, with_parameters

_MOVE = [*NODE, "date", "quantity"]


def movements(plan: PlanTables, order_day: Literal["need_date", "due_date"]) -> pl.DataFrame:
    """Return the balance at the end of each day on which something moves.

    Parameters
    ----------
    plan
        The tables.
    order_day
        The day on which planned orders come in: netting counts them on their need, records on their due date.

    Returns
    -------
    pl.DataFrame
        ``item_id``, ``site_id``, ``date``, ``balance`` and ``moved`` (the sum of all quantities until then).
        Phantoms are left out, and items whose by-products cannot be recomputed from the tables.
    """
    by_products, uncertain = _by_products(plan)
    planned = plan.planned_orders.select(*NODE, "quantity", date=order_day)
    required = plan.requirements.filter(pl.col("kind") != "safety_stock")
    flows = pl.concat(
        [
            _stock(plan),
            _receipts(plan),
            by_products,
            planned.select(_MOVE),
            required.select(*NODE, "date", -pl.col("quantity")),
            _expired(plan),
        ]
    )
    flows = with_parameters(flows, plan.data, ["is_phantom"]).filter(~pl.col("is_phantom"))
    daily = (
        flows.filter(~pl.col("item_id").is_in(uncertain.implode()))
        .group_by(*NODE, "date")
        .agg(pl.col("quantity").sum(), moved=pl.col("quantity").abs().sum())
    )
    return daily.sort(*NODE, "date").select(
        *NODE,
        "date",
        balance=pl.col("quantity").cum_sum().over(NODE),
        moved=pl.col("moved").cum_sum().over(NODE),
    )


def _stock(plan: PlanTables) -> pl.DataFrame:
    """Return usable stock before the first day, and later quality stock on the day it comes in."""
    as_of = plan.data.settings.as_of
    stock = plan.data.filled("on_hand", [*NODE, "quantity", "expiry_date", "status", "available_date"])
    is_quality = pl.col("status") == "quality"
    stock = stock.filter(
        (pl.col("status") == "available") | (is_quality & pl.col("available_date").is_not_null())
    ).with_columns(date=pl.when(is_quality & (pl.col("available_date") > as_of)).then("available_date"))
    first_usable = pl.coalesce("date", pl.lit(as_of))
    is_usable = (pl.col("quantity") < 0) | pl.col("expiry_date").is_null() | (pl.col("expiry_date") > first_usable)
    return stock.filter(is_usable).with_columns(pl.col("date").fill_null(_first_day(plan))).select(_MOVE)


def _first_day(plan: PlanTables) -> date:
    """Return the planning date, or the first requirement's when that lies before it."""
    as_of = plan.data.settings.as_of
    earlier = plan.requirements.filter(pl.col("date") < as_of)["date"].to_list()
    return min(earlier, default=as_of)


def _receipts(plan: PlanTables) -> pl.DataFrame:
    """Return open orders on the day that netting uses: the suggested one when they are expedited."""
    receipts = plan.data.filled("scheduled_receipts", ["order_id", *NODE, "due_date", "quantity"])
    expedited = plan.messages.filter(pl.col("kind") == "expedite").select("order_id", "suggested_date")
    receipts = receipts.filter(pl.col("quantity") > 0).join(expedited, on="order_id", how="left")
    day = pl.max_horizontal("due_date", pl.lit(plan.data.settings.as_of))
    return receipts.with_columns(date=pl.coalesce("suggested_date", day)).select(_MOVE)


def _expired(plan: PlanTables) -> pl.DataFrame:
    """Return what is written off after the planning date."""
    expired = plan.messages.filter(
        (pl.col("kind") == "expired_stock") & (pl.col("current_date") > plan.data.settings.as_of)
    )
    return expired.select(*NODE, date="current_date", quantity=-pl.col("current_quantity"))


def _by_products(plan: PlanTables) -> tuple[pl.DataFrame, pl.Series]:
    """Return the supplies from by-products, and the items for which they are uncertain."""
    given = plan.components.filter(pl.col("quantity") < 0)
    day = pl.max_horizontal("due_date", pl.lit(plan.data.settings.as_of))
    supplies = given.select(*NODE, day.alias("date"), -pl.col("quantity"))
    uncertain = given.filter(~pl.col("is_certain"))["item_id"]
    # A pushed order's due date is no longer the one that netting used.
    if plan.options.past_release == "push" or uncertain_sources(plan).height:
        is_by_product = (pl.col("quantity_per") < 0) | ((pl.col("quantity_per") == 0) & (pl.col("quantity_fixed") < 0))
        lines = plan.data.filled("bom_lines", ["component_item_id", "quantity_per", "quantity_fixed"])
        uncertain = lines.filter(is_by_product)["component_item_id"]
    return supplies, uncertain.unique()
