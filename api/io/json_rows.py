"""Tables as JSON: a list of rows, each an object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

_INTEGERS = range(-(2**63), 2**63)


def frame_of_rows(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Return rows as a frame; a column that mixes kinds of values becomes text, which is read as declared.

    Examples
    --------
    >>> frame_of_rows([{"item_id": 7, "lead_time_days": 3}, {"item_id": "A", "is_phantom": True}]).rows()
    [('7', 3, None), ('A', None, True)]
    """
    names = dict.fromkeys(name for row in rows for name in row)
    return pl.DataFrame([_series(name, [row.get(name) for row in rows]) for name in names])


def _series(name: str, values: list[Any]) -> pl.Series:
    """Return the values of one column."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float} or (kinds == {int} and not all(v is None or v in _INTEGERS for v in values)):
        return pl.Series(name, [None if value is None else float(value) for value in values], pl.Float64)
    if len(kinds) > 1:
        return pl.Series(name, [_text(value) for value in values], pl.String)
    return pl.Series(name, values) if kinds else pl.Series(name, values, pl.String)


def _text(value: Any) -> str | None:
    """Return one value as the text that a CSV file would hold."""
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
