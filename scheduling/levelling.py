"""Levelling: a plan's orders moved, and work moved or bought, until no work center has more than its hours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.capacity import CapacityResult
from planning.loading.load_tables import cells
from scheduling.leveller.from_plan import PlanProblem, horizon, plan_problem
from scheduling.leveller.options import LevellingOptions
from scheduling.leveller.orders import levelled_orders, levelled_quantities, operations_moved
from scheduling.leveller.scope import levelled_nodes
from scheduling.leveller.solution import LevellingSolution, solve_levelling
from scheduling.leveller.tables import (
    HOUR_PRICES,
    LEVELLED_ORDERS,
    LEVELLED_QUANTITIES,
    LEVELLING_COSTS,
    OPERATIONS_MOVED,
)

__all__ = ["LevellingOptions", "LevellingResult", "run_levelling"]

_MINUTES_PER_HOUR = 60.0
_LEAST_MINUTES = 1e-3
_LEAST_PRICE = 1e-6


@dataclass(frozen=True, slots=True)
class LevellingResult:
    """What levelling decided, and tables that are made of it when they are asked for.

    Parameters
    ----------
    capacity, options
        What was levelled, and how.
    found
        The problem; ``None`` when there was nothing to level.
    solution
        Its solution; ``None`` likewise.
    """

    capacity: CapacityResult
    options: LevellingOptions
    found: PlanProblem | None
    solution: LevellingSolution | None

    @property
    def orders(self) -> pl.DataFrame:
        """The table ``levelled_orders``."""
        return self.table("levelled_orders")

    @property
    def gap(self) -> float:
        """The fraction of the cost by which a better plan of the model could lie below this one; 0 when optimal."""
        return 0.0 if self.solution is None else self.solution.result.gap

    def table(self, name: str) -> pl.DataFrame:
        """Return one table.

        Parameters
        ----------
        name
            ``levelled_orders``, ``levelled_quantities``, ``hour_prices``, ``levelling_costs`` or ``operations_moved``.

        Raises
        ------
        KeyError
            When there is no such table.
        """
        if self.found is None or self.solution is None:
            return _EMPTY[name].empty()
        if name == "levelled_orders":
            return levelled_orders(self.capacity, self.found, self.solution)
        if name == "levelled_quantities":
            return levelled_quantities(self.capacity, self.found, self.solution)
        if name == "hour_prices":
            return _hour_prices(self.capacity, self.solution)
        if name == "levelling_costs":
            return _levelling_costs(self.solution)
        if name == "operations_moved":
            return operations_moved(self.capacity, self.found, self.solution)
        raise KeyError(name)


_EMPTY = {
    table.name: table
    for table in (LEVELLED_ORDERS, LEVELLED_QUANTITIES, HOUR_PRICES, LEVELLING_COSTS, OPERATIONS_MOVED)
}


def run_levelling(
    capacity: CapacityResult,
    options: LevellingOptions = LevellingOptions(),  # noqa: B008 - frozen
    more_centers: NDArray[np.bool_] | None = None,
) -> LevellingResult:
    """Return the cheapest way to make what a plan makes with the hours that there are (docs/concepts/levelling.md).

    Parameters
    ----------
    capacity
        The loads of a plan.
    options
        The choices.
    more_centers
        bool, shape (n_work_centers,): work centers whose items are levelled although they are not overloaded.

    Raises
    ------
    PlanningError
        ``not_solved``, when the time limit ends before there is a solution.

    Examples
    --------
    A work center with 10 hours a week, and 14 hours of work for the second one:

    >>> from datetime import date
    >>> from planning.capacity import run_capacity
    >>> from planning.checks import validate
    >>> from planning.mrp import run_mrp
    >>> weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday")
    >>> week = {day: [2.0] for day in weekdays} | {"saturday": [0.0], "sunday": [0.0]}
    >>> names, day = ["bike", "trike"], date(2026, 3, 13)
    >>> tables = {
    ...     "items": pl.DataFrame({"item_id": names, "supply_type": ["make"] * 2, "unit_cost": [100.0, 80.0]}),
    ...     "demands": pl.DataFrame({"item_id": names, "due_date": [day] * 2, "quantity": [8.0, 6.0]}),
    ...     "calendars": pl.DataFrame({"calendar_id": ["day"], **week}),
    ...     "work_centers": pl.DataFrame({"work_center_id": ["W7"], "calendar_id": ["day"]}),
    ...     "operations": pl.DataFrame(
    ...         {"item_id": names, "operation_sequence": [10] * 2, "work_center_id": ["W7"] * 2,
    ...          "run_minutes_per_unit": [60.0] * 2}
    ...     ),
    ... }
    >>> levelled = run_levelling(run_capacity(run_mrp(validate(tables, {"as_of": date(2026, 3, 2)}).data)))
    >>> levelled.orders.select("item_id", "due_date", "quantity").rows()
    [('bike', datetime.date(2026, 3, 13), 8.0),
     ('trike', datetime.date(2026, 3, 8), 4.0),
     ('trike', datetime.date(2026, 3, 13), 2.0)]
    >>> levelled.table("hour_prices")["text"].to_list()
    ['one more hour on W7 in week 2026-W11 saves 0.31']
    """
    n_periods = horizon(capacity, options)
    is_overloaded = np.asarray((capacity.overload_minutes[:, :n_periods] > _LEAST_MINUTES).any(axis=1))
    if more_centers is not None:
        is_overloaded = is_overloaded | more_centers
    nodes = levelled_nodes(capacity, is_overloaded, options.scope == "all", n_periods)
    if not nodes.size:
        return LevellingResult(capacity, options, None, None)
    found = plan_problem(capacity, nodes, options)
    return LevellingResult(capacity, options, found, solve_levelling(found.problem, options))


def _hour_prices(capacity: CapacityResult, solution: LevellingSolution) -> pl.DataFrame:
    """Return the table ``hour_prices``, the dearest hour first."""
    problem = solution.problem
    n_centers, n_periods = problem.fixed_minutes.shape
    was_over = np.zeros((n_centers, n_periods), np.bool_)
    known = min(n_periods, capacity.overload_minutes.shape[1])
    was_over[:, :known] = capacity.overload_minutes[:, :known] > _LEAST_MINUTES
    told = was_over | (solution.hour_prices > _LEAST_PRICE) | (solution.overload_minutes > _LEAST_MINUTES)
    center, period = np.nonzero(told)
    prices, overload = solution.hour_prices[center, period], solution.overload_minutes[center, period]
    texts = [
        hour_text(problem.work_centers[w], capacity.options.period, problem.periods[p], price, over)
        for w, p, price, over in zip(center.tolist(), period.tolist(), prices.tolist(), overload.tolist(), strict=True)
    ]
    grids = {
        "required_minutes": solution.required_minutes,
        "available_minutes": problem.available_minutes,
        "overtime_minutes": solution.overtime_minutes,
        "overload_minutes": solution.overload_minutes,
        "hour_price": solution.hour_prices,
    }
    frame = cells(capacity.model, capacity.plan.model.as_of, grids, (center, period))
    frame = frame.with_columns(text=pl.Series(texts, dtype=pl.String))
    return frame.sort("hour_price", descending=True, maintain_order=True).select(HOUR_PRICES.column_names)


def hour_text(work_center: str, unit: str, period: str, price: float, overload_minutes: float) -> str:
    """Return what one more hour saves, and how many hours are missing, in one sentence.

    Examples
    --------
    >>> hour_text("W7", "week", "2026-W12", 1340.2, 0.0)
    'one more hour on W7 in week 2026-W12 saves 1,340'
    >>> hour_text("W7", "week", "2026-W12", 0.0, 90.0)
    'W7 lacks 1.5 hours in week 2026-W12 that cannot be moved'
    """
    when = f"{unit} {period}"
    digits = 0 if price >= 100 else 2
    saves = f"one more hour on {work_center} in {when} saves {price:,.{digits}f}"
    lacks = f"{work_center} lacks {overload_minutes / _MINUTES_PER_HOUR:,.1f} hours in {when} that cannot be moved"
    if overload_minutes > _LEAST_MINUTES:
        return f"{lacks}; {saves}" if price > _LEAST_PRICE else lacks
    return saves if price > _LEAST_PRICE else f"{work_center} has enough hours in {when} after levelling"


def _levelling_costs(solution: LevellingSolution) -> pl.DataFrame:
    """Return the table ``levelling_costs``."""
    before = planned_costs(solution)
    kinds = [kind for kind, cost in solution.cost_by_kind.items() if cost or before.get(kind)]
    frame = pl.DataFrame(
        {
            "kind": [*kinds, "total"],
            "before": [*(before.get(kind, 0.0) for kind in kinds), sum(before.values())],
            "after": [*(solution.cost_by_kind[kind] for kind in kinds), sum(solution.cost_by_kind.values())],
        }
    )
    return frame.with_columns(difference=pl.col("after") - pl.col("before")).select(LEVELLING_COSTS.column_names)


def planned_costs(solution: LevellingSolution) -> dict[str, float]:
    """Return what the planned orders cost by the model's money, as if all hours were there."""
    problem, costs = solution.problem, solution.problem.costs
    model = solution.model
    unit = np.where(model.make >= 0, model.model.cost[model.make], np.nan)
    has_any = (model.make >= 0).any(axis=1)
    mean = np.where(has_any, np.nansum(unit, axis=1) / np.maximum((model.make >= 0).sum(axis=1), 1), 0.0)
    inside = problem.planned_needs
    if inside is None:
        inside = problem.component_requirements(problem.planned)
    moved = problem.planned + problem.receipts - problem.requirements - inside
    position = problem.initial_stock[:, None] + np.cumsum(moved, axis=1)
    late, stock = np.maximum(-position, 0.0), np.maximum(position, 0.0)
    missing = np.maximum(problem.minimum_stock - stock, 0.0)
    return {
        "make": float(mean @ problem.planned.sum(axis=1)),
        "stock": float(costs.holding @ stock.sum(axis=1)),
        "backlog": float(costs.backlog @ late[:, :-1].sum(axis=1) + costs.final_backlog @ late[:, -1]),
        "below_minimum": float(
            costs.below_minimum @ missing[:, :-1].sum(axis=1) + costs.final_backlog @ missing[:, -1]
        ),
    }
