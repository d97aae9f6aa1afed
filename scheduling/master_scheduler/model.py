"""The linear model of the master schedule: one method for each family of constraints."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scheduling.linear_model import INFINITY, Family, Index, LinearModel, ModelBuilder
from scheduling.master_scheduler.problem import Centers, MasterScheduleProblem

BY_FAMILY = ("make", "subcontract", "stock", "backlog", "sales", "below_minimum")
BY_PERIOD = ("workers", "hired", "laid_off", "overtime")


def master_schedule_model(problem: MasterScheduleProblem) -> LinearModel:
    """Return the linear model of a master schedule (docs/concepts/master_schedule.md)."""
    return _Building(problem).model()


class _Building:
    """A model while it is built."""

    def __init__(self, problem: MasterScheduleProblem) -> None:
        self._problem = problem
        self._builder = ModelBuilder("master_schedule")
        self._cells = Index.grid(problem.families, problem.periods)
        self._by_period = Index.grid(problem.periods)

    def model(self) -> LinearModel:
        """Return the model."""
        names = BY_FAMILY if self._problem.below_minimum_cost is not None else BY_FAMILY[:-1]
        columns = {name: self._of_family(name) for name in names}
        people = {name: self._of_period(name) for name in BY_PERIOD}
        self._balance(columns)
        if "below_minimum" in columns:
            self._minimum_stock(columns)
        self._workers(people)
        self._hours(columns["make"], people)
        if self._problem.centers is not None:
            self._capacity(self._problem.centers, columns["make"], people["overtime"])
        return self._builder.build()

    def _of_family(self, name: str) -> Family:
        """make, subcontract, stock, backlog, sales, below_minimum[family,period]: what each costs, and its bounds."""
        lower, upper = self._bounds(name)
        return self._builder.add_variables(
            name, self._cells, lower=lower.ravel(), upper=upper.ravel(), cost=self._costs(name).ravel()
        )

    def _costs(self, name: str) -> NDArray[np.float64]:
        """Return what a unit costs in each period."""
        problem = self._problem
        if name == "subcontract":
            return np.where(np.isfinite(self._offered), self._offered, 0.0)
        given = {
            "make": problem.material_cost,
            "stock": problem.holding_cost,
            "backlog": problem.backlog_cost,
            "sales": problem.price,
            "below_minimum": problem.below_minimum_cost,
        }
        cost = problem.grid(given[name])
        if name == "backlog" and problem.undelivered_cost is not None:
            cost[:, -1] += problem.undelivered_cost
        return -cost if name == "sales" else cost

    @property
    def _offered(self) -> NDArray[np.float64]:
        """What a unit bought ready-made costs, infinite where it cannot be."""
        problem = self._problem
        none = np.full(problem.shape[0], INFINITY)
        return problem.grid(problem.subcontract_cost if problem.subcontract_cost.size else none)

    def _bounds(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the bounds of one family of variables."""
        problem, shape = self._problem, self._problem.shape
        lower, upper = np.zeros(shape), np.full(shape, INFINITY)
        if name == "subcontract":
            upper[~np.isfinite(self._offered)] = 0.0
        elif name == "sales":
            upper = problem.sales_plan.astype(np.float64)
            lower = upper if problem.price is None else lower
        elif name == "backlog":
            is_limited = problem.are_all_delivered and problem.undelivered_cost is None
            upper[:, -1] = 0.0 if is_limited else INFINITY
            upper = upper if problem.price is None else np.zeros(shape)
        elif name == "stock":
            least = problem.least_stock
            lower = least if problem.below_minimum_cost is None else lower
            if problem.workforce.policy == "chase":
                upper = np.maximum(least, problem.stock_left)
        return lower, upper

    def _of_period(self, name: str) -> Family:
        """workers, hired, laid_off, overtime[period]: people, and hours of all of them."""
        people, n_periods = self._problem.workforce, self._problem.shape[1]
        costs = {
            "workers": people.cost_per_worker,
            "hired": np.full(n_periods, people.hiring_cost),
            "laid_off": np.full(n_periods, people.layoff_cost),
            "overtime": np.full(n_periods, people.overtime_cost_per_hour),
        }
        upper = np.full(n_periods, INFINITY)
        if name in ("hired", "laid_off"):
            upper[{"level": 1, "fixed": 0}.get(people.policy, n_periods) :] = 0.0
        whole = people.are_whole and name != "overtime"
        return self._builder.add_variables(name, self._by_period, upper=upper, cost=costs[name], is_integer=whole)

    def _balance(self, columns: dict[str, Family]) -> None:
        """balance[family,t]: make + subcontract + stock[t-1] - backlog[t-1] - sales - stock + backlog = -receipts."""
        problem = self._problem
        start = -problem.grid(problem.receipts)
        start[:, 0] -= problem.initial_stock
        rows = self._builder.add_constraints("balance", self._cells, lower=start.ravel(), upper=start.ravel())
        signs = {"make": 1.0, "subcontract": 1.0, "sales": -1.0, "stock": -1.0, "backlog": 1.0}
        for name, sign in signs.items():
            self._builder.add_terms(rows.numbers, columns[name].numbers, sign)
        grid = rows.numbers.reshape(problem.shape)
        for name, sign in (("stock", 1.0), ("backlog", -1.0)):
            before = columns[name].numbers.reshape(problem.shape)[:, :-1]
            self._builder.add_terms(grid[:, 1:].ravel(), before.ravel(), sign)

    def _minimum_stock(self, columns: dict[str, Family]) -> None:
        """minimum_stock[family,t]: stock + below_minimum >= minimum_stock."""
        rows = self._builder.add_constraints("minimum_stock", self._cells, lower=self._problem.least_stock.ravel())
        for name in ("stock", "below_minimum"):
            self._builder.add_terms(rows.numbers, columns[name].numbers, 1.0)

    def _workers(self, people: dict[str, Family]) -> None:
        """workforce[t]: workers - workers[t-1] - hired + laid_off = 0."""
        start = np.zeros(self._problem.shape[1])
        start[0] = self._problem.workforce.initial_workers
        rows = self._builder.add_constraints("workforce", self._by_period, lower=start, upper=start)
        for name, sign in (("workers", 1.0), ("hired", -1.0), ("laid_off", 1.0)):
            self._builder.add_terms(rows.numbers, people[name].numbers, sign)
        self._builder.add_terms(rows.numbers[1:], people["workers"].numbers[:-1], -1.0)

    def _hours(self, make: Family, people: dict[str, Family]) -> None:
        """hours[t]: hours of what is made - workers' hours - overtime <= -open_order_hours; overtime_limit[t]."""
        problem = self._problem
        taken = 0.0 if problem.open_order_hours is None else problem.open_order_hours
        rows = self._builder.add_constraints("hours", self._by_period, upper=0.0 - np.asarray(taken))
        family, period = make.index.codes
        self._builder.add_terms(rows.start + period, make.numbers, problem.hours_per_unit[family])
        self._builder.add_terms(rows.numbers, people["workers"].numbers, -problem.workforce.hours_per_worker)
        self._builder.add_terms(rows.numbers, people["overtime"].numbers, -1.0)
        limit = self._builder.add_constraints("overtime_limit", self._by_period, upper=0.0)
        self._builder.add_terms(limit.numbers, people["overtime"].numbers, 1.0)
        most = -problem.workforce.overtime_hours_per_worker
        self._builder.add_terms(limit.numbers, people["workers"].numbers, most)

    def _capacity(self, centers: Centers, make: Family, overtime: Family) -> None:
        """capacity[center,t]: standard hours of what is made - center_overtime <= available_hours; overtime_people[t].

        overtime_people[t]: what the work centers do beyond their working time is done by people beyond theirs.
        """
        index = Index.grid(centers.names, self._problem.periods)
        extra = self._builder.add_variables("center_overtime", index, upper=centers.overtime_hours.ravel())
        rows = self._builder.add_constraints("capacity", index, upper=centers.available_hours.ravel())
        grid, made = rows.numbers.reshape(centers.available_hours.shape), make.numbers.reshape(self._problem.shape)
        center, family = np.nonzero(centers.hours_per_unit)
        hours = np.broadcast_to(centers.hours_per_unit[center, family][:, None], (center.size, made.shape[1]))
        self._builder.add_terms(grid[center].ravel(), made[family].ravel(), hours.ravel())
        self._builder.add_terms(rows.numbers, extra.numbers, -1.0)
        people = self._builder.add_constraints("overtime_people", self._by_period, upper=0.0)
        at_center, period = index.codes
        self._builder.add_terms(people.start + period, extra.numbers, centers.labor_per_hour[at_center])
        self._builder.add_terms(people.numbers, overtime.numbers, -1.0)
