"""Hints: the nearest known name, and how a cell that cannot be read should have been written."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from datetime import date

import polars as pl

from bom.schema import Dtype

# 200,000 comparisons of short texts take about a second; a hint is not worth more.
_COMPARISONS = 200_000

_DECIMAL_COMMA = re.compile(r"^[+-]?(\d+|\d{1,3}([. ]\d{3})+),\d+$")
_THOUSANDS = re.compile(r"^[+-]?\d{1,3}([,' ]\d{3})+(\.\d+)?$")
_ISO_LIKE = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})$")
_OTHER_DATE = re.compile(r"^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}$|^\d{4}[./]\d{1,2}[./]\d{1,2}$|^\d{8}$")
_SERIAL_DAY = re.compile(r"^\d{5}(\.\d+)?$")


def did_you_mean(name: str, names: Sequence[str]) -> str:
    """Return ``; did you mean ...?`` with the nearest of ``names``, or nothing when none is near.

    Examples
    --------
    >>> did_you_mean("Lead_tme_days", ["lead_time_days", "supply_type"])
    '; did you mean lead_time_days?'
    """
    near = _nearest(name.strip().lower(), names, 0.6) or _nearest(name, names, 0.6)
    return f"; did you mean {near}?" if near else ""


def _nearest(name: str, names: Sequence[str], cutoff: float) -> str:
    """Return the nearest name, first of all one with the same letters in another order; empty when none is near."""
    near = difflib.get_close_matches(name, names, n=3, cutoff=cutoff)
    swapped = [match for match in near if sorted(match) == sorted(name)]
    return next(iter([*swapped, *near]), "")


def nearest_id_hint(known: pl.Series) -> Callable[[str], str]:
    """Return a function that names the known id nearest to an unknown one.

    The same id in another case, without its separators or without its leading zeros is always found; a similar one as
    long as the number of comparisons stays small.

    Examples
    --------
    >>> nearest_id_hint(pl.Series(["00042", "BIKE"]))("42")
    '; did you mean 00042?'
    """
    names: list[str] = known.drop_nulls().reverse().to_list()
    by_core = dict(zip(_cores(pl.Series(names, dtype=pl.String)).to_list(), names, strict=True))
    left = _COMPARISONS // max(1, len(names))

    def hint(unknown: str) -> str:
        nonlocal left
        same = by_core.get(_cores(pl.Series([unknown])).item())
        if same is not None:
            return f"; did you mean {same}?"
        if left <= 0:
            return ""
        left -= 1
        near = _nearest(unknown, names[::-1], 0.75)
        return f"; did you mean {near}?" if near else ""

    return hint


def _cores(names: pl.Series) -> pl.Series:
    """Return ids without case, white space, separators and leading zeros."""
    return names.str.replace_all(r"[\s_.-]", "").str.to_lowercase().str.strip_chars_start("0")


def cell_hint(dtype: Dtype) -> Callable[[str], str] | None:
    """Return a function that says how a cell of this dtype should have been written.

    Examples
    --------
    >>> cell_hint(Dtype.DATE)("22/11/2026")
    '; write year-month-day'
    >>> cell_hint(Dtype.FLOAT)("12,5")
    '; a decimal comma? Write 12.5'
    """
    return _HINTS.get(dtype)


def _date_hint(text: str) -> str:
    like = _ISO_LIKE.match(text)
    if like:
        return "" if _is_day(*map(int, like.groups())) else "; the calendar has no such day"
    if _OTHER_DATE.match(text):
        return "; write year-month-day"
    if _SERIAL_DAY.match(text):
        return "; a day number of a spreadsheet? Write year-month-day"
    return ""


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _number_hint(text: str) -> str:
    if _THOUSANDS.match(text) and not re.fullmatch(r"[+-]?\d{1,3},\d{3}", text):
        return "; write it without thousands separators"
    if _DECIMAL_COMMA.match(text):
        return f"; a decimal comma? Write {re.sub(r'[. ]', '', text).replace(',', '.')}"
    return ""


_HINTS: dict[Dtype, Callable[[str], str]] = {
    Dtype.DATE: _date_hint,
    Dtype.DATETIME: _date_hint,
    Dtype.FLOAT: _number_hint,
    Dtype.INTEGER: _number_hint,
}
