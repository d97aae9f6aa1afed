"""Shifts of a working day, as calendars write them: ``06:00-14:00;14:00-22:00``."""

from __future__ import annotations

import re

_SHIFT = re.compile(r"^([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)$|^([01]?\d|2[0-3]):([0-5]\d)-24:00$")
_DAY_MINUTES = 1440


def read_shifts(text: str) -> list[tuple[int, int]]:
    """Return the shifts of a day as (start, end) in minutes after midnight; a night shift ends on the next day.

    Raises
    ------
    ValueError
        When the text is not a list of shifts, or two of them overlap.

    Examples
    --------
    >>> read_shifts("06:00-14:00;22:00-06:00")
    [(360, 840), (1320, 1800)]
    """
    shifts = sorted(_read_shift(part.strip()) for part in text.split(";") if part.strip())
    if not shifts:
        raise ValueError("it names no shift")
    following = [*shifts[1:], (shifts[0][0] + _DAY_MINUTES, 0)]
    for (start, end), (next_start, _) in zip(shifts, following, strict=True):
        if end > next_start:
            raise ValueError(f"the shift that starts at {start // 60:02}:{start % 60:02} overlaps the next one")
    return shifts


def _read_shift(text: str) -> tuple[int, int]:
    """Return one shift in minutes after midnight."""
    if not _SHIFT.match(text):
        raise ValueError(f"{text} is not a shift such as 06:00-14:00")
    start, end = (int(hour) * 60 + int(minute) for hour, minute in (time.split(":") for time in text.split("-")))
    if start == end:
        raise ValueError(f"{text} lasts no time")
    return start, end if end > start else end + _DAY_MINUTES
