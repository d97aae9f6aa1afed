"""Two branches of one data set merged: what both want differently, cell by cell, and the edits that do both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from bom.errors import DataError, PlanningError
from bom.schema import Column, Dtype, Table
from planning.data import PlanningData
from planning.editing.table_cells import KEY, cell_changes, edits_between, is_same_table, with_key
from planning.edits import Edit, apply_edits
from planning.tables import INPUT_TABLES

Side = Literal["a", "b"]

_S = Dtype.STRING
MERGE_CONFLICTS = Table(
    "merge_conflicts",
    "A cell, or a whole row, that two branches of one data set want differently.",
    (
        Column("table", _S, "The input table."),
        Column("key", _S, "The row: its key, or what an edit names it by."),
        Column("column", _S, "The column; empty: one branch deletes the row that the other one changes."),
        Column("change_a", _S, "What the first branch does.", choices=("changed", "inserted", "deleted")),
        Column("change_b", _S, "What the second branch does.", choices=("changed", "inserted", "deleted")),
        Column("base_value", _S, "The value that both started from, as text."),
        Column("value_a", _S, "The value of the first branch."),
        Column("value_b", _S, "The value of the second branch."),
    ),
    key=("table", "key", "column"),
)
Choices = Mapping[tuple[str, str, str], Side]


class MergeConflictError(PlanningError):
    """Two branches want the same cells differently, and nothing says which one wins.

    Parameters
    ----------
    conflicts
        The table ``merge_conflicts``.
    """

    def __init__(self, conflicts: pl.DataFrame) -> None:
        cells = conflicts.select(pl.concat_str(pl.col("table", "key", "column"), separator=" ")).to_series()
        super().__init__("merge_conflict", "both branches change, and not alike; choose a side", cells.to_list())
        self.conflicts = conflicts


@dataclass(frozen=True, slots=True)
class Branch:
    """One side of a merge: its edits, and the data set that they give."""

    edits: tuple[Edit, ...]
    data: PlanningData


def merge_conflicts(base: PlanningData, a: PlanningData, b: PlanningData) -> pl.DataFrame:
    """Return the table ``merge_conflicts`` of two data sets that come from one.

    Notes
    -----
    Cells that both branches change to the same value are no conflict; nor are rows that both delete.
    """
    parts = [MERGE_CONFLICTS.empty()]
    for name, table in INPUT_TABLES.items():
        frames = [data.tables.get(name, pl.DataFrame()) for data in (base, a, b)]
        if frames[1] is frames[0] or frames[2] is frames[0] or frames[1] is frames[2]:
            continue
        found = _conflicts(
            cell_changes(table, frames[0], frames[1], "a"), cell_changes(table, frames[0], frames[2], "b")
        )
        parts.append(found.with_columns(table=pl.lit(name)).select(MERGE_CONFLICTS.column_names))
    return pl.concat(parts)


def _conflicts(a: pl.DataFrame, b: pl.DataFrame) -> pl.DataFrame:
    """Return the cells that both change differently, and the rows that one deletes and the other changes."""
    cells = a.join(b, on=["key", "column"], suffix="_b", maintain_order="left")
    cells = cells.filter(pl.col("value") != pl.col("value_b"), pl.col("column") != "")
    gone = [side.filter(change="deleted").select("key", "change") for side in (a, b)]
    touched = [side.filter(pl.col("change") != "deleted").select("key", "change").unique("key") for side in (a, b)]
    rows = [
        gone[0].join(touched[1], on="key", suffix="_b", maintain_order="left"),
        touched[0].join(gone[1], on="key", suffix="_b", maintain_order="right"),
    ]
    empty = {name: pl.lit("") for name in ("column", "base_value", "value", "value_b")}
    names = ["key", "column", "change", "change_b", "base_value", "value", "value_b"]
    both = pl.concat([cells.select(names), *(part.with_columns(**empty).select(names) for part in rows)])
    return both.rename({"change": "change_a", "value": "value_a"}).sort("key", "column")


def merged_edits(base: PlanningData, a: Branch, b: Branch, choices: Choices | Side | None = None) -> tuple[Edit, ...]:
    """Return the edits of both branches: as written, when that does the same in either order; else cell by cell.

    Parameters
    ----------
    base
        The data set that both branches come from.
    a, b
        The branches.
    choices
        Which side wins, for each conflict by (table, key, column), or for all of them.

    Raises
    ------
    MergeConflictError
        When there are conflicts for which no side is chosen.
    DataError
        When the merged data set has errors, such as an order of one branch for an item that the other one deletes.
    """
    conflicts = merge_conflicts(base, a.data, b.data)
    loses = _losers(conflicts, choices)
    edits: list[Edit] = []
    for name, table in INPUT_TABLES.items():
        frame = base.tables.get(name, pl.DataFrame())
        for side, branch in (("a", a), ("b", b)):
            version = branch.data.tables.get(name, pl.DataFrame())
            if version is not frame:
                left_out = conflicts.filter(pl.col("table") == name, loses == side).select("key", "column")
                if side == "b":
                    left_out = pl.concat([left_out, _gone_in_both(table, frame, a.data, b.data)])
                edits += edits_between(table, frame, version, side, left_out)
    merged = apply_edits(base, edits)
    if (
        conflicts.is_empty()
        and _gives(base, (*a.edits, *b.edits), merged)
        and _gives(base, (*b.edits, *a.edits), merged)
    ):
        return (*a.edits, *b.edits)
    return tuple(edits)


def _gone_in_both(table: Table, frame: pl.DataFrame, a: PlanningData, b: PlanningData) -> pl.DataFrame:
    """Return the rows that both branches delete: once is enough."""
    keys = with_key(table, frame).select(KEY)
    for data in (a, b):
        keys = keys.join(with_key(table, data.tables.get(table.name, pl.DataFrame())), on=KEY, how="anti")
    return keys.select(key=KEY, column=pl.lit(""))


def _losers(conflicts: pl.DataFrame, choices: Choices | Side | None) -> pl.Series:
    """Return the side that gives way in each conflict."""
    keys = conflicts.select("table", "key", "column").rows()
    wins = [choices if isinstance(choices, str) else (choices or {}).get(key) for key in keys]
    open_ones = pl.Series([side is None for side in wins], dtype=pl.Boolean)
    if open_ones.any():
        raise MergeConflictError(conflicts.filter(open_ones))
    return pl.Series("loses", ["b" if side == "a" else "a" for side in wins], dtype=pl.String)


def _gives(base: PlanningData, edits: Sequence[Edit], wanted: PlanningData) -> bool:
    """Return whether edits make a data set into another one."""
    try:
        made = apply_edits(base, edits)
    except DataError:
        return False
    return all(is_same_table(table, made.table(name), wanted.table(name)) for name, table in INPUT_TABLES.items())
