"""The command ``lotwright check``: every finding of a data set."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.io.dataset import DatasetError, read_dataset
from bom.errors import DataError, Finding, Severity
from planning.checks import validate

EXIT_WITH_ERRORS = 1
EXIT_NO_DATA_SET = 2
_COLUMNS = ("severity", "table", "row", "column", "value", "code", "message")


class Format(StrEnum):
    """How findings are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def check(
    dataset: Annotated[Path, typer.Argument(help="A folder of CSV or Parquet files, or an .xlsx file.")],
    as_of: Annotated[str | None, typer.Option(help="The planning date, over the one in settings.toml.")] = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="table on a terminal, csv in a pipe, unless given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Print every finding of a data set. Exit 0: no errors; 1: errors; 2: this is not a data set."""
    try:
        findings = findings_of_dataset(dataset, as_of)
    except DatasetError as error:
        typer.echo(f"lotwright: {error}", err=True)
        raise typer.Exit(EXIT_NO_DATA_SET) from error
    is_terminal = sys.stdout.isatty()
    form = Format.JSON if as_json else form or (Format.TABLE if is_terminal else Format.CSV)
    _WRITERS[form](findings)
    if form is not Format.JSON:
        typer.echo(count_line(findings), err=form is Format.CSV)
    if n_errors(findings):
        raise typer.Exit(EXIT_WITH_ERRORS)


def findings_of_dataset(path: Path, as_of: str | None = None) -> tuple[Finding, ...]:
    """Return every finding of the data set at ``path``.

    Raises
    ------
    DatasetError
        When the path is not a data set.
    """
    raw = read_dataset(path)
    settings = {**raw.settings, "as_of": as_of} if as_of else raw.settings
    try:
        return validate(raw.tables, settings, problems=raw.problems).findings
    except DataError as error:
        return error.findings


def n_errors(findings: Sequence[Finding]) -> int:
    """Return how many of the findings are errors."""
    return sum(finding.severity is Severity.ERROR for finding in findings)


def count_rows(findings: Sequence[Finding], severity: Severity) -> int:
    """Return how many errors, or warnings, the findings stand for, those that are only summed up included."""
    return sum(finding.count for finding in findings if finding.severity is severity)


def count_line(findings: Sequence[Finding]) -> str:
    """Return the counts, and with errors what to do next.

    Examples
    --------
    >>> count_line([])
    'no errors, no warnings'
    """
    errors, warnings = (count_rows(findings, severity) for severity in (Severity.ERROR, Severity.WARNING))
    line = f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}"
    return f"{line}: fix the errors, or plan the rest with --on-error quarantine" if errors else line


def _counted(count: int, noun: str) -> str:
    """Return a count with its noun."""
    return f"{f'{count:,}' if count else 'no'} {noun}{'' if count == 1 else 's'}"


def print_findings(findings: Sequence[Finding]) -> None:
    """Print the findings as a table."""
    if not findings:
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("", "table", "row", "column", "value", "message"):
        table.add_column(name, justify="right" if name == "row" else "left", overflow="fold")
    for finding in findings:
        style = "red" if finding.severity is Severity.ERROR else "yellow"
        cells = (finding.table, str(finding.row or ""), finding.column, finding.value, finding.message)
        table.add_row(Text(finding.severity, style=style), *(Text(cell) for cell in cells))
    Console().print(table)


def _write_csv(findings: Sequence[Finding]) -> None:
    """Print the findings as CSV."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows([getattr(finding, name) for name in _COLUMNS] for finding in findings)


def _write_json(findings: Sequence[Finding]) -> None:
    """Print the findings and their counts as JSON."""
    counts = {f"{severity}s": count_rows(findings, severity) for severity in Severity}
    typer.echo(
        json.dumps({**counts, "findings": [asdict(finding) for finding in findings]}, ensure_ascii=False, indent=2)
    )


_WRITERS = {Format.TABLE: print_findings, Format.CSV: _write_csv, Format.JSON: _write_json}
