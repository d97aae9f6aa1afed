"""The identities of pegging, checked on the tables of a plan: every unit of every supply is somewhere, and once."""

from __future__ import annotations

import polars as pl

from planning.identity_checks.components import NODE, PlanTables, with_parameters

_RELATIVE = 1e-6
# Netting and pegging leave what adding up the units of a node in floating point can be wrong by.
_NOISE = 1e-11
_MOST_SHOWN = 10


def pegging_violations(plan: PlanTables) -> list[str]:
    """Return the violations of the identities of rule 14 as sentences."""
    checks = (check_for_pegged_requirements, check_for_pegged_supplies, check_for_idle_supplies, check_for_lateness)
    return [sentence for check in checks for sentence in check(plan)]


def check_for_pegged_requirements(plan: PlanTables) -> list[str]:
    """Return the rows that serve what is no requirement of that item and day, and requirements with too much."""
    rows = plan.pegging.filter(pl.col("requirement_id").is_not_null())
    keys = ["requirement_id", *NODE]
    needed = plan.requirements.select(*keys, "date", needed="quantity")
    joined = rows.join(needed, on=keys, how="left")
    wrong = joined.filter(pl.col("date").is_null() | (pl.col("date") != pl.col("requirement_date")))
    sums = joined.group_by(keys).agg(pl.col("quantity").sum(), pl.col("needed").first())
    over = sums.filter(pl.col("quantity") > pl.col("needed") + _RELATIVE * (1 + pl.col("needed")))
    return [
        *_sentences(wrong, "pegging of {supply_id} to {requirement_id}: there is no such requirement on its day"),
        *_sentences(over, "pegging of {requirement_id}: {quantity} serve {needed}"),
        *_sentences(rows.filter(pl.col("quantity") <= 0), "pegging of {supply_id}: {quantity} is no quantity"),
    ]


def check_for_pegged_supplies(plan: PlanTables) -> list[str]:
    """Return the orders, open orders and stocks of which not every unit is pegged, or some twice."""
    found = plan.pegging.filter(pl.col("supply_kind") != "by_product")
    found = found.group_by(*NODE, "supply_kind").agg(pl.col("quantity").sum())
    as_of = plan.data.settings.as_of
    stock = plan.data.filled("on_hand", [*NODE, "quantity", "expiry_date", "status", "available_date"])
    first = pl.when(pl.col("status") == "quality").then("available_date").otherwise(pl.lit(as_of))
    first = pl.max_horizontal(first, pl.lit(as_of))
    is_counted = (pl.col("status") == "available") | (
        (pl.col("status") == "quality") & pl.col("available_date").is_not_null()
    )
    is_usable = pl.col("expiry_date").is_null() | (pl.col("expiry_date") > first)
    positive = stock.filter(is_counted & ((pl.col("quantity") < 0) | is_usable))
    # what is negative takes from any supply, so stock is compared only where none is
    negative = positive.filter(pl.col("quantity") < 0).select(NODE)
    expected = [
        plan.planned_orders.select(*NODE, "quantity", supply_kind=pl.lit("planned_order")),
        plan.data.filled("scheduled_receipts", [*NODE, "quantity"]).select(
            *NODE, "quantity", supply_kind=pl.lit("scheduled_receipt")
        ),
        positive.join(negative, on=NODE, how="anti").select(*NODE, "quantity", supply_kind=pl.lit("on_hand")),
    ]
    sums = pl.concat(expected).group_by(*NODE, "supply_kind").agg(expected=pl.col("quantity").sum())
    joined = sums.join(found, on=[*NODE, "supply_kind"], how="left").with_columns(pl.col("quantity").fill_null(0.0))
    joined = with_parameters(joined, plan.data, ["is_phantom"]).filter(~pl.col("is_phantom"))
    wrong = joined.filter((pl.col("expected") - pl.col("quantity")).abs() > _RELATIVE * (1 + pl.col("expected")))
    return _sentences(wrong, "pegging of {supply_kind} of {item_id}@{site_id}: {quantity} of {expected}")


def check_for_idle_supplies(plan: PlanTables) -> list[str]:
    """Return the nodes where something is free or surplus while a requirement is not covered."""
    short = _coverage(plan).filter(pl.col("missing") > pl.col("tolerance"))
    idle = plan.pegging.filter(pl.col("use").is_in(["free", "surplus"])).select(*NODE, "quantity")
    idle = idle.filter(pl.col("quantity") > _RELATIVE)
    wrong = with_parameters(short, plan.data, ["is_phantom"]).filter(~pl.col("is_phantom")).join(idle, on=NODE)
    return _sentences(wrong, "{requirement_id} of {item_id}@{site_id} lacks {missing} while {quantity} are free")


def check_for_lateness(plan: PlanTables) -> list[str]:
    """Return requirements that are served late or not at all though no message says that the item runs short."""
    excused = plan.messages.filter(pl.col("kind").is_in(["shortage", "no_source"])).select(NODE)
    coverage = with_parameters(_coverage(plan), plan.data, ["is_phantom"]).filter(~pl.col("is_phantom"))
    coverage = coverage.filter(pl.col("kind") != "safety_stock").join(excused, on=NODE, how="anti")
    is_late = pl.col("last_date") > pl.max_horizontal("date", pl.lit(plan.data.settings.as_of))
    is_short = pl.col("missing") > pl.col("tolerance")
    if plan.options.past_release == "push":  # a pushed order can be late though the balance never falls below zero
        is_late = pl.lit(False)
    wrong = coverage.filter(is_late.fill_null(False) | is_short)
    return _sentences(wrong, "{requirement_id} is served on {last_date}, {missing} missing, and no message says why")


def _coverage(plan: PlanTables) -> pl.DataFrame:
    """Return each requirement with what is missing of it, what may be, and the day of its last supply."""
    served = plan.pegging.group_by("requirement_id").agg(
        served=pl.col("quantity").sum(), last_date=pl.col("supply_date").max()
    )
    rows = plan.requirements.select("requirement_id", *NODE, "date", "kind", needed="quantity")
    rows = rows.join(served, on="requirement_id", how="left")
    return rows.with_columns(
        missing=pl.col("needed") - pl.col("served").fill_null(0.0),
        tolerance=_RELATIVE * (1 + pl.col("needed")) + _NOISE * pl.col("needed").sum().over(NODE),
    )


def _sentences(wrong: pl.DataFrame, template: str) -> list[str]:
    """Return one sentence per row, the first ten and how many there are."""
    sentences = [template.format(**row) for row in wrong.head(_MOST_SHOWN).to_dicts()]
    return sentences + ([f"... {wrong.height} in all"] if wrong.height > _MOST_SHOWN else [])
