"""The best schedule and the best bound so far, and what is told while they get better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from scheduling.check import check, measure
from scheduling.finite.bounds import lower_bound
from scheduling.objective import MeasureValues
from scheduling.problem import SchedulingProblem
from scheduling.result import Clock, ScheduleProgress, ScheduleResult, Watch
from scheduling.schedule import Schedule
from scheduling.solvers.base import SolveStatus


def no_clock() -> float:
    """Return 0: time does not pass, so that no time limit ends a search."""
    return 0.0


def no_watch(progress: ScheduleProgress) -> bool:  # noqa: ARG001
    """Go on."""
    return False


@dataclass(slots=True)
class ScheduleSearch:
    """The state of a search.

    Parameters
    ----------
    problem
        What is scheduled.
    time_limit
        Seconds; ``None``: no limit.
    clock
        Seconds, from any start; it stands below api/, where there is no clock.
    watch
        Told of every better schedule or bound; ends the search when it returns ``True``.
    step
        What is being done.
    """

    problem: SchedulingProblem
    time_limit: float | None = None
    clock: Clock = no_clock
    watch: Watch = no_watch
    step: str = ""
    schedule: Schedule | None = None
    values: MeasureValues | None = None
    objective: float = np.inf
    bound: float = -np.inf
    found_by: str = ""
    is_stopped: bool = False
    is_infeasible: bool = False
    is_optimal: bool = False
    log: list[ScheduleProgress] = field(default_factory=list)
    started: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.clock()
        self.bound = lower_bound(self.problem)

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return self.clock() - self.started

    @property
    def seconds_left(self) -> float:
        """Seconds until the time limit, infinite without one."""
        return float("inf") if self.time_limit is None else max(0.0, self.time_limit - self.seconds)

    @property
    def is_proven(self) -> bool:
        """No schedule is better."""
        if self.schedule is None or self.problem.objective.is_lexicographic:
            return self.is_optimal
        return self.is_optimal or self.objective <= self.bound + 1e-9 * max(1.0, abs(self.bound))

    @property
    def is_over(self) -> bool:
        """Nothing is left to do, or no time to do it."""
        return self.is_stopped or self.is_proven or self.is_infeasible or self.seconds_left <= 0.0

    def offer(self, schedule: Schedule | None) -> bool:
        """Keep a schedule when it is better than the best one and feasible; return whether it was kept."""
        if schedule is None:
            return False
        key = self.problem.objective.key(measure(self.problem, schedule))
        best = None if self.values is None else self.problem.objective.key(self.values)
        if best is not None and key >= best:
            return False
        checked = check(self.problem, schedule)
        if not checked.is_feasible or checked.values is None:
            return False
        self.schedule, self.values, self.found_by = schedule, checked.values, self.step
        self.objective = self.problem.objective.value(checked.values)
        self._tell()
        return True

    def raise_bound(self, bound: float) -> None:
        """Keep a bound when it is higher."""
        if np.isfinite(bound) and bound > self.bound:
            self.bound = min(bound, self.objective)
            self._tell()

    def ask(self) -> bool:
        """Tell how far the search is, and return whether it must end."""
        self.is_stopped |= bool(self.watch(ScheduleProgress(self.seconds, self.step, self.objective, self.bound)))
        return self.is_over

    def _tell(self) -> None:
        """Write the log and tell the caller."""
        self.log.append(ScheduleProgress(self.seconds, self.step, self.objective, self.bound))
        self.is_stopped |= bool(self.watch(self.log[-1]))

    def result(self) -> ScheduleResult:
        """Return what was found."""
        status = SolveStatus.FEASIBLE
        if self.schedule is None:
            status = SolveStatus.INFEASIBLE if self.is_infeasible else SolveStatus.NO_SOLUTION
        elif self.is_proven:
            status = SolveStatus.OPTIMAL
        return ScheduleResult(
            status,
            self.schedule,
            self.values,
            self.objective,
            self.bound,
            self.seconds,
            self.found_by,
            tuple(self.log),
        )


Step = Callable[[ScheduleSearch], None]
