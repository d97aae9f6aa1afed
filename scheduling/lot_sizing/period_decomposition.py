"""A lower bound of what lots cost: every period plans its best for prices of the requirements, which are tuned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scheduling.kernels.period_prices import PeriodPriceArrays, price_periods
from scheduling.linear_model import INFINITY, Index, LinearModel, ModelBuilder
from scheduling.lot_sizing.problem import LotSizingProblem
from scheduling.solvers.base import SolverOptions
from scheduling.solvers.highs import HighsSession, solve_highs

Floats = NDArray[np.float64]

_MOST_ROUNDS = 200
_MOST_NODES = 20_000
_SOLVER = SolverOptions(threads=1, method="simplex")


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The facility-location relaxation of one resource, solved.

    Parameters
    ----------
    arrays
        The items and the capacity.
    cells
        int64, shape (n, 2): the items and periods in which something is wanted.
    bound
        What it costs; minus infinity when it could not be solved.
    prices
        float64, shape (n_items, n_periods): what a requirement costs.
    setups
        float64, shape (n_items, n_periods): from 0 to 1.
    """

    arrays: PeriodPriceArrays
    cells: NDArray[np.int64]
    bound: float
    prices: Floats
    setups: Floats


@dataclass(frozen=True, slots=True)
class PeriodBound:
    """A lower bound, and how it was found.

    Parameters
    ----------
    bound
        No lots of this resource cost less.
    relaxation
        The bound of the facility-location relaxation alone.
    prices
        float64, shape (n_items, n_periods): the price of each requirement that gives the bound.
    n_rounds
        How often the prices were changed.
    """

    bound: float
    relaxation: float
    prices: Floats
    n_rounds: int


def relax(problem: LotSizingProblem, items: NDArray[np.int64], wanted: Floats) -> Relaxation:
    """Return the facility-location relaxation of the items of one resource.

    Parameters
    ----------
    problem
        A problem in one level, without backlog, overtime and setup carry-over.
    items
        The items of one resource.
    wanted
        float64, shape (n_items, n_periods): the net requirements of these items.
    """
    arrays = PeriodPriceArrays(
        np.ascontiguousarray(wanted),
        problem.holding_cost[items],
        problem.run_time[items],
        problem.setup_time[items],
        problem.setup_cost[items],
        problem.capacity[problem.resource[items[0]]].copy(),
    )
    model, cells = _relaxation(arrays)
    solved = solve_highs(model, _SOLVER)
    prices, none = np.zeros(wanted.shape), np.zeros(wanted.shape)
    if not solved.status.has_solution:
        return Relaxation(arrays, cells, -np.inf, prices, none)
    prices[cells[:, 0], cells[:, 1]] = solved.duals[model.constraint("serve").slice]
    setups = solved.values[model.variable("setup").slice].reshape(wanted.shape)
    return Relaxation(arrays, cells, solved.objective, prices, setups)


def period_bound(
    relaxation: Relaxation,
    is_over: Callable[[], bool] = lambda: False,
    told: Callable[[float], None] = lambda _: None,
) -> PeriodBound:
    """Return a lower bound for the lots of the items of one resource: setup and holding cost of what is wanted.

    Parameters
    ----------
    relaxation
        The items, and the prices to start from.
    is_over
        Asked after each round; the bound so far is returned when it says so.
    told
        Called with each better bound.

    Notes
    -----
    The rows that say that every requirement is served are priced out (Lagrangian relaxation). What is left falls apart
    by periods: a knapsack with setups each, which is solved exactly, so that the bound is above that of the linear
    relaxation. The prices climb by cutting planes within a box around the best ones so far.

    References
    ----------
    Jans and Degraeve 2004, Improved lower bounds for the capacitated lot sizing problem with setup times; de Araujo, De
    Reyck, Degraeve, Fragkos and Jans 2015, Period decompositions for the capacitated lot sizing problem with setup
    times; Marsten, Hogan and Blankenship 1975 (the box step method).
    """
    if not np.isfinite(relaxation.bound):
        return PeriodBound(-np.inf, -np.inf, relaxation.prices, 0)
    climb = _Climb(relaxation.arrays, relaxation.cells, relaxation.prices)
    while not is_over() and climb.step():
        told(climb.best)
    return PeriodBound(max(climb.best, relaxation.bound), relaxation.bound, climb.center, climb.n_rounds)


