"""Working time: how much of a calendar is open before a moment, for many moments of many units at once."""

from __future__ import annotations

import numpy as np

from scheduling.problem import NONE, Flags, Ints, Longs, SchedulingProblem


def work_before(problem: SchedulingProblem, units: Ints | Longs, times: Longs) -> Longs:
    """Return the open time of units between 0 and moments; without unit or calendar all time is open.

    Parameters
    ----------
    problem
        Whose calendars count.
    units
        int, shape (n,): a unit for each moment, or ``NONE``.
    times
        int64, shape (n,).

    Examples
    --------
    >>> from scheduling.finite.make import problem_from_jobs
    >>> shop = problem_from_jobs([[[(0, 5)]]], calendars=[[(0, 8), (16, 24)]], machine_calendar=0)
    >>> work_before(shop, np.array([0, 0, -1]), np.array([10, 20, 20])).tolist()
    [8, 12, 20]
    """
    calendars = calendars_of(problem, units)
    work = np.array(times, dtype=np.int64)
    for calendar, at in _by_calendar(calendars):
        first, last = problem.calendar_indptr[calendar], problem.calendar_indptr[calendar + 1]
        start, end = problem.calendar_start[first:last], problem.calendar_end[first:last]
        worked = np.concatenate([[0], np.cumsum(end - start)])
        place = np.searchsorted(start, times[at], side="right") - 1
        inside = np.minimum(times[at], end[place]) - start[place] if start.size else np.zeros(at.size, np.int64)
        work[at] = np.where(place < 0, 0, worked[place] + inside)
    return work


def is_open(problem: SchedulingProblem, units: Ints | Longs, times: Longs) -> Flags:
    """Return whether units are open in the unit of time that begins at moments."""
    return work_before(problem, units, times + 1) > work_before(problem, units, times)


def calendars_of(problem: SchedulingProblem, units: Ints | Longs) -> Ints:
    """Return the calendar of each unit; ``NONE`` for no unit."""
    if problem.n_units == 0:
        return np.full(units.shape, NONE, dtype=np.int32)
    return np.where(units == NONE, NONE, problem.unit_calendar[units]).astype(np.int32)


def _by_calendar(calendars: Ints) -> list[tuple[int, Longs]]:
    """Return each calendar that occurs with the places where it does."""
    order = np.argsort(calendars, kind="stable")
    codes, first = np.unique(calendars[order], return_index=True)
    parts = np.split(order, first)[1:]
    return [(int(code), part) for code, part in zip(codes, parts, strict=True) if code != NONE]
