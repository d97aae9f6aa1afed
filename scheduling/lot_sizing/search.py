"""The best lots and the best bound so far, and what is told while they get better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

import numpy as np

from scheduling.lot_sizing.problem import LotSizingProblem
from scheduling.lot_sizing.schedule import LotSizingSchedule, check, cost_of, overload

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class LotSizingOptions:
    """How lots are sought.

    Parameters
    ----------
    time_limit
        Seconds after which the best lots so far are returned; ``None``: no limit but the steps of the search.
    threads
        Threads of the solver and of the search.
    seed
        The seed of random choices: the same seed gives the same lots, unless the time limit ends the search.
    gap
        Lots that are proven to be within this fraction of the best ones are good enough.
    has_search
        Seek lots by annealing and by small models besides the large model.
    has_period_bound
        Seek a bound by periods besides that of the model.
    """

    time_limit: float | None = 60.0
    threads: int = 1
    seed: int = 0
    gap: float = 1e-4
    has_search: bool = True
    has_period_bound: bool = True


@dataclass(frozen=True, slots=True)
class LotSizingProgress:
    """How far the search is.

    Parameters
    ----------
    seconds
        By the caller's clock.
    step
        What is being done.
    objective, bound
        The cost of the best lots, and what no lots cost less than.
    """

    seconds: float
    step: str
    objective: float
    bound: float


@dataclass(slots=True)
class LotSizingSearch:
    """The state of a search.

    Parameters
    ----------
    problem, options
        What is sought, and how.
    clock
        Seconds, from any start; it stands below api/, where there is no clock.
    watch
        Told of every better cost or bound.
    """

    problem: LotSizingProblem
    options: LotSizingOptions
    clock: Clock
    watch: Callable[[LotSizingProgress], None]
    step: str = ""
    schedule: LotSizingSchedule | None = None
    objective: float = np.inf
    excess: float = np.inf
    bound: float = -np.inf
    started: float = field(init=False)
    # the search and the model run side by side
    _lock: Lock = field(init=False, default_factory=Lock)

    def __post_init__(self) -> None:
        self.started = self.clock()

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return self.clock() - self.started

    def until(self, fraction: float) -> float | None:
        """Return the seconds that are left until a fraction of the time limit, ``None`` without limit."""
        limit = self.options.time_limit
        return None if limit is None else max(0.0, fraction * limit - self.seconds)

    def is_over(self, fraction: float = 1.0) -> bool:
        """Return whether a fraction of the time limit is spent, or the lots are good enough."""
        left = self.until(fraction)
        return self.is_proven or (left is not None and left <= 0.0)

    @property
    def is_feasible(self) -> bool:
        """Lots within every limit are known."""
        return self.schedule is not None and self.excess == 0.0

    @property
    def gap(self) -> float:
        """The fraction of the cost by which better lots could cost less; infinite when none are known."""
        if not (self.is_feasible and np.isfinite(self.bound)):
            return float("inf")
        return max(0.0, self.objective - self.bound) / max(abs(self.objective), 1e-9)

    @property
    def is_proven(self) -> bool:
        """The lots are good enough."""
        return self.gap <= self.options.gap

    def offer(self, schedule: LotSizingSchedule) -> bool:
        """Keep lots when they are better than the best ones: less overload, then less cost."""
        excess = float(overload(self.problem, schedule).sum())
        cost = cost_of(self.problem, schedule).total
        if not self._is_better(excess, cost):
            return False
        if any(not sentence.startswith("resource") for sentence in check(self.problem, schedule)):
            return False
        with self._lock:
            if not self._is_better(excess, cost):
                return False
            self.schedule, self.objective, self.excess = schedule, cost, excess
            self._tell()
        return True

    def raise_bound(self, bound: float) -> None:
        """Keep a bound when it is higher."""
        with self._lock:
            if np.isfinite(bound) and bound > self.bound + 1e-9 * abs(bound):
                self.bound = min(bound, self.objective) if self.is_feasible else bound
                self._tell()

    def _is_better(self, excess: float, cost: float) -> bool:
        """Return whether there is less overload than in the best lots, or as much and less cost."""
        is_cheaper = excess <= self.excess and cost < self.objective - 1e-7 * abs(cost)
        return excess < self.excess - 1e-9 or is_cheaper

    def _tell(self) -> None:
        """Tell the caller."""
        objective = self.objective if self.is_feasible else np.inf
        self.watch(LotSizingProgress(self.seconds, self.step, objective, self.bound))
