"""From a plan and its loads to the problem that levelling solves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.errors import PlanningError
from planning.capacity import CapacityResult
from planning.encoding.codes import dates_of
from scheduling.leveller.due_days import NOT_POSSIBLE, OrderTimes, order_times
from scheduling.leveller.options import LevellingOptions
from scheduling.leveller.plan_costs import plan_costs, subcontracts
from scheduling.leveller.plan_loads import alternates_of, fixed_minutes, hour_limits, unit_loads
from scheduling.leveller.plan_requirements import minimum_stock, requirements, supplies
from scheduling.leveller.problem import NO_ALTERNATES, NO_SUBCONTRACTS, LevellingProblem


@dataclass(frozen=True, slots=True)
class PlanProblem:
    """A problem with what its items and orders are in the plan.

    Parameters
    ----------
    problem
        What is solved.
    nodes
        int32, shape (n_items,): the node of each item.
    times
        When orders are due.
    suppliers
        The supplier of each row of ``problem.subcontracts``.
    """

    problem: LevellingProblem
    nodes: NDArray[np.int32]
    times: OrderTimes
    suppliers: pl.Series


def plan_problem(capacity: CapacityResult, nodes: NDArray[np.int32], options: LevellingOptions) -> PlanProblem:
    """Return the problem of levelling some nodes of a plan.

    Parameters
    ----------
    capacity
        The loads of the plan.
    nodes
        The nodes whose orders are decided about, by level.
    options
        The choices.
    """
    plan, model = capacity.plan, capacity.model
    n_periods = horizon(capacity, options)
    starts = np.maximum(model.periods.starts[: n_periods + 1], 0)
    of_day = model.periods.of_day
    times = order_times(plan, nodes, starts, of_day)
    loads, operations, in_time = unit_loads(capacity, nodes, times)
    needed = requirements(plan, nodes, times, of_day)
    initial_stock, receipts = supplies(plan, nodes, of_day, n_periods)
    available, overtime = hour_limits(model, n_periods)
    period_days = float(np.diff(starts).mean())
    offers, suppliers = (
        subcontracts(plan, nodes, of_day, n_periods)
        if options.use_subcontract
        else (NO_SUBCONTRACTS, pl.Series([], dtype=pl.String))
    )
    names = node_names(capacity, nodes)
    problem = LevellingProblem(
        names,
        period_labels(capacity, n_periods),
        capacity.work_center_ids.to_list(),
        [f"{names[item]}/{sequence}" for item, sequence in operations],
        needed.outside,
        receipts,
        initial_stock,
        minimum_stock(plan, nodes, starts),
        (times.due != NOT_POSSIBLE) & in_time,
        loads,
        available,
        overtime if options.use_overtime else np.zeros(overtime.shape),
        fixed_minutes(capacity, times.place, n_periods),
        times.planned,
        plan_costs(plan, nodes, model, loads, needed.components, period_days, options),
        needed.components,
        alternates_of(capacity, nodes, operations, times) if options.use_alternates else NO_ALTERNATES,
        offers,
        options.overload_cost_per_hour is not None,
        needed.inside,
    )
    return PlanProblem(problem, nodes, times, suppliers)


def horizon(capacity: CapacityResult, options: LevellingOptions) -> int:
    """Return the number of periods that are levelled."""
    return min(options.horizon_periods, int(capacity.model.periods.starts.shape[0]) - 1)


def node_names(capacity: CapacityResult, nodes: NDArray[np.int32]) -> list[str]:
    """Return item ids, with their site where there are several."""
    table = capacity.plan.model.nodes
    items = table.item_ids[table.item[nodes]].to_list()
    if len(table.site_ids) == 1:
        return items
    return [f"{item}@{site}" for item, site in zip(items, table.site_ids[table.site[nodes]].to_list(), strict=True)]


def period_labels(capacity: CapacityResult, n_periods: int) -> list[str]:
    """Return the names of periods: 2026-W12, 2026-03, 2026-03-16.

    Raises
    ------
    PlanningError
        ``unknown_period``, when loads are by something else.
    """
    period = capacity.options.period
    dates = dates_of(capacity.model.periods.starts[:n_periods], capacity.plan.model.as_of)
    forms = {"week": "%G-W%V", "month": "%Y-%m", "day": "%Y-%m-%d"}
    if period not in forms:
        raise PlanningError("unknown_period", f"cannot level by {period}")
    return dates.dt.strftime(forms[period]).to_list()
