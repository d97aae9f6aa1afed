"""The days that each forecast covers: its bucket."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planning.encoding.codes import records
from planning.forecast import Forecast
from planning.kernels.forecast import BUCKET_DTYPE
from planning.kernels.netting_arrays import NEVER, Records


def forecast_buckets(forecast: Forecast, length: str) -> Records:
    """Return the bucket of each forecast (BUCKET_DTYPE): as given, else by the option ``forecast_bucket``."""
    due = forecast.pools.forecasts["due"]
    start, last = _bounds(forecast, due, length)
    is_given = forecast.end_day != NEVER
    return records(BUCKET_DTYPE, start=np.where(is_given, due, start), last=np.where(is_given, forecast.end_day, last))


def _bounds(forecast: Forecast, due: NDArray[np.int32], length: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first and last days of the buckets by the option."""
    if length == "next":
        return _until_next(forecast.pools.forecasts["series"], due)
    if length == "week":
        return _weeks(forecast.as_of.weekday(), due)
    if length == "month":
        return _months(np.datetime64(forecast.as_of, "D"), due)
    return due.astype(np.int64), due.astype(np.int64)


def _weeks(weekday: int, due: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the weeks that hold the forecasts' dates, Monday to Sunday; ``weekday`` is that of day 0."""
    start = (due.astype(np.int64) + weekday) // 7 * 7 - weekday
    return start, start + 6


def _months(as_of: np.datetime64, due: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the months that hold the forecasts' dates."""
    month = (as_of + due).astype("datetime64[M]")
    start = (month.astype("datetime64[D]") - as_of).astype(np.int64)
    return start, ((month + 1).astype("datetime64[D]") - as_of).astype(np.int64) - 1


def _until_next(series: NDArray[np.int64], due: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the days up to the day before the next forecast of the same series; the last one has no end."""
    is_first = np.ones(due.shape[0], np.bool_)
    is_first[1:] = (series[1:] != series[:-1]) | (due[1:] != due[:-1])
    first = np.flatnonzero(is_first)
    last = np.full(first.shape[0], NEVER, np.int64)
    has_next = series[first[1:]] == series[first[:-1]]
    last[:-1][has_next] = due[first[1:]][has_next] - 1
    return due.astype(np.int64), last[np.cumsum(is_first) - 1]
