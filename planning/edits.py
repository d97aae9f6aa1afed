"""Edits of a data set: rows added, changed or deleted, one value of a selection of rows changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
import polars as pl

from bom.checks import conform
from bom.errors import DataError
from bom.findings import Problem, Remedy, findings_of
from bom.hints import did_you_mean
from bom.schema import Column, Dtype, Table
from planning.checks import validate
from planning.data import PlanningData
from planning.editing.rows import EditError, address_columns, has_generated_ids, matched_rows, row_ids
from planning.editing.selection import Condition, cells_of, declared_column, read_value, selected_rows
from planning.tables import INPUT_TABLES

__all__ = ["Change", "Condition", "Delete", "Edit", "Upsert", "apply_edits", "edited_frame", "made_edits"]

Operation = Literal["set", "add", "multiply"]
# Beyond what a float64 counts in ones; the check of the data set says what is wrong with such a number.
_FAR = 2.0**53


@dataclass(frozen=True, slots=True)
class Upsert:
    """Rows that are changed where they are there, and added where they are not.

    Parameters
    ----------
    table
        The table.
    rows
        What says which row is meant (``docs/concepts/net_change.md``), and the columns to be set; an empty cell
        empties.
    """

    table: str
    rows: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Delete:
    """Rows that are taken out: all that agree with a row of ``rows``."""

    table: str
    rows: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Change:
    """One column changed in all rows that fulfil the conditions.

    Parameters
    ----------
    table, where
        The rows: all that fulfil every condition.
    column
        What is changed.
    operation, value
        ``set`` to the value (``None`` empties), ``add`` it (to a date: days) or ``multiply`` by it.

    Examples
    --------
    >>> change = Change("demands", (Condition("items.family", "=", "bikes"),), "quantity", "multiply", 1.2)
    """

    table: str
    where: tuple[Condition, ...]
    column: str
    operation: Operation
    value: Any


Edit: TypeAlias = Upsert | Delete | Change


def apply_edits(data: PlanningData, edits: Sequence[Edit]) -> PlanningData:
    """Return the data set with the edits made, one after the other, and validated.

    Raises
    ------
    DataError
        With all findings: those of the edits, and those of the data set that they would give.

    Examples
    --------
    >>> from planning.checks import validate
    >>> tables = {"items": pl.DataFrame({"item_id": ["bike"], "lead_time_days": [5]})}
    >>> data = validate(tables, {"as_of": "2026-11-22"}).data
    >>> edited = apply_edits(data, [Change("items", (), "lead_time_days", "add", 10)])
    >>> edited.table("items")["lead_time_days"].item()
    15
    """
    tables = dict(data.tables)
    problems: list[Problem] = []
    for number, edit in enumerate(edits, 1):
        name = f"edit {number} ({edit.table})"
        try:
            tables[edit.table], found = edited_frame(tables, edit)
        except EditError as refused:
            found = [_told(refused)]
        problems += [replace(problem, table=name) for problem in found]
    findings = findings_of(problems, [])
    try:
        edited = validate(tables, data.settings).data
    except DataError as error:
        raise DataError([*findings, *error.findings]) from error
    if findings:
        raise DataError(findings)
    return edited


def made_edits(data: PlanningData, edits: Sequence[Edit]) -> PlanningData:
    """Return the data set with edits made that are known to be right: :func:`apply_edits` without the check."""
    tables = dict(data.tables)
    for edit in edits:
        tables[edit.table], _ = edited_frame(tables, edit)
    for name in {edit.table for edit in edits}:
        tables[name] = conform(tables[name], INPUT_TABLES[name]).frame
    return PlanningData(data.settings, tables)


def _told(refused: EditError) -> Problem:
    """Return the problem of a refused edit."""
    rows = np.array([refused.row] if refused.row >= 0 else [], dtype=np.int64)
    return Problem(refused.code, "", refused.column, refused.message, rows, (refused.value,), remedy=Remedy.STOP)


def edited_frame(tables: Mapping[str, pl.DataFrame], edit: Edit) -> tuple[pl.DataFrame, list[Problem]]:
    """Return the frame of the edit's table with the edit made, not validated, and what is wrong with the edit.

    Raises
    ------
    EditError
        When the edit cannot be made.
    """
    if edit.table not in INPUT_TABLES:
        hint = did_you_mean(edit.table, list(INPUT_TABLES))
        raise EditError("unknown_table", "", edit.table, f"{edit.table} is not an input table{hint}")
    table = INPUT_TABLES[edit.table]
    frame = tables.get(edit.table)
    if isinstance(edit, Change):
        return _changed({**tables, edit.table: table.empty() if frame is None else frame}, table, edit), []
    rows, problems = edit_rows(table, edit, frame)
    if frame is None:
        frame = rows.clear() if isinstance(edit, Upsert) else table.empty()
    if isinstance(edit, Delete):
        return _deleted(table, frame, rows), problems
    return _upserted(table, frame, rows), problems


def edit_rows(table: Table, edit: Upsert | Delete, frame: pl.DataFrame | None) -> tuple[pl.DataFrame, list[Problem]]:
    """Return the rows of an edit in the dtypes of their table, and what could not be read.

    Raises
    ------
    EditError
        When a column is not one of the table.
    """
    conformed = conform(edit.rows, table)
    problems = [p for p in conformed.problems if p.code not in ("missing_column", "unknown_column")]
    known = table.empty() if frame is None else frame
    extra: dict[str, pl.Series] = {}
    for name in edit.rows.columns:
        if name not in table.column_names:
            column = declared_column(table, known, name)
            values = [None if value is None else read_value(column, value) for value in edit.rows.get_column(name)]
            extra[name] = pl.Series(name, values, dtype=known.schema[name])
    return conformed.frame.with_columns(**extra) if extra else conformed.frame, problems


def _upserted(table: Table, frame: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with rows changed or added at the end."""
    address = address_columns(table, rows)
    found = matched_rows(table, frame, rows, address)
    _refuse_ambiguous(table, rows, found, address)
    at = found.get_column("row").to_numpy()
    by = found.get_column("edit_row").to_numpy()
    is_new = np.ones(rows.height, dtype=np.bool_)
    is_new[by] = False
    if frame.width == 0:
        frame = rows.clear()
    source = np.arange(frame.height)
    source[at] = frame.height + by
    changed = [
        pl.concat([cells_of(frame, _column(table, frame, rows, name), is_filled=False), rows.get_column(name)])
        .gather(source)
        .alias(name)
        for name in rows.columns
        if name not in address or name not in frame.columns
    ] if at.size else []  # fmt: skip
    updated = frame.with_columns(changed)
    added = _with_free_ids(table, updated, rows.filter(pl.Series(is_new, dtype=pl.Boolean)))
    return pl.concat([updated, added], how="diagonal") if added.height else updated


