"""The master schedule: production, stock, workforce and sales by family and period, as one linear model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from bom.errors import PlanningError
from scheduling.linear_model import INFINITY, Family, Index, LinearModel, ModelBuilder
from scheduling.master_schedule_problem import MasterScheduleProblem, Workforce
from scheduling.solvers.base import SolverOptions, SolverResult
from scheduling.solvers.choice import solver_named

__all__ = ["MasterSchedule", "MasterScheduleProblem", "Workforce", "disaggregate", "run_master_schedule"]

_BY_FAMILY = ("make", "subcontract", "stock", "backlog", "sales")
_BY_PERIOD = ("workers", "hired", "laid_off", "overtime")


@dataclass(frozen=True, slots=True)
class MasterSchedule:
    """A master schedule.

    Parameters
    ----------
    problem, model, result
        What was planned, its linear model, and what the solver found.
    """

    problem: MasterScheduleProblem
    model: LinearModel
    result: SolverResult

    @property
    def cost(self) -> float:
        """What it costs, without what sales bring."""
        sold = 0.0 if self.problem.price is None else float(self.problem.price @ self.quantity("sales").sum(axis=1))
        return self.result.objective + sold

    @property
    def profit(self) -> float:
        """What sales bring - what it costs; in the cost form there are no prices, and it is -cost."""
        return -self.result.objective

    def quantity(self, name: str) -> NDArray[np.float64]:
        """Return the values of one family of variables: by family and period, or by period.

        Parameters
        ----------
        name
            ``make``, ``subcontract``, ``stock``, ``backlog``, ``sales``, ``workers``, ``hired``, ``laid_off`` or
            ``overtime``.
        """
        values = self.result.values[self.model.variable(name).slice]
        return values.reshape(self.problem.shape) if name in _BY_FAMILY else values

    def table(self) -> pl.DataFrame:
        """Return a row for each family and period, with its production, stock, backlog and sales."""
        n_families, n_periods = self.problem.shape
        columns = {name: self.quantity(name).ravel() for name in _BY_FAMILY}
        return pl.DataFrame(
            {
                "family": [family for family in self.problem.families for _ in range(n_periods)],
                "period": self.problem.periods * n_families,
                "sales_plan": self.problem.sales_plan.ravel(),
                **columns,
            }
        )

    def workforce_table(self) -> pl.DataFrame:
        """Return a row for each period, with its workers and hours, and what one more working hour would save."""
        columns = {name: self.quantity(name) for name in _BY_PERIOD}
        prices = np.zeros(self.problem.shape[1])
        if self.result.duals.size:
            prices = np.maximum(-self.result.duals[self.model.constraint("hours").slice], 0.0)
        return pl.DataFrame({"period": self.problem.periods, **columns, "hour_price": prices})


def run_master_schedule(
    problem: MasterScheduleProblem, options: SolverOptions | None = None, solver: str = "highs"
) -> MasterSchedule:
    """Return the plan of least cost, or with prices of the largest profit (docs/concepts/master_schedule.md).

    Raises
    ------
    PlanningError
        ``no_master_schedule``: no plan keeps all limits, such as a stock at the end that cannot be made.

    Examples
    --------
    100 hours a period for 150 units of an hour in the second one: half of the first period's time builds stock.

    >>> workforce = Workforce(1.0, np.full(2, 100.0), np.zeros(2), np.zeros(2), hiring_cost=1000.0)
    >>> nothing = np.zeros(1)
    >>> problem = MasterScheduleProblem(
    ...     ["bikes"], ["P1", "P2"], np.array([[20.0, 150.0]]), hours_per_unit=np.ones(1), material_cost=nothing,
    ...     holding_cost=np.ones(1), backlog_cost=np.full(1, 9.0), initial_stock=nothing, final_stock=nothing,
    ...     workforce=workforce,
    ... )
    >>> plan = run_master_schedule(problem)
    >>> plan.quantity("make").tolist(), plan.cost
    ([[70.0, 100.0]], 50.0)
    """
    model = master_schedule_model(problem)
    result = solver_named(solver)(model, options or SolverOptions())
    if not result.status.has_solution:
        raise PlanningError("no_master_schedule", f"the solver ended with {result.status}: no plan keeps all limits")
    return MasterSchedule(problem, model, result)


def master_schedule_model(problem: MasterScheduleProblem) -> LinearModel:
    """Return the linear model of a master schedule."""
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
        columns = {name: self._of_family(name) for name in _BY_FAMILY}
        people = {name: self._of_period(name) for name in _BY_PERIOD}
        self._balance(columns)
        self._workers(people)
        self._hours(columns["make"], people)
        return self._builder.build()

    def _of_family(self, name: str) -> Family:
        """make, subcontract, stock, backlog, sales[family,period]: what each costs, and its bounds."""
        problem, n_periods = self._problem, self._problem.shape[1]
        none = np.full(problem.shape[0], INFINITY)
        offered = problem.subcontract_cost if problem.subcontract_cost.size else none
        price = np.zeros(problem.shape[0]) if problem.price is None else problem.price
        cost = {
            "make": problem.material_cost,
            "subcontract": np.where(np.isfinite(offered), offered, 0.0),
            "stock": problem.holding_cost,
            "backlog": problem.backlog_cost,
            "sales": -price,
        }[name]
        lower, upper = self._bounds(name, np.isfinite(offered))
        return self._builder.add_variables(
            name, self._cells, lower=lower.ravel(), upper=upper.ravel(), cost=np.repeat(cost, n_periods)
        )

    def _bounds(self, name: str, is_offered: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the bounds of one family of variables."""
        problem, shape = self._problem, self._problem.shape
        lower, upper = np.zeros(shape), np.full(shape, INFINITY)
        if name == "subcontract":
            upper[~is_offered] = 0.0
        elif name == "sales":
            upper = problem.sales_plan.astype(np.float64)
            lower = upper if problem.price is None else lower
        elif name == "backlog":
            upper[:, -1] = 0.0 if problem.are_all_delivered else INFINITY
            upper = upper if problem.price is None else np.zeros(shape)
        elif name == "stock":
            lower = (
                np.zeros(shape) if problem.minimum_stock is None else problem.minimum_stock.astype(np.float64).copy()
            )
            lower[:, -1] = np.maximum(lower[:, -1], problem.final_stock)
            if problem.workforce.policy == "chase":
                upper = np.maximum(lower, np.maximum(problem.initial_stock, problem.final_stock)[:, None])
        return lower, upper

    def _of_period(self, name: str) -> Family:
        """workers, hired, laid_off, overtime[period]: people, and hours of all of them."""
        people, n_periods = self._problem.workforce, self._problem.shape[1]
        costs: dict[str, ArrayLike] = {
            "workers": people.cost_per_worker,
            "hired": people.hiring_cost,
            "laid_off": people.layoff_cost,
            "overtime": people.overtime_cost_per_hour,
        }
        upper = np.full(n_periods, INFINITY)
        if people.policy == "level" and name in ("hired", "laid_off"):
            upper[1:] = 0.0
        whole = people.are_whole and name != "overtime"
        return self._builder.add_variables(name, self._by_period, upper=upper, cost=costs[name], is_integer=whole)

    def _balance(self, columns: dict[str, Family]) -> None:
        """balance[family,period]: make + subcontract + stock[t-1] - backlog[t-1] - sales - stock + backlog = 0."""
        problem = self._problem
        start = np.zeros(problem.shape)
        start[:, 0] = -problem.initial_stock
        rows = self._builder.add_constraints("balance", self._cells, lower=start.ravel(), upper=start.ravel())
        signs = {"make": 1.0, "subcontract": 1.0, "sales": -1.0, "stock": -1.0, "backlog": 1.0}
        for name, sign in signs.items():
            self._builder.add_terms(rows.numbers, columns[name].numbers, sign)
        grid = rows.numbers.reshape(problem.shape)
        for name, sign in (("stock", 1.0), ("backlog", -1.0)):
            before = columns[name].numbers.reshape(problem.shape)[:, :-1]
            self._builder.add_terms(grid[:, 1:].ravel(), before.ravel(), sign)

    def _workers(self, people: dict[str, Family]) -> None:
        """workforce[period]: workers - workers[t-1] - hired + laid_off = 0."""
        start = np.zeros(self._problem.shape[1])
        start[0] = self._problem.workforce.initial_workers
        rows = self._builder.add_constraints("workforce", self._by_period, lower=start, upper=start)
        for name, sign in (("workers", 1.0), ("hired", -1.0), ("laid_off", 1.0)):
            self._builder.add_terms(rows.numbers, people[name].numbers, sign)
        self._builder.add_terms(rows.numbers[1:], people["workers"].numbers[:-1], -1.0)

    def _hours(self, make: Family, people: dict[str, Family]) -> None:
        """hours[period]: hours of what is made - workers' hours - overtime <= 0; overtime_limit[period]."""
        problem = self._problem
        rows = self._builder.add_constraints("hours", self._by_period, upper=0.0)
        family, period = make.index.codes
        self._builder.add_terms(rows.start + period, make.numbers, problem.hours_per_unit[family])
        self._builder.add_terms(rows.numbers, people["workers"].numbers, -problem.workforce.hours_per_worker)
        self._builder.add_terms(rows.numbers, people["overtime"].numbers, -1.0)
        limit = self._builder.add_constraints("overtime_limit", self._by_period, upper=0.0)
        self._builder.add_terms(limit.numbers, people["overtime"].numbers, 1.0)
        most = -problem.workforce.overtime_hours_per_worker
        self._builder.add_terms(limit.numbers, people["workers"].numbers, most)


