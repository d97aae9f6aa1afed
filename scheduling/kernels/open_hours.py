"""Time in calendars: when work is done, and when an operation can run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bom.kernels.inner import inner

Longs = NDArray[np.int64]

NEVER = 1 << 50


@inner
def _interval_at(calendar_end: Longs, first: int, last: int, time: int) -> int:
    """Return the first interval of a calendar that ends after a time; `last` when none does."""
    while first < last:
        middle = (first + last) >> 1
        if calendar_end[middle] > time:
            last = middle
        else:
            first = middle + 1
    return first


@inner
def time_of_work(start: Longs, end: Longs, first: int, last: int, time: int, work: int) -> int:
    """Return the first moment at which so much open time has passed since a time; NEVER when there is not so much."""
    if work <= 0:
        return time
    for interval in range(_interval_at(end, first, last, time), last):
        opened = max(time, start[interval])
        if opened + work <= end[interval]:
            return opened + work
        work -= end[interval] - opened
    return NEVER


@inner
def first_run(
    start: Longs, end: Longs, first: int, last: int, pauses: bool, time: int, duration: int
) -> tuple[int, int]:
    """Return the start and end of the earliest run from a time on; it pauses over closed time, or fits an interval."""
    if duration <= 0:
        return time, time
    at = _interval_at(end, first, last, time)
    if pauses:
        if at == last:
            return NEVER, NEVER
        opened = max(time, start[at])
        return opened, time_of_work(start, end, at, last, opened, duration)
    for interval in range(at, last):
        opened = max(time, start[interval])
        if opened + duration <= end[interval]:
            return opened, opened + duration
    return NEVER, NEVER
