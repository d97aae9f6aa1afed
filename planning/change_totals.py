"""Changed orders added up by plan, family and item."""

from __future__ import annotations

import polars as pl

from planning.comparison_tables import CHANGE_KINDS, CHANGE_TOTALS


def change_totals(changes: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Return the table ``change_totals``: the plan, the families by id, the items by money touched.

    Parameters
    ----------
    changes
        ``item_id``, ``kind`` (a place in ``CHANGE_KINDS``), ``value_change``, ``value_touched``, ``is_in_fence``,
        ``is_near``.
    items
        ``item_id`` and ``family``.
    """
    sums = _sums()
    of_items = changes.group_by("item_id").agg(**sums).rename({"item_id": "id"})
    of_items = of_items.sort(-pl.col("value_touched"), "id")
    with_family = changes.join(items, on="item_id", how="left").filter(pl.col("family").is_not_null())
    of_families = with_family.group_by("family").agg(**sums).rename({"family": "id"}).sort("id")
    of_plan = changes.select(**sums).with_columns(id=pl.lit(None, pl.String))
    parts = (("plan", of_plan), ("family", of_families), ("item", of_items))
    return pl.concat(part.with_columns(level=pl.lit(level)).select(CHANGE_TOTALS.column_names) for level, part in parts)


def _sums() -> dict[str, pl.Expr]:
    """Return what is added up."""
    touched = pl.col("value_touched")
    return {
        **{name: (pl.col("kind") == place).sum().cast(pl.Int64) for place, name in enumerate(CHANGE_KINDS)},
        "changed": pl.len().cast(pl.Int64),
        "value_change": pl.col("value_change").sum(),
        "value_touched": touched.sum(),
        "changed_in_fence": pl.col("is_in_fence").sum().cast(pl.Int64),
        "value_touched_in_fence": touched.filter("is_in_fence").sum(),
        "changed_near": pl.col("is_near").sum().cast(pl.Int64),
        "value_touched_near": touched.filter("is_near").sum(),
    }
