"""What differs between two states of a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from bom.schema import Table


@dataclass(frozen=True, slots=True)
class TableDiff:
    """The rows in which two states of a table differ.

    Parameters
    ----------
    added, removed
        Rows that only the later, only the earlier state has.
    changed
        Rows of both states with the same key: the key, and the other columns as structs ``before`` and ``after``.
    """

    added: pl.DataFrame
    removed: pl.DataFrame
    changed: pl.DataFrame

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield every difference: what it is, and the row before and after."""
        for row in self.removed.iter_rows(named=True):
            yield {"change": "removed", "before": row, "after": None}
        for row in self.added.iter_rows(named=True):
            yield {"change": "added", "before": None, "after": row}
        for row in self.changed.iter_rows(named=True):
            before, after = row.pop("before"), row.pop("after")
            yield {"change": "changed", "before": {**row, **before}, "after": {**row, **after}}


def diff_tables(before: pl.DataFrame, after: pl.DataFrame, table: Table) -> TableDiff:
    """Return what differs; rows of a table without a key, or with empty keys, are compared as a whole.

    Examples
    --------
    >>> from bom.tables import SITES
    >>> states = [pl.DataFrame({"site_id": ["A", "B"], "calendar_id": ["5 days", day]}) for day in ("x", "y")]
    >>> list(diff_tables(*states, SITES).rows())[0]["after"]
    {'site_id': 'B', 'calendar_id': 'y'}
    """
    names = list(dict.fromkeys([*before.columns, *after.columns]))
    before, after = _aligned(before, after, names), _aligned(after, before, names)
    key = [name for name in table.key if name in names]
    values = [name for name in names if name not in key]
    removed, added = _only(before, after, names), _only(after, before, names)
    if len(key) != len(table.key) or not key or not values:
        return TableDiff(added, removed, pl.DataFrame())
    if any(frame.select(key).is_duplicated().any() for frame in (removed, added)):
        return TableDiff(added, removed, pl.DataFrame())
    structs = [
        frame.select(*key, pl.struct(values).alias(name)) for frame, name in ((removed, "before"), (added, "after"))
    ]
    changed = structs[0].join(structs[1], on=key, how="inner", nulls_equal=True)
    rest = [f.join(changed.select(key), on=key, how="anti", nulls_equal=True) for f in (added, removed)]
    return TableDiff(rest[0], rest[1], changed)


def _aligned(frame: pl.DataFrame, other: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Return a frame with all columns of both states."""
    return frame.select(
        pl.col(name) if name in frame.columns else pl.lit(None, other.schema[name]).alias(name) for name in names
    )


def _only(frame: pl.DataFrame, other: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Return the rows that the other state does not have, or not so often."""
    again = pl.int_range(pl.len()).over(names).alias(" again")
    mine, theirs = frame.with_columns(again), other.with_columns(again)
    return mine.join(theirs, on=[*names, " again"], how="anti", nulls_equal=True, maintain_order="left").drop(" again")
