"""Moves the operations of a schedule to the left as far as their order allows, whatever the problem has."""

from __future__ import annotations

import dataclasses
from bisect import bisect_right
from dataclasses import dataclass, field
from heapq import heappop, heappush

import numpy as np

from scheduling.finite.reverse import reversed_problem
from scheduling.problem import NEVER, NONE, Longs, SchedulingProblem
from scheduling.schedule import Schedule, is_counted, setups_before, unit_sequences


def shift_left(problem: SchedulingProblem, schedule: Schedule) -> Schedule:
    """Return a schedule in which no operation starts later than before, and those on a unit keep their order.

    Operations are taken in the order of their starts and put as early as releases, precedences, the operation before
    on the unit, its setup, the calendar and the resources allow, of which each operation gets what the same ones gave
    back before. One that another must follow within a maximum lag stays close enough to where that one is now.

    Parameters
    ----------
    problem, schedule
        What is scheduled, and a feasible schedule.

    Examples
    --------
    >>> from scheduling.finite.make import problem_from_jobs
    >>> shop = problem_from_jobs([[[(0, 3)], [(1, 2)]]])
    >>> late = Schedule(np.array([0, 1], np.int32), np.array([0, 1], np.int32), np.array([2, 9]), np.array([5, 11]))
    >>> shift_left(shop, late).operation_start.tolist()
    [0, 3]
    """
    shift = _Shift(problem, schedule)
    counted = np.flatnonzero(is_counted(problem))
    start, end = schedule.operation_start[counted], schedule.operation_end[counted]
    for one in counted[np.lexsort((counted, end, start))].tolist():
        shift.put(one)
    leader = shift.leader
    return Schedule(
        schedule.operation_mode,
        schedule.operation_unit,
        np.array(shift.start, np.int64)[leader],
        np.array(shift.end, np.int64)[leader],
    )


def latest_starts(problem: SchedulingProblem, schedule: Schedule) -> Longs:
    """Return, as int64 of shape (n_operations,), when each operation can start at the latest in the same order.

    The schedule does not become longer then; due dates do not count. Time is turned round for it, so that what
    :func:`~scheduling.finite.reverse.reversed_problem` leaves out does not count either.

    Examples
    --------
    >>> from scheduling.finite.make import problem_from_jobs
    >>> shop = problem_from_jobs([[[(0, 3)], [(1, 2)]], [[(1, 1)]]])
    >>> mode, unit = np.arange(3, dtype=np.int32), np.array([0, 1, 1], np.int32)
    >>> now = Schedule(mode, unit, np.array([0, 3, 0]), np.array([3, 5, 1]))
    >>> latest_starts(shop, now).tolist()
    [0, 3, 2]
    """
    last = int(schedule.operation_end.max(initial=0))
    mirror = reversed_problem(dataclasses.replace(problem, job_due=np.full(problem.n_jobs, NEVER)), last)
    turned = Schedule(
        schedule.operation_mode,
        schedule.operation_unit,
        last - schedule.operation_end,
        last - schedule.operation_start,
    )
    return last - shift_left(mirror, turned).operation_end


