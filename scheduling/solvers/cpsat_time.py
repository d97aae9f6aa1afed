"""Time in a CP-SAT model: open intervals of units, work measured in open time, and how far time must reach."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from scheduling.objective import Measure
from scheduling.problem import NEVER, NONE, Longs, SchedulingProblem
from scheduling.schedule import Schedule


def horizon_of(problem: SchedulingProblem, start: Schedule | None) -> int:
    """Return a time by which some best schedule ends.

    Notes
    -----
    The makespan of a known schedule, when nothing else counts. Else the last date of any kind and the last opening, and
    then all durations, the longest setup for each, and all lags one after the other, or the last deadline.
    """
    if start is not None and problem.objective.measures == (Measure.MAKESPAN,):
        return int(start.operation_end.max(initial=0))
    dates = [problem.job_release, problem.operation_release, problem.operation_lock_start]
    dates += [problem.job_due[problem.job_due < NEVER], problem.calendar_start]
    dates.append(problem.calendar_end[problem.calendar_end < NEVER])
    longest = np.maximum.reduceat(problem.mode_duration, problem.mode_indptr[:-1]) if problem.n_operations else 0
    work = int(np.sum(longest)) + problem.n_operations * int(problem.setup_time.max(initial=0))
    known = 0 if start is None else int(start.operation_end.max(initial=0))
    last = max(int(date.max(initial=0)) for date in dates)
    latest = int(np.minimum(problem.operation_deadline, problem.job_deadline[problem.operation_job]).max(initial=0))
    return min(latest, max(known, last + work + int(problem.arc_minimum_lag.sum()))) + 1


@dataclass(slots=True)
class UnitTime:
    """Links moments and open time, for the units of a problem.

    Parameters
    ----------
    problem, model, horizon
        What is scheduled, the CP-SAT model, and how far time reaches.
    """

    problem: SchedulingProblem
    model: Any
    horizon: int
    is_pooled: list[bool] = field(init=False)
    earliest: Longs = field(init=False)
    latest: Longs = field(init=False)
    _worked: dict[tuple[int, int, bool], Any] = field(init=False, default_factory=dict)
    _openings: dict[int, list[tuple[int, int, int]]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        problem, job = self.problem, self.problem.operation_job
        self.is_pooled = [self._is_pool(machine) for machine in range(problem.n_machines)]
        self.earliest = np.maximum(problem.operation_release, problem.job_release[job])
        latest = np.minimum(problem.operation_deadline, problem.job_deadline[job])
        self.latest = np.minimum(latest, self.horizon)

    def _is_pool(self, machine: int) -> bool:
        """Return whether the units of a machine are alike, so that it does not matter which one runs what."""
        problem = self.problem
        units = slice(*problem.machine_unit_indptr[machine : machine + 2].tolist())
        calendars = problem.unit_calendar[units]
        if calendars.size < 2 or (calendars != calendars[0]).any() or problem.machine_setup_matrix[machine] != NONE:
            return False
        here = problem.mode_machine == machine
        operations = problem.mode_operation[here]
        marks = (problem.operation_campaign[operations] != NONE) | (problem.operation_lock_unit[operations] != NONE)
        return not marks.any() and not (problem.mode_duration[here] == 0).any()

    def intervals(self, unit: int) -> list[tuple[int, int, int]]:
        """Return start, end and the open time before of the intervals of a unit up to the horizon."""
        calendar = NONE if unit == NONE else int(self.problem.unit_calendar[unit])
        if calendar == NONE:
            return [(0, self.horizon, 0)]
        if calendar not in self._openings:
            found, worked = [], 0
            for at in range(*self.problem.calendar_indptr[calendar : calendar + 2].tolist()):
                start, end = int(self.problem.calendar_start[at]), int(self.problem.calendar_end[at])
                if start <= self.horizon:
                    found.append((start, min(end, self.horizon), worked))
                    worked += end - start
            self._openings[calendar] = found
        return self._openings[calendar]

    def intervals_of(self, unit: int, one: int) -> tuple[list[tuple[int, int, int]], int, int]:
        """Return the intervals that an operation can reach, the end of the one before, the start of the one after."""
        every = self.intervals(unit)
        first = bisect_left(every, int(self.earliest[one]), key=lambda interval: interval[1])
        last = max(first, bisect_right(every, int(self.latest[one]), key=lambda interval: interval[0]))
        closed_from = every[first - 1][1] if first else 0
        closed_to = every[last][0] if last < len(every) else self.horizon
        return every[first:last], closed_from, closed_to

    def has_calendar(self, unit: int) -> bool:
        """Return whether a unit is ever closed."""
        return unit != NONE and self.problem.unit_calendar[unit] != NONE

    def pauses(self, unit: int) -> bool:
        """Return whether what runs on a unit pauses over closed time."""
        return self.has_calendar(unit) and bool(self.problem.machine_pauses[self.problem.unit_machine[unit]])

    def has_sequence(self, unit: int, operations: Sequence[int]) -> bool:
        """Return whether it matters on a unit who follows whom."""
        has_setups = self.problem.machine_setup_matrix[self.problem.unit_machine[unit]] != NONE
        return bool(has_setups or (self.problem.operation_campaign[list(operations)] != NONE).any())

    def run(self, one: int, unit: int, duration: int, start: Any, end: Any, chosen: Any) -> None:
        """An operation takes its duration, in open time when it pauses, else within one open interval."""
        if self.pauses(unit) and duration > 0:
            worked_start = self._link(one, unit, start, is_end=False, chosen=chosen, has_gaps=False)
            worked_end = self._link(one, unit, end, is_end=True, chosen=chosen, has_gaps=False)
            self.model.add(worked_end == worked_start + duration).only_enforce_if(chosen)
            self._worked[one, unit, False], self._worked[one, unit, True] = worked_start, worked_end
            return
        self.model.add(end == start + duration).only_enforce_if(chosen)
        if not self.has_calendar(unit) or duration == 0:
            return
        reached, _, _ = self.intervals_of(unit, one)
        room = [[first, last - duration] for first, last, _ in reached if last - first >= duration]
        if not room:
            self.model.add(chosen == 0)
            return
        within = self._domain(room)
        self.model.add_linear_expression_in_domain(start, within).only_enforce_if(chosen)

    @staticmethod
    def _domain(intervals: list[list[int]]) -> Any:
        """Return a domain of CP-SAT."""
        # the parent process cannot import OR-tools beside highspy; this runs in the process that solves
        from ortools.util.python.sorted_interval_list import Domain

        return Domain.from_intervals(intervals)

    def worked(self, one: int, unit: int, moment: Any, is_end: bool) -> Any:
        """Return the open time of a unit before the start or the end of an operation that runs there."""
        if not self.has_calendar(unit):
            return moment
        key = (one, unit, is_end)
        if key not in self._worked:
            self._worked[key] = self._link(one, unit, moment, is_end=is_end, chosen=None, has_gaps=True)
        return self._worked[key]

    def _link(self, one: int, unit: int, moment: Any, is_end: bool, chosen: Any, has_gaps: bool) -> Any:
        """Return a variable for the open time before a moment that lies in an open interval, or in a gap if allowed.

        A start lies in ``[first, last)``, an end in ``(first, last]`` of its interval.
        """
        model = self.model
        intervals, closed_from, closed_to = self.intervals_of(unit, one)
        worked = model.new_int_var(0, self.horizon, "")
        choices = []
        total = 0 if intervals else self._open_before(unit, closed_from)
        for first, last, before in intervals:
            within = model.new_bool_var("")
            model.add(moment >= first + int(is_end and not has_gaps)).only_enforce_if(within)
            model.add(moment <= last - int(not is_end and not has_gaps)).only_enforce_if(within)
            model.add(worked == moment - (first - before)).only_enforce_if(within)
            choices.append(within)
            if has_gaps and first > closed_from:
                choices.append(self._gap(moment, closed_from, first, worked, before))
            closed_from, total = last, before + last - first
        if has_gaps and closed_from < closed_to:
            choices.append(self._gap(moment, closed_from, closed_to, worked, total))
        if not choices:
            model.add(chosen == 0)
        elif chosen is None:
            model.add_exactly_one(choices)
        else:
            model.add(sum(choices) == 1).only_enforce_if(chosen)
        return worked

    def _open_before(self, unit: int, moment: int) -> int:
        """Return the open time of a unit before a moment in closed time."""
        return sum(last - first for first, last, _ in self.intervals(unit) if last <= moment)

    def _gap(self, moment: Any, first: int, last: int, worked: Any, before: int) -> Any:
        """Return whether a moment lies in closed time, in which no open time passes."""
        within = self.model.new_bool_var("")
        self.model.add(moment >= first).only_enforce_if(within)
        self.model.add(moment <= last).only_enforce_if(within)
        self.model.add(worked == before).only_enforce_if(within)
        return within

    def after_work(self, one: int, unit: int, start: Any, work: int, chosen: Any) -> Any:
        """Return the moment at which an operation has done some work."""
        if work == 0 or not self.pauses(unit):
            return start + work
        point = self.model.new_int_var(0, self.horizon, "")
        worked = self._link(one, unit, point, is_end=True, chosen=chosen, has_gaps=False)
        self.model.add(worked == self._worked[one, unit, False] + work).only_enforce_if(chosen)
        return point

    def before_work(self, one: int, unit: int, end: Any, work: int, chosen: Any) -> Any:
        """Return the last moment at which an operation still has some work to do."""
        if work == 0 or not self.pauses(unit):
            return end - work
        point = self.model.new_int_var(0, self.horizon, "")
        worked = self._link(one, unit, point, is_end=False, chosen=chosen, has_gaps=False)
        self.model.add(worked == self._worked[one, unit, True] - work).only_enforce_if(chosen)
        return point