def disaggregate(
    quantity: NDArray[np.float64], stock: NDArray[np.float64], sales: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return a family's production as that of its items: so that all have equal times of supply.

    Parameters
    ----------
    quantity
        float64, shape (n_periods,): what the family makes.
    stock
        float64, shape (n_items,): the items' stock at the start.
    sales
        float64, shape (n_items, n_periods): what is sold of each item.

    Returns
    -------
    numpy.ndarray
        float64, shape (n_items, n_periods): sums to ``quantity`` in each period.

    Notes
    -----
    In each period what the family has then is shared by the items' sales of the period and the ones after it; an item
    that has more than its share already gets nothing, the others share the rest.

    Examples
    --------
    >>> disaggregate(np.array([30.0]), np.array([10.0, 0.0]), np.array([[20.0], [20.0]])).tolist()
    [[10.0], [20.0]]
    """
    made = np.zeros(sales.shape)
    have = stock.astype(np.float64)
    for period in range(sales.shape[1]):
        weights = sales[:, period:].sum(axis=1)
        made[:, period] = _shared(float(quantity[period]), have, weights)
        have = have + made[:, period] - sales[:, period]
    return made


def _shared(quantity: float, have: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a quantity shared so that stock and share together are as the weights, as far as stock allows."""
    weights = weights if weights.sum() > 0 else np.ones(weights.shape)
    active = weights > 0
    while True:
        level = (quantity + have[active].sum()) / weights[active].sum()
        share = np.where(active, level * weights - have, 0.0)
        if (share >= -1e-12).all():
            return np.maximum(share, 0.0)
        active &= share > 0
