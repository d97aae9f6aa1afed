"""The problem of the master schedule made of families: what a unit takes and costs, people, work centers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.loading.available import available_minutes, working_days
from planning.master_scheduling.capacity_bill import hour_costs
from planning.master_scheduling.options import MasterScheduleOptions
from scheduling.master_scheduler.families import PlannedFamilies, period_names
from scheduling.master_scheduler.problem import Centers, MasterScheduleProblem, Workforce

_MINUTES_PER_HOUR = 60.0
_DAYS_PER_WEEK = 7.0
_DAYS_PER_YEAR = 365.0
_HIRING_HOURS, _LAYOFF_HOURS = 80.0, 120.0
_LEAST = 1e-3


@dataclass(slots=True)
class Hours:
    """What work centers can do in the periods that are planned, in standard hours.

    Parameters
    ----------
    available, overtime
        float64, shape (n_work_centers, n_periods): in working time, and beyond.
    reserved
        float64, shape (n_work_centers, n_periods): what open orders take of it.
    labor
        float64, shape (n_work_centers,): hours of people for a standard hour.
    hour_cost, overtime_cost
        float64, shape (n_work_centers,): of an hour worked.
    days
        float64, shape (n_work_centers, n_periods): working days.
    """

    available: NDArray[np.float64]
    overtime: NDArray[np.float64]
    reserved: NDArray[np.float64]
    labor: NDArray[np.float64]
    hour_cost: NDArray[np.float64]
    overtime_cost: NDArray[np.float64]
    days: NDArray[np.float64]

    @property
    def worked(self) -> NDArray[np.float64]:
        """float64, shape (n_work_centers, n_periods): the hours of people that man the work centers."""
        return self.available * self.labor[:, None]


@dataclass(slots=True)
class Assumptions:
    """What was assumed because nothing says it, in sentences."""

    texts: list[str] = field(default_factory=list)

    def value(self, given: float | None, assumed: float, option: str, why: str) -> float:
        """Return the given value, or what is assumed in its place."""
        if given is not None:
            return given
        self.texts.append(f"master_schedule.{option} = {assumed:,.2f}: {why}")
        return assumed


def problem_of(
    plan: PlannedFamilies, options: MasterScheduleOptions
) -> tuple[MasterScheduleProblem, Hours, tuple[str, ...]]:
    """Return the problem, the hours of the work centers, and what was assumed."""
    hours, assumptions = find_hours(plan, options), Assumptions()
    workforce = _workforce(plan, hours, options, assumptions)
    item_hours, share = plan.bill.minutes / _MINUTES_PER_HOUR, plan.share_made
    labor = item_hours @ hours.labor
    used = plan.total(plan.used_supply)
    stock = np.minimum(plan.total(np.minimum(plan.stock, plan.used_supply[:, 0])), used[:, 0])
    arriving = np.diff(used, axis=1, prepend=stock[:, None])
    people = workforce.initial_workers * workforce.hours_per_worker
    costs = _unit_costs(plan, hours, options)
    problem = MasterScheduleProblem(
        families=plan.families,
        periods=period_names(plan.period_starts, options.period),
        sales_plan=plan.total(plan.sales),
        hours_per_unit=plan.mean(labor, share),
        material_cost=plan.mean(plan.bill.material_cost, share),
        holding_cost=plan.mean(costs["holding"], share),
        backlog_cost=plan.mean(costs["backlog"], share),
        initial_stock=stock,
        final_stock=np.zeros(len(plan.families)),
        workforce=workforce,
        subcontract_cost=_mean_offer(plan, options),
        price=plan.mean(plan.price, plan.share_sold) if options.form == "profit" else None,
        minimum_stock=plan.total(plan.missing_minimum),
        receipts=arriving,
        centers=_centers(plan, hours, plan.mean(item_hours, share)),
        undelivered_cost=plan.mean(costs["undelivered"], share),
        below_minimum_cost=plan.mean(costs["below_minimum"], share),
        open_order_hours=_fitted((hours.labor @ hours.reserved)[None, :], people[None, :])[0],
    )
    return problem, hours, tuple(assumptions.texts)


def find_hours(plan: PlannedFamilies, options: MasterScheduleOptions) -> Hours:
    """Return what the work centers can do; work of open orders that does not fit in a period goes on in the next."""
    centers, n = plan.loading.centers, plan.n_periods
    available, overtime = (minutes[:, :n] / _MINUTES_PER_HOUR for minutes in available_minutes(plan.loading))
    usual = centers.column("cost_per_hour")
    given = centers.frame["overtime_cost_per_hour"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    return Hours(
        available,
        overtime if options.use_overtime else np.zeros(overtime.shape),
        _fitted(plan.reserved_hours, available),
        1.0 / centers.column("efficiency_fraction"),
        usual,
        np.where(np.isnan(given), usual * options.overtime_factor, given),
        working_days(plan.loading)[:, :n],
    )


def _fitted(asked: NDArray[np.float64], available: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return hours by period of which no more than is available is done in each, the rest as soon as it fits."""
    fitted, left = np.zeros(asked.shape), np.zeros(asked.shape[0])
    for period in range(asked.shape[1]):
        wanted = left + asked[:, period]
        fitted[:, period] = np.minimum(wanted, available[:, period])
        left = wanted - fitted[:, period]
    return fitted


