"""Changes of tables: rows put in by key, rows deleted by key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from api.io.json_rows import frame_of_rows
from bom.checks import conform
from bom.errors import DataError
from bom.findings import Problem, findings_of
from bom.schema import Table
from planning.tables import INPUT_TABLES

Row = Mapping[str, Any]

GROUPS: dict[str, tuple[str, ...]] = {
    "allocations": ("order_id",),
    "demand_history": ("item_id", "site_id", "date"),
    "item_suppliers": ("item_id", "supplier_id", "site_id"),
    "lead_time_history": ("item_id", "release_date"),
    "on_hand": ("item_id", "site_id"),
    "operations": ("item_id", "site_id"),
}
"""Tables without a key: the rows that share these columns are replaced together."""


@dataclass(frozen=True, slots=True)
class TableChange:
    """What changes in one table.

    Parameters
    ----------
    table
        The table.
    upserts
        Rows to put in; a cell that is not given stays as it is.
    deletes
        The keys of rows to take out.
    """

    table: str
    upserts: Sequence[Row] = ()
    deletes: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """A table after its changes.

    Parameters
    ----------
    frame
        The table.
    inserted, updated, deleted
        How many rows were new, were there already, and were taken out.
    absent
        How many keys of deletes had no row.
    """

    frame: pl.DataFrame
    inserted: int
    updated: int
    deleted: int
    absent: int


def key_columns(table: Table) -> tuple[str, ...]:
    """Return the columns by which changes name the rows of a table.

    Examples
    --------
    >>> key_columns(INPUT_TABLES["items"]), key_columns(INPUT_TABLES["on_hand"])
    (('item_id',), ('item_id', 'site_id'))
    """
    return table.key or GROUPS[table.name]


def change_table(frame: pl.DataFrame | None, change: TableChange) -> Changed:
    """Return a table with its changes.

    A row of a table without a key replaces all rows of its group (:data:`GROUPS`); other rows are put in by key, and
    keep the cells that are not given.

    Parameters
    ----------
    frame
        The table before, in its declared dtypes; ``None`` when the data set does not have it.
    change
        What changes.

    Raises
    ------
    DataError
        When a row cannot be read, has no key, or a key comes twice.

    Examples
    --------
    >>> items = pl.DataFrame({"item_id": ["A", "B"], "lead_time_days": [1, 2]})
    >>> change = TableChange("items", [{"item_id": "B", "lead_time_days": 5}, {"item_id": "C"}], [{"item_id": "A"}])
    >>> change_table(items, change).frame.rows()
    [('B', 5), ('C', None)]
    """
    table = INPUT_TABLES[change.table]
    key = list(key_columns(table))
    before = table.empty().select(key) if frame is None else frame
    upserts = [_read(rows, table, change.upserts) for rows in _by_columns(change.upserts)]
    deletes = _read(list(range(len(change.deletes))), table, change.deletes).select(key) if change.deletes else None
    _check_keys([*upserts, *([deletes] if deletes is not None else [])], table, is_unique=bool(table.key))
    keyed = _with_key(before, table, key)
    n_before, absent = keyed.height, 0
    if deletes is not None:
        absent = deletes.join(keyed, on=key, how="anti", nulls_equal=True).height
        keyed = keyed.join(deletes, on=key, how="anti", nulls_equal=True)
    deleted, inserted, updated = n_before - keyed.height, 0, 0
    for rows in upserts:
        is_there = rows.join(keyed.select(key).unique(), on=key, how="semi", nulls_equal=True)
        updated += is_there.height
        inserted += rows.height - is_there.height
        keyed = _put(keyed, rows, is_there, key) if table.key else _replace_groups(keyed, rows, key)
    added = [name for name in key if frame is None or name not in frame.columns]
    empty = [
        name for name in added if keyed.get_column(name).null_count() == keyed.height and name not in _given(change)
    ]
    return Changed(keyed.drop(empty), inserted, updated, deleted, absent)


def _given(change: TableChange) -> set[str]:
    """Return the columns that the upserts of a change name."""
    return {name for row in change.upserts for name in row}


def _by_columns(rows: Sequence[Row]) -> list[list[int]]:
    """Return the positions of rows that name the same columns."""
    groups: defaultdict[frozenset[str], list[int]] = defaultdict(list)
    for position, row in enumerate(rows):
        groups[frozenset(row)].append(position)
    return list(groups.values())


def _read(positions: list[int], table: Table, rows: Sequence[Row]) -> pl.DataFrame:
    """Return rows in the declared dtypes, with all key columns."""
    declared = conform(frame_of_rows([rows[position] for position in positions]), table)
    key = list(key_columns(table))
    ignored = {"missing_column"}  # a change names the columns that it changes
    problems = [problem for problem in declared.problems if problem.code not in ignored]
    if problems:
        raise DataError(findings_of(problems, [table.name]))
    return _with_key(declared.frame, table, key)


def _with_key(frame: pl.DataFrame, table: Table, key: Sequence[str]) -> pl.DataFrame:
    """Return a frame with all columns of the key; an absent one is empty, and means the default."""
    absent = [pl.lit(None, table.column(name).dtype.polars).alias(name) for name in key if name not in frame.columns]
    return frame.with_columns(absent) if absent else frame


def _check_keys(frames: Sequence[pl.DataFrame], table: Table, is_unique: bool) -> None:
    """Check that every row has a key, and that no key comes twice where it names one row."""
    key = list(key_columns(table))
    keys = pl.concat([frame.select(key) for frame in frames]) if frames else pl.DataFrame()
    problems: list[Problem] = []
    needed = [name for name in key if table.column(name).is_required] or key[:1]
    for name in needed if keys.height else ():
        if keys.get_column(name).null_count():
            problems.append(Problem("missing_value", table.name, name, f"a change has no {name}, which names its row"))
    if is_unique and keys.height and keys.is_duplicated().any():
        problems.append(Problem("duplicate_key", table.name, key[0], "a message changes a row twice"))
    if problems:
        raise DataError(findings_of(problems, [table.name]))


def _put(before: pl.DataFrame, rows: pl.DataFrame, is_there: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Return a frame in which rows with the same key have the given cells, and the others are put at the end."""
    given = [name for name in rows.columns if name not in key]
    new = rows.join(is_there.select(key), on=key, how="anti", nulls_equal=True)
    changed = is_there.select(
        *key, *(pl.col(name).alias(f"{name} (new)") for name in given), pl.lit(True).alias(" is new")
    )
    joined = before.join(changed, on=key, how="left", nulls_equal=True, maintain_order="left")
    columns = [
        pl.when(pl.col(" is new"))
        .then(pl.col(f"{name} (new)"))
        .otherwise(pl.col(name) if name in before.columns else None)
        .alias(name)
        for name in given
    ]
    return pl.concat(
        [joined.with_columns(columns).select(*before.columns, *(n for n in given if n not in before.columns)), new],
        how="diagonal_relaxed",
    )


def _replace_groups(before: pl.DataFrame, rows: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Return a frame in which the groups of the rows hold these rows and no others."""
    rest = before.join(rows.select(key).unique(), on=key, how="anti", nulls_equal=True, maintain_order="left")
    return pl.concat([rest, rows], how="diagonal_relaxed")
