"""Bill comparison: what was added, removed and changed between two bills."""

from __future__ import annotations

import polars as pl

COMPARED_COLUMNS = (
    "quantity_per",
    "quantity_fixed",
    "scrap_fraction",
    "usage_fraction",
    "offset_days",
    "at_end",
    "operation_sequence",
    "alternate_group",
    "alternate_priority",
)
_KEY = ("component_item_id", "occurrence")
_SCHEMA = {
    "change": pl.String,
    "component_item_id": pl.String,
    "occurrence": pl.UInt32,
    "column": pl.String,
    "old_value": pl.String,
    "new_value": pl.String,
}


def compare_bills(
    old_lines: pl.DataFrame, new_lines: pl.DataFrame, old_item_id: str, new_item_id: str | None = None
) -> pl.DataFrame:
    """Return what differs between two single-level bills, one row per line added or removed and per changed cell.

    Parameters
    ----------
    old_lines, new_lines
        Lines in force, as :func:`bom.effectivity.lines_in_force` gives them: of two days, two revisions, or the same
        when two items are compared.
    old_item_id, new_item_id
        The parents; ``None``: the same item.

    Returns
    -------
    pl.DataFrame
        ``change`` (added | removed | changed), ``component_item_id``, ``occurrence`` (1 unless the bill names the
        component more than once), ``column``, ``old_value``, ``new_value``, as text. A line that was added or removed
        has one row, with its quantity_per. By component and occurrence, then by column.

    Notes
    -----
    Lines are matched by component, and lines of the same component in the order of operation_sequence, then of rows.
    Columns compared: those that the plan and the cost depend on; effectivity, revision and line_id are not.

    Examples
    --------
    >>> from datetime import date
    >>> from bom.effectivity import lines_in_force
    >>> lines = pl.DataFrame({
    ...     "parent_item_id": ["bike", "bike", "bike"],
    ...     "component_item_id": ["wheel", "saddle", "wheel"],
    ...     "quantity_per": [2.0, 1.0, 3.0],
    ...     "effective_from": [None, date(2026, 3, 1), date(2026, 3, 1)],
    ...     "effective_to": [date(2026, 3, 1), None, None],
    ... })
    >>> old, new = lines_in_force(lines, date(2026, 1, 1)), lines_in_force(lines, date(2026, 4, 1))
    >>> compare_bills(old, new, "bike").drop("occurrence").rows()
    [('added', 'saddle', 'quantity_per', None, '1'), ('changed', 'wheel', 'quantity_per', '2', '3')]
    """
    old, new = _bill(old_lines, old_item_id), _bill(new_lines, new_item_id or old_item_id)
    both = old.join(new, on=list(_KEY), how="full", coalesce=True, suffix="_new")
    changes = [_changes(both, name) for name in COMPARED_COLUMNS]
    return pl.concat([pl.DataFrame(schema=_SCHEMA), *changes]).sort(*_KEY, maintain_order=True)


def compare_explosions(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Return what differs between two summarised explosions, one row per component whose total is not the same.

    Parameters
    ----------
    old, new
        As :func:`bom.explosion.explode_summarised` gives them.

    Returns
    -------
    pl.DataFrame
        ``change`` (added | removed | changed), ``component_item_id``, ``is_by_product``, ``old_quantity``,
        ``new_quantity``, ``difference``; by component. Totals that differ by less than 1e-9 of them are the same.

    Examples
    --------
    >>> columns = ["item_id", "is_by_product", "quantity"]
    >>> old = pl.DataFrame([("wheel", False, 2.0), ("nut", False, 6.0)], schema=columns, orient="row")
    >>> new = pl.DataFrame([("wheel", False, 2.0), ("nut", False, 8.0)], schema=columns, orient="row")
    >>> compare_explosions(old, new).rows()
    [('changed', 'nut', False, 6.0, 8.0, 2.0)]
    """
    sides = [
        frame.select("is_by_product", component_item_id="item_id", **{name: "quantity"})
        for frame, name in ((old, "old_quantity"), (new, "new_quantity"))
    ]
    both = sides[0].join(sides[1], on=["component_item_id", "is_by_product"], how="full", coalesce=True)
    before, after = pl.col("old_quantity"), pl.col("new_quantity")
    is_same = (after - before).abs() <= 1e-9 * pl.max_horizontal(before.abs(), after.abs())
    return (
        both.filter(~is_same.fill_null(value=False))
        .select(
            _change(before.is_null(), after.is_null()),
            "component_item_id",
            "is_by_product",
            "old_quantity",
            "new_quantity",
            difference=after.fill_null(0.0) - before.fill_null(0.0),
        )
        .sort("component_item_id", "is_by_product")
    )


def _bill(lines: pl.DataFrame, item_id: str) -> pl.DataFrame:
    """Return one item's lines with their key and the compared columns, and a column that says that they exist."""
    its = lines.filter(pl.col("parent_item_id") == item_id)
    by_operation = its.sort("component_item_id", "operation_sequence", "row", nulls_last=True)
    occurrence = pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("component_item_id")
    return by_operation.select("component_item_id", occurrence.alias("occurrence"), "row", *COMPARED_COLUMNS)


def _changes(both: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the rows in which one column differs; a line that is on one side only shows in quantity_per."""
    is_added, is_removed = pl.col("row").is_null(), pl.col("row_new").is_null()
    old, new = pl.col(name), pl.col(f"{name}_new")
    shown = is_added | is_removed if name == "quantity_per" else pl.lit(value=False)
    is_changed = ~is_added & ~is_removed & old.ne_missing(new)
    return both.filter(shown | is_changed).select(
        _change(is_added, is_removed),
        *_KEY,
        pl.lit(name).alias("column"),
        _as_text(both, name).alias("old_value"),
        _as_text(both, f"{name}_new").alias("new_value"),
    )


def _change(is_added: pl.Expr, is_removed: pl.Expr) -> pl.Expr:
    """Return the name of the change."""
    return (
        pl.when(is_added)
        .then(pl.lit("added"))
        .when(is_removed)
        .then(pl.lit("removed"))
        .otherwise(pl.lit("changed"))
        .alias("change")
    )


def _as_text(frame: pl.DataFrame, name: str) -> pl.Expr:
    """Return a column as text, numbers in their shortest form: 2, not 2.0."""
    text = pl.col(name).cast(pl.String)
    return text.str.strip_suffix(".0") if frame.schema[name].is_float() else text
