"""Prices of hours before the linear model is solved, and the stocks that pay at them: where a solve begins."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scheduling.leveller.model import LevellingModel
from scheduling.leveller.problem import LevellingProblem

_ROUNDS = 150
_FIRST_KEPT = 50
_STEP_EXPONENT = 0.6
_NOT_MADE = -1
_SLACK = 0.3
_LEAST = 1e-6
_MINUTES_PER_HOUR = 60.0


class Guide(NamedTuple):
    """What the prices say.

    Parameters
    ----------
    minute_price
        float64, shape (n_work_centers, n_periods): money per standard minute.
    is_kept
        bool, shape (n_items, n_periods): stock at the end of the period may pay.
    """

    minute_price: NDArray[np.float64]
    is_kept: NDArray[np.bool_]


def guide_prices(problem: LevellingProblem) -> Guide:
    """Return near prices of the hours by a subgradient method, and which stocks were used on the way.

    Notes
    -----
    With prices for the minutes, every order is made in the period in which it costs least: each item by itself, from
    its components up, needs from the top down. A price grows where more is used than there is, and falls where less is.
    Alternates, subcontracting and backlog are not looked at: what this leaves out, the linear model finds.
    """
    flows = _Flows(problem)
    room = np.where(flows.is_limited, np.maximum(problem.available_minutes - problem.fixed_minutes, 0.0), np.inf)
    size = np.maximum(np.where(flows.is_limited, problem.available_minutes, 1.0).mean(axis=1, keepdims=True), 1.0)
    step = flows.holding_per_minute[:, None]
    price, mean, n_kept = np.zeros(room.shape), np.zeros(room.shape), 0
    is_kept = np.zeros((problem.n_items, problem.n_periods), np.bool_)
    most = np.maximum(problem.costs.overtime_hour - problem.costs.hour, 0.0)[:, None] / _MINUTES_PER_HOUR
    for done in range(_ROUNDS):
        value, source = flows.values(price)
        made, stock = flows.orders(source)
        if done >= _FIRST_KEPT:
            is_kept |= stock > _LEAST
            mean, n_kept = mean + price, n_kept + 1
        allowed = room + np.where(price >= most, problem.overtime_minutes, 0.0)
        over = np.where(flows.is_limited, problem.load_minutes(made) - allowed, 0.0)
        price = np.maximum(price + step / (1.0 + done) ** _STEP_EXPONENT * over / size, 0.0)
    mean /= n_kept
    value, _ = flows.values(mean)
    rise = np.diff(value, axis=1, append=0.0)
    holding = problem.costs.holding[:, None]
    return Guide(mean, is_kept | (holding - rise < _SLACK * holding))


def starting_columns(model: LevellingModel, guide: Guide) -> NDArray[np.bool_]:
    """Return the columns to begin with: all but the stocks that do not pay, and backlog where nothing need be late.

    Notes
    -----
    Overloads aside, they hold a plan without lots: the one that makes each quantity in its period; where a component
    cannot be there in time, the one that does not make what needs it.
    """
    problem = model.problem
    flows = _Flows(problem)
    in_its_period = np.where(problem.can_make, np.arange(problem.n_periods), _NOT_MADE)
    _, first = flows.orders(in_its_period)
    in_its_period[flows.above(np.asarray((first < -_LEAST).any(axis=1)))] = _NOT_MADE
    _, second = flows.orders(in_its_period)
    active = np.ones(model.model.n_columns, np.bool_)
    is_kept = guide.is_kept | (first > _LEAST) | (second > _LEAST)
    active[model.stock[~is_kept]] = False
    is_late = (first < -_LEAST) | (second < -_LEAST)
    active[model.backlog[(model.backlog >= 0) & ~is_late]] = False
    return active


class _Flows:
    """Orders and values of a problem when capacity is no limit, level by level."""

    def __init__(self, problem: LevellingProblem) -> None:
        self._problem = problem
        self._shape = (problem.n_items, problem.n_periods)
        loads, lines, n_periods = problem.loads, problem.components, problem.n_periods
        self._made_at = loads.item.astype(np.int64) * n_periods + loads.due_period
        self._worked_at = loads.work_center.astype(np.int64) * n_periods + loads.period
        self._parent_at = lines.parent.astype(np.int64) * n_periods + lines.due_period
        self._needed_at = lines.component.astype(np.int64) * n_periods + lines.period
        rate = problem.costs.hour[loads.work_center] / _MINUTES_PER_HOUR
        self._unit_cost = problem.costs.material[:, None] + self._by_order(loads.minutes * rate)
        level = self._levels()
        self._items = [np.flatnonzero(level == one) for one in range(int(level.max(initial=0)) + 1)]
        self._of_parents = [np.flatnonzero(level[lines.parent] == one) for one in range(len(self._items))]
        self._of_components = [np.flatnonzero(level[lines.component] == one) for one in range(len(self._items))]
        self.is_limited = np.repeat(problem.is_limited[:, None], n_periods, axis=1)

    @property
    def holding_per_minute(self) -> NDArray[np.float64]:
        """float64, shape (n_work_centers,): what holding costs a period per minute of work, in the middle."""
        problem, loads = self._problem, self._problem.loads
        ratio = problem.costs.holding[loads.item] / np.maximum(loads.minutes, _LEAST)
        order = np.lexsort((ratio, loads.work_center))
        counts = np.bincount(loads.work_center, minlength=len(problem.work_centers))
        middle = np.cumsum(counts) - counts + counts // 2
        # a work center without loads has no price to be found
        return np.where(counts > 0, np.append(ratio[order], 0.0)[np.minimum(middle, order.size)], 0.0)

    def values(self, price: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """Return what a unit costs in each period at most, and the period in which it is made for it."""
        problem, lines = self._problem, self._problem.components
        cost = self._unit_cost + self._by_order(problem.loads.minutes * price.ravel()[self._worked_at])
        cost[~problem.can_make] = np.inf
        value = np.zeros(self._shape)
        source = np.full(self._shape, _NOT_MADE)
        for items, at in zip(reversed(self._items), reversed(self._of_parents), strict=True):
            needed = lines.quantity[at] * value.ravel()[self._needed_at[at]]
            full = cost + np.bincount(self._parent_at[at], needed, value.size).reshape(self._shape)
            value[items], source[items] = self._held(full[items], items)
        return value, source

    def _held(self, cost: NDArray[np.float64], items: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """Return the cheaper of making now and holding what was made before, and when it is made."""
        holding, late = self._problem.costs.holding[items], self._problem.costs.final_backlog[items]
        value = cost.copy()
        source = np.repeat(np.arange(cost.shape[1])[None, :], items.size, axis=0)
        for period in range(1, cost.shape[1]):
            held = value[:, period - 1] + holding
            is_held = held < value[:, period]
            value[is_held, period] = held[is_held]
            source[is_held, period] = source[is_held, period - 1]
        is_late = value > late[:, None]
        return np.where(is_late, late[:, None], value), np.where(is_late, _NOT_MADE, source)

    def orders(self, source: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what is made when each quantity is made in its source period, and the stock, below 0 what is late."""
        problem, lines = self._problem, self._problem.components
        made, needed = np.zeros(self._shape), problem.requirements - problem.receipts
        for items, at in zip(self._items, self._of_components, strict=True):
            quantity = lines.quantity[at] * made.ravel()[self._parent_at[at]]
            needed += np.bincount(self._needed_at[at], quantity, made.size).reshape(self._shape)
            made[items] = self._lot_for_lot(items, needed[items], source[items])
        return made, problem.initial_stock[:, None] + np.cumsum(made - needed, axis=1)

    def _lot_for_lot(
        self, items: NDArray[np.intp], needed: NDArray[np.float64], source: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        """Return what is made of items of one level so that stock stays at its minimum."""
        position, made = self._problem.initial_stock[items].copy(), np.zeros(needed.shape)
        least = self._problem.minimum_stock[items]
        for period in range(needed.shape[1]):
            position -= needed[:, period]
            missing = np.where(source[:, period] == _NOT_MADE, 0.0, np.maximum(least[:, period] - position, 0.0))
            row = np.flatnonzero(missing > 0)
            made[row, source[row, period]] += missing[row]
            position += missing
        return made

    def above(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the items that need one of the chosen, at any depth; these too."""
        lines, found = self._problem.components, chosen.copy()
        for at in reversed(self._of_parents):
            found[lines.parent[at][found[lines.component[at]]]] = True
        return found

    def _by_order(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values of loads summed by item and due period."""
        return np.asarray(
            np.bincount(self._made_at, values, int(np.prod(self._shape))).reshape(self._shape), np.float64
        )

    def _levels(self) -> NDArray[np.int64]:
        """Return for each item the length of the longest way up to an item that goes into nothing."""
        lines = self._problem.components
        level = np.zeros(self._problem.n_items, np.int64)
        while True:
            below = level.copy()
            np.maximum.at(below, lines.component, level[lines.parent] + 1)
            if np.array_equal(below, level):
                return level
            level = below
