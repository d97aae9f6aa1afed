"""Open time of units in compiled code: how much is open before a moment, and when so much has been."""

from __future__ import annotations

from bom.kernels.inner import uncounted
from scheduling.kernels.shop_arrays import NEVER, NONE, Records


@uncounted
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


@uncounted
def worked_before(intervals: Records, first: int, last: int, time: int) -> int:
    """Return the open time from 0 to a moment."""
    if first == NONE:
        return time
    at = interval_after(intervals, first, last, time)
    if at == last:
        return intervals[at - 1].worked + intervals[at - 1].end - intervals[at - 1].start
    return intervals[at].worked + max(0, time - intervals[at].start)


@uncounted
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


@uncounted
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


@uncounted
def end_of(intervals: Records, first: int, last: int, pauses: bool, start: int, duration: int) -> int:
    """Return when work that begins at a moment is done."""
    if not pauses or first == NONE or duration == 0:
        return start + duration
    return moment_of(intervals, first, last, worked_before(intervals, first, last, start) + duration)


@uncounted
def closes_at(intervals: Records, first: int, last: int, time: int) -> int:
    """Return when the open time that a moment is in ends; ``time`` when it is in closed time."""
    if first == NONE:
        return NEVER
    at = interval_after(intervals, first, last, time)
    if at == last or intervals[at].start > time:
        return time
    return intervals[at].end


@uncounted
def opens_at(intervals: Records, first: int, last: int, time: int) -> int:
    """Return the first open moment from a moment on; ``NEVER`` when none."""
    if first == NONE:
        return time
    at = interval_after(intervals, first, last, time)
    return max(time, intervals[at].start) if at < last else NEVER


@uncounted
def interval_from(intervals: Records, first: int, last: int, at: int, time: int) -> int:
    """Return :func:`interval_after` of a moment, looked for from an interval on that is near, not after it."""
    if at > first and intervals[at - 1].end > time:
        return interval_after(intervals, first, last, time)
    for _ in range(8):
        if at == last or intervals[at].end > time:
            return at
        at += 1
    return interval_after(intervals, at, last, time)


@uncounted
def moment_from(intervals: Records, last: int, at: int, worked: int) -> int:
    """Return :func:`moment_of` when the open time before an interval is less than ``worked``."""
    for _ in range(8):
        if at + 1 == last or intervals[at + 1].worked >= worked:
            time = intervals[at].start + worked - intervals[at].worked
            return time if time <= intervals[at].end else NEVER
        at += 1
    return moment_of(intervals, at, last, worked)


@uncounted
def fit_in_open_time(
    intervals: Records, last: int, at: int, pauses: bool, time: int, worked: int, duration: int
) -> tuple[int, int]:
    """Return start and end of work of a duration that begins at the first of some moments that suits.

    Parameters
    ----------
    last, at
        Where the intervals end, and the one in which ``time`` is; ``NONE``: always open.
    pauses
        Whether work pauses over closed time.
    time, worked
        It starts not before, and not before so much time was open since 0 (a setup that ends then).
    """
    if at == NONE:
        start = max(time, worked)
        return start, start + duration
    start = time
    if worked > intervals[at].worked + time - intervals[at].start:
        start = moment_from(intervals, last, at, worked)
    if start >= NEVER:
        return NEVER, NEVER
    if duration == 0:
        return start, start
    while at < last and intervals[at].end <= start:
        at += 1
    while at < last:
        start = max(start, intervals[at].start)
        if pauses:
            done = intervals[at].worked + start - intervals[at].start + duration
            end = moment_from(intervals, last, at, done)
            return (start, end) if end < NEVER else (NEVER, NEVER)
        if intervals[at].end - start >= duration:
            return start, start + duration
        at += 1
    return NEVER, NEVER
