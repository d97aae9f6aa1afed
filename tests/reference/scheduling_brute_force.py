"""Schedules by trying everything, from docs/concepts/finite_scheduling.md alone: unit of time by unit of time."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from math import ceil

from scheduling.objective import Measure, MeasureValues, Objective
from scheduling.problem import NEVER, NONE, SchedulingProblem


@dataclass(frozen=True)
class Run:
    """Where and when one operation runs."""

    mode: int
    unit: int
    start: int
    end: int


class Trial:
    """Answers about a problem, looking at single units of time."""

    def __init__(self, problem: SchedulingProblem, horizon: int) -> None:
        self.problem, self.horizon = problem, horizon
        self.opened = [self._open_units(unit) for unit in range(problem.n_units)]

    def _open_units(self, unit: int) -> list[bool]:
        problem = self.problem
        calendar = int(problem.unit_calendar[unit])
        if calendar == NONE:
            return [True] * (self.horizon + 10)
        at = range(int(problem.calendar_indptr[calendar]), int(problem.calendar_indptr[calendar + 1]))
        return [
            any(problem.calendar_start[i] <= t < problem.calendar_end[i] for i in at) for t in range(self.horizon + 10)
        ]

    def is_open(self, unit: int, time: int) -> bool:
        return unit == NONE or self.opened[unit][time]

    def worked(self, unit: int, start: int, end: int) -> int:
        return sum(self.is_open(unit, t) for t in range(max(0, start), end))

    def runs(self, operation: int) -> list[Run]:
        """Every way to run an operation that keeps what concerns it alone."""
        problem, found = self.problem, []
        job = int(problem.operation_job[operation])
        release = max(int(problem.operation_release[operation]), int(problem.job_release[job]))
        deadline = min(int(problem.operation_deadline[operation]), int(problem.job_deadline[job]))
        for mode in range(int(problem.mode_indptr[operation]), int(problem.mode_indptr[operation + 1])):
            machine = int(problem.mode_machine[mode])
            if problem.operation_lock_machine[operation] not in (NONE, machine):
                continue
            units = [NONE]
            if machine != NONE:
                units = list(range(*(int(one) for one in problem.machine_unit_indptr[machine : machine + 2])))
            for unit, start in itertools.product(units, range(release, self.horizon)):
                if problem.operation_lock_unit[operation] not in (NONE, unit):
                    continue
                if problem.operation_lock_start[operation] not in (NONE, start):
                    continue
                end = self.end(mode, unit, start)
                if end is not None and end <= min(deadline, self.horizon):
                    found.append(Run(mode, unit, start, end))
        return found

    def end(self, mode: int, unit: int, start: int) -> int | None:
        """When a run that starts at a time ends; None when it cannot start then."""
        problem = self.problem
        left = int(problem.mode_duration[mode])
        pauses = unit != NONE and bool(problem.machine_pauses[problem.unit_machine[unit]])
        if left and not self.is_open(unit, start):
            return None
        time = start
        while left:
            if time >= self.horizon:
                return None
            if self.is_open(unit, time):
                left -= 1
            elif not pauses:
                return None
            time += 1
        return time

    def fits(self, runs: dict[int, Run]) -> bool:
        """Whether operations that are placed do not contradict each other; what needs all of them waits for that."""
        problem = self.problem
        for arc in range(problem.n_arcs):
            of, to = int(problem.arc_from[arc]), int(problem.arc_to[arc])
            if of in runs and to in runs and not self.keeps_arc(arc, runs[of], runs[to]):
                return False
        return self.keeps_batches(runs) and self.keeps_units(runs) and self.keeps_resources(runs)

    def keeps_arc(self, arc: int, first: Run, second: Run) -> bool:
        problem = self.problem
        lag, share = int(problem.arc_minimum_lag[arc]), float(problem.arc_overlap[arc])
        if second.start > first.end + int(problem.arc_maximum_lag[arc]):
            return False
        if share == 0:
            return second.start >= first.end + lag
        batch = ceil(share * int(problem.mode_duration[first.mode]) - 1e-9)
        done = self.worked(first.unit, first.start, second.start - lag) if second.start - lag >= first.start else 0
        last = ceil(share * int(problem.mode_duration[second.mode]) - 1e-9)
        left = self.worked(second.unit, first.end + lag, second.end) if second.end >= first.end + lag else 0
        enough = second.end >= first.end + lag if last == 0 else left >= last
        return second.start - lag >= first.start and done >= batch and enough

    def keeps_batches(self, runs: dict[int, Run]) -> bool:
        batch = self.problem.operation_batch
        places: dict[int, tuple[int, int, int]] = {}
        for one, run in runs.items():
            place = (run.unit, run.start, run.end)
            if batch[one] != NONE and places.setdefault(int(batch[one]), place) != place:
                return False
        return True

    def counted(self, runs: dict[int, Run]) -> dict[int, Run]:
        """The operations that take room: of a batch the first."""
        batch = self.problem.operation_batch
        first = {int(batch[one]): one for one in sorted(runs, reverse=True)}
        return {one: run for one, run in sorted(runs.items()) if batch[one] == NONE or first[int(batch[one])] == one}

    def sequence(self, runs: dict[int, Run], unit: int) -> list[int]:
        on_unit = [(run.start, run.end, one) for one, run in self.counted(runs).items() if run.unit == unit]
        return [one for _, _, one in sorted(on_unit)]

    def setup(self, unit: int, before: int | None, after: int) -> tuple[int, float]:
        """Time and cost of the setup before an operation."""
        problem = self.problem
        matrix = int(problem.machine_setup_matrix[problem.unit_machine[unit]])
        groups = problem.operation_setup_group
        group = int(problem.unit_initial_group[unit] if before is None else groups[before])
        if NONE in (matrix, group, int(groups[after])) or problem.operation_is_started[after]:
            return 0, 0.0
        place = (matrix, group, int(groups[after]))
        return int(problem.setup_time[place]), float(problem.setup_cost[place])

    def keeps_units(self, runs: dict[int, Run]) -> bool:
        """No two at once. Setups wait until all are placed: what comes between can make them shorter."""
        is_complete = len(runs) == self.problem.n_operations
        for unit in range(self.problem.n_units):
            sequence = self.sequence(runs, unit)
            for before, after in zip([None, *sequence], sequence, strict=False):
                free = 0 if before is None else runs[before].end
                if runs[after].start < free:
                    return False
                if is_complete and self.worked(unit, free, runs[after].start) < self.setup(unit, before, after)[0]:
                    return False
        return not is_complete or self.keeps_campaigns(runs)

    def keeps_campaigns(self, runs: dict[int, Run]) -> bool:
        seen: set[int] = set()
        for unit in range(self.problem.n_units):
            marks = [int(self.problem.operation_campaign[one]) for one in self.sequence(runs, unit)]
            for mark, _ in itertools.groupby(marks):
                if mark != NONE and mark in seen:
                    return False
                seen.add(mark)
        return True

    def keeps_resources(self, runs: dict[int, Run]) -> bool:
        problem = self.problem
        for resource, time in itertools.product(range(problem.n_resources), range(self.horizon)):
            held = 0
            for run in self.counted(runs).values():
                at = range(int(problem.need_indptr[run.mode]), int(problem.need_indptr[run.mode + 1]))
                if run.start <= time < run.end:
                    held += sum(int(problem.need_units[i]) for i in at if problem.need_resource[i] == resource)
            if held > problem.resource_capacity[resource]:
                return False
        return True

    def values(self, runs: dict[int, Run]) -> MeasureValues:
        problem = self.problem
        tardiness = flow = earliness = cost = 0.0
        time = late = 0
        for job in range(problem.n_jobs):
            end = max(run.end for one, run in runs.items() if problem.operation_job[one] == job)
            weight, due = float(problem.job_weight[job]), int(problem.job_due[job])
            flow += weight * (end - int(problem.job_release[job]))
            if due < NEVER:
                tardiness += weight * max(0, end - due)
                earliness += weight * max(0, due - end)
                late += end > due
        for unit in range(problem.n_units):
            sequence = self.sequence(runs, unit)
            for before, after in zip([None, *sequence], sequence, strict=False):
                setup = self.setup(unit, before, after)
                time, cost = time + setup[0], cost + setup[1]
        makespan = max(run.end for run in runs.values())
        return MeasureValues(tardiness, makespan, time, cost, flow, earliness, late)


def best_value(
    problem: SchedulingProblem, horizon: int, objective: Objective | None = None
) -> tuple[float, ...] | None:
    """Return the best key of the objective among all schedules within a horizon; None when there is none."""
    trial, aim = Trial(problem, horizon), objective or problem.objective
    choices = [trial.runs(one) for one in range(problem.n_operations)]
    best: tuple[float, ...] | None = None

    def place(one: int, runs: dict[int, Run]) -> None:
        nonlocal best
        if one == problem.n_operations:
            key = aim.key(trial.values(runs))
            best = key if best is None else min(best, key)
            return
        for run in choices[one]:
            runs[one] = run
            if trial.fits(runs):
                place(one + 1, runs)
            del runs[one]

    place(0, {})
    return best


__all__ = ["Measure", "Run", "Trial", "best_value"]
