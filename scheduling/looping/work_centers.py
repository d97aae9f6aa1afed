"""Work centers and their working time for one run of the shop."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from heapq import heapreplace
from math import ceil

import numpy as np

from planning.capacity import CapacityResult

_LEAST_SECONDS = 1e-6
_LEAST_UNITS = 1e-9


class WorkingCalendar:
    """The working time of one calendar, in seconds from ``as_of`` on.

    Parameters
    ----------
    starts, ends
        Its intervals, which do not touch.
    end
        The end of the tabulated time: what is not done by then is done then.
    """

    def __init__(self, starts: list[int], ends: list[int], end: int) -> None:
        self.starts, self.ends, self.end = starts, ends, end
        self.worked: list[int] = np.cumsum(np.array(ends, np.int64) - np.array(starts, np.int64)).tolist()

    def begin(self, time: int) -> int:
        """Return the first working second from a time on.

        Examples
        --------
        >>> WorkingCalendar([10, 50], [20, 60], 100).begin(20)
        50
        """
        at = bisect_right(self.ends, time)
        return max(time, self.starts[at]) if at < len(self.ends) else self.end

    def finish(self, start: int, seconds: int) -> int:
        """Return when so many seconds have been worked from a working second on.

        Examples
        --------
        >>> WorkingCalendar([10, 50], [20, 60], 100).finish(15, 8)
        53
        """
        at = bisect_right(self.ends, start)
        if at == len(self.ends):
            return self.end
        target = self.worked[at] - (self.ends[at] - start) + seconds
        last = bisect_left(self.worked, target, at)
        return self.ends[last] - (self.worked[last] - target) if last < len(self.ends) else self.end

    def latest_start(self, end: int, seconds: int) -> int:
        """Return the latest time from which so many seconds are worked by ``end``; 0 when there are not so many.

        Examples
        --------
        >>> WorkingCalendar([10, 50], [20, 60], 100).latest_start(53, 8)
        15
        """
        at = bisect_left(self.starts, end) - 1
        if at < 0:
            return 0
        target = self.worked[at] - max(self.ends[at] - end, 0) - seconds
        if target < 0:
            return 0
        first = bisect_right(self.worked, target)
        return self.ends[first] - (self.worked[first] - target)


class WorkCenter:
    """A work center: when each of its units is free, and how fast it works.

    Parameters
    ----------
    calendar
        When it works.
    units
        How many machines or people; half a unit is one that takes twice as long.
    seconds_per_minute
        Working time in a standard minute.
    is_finite
        Nothing waits at a work center without a limit.
    first_unit
        The number of its first unit among those of all work centers.
    """

    def __init__(
        self, calendar: WorkingCalendar, units: float, seconds_per_minute: float, is_finite: bool, first_unit: int
    ) -> None:
        self.calendar = calendar
        self.n_units = max(1, int(units)) if is_finite else 0
        self._seconds = seconds_per_minute * (self.n_units / max(units, _LEAST_UNITS) if is_finite else 1.0)
        self._free = [(0, first_unit + unit) for unit in range(self.n_units)]

    def seconds(self, minutes: float) -> int:
        """Return the working time of standard minutes on one unit."""
        return max(0, ceil(minutes * self._seconds - _LEAST_SECONDS))

    def work(self, ready: int, seconds: int) -> tuple[int, int, int]:
        """Return start, end and unit of work that is there from a time on: the unit that is free first takes it.

        Work that takes no time, and work at a work center without a limit, has unit -1.
        """
        if not seconds:
            return ready, ready, -1
        if not self._free:
            start = self.calendar.begin(ready)
            return start, self.calendar.finish(start, seconds), -1
        free, unit = self._free[0]
        start = self.calendar.begin(max(ready, free))
        end = self.calendar.finish(start, seconds)
        heapreplace(self._free, (end, unit))
        return start, end, unit


def work_centers(capacity: CapacityResult) -> list[WorkCenter]:
    """Return the work centers of a plan, none of them busy."""
    model = capacity.model
    times, frame = model.times, model.centers.frame
    calendars = [
        WorkingCalendar(times.starts[begin:end].tolist(), times.ends[begin:end].tolist(), model.kernel.end_second)
        for begin, end in zip(times.indptr[:-1].tolist(), times.indptr[1:].tolist(), strict=True)
    ]
    available = np.maximum(model.centers.column("utilization_fraction"), _LEAST_UNITS)
    found: list[WorkCenter] = []
    first_unit = 0
    for calendar, units, seconds, is_finite in zip(
        model.centers.rows["calendar"].tolist(), frame["units"].to_list(),
        (model.centers.rows["seconds_per_minute"] / available).tolist(), frame["is_finite"].to_list(), strict=True,
    ):  # fmt: skip
        found.append(WorkCenter(calendars[calendar], units, seconds, is_finite, first_unit))
        first_unit += found[-1].n_units
    return found
