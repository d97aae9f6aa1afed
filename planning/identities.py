"""The identities that hold for every plan, checked on its tables: what comes in, goes out and is left must add up.

Each check returns its violations as sentences; an empty list means that the identity holds. Numbers are compared with 1e-6
relative to the largest quantity of the item at the site.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from planning.expected_components import NODE, PlanTables, expected_components, firm_receipts, with_parameters

_RELATIVE = 1e-6
_EXCUSES = ("below_safety_stock", "shortage", "no_source", "expired_stock")


def violations(plan: PlanTables) -> list[str]:
    """Return the violations of all identities.

    Examples
    --------
    >>> from datetime import date
    >>> from planning.data import PlanningData, Settings
    >>> from planning.options import MrpOptions
    >>> from planning.tables import OUTPUT_TABLES
    >>> nothing = {name: table.empty() for name, table in OUTPUT_TABLES.items() if name != "kpis"}
    >>> violations(PlanTables(PlanningData(Settings(date(2026, 11, 22)), {}), MrpOptions(), **nothing))
    []
    """
    return [sentence for check in CHECKS for sentence in check(plan)]


def check_for_gross_requirements(plan: PlanTables) -> list[str]:
    """Return the demands and allocations whose rows in the requirements are not what is open of them."""
    demands = plan.data.filled("demands", ["demand_id", *NODE, "due_date", "quantity"])
    if plan.data.settings.horizon_end is not None:
        demands = demands.filter(pl.col("due_date") <= plan.data.settings.horizon_end)
    demands = demands.rename({"demand_id": "source_id"}).drop("due_date")
    allocations = plan.data.filled("allocations", ["order_id", *NODE, "quantity"]).rename({"order_id": "source_id"})
    found = plan.requirements.filter(~pl.col("kind").is_in(["dependent", "safety_stock"]))
    return _differences(pl.concat([demands, allocations]), found, "gross requirements from outside")


def check_for_dependent_requirements(plan: PlanTables) -> list[str]:
    """Return where dependent requirements are not the sum of rule 9 over the parents' orders."""
    components = expected_components(plan).filter(pl.col("quantity") > 0)
    keys = ["source_id", *NODE]
    uncertain = pl.concat([components.filter(~pl.col("is_certain")).select(keys), _undated_firm(plan).select(keys)])
    expected = pl.concat([components.select([*keys, "quantity"]), _needs_at_sources(plan)])
    found = with_parameters(plan.requirements.filter(pl.col("kind") == "dependent"), plan.data, ["is_phantom"])
    found = found.filter(~pl.col("is_phantom")).select([*keys, "quantity"])
    expected, found = (frame.join(uncertain, on=keys, how="anti") for frame in (expected, found))
    return _differences(expected, found, "dependent requirements")


def _undated_firm(plan: PlanTables) -> pl.DataFrame:
    """Return the components of firm planned receipts whose release date, and with it the lines in force, is not given."""
    undated = firm_receipts(plan.data, "make").filter(pl.col("release_date").is_null()).select("order_id")
    rows = plan.requirements.join(undated, left_on="source_id", right_on="order_id", how="semi")
    return rows.select("source_id", *NODE)


def _needs_at_sources(plan: PlanTables) -> pl.DataFrame:
    """Return what transfers take at their sources."""
    planned = plan.planned_orders.filter(pl.col("supply_type") == "transfer").select(
        pl.col("order_id").alias("source_id"), "item_id", site_id="source_site_id", quantity="start_quantity"
    )
    firm = firm_receipts(plan.data, "transfer").select(
        pl.col("order_id").alias("source_id"),
        "item_id",
        site_id=pl.coalesce("own_source", "source_site_id"),
        quantity=pl.col("quantity") / pl.col("yield_fraction"),
    )
    return pl.concat([planned, firm])
