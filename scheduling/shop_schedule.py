"""A finite schedule of the near term of a plan: orders on machines, checked, beside the best rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from bom.errors import PlanningError
from planning.mrp import MrpResult
from scheduling.check import check
from scheduling.finite.search import no_clock, no_watch
from scheduling.from_plan import ScheduleOptions, ShopFloor, plan_shop
from scheduling.problem import SchedulingProblem
from scheduling.result import Clock, ScheduleResult, Watch
from scheduling.schedule import CheckedSchedule, Schedule
from scheduling.shop_floor.decode import operation_rows, order_rows, use_rows
from scheduling.shop_floor.figures import figure_rows
from scheduling.shop_floor.tables import SCHEDULE_TABLES
from scheduling.solve import solve

__all__ = ["ScheduleOptions", "ShopSchedule", "run_shop_schedule", "schedule_shop"]

_RULES_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class ShopSchedule:
    """A schedule of orders.

    Parameters
    ----------
    floor
        The problem, and what its numbers stand for.
    rule, found
        The schedule of the best dispatching rule, and the one that was found.
    schedule
        That of ``found``.
    checked
        What the check of it says: no violation.
    """

    floor: ShopFloor
    rule: ScheduleResult
    found: ScheduleResult
    schedule: Schedule
    checked: CheckedSchedule

    @property
    def table_names(self) -> tuple[str, ...]:
        """The tables that :meth:`table` gives."""
        return tuple(SCHEDULE_TABLES)

    def table(self, name: str) -> pl.DataFrame:
        """Return one table.

        Parameters
        ----------
        name
            ``scheduled_operations``, ``scheduled_orders``, ``work_center_use``, ``schedule_figures`` or
            ``unscheduled_orders``.

        Raises
        ------
        KeyError
            When there is no such table.
        """
        if name == "schedule_figures":
            return figure_rows(self.floor, self.rule, self.found)
        if name == "unscheduled_orders":
            return self.floor.unscheduled
        return _ROWS[name](self.floor, self.schedule)


_ROWS: dict[str, Callable[[ShopFloor, Schedule], pl.DataFrame]] = {
    "scheduled_operations": operation_rows,
    "scheduled_orders": order_rows,
    "work_center_use": use_rows,
}


def run_shop_schedule(
    plan: MrpResult,
    options: ScheduleOptions | None = None,
    pins: pl.DataFrame | None = None,
    *,
    threads: int = 1,
    clock: Clock = no_clock,
    on_progress: Watch = no_watch,
) -> ShopSchedule:
    """Return a checked schedule of the orders of a plan that are released within the horizon.

    Parameters
    ----------
    plan, options, pins
        As :func:`scheduling.from_plan.plan_shop` has them.
    threads, clock, on_progress
        As :func:`scheduling.solve.solve` has them.

    Raises
    ------
    PlanningError
        When pins cannot be, or nothing was found that keeps them.

    Examples
    --------
    >>> from datetime import date
    >>> from planning.checks import validate
    >>> from planning.mrp import run_mrp
    >>> tables = {
    ...     "items": pl.DataFrame({"item_id": ["bike"], "supply_type": ["make"], "lead_time_days": [2]}),
    ...     "demands": pl.DataFrame({"item_id": ["bike"], "due_date": [date(2026, 3, 20)], "quantity": [10.0]}),
    ...     "work_centers": pl.DataFrame({"work_center_id": ["bench"]}),
    ...     "operations": pl.DataFrame({
    ...         "item_id": ["bike"], "operation_sequence": [10], "work_center_id": ["bench"],
    ...         "setup_minutes": [30.0], "run_minutes_per_unit": [6.0],
    ...     }),
    ... }
    >>> found = run_shop_schedule(run_mrp(validate(tables, {"as_of": date(2026, 3, 16)}).data))
    >>> found.table("scheduled_operations").select("order_id", "unit", "start", "end").rows()
    [('bike@MAIN/2026-03-20/1', 1, datetime.datetime(2026, 3, 18, 0, 30), datetime.datetime(2026, 3, 18, 1, 30))]
    """
    return schedule_shop(plan_shop(plan, options, pins), threads=threads, clock=clock, on_progress=on_progress)


def schedule_shop(
    floor: ShopFloor, *, threads: int = 1, clock: Clock = no_clock, on_progress: Watch = no_watch
) -> ShopSchedule:
    """Return a checked schedule of a problem made from a plan: the best rule first, then what is better.

    Raises
    ------
    PlanningError
        When nothing was found: pins or started operations contradict each other, or the calendars end too soon.
    """
    options, problem, started = floor.options, floor.problem, clock()
    limit = options.time_limit
    share = 1.0 if options.solver == "dispatch" else _RULES_SHARE
    rule = solve(problem, "dispatch", time_limit=share * limit, clock=clock, on_progress=on_progress)
    found = rule
    if options.solver != "dispatch" and problem.n_operations:
        found = solve(
            problem,
            options.solver,
            time_limit=max(0.1, limit - (clock() - started)),
            seed=options.seed,
            threads=threads,
            clock=clock,
            on_progress=on_progress,
            start=rule.schedule,
        )
    if found.schedule is None:
        reason = "no schedule was found: pins, started operations or the ends of calendars leave no place"
        raise PlanningError("no_schedule", reason, _hardest(problem))
    checked = check(problem, found.schedule)
    if not checked.is_feasible:
        raise PlanningError("schedule_not_possible", "the check failed", [one.sentence for one in checked.violations])
    return ShopSchedule(floor, rule if rule.schedule is not None else found, found, found.schedule, checked)


def _hardest(problem: SchedulingProblem) -> list[str]:
    """Return the operations whose start is fixed."""
    return [problem.operation_name(one) for one in (problem.operation_lock_start >= 0).nonzero()[0].tolist()]
