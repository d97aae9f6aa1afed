"""Working time of calendars by the second: shifts and hours as intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.data import PlanningData
from planning.encoding.codes import codes_of
from planning.encoding.shifts import read_shifts
from planning.kernels.capacity_arrays import BUCKET_BITS, SECONDS_PER_DAY
from planning.tables import WEEKDAYS

# A day without shifts begins at eight, or earlier when its hours would not be over by midnight.
_START_OF_DAY = 8 * 3600

Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class WorkingTimes:
    """The working time of each calendar from day 0 on, as intervals that do not touch; the last calendar never rests.

    Parameters
    ----------
    codes
        The number of each calendar id.
    indptr, starts, ends, worked_before
        int64: where the intervals of each calendar stand, their seconds, and the seconds worked before each.
    first_interval
        As in :class:`planning.kernels.capacity_arrays.CapacityModel`.
    end_day
        The first day behind the tabulated time.
    """

    codes: Mapping[str, int]
    indptr: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    worked_before: NDArray[np.int64]
    first_interval: NDArray[np.int32]
    end_day: int

    @property
    def always(self) -> int:
        """The calendar that never rests."""
        return len(self.codes)

    def calendar_of(self, ids: pl.Series) -> NDArray[np.int32]:
        """Return the calendar of each id, the one that never rests for an empty one."""
        found = codes_of(ids, pl.Series(list(self.codes), dtype=pl.String))
        return np.where(found < 0, self.always, found).astype(np.int32)


def find_working_times(data: PlanningData, end_day: int) -> WorkingTimes:
    """Return the working time of every calendar up to a day.

    Notes
    -----
    A day works its shifts up to its hours, or its hours in one piece. A night shift belongs to the day on which it
    starts. Times that touch or overlap are one interval.
    """
    frame = data.filled("calendars", ["calendar_id", *WEEKDAYS, "shifts"])
    exceptions = data.filled("calendar_exceptions", ["calendar_id", "date", "hours", "shifts"])
    by_calendar = {key: part for (key,), part in exceptions.partition_by("calendar_id", as_dict=True).items()}
    parts: list[NDArray[np.int64]] = []
    for row in frame.iter_rows(named=True):
        week = [day_intervals(row[day], row["shifts"]) for day in WEEKDAYS]
        special = by_calendar.get(row["calendar_id"], exceptions.clear())
        parts.append(_tabulate(data, week, special, row["shifts"], end_day))
    parts.append(np.array([[0, end_day * SECONDS_PER_DAY]], dtype=np.int64))
    return _joined(frame["calendar_id"].to_list(), parts, end_day)


def day_intervals(hours: float, shifts: str | None) -> list[Interval]:
    """Return the working time of a day in seconds after midnight.

    Examples
    --------
    >>> day_intervals(8.0, None)
    [(28800, 57600)]
    >>> day_intervals(10.0, "06:00-14:00;14:00-22:00")
    [(21600, 50400), (50400, 57600)]
    """
    left = round(hours * 3600)
    if left <= 0:
        return []
    if not shifts:
        start = min(_START_OF_DAY, SECONDS_PER_DAY - left)
        return [(start, start + left)]
    found: list[Interval] = []
    for first, end in read_shifts(shifts):
        length = min(left, (end - first) * 60)
        if length > 0:
            found.append((first * 60, first * 60 + length))
        left -= length
    return found


def _tabulate(
    data: PlanningData,
    week: Sequence[Sequence[Interval]],
    exceptions: pl.DataFrame,
    shifts: str | None,
    end_day: int,
) -> NDArray[np.int64]:
    """Return the intervals of one calendar, int64, shape (n, 2): from the night shift before day 0 on."""
    as_of = data.settings.as_of
    special = {(row["date"] - as_of).days: row for row in exceptions.iter_rows(named=True)}
    days = np.arange(-1, end_day)
    is_usual = ~np.isin(days, list(special))
    weekday = (as_of + timedelta(days=-1)).weekday() + days + 1
    pieces = [np.zeros((0, 2), np.int64)]
    for number, intervals in enumerate(week):
        at = days[is_usual & (weekday % 7 == number)]
        pieces += [at[:, None] * SECONDS_PER_DAY + np.array(interval, np.int64) for interval in intervals]
    for day, row in special.items():
        if -1 <= day < end_day:
            intervals = day_intervals(row["hours"], row["shifts"] or shifts)
            pieces += [np.array([interval], np.int64) + day * SECONDS_PER_DAY for interval in intervals]
    return _merged(np.concatenate(pieces), end_day * SECONDS_PER_DAY)


def _merged(intervals: NDArray[np.int64], end: int) -> NDArray[np.int64]:
    """Return intervals between 0 and the end, in order, those that touch as one."""
    clipped = np.clip(intervals, 0, end)
    clipped = clipped[clipped[:, 1] > clipped[:, 0]]
    clipped = clipped[np.lexsort((clipped[:, 1], clipped[:, 0]))]
    if not clipped.size:
        return clipped
    reached = np.maximum.accumulate(clipped[:, 1])
    is_first = np.append(True, clipped[1:, 0] > reached[:-1])
    is_last = np.append(is_first[1:], True)
    return np.column_stack([clipped[is_first, 0], reached[is_last]])


def _joined(ids: list[str], parts: list[NDArray[np.int64]], end_day: int) -> WorkingTimes:
    """Return the intervals of all calendars one behind the other, with what finds them."""
    indptr = np.concatenate(([0], np.cumsum([part.shape[0] for part in parts]))).astype(np.int64)
    buckets = np.arange((end_day * SECONDS_PER_DAY >> BUCKET_BITS) + 1) << BUCKET_BITS
    before, first = [], np.empty((len(parts), buckets.shape[0]), np.int32)
    for number, part in enumerate(parts):
        lengths = part[:, 1] - part[:, 0]
        before.append(np.cumsum(lengths) - lengths)
        first[number] = indptr[number] + np.searchsorted(part[:, 1], buckets, side="right")
    joined = np.concatenate(parts)
    return WorkingTimes(
        {calendar_id: number for number, calendar_id in enumerate(ids)},
        indptr,
        np.ascontiguousarray(joined[:, 0]),
        np.ascontiguousarray(joined[:, 1]),
        np.concatenate(before),
        first,
        end_day,
    )
