"""The check that the families of the sales plan are families of items."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from bom.findings import Problem, rows_where, texts_of
from bom.hints import nearest_id_hint
from bom.rules import told


def unknown_families(tables: Mapping[str, pl.DataFrame]) -> list[Problem]:
    """Return a problem for the rows of the sales plan whose family no item has.

    Examples
    --------
    >>> items = pl.DataFrame({"item_id": ["R1"], "family": ["Radios"]})
    >>> unknown_families({"items": items, "sales_plan": pl.DataFrame({"family": ["Radio"]})})[0].details
    ('Radio is the family of no item; did you mean Radios?',)
    """
    plan, items = tables.get("sales_plan"), tables.get("items")
    if plan is None or items is None or "family" not in plan.columns:
        return []
    known = items["family"].unique(maintain_order=True) if "family" in items.columns else pl.Series([], dtype=pl.String)
    is_family = pl.lit(True) if "item_id" not in plan.columns else pl.col("item_id").is_null()
    is_known = pl.col("family").is_in(known.drop_nulls().implode())
    is_unknown = plan.select((is_family & pl.col("family").is_not_null() & ~is_known).alias("it")).to_series()
    rows = rows_where(is_unknown)
    if rows.size == 0:
        return []
    values = texts_of(plan["family"], rows)
    details = told("{value} is the family of no item", values, nearest_id_hint(known))
    return [Problem("unknown_id", "sales_plan", "family", "this is the family of no item", rows, values, details)]
