"""Problems in frames, found for whole columns at once, and the findings that are told from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.errors import Finding, Severity

DETAIL_LIMIT = 1_000
"""Findings told one by one for each kind, table and column; one more says how many there are beyond."""


class Remedy(StrEnum):
    """What quarantine leaves out or empties because of a problem."""

    NOTHING = "nothing"
    CELL = "cell"
    ROW = "row"
    TABLE = "table"
    STOP = "stop"


def no_rows() -> NDArray[np.int64]:
    """Return the rows of a problem that is about a whole table."""
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of thing that is wrong in one column: all its rows, and texts for the first of them.

    Parameters
    ----------
    code, table, column
        As in :class:`bom.errors.Finding`.
    message
        One sentence that is true for every row.
    rows
        Every row that has it, int64, counted from 0; empty when the whole table is meant.
    values
        The values as text for the first ``DETAIL_LIMIT`` rows; one value when the whole table is meant.
    details
        Sentences that say more about the first rows than ``message``; empty: ``message`` says it all.
    severity
        Whether it stops a plan.
    remedy
        What quarantine does about it.
    """

    code: str
    table: str
    column: str
    message: str
    rows: NDArray[np.int64] = field(default_factory=no_rows)
    values: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    severity: Severity = Severity.ERROR
    remedy: Remedy = Remedy.ROW

    def findings(self, row_numbers: NDArray[np.int64] | None = None) -> list[Finding]:
        """Return a finding for each of the first rows; ``row_numbers`` are the rows' places in the file, from 0."""
        if not len(self.rows):
            value = self.values[0] if self.values else ""
            return [Finding(self.severity, self.code, self.table, self.column, 0, value, self.message)]
        rows = self.rows[:DETAIL_LIMIT]
        numbers = rows if row_numbers is None else row_numbers[rows]
        return [
            Finding(
                self.severity,
                self.code,
                self.table,
                self.column,
                int(number) + 1,
                self.values[k] if k < len(self.values) else "",
                self.details[k] if k < len(self.details) else self.message,
            )
            for k, number in enumerate(numbers)
        ]


def rows_where(mask: pl.Series) -> NDArray[np.int64]:
    """Return the rows, counted from 0, in which a boolean series is true.

    Examples
    --------
    >>> rows_where(pl.Series([False, True, None, True])).tolist()
    [1, 3]
    """
    return mask.fill_null(False).arg_true().to_numpy().astype(np.int64)


def texts_of(values: pl.Series, rows: NDArray[np.int64]) -> tuple[str, ...]:
    """Return the values of the first of ``rows`` as text, an empty cell as an empty text."""
    shown = values.gather(rows[:DETAIL_LIMIT].tolist())
    return tuple("" if value is None else str(value) for value in shown.to_list())


def findings_of(problems: Iterable[Problem], table_order: Sequence[str]) -> tuple[Finding, ...]:
    """Return the findings of all problems by table, row and column, at most ``DETAIL_LIMIT`` of each kind."""
    groups: defaultdict[tuple[str, str, str], list[Problem]] = defaultdict(list)
    for problem in problems:
        groups[problem.table, problem.column, problem.code].append(problem)
    told = [finding for group in groups.values() for finding in _limited(group)]
    place = {name: number for number, name in enumerate(table_order)}
    return tuple(
        sorted(told, key=lambda f: (place.get(f.table, len(place)), f.table, f.row, f.column, f.code, f.message))
    )


def _limited(group: Sequence[Problem]) -> list[Finding]:
    """Return the first findings of one kind, and one that says how many more there are."""
    count = sum(max(1, len(problem.rows)) for problem in group)
    told = sorted((f for problem in group for f in problem.findings()), key=lambda f: (f.row, f.value))
    if count <= DETAIL_LIMIT:
        return told
    first, last = told[0], told[DETAIL_LIMIT - 1]
    more = f"{count - DETAIL_LIMIT} more rows have the same: {group[0].message}"
    return [
        *told[:DETAIL_LIMIT],
        Finding(first.severity, first.code, first.table, first.column, last.row + 1, "", more),
    ]