@dataclass(slots=True)
class _Shift:
    """What is placed so far, as lists, which are faster than arrays one by one."""

    problem: SchedulingProblem
    schedule: Schedule
    leader: list[int] = field(init=False)
    start: list[int] = field(init=False)
    end: list[int] = field(init=False)
    _members: dict[int, list[int]] = field(init=False, default_factory=dict)
    _before: dict[int, int] = field(init=False, default_factory=dict)
    _setup: list[int] = field(init=False)
    _free: list[list[tuple[int, int, int]]] = field(init=False)
    _calendars: list[tuple[list[int], list[int], list[int]]] = field(init=False)

    def __post_init__(self) -> None:
        problem, schedule = self.problem, self.schedule
        self.start, self.end = schedule.operation_start.tolist(), schedule.operation_end.tolist()
        first: dict[int, int] = {}
        batch = problem.operation_batch.tolist()
        self.leader = [one if b == NONE else first.setdefault(b, one) for one, b in enumerate(batch)]
        for one, of in enumerate(self.leader):
            if batch[one] != NONE:
                self._members.setdefault(of, []).append(one)
        sequence, indptr = unit_sequences(problem, schedule)
        for low, high in zip(indptr[:-1].tolist(), indptr[1:].tolist(), strict=True):
            on_unit = sequence[low:high].tolist()
            self._before.update(zip(on_unit[1:], on_unit, strict=False))
        self._setup = setups_before(problem, schedule)[0].tolist()
        # of a resource: when some of it was given back, until when it is held now, how much
        self._free = [[(0, 0, units)] for units in problem.resource_capacity.tolist()]
        self._calendars = [self._calendar(code) for code in range(problem.n_calendars)]

    def _calendar(self, code: int) -> tuple[list[int], list[int], list[int]]:
        """Return starts and ends of the intervals of a calendar, and the open time before each."""
        rows = slice(*self.problem.calendar_indptr[code : code + 2].tolist())
        start, end = self.problem.calendar_start[rows], self.problem.calendar_end[rows]
        return start.tolist(), end.tolist(), (np.cumsum(end - start) - (end - start)).tolist()

    def put(self, one: int) -> None:
        """Place an operation, with its batch."""
        problem, schedule = self.problem, self.schedule
        members = self._members.get(one, [one])
        mode, unit = int(schedule.operation_mode[one]), int(schedule.operation_unit[one])
        duration = int(problem.mode_duration[mode])
        calendar = NONE if unit == NONE else int(problem.unit_calendar[unit])
        lower, stays = 0, False
        for member in members:
            bound, must_stay = self._arcs(member, duration, calendar != NONE)
            lower, stays = max(lower, bound), stays or must_stay
        now = self.start[one]
        lower = max(lower, self._resources(mode, duration, one))
        if not stays and lower < now:
            start, end = self._place(one, unit, duration, calendar, lower)
            if start < now:
                for member in members:
                    self.start[member], self.end[member] = start, end
        for need in range(*problem.need_indptr[mode : mode + 2].tolist() if duration else (0, 0)):
            held = (int(schedule.operation_end[one]), self.end[one], int(problem.need_units[need]))
            heappush(self._free[problem.need_resource[need]], held)

    def _arcs(self, one: int, duration: int, has_calendar: bool) -> tuple[int, bool]:
        """Return the least start by dates and precedences, and whether the operation stays where it is."""
        problem = self.problem
        lower = max(int(problem.operation_release[one]), int(problem.job_release[problem.operation_job[one]]))
        stays = problem.operation_lock_start[one] != NONE
        first, last = problem.predecessor_indptr[one : one + 2].tolist()
        for arc in problem.predecessor_arcs[first:last].tolist():
            stays |= problem.arc_overlap[arc] > 0
            lower = max(lower, self.end[problem.arc_from[arc]] + int(problem.arc_minimum_lag[arc]))
        first, last = problem.successor_indptr[one : one + 2].tolist()
        for arc in range(first, last):
            if problem.arc_maximum_lag[arc] < NEVER:
                latest = self.start[problem.arc_to[arc]] - int(problem.arc_maximum_lag[arc])
                stays |= has_calendar
                lower = max(lower, latest - duration)
        return lower, bool(stays)

    def _resources(self, mode: int, duration: int, one: int) -> int:
        """Take what a mode holds from those who gave it back first; return when all of it is there."""
        lower = 0
        if duration == 0:
            return lower
        for need in range(*self.problem.need_indptr[mode : mode + 2].tolist()):
            free, missing = self._free[self.problem.need_resource[need]], int(self.problem.need_units[need])
            while missing > 0 and free and free[0][0] <= self.schedule.operation_start[one]:
                before, now, units = heappop(free)
                lower = max(lower, now)
                if units > missing:
                    heappush(free, (before, now, units - missing))
                missing -= min(units, missing)
        return lower

    def _place(self, one: int, unit: int, duration: int, calendar: int, lower: int) -> tuple[int, int]:
        """Return the first start and end on a unit from a moment on, behind its setup."""
        before, setup = self._before.get(one, NONE), self._setup[one]
        free = 0 if before == NONE else self.end[before]
        if calendar == NONE:
            start = max(lower, free + setup) if unit != NONE else lower
            return start, start + duration
        starts, ends, worked = self._calendars[calendar]
        lower = max(lower, free)
        if setup:
            lower = max(lower, self._moment(calendar, self._work(calendar, free) + setup))
        if duration == 0:
            return lower, lower
        pauses = bool(self.problem.machine_pauses[self.problem.unit_machine[unit]])
        at = max(bisect_right(ends, lower), 0)
        while at < len(starts):
            start = max(lower, starts[at])
            if pauses:
                return start, self._moment(calendar, worked[at] + start - starts[at] + duration)
            if start + duration <= ends[at]:
                return start, start + duration
            at += 1
        return NEVER, NEVER

    def _work(self, calendar: int, moment: int) -> int:
        """Return the open time before a moment."""
        starts, ends, worked = self._calendars[calendar]
        at = bisect_right(starts, moment) - 1
        return 0 if at < 0 else worked[at] + min(moment, ends[at]) - starts[at]

    def _moment(self, calendar: int, work: int) -> int:
        """Return the first moment before which a calendar has been open for so long."""
        starts, ends, worked = self._calendars[calendar]
        at = bisect_right(worked, work - 1) - 1
        if at < 0:
            return 0
        moment = starts[at] + work - worked[at]
        return moment if moment <= ends[at] else NEVER
