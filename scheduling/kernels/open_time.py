"""Open time of units in compiled code: how much is open before a moment, and when so much has been."""

from __future__ import annotations

from bom.kernels.inner import inner
from scheduling.kernels.shop_arrays import NEVER, NONE, Records


@inner
def interval_after(intervals: Records, first: int, last: int, time: int) -> int:
    """Return the first of some intervals that ends after a moment; ``last`` when none does."""
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        if intervals[middle].end > time:
            high = middle
        else:
            low = middle + 1
    return low


@inner
def worked_before(intervals: Records, first: int, last: int, time: int) -> int:
    """Return the open time from 0 to a moment."""
    if first == NONE:
        return time
    at = interval_after(intervals, first, last, time)
    if at == last:
        return intervals[at - 1].worked + intervals[at - 1].end - intervals[at - 1].start
    return intervals[at].worked + max(0, time - intervals[at].start)


@inner
def moment_of(intervals: Records, first: int, last: int, worked: int) -> int:
    """Return the first moment before which so much time is open; ``NEVER`` when there is not so much."""
    if first == NONE or worked <= 0:
        return max(worked, 0)
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        if intervals[middle].worked < worked:
            low = middle + 1
        else:
            high = middle
    time = intervals[low - 1].start + worked - intervals[low - 1].worked
    return time if time <= intervals[low - 1].end else NEVER


@inner
def first_start(intervals: Records, first: int, last: int, pauses: bool, time: int, duration: int) -> int:
    """Return the first moment from ``time`` on at which work of a duration can begin; ``NEVER`` when none."""
    if first == NONE or duration == 0:
        return time
    at = interval_after(intervals, first, last, time)
    while at < last:
        start = max(time, intervals[at].start)
        if pauses or intervals[at].end - start >= duration:
            return start
        at += 1
    return NEVER


@inner
def end_of(intervals: Records, first: int, last: int, pauses: bool, start: int, duration: int) -> int:
    """Return when work that begins at a moment is done."""
    if not pauses or first == NONE or duration == 0:
        return start + duration
    return moment_of(intervals, first, last, worked_before(intervals, first, last, start) + duration)


@inner
def closes_at(intervals: Records, first: int, last: int, time: int) -> int:
    """Return when the open time that a moment is in ends; ``time`` when it is in closed time."""
    if first == NONE:
        return NEVER
    at = interval_after(intervals, first, last, time)
    if at == last or intervals[at].start > time:
        return time
    return intervals[at].end


@inner
def opens_at(intervals: Records, first: int, last: int, time: int) -> int:
    """Return the first open moment from a moment on; ``NEVER`` when none."""
    if first == NONE:
        return time
    at = interval_after(intervals, first, last, time)
    return max(time, intervals[at].start) if at < last else NEVER
