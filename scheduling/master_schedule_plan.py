"""The master schedule of a data set: families from its sales plan, their linear model, items, and the way back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.errors import Finding
from planning.data import PlanningData
from planning.master_scheduling.options import MasterScheduleOptions
from scheduling.master_schedule import MasterSchedule, run_master_schedule
from scheduling.master_scheduler.disaggregation import disaggregate
from scheduling.master_scheduler.families import PlannedFamilies, find_families
from scheduling.master_scheduler.from_families import Hours, problem_of
from scheduling.master_scheduler.orders import firm_orders, sold_demands
from scheduling.master_scheduler.results import costs, loads, production_plan, schedule_of_items, workforce_plan
from scheduling.master_scheduler.tables import MASTER_SCHEDULE_TABLES
from scheduling.master_scheduler.unmet import unmet_sales
from scheduling.solvers.base import SolverOptions

_LEAST = 1e-3

__all__ = ["MasterScheduleOptions", "MasterSchedulePlan", "run_master_schedule_plan"]


@dataclass(frozen=True)
class MasterSchedulePlan:
    """The master schedule of a data set.

    Parameters
    ----------
    options
        The choices.
    families
        What was planned.
    hours
        What the work centers can do.
    schedule
        The linear model and its solution, by family.
    made, subcontracted, sold
        float64, shape (n_items, n_periods): the same by item.
    assumptions
        What nothing in the data set says, and what was taken for it.
    """

    options: MasterScheduleOptions
    families: PlannedFamilies
    hours: Hours
    schedule: MasterSchedule
    made: NDArray[np.float64]
    subcontracted: NDArray[np.float64]
    sold: NDArray[np.float64]
    assumptions: tuple[str, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was noticed in the data set."""
        return self.families.findings

    @property
    def required_hours(self) -> NDArray[np.float64]:
        """float64, shape (n_work_centers, n_periods): standard hours of what is made, by the items' capacity bills."""
        hours: NDArray[np.float64] = self.families.bill.minutes.T @ self.made / 60.0
        return hours

    @property
    def n_short_items(self) -> int:
        """How many items run below zero in a period in which their family has no backlog."""
        arrived = self.made + self.subcontracted + self.families.receipts - self.sold
        balance = self.families.stock[:, None] + np.cumsum(arrived, axis=1)
        is_late = self.schedule.quantity("backlog")[self.families.family] > _LEAST
        return int(((balance < -_LEAST) & ~is_late).any(axis=1).sum())

    def table(self, name: str) -> pl.DataFrame:
        """Return a table of the master schedule (``docs/tables.md``).

        Raises
        ------
        KeyError
            When there is no such table.
        """
        frame = {
            "production_plan": lambda: production_plan(self.families, self.schedule),
            "master_schedule": lambda: schedule_of_items(self.families, self.made, self.subcontracted, self.sold),
            "master_schedule_orders": lambda: firm_orders(self.families, self.made, self.subcontracted),
            "workforce_plan": lambda: workforce_plan(self.families, self.schedule),
            "master_schedule_loads": lambda: loads(self.families, self.hours, self.schedule, self.required_hours),
            "unmet_sales": lambda: unmet_sales(self.families, self.schedule),
            "master_schedule_costs": lambda: costs(self.schedule),
        }[name]()
        return frame.select(MASTER_SCHEDULE_TABLES[name].column_names)

    @property
    def data(self) -> PlanningData:
        """The data set with the schedule's orders among its open orders, and the demands that the schedule sells.

        Notes
        -----
        In the profit form demands that are not sold are left out; with a sales plan the demands of the items that it
        names are what is sold of it.
        """
        data = self.families.planning.data
        orders = self.table("master_schedule_orders")
        receipts = pl.concat([data.table("scheduled_receipts"), orders], how="diagonal_relaxed")
        demands = sold_demands(self.families, self.sold, self.options.form)
        if demands is None:
            return data.replace(scheduled_receipts=receipts)
        return data.replace(scheduled_receipts=receipts, demands=demands)


