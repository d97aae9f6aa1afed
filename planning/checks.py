"""The check of a data set: every finding at once, and the data that a plan can be made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

from bom.checks import conform
from bom.errors import DataError, Finding, Severity
from bom.findings import Problem, findings_of
from planning.data import PlanningData, Settings
from planning.settings import read_settings
from planning.tables import INPUT_TABLES

LEFT_OUT_SCHEMA: dict[str, pl.DataType] = {
    "table": pl.String(),
    "row": pl.Int64(),
    "column": pl.String(),
    "code": pl.String(),
    "value": pl.String(),
    "message": pl.String(),
}


def _nothing() -> pl.DataFrame:
    return pl.DataFrame(schema=LEFT_OUT_SCHEMA)


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
        With quarantine: every row that was left out (table, row, column, code, value, message).
    assumed
        With quarantine: every cell that was emptied, so that its default is assumed; same columns.
    """

    data: PlanningData
    findings: tuple[Finding, ...]
    left_out: pl.DataFrame = field(default_factory=_nothing)
    assumed: pl.DataFrame = field(default_factory=_nothing)


def validate(
    tables: Mapping[str, pl.DataFrame],
    settings: Settings | Mapping[str, Any],
    on_error: Literal["error", "quarantine"] = "error",
    on_cycle: Literal["error", "quarantine"] = "error",
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
        ``quarantine`` leaves out the lines of cycles only.
    problems
        What the reader of the files found.

    Raises
    ------
    DataError
        When there is an error, with all findings in ``findings``.

    Examples
    --------
    >>> result = validate({"items": pl.DataFrame({"item_id": ["bike"]})}, {"as_of": "2026-11-22"})
    >>> result.data.table("items").height, result.findings
    (1, ())
    """
    read = read_settings(settings)
    found = [*problems, *read.problems]
    frames: dict[str, pl.DataFrame] = {}
    for name, frame in tables.items():
        conformed = conform(frame, INPUT_TABLES[name])
        frames[name] = conformed.frame
        found.extend(conformed.problems)
    findings = findings_of(found, ["settings", *INPUT_TABLES])
    if read.settings is None or any(finding.severity is Severity.ERROR for finding in findings):
        raise DataError(findings)
    return ValidationResult(PlanningData(read.settings, frames), findings)
