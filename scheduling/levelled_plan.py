"""Levelling put back into the plan: levelled orders firm, netted again, loaded again, compared with before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.capacity import CapacityResult, run_capacity
from planning.data import PlanningData
from planning.loading.load_tables import cells
from planning.mrp import MrpResult, run_mrp
from scheduling.leveller.tables import OVERLOADS
from scheduling.levelling import LevellingOptions, LevellingResult, run_levelling

_LEAST_MINUTES = 1.0


@dataclass(frozen=True, slots=True)
class LevelledPlan:
    """A plan before and after levelling.

    Parameters
    ----------
    before, after
        The loads of the two plans; each has its plan.
    levelling
        What was decided, in the last round.
    rounds
        How often it was levelled.
    """

    before: CapacityResult
    after: CapacityResult
    levelling: LevellingResult
    rounds: int

    @property
    def plan(self) -> MrpResult:
        """The levelled plan."""
        return self.after.plan

    @property
    def data(self) -> PlanningData:
        """The data set with the levelled orders in it."""
        return self.after.plan.model.data

    def table(self, name: str) -> pl.DataFrame:
        """Return ``overloads``, or a table of the levelling; ``KeyError`` when there is no such table."""
        if name == "overloads":
            return _overloads(self)
        return _prices_with_rest(self) if name == "hour_prices" else self.levelling.table(name)

    @property
    def loads(self) -> dict[str, pl.DataFrame]:
        """Load and capacity of every work center and period, ``before`` and ``after``; then with the overtime used."""
        frame = _compared(self)
        found = {}
        for name, limit in (("before", 0.0), ("after", pl.col("overtime_minutes"))):
            required, available = pl.col(f"required_{name}"), pl.col("available_minutes") + limit
            found[name] = frame.select(
                "work_center_id",
                "period_start",
                required_minutes=required,
                available_minutes=available,
                load_fraction=pl.when(available > 0).then(required / available),
            )
        return found

    @property
    def overload_hours(self) -> tuple[float, float]:
        """The overload of all work centers in the horizon, in standard hours, before and after."""
        table = self.table("overloads")
        return float(table["overload_before"].sum()) / 60.0, float(table["overload_after"].sum()) / 60.0


def level_plan(
    capacity: CapacityResult,
    options: LevellingOptions = LevellingOptions(),  # noqa: B008 - frozen
) -> LevelledPlan:
    """Return a plan whose orders keep to the hours that there are, as far as they can.

    Parameters
    ----------
    capacity
        The loads of the plan.
    options
        The choices.

    Notes
    -----
    Levelled orders replace the planned orders of their items as firm planned receipts; the plan is made again, and
    loaded again. Where a work center is overloaded then that was not before, its items are levelled too, from the plan
    before, so often at most as ``options.rounds`` says.
    """
    plan = capacity.plan
    more = np.zeros(len(capacity.work_center_ids), np.bool_)
    for done in range(1, options.rounds + 1):
        levelling = run_levelling(capacity, options, more)
        if levelling.found is None:
            return LevelledPlan(capacity, capacity, levelling, done)
        data = levelled_data(plan.model.data, levelling.orders)
        after = run_capacity(run_mrp(data, plan.options), capacity.options)
        levelled = LevelledPlan(capacity, after, levelling, done)
        over = _still_over(levelled)
        if options.scope == "all" or not (over & ~more).any():
            break
        more = more | over
    return levelled


def levelled_data(data: PlanningData, orders: pl.DataFrame) -> PlanningData:
    """Return a data set with levelled orders among its scheduled receipts."""
    receipts = pl.concat([data.table("scheduled_receipts"), orders], how="diagonal_relaxed")
    return data.replace(scheduled_receipts=receipts)


def _still_over(levelled: LevelledPlan) -> NDArray[np.bool_]:
    """Return which work centers are overloaded in the horizon after levelling."""
    table = levelled.table("overloads").filter(pl.col("overload_after") > _LEAST_MINUTES)
    return levelled.before.work_center_ids.is_in(table["work_center_id"].unique().implode()).to_numpy()


def _overloads(levelled: LevelledPlan) -> pl.DataFrame:
    """Return the table ``overloads``: every work center and period of the horizon with a load."""
    frame = _compared(levelled)
    has_load = (pl.col("required_before") > 0) | (pl.col("required_after") > _LEAST_MINUTES)
    return frame.filter(has_load)


def _prices_with_rest(levelled: LevelledPlan) -> pl.DataFrame:
    """Return the table ``hour_prices``; where the model has hours enough and the plan has not, its text says so."""
    prices = levelled.levelling.table("hour_prices")
    over = levelled.table("overloads").select("work_center_id", "period_start", over="overload_after")
    joined = prices.join(over, on=["work_center_id", "period_start"], how="left", maintain_order="left")
    is_over = (pl.col("over") > _LEAST_MINUTES) & (pl.col("overload_minutes") == 0) & (pl.col("hour_price") == 0)
    lacks = pl.format(
        "{} lacks {} hours in the period from {} in the levelled plan: by orders that are no part of the model",
        "work_center_id",
        (pl.col("over") / 60.0).round(1),
        "period_start",
    )
    return joined.with_columns(text=pl.when(is_over).then(lacks).otherwise("text")).drop("over")


def _compared(levelled: LevelledPlan) -> pl.DataFrame:
    """Return load and capacity before and after of every work center and period of the horizon."""
    before, solution = levelled.before, levelled.levelling.solution
    if solution is None:
        n_periods = before.required_minutes.shape[1]
        overtime, moved = np.zeros(before.required_minutes.shape), np.zeros(before.required_minutes.shape)
        available = before.available_minutes
    else:
        problem = solution.problem
        n_periods = problem.n_periods
        overtime = solution.overtime_minutes
        moved = solution.required_minutes - problem.fixed_minutes - problem.load_minutes(solution.make)
        available = problem.available_minutes
    required = _widened(before.required_minutes, n_periods)
    after = _widened(levelled.after.required_minutes, n_periods) + moved
    grids = {
        "available_minutes": available,
        "required_before": required,
        "required_after": after,
        "overtime_minutes": overtime,
        "overload_before": _over(before, required, available),
        "overload_after": _over(before, after, available + overtime),
    }
    center, period = np.indices(required.shape).reshape(2, -1)
    return cells(before.model, before.plan.model.as_of, grids, (center, period)).select(OVERLOADS.column_names)


def _over(
    capacity: CapacityResult, required: NDArray[np.float64], available: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return required beyond available, 0 where capacity is no limit."""
    is_finite = capacity.model.centers.frame["is_finite"].to_numpy()[:, None]
    return np.asarray(np.where(is_finite, np.maximum(required - available, 0.0), 0.0))


def _widened(minutes: NDArray[np.float64], n_periods: int) -> NDArray[np.float64]:
    """Return minutes by period with so many periods."""
    wide = np.zeros((minutes.shape[0], n_periods))
    known = min(n_periods, minutes.shape[1])
    wide[:, :known] = minutes[:, :known]
    return wide
