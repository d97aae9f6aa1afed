"""Calendars of the data set as arrays of working days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.data import PlanningData
from planning.kernels.calendar import DAY_DTYPE, WorkingDays
from planning.tables import WEEKDAYS

# Days tabulated on either side of the data; beyond them the week is stepped through day by day.
_MARGIN_DAYS = 1500


@dataclass(frozen=True, slots=True)
class Calendars:
    """The calendars of a data set, in the order of their table.

    Parameters
    ----------
    codes
        The row of each calendar id.
    working_days
        The arrays that the kernels count on.
    hours_per_day
        float64, shape (n_calendars,): mean working hours of a calendar's open weekdays.
    """

    codes: Mapping[str, int]
    working_days: WorkingDays
    hours_per_day: NDArray[np.float64]


def encode_calendars(data: PlanningData, first: int, last: int) -> Calendars:
    """Return the data set's calendars, tabulated for the day numbers ``first`` to ``last`` and a margin.

    Notes
    -----
    A day with 0 hours is closed; an exception stands above the weekday.
    """
    frame = data.filled("calendars", ["calendar_id", *WEEKDAYS])
    exceptions = data.filled("calendar_exceptions", ["calendar_id", "date", "hours"])
    as_of = data.settings.as_of
    codes = {calendar_id: code for code, calendar_id in enumerate(frame["calendar_id"].to_list())}
    hours = frame.select(WEEKDAYS).to_numpy().astype(np.float64).reshape(len(codes), 7)
    # column 0 of the week is the weekday of as_of, which is day number 0
    week = np.roll(hours > 0, -as_of.weekday(), axis=1)
    first_day, last_day = first - _MARGIN_DAYS, last + _MARGIN_DAYS
    span = np.arange(first_day, last_day + 1)
    is_open = week[:, span % 7] if codes else np.zeros((0, span.size), dtype=np.bool_)
    _apply_exceptions(is_open, exceptions, codes, as_of + timedelta(days=first_day))
    return Calendars(codes, _tabulate(first_day, is_open, week), _mean_hours(hours))


def _apply_exceptions(
    is_open: NDArray[np.bool_], exceptions: pl.DataFrame, codes: Mapping[str, int], first: date
) -> None:
    """Write the exceptions that fall into the table over the week."""
    for calendar_id, day, hours in exceptions.rows():
        column = (day - first).days
        if 0 <= column < is_open.shape[1]:
            is_open[codes[calendar_id], column] = hours > 0


def _tabulate(first_day: int, is_open: NDArray[np.bool_], week: NDArray[np.bool_]) -> WorkingDays:
    """Return the counts of working days and their inverse."""
    n_calendars, n_days = is_open.shape
    table = np.zeros((n_calendars, n_days + 1), dtype=DAY_DTYPE)
    np.cumsum(is_open, axis=1, out=table["n_before"][:, 1:])
    for calendar in range(n_calendars):
        opened = np.flatnonzero(is_open[calendar])
        table["nth"][calendar, : opened.size] = opened + first_day
    return WorkingDays(first_day, table, np.ascontiguousarray(week))


def _mean_hours(hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean hours of the open days of each week; 24 where no day is open."""
    n_open = (hours > 0).sum(axis=1)
    return np.where(n_open > 0, hours.sum(axis=1) / np.maximum(n_open, 1), 24.0)
