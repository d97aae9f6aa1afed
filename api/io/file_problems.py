"""What a file gives: a frame, and what is wrong with the file as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from bom.errors import Severity
from bom.findings import Problem, Remedy


@dataclass(frozen=True, slots=True)
class ReadTable:
    """What was read from one file or sheet.

    Parameters
    ----------
    frame
        The cells; ``None`` when the file cannot be read.
    problems
        What is wrong with the file.
    """

    frame: pl.DataFrame | None
    problems: tuple[Problem, ...] = ()


def unreadable_file(table: str, name: str, message: str, code: str = "unreadable_file") -> ReadTable:
    """Return the result of a file that gives no table, with the error that names it.

    Examples
    --------
    >>> unreadable_file("demands", "demands.parquet", "the file is cut off").problems[0].message
    'demands.parquet: the file is cut off'
    """
    return ReadTable(None, (file_problem(code, table, name, message),))


def file_problem(code: str, table: str, name: str, message: str, severity: Severity = Severity.ERROR) -> Problem:
    """Return the problem of a whole file."""
    remedy = Remedy.TABLE if severity is Severity.ERROR else Remedy.NOTHING
    return Problem(code, table, "", f"{name}: {message}", values=(name,), severity=severity, remedy=remedy)


def named_columns(frame: pl.DataFrame, header: Sequence[str], table: str) -> ReadTable:
    """Return the frame with the names of the header; of columns with the same name the first, and an error.

    A column without a name is named by its place, and left out when it has no cells.

    Examples
    --------
    >>> cells = pl.DataFrame({"a": ["1"], "b": ["2"], "c": [None]})
    >>> read = named_columns(cells, ["site_id", "site_id", ""], "sites")
    >>> read.frame.columns, read.problems[0].message
    (['site_id'], 'the column site_id is there twice')
    """
    columns: dict[str, pl.Series] = {}
    again: list[str] = []
    for place, (name, values) in enumerate(zip(header, frame.get_columns(), strict=False), 1):
        if name in columns:
            again.append(name)
        elif name or values.null_count() < len(values):
            columns[name or f"column_{place}"] = values.alias(name or f"column_{place}")
    problems = tuple(
        Problem(
            "duplicate_column", table, name, f"the column {name} is there twice", values=(name,), remedy=Remedy.TABLE
        )
        for name in dict.fromkeys(again)
    )
    return ReadTable(pl.DataFrame(list(columns.values())), problems)


def without_blank_rows(frame: pl.DataFrame | None) -> pl.DataFrame | None:
    """Return the frame without the rows in which no cell is filled, as blank lines leave them.

    Examples
    --------
    >>> without_blank_rows(pl.DataFrame({"a": ["1", None], "b": [None, ""]})).rows()
    [('1', None)]
    """
    if frame is None or frame.width == 0:
        return frame
    is_blank = pl.all_horizontal(pl.all().is_null() | (pl.all() == ""))
    return frame.filter(~is_blank) if frame.select(is_blank.any()).item() else frame
