"""The formats of files of published problems."""

from __future__ import annotations

from enum import StrEnum


class ProblemFormat(StrEnum):
    """A format of files."""

    TRIGEIRO = "trigeiro"
    MLCLSP = "mlclsp"
    JSP = "jsp"
    FJSP = "fjsp"
    HFSP = "hfsp"
    RCPSP = "rcpsp"

    @property
    def is_scheduling(self) -> bool:
        """The file holds a scheduling problem; else lots are sought."""
        return self not in (ProblemFormat.TRIGEIRO, ProblemFormat.MLCLSP)
