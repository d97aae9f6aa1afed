"""Frames on the console: a table for people, CSV and JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from io import StringIO
from typing import Any

import polars as pl
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

# Wide enough for any row: a table in a pipe is cut and searched by line, so no line of it is folded.
_PIPE_WIDTH = 100_000
# How the columns of money end; costs of single units keep their decimals, amounts do not need them.
_MONEY = ("cost", "costs", "price", "revenue", "margin", "value", "touched", "before", "after", "difference")
_AMOUNT = 100.0


class FrameFormat(StrEnum):
    """How a frame is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def print_frame(
    frame: pl.DataFrame,
    form: FrameFormat,
    title: str = "",
    facts: Mapping[str, Any] | None = None,
    shown: pl.DataFrame | None = None,
) -> None:
    """Print a frame.

    Parameters
    ----------
    frame
        What csv and json write.
    form
        How.
    title
        The line above a table.
    facts
        What json says beside the rows.
    shown
        What a table shows in the place of ``frame``.
    """
    if form is FrameFormat.CSV:
        typer.echo(frame.write_csv(), nl=False)
    elif form is FrameFormat.JSON:
        content = {**(facts or {}), "rows": frame.to_dicts()}
        typer.echo(json.dumps(content, ensure_ascii=False, indent=2, default=_json_value))
    else:
        _print_table(frame if shown is None else shown, title)


def cell(value: object) -> str:
    """Return a cell as text: numbers with at most six decimals and no zeros at the end, empty cells empty.

    Examples
    --------
    >>> cell(2.0), cell(0.1 + 0.2), cell(None), cell(True)
    ('2', '0.3', '', 'yes')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, float):
        text = f"{value:.6f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text
    return str(value)


def money_cell(value: object) -> str:
    """Return a cell of a column of money: an amount of 100 or more with two decimals at most.

    Examples
    --------
    >>> money_cell(1912.1544), money_cell(0.03125), money_cell(-250.0), money_cell(None)
    ('1912.15', '0.03125', '-250', '')
    """
    if isinstance(value, float) and abs(value) >= _AMOUNT:
        return cell(round(value, 2))
    return cell(value)


def _print_table(frame: pl.DataFrame, title: str) -> None:
    """Print a frame as a table, numbers to the right."""
    if title:
        typer.echo(title)
    if frame.is_empty():
        typer.echo("nothing")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, dtype in frame.schema.items():
        table.add_column(name, justify="right" if dtype.is_numeric() else "left", overflow="fold")
    texts = [money_cell if name.endswith(_MONEY) else cell for name in frame.columns]
    for row in frame.iter_rows():
        table.add_row(*(Text(text(value)) for text, value in zip(texts, row, strict=True)))
    if sys.stdout.isatty():
        Console().print(table)
    else:
        text = StringIO()
        Console(file=text, width=_PIPE_WIDTH, color_system=None).print(table)
        typer.echo("\n".join(line.rstrip() for line in text.getvalue().splitlines()))


def _json_value(value: object) -> str:
    """Return a date as text."""
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
