"""Working-day arithmetic against counting day by day, also outside the tabulated days."""

from __future__ import annotations

import random
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from planning.calendar import encode_calendars
from planning.checks import validate
from planning.kernels.calendar import (
    EVERY_DAY,
    is_working_day,
    move_days,
    working_day_on_or_after,
    working_day_on_or_before,
    working_days_after,
    working_days_before,
)
from planning.tables import WEEKDAYS

AS_OF = date(2026, 1, 7)  # a Wednesday
CLOSED = {
    "FIVE": {5, 6},
    "ODD": {0, 2, 4, 6},
    "ONE": {0, 1, 2, 3, 4, 5},  # only Sundays
}
EXCEPTIONS = [
    ("FIVE", date(2026, 1, 6), 0.0),
    ("FIVE", date(2026, 1, 10), 8.0),  # a Saturday at work
    *(("FIVE", date(2026, 2, 2) + timedelta(days=n), 0.0) for n in range(14)),  # two weeks closed
    ("ONE", date(2026, 1, 11), 0.0),
    ("ODD", date(2025, 12, 30), 0.0),
]
# the table reaches 1500 days beyond the dates of the data
PLACES = [*range(-40, 60), *range(-1560, -1530, 3), *range(-1512, -1488), *range(1500, 1545), 4000, -4000]


@pytest.fixture(scope="module")
def calendars():
    tables = {
        "items": pl.DataFrame({"item_id": ["A"]}),
        "calendars": pl.DataFrame(
            {"calendar_id": list(CLOSED)}
            | {
                day: [0.0 if number in closed else 8.0 for closed in CLOSED.values()]
                for number, day in enumerate(WEEKDAYS)
            }
        ),
        "calendar_exceptions": pl.DataFrame(EXCEPTIONS, schema=["calendar_id", "date", "hours"], orient="row"),
    }
    data = validate(tables, {"as_of": AS_OF}).data
    days = [(day - AS_OF).days for _, day, _ in EXCEPTIONS]
    return encode_calendars(data, min(days), max(days))


def is_open(calendar, day):
    """Return whether a day is open: read off the declarations above."""
    at = AS_OF + timedelta(days=day)
    hours = {(name, when): hours for name, when, hours in EXCEPTIONS}.get((calendar, at))
    return at.weekday() not in CLOSED[calendar] if hours is None else hours > 0


def step(calendar, day, n):
    """Return the n-th open day after (n > 0) or before (n < 0) a day, counted one by one."""
    while n:
        day += 1 if n > 0 else -1
        if is_open(calendar, day):
            n -= 1 if n > 0 else -1
    return day


@pytest.mark.parametrize("calendar", CLOSED)
def test_a_day_is_open_as_its_week_and_exceptions_say(calendars, calendar):
    code, days = calendars.codes[calendar], calendars.working_days
    assert [bool(is_working_day(days, code, day)) for day in PLACES] == [is_open(calendar, day) for day in PLACES]


@pytest.mark.parametrize("calendar", CLOSED)
@pytest.mark.parametrize("n", [0, 1, 2, 5, 13, 40])
def test_the_nth_working_day_before_and_after_is_that_of_counting(calendars, calendar, n):
    code, days = calendars.codes[calendar], calendars.working_days
    for day in PLACES:
        assert working_days_before(days, code, day, n) == step(calendar, day, -n)
        assert working_days_after(days, code, day, n) == step(calendar, day, n)


@pytest.mark.parametrize("calendar", CLOSED)
def test_a_long_way_goes_through_the_table_and_out_of_it(calendars, calendar):
    code, days = calendars.codes[calendar], calendars.working_days
    assert working_days_before(days, code, 3, 1200) == step(calendar, 3, -1200)
    assert working_days_after(days, code, 3, 1200) == step(calendar, 3, 1200)


@pytest.mark.parametrize("calendar", CLOSED)
def test_the_nearest_working_day_may_be_the_day_itself(calendars, calendar):
    code, days = calendars.codes[calendar], calendars.working_days
    for day in PLACES:
        itself = is_open(calendar, day)
        assert working_day_on_or_before(days, code, day) == (day if itself else step(calendar, day, -1))
        assert working_day_on_or_after(days, code, day) == (day if itself else step(calendar, day, 1))


def test_moving_counts_working_or_calendar_days_in_either_direction(calendars):
    code, days = calendars.codes["FIVE"], calendars.working_days
    for n in range(-9, 10):
        assert move_days(days, code, True, 4, n) == step("FIVE", 4, n)
        assert move_days(days, code, False, 4, n) == 4 + n


def test_without_a_calendar_every_day_works(calendars):
    days = calendars.working_days
    chance = random.Random(3)
    for _ in range(50):
        day, n = chance.randint(-5000, 5000), chance.randint(0, 300)
        assert is_working_day(days, EVERY_DAY, day)
        assert (working_days_before(days, EVERY_DAY, day, n), working_days_after(days, EVERY_DAY, day, n)) == (
            day - n,
            day + n,
        )


def test_mean_hours_are_those_of_the_open_weekdays(calendars):
    assert np.allclose(calendars.hours_per_day, 8.0)


def test_a_data_set_without_calendars_has_none():
    data = validate({"items": pl.DataFrame({"item_id": ["A"]})}, {"as_of": AS_OF}).data
    encoded = encode_calendars(data, 0, 0)
    assert (dict(encoded.codes), encoded.hours_per_day.size) == ({}, 0)
