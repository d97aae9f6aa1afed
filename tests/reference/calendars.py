"""Working days, counted one by one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from tests.reference.inputs import Inputs, cell, day_number, exact

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Calendar:
    """Hours by weekday and the days that differ."""

    def __init__(self, week: list[Fraction], exceptions: Mapping[int, Fraction]) -> None:
        self.week = week
        self.exceptions = dict(exceptions)

    def hours(self, day: int) -> Fraction:
        """Return the working hours of one day."""
        return self.exceptions.get(day, self.week[date.fromordinal(day).weekday()])

    def is_working(self, day: int) -> bool:
        """Return whether the day is open."""
        return self.hours(day) > 0

    def back(self, day: int, count: int) -> int:
        """Return the count-th working day strictly before; the day itself for 0."""
        while count > 0:
            day -= 1
            if self.is_working(day):
                count -= 1
        return day

    def forward(self, day: int, count: int) -> int:
        """Return the count-th working day strictly after; the day itself for 0."""
        while count > 0:
            day += 1
            if self.is_working(day):
                count -= 1
        return day

    def on_or_before(self, day: int) -> int:
        """Return the day, moved back to a working day."""
        return day if self.is_working(day) else self.back(day, 1)

    def on_or_after(self, day: int) -> int:
        """Return the day, moved forward to a working day."""
        return day if self.is_working(day) else self.forward(day, 1)

    def mean_open_hours(self) -> Fraction:
        """Return the mean hours of the open weekdays."""
        open_hours = [hours for hours in self.week if hours > 0]
        return sum(open_hours, Fraction(0)) / len(open_hours)


EVERY_DAY = Calendar([Fraction(24)] * 7, {})


def read_calendars(inputs: Inputs) -> dict[str, Calendar]:
    """Return the calendars by id."""
    calendars: dict[str, Calendar] = {}
    for row in inputs.rows("calendars"):
        exceptions = {
            day_number(other["date"]): exact(other["hours"])
            for other in inputs.rows("calendar_exceptions")
            if other["calendar_id"] == row["calendar_id"]
        }
        calendars[row["calendar_id"]] = Calendar([exact(cell(row, name, 24)) for name in WEEKDAYS], exceptions)
    return calendars
