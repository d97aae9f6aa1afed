"""The identity of alternates: the shares of an order add up to the whole (rule 11)."""

from __future__ import annotations

import polars as pl

from bom.tables import ITEMS
from planning.identity_checks.components import NODE, PlanTables, alternate_candidates, uncertain_sources

_RELATIVE = 1e-6
_GROUP = ["source_id", "alternate_group"]


def share_sums(plan: PlanTables) -> pl.DataFrame:
    """Return what the found requirements of each order's alternates come to, as shares of what each would need.

    Returns
    -------
    pl.DataFrame
        ``source_id``, ``alternate_group``, ``shares`` and ``slack`` (what rounding to decimals can add). Left out are
        groups with a phantom, a by-product or a line that needs nothing, and components that the order needs twice.
    """
    if plan.options.alternates == "fixed_usage":
        return pl.DataFrame(schema={**dict.fromkeys(_GROUP, pl.String), "shares": pl.Float64, "slack": pl.Float64})
    rows = alternate_candidates(plan).join(uncertain_sources(plan), on="source_id", how="anti")
    needs = plan.components.group_by("source_id", *NODE).agg(n=pl.len())
    rows = rows.join(needs, on=["source_id", *NODE], how="left")
    is_told_apart = (pl.col("quantity") > 0) & ~pl.col("is_phantom") & (pl.col("n") == 1)
    rows = rows.filter(is_told_apart.all().over(_GROUP))
    found = plan.requirements.filter(pl.col("kind") == "dependent").group_by("source_id", *NODE)
    rows = rows.join(found.agg(found=pl.col("quantity").sum()), on=["source_id", *NODE], how="left")
    decimals = ITEMS.filled(plan.data.table("items"), ["item_id", "quantity_decimals"])
    rows = rows.join(decimals, on="item_id", how="left")
    unit = pl.when(pl.col("quantity_decimals").is_null()).then(0.0).otherwise(0.1 ** pl.col("quantity_decimals"))
    return rows.group_by(_GROUP).agg(
        shares=(pl.col("found").fill_null(0.0) / pl.col("quantity")).sum(),
        slack=(unit / pl.col("quantity")).sum(),
    )


def check_for_shares(plan: PlanTables) -> list[str]:
    """Return the orders of which some alternates' shares do not add up to the whole."""
    difference = pl.col("shares") - 1.0
    wrong = share_sums(plan).filter(
        (difference < -_RELATIVE - pl.col("slack")) | (difference > _RELATIVE + pl.col("slack"))
    )
    return [
        f"the alternates {row['alternate_group']} of {row['source_id']} come to {row['shares']} of what is needed"
        for row in wrong.sort(_GROUP).head(10).iter_rows(named=True)
    ]
