"""Planning parameters in force on a day, looked up in the tables alone: what the identities compare with."""

from __future__ import annotations

import polars as pl

from planning.data import PlanningData

_NODE = ["item_id", "site_id"]


def in_force(frame: pl.DataFrame, data: PlanningData, parameter: str, day: str) -> pl.DataFrame:
    """Return the frame with a parameter's column as it is in force on the date in the column ``day``.

    Examples
    --------
    >>> from datetime import date
    >>> from planning.data import Settings
    >>> changes = pl.DataFrame({"item_id": ["A"], "effective_from": [date(2026, 2, 1)], "parameter": ["safety_stock"]})
    >>> data = PlanningData(Settings(date(2026, 1, 1)), {"parameter_changes": changes.with_columns(value=9.0)})
    >>> frame = pl.DataFrame({"item_id": ["A"] * 2, "site_id": ["MAIN"] * 2, "safety_stock": [5.0] * 2})
    >>> frame = frame.with_columns(date=pl.Series([date(2026, 1, 31), date(2026, 2, 1)]))
    >>> in_force(frame, data, "safety_stock", "date")["safety_stock"].to_list()
    [5.0, 9.0]
    """
    changes = data.filled("parameter_changes", ["item_id", "site_id", "effective_from", "parameter", "value"])
    changes = changes.filter(pl.col("parameter") == parameter).drop("parameter")
    if parameter == "safety_stock" and data.settings.horizon_end is not None:
        changes = changes.filter(pl.col("effective_from") <= data.settings.horizon_end)
    if changes.is_empty():
        return frame
    found = frame.with_row_index("place")
    for name, rows, keys in (
        ("here", changes.drop_nulls("site_id"), _NODE),
        ("everywhere", changes.filter(pl.col("site_id").is_null()).drop("site_id"), ["item_id"]),
    ):
        ordered = rows.rename({"effective_from": f"from_{name}", "value": name}).sort(f"from_{name}")
        found = found.sort(day).join_asof(
            ordered, left_on=day, right_on=f"from_{name}", by=keys, coalesce=False, check_sortedness=False
        )
    is_here = pl.col("from_here").is_not_null() & (
        pl.col("from_everywhere").is_null() | (pl.col("from_here") >= pl.col("from_everywhere"))
    )
    changed = pl.when(is_here).then("here").otherwise("everywhere")
    can_change = pl.col(day).is_not_null() & ~_is_buffered(found, data)
    value = pl.when(can_change).then(pl.coalesce(changed, parameter)).otherwise(pl.col(parameter))
    return found.with_columns(value.alias(parameter)).sort("place").select(frame.columns)


def _is_buffered(frame: pl.DataFrame, data: PlanningData) -> pl.Series:
    """Return which rows are about a buffer: its parameters do not change with time."""
    names = ["planning_method", "is_phantom"]
    own = data.filled("items", ["item_id", *names])
    sites = data.filled("item_sites", [*_NODE, *names]).rename({name: f"{name}_there" for name in names})
    found = frame.select(_NODE).join(own, on="item_id", how="left", maintain_order="left")
    found = found.join(sites, on=_NODE, how="left", maintain_order="left")
    method, is_phantom = (pl.coalesce(f"{name}_there", name) for name in names)
    return found.select(((method == "ddmrp") & ~is_phantom).fill_null(False)).to_series()