def _workforce(
    plan: PlannedFamilies, hours: Hours, options: MasterScheduleOptions, assumptions: Assumptions
) -> Workforce:
    """Return the people: those that man the work centers at which there is work, unless the options say others."""
    is_used = plan.bill.minutes.sum(axis=0) > 0
    worked = np.where(is_used[:, None], hours.worked, 0.0)
    by_center, total = worked.sum(axis=1), float(worked.sum())
    days = (hours.days * worked).sum(axis=0) / np.where(worked.sum(axis=0) > 0, worked.sum(axis=0), 1.0)
    per_worker = days * options.hours_per_worker_day
    manned = total / per_worker.sum() if per_worker.sum() > 0 else 0.0
    wage = assumptions.value(
        options.wage_per_hour,
        float(by_center @ hours.hour_cost / total) if total > 0 else 0.0,
        "wage_per_hour",
        "the mean of cost_per_hour of the work centers",
    )
    overtime_wage = float(by_center @ hours.overtime_cost / total) if total > 0 else 0.0
    if options.wage_per_hour is not None:
        overtime_wage = wage * options.overtime_factor
    extra = np.where(is_used[:, None], hours.overtime * hours.labor[:, None], 0.0).sum()
    beyond = per_worker * (extra / total if total > 0 else 0.0)
    if options.overtime_hours_per_worker_day is not None:
        beyond = days * options.overtime_hours_per_worker_day
    workers = assumptions.value(options.initial_workers, manned, "initial_workers", "as many as man the work centers")
    return Workforce(
        # a part of a worker can neither be kept nor laid off where workers are whole
        float(round(workers)) if options.are_workers_whole else workers,
        per_worker,
        beyond if options.use_overtime else np.zeros(plan.n_periods),
        per_worker * wage,
        overtime_wage if options.overtime_wage_per_hour is None else options.overtime_wage_per_hour,
        assumptions.value(options.hiring_cost, _HIRING_HOURS * wage, "hiring_cost", "80 hours of the wage"),
        assumptions.value(options.layoff_cost, _LAYOFF_HOURS * wage, "layoff_cost", "120 hours of the wage"),
        options.strategy,
        options.are_workers_whole,
    )


