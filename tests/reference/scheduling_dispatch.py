"""Dispatching minute by minute in plain Python, from ``docs/concepts/finite_scheduling.md``.

For problems with releases, chains with lags, alternates, parallel units, calendars, pauses and setups. Durations are 1
or more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log
from statistics import fmean

from scheduling.problem import NONE, SchedulingProblem

HORIZON = 6_000


@dataclass
class Dispatcher:
    """One run of a rule; ``done`` has alternate, unit, start and end by operation."""

    problem: SchedulingProblem
    rule: str
    due_scale: float = 2.0
    setup_scale: float = 0.5
    done: dict[int, tuple[int, int, int, int]] = field(default_factory=dict)

    def run(self) -> dict[int, tuple[int, int, int, int]]:
        """Return where and when each operation runs."""
        problem = self.problem
        self.is_open = [self._open_minutes(unit) for unit in range(problem.n_units)]
        self.work = [[0] for _ in range(problem.n_units)]
        for minutes, work in zip(self.is_open, self.work, strict=True):
            for minute in minutes:
                work.append(work[-1] + minute)
        self.tail = [0] * problem.n_operations
        self.left = [0] * problem.n_operations
        for one in reversed(range(problem.n_operations)):
            after = [arc for arc in range(problem.n_arcs) if problem.arc_from[arc] == one]
            rest = [int(problem.arc_minimum_lag[arc]) + self.tail[problem.arc_to[arc]] for arc in after]
            self.tail[one] = self._shortest(one) + max(rest, default=0)
            self.left[one] = 1 + max((self.left[problem.arc_to[arc]] for arc in after), default=0)
        self.mean_duration = fmean(max(1, self._shortest(one)) for one in range(problem.n_operations))
        self.mean_setup = fmean([int(one) for one in problem.setup_time.ravel() if one > 0] or [1])
        self.free = [0] * problem.n_units
        self.group = problem.unit_initial_group.tolist()
        self.busy_until = [0.0] * problem.n_machines
        self.ready = [0] * problem.n_operations
        self.queues: list[dict[int, int]] = [{} for _ in range(problem.n_machines)]
        self.arrivals: dict[int, list[int]] = {}
        self.decisions: list[set[int]] = [set() for _ in range(problem.n_machines)]
        for one in range(problem.n_operations):
            self._announce(one)
        for time in range(HORIZON):
            for one in sorted(self.arrivals.get(time, [])):
                self.decisions[self._enqueue(one, time)].add(time)
            for machine in range(problem.n_machines):
                if time in self.decisions[machine]:
                    self._decide(machine, time)
        return self.done

    def _open_minutes(self, unit: int) -> list[int]:
        """Return 1 for each minute in which a unit is open, else 0."""
        problem, calendar = self.problem, int(self.problem.unit_calendar[unit])
        if calendar == NONE:
            return [1] * HORIZON
        minutes = [0] * HORIZON
        for at in range(problem.calendar_indptr[calendar], problem.calendar_indptr[calendar + 1]):
            for minute in range(problem.calendar_start[at], min(HORIZON, problem.calendar_end[at])):
                minutes[minute] = 1
        return minutes

    def _modes(self, one: int) -> range:
        """Return the alternates of an operation."""
        return range(*self.problem.mode_indptr[one : one + 2].tolist())

    def _shortest(self, one: int) -> int:
        """Return the duration of the shortest alternate."""
        return min(int(self.problem.mode_duration[mode]) for mode in self._modes(one))

    def _announce(self, one: int) -> None:
        """Note when an operation becomes ready, once all that go before it are placed."""
        problem = self.problem
        self.ready[one] = int(max(problem.job_release[problem.operation_job[one]], problem.operation_release[one]))
        for arc in range(problem.n_arcs):
            if problem.arc_to[arc] == one:
                if problem.arc_from[arc] not in self.done:
                    return
                end = self.done[problem.arc_from[arc]][3]
                self.ready[one] = max(self.ready[one], end + int(problem.arc_minimum_lag[arc]))
        self.arrivals.setdefault(self.ready[one], []).append(one)

    def _enqueue(self, one: int, time: int) -> int:
        """Send an operation that is ready to the machine that would end it first, and return that machine."""
        problem = self.problem
        ends = {}
        for mode in self._modes(one):
            machine = int(problem.mode_machine[mode])
            ends[mode] = max(self.busy_until[machine], float(time)) + int(problem.mode_duration[mode])
        mode = min(ends, key=lambda mode: (ends[mode], mode))
        machine = int(problem.mode_machine[mode])
        n_units = int(problem.machine_unit_indptr[machine + 1] - problem.machine_unit_indptr[machine])
        work = int(problem.mode_duration[mode]) / n_units
        self.busy_until[machine] = max(self.busy_until[machine], float(time)) + work
        self.queues[machine][one] = mode
        return machine

    def _decide(self, machine: int, time: int) -> None:
        """Let each unit of a machine that is free and open choose; one that is closed decides when it opens."""
        for unit in range(*self.problem.machine_unit_indptr[machine : machine + 2].tolist()):
            if self.free[unit] <= time and self.queues[machine]:
                if self.is_open[unit][time]:
                    self._choose(unit, time)
                else:
                    self.decisions[machine].add(self.is_open[unit].index(1, time))

    def _setup(self, unit: int, one: int) -> int:
        """Return the setup of an operation on a unit as it is set up now."""
        matrix = int(self.problem.machine_setup_matrix[self.problem.unit_machine[unit]])
        groups = (self.group[unit], int(self.problem.operation_setup_group[one]))
        return 0 if NONE in (matrix, *groups) else int(self.problem.setup_time[matrix, *groups])

    def _fit(self, unit: int, one: int, mode: int, time: int) -> tuple[int, int]:
        """Return the first start and end of an operation on a unit, from a minute on."""
        duration, work, setup = int(self.problem.mode_duration[mode]), self.work[unit], self._setup(unit, one)
        pauses = bool(self.problem.machine_pauses[self.problem.unit_machine[unit]])
        for start in range(time, HORIZON):
            if not self.is_open[unit][start] or work[start] - work[self.free[unit]] < setup:
                continue
            end = start + duration
            while pauses and work[end] - work[start] < duration:
                end += 1
            if work[end] - work[start] == duration:
                return start, end
        raise ValueError("the horizon is too short")

    def _choose(self, unit: int, time: int) -> None:
        """Start the operation of the queue that is least by the rule among those that start before the unit closes.

        When none does, the machine decides again when the first of them can start.
        """
        machine = int(self.problem.unit_machine[unit])
        queue, closing = self.queues[machine], time
        while closing < HORIZON and self.is_open[unit][closing]:
            closing += 1
        fits = {one: self._fit(unit, one, mode, time) for one, mode in queue.items()}
        can = [one for one in fits if fits[one][0] < closing]
        if not can:
            self.decisions[machine].add(min(start for start, _ in fits.values()))
            return
        best = min(can, key=lambda one: (self._score(unit, one, time), self._tie(one), one))
        start, end = fits[best]
        self.done[best] = (queue.pop(best), unit, start, end)
        self.free[unit], self.group[unit] = end, int(self.problem.operation_setup_group[best])
        self.decisions[machine].add(end)
        for arc in range(self.problem.n_arcs):
            if self.problem.arc_from[arc] == best:
                self._announce(int(self.problem.arc_to[arc]))

    def _score(self, unit: int, one: int, time: int) -> float:
        """Return what the rule compares."""
        problem = self.problem
        mode = self.queues[problem.unit_machine[unit]][one]
        job, tail = int(problem.operation_job[one]), self.tail[one]
        due, slack = int(problem.job_due[job]), max(0, int(problem.job_due[job]) - tail - time)
        cost = log(max(1, int(problem.mode_duration[mode])) / float(problem.job_weight[job]))
        cost += slack / (self.due_scale * self.mean_duration)
        by_rule: dict[str, float] = {
            "EDD": due,
            "SPT": self._shortest(one),
            "CR": (due - time) / tail,
            "ATC": cost,
            "ATCS": cost + self._setup(unit, one) / (self.setup_scale * self.mean_setup),
            "MWKR": -tail,
            "MOPNR": -self.left[one],
            "FIFO": self.ready[one],
            "SST": self._setup(unit, one),
        }
        return by_rule[self.rule]

    def _tie(self, one: int) -> float:
        """Return what is compared between equals: slack for the formulas, else work behind."""
        if self.rule in ("CR", "ATC", "ATCS", "SST"):
            return int(self.problem.job_due[self.problem.operation_job[one]]) - self.tail[one]
        return -self.tail[one] if self.rule != "FIFO" else 0
