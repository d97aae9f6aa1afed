"""Warnings about input that is right, but that this version of the engine does not read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from bom.errors import Severity
from bom.findings import Problem, Remedy

_UNREAD: dict[tuple[str, str], pl.Expr] = {
    (table, column): expression
    for table in ("items", "item_sites")
    for column, expression in (("shelf_life_days", pl.col("shelf_life_days").is_not_null()),)
}


def unread_input(tables: Mapping[str, pl.DataFrame]) -> list[Problem]:
    """Return one warning for each table or column that holds something this version does not read.

    Examples
    --------
    >>> unread_input({"items": pl.DataFrame({"item_id": ["A"], "shelf_life_days": [5]})})[0].message
    'this version does not read shelf_life_days (1 row with it)'
    """
    return list(_unread_columns(tables))


def _unread_columns(tables: Mapping[str, pl.DataFrame]) -> Iterator[Problem]:
    """Yield a warning for each column that is filled and not read."""
    for (table, column), is_filled in _UNREAD.items():
        if table in tables and column in tables[table].columns:
            count = tables[table].select(is_filled.sum()).item() or 0
            if count:
                yield _warning(table, column, f"this version does not read {column} ({_rows(count)} with it)")


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _warning(table: str, column: str, message: str) -> Problem:
    return Problem("not_read", table, column, message, severity=Severity.WARNING, remedy=Remedy.NOTHING)
