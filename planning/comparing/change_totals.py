"""Changed orders added up by plan, family and item."""

from __future__ import annotations

import polars as pl

from planning.comparing.tables import CHANGE_KINDS, CHANGE_TOTALS

_NAMES = [name for name in CHANGE_TOTALS.column_names if name not in ("level", "id")]


def change_totals(changes: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """Return the table ``change_totals``: the plan, the families by id, the items by money touched.

    Parameters
    ----------
    changes
        ``node``, ``kind`` (a place in ``CHANGE_KINDS``), ``value_change``, ``value_touched``, ``is_in_fence``,
        ``is_near``.
    nodes
        ``node``, ``item_id`` and ``family`` of each node that has changes.

    Notes
    -----
    Orders are added up by node first, as numbers; texts are looked at once for each node.
    """
    of_nodes = changes.group_by("node", maintain_order=True).agg(**_counted()).join(nodes, on="node", how="left")
    sums = [pl.col(name).sum() for name in _NAMES]
    of_items = of_nodes.group_by(id="item_id").agg(sums).sort(-pl.col("value_touched"), "id")
    of_families = of_nodes.drop_nulls("family").group_by(id="family").agg(sums).sort("id")
    of_plan = of_nodes.select(sums).with_columns(id=pl.lit(None, pl.String))
    parts = (("plan", of_plan), ("family", of_families), ("item", of_items))
    return pl.concat(part.with_columns(level=pl.lit(level)).select(CHANGE_TOTALS.column_names) for level, part in parts)


def _counted() -> dict[str, pl.Expr]:
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
