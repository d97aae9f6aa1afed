"""Working time by the second: back and forward over the shifts of a calendar."""

from __future__ import annotations

from numba import njit

from bom.kernels.inner import inner
from planning.kernels.capacity_arrays import BEYOND, BUCKET_BITS, PAST, CapacityModel, WorkingTime


@njit(inline="always")
def working_time_of(model: CapacityModel) -> WorkingTime:
    """Return the working time of a model."""
    return WorkingTime(model.interval_indptr, model.intervals, model.first_interval, model.end_second)


@njit(forceinline=True)
def interval_at(times: WorkingTime, calendar: int, second: int) -> int:
    """Return the first interval of a calendar that ends after a second, from 0 on; one behind the last when none."""
    bucket = min(second >> BUCKET_BITS, times.first_interval.shape[1] - 1)
    i = int(times.first_interval[calendar, bucket])
    end = times.indptr[calendar + 1]
    while i < end and times.intervals[i].end <= second:
        i += 1
    return i


@inner
def worked_before(times: WorkingTime, calendar: int, second: int) -> int:
    """Return the seconds of a calendar that are worked from 0 to a second."""
    i, first = interval_at(times, calendar, second), times.indptr[calendar]
    if i < times.indptr[calendar + 1]:
        return int(times.intervals[i].worked_before + max(0, second - times.intervals[i].start))
    if i == first:
        return 0
    last = times.intervals[i - 1]
    return int(last.worked_before + last.end - last.start)


@njit(forceinline=True)
def work_back(times: WorkingTime, calendar: int, second: int, seconds: int) -> tuple[int, int]:
    """Return when work must start to be done by a second, and when it is done; ``PAST`` when that is before 0."""
    if second < 0:
        return PAST, PAST
    if seconds == 0:
        return second, second
    first, i = times.indptr[calendar], interval_at(times, calendar, second)
    if i == times.indptr[calendar + 1] or times.intervals[i].start >= second:
        i -= 1
    if i < first:
        return PAST, PAST
    finish = min(second, times.intervals[i].end)
    at = finish
    while seconds > at - times.intervals[i].start:
        seconds -= at - times.intervals[i].start
        i -= 1
        if i < first:
            return PAST, PAST
        at = times.intervals[i].end
    return int(at - seconds), int(finish)


@inner
def work_forward(times: WorkingTime, calendar: int, second: int, seconds: int) -> int:
    """Return when work that can start at a second is done; ``BEYOND`` when that is after the tabulated time."""
    if second >= times.end_second:
        return int(BEYOND)
    if seconds == 0:
        return second
    i, end = interval_at(times, calendar, second), times.indptr[calendar + 1]
    while i < end:
        at = max(second, times.intervals[i].start)
        if seconds <= times.intervals[i].end - at:
            return int(at + seconds)
        seconds -= times.intervals[i].end - at
        i += 1
    return int(BEYOND)


@inner
def first_working(times: WorkingTime, calendar: int, second: int, seconds: int) -> int:
    """Return the first working second from one on, that one itself for no work; the end of time when there is none."""
    if second >= times.end_second:
        return times.end_second
    if seconds == 0:
        return second
    i = interval_at(times, calendar, second)
    if i == times.indptr[calendar + 1]:
        return times.end_second
    return int(max(second, times.intervals[i].start))