def _column(table: Table, frame: pl.DataFrame, rows: pl.DataFrame, name: str) -> Column:
    return declared_column(table, frame if name in frame.columns else rows, name)


def _refuse_ambiguous(table: Table, rows: pl.DataFrame, found: pl.DataFrame, address: tuple[str, ...]) -> None:
    """Refuse an upsert when one of its rows names two rows of the table, or two of its rows name the same one."""
    if found.get_column("edit_row").is_duplicated().any():
        row = int(found.filter(pl.col("edit_row").is_duplicated()).get_column("edit_row").item(0))
        count = found.filter(pl.col("edit_row") == row).height
        told = _address_text(table, rows, address, row)
        message = f"{told} names {count} rows of {table.name}; add columns that tell them apart, or use change"
        raise EditError("ambiguous_row", ", ".join(address), told, message, row)
    if not address:
        return
    keys = table.filled(rows, address)
    is_twice = keys.is_duplicated()
    if has_generated_ids(table) and address == table.key:
        is_twice = is_twice & keys.to_series().is_not_null()
    if is_twice.any():
        row = int(is_twice.arg_true()[-1])
        told = _address_text(table, rows, address, row)
        raise EditError("duplicate_key", ", ".join(address), told, f"{told} stands twice in the edit", row)


def _address_text(table: Table, rows: pl.DataFrame, address: tuple[str, ...], row: int) -> str:
    return ", ".join(str(value) for value in table.filled(rows, address).row(row) if value is not None)


