"""What every way of scheduling gives back, and what it tells while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scheduling.objective import MeasureValues
from scheduling.schedule import Schedule
from scheduling.solvers.base import SolveStatus

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class ScheduleProgress:
    """How far a search is.

    Parameters
    ----------
    seconds
        Since it started, by the caller's clock.
    step
        What is being done, such as ``MWKR`` or ``cpsat``.
    objective, bound
        The best schedule so far, infinite without one, and what no schedule is better than.
    """

    seconds: float
    step: str
    objective: float
    bound: float


Watch = Callable[[ScheduleProgress], bool]
"""Called as a search goes on; the search ends with the best schedule so far when it returns ``True``."""


@dataclass(frozen=True, slots=True)
class ScheduleResult:
    """What was found.

    Parameters
    ----------
    status
        ``optimal``, ``feasible``, ``infeasible`` (proven), ``no_solution`` (none was found) or ``failed``.
    schedule
        The best schedule, proven by :func:`scheduling.schedule.check`; ``None`` without one.
    values
        Its measures.
    objective, bound
        The objective of the schedule (infinite without one), and what no schedule is better than.
    seconds
        By the caller's clock.
    solver
        What found the schedule.
    log
        A line for each better schedule or bound.
    """

    status: SolveStatus
    schedule: Schedule | None
    values: MeasureValues | None
    objective: float
    bound: float
    seconds: float
    solver: str
    log: tuple[ScheduleProgress, ...] = ()

    @property
    def gap(self) -> float:
        """The fraction of the objective by which a better schedule could lie below it; infinite without a schedule.

        Examples
        --------
        >>> ScheduleResult(SolveStatus.FEASIBLE, None, None, 200.0, 150.0, 1.0, "dispatch").gap
        0.25
        """
        infinite = float("inf")
        if not (abs(self.objective) < infinite and abs(self.bound) < infinite):
            return infinite
        distance = max(self.objective - self.bound, 0.0)
        return distance / max(abs(self.objective), 1e-9) if distance > 0 else 0.0
