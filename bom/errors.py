"""Errors and findings: how the engine says that it cannot go on, and what it saw in the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters: an error stops a plan, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing noticed in the input, with the place where it stands.

    Parameters
    ----------
    severity
        ``error`` stops the plan, ``warning`` does not.
    code
        A stable, short name of the kind of finding, such as ``unknown_id``.
    table, column
        The table and column of ``docs/tables.md``; the column is empty when the whole row or table is meant.
    row
        The data row, counted from 1 (the header is not counted); 0 when the whole table is meant.
    value
        The value as it was given, as text.
    message
        One sentence: what is wrong and what to do.
    count
        How many rows it stands for: more than 1 when it sums up the rows beyond those told one by one.
    """

    severity: Severity
    code: str
    table: str
    column: str
    row: int
    value: str
    message: str
    count: int = 1


class PlanningError(Exception):
    """The root of all errors that the engine raises on purpose.

    Parameters
    ----------
    code
        A stable, short name of the kind of error, such as ``unknown_item``.
    message
        What is wrong and what to do.
    ids
        The ids that the error is about; the text shows the first ten and the count.
    """

    def __init__(self, code: str, message: str, ids: Sequence[str] = ()) -> None:
        shown = ", ".join(ids[:10]) + (f", ... ({len(ids)} in all)" if len(ids) > 10 else "")
        super().__init__(f"{message}: {shown}" if ids else message)
        self.code = code
        self.message = message
        self.ids = tuple(ids)


class DataError(PlanningError):
    """The input has errors; every finding of the data set is in ``findings``."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        errors = [finding for finding in findings if finding.severity is Severity.ERROR]
        super().__init__(
            "invalid_data",
            f"the data set has {sum(finding.count for finding in errors)} error(s)",
            [f"{f.table}.{f.column} row {f.row}: {f.message}" for f in errors],
        )
        self.findings = tuple(findings)


class OptionError(PlanningError):
    """An option or setting is unknown or has a value that it cannot have."""