def _with_free_ids(table: Table, frame: pl.DataFrame, added: pl.DataFrame) -> pl.DataFrame:
    """Return new rows in which an id that would be generated, and that another row has, is replaced by a free one."""
    if not has_generated_ids(table) or table.key[0] not in frame.columns:
        return added
    name = table.key[0]
    given = cells_of(added, table.column(name), is_filled=False).to_list()
    taken = {text for text in frame.get_column(name).drop_nulls().to_list() if text.startswith(f"{table.name}:")}
    taken |= {text for text in given if text}
    if not taken:
        return added
    ids: list[str | None] = []
    for number, text in enumerate(given, frame.height + 1):
        generated = number
        while not text and f"{table.name}:{generated}" in taken:
            generated += 1
        ids.append(text or (f"{table.name}:{generated}" if generated != number else None))
        taken.add(text or f"{table.name}:{generated}")
    return added.with_columns(pl.Series(name, ids, dtype=pl.String))


def _deleted(table: Table, frame: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the frame without the rows that are named; the others keep the ids that were generated for them."""
    address = address_columns(table, rows)
    if not address:
        raise EditError("missing_column", table.key[0], "", f"{table.key[0]} is missing: it says which rows are meant")
    others = [name for name in rows.columns if name not in address]
    if others:
        message = f"a row of {table.name} is named by {', '.join(address)}, not by {others[0]}"
        raise EditError("unexpected_column", others[0], others[0], message)
    found = matched_rows(table, frame, rows, address)
    missing = sorted(set(range(rows.height)) - set(found.get_column("edit_row").to_list()))
    if missing:
        told = _address_text(table, rows, address, missing[0])
        message = f"there is no row {told} in {table.name}"
        raise EditError("unknown_row", ", ".join(address), told, message, missing[0])
    if has_generated_ids(table) and found.height and frame.height:
        frame = frame.with_columns(row_ids(table, frame))
    is_kept = np.ones(frame.height, dtype=np.bool_)
    is_kept[found.get_column("row").to_numpy()] = False
    return frame.filter(pl.Series(is_kept, dtype=pl.Boolean))


def _changed(tables: Mapping[str, pl.DataFrame], table: Table, edit: Change) -> pl.DataFrame:
    """Return the frame with one column changed in the selected rows."""
    frame = tables[table.name]
    column = declared_column(table, frame, edit.column)
    selected = selected_rows(tables, table.name, edit.where)
    if not selected.any():
        return frame
    values = new_values(column, cells_of(frame, column), edit)
    kept = cells_of(frame, column, is_filled=False)
    return frame.with_columns(kept.zip_with(~selected, values).alias(column.name))


def new_values(column: Column, cells: pl.Series, edit: Change) -> pl.Series:
    """Return the changed value of every cell."""
    if edit.operation == "set":
        value = None if edit.value is None else read_value(column, edit.value)
        return pl.Series(column.name, [value], dtype=cells.dtype).new_from_index(0, len(cells))
    number = read_value(Column(column.name, Dtype.FLOAT, ""), edit.value)
    if edit.operation not in ("add", "multiply") or number is None or not abs(number) < _FAR:
        what = edit.value if edit.operation in ("add", "multiply") else edit.operation
        raise EditError("unreadable_value", column.name, what, f"{what} cannot be used to change {column.name}")
    if column.dtype is Dtype.DATE and edit.operation == "add" and number == int(number) and abs(number) < 1e6:
        return cells.to_frame("c").select((pl.col("c") + pl.duration(days=int(number))).cast(pl.Date)).to_series()
    if column.dtype not in (Dtype.INTEGER, Dtype.FLOAT):
        message = f"{column.name} is a {column.dtype}, which {edit.operation} {edit.value} cannot change"
        raise EditError("unreadable_value", column.name, edit.value, message)
    changed: pl.Series = cells + number if edit.operation == "add" else cells * number
    return (changed + 0.5).floor().clip(-_FAR, _FAR).cast(pl.Int64) if column.dtype is Dtype.INTEGER else changed
