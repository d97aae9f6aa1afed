"""Better lots by small models: most setups stay as they are, those of some items and periods are free."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from scheduling.lot_sizing.model import LotSizingModel
from scheduling.lot_sizing.problem import LotSizingProblem
from scheduling.lot_sizing.schedule import LotSizingSchedule, position
from scheduling.solvers.base import SolverOptions, SolverResult
from scheduling.solvers.highs import HighsSession

Flags = NDArray[np.bool_]


class FixAndOptimise:
    """A model in which setups are fixed and freed.

    Parameters
    ----------
    model
        The whole model.
    options
        How the small models are solved.

    References
    ----------
    Helber and Sahling 2010, A fix-and-optimize approach for the multi-level capacitated lot sizing problem.
    """

    def __init__(self, model: LotSizingModel, options: SolverOptions) -> None:
        self._model, self._options = model, options
        self._session = HighsSession(model.linear)
        self._columns = np.concatenate([model.setup.ravel(), model.carry.ravel()])
        self._lower = model.linear.lower[self._columns]
        self._upper = model.linear.upper[self._columns]

    def improve(
        self,
        schedule: LotSizingSchedule,
        is_free: Flags,
        seconds: float | None,
        is_over: Callable[[], bool] = lambda: False,
    ) -> LotSizingSchedule | None:
        """Return the best lots when only the setups marked are free; ``None`` when none are found.

        Parameters
        ----------
        schedule
            The setups that are kept.
        is_free
            bool, shape (n_items, n_periods).
        seconds
            A limit for the solver.
        is_over
            Asked as the solver goes on, which ends when it says so.
        """
        solved = self._solved(schedule, is_free, seconds, is_over)
        return self._model.schedule(solved.values) if solved.status.has_solution else None

    def values(self, schedule: LotSizingSchedule) -> NDArray[np.float64] | None:
        """Return the solution of the model for the setups of a schedule, with the best lots; ``None``: none."""
        solved = self._solved(schedule, np.zeros(schedule.is_set_up.shape, dtype=np.bool_), None, lambda: False)
        return solved.values if solved.status.has_solution else None

    def _solved(
        self, schedule: LotSizingSchedule, is_free: Flags, seconds: float | None, is_over: Callable[[], bool]
    ) -> SolverResult:
        """Return what the solver says when only the setups marked are free."""
        values = schedule.is_set_up.ravel()
        free = is_free.ravel()
        if self._model.carry.size:
            values = np.concatenate([values, schedule.is_carried.ravel()])
            free = np.concatenate([free, free])
        kept = np.minimum(values.astype(np.float64), self._upper)
        lower, upper = np.where(free, self._lower, kept), np.where(free, self._upper, kept)
        self._session.change_bounds(self._columns, lower, upper)
        options = SolverOptions(seconds, self._options.threads, self._options.seed, self._options.gap)
        return self._session.solve(options, self._start(schedule), lambda _: is_over())

    def _start(self, schedule: LotSizingSchedule) -> NDArray[np.float64] | None:
        """Return the solution that a schedule is where its lots say all: one level, nothing late, no setup kept."""
        model = self._model
        is_plain = not (model.carry.size or model.shares.size or model.problem.may_backlog.any())
        if not is_plain or model.problem.has_overtime or not schedule.production.any():
            return None
        values = np.zeros(model.linear.n_columns)
        values[model.make], values[model.setup] = schedule.production, schedule.is_set_up
        values[model.stock] = np.maximum(position(model.problem, schedule.production), 0.0)
        return values


def windows(problem: LotSizingProblem, size: int, seed: int) -> Iterator[Flags]:
    """Yield sets of items and periods to free, for ever: spans of periods, groups of items, and both at once.

    Parameters
    ----------
    problem
        What is planned.
    size
        About how many setups are free at a time.
    seed
        The order differs by seed.
    """
    n_items, n_periods = problem.demand.shape
    lap = seed
    while True:
        span = int(np.clip(size // n_items, 2, n_periods))
        first = lap % max(1, span // 2)
        for start in range(first, max(first + 1, n_periods - span // 2), max(1, span // 2)):
            yield _box(problem, np.arange(n_items), start, span)
        group = int(np.clip(size // n_periods, 1, n_items))
        # items in an order that differs from lap to lap, so that other ones meet
        order = np.argsort((np.arange(n_items) * (2 * lap + 1) * 7919 + lap * 104729) % 65_537, kind="stable")
        for place in range(0, n_items, group):
            yield _box(problem, order[place : place + group], 0, n_periods)
        wide = min(n_periods, 2 * span)
        some = int(np.clip(size // wide, 1, n_items))
        for place in range(0, n_items, some):
            for start in range(lap % max(1, wide // 2), max(1, n_periods - wide // 2), wide):
                yield _box(problem, order[place : place + some], start, wide)
        lap += 1


def _box(problem: LotSizingProblem, items: NDArray[np.int64], start: int, span: int) -> Flags:
    """Return the mask of some items in a span of periods."""
    mask = np.zeros(problem.demand.shape, dtype=np.bool_)
    mask[items, start : start + span] = True
    return mask
