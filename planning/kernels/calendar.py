"""Working-day arithmetic on day numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

EVERY_DAY = -1


# One cell per calendar and day: the working days before it, counted from the first day on, and the n-th working day.
DAY_DTYPE = np.dtype([("n_before", np.int32), ("nth", np.int32)])


class WorkingDays(NamedTuple):
    """Calendars as arrays; the calendar ``EVERY_DAY`` is in none of them.

    Parameters
    ----------
    first_day
        The day number of the table's first column.
    table
        DAY_DTYPE, shape (n_calendars, n_days + 1). The last column has no ``nth``.
    is_open
        bool, shape (n_calendars, 7): the week outside the table; column 0 is the weekday of day number 0.
    """

    first_day: int
    table: Any
    is_open: NDArray[np.bool_]


@njit(inline="always")
def is_working_day(days: WorkingDays, calendar: int, day: int) -> bool:
    """Return whether ``day`` is a working day of ``calendar``."""
    if calendar == EVERY_DAY:
        return True
    k = day - days.first_day
    if 0 <= k < days.table.shape[1] - 1:
        return bool(days.table[calendar, k + 1].n_before > days.table[calendar, k].n_before)
    return bool(days.is_open[calendar, day % 7])


@njit(inline="always")
def working_days_before(days: WorkingDays, calendar: int, day: int, n: int) -> int:
    """Return the n-th working day strictly before ``day``; ``day`` itself for n = 0."""
    if n <= 0:
        return day
    if calendar == EVERY_DAY:
        return day - n
    k = day - days.first_day
    if 0 <= k < days.table.shape[1]:
        before = days.table[calendar, k].n_before
        if before >= n:
            return int(days.table[calendar, before - n].nth)
    while n > 0:
        day -= 1
        if is_working_day(days, calendar, day):
            n -= 1
    return day


@njit
def working_days_after(days: WorkingDays, calendar: int, day: int, n: int) -> int:
    """Return the n-th working day strictly after ``day``; ``day`` itself for n = 0."""
    if n <= 0:
        return day
    if calendar == EVERY_DAY:
        return day + n
    k = day + 1 - days.first_day
    last = days.table.shape[1] - 1
    if 0 <= k <= last:
        before = days.table[calendar, k].n_before
        if before + n <= days.table[calendar, last].n_before:
            return int(days.table[calendar, before + n - 1].nth)
    while n > 0:
        day += 1
        if is_working_day(days, calendar, day):
            n -= 1
    return day


@njit(inline="always")
def working_day_on_or_before(days: WorkingDays, calendar: int, day: int) -> int:
    """Return ``day`` when it is a working day, else the last one before it."""
    if is_working_day(days, calendar, day):
        return day
    return working_days_before(days, calendar, day, 1)


@njit
def working_day_on_or_after(days: WorkingDays, calendar: int, day: int) -> int:
    """Return ``day`` when it is a working day, else the first one after it."""
    if is_working_day(days, calendar, day):
        return day
    return working_days_after(days, calendar, day, 1)


@njit(cache=True, inline="always")
def move_days(days: WorkingDays, calendar: int, is_working: bool, day: int, n: int) -> int:
    """Return ``day`` moved by n days (back when negative), working days of ``calendar`` or calendar days."""
    if not is_working:
        return day + n
    if n >= 0:
        return working_days_after(days, calendar, day, n)
    return working_days_before(days, calendar, day, -n)
