"""The cells of one column, read as the dtype that the column is declared with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from bom.schema import Column, Dtype

_TRUE = ("true", "1", "yes", "y", "1.0")
_FALSE = ("false", "0", "no", "n", "0.0")
_DATE_TIME = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$"
_DATE = r"^\d{4}-\d{2}-\d{2}$"
_DATE_TIME_FORMS = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d")


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """A column in its declared dtype, and where that could not be done.

    Parameters
    ----------
    values
        The cells in the declared dtype; a cell that could not be read is null.
    is_bad
        True where a cell holds something that could not be read; ``None`` when there is no such cell.
    """

    values: pl.Series
    is_bad: pl.Series | None = None


def read_column(values: pl.Series, column: Column) -> ReadColumn:
    """Return the cells of a column in its declared dtype, with the cells that cannot be read.

    A column that has its dtype already is returned as it is, not copied.

    Examples
    --------
    >>> days = Column("lead_time_days", Dtype.INTEGER, "Days from release to receipt.")
    >>> read = read_column(pl.Series(["7", "3.0", "soon", None]), days)
    >>> read.values.to_list(), read.is_bad.to_list()
    ([7, 3, None, None], [False, False, True, False])
    """
    if values.dtype == column.dtype.polars and column.dtype is not Dtype.STRING:
        return ReadColumn(values)
    if values.dtype in (pl.Categorical, pl.Enum):
        values = values.cast(pl.String)
    if values.dtype == pl.Null:
        return ReadColumn(values.cast(column.dtype.polars))
    if values.dtype == pl.Binary:
        return _read_binary(values, column)
    if values.dtype.is_nested() or values.dtype in (pl.Object, pl.Time, pl.Duration):
        return _unreadable(values, column.dtype.polars)
    return _READERS[column.dtype](values)


def stripped(values: pl.Series) -> pl.Series:
    """Return texts without white space around them, empty ones as null; the same series when nothing changes.

    Examples
    --------
    >>> stripped(pl.Series([" 007", "", "8"])).to_list()
    ['007', None, '8']
    """
    trimmed = values.str.strip_chars()
    is_empty = trimmed.str.len_bytes() == 0
    if is_empty.any():
        return trimmed.set(is_empty, None)
    return trimmed if (trimmed != values).any() else values


def _unreadable(values: pl.Series, dtype: pl.DataType) -> ReadColumn:
    """Return a column of nulls in which every filled cell is bad."""
    is_bad = values.is_not_null()
    return ReadColumn(pl.repeat(None, len(values), dtype=dtype, eager=True), is_bad if is_bad.any() else None)


def _read_binary(values: pl.Series, column: Column) -> ReadColumn:
    """Return bytes read as UTF-8 texts, which is how some writers of Parquet store texts."""
    try:
        return read_column(values.cast(pl.String), column)
    except pl.exceptions.ComputeError:
        return _unreadable(values, column.dtype.polars)


def _compared(values: pl.Series, read: pl.Series) -> ReadColumn:
    """Return what was read, and as bad the cells that were filled and are now empty."""
    if read.null_count() == values.null_count():
        return ReadColumn(read)
    return ReadColumn(read, values.is_not_null() & read.is_null())


def _read_string(values: pl.Series) -> ReadColumn:
    if values.dtype == pl.String:
        return ReadColumn(stripped(values))
    if values.dtype.is_float() or values.dtype.is_decimal():
        whole = values.cast(pl.Int64, strict=False)
        is_whole = (whole.cast(pl.Float64) == values.cast(pl.Float64)).fill_null(value=False)
        return ReadColumn(whole.cast(pl.String).zip_with(is_whole, values.cast(pl.String)))
    if isinstance(values.dtype, pl.Datetime):
        is_midnight = (values.dt.hour() + values.dt.minute() + values.dt.second()).fill_null(0) == 0
        texts = values.dt.strftime("%Y-%m-%dT%H:%M:%S")
        return ReadColumn(values.dt.strftime("%Y-%m-%d").zip_with(is_midnight, texts))
    return ReadColumn(values.cast(pl.String))


def _read_float(values: pl.Series) -> ReadColumn:
    if values.dtype.is_numeric():
        return ReadColumn(values.cast(pl.Float64))
    if values.dtype != pl.String:
        return _unreadable(values, pl.Float64())
    read = values.cast(pl.Float64, strict=False)
    if read.null_count() == values.null_count():
        return ReadColumn(read)
    values = stripped(values)
    return _compared(values, values.cast(pl.Float64, strict=False))


def _read_integer(values: pl.Series) -> ReadColumn:
    if values.dtype.is_integer():
        return _compared(values, values.cast(pl.Int64, strict=False))
    if values.dtype == pl.String:
        read = values.cast(pl.Int64, strict=False)
        if read.null_count() == values.null_count():
            return ReadColumn(read)
        values = stripped(values)
    numbers = _read_float(values).values
    whole = numbers.cast(pl.Int64, strict=False)
    return _compared(values, whole.set((whole.cast(pl.Float64) != numbers).fill_null(value=False), None))


def _read_boolean(values: pl.Series) -> ReadColumn:
    words = stripped(values.cast(pl.String)).str.to_lowercase()
    is_true, is_false = words.is_in(_TRUE), words.is_in(_FALSE)
    return _compared(words, is_true.set((~is_true & ~is_false).fill_null(value=False), None))


def _read_date(values: pl.Series) -> ReadColumn:
    if isinstance(values.dtype, pl.Datetime):
        return ReadColumn(values.dt.date())
    if values.dtype != pl.String:
        return _unreadable(values, pl.Date())
    read = values.str.to_date("%Y-%m-%d", strict=False)
    if read.null_count() == values.null_count() and (values.str.len_bytes() == 10).all():
        return ReadColumn(read)
    values = stripped(values)
    days = values.zip_with(~values.str.contains(_DATE_TIME), values.str.slice(0, 10))
    days = days.set((~days.str.contains(_DATE)).fill_null(value=False), None)
    return _compared(values, days.str.to_date("%Y-%m-%d", strict=False))


def _read_datetime(values: pl.Series) -> ReadColumn:
    if isinstance(values.dtype, pl.Datetime):
        return ReadColumn(values.dt.replace_time_zone(None).cast(pl.Datetime("us")))
    if values.dtype == pl.Date:
        return ReadColumn(values.cast(pl.Datetime("us")))
    if values.dtype != pl.String:
        return _unreadable(values, pl.Datetime("us"))
    values = stripped(values)
    texts = values.str.replace(" ", "T", literal=True)
    read = pl.repeat(None, len(texts), dtype=pl.Datetime("us"), eager=True)
    for form in _DATE_TIME_FORMS:
        if read.null_count() > values.null_count():
            read = read.zip_with(read.is_not_null(), texts.str.to_datetime(form, strict=False, time_unit="us"))
    return _compared(values, read)


_READERS: dict[Dtype, Callable[[pl.Series], ReadColumn]] = {
    Dtype.STRING: _read_string,
    Dtype.INTEGER: _read_integer,
    Dtype.FLOAT: _read_float,
    Dtype.BOOLEAN: _read_boolean,
    Dtype.DATE: _read_date,
    Dtype.DATETIME: _read_datetime,
}
