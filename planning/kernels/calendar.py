"""Working-day arithmetic on day numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

EVERY_DAY = -1


class WorkingDays(NamedTuple):
    """Calendars as arrays; the calendar ``EVERY_DAY`` is in none of them.

    Parameters
    ----------
    first_day
        The day number of the tables' first column.
    n_before
        int32, shape (n_calendars, n_days + 1): working days from ``first_day`` up to a day, that day not counted.
    nth
        int32, shape (n_calendars, n_days): day number of the n-th working day from ``first_day`` on.
    is_open
        bool, shape (n_calendars, 7): the week outside the tables; column 0 is the weekday of day number 0.
    """

    first_day: int
    n_before: NDArray[np.int32]
    nth: NDArray[np.int32]
    is_open: NDArray[np.bool_]


@njit(cache=True)
def is_working_day(days: WorkingDays, calendar: int, day: int) -> bool:
    """Return whether ``day`` is a working day of ``calendar``."""
    if calendar == EVERY_DAY:
        return True
    k = day - days.first_day
    if 0 <= k < days.n_before.shape[1] - 1:
        return bool(days.n_before[calendar, k + 1] > days.n_before[calendar, k])
    return bool(days.is_open[calendar, day % 7])


@njit(cache=True)
def working_days_before(days: WorkingDays, calendar: int, day: int, n: int) -> int:
    """Return the n-th working day strictly before ``day``; ``day`` itself for n = 0."""
    if n <= 0:
        return day
    if calendar == EVERY_DAY:
        return day - n
    k = day - days.first_day
    if 0 <= k < days.n_before.shape[1]:
        before = days.n_before[calendar, k]
        if before >= n:
            return int(days.nth[calendar, before - n])
    while n > 0:
        day -= 1
        if is_working_day(days, calendar, day):
            n -= 1
    return day


@njit(cache=True)
def working_days_after(days: WorkingDays, calendar: int, day: int, n: int) -> int:
    """Return the n-th working day strictly after ``day``; ``day`` itself for n = 0."""
    if n <= 0:
        return day
    if calendar == EVERY_DAY:
        return day + n
    k = day + 1 - days.first_day
    last = days.n_before.shape[1] - 1
    if 0 <= k <= last:
        before = days.n_before[calendar, k]
        if before + n <= days.n_before[calendar, last]:
            return int(days.nth[calendar, before + n - 1])
    while n > 0:
        day += 1
        if is_working_day(days, calendar, day):
            n -= 1
    return day


@njit(cache=True)
def working_day_on_or_before(days: WorkingDays, calendar: int, day: int) -> int:
    """Return ``day`` when it is a working day, else the last one before it."""
    if is_working_day(days, calendar, day):
        return day
    return working_days_before(days, calendar, day, 1)


@njit(cache=True)
def working_day_on_or_after(days: WorkingDays, calendar: int, day: int) -> int:
    """Return ``day`` when it is a working day, else the first one after it."""
    if is_working_day(days, calendar, day):
        return day
    return working_days_after(days, calendar, day, 1)


@njit(cache=True)
def move_days(days: WorkingDays, calendar: int, is_working: bool, day: int, n: int) -> int:
    """Return ``day`` moved by n days (back when negative), working days of ``calendar`` or calendar days."""
    if not is_working:
        return day + n
    if n >= 0:
        return working_days_after(days, calendar, day, n)
    return working_days_before(days, calendar, day, -n)
