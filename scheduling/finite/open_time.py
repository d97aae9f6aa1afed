"""The open time of units: calendars joined up, blocked time taken out, equal calendars kept once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scheduling.problem import NEVER, NONE, Ints, Longs

Intervals = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class OpenTime:
    """Calendars as arrays, and which each unit has.

    Parameters
    ----------
    unit_calendar
        int32, shape (n_units,).
    indptr, start, end
        int64: the open intervals of each calendar.
    """

    unit_calendar: Ints
    indptr: Longs
    start: Longs
    end: Longs


def unit_open_times(
    machine_unit_indptr: Longs,
    machine_calendar: Ints,
    calendars: Sequence[Sequence[tuple[int, int]]],
    blocked: Sequence[tuple[int, int, int, int]],
) -> OpenTime:
    """Return the calendars of units, blocked time taken out of those of the units that it names."""
    closings: dict[int, Intervals] = {}
    for machine, unit, start, end in blocked:
        first, last = int(machine_unit_indptr[machine]), int(machine_unit_indptr[machine + 1])
        for one in range(first, last) if unit == NONE else (first + unit,):
            closings.setdefault(one, []).append((start, end))
    joined = [join_intervals(calendar) for calendar in calendars]
    codes: dict[tuple[tuple[int, int], ...], int] = {}
    unit_calendar = np.full(int(machine_unit_indptr[-1]), NONE, dtype=np.int32)
    for unit, calendar in enumerate(np.repeat(machine_calendar, np.diff(machine_unit_indptr)).tolist()):
        if calendar == NONE and unit not in closings:
            continue
        intervals = joined[calendar] if calendar != NONE else [(0, NEVER)]
        opened = tuple(take_out(intervals, closings.get(unit, [])))
        unit_calendar[unit] = codes.setdefault(opened, len(codes))
    rows = np.array([one for opened in codes for one in opened], dtype=np.int64).reshape(-1, 2)
    lengths = np.array([len(opened) for opened in codes], dtype=np.int64)
    indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return OpenTime(unit_calendar, indptr, rows[:, 0].copy(), rows[:, 1].copy())


def join_intervals(intervals: Sequence[tuple[int, int]]) -> Intervals:
    """Return the same time as intervals that are sorted and do not touch, none of it before 0.

    Examples
    --------
    >>> join_intervals([(8, 12), (-5, 4), (12, 16)])
    [(0, 4), (8, 16)]
    """
    joined: Intervals = []
    for start, end in sorted((max(0, int(start)), int(end)) for start, end in intervals):
        if end <= start:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def take_out(intervals: Intervals, closings: Sequence[tuple[int, int]]) -> Intervals:
    """Return intervals without closed ones.

    Examples
    --------
    >>> take_out([(0, 10), (20, 30)], [(8, 22), (25, 26)])
    [(0, 8), (22, 25), (26, 30)]
    """
    left = intervals
    for start, end in join_intervals(closings):
        pieces = [part for one, last in left for part in ((one, min(last, start)), (max(one, end), last))]
        left = [(one, last) for one, last in pieces if one < last]
    return left