def run_master_schedule_plan(
    data: PlanningData,
    options: MasterScheduleOptions = MasterScheduleOptions(),  # noqa: B008 - frozen
) -> MasterSchedulePlan:
    """Return the master schedule of a data set (docs/concepts/master_schedule.md).

    Parameters
    ----------
    data
        A validated data set; with the table sales_plan that is planned, else its demands.
    options
        The choices.

    Raises
    ------
    DataError
        In the profit form, when something that is sold has no price.
    PlanningError
        ``nothing_to_schedule``: nothing is sold that is made. ``no_master_schedule``: the solver found nothing in time.

    Examples
    --------
    Two machines of eight hours; 20 radios of an hour each are wanted in April, and 400 in May:

    >>> from datetime import date
    >>> from planning.checks import validate
    >>> week = {day: [8.0] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
    >>> tables = {
    ...     "items": pl.DataFrame({"item_id": ["radio"], "supply_type": ["make"], "unit_cost": [50.0]}),
    ...     "demands": pl.DataFrame({
    ...         "item_id": ["radio"] * 2, "due_date": [date(2026, 4, 20), date(2026, 5, 20)], "quantity": [20.0, 400.0],
    ...     }),
    ...     "calendars": pl.DataFrame({"calendar_id": ["DAY"], **week, "saturday": [0.0], "sunday": [0.0]}),
    ...     "work_centers": pl.DataFrame({
    ...         "work_center_id": ["boards"], "calendar_id": ["DAY"], "units": [2.0], "cost_per_hour": [30.0],
    ...     }),
    ...     "operations": pl.DataFrame({
    ...         "item_id": ["radio"], "operation_sequence": [10], "work_center_id": ["boards"],
    ...         "run_minutes_per_unit": [60.0],
    ...     }),
    ... }
    >>> data = validate(tables, {"as_of": date(2026, 4, 1)}).data
    >>> plan = run_master_schedule_plan(data, MasterScheduleOptions(strategy="fixed"))
    >>> plan.table("production_plan").select("family", "sales_plan", "make", "stock").rows()
    [('radio', 20.0, 84.0, 64.0), ('radio', 400.0, 336.0, 0.0)]
    """
    families = find_families(data, options)
    problem, hours, assumptions = problem_of(families, options)
    solver = SolverOptions(options.time_limit_seconds or None, options.threads, options.seed)
    schedule = run_master_schedule(problem, solver, options.solver)
    sold = _sold(families, schedule)
    made, subcontracted = _by_item(families, schedule, sold)
    return MasterSchedulePlan(options, families, hours, schedule, made, subcontracted, sold, assumptions)


def _sold(families: PlannedFamilies, schedule: MasterSchedule) -> NDArray[np.float64]:
    """Return what is sold of each item: the same part of the sales plan for all items of a family."""
    planned, sales = schedule.problem.sales_plan, schedule.quantity("sales")
    part = np.divide(sales, planned, out=np.zeros(sales.shape), where=planned > 0)
    return families.sales * part[families.family]


def _by_item(
    families: PlannedFamilies, schedule: MasterSchedule, sold: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what is made and what is bought of each item; sums to the families in each period."""
    make, bought = schedule.quantity("make"), schedule.quantity("subcontract")
    both = make + bought
    total = both[families.family]
    order = np.argsort(families.family, kind="stable")
    first = np.searchsorted(families.family[order], np.arange(len(families.families) + 1))
    for family in np.flatnonzero(np.diff(first) > 1):
        items = order[first[family] : first[family + 1]]
        stock, minimum = families.stock[items], families.minimum_stock[items]
        total[items] = disaggregate(both[family], stock, sold[items], families.receipts[items], minimum)
    part = np.divide(make, both, out=np.ones(make.shape), where=both > 0)[families.family]
    return total * part, total * (1.0 - part)
