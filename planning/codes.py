"""Ids as dense codes, days as numbers, ragged rows as offsets."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.kernels.levels import group_by
from planning.kernels.netting_arrays import ALWAYS, NEVER, Records

NO_CODE = -1


def codes_of(values: pl.Series, ids: pl.Series) -> NDArray[np.int32]:
    """Return the position of each value in ``ids``, -1 where it is empty or not among them.

    Returns
    -------
    numpy.ndarray
        int32, shape (len(values),).

    Examples
    --------
    >>> codes_of(pl.Series(["b", None, "a"]), pl.Series(["a", "b"])).tolist()
    [1, -1, 0]
    """
    positions = pl.DataFrame({"id": ids, "code": pl.int_range(ids.len(), dtype=pl.Int32, eager=True)})
    found = values.alias("id").to_frame().join(positions, on="id", how="left", maintain_order="left")["code"]
    return found.fill_null(NO_CODE).to_numpy()


def days_of(dates: pl.Series, as_of: date, empty: int) -> NDArray[np.int32]:
    """Return dates as days since ``as_of``, ``empty`` where there is none.

    Returns
    -------
    numpy.ndarray
        int32, shape (len(dates),).

    Examples
    --------
    >>> days_of(pl.Series([date(2026, 1, 3), None]), date(2026, 1, 1), -9).tolist()
    [2, -9]
    """
    epoch = (as_of - date(1970, 1, 1)).days
    days = dates.cast(pl.Int32) - epoch
    return days.fill_null(empty).to_numpy()


def dates_of(days: NDArray[np.int32], as_of: date) -> pl.Series:
    """Return day numbers as dates; ``NEVER`` and ``ALWAYS`` are empty."""
    epoch = (as_of - date(1970, 1, 1)).days
    series = pl.Series(days)
    open_ended = (days == NEVER) | (days == ALWAYS)
    if open_ended.any():
        series = pl.Series(np.where(open_ended, 0, days)).set(pl.Series(open_ended), None)
    return (series + epoch).cast(pl.Date)


def grouped_rows(codes: NDArray[np.int32], n_groups: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the offsets of each group and the rows in group order, rows of one group in their given order.

    Returns
    -------
    indptr, rows
        int64, shape (n_groups + 1,) and (len(codes),).
    """
    indptr = np.empty(n_groups + 1, np.int64)
    rows = np.empty(codes.shape[0], np.int64)
    group_by(codes, n_groups, indptr, rows)
    return indptr, rows


def records(dtype: np.dtype[np.void], **columns: NDArray[Any]) -> Records:
    """Return columns as a structured array.

    Examples
    --------
    >>> rows = records(np.dtype([("day", np.int32), ("quantity", np.float64)]), day=np.array([1]), quantity=np.array([2.5]))
    >>> rows.tolist()
    [(1, 2.5)]
    """
    rows = np.empty(next(iter(columns.values())).shape[0], dtype)
    for name, values in columns.items():
        rows[name] = values
    return rows