def _relaxation(arrays: PeriodPriceArrays) -> tuple[LinearModel, NDArray[np.int64]]:
    """Return the relaxed facility-location model, and the items and periods of its ``serve`` rows."""
    n_items, n_periods = arrays.wanted.shape
    builder, add = (one := ModelBuilder("period_relaxation")), one.add_terms
    cells = np.argwhere(arrays.wanted > 1e-9)
    item, served = (np.repeat(column, cells[:, 1] + 1) for column in cells.T)
    made = np.concatenate([np.arange(period + 1) for period in cells[:, 1]]) if len(cells) else np.zeros(0, np.int64)
    amount = arrays.wanted[item, served]
    setups = Index(n_items * n_periods)
    setup = builder.add_variables("setup", setups, upper=1.0, cost=np.repeat(arrays.setup_cost, n_periods))
    held = arrays.holding_cost[item] * (served - made) * amount
    share = builder.add_variables("share", Index(item.size), cost=held).numbers
    serve = builder.add_constraints("serve", Index(len(cells)), lower=1.0, upper=1.0)
    add(np.repeat(serve.numbers, cells[:, 1] + 1), share, 1.0)
    opened = builder.add_constraints("open", Index(item.size), upper=0.0).numbers
    add(opened, share, 1.0)
    add(opened, setup.start + item * n_periods + made, -1.0)
    hours = builder.add_constraints("hours", Index(n_periods), upper=arrays.capacity)
    add(hours.start + made, share, arrays.run_time[item] * amount)
    add(hours.start + np.tile(np.arange(n_periods), n_items), setup.numbers, np.repeat(arrays.setup_time, n_periods))
    return builder.build(), cells


@dataclass(slots=True)
class _Climb:
    """The prices on their way up."""

    arrays: PeriodPriceArrays
    cells: NDArray[np.int64]
    center: Floats
    best: float = -np.inf
    n_rounds: int = 0
    width: float = 0.0
    trial: Floats = field(init=False)
    promised: float = np.inf
    session: HighsSession = field(init=False)

    def __post_init__(self) -> None:
        n_items, n_periods = self.arrays.wanted.shape
        self.trial = self.center
        self.width = 0.02 * float(np.abs(self.center).mean()) + 1e-3
        self._shares = np.zeros((n_periods, n_items, n_periods))
        self._is_made = np.zeros((n_periods, n_items), dtype=np.int8)
        self._value, self._ceiling = np.zeros(n_periods), np.zeros(n_periods)
        self._held = np.maximum(np.arange(n_periods)[None, :] - np.arange(n_periods)[:, None], 0)
        builder = ModelBuilder("prices")
        builder.add_variables("price", Index(len(self.cells)), lower=-INFINITY, cost=-1.0)
        builder.add_variables("plan", Index(n_periods), lower=-INFINITY, upper=0.0, cost=-1.0)
        self.session = HighsSession(builder.build())

    _shares: Floats = field(init=False)
    _is_made: NDArray[np.int8] = field(init=False)
    _value: Floats = field(init=False)
    _ceiling: Floats = field(init=False)
    _held: NDArray[np.int64] = field(init=False)

    def step(self) -> bool:
        """Price all periods, learn from it and choose the next prices; return whether there is more to gain."""
        price_periods(
            self.arrays, self.trial, 1e-7, _MOST_NODES, self._shares, self._is_made, self._value, self._ceiling
        )
        self._learn()
        found = float(self.trial.sum() - self._ceiling.sum())
        expected = self.promised - self.best
        if self.n_rounds:
            self.width *= 1.5 if found > self.best + 0.5 * expected else 1.0 if found > self.best else 0.8
        if found > self.best:
            self.best, self.center = found, self.trial
        self.n_rounds += 1
        return self.n_rounds < _MOST_ROUNDS and self._next()

    def _learn(self) -> None:
        """Add, for each period, that it can do at least as well as now at any prices."""
        items, at = self.cells.T
        made = self._shares[:, items, at]
        cost = self._is_made @ self.arrays.setup_cost
        cost += (self._shares * self.arrays.wanted * self._held[:, None, :]).sum(axis=2) @ self.arrays.holding_cost
        rows, columns = np.nonzero(np.column_stack([made, np.eye(made.shape[0])]))
        values = np.column_stack([made, np.eye(made.shape[0])])[rows, columns]
        indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=made.shape[0]))])
        self.session.add_rows(np.full(cost.size, -INFINITY), cost, indptr[:-1], columns, values)

    def _next(self) -> bool:
        """Choose the prices that promise most within the box; return whether they promise more than there is."""
        items, at = self.cells.T
        center = self.center[items, at]
        self.session.change_bounds(np.arange(center.size), center - self.width, center + self.width)
        solved = self.session.solve(_SOLVER)
        if not solved.status.has_solution:
            return False
        self.promised = -solved.objective
        prices = solved.values[: center.size]
        self.trial = np.zeros_like(self.center)
        self.trial[items, at] = prices
        if self.promised - self.best > 2e-5 * abs(self.best):
            return True
        if np.abs(prices - center).max() < 0.999 * self.width:
            return False
        self.width *= 4.0
        return self.promised - self.best > 1e-6 * abs(self.best)
