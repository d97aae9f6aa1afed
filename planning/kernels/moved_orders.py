"""Dates of an order that move with its due date."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from planning.kernels.calendar import WorkingDays, is_working_day, working_days_after, working_days_before


@njit(cache=True)
def move_with_due_dates(
    days: WorkingDays,
    calendar: NDArray[np.int32],
    is_working: NDArray[np.bool_],
    due: NDArray[np.int32],
    new_due: NDArray[np.int32],
    day: NDArray[np.int32],
    out: NDArray[np.int32],
) -> None:
    """Fill each day moved so that it keeps its distance to the due date.

    Parameters
    ----------
    calendar, is_working
        The calendar that distances count on, and whether they are working days or calendar days.
    due, new_due
        The due date before and after.
    day
        The day to move: the n working days from it on, up to the due date without it, stay n; of a day after the
        due date the n working days after the due date.
    out
        int32, the moved day.
    """
    for i in range(day.shape[0]):
        if not is_working[i]:
            out[i] = new_due[i] + day[i] - due[i]
            continue
        n = 0
        if day[i] <= due[i]:
            for between in range(day[i], due[i]):
                n += is_working_day(days, calendar[i], between)
            out[i] = working_days_before(days, calendar[i], new_due[i], n)
        else:
            for between in range(due[i] + 1, day[i] + 1):
                n += is_working_day(days, calendar[i], between)
            out[i] = working_days_after(days, calendar[i], new_due[i], n)