def _unit_costs(plan: PlannedFamilies, hours: Hours, options: MasterScheduleOptions) -> dict[str, NDArray[np.float64]]:
    """Return what a unit of each item costs in stock, late, undelivered, or missing in the safety stock.

    Notes
    -----
    ``worth`` is the price, or what a unit takes on overtime where that is more: nothing is late because making it would
    cost more. What is missing in the safety stock at the end costs more than making it, and in the profit form less
    than a sale brings that pays for its making.
    """
    item_hours = plan.bill.minutes / _MINUTES_PER_HOUR
    full = plan.bill.material_cost + item_hours @ np.maximum(
        hour_costs(plan.loading), hours.overtime_cost * hours.labor
    )
    parameters = plan.planning.sourcing.parameters
    unit_cost = parameters["unit_cost"].fill_null(0.0).to_numpy()[plan.nodes]
    worth = np.maximum(np.maximum(plan.price, unit_cost), np.maximum(full, _LEAST))
    weeks = plan.days / _DAYS_PER_WEEK
    per_day = plan.planning.node_rows["holding_cost"][plan.nodes]
    by_rate = np.where(unit_cost > 0, unit_cost, full) * options.holding_rate_per_year / _DAYS_PER_YEAR
    holding = np.maximum(np.where(per_day > 0, per_day, by_rate), _LEAST * worth / _DAYS_PER_YEAR)
    undelivered = np.maximum(options.backlog_rate_per_week * options.final_backlog_weeks, 1.5) * worth
    below = options.below_minimum_rate_per_week * worth[:, None] * weeks
    below[:, -1] += 1.1 * full if options.form == "profit" else 0.9 * undelivered
    return {
        "holding": holding[:, None] * plan.days,
        "backlog": options.backlog_rate_per_week * worth[:, None] * weeks,
        "undelivered": undelivered,
        "below_minimum": below,
    }


def _mean_offer(plan: PlannedFamilies, options: MasterScheduleOptions) -> NDArray[np.float64]:
    """Return what a unit bought ready-made costs; infinite for a family of which some item is not offered."""
    offers = item_offers(plan) if options.use_subcontract else None
    cost = np.full(plan.nodes.size, np.inf)
    if offers is not None:
        cost[offers["item"].to_numpy()] = offers["unit_price"].to_numpy()
    is_offered = plan.total(np.where(np.isfinite(cost), 0.0, 1.0)) == 0
    return np.where(is_offered, plan.mean(np.where(np.isfinite(cost), cost, 0.0), plan.share_made), np.inf)


def item_offers(plan: PlannedFamilies) -> pl.DataFrame:
    """Return ``item``, ``supplier_id`` and ``unit_price`` of the cheapest offer in force for what is made."""
    columns = ["item_id", "supplier_id", "site_id", "unit_price", "effective_from", "effective_to"]
    day = pl.lit(plan.planning.as_of)
    in_force = (pl.col("effective_from").is_null() | (pl.col("effective_from") <= day)) & (
        pl.col("effective_to").is_null() | (pl.col("effective_to") > day)
    )
    offers = plan.planning.data.filled("item_suppliers", columns).filter(in_force & pl.col("unit_price").is_not_null())
    items = plan.ids(np.arange(plan.nodes.size)).with_row_index("item")
    joined = items.select("item", "item_id", node_site="site_id").join(offers, on="item_id", how="inner")
    fitting = joined.filter(pl.col("site_id").is_null() | (pl.col("site_id") == pl.col("node_site")))
    return fitting.sort("item", "unit_price", "supplier_id").unique("item", keep="first", maintain_order=True)


def _centers(plan: PlannedFamilies, hours: Hours, per_unit: NDArray[np.float64]) -> Centers | None:
    """Return the work centers that are a limit and have work."""
    is_finite = plan.loading.centers.frame["is_finite"].to_numpy() & (plan.bill.minutes.sum(axis=0) > 0)
    at = np.flatnonzero(is_finite)
    if at.size == 0:
        return None
    names = plan.loading.centers.ids.gather(at).to_list()
    free = np.maximum(hours.available - hours.reserved, 0.0)
    return Centers(names, per_unit.T[at].copy(), free[at], hours.overtime[at], hours.labor[at])
