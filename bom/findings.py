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
    """What quarantine does about a problem: leave out or empty as little as makes the data right."""

    NOTHING = "nothing"
    CELL = "cell"
    ROW = "row"
    TABLE = "table"
    STOP = "stop"


def _no_rows() -> NDArray[np.int64]:
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
        Sentences for the first rows that say more than ``message``; empty: ``message`` says it all.
    severity
        Whether it stops a plan.
    remedy
        What quarantine does about it.
    is_told_once
        The rows belong together, as the lines of a cycle do: one finding, at the first row.
    """

    code: str
    table: str
    column: str
    message: str
    rows: NDArray[np.int64] = field(default_factory=_no_rows)
    values: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    severity: Severity = Severity.ERROR
    remedy: Remedy = Remedy.ROW
    is_told_once: bool = False

    @property
    def n_findings(self) -> int:
        """How many findings it makes, before any limit."""
        return 1 if self.is_told_once else max(1, len(self.rows))

    def value(self, place: int) -> str:
        """Return the value of the row at ``place`` in ``rows``, empty beyond the first ``DETAIL_LIMIT``."""
        place = 0 if self.is_told_once else place
        return self.values[place] if place < len(self.values) else ""

    def detail(self, place: int) -> str:
        """Return the sentence about the row at ``place`` in ``rows``."""
        return self.details[place] if place < len(self.details) else self.message

    def findings(self) -> list[Finding]:
        """Return a finding for each of the first ``DETAIL_LIMIT`` rows, or the one for the whole table."""
        rows = self.rows[: min(self.n_findings, DETAIL_LIMIT)].tolist() or [-1]
        return [
            Finding(self.severity, self.code, self.table, self.column, row + 1, self.value(k), self.detail(k))
            for k, row in enumerate(rows)
        ]


def rows_where(mask: pl.Series) -> NDArray[np.int64]:
    """Return the rows, counted from 0, in which a boolean series is true.

    Examples
    --------
    >>> rows_where(pl.Series([False, True, None, True])).tolist()
    [1, 3]
    """
    return mask.fill_null(value=False).arg_true().to_numpy().astype(np.int64)


def texts_of(values: pl.Series, rows: NDArray[np.int64]) -> tuple[str, ...]:
    """Return the values of the first ``DETAIL_LIMIT`` of ``rows`` as text: the same text whatever file they are from.

    Examples
    --------
    >>> texts_of(pl.Series([3.0, 3.5, None]), np.array([0, 1, 2]))
    ('3', '3.5', '')
    """
    return tuple(_text_of(value) for value in values.gather(rows[:DETAIL_LIMIT].tolist()).to_list())


def _text_of(value: object) -> str:
    """Return a cell as text; whole numbers without a decimal point, an empty cell as an empty text."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.15g}"
    return str(value)


def findings_of(problems: Iterable[Problem], table_order: Sequence[str]) -> tuple[Finding, ...]:
    """Return the findings of all problems by table, row and column, at most ``DETAIL_LIMIT`` of each kind.

    Examples
    --------
    >>> problem = Problem("missing_value", "items", "item_id", "item_id is empty", np.arange(1200))
    >>> findings = findings_of([problem], ["items"])
    >>> len(findings), findings[-1].message
    (1001, '200 more rows have the same: item_id is empty')
    """
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
    told = sorted((f for problem in group for f in problem.findings()), key=lambda f: (f.row, f.message))
    n_more = sum(problem.n_findings for problem in group) - DETAIL_LIMIT
    if n_more <= 0:
        return told
    last = told[DETAIL_LIMIT - 1]
    more = f"{n_more} more rows have the same: {group[0].message}"
    summary = Finding(last.severity, last.code, last.table, last.column, last.row + 1, "", more, n_more)
    return [*told[:DETAIL_LIMIT], summary]
