"""The levelling model: one function for each family of variables and constraints (docs/concepts/levelling.md)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scheduling.leveller.problem import LevellingProblem
from scheduling.linear_model import INFINITY, Family, Index, LinearModel, ModelBuilder

_MINUTES_PER_HOUR = 60.0


@dataclass(frozen=True, slots=True)
class LevellingModel:
    """The model with the place of each decision in it.

    Parameters
    ----------
    model
        The linear model.
    problem
        What it was made from.
    make, stock, backlog
        int64, shape (n_items, n_periods): the number of each variable; -1 where there is none.
    balance
        int64, shape (n_items, n_periods): the number of each row.
    capacity
        int64, shape (n_work_centers, n_periods): the number of each row; -1 where capacity is no limit.
    period_of_column
        int64, shape (n_columns,): the period in which each variable is decided.
    """

    model: LinearModel
    problem: LevellingProblem
    make: NDArray[np.int64]
    stock: NDArray[np.int64]
    backlog: NDArray[np.int64]
    balance: NDArray[np.int64]
    capacity: NDArray[np.int64]
    period_of_column: NDArray[np.int64]


def levelling_model(problem: LevellingProblem) -> LevellingModel:
    """Return the linear model of a problem."""
    return _Building(problem).model()


class _Building:
    """A model while it is built."""

    def __init__(self, problem: LevellingProblem) -> None:
        self._problem = problem
        self._builder = ModelBuilder("levelling")
        self._periods: list[NDArray[np.int64]] = []
        self._shape = (problem.n_items, problem.n_periods)

    def model(self) -> LevellingModel:
        """Return the model."""
        problem = self._problem
        make = self._make()
        stock, backlog = self._stock(), self._backlog()
        balance = self._balance(make, stock, backlog)
        self._components(make, balance)
        self._backlog_growth(backlog)
        capacity = self._capacity(make)
        self._overtime(capacity)
        self._overload(capacity)
        self._minimum_stock(stock)
        self._subcontract(balance)
        self._alternates(make, capacity)
        periods = np.concatenate(self._periods)
        return LevellingModel(self._builder.build(), problem, make, stock, backlog, balance, capacity, periods)

    def _item_cells(self, chosen: NDArray[np.bool_]) -> tuple[Index, NDArray[np.intp], NDArray[np.intp]]:
        """Return the index of chosen cells of (item, period), and their items and periods."""
        item, period = np.nonzero(chosen)
        return Index.of((self._problem.items, item), (self._problem.periods, period)), item, period

    def _center_cells(self, chosen: NDArray[np.bool_]) -> tuple[Index, NDArray[np.intp], NDArray[np.intp]]:
        """Return the index of chosen cells of (work center, period), and their work centers and periods."""
        center, period = np.nonzero(chosen)
        return Index.of((self._problem.work_centers, center), (self._problem.periods, period)), center, period

    def _add(
        self,
        name: str,
        index: Index,
        period: NDArray[np.integer],
        cost: NDArray[np.float64],
        upper: NDArray[np.float64] | float = INFINITY,
    ) -> Family:
        """Add variables that are decided in the given periods."""
        self._periods.append(np.asarray(period, np.int64))
        return self._builder.add_variables(name, index, cost=cost, upper=upper)

    def _placed(
        self, family: Family, row: NDArray[np.integer], column: NDArray[np.integer], n: int
    ) -> NDArray[np.int64]:
        """Return the numbers of a family in a grid of n rows, -1 in the cells without one."""
        grid = np.full((n, self._problem.n_periods), -1, np.int64)
        grid[row, column] = family.numbers
        return grid

    def _make(self) -> NDArray[np.int64]:
        """make[item,period]: units that are due in the period. Costs the material and the hours."""
        problem, loads = self._problem, self._problem.loads
        hours = np.zeros(self._shape)
        cost = loads.minutes / _MINUTES_PER_HOUR * problem.costs.hour[loads.work_center]
        np.add.at(hours, (loads.item, loads.due_period), cost)
        index, item, period = self._item_cells(problem.can_make)
        family = self._add("make", index, period, problem.costs.material[item] + hours[item, period])
        return self._placed(family, item, period, problem.n_items)

    def _stock(self) -> NDArray[np.int64]:
        """stock[item,period]: units at the end of the period."""
        index, item, period = self._item_cells(np.ones(self._shape, np.bool_))
        family = self._add("stock", index, period, self._problem.costs.holding[item])
        return self._placed(family, item, period, self._problem.n_items)

    def _backlog(self) -> NDArray[np.int64]:
        """backlog[item,period]: units late at the end of the period, at most what others required until then."""
        problem = self._problem
        owed = np.cumsum(problem.requirements, axis=1) + np.maximum(-problem.initial_stock, 0.0)[:, None]
        index, item, period = self._item_cells(owed > 0)
        last = period == problem.n_periods - 1
        cost = np.where(last, problem.costs.final_backlog[item], problem.costs.backlog[item])
        family = self._add("backlog", index, period, cost, owed[item, period])
        return self._placed(family, item, period, problem.n_items)

    def _balance(
        self, make: NDArray[np.int64], stock: NDArray[np.int64], backlog: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """balance[item,period]: stock and backlog before + made + received = required + stock - backlog.

        In the form make + stock[t-1] - backlog[t-1] - stock[t] + backlog[t] - components = required - received.
        """
        problem, add = self._problem, self._builder.add_terms
        net = problem.requirements - problem.receipts
        net[:, 0] -= problem.initial_stock
        index = Index.grid(problem.items, problem.periods)
        family = self._builder.add_constraints("balance", index, lower=net.ravel(), upper=net.ravel())
        rows = family.numbers.reshape(self._shape)
        made, late = make >= 0, backlog >= 0
        add(rows[made], make[made], 1.0)
        add(rows.ravel(), stock.ravel(), -1.0)
        add(rows[:, 1:].ravel(), stock[:, :-1].ravel(), 1.0)
        add(rows[late], backlog[late], 1.0)
        carried = late[:, :-1]
        add(rows[:, 1:][carried], backlog[:, :-1][carried], -1.0)
        return rows

    def _backlog_growth(self, backlog: NDArray[np.int64]) -> None:
        """backlog_growth[item,period]: backlog grows by the requirements only, not by components of parents.

        For items that are components; for all others the balance says so already.
        """
        problem, lines = self._problem, self._problem.components
        is_component = np.zeros(problem.n_items, np.bool_)
        is_component[lines.component[lines.quantity > 0]] = True
        index, item, period = self._item_cells((backlog >= 0) & is_component[:, None])
        most = problem.requirements[item, period]
        most = most + np.where(period == 0, np.maximum(-problem.initial_stock[item], 0.0), 0.0)
        family = self._builder.add_constraints("backlog_growth", index, upper=most)
        self._builder.add_terms(family.numbers, backlog[item, period], 1.0)
        before = np.where(period > 0, backlog[item, period - 1], -1)
        has_before = before >= 0
        self._builder.add_terms(family.numbers[has_before], before[has_before], -1.0)

    def _components(self, make: NDArray[np.int64], balance: NDArray[np.int64]) -> None:
        """Take the components of what is made from their balance, in the period in which they are needed."""
        lines = self._problem.components
        column = make[lines.parent, lines.due_period]
        is_made = column >= 0
        row = balance[lines.component, lines.period]
        self._builder.add_terms(row[is_made], column[is_made], -lines.quantity[is_made])

    def _capacity(self, make: NDArray[np.int64]) -> NDArray[np.int64]:
        """capacity[work_center,period]: minutes of what is made - overtime - overload <= available - fixed load."""
        problem, loads = self._problem, self._problem.loads
        limited = np.repeat(problem.is_limited[:, None], problem.n_periods, axis=1)
        index, center, period = self._center_cells(limited)
        left = problem.available_minutes[center, period] - problem.fixed_minutes[center, period]
        family = self._builder.add_constraints("capacity", index, upper=left)
        rows = self._placed(family, center, period, len(problem.work_centers))
        row, column = rows[loads.work_center, loads.period], make[loads.item, loads.due_period]
        counts = (row >= 0) & (column >= 0)
        self._builder.add_terms(row[counts], column[counts], loads.minutes[counts])
        return rows

    def _overtime(self, capacity: NDArray[np.int64]) -> None:
        """overtime[work_center,period]: minutes beyond the working time, for what they cost beyond the usual hour."""
        problem = self._problem
        index, center, period = self._center_cells((problem.overtime_minutes > 0) & (capacity >= 0))
        extra = np.maximum(problem.costs.overtime_hour - problem.costs.hour, 0.0)[center] / _MINUTES_PER_HOUR
        family = self._add("overtime", index, period, extra, problem.overtime_minutes[center, period])
        self._builder.add_terms(capacity[center, period], family.numbers, -1.0)

    def _overload(self, capacity: NDArray[np.int64]) -> None:
        """overload[work_center,period]: minutes that are not there; where none may be, those of the fixed load only."""
        problem = self._problem
        limit = np.full(capacity.shape, INFINITY) if problem.can_overload else problem.unavoidable_minutes
        index, center, period = self._center_cells((limit > 0) & (capacity >= 0))
        cost = np.full(index.size, problem.costs.overload_hour / _MINUTES_PER_HOUR)
        family = self._add("overload", index, period, cost, limit[center, period])
        self._builder.add_terms(capacity[center, period], family.numbers, -1.0)

    def _minimum_stock(self, stock: NDArray[np.int64]) -> None:
        """minimum_stock[item,period]: stock + below_minimum >= minimum stock."""
        problem = self._problem
        index, item, period = self._item_cells(problem.minimum_stock > 0)
        least = problem.minimum_stock[item, period]
        last = period == problem.n_periods - 1
        cost = np.where(last, problem.costs.final_backlog[item], problem.costs.below_minimum[item])
        below = self._add("below_minimum", index, period, cost, least)
        rows = self._builder.add_constraints("minimum_stock", index, lower=least)
        self._builder.add_terms(rows.numbers, stock[item, period], 1.0)
        self._builder.add_terms(rows.numbers, below.numbers, 1.0)

    def _subcontract(self, balance: NDArray[np.int64]) -> None:
        """subcontract[item,period]: units that arrive ready-made."""
        problem, offers = self._problem, self._problem.subcontracts
        at, period = np.nonzero(np.arange(problem.n_periods) >= offers.first_period[:, None])
        item = offers.item[at]
        index = Index.of((problem.items, item), (problem.periods, period))
        family = self._add("subcontract", index, period, offers.price[at], offers.maximum[at])
        self._builder.add_terms(balance[item, period], family.numbers, 1.0)

    def _alternates(self, make: NDArray[np.int64], capacity: NDArray[np.int64]) -> None:
        """alternate[operation,work_center,period]: units due in the period whose operation is done elsewhere.

        alternate_limit[operation,period]: together at most what is made.
        """
        problem, loads = self._problem, self._problem.loads
        parts = _AlternateParts(problem, make)
        index = Index.of(
            (problem.operations, parts.operation),
            (problem.work_centers, parts.work_center),
            (problem.periods, parts.due_period),
        )
        rate = problem.costs.hour / _MINUTES_PER_HOUR
        load, entry = parts.load, parts.entry
        minutes, factor = loads.minutes[load], parts.factor[entry]
        cost = np.zeros(index.size)
        np.add.at(cost, entry, minutes * (factor * rate[parts.work_center[entry]] - rate[loads.work_center[load]]))
        family = self._add("alternate", index, parts.due_period, cost)
        for center, value in ((loads.work_center[load], -minutes), (parts.work_center[entry], minutes * factor)):
            row = capacity[center, loads.period[load]]
            counts = row >= 0
            self._builder.add_terms(row[counts], family.start + entry[counts], value[counts])
        self._limit_alternates(parts, family, make)

    def _limit_alternates(self, parts: _AlternateParts, family: Family, make: NDArray[np.int64]) -> None:
        """Add alternate_limit[operation,period]: the units done elsewhere - make <= 0."""
        problem = self._problem
        keys, at = np.unique(parts.operation * problem.n_periods + parts.due_period, return_inverse=True)
        operation, period = keys // problem.n_periods, keys % problem.n_periods
        index = Index.of((problem.operations, operation), (problem.periods, period))
        rows = self._builder.add_constraints("alternate_limit", index, upper=0.0)
        self._builder.add_terms(rows.start + at, family.numbers, 1.0)
        item = np.zeros(len(problem.operations), np.int64)
        item[problem.loads.operation] = problem.loads.item
        self._builder.add_terms(rows.numbers, make[item[operation], period], -1.0)


class _AlternateParts:
    """The alternates by operation, work center and due period, each with the loads that it takes over.

    ``load[k]`` is taken over by entry ``entry[k]``.
    """

    def __init__(self, problem: LevellingProblem, make: NDArray[np.int64]) -> None:
        loads, alternates, n_periods = problem.loads, problem.alternates, problem.n_periods
        by_operation: dict[int, list[int]] = {}
        for row, operation in enumerate(alternates.operation.tolist()):
            by_operation.setdefault(operation, []).append(row)
        has_column = make[loads.item, loads.due_period] >= 0
        taken = np.flatnonzero(np.isin(loads.operation, alternates.operation) & has_column)
        pairs = [(k, row) for k in taken.tolist() for row in by_operation[int(loads.operation[k])]]
        self.load, row_of = np.array(pairs, np.int64).reshape(-1, 2).T
        key = row_of * n_periods + loads.due_period[self.load]
        keys, self.entry = np.unique(key, return_inverse=True)
        row = keys // n_periods
        self.due_period = keys % n_periods
        self.operation = alternates.operation[row].astype(np.int64)
        self.work_center = alternates.work_center[row].astype(np.int64)
        self.factor = alternates.minutes_factor[row]
