"""Working time by the second: back and forward over the shifts of a calendar."""

from __future__ import annotations

from numba import njit

from planning.kernels.capacity_arrays import BEYOND, BUCKET_BITS, PAST, CapacityModel


@njit(inline="always")
def interval_at(model: CapacityModel, calendar: int, second: int) -> int:
    """Return the first interval of a calendar that ends after a second, from 0 on; one behind the last when none."""
    bucket = min(second >> BUCKET_BITS, model.first_interval.shape[1] - 1)
    i = model.first_interval[calendar, bucket]
    end = model.interval_indptr[calendar + 1]
    while i < end and model.interval_end[i] <= second:
        i += 1
    return int(i)


@njit
def worked_before(model: CapacityModel, calendar: int, second: int) -> int:
    """Return the seconds of a calendar that are worked from 0 to a second."""
    i, first = interval_at(model, calendar, second), model.interval_indptr[calendar]
    if i < model.interval_indptr[calendar + 1]:
        return int(model.worked_before[i] + max(0, second - model.interval_start[i]))
    if i == first:
        return 0
    return int(model.worked_before[i - 1] + model.interval_end[i - 1] - model.interval_start[i - 1])


@njit(inline="always")
def work_back(model: CapacityModel, calendar: int, second: int, seconds: int) -> tuple[int, int]:
    """Return when work must start to be done by a second, and when it is done; ``PAST`` when that is before 0."""
    if second < 0:
        return PAST, PAST
    if seconds == 0:
        return second, second
    first, i = model.interval_indptr[calendar], interval_at(model, calendar, second)
    if i == model.interval_indptr[calendar + 1] or model.interval_start[i] >= second:
        i -= 1
    if i < first:
        return PAST, PAST
    finish = min(second, model.interval_end[i])
    at = finish
    while seconds > at - model.interval_start[i]:
        seconds -= at - model.interval_start[i]
        i -= 1
        if i < first:
            return PAST, PAST
        at = model.interval_end[i]
    return int(at - seconds), int(finish)


@njit
def work_forward(model: CapacityModel, calendar: int, second: int, seconds: int) -> int:
    """Return when work that can start at a second is done; ``BEYOND`` when that is after the tabulated time."""
    if second >= model.end_second:
        return int(BEYOND)
    if seconds == 0:
        return second
    i, end = interval_at(model, calendar, second), model.interval_indptr[calendar + 1]
    while i < end:
        at = max(second, model.interval_start[i])
        if seconds <= model.interval_end[i] - at:
            return int(at + seconds)
        seconds -= model.interval_end[i] - at
        i += 1
    return int(BEYOND)


@njit
def first_working(model: CapacityModel, calendar: int, second: int, seconds: int) -> int:
    """Return the first working second from one on, that one itself for no work; the end of time when there is none."""
    if second >= model.end_second:
        return model.end_second
    if seconds == 0:
        return second
    i = interval_at(model, calendar, second)
    if i == model.interval_indptr[calendar + 1]:
        return model.end_second
    return int(max(second, model.interval_start[i]))
