"""The checks of one frame against its table's declaration."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from bom.cells import read_column
from bom.errors import Severity
from bom.findings import Problem, Remedy, rows_where, texts_of
from bom.schema import Column, Dtype, Table


@dataclass(frozen=True, slots=True)
class Conformed:
    """A frame in the dtypes of its declaration, and what was wrong with it.

    Parameters
    ----------
    frame
        The frame; a cell that could not be read is null in it.
    problems
        What was wrong.
    """

    frame: pl.DataFrame
    problems: tuple[Problem, ...]


def conform(frame: pl.DataFrame, table: Table) -> Conformed:
    """Return the frame with the declared columns it has, in the declared dtypes.

    Examples
    --------
    >>> from bom.tables import SITES
    >>> conform(pl.DataFrame({"site_id": [" 010 "]}), SITES).frame.rows()
    [('010',)]
    """
    problems = [*_missing_columns(frame, table), *_unknown_columns(frame, table)]
    series: list[pl.Series] = []
    for name in frame.columns:
        if name in table.column_names:
            values, found = _conform_column(frame.get_column(name), table, table.column(name))
            series.append(values)
            problems.extend(found)
        elif table.carries_extra:
            series.append(frame.get_column(name))
    return Conformed(pl.DataFrame(series) if series else pl.DataFrame(), tuple(problems))


def _missing_columns(frame: pl.DataFrame, table: Table) -> list[Problem]:
    """Return a problem for each required column that the frame does not have."""
    return [
        Problem(
            "missing_column",
            table.name,
            column.name,
            f"the required column {column.name} is missing; the table needs it ({column.description})",
            remedy=Remedy.TABLE,
        )
        for column in table.columns
        if column.is_required and column.name not in frame.columns
    ]


def _unknown_columns(frame: pl.DataFrame, table: Table) -> list[Problem]:
    """Return a warning for each column that is not declared, with the nearest name that is."""
    kept = "it is kept with the row" if table.carries_extra else "it is not read"
    return [
        Problem(
            "unknown_column",
            table.name,
            name,
            f"{name} is not a column of {table.name}; {kept}{did_you_mean(name, table.column_names)}",
            values=(name,),
            severity=Severity.WARNING,
            remedy=Remedy.NOTHING,
        )
        for name in frame.columns
        if name not in table.column_names
    ]


def did_you_mean(name: str, names: Sequence[str]) -> str:
    """Return ``; did you mean ...?`` with the nearest of ``names``, or nothing when none is near.

    Examples
    --------
    >>> did_you_mean("lead_tme_days", ["lead_time_days", "supply_type"])
    '; did you mean lead_time_days?'
    """
    near = difflib.get_close_matches(name.strip().lower(), names, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _conform_column(values: pl.Series, table: Table, column: Column) -> tuple[pl.Series, list[Problem]]:
    """Return one column in its dtype, with problems for cells that cannot be read and required cells that are empty."""
    read = read_column(values, column)
    problems: list[Problem] = []
    if read.is_bad is not None:
        rows = rows_where(read.is_bad)
        problems.append(
            Problem(
                f"unreadable_{column.dtype}",
                table.name,
                column.name,
                f"is not {_EXPECTED[column.dtype]}",
                rows,
                texts_of(values, rows),
            )
        )
    if column.is_required and column.default is None and read.values.null_count():
        is_empty = read.values.is_null() if read.is_bad is None else read.values.is_null() & ~read.is_bad
        rows = rows_where(is_empty)
        if len(rows):
            problems.append(
                Problem("missing_value", table.name, column.name, f"{column.name} is empty; a value is required", rows)
            )
    return read.values, problems


_EXPECTED = {
    Dtype.STRING: "a text",
    Dtype.INTEGER: "a whole number",
    Dtype.FLOAT: "a number",
    Dtype.BOOLEAN: "true or false",
    Dtype.DATE: "a date such as 2026-11-22",
    Dtype.DATETIME: "a date and time such as 2026-11-22T06:00:00",
}
