"""Which BOM lines are in force at a site on a day."""

from __future__ import annotations

from datetime import date
from typing import Literal

import polars as pl

from bom.errors import PlanningError
from bom.tables import BOM_LINES

_RANK = ("parent_item_id", "alternate_group", "alternate_priority", "row")


def lines_in_force(
    bom_lines: pl.DataFrame, on: date, site: str = "MAIN", alternates: Literal["first", "all"] = "first"
) -> pl.DataFrame:
    """Return the lines in force at one site on one day, with every column of the table, defaults filled.

    Parameters
    ----------
    bom_lines
        The table bom_lines.
    on
        The day; ``effective_from`` is the first day in force, ``effective_to`` the first day no longer in force.
    site
        The site; lines without a site are used at every site.
    alternates
        Of lines of one parent with the same alternate_group: only the ``first`` by (alternate_priority, row), or
        ``all``.

    Returns
    -------
    pl.DataFrame
        The columns of bom_lines, and ``row``: the data row, counted from 1. Order as given.

    Examples
    --------
    >>> lines = pl.DataFrame({
    ...     "parent_item_id": ["bike", "bike"],
    ...     "component_item_id": ["steel", "alloy"],
    ...     "effective_from": [None, date(2026, 3, 1)],
    ...     "effective_to": [date(2026, 3, 1), None],
    ... })
    >>> lines_in_force(lines, date(2026, 3, 1))["component_item_id"].to_list()
    ['alloy']
    """
    filled = BOM_LINES.filled(bom_lines, BOM_LINES.column_names).with_row_index("row", offset=1)
    in_force = filled.filter(
        pl.col("site_id").is_null() | (pl.col("site_id") == site),
        pl.col("effective_from").is_null() | (pl.col("effective_from") <= on),
        pl.col("effective_to").is_null() | (pl.col("effective_to") > on),
    )
    grouped = in_force.filter(pl.col("alternate_group").is_not_null())
    if alternates == "all" or grouped.is_empty():
        return in_force
    first = grouped.sort(_RANK).unique(["parent_item_id", "alternate_group"], keep="first", maintain_order=True)
    return in_force.filter(pl.col("alternate_group").is_null() | pl.col("row").is_in(first["row"].implode()))


def with_revision(bom_lines: pl.DataFrame, item_id: str, revision: str) -> pl.DataFrame:
    """Return the table with the bill of one item as of one revision, in force on every day.

    Parameters
    ----------
    bom_lines
        The table bom_lines.
    item_id
        The parent; the bills of all other items stay as they are.
    revision
        Its revision: the lines that carry it, and those of the item that carry none.

    Raises
    ------
    PlanningError
        When no line of the item carries the revision; the ids are its revisions.

    Examples
    --------
    >>> lines = pl.DataFrame({
    ...     "parent_item_id": ["bike", "bike", "bike"],
    ...     "component_item_id": ["steel", "alloy", "saddle"],
    ...     "revision": ["A", "B", None],
    ... })
    >>> with_revision(lines, "bike", "B")["component_item_id"].to_list()
    ['alloy', 'saddle']
    """
    filled = BOM_LINES.filled(bom_lines, BOM_LINES.column_names)
    is_its = pl.col("parent_item_id") == item_id
    revisions = filled.filter(is_its)["revision"].drop_nulls().unique().sort().to_list()
    if revision not in revisions:
        raise PlanningError("unknown_revision", f"{item_id} has no revision {revision}; it has", revisions or ["none"])
    kept = filled.filter(~is_its | pl.col("revision").is_null() | (pl.col("revision") == revision))
    dates = [pl.when(~is_its).then(pl.col(name)).alias(name) for name in ("effective_from", "effective_to")]
    return kept.with_columns(dates)
