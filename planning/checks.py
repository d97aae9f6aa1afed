"""The check of a data set: every finding at once, and the data that a plan can be made from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

from bom.checks import check_values, conform
from bom.errors import DataError, Finding, Severity
from bom.findings import Problem, Remedy, findings_of
from bom.hints import did_you_mean
from planning.checking.cycles import cycle_problems
from planning.checking.forecast_items import forecast_item_circles
from planning.checking.lot_sizing_costs import cost_problems
from planning.checking.parameters import parameter_problems
from planning.checking.quarantine import nothing_reported, quarantine
from planning.checking.references import unknown_ids
from planning.checking.row_rules import row_problems
from planning.checking.sales_plan import unknown_families
from planning.checking.transfers import transfer_sources, transfers_without_source
from planning.checking.unread import unread_input
from planning.data import PlanningData, Settings
from planning.settings import read_settings
from planning.tables import INPUT_TABLES

CYCLE_CODES = ("cycle", "own_component")

Choice = Literal["error", "quarantine"]


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """A checked data set.

    Parameters
    ----------
    data
        What can be planned.
    findings
        Every finding, by table, row and column; with quarantine the errors too.
    left_out
        What quarantine left out: table, row (0: the whole table), column, code, value, message.
    assumed
        The cells that quarantine emptied, and what is assumed in their place; the same columns.
    """

    data: PlanningData
    findings: tuple[Finding, ...]
    left_out: pl.DataFrame = field(default_factory=nothing_reported)
    assumed: pl.DataFrame = field(default_factory=nothing_reported)


def validate(
    tables: Mapping[str, pl.DataFrame],
    settings: Settings | Mapping[str, Any],
    on_error: Choice = "error",
    on_cycle: Choice | None = None,
    problems: Sequence[Problem] = (),
) -> ValidationResult:
    """Return the data set in its declared dtypes, with every finding.

    Parameters
    ----------
    tables
        The frames by table name; columns of text are read as the declared dtype.
    settings
        The settings, or what ``settings.toml`` says.
    on_error
        ``error`` raises when there is an error; ``quarantine`` leaves out what has errors and what hangs on it.
    on_cycle
        ``quarantine`` leaves out the lines of cycles and raises for other errors; ``None``: as ``mrp.on_cycle`` says.
    problems
        What the reader of the files found.

    Raises
    ------
    DataError
        When there is an error, with all findings in ``findings``. With quarantine only when nothing could be
        planned: no planning date, or no items.

    Examples
    --------
    >>> result = validate({"items": pl.DataFrame({"item_id": ["bike"]})}, {"as_of": "2026-11-22"})
    >>> result.data.table("items").height, result.findings
    (1, ())
    """
    read = read_settings(settings)
    frames, found = _conformed(tables)
    found = [*problems, *_told(read.problems, problems), *found, *_missing_items(tables, problems)]
    unreadable = {problem.table for problem in found if problem.remedy is Remedy.TABLE}
    rate = read.settings.holding_rate_per_year if read.settings else 0.0
    found += [*table_problems(frames, unreadable), *unread_input(frames), *cost_problems(frames, rate)]
    findings = findings_of(found, ["settings", *INPUT_TABLES])
    is_cycle_left_out = on_error == "quarantine" or (on_cycle or _cycle_option(read.settings)) == "quarantine"
    errors = _errors(found)
    stopping = [p for p in errors if p.remedy is Remedy.STOP or not _is_left_out(p, on_error, is_cycle_left_out)]
    if read.settings is None or stopping:
        raise DataError(findings)
    if not errors:
        return ValidationResult(PlanningData(read.settings, frames), findings)
    rest = quarantine(frames, errors, lambda left: _errors(table_problems(left)))
    return ValidationResult(PlanningData(read.settings, rest.tables), findings, rest.left_out, rest.assumed)


def table_problems(tables: Mapping[str, pl.DataFrame], unreadable: Collection[str] = ()) -> list[Problem]:
    """Return what is wrong with frames that have their declared dtypes: in cells, rows, and between tables.

    Parameters
    ----------
    tables
        The frames.
    unreadable
        Tables that have an error of their own as a whole; references to them are not looked at.

    Examples
    --------
    >>> table_problems({"items": pl.DataFrame({"item_id": ["A", "A"]})})[0].code
    'duplicate_key'
    """
    sources = transfer_sources(tables)
    return [
        *(problem for name, frame in tables.items() for problem in check_values(frame, INPUT_TABLES[name])),
        *row_problems(tables),
        *unknown_ids(tables, unreadable),
        *parameter_problems(tables),
        *transfers_without_source(sources),
        *cycle_problems(tables, sources),
        *forecast_item_circles(tables),
        *unknown_families(tables),
    ]


def _conformed(tables: Mapping[str, pl.DataFrame]) -> tuple[dict[str, pl.DataFrame], list[Problem]]:
    """Return the known frames in their declared dtypes, and what was wrong with them."""
    frames: dict[str, pl.DataFrame] = {}
    found: list[Problem] = []
    for name, frame in tables.items():
        if name in INPUT_TABLES:
            conformed = conform(frame, INPUT_TABLES[name])
            frames[name] = conformed.frame
            found.extend(conformed.problems)
        else:
            found.append(unknown_table(name))
    return frames, found


def unknown_table(name: str) -> Problem:
    """Return the warning about a table that is not one of the data set."""
    message = f"{name} is not a table of the data set, it is not read{did_you_mean(name, list(INPUT_TABLES))}"
    return Problem("unknown_table", name, "", message, values=(name,), severity=Severity.WARNING, remedy=Remedy.NOTHING)


def _told(settings: Sequence[Problem], problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems of the settings; without a missing planning date when the file could not be read at all."""
    is_unread = any(problem.code == "unreadable_settings" for problem in problems)
    return [problem for problem in settings if not (is_unread and problem.code == "missing_as_of")]


def _missing_items(tables: Mapping[str, pl.DataFrame], problems: Sequence[Problem]) -> list[Problem]:
    """Return the error that there are no items, unless the reader has said why."""
    if "items" in tables or any(problem.table == "items" for problem in problems):
        return []
    return [Problem("missing_table", "items", "", "there is no table items", remedy=Remedy.STOP)]


def _errors(problems: Iterable[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity is Severity.ERROR]


def _cycle_option(settings: Settings | None) -> str:
    return str(settings.mrp.get("on_cycle", "error")) if settings else "error"


def _is_left_out(problem: Problem, on_error: Choice, is_cycle_left_out: bool) -> bool:
    """Return whether quarantine may deal with an error; without items there is nothing to plan."""
    if problem.table == "items" and problem.remedy is Remedy.TABLE:
        return False
    return on_error == "quarantine" or (is_cycle_left_out and problem.code in CYCLE_CODES)
