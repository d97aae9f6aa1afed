"""One kind of broken data set: what breaks it, and every finding that it gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bom.errors import Finding, Severity
from tests.planning.broken_files import Breakage


@dataclass(frozen=True)
class Expected:
    """A finding that must be there; ``piece`` stands in its message."""

    severity: Severity
    table: str
    column: str
    row: int
    code: str
    piece: str

    def is_told_by(self, finding: Finding) -> bool:
        place = (finding.severity, finding.table, finding.column, finding.row, finding.code)
        return place == (self.severity, self.table, self.column, self.row, self.code) and self.piece in finding.message


Case: TypeAlias = tuple[Breakage, Sequence[Expected]]


def error(table: str, column: str, row: int, code: str, piece: str) -> Expected:
    return Expected(Severity.ERROR, table, column, row, code, piece)


def warning(table: str, column: str, row: int, code: str, piece: str) -> Expected:
    return Expected(Severity.WARNING, table, column, row, code, piece)
