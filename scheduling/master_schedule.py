"""The master schedule: production, stock, workforce and sales by family and period, as one linear model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.errors import PlanningError
from scheduling.linear_model import LinearModel
from scheduling.master_scheduler.disaggregation import disaggregate
from scheduling.master_scheduler.model import BY_FAMILY, BY_PERIOD, master_schedule_model
from scheduling.master_scheduler.problem import Centers, MasterScheduleProblem, Workforce
from scheduling.solvers.base import SolverOptions, SolverResult
from scheduling.solvers.choice import solver_named

__all__ = [
    "Centers",
    "MasterSchedule",
    "MasterScheduleProblem",
    "Workforce",
    "disaggregate",
    "master_schedule_model",
    "run_master_schedule",
]

_FAMILY_COLUMNS = ("make", "subcontract", "stock", "backlog", "sales")


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
        return self.result.objective + self.revenue

    @property
    def revenue(self) -> float:
        """What sales bring; 0 in the cost form."""
        return float((self.problem.grid(self.problem.price) * self.quantity("sales")).sum())

    @property
    def profit(self) -> float:
        """What sales bring - what it costs; in the cost form there are no prices, and it is -cost."""
        return -self.result.objective

    def quantity(self, name: str) -> NDArray[np.float64]:
        """Return the values of one family of variables: by family and period, by period, or by center and period.

        Parameters
        ----------
        name
            ``make``, ``subcontract``, ``stock``, ``backlog``, ``sales``, ``below_minimum``, ``workers``, ``hired``,
            ``laid_off``, ``overtime`` or ``center_overtime``; zeros where the model has no such family.
        """
        shape = {**dict.fromkeys(BY_FAMILY, self.problem.shape), **dict.fromkeys(BY_PERIOD, self.problem.shape[1:])}
        n_centers = 0 if self.problem.centers is None else len(self.problem.centers.names)
        shape["center_overtime"] = (n_centers, self.problem.shape[1])
        if all(family.name != name for family in self.model.variables):
            return np.zeros(shape[name])
        return self.result.values[self.model.variable(name).slice].reshape(shape[name])

    def price_of(self, name: str) -> NDArray[np.float64]:
        """Return by how much one more unit on the right-hand side of a family of rows would lower the objective.

        Parameters
        ----------
        name
            Such as ``hours`` or ``capacity``; zeros without the rows, or in the mixed-integer form.
        """
        rows = [family for family in self.model.constraints if family.name == name]
        if not rows or not self.result.duals.size:
            return np.zeros(rows[0].size if rows else 0)
        return np.maximum(-self.result.duals[rows[0].slice], 0.0)

    @property
    def unit_values(self) -> NDArray[np.float64]:
        """float64, shape (n_families, n_periods): what one unit more in stock would save; 0 in mixed-integer form."""
        if not self.result.duals.size:
            return np.zeros(self.problem.shape)
        return self.result.duals[self.model.constraint("balance").slice].reshape(self.problem.shape)

    def table(self) -> pl.DataFrame:
        """Return a row for each family and period, with its production, stock, backlog and sales."""
        n_families, n_periods = self.problem.shape
        columns = {name: self.quantity(name).ravel() for name in _FAMILY_COLUMNS}
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
        columns = {name: self.quantity(name) for name in BY_PERIOD}
        return pl.DataFrame({"period": self.problem.periods, **columns, "hour_price": self.price_of("hours")})


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
