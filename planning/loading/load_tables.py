"""The tables that are made of loads: by work center, by skill, and in money."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.encoding.codes import dates_of
from planning.loading.encode import LoadingModel
from planning.loading.tables import CAPACITY_COSTS, LABOR_LOADS, LOADS

Minutes = NDArray[np.float64]


def loads(model: LoadingModel, as_of: date, required: Minutes, available: Minutes, overtime: Minutes) -> pl.DataFrame:
    """Return the table ``loads``: every work center and period, of minutes of shape (n_work_centers, n_periods)."""
    centers = model.centers
    n_centers, n_periods = required.shape
    is_finite = centers.frame["is_finite"].to_numpy()[:, None]
    overload = np.where(is_finite, np.maximum(required - available, 0.0), 0.0)
    worked, cost = _worked(model, required)
    total, capacity = required.cumsum(axis=1), available.cumsum(axis=1)
    starts = dates_of(model.periods.starts[:n_periods], as_of)
    columns = {
        "work_center_id": centers.ids[np.repeat(np.arange(n_centers), n_periods)],
        "period_start": starts[np.tile(np.arange(n_periods), n_centers)],
        "required_minutes": required.ravel(),
        "available_minutes": available.ravel(),
        "load_fraction": _part(required, available),
        "overload_minutes": overload.ravel(),
        "overtime_minutes": overtime.ravel(),
        "cumulative_required_minutes": total.ravel(),
        "cumulative_available_minutes": capacity.ravel(),
        "cumulative_load_fraction": _part(total, capacity),
        "worked_hours": worked.ravel(),
        "cost": cost.ravel(),
    }
    return pl.DataFrame(columns).select(LOADS.column_names)


def labor_loads(
    model: LoadingModel, as_of: date, required: Minutes, available: Minutes, overtime: Minutes
) -> pl.DataFrame:
    """Return the table ``labor_loads``: every skill and period."""
    by_center = _by_center(model, as_of, required, available, overtime)
    efficiency = pl.col("efficiency_fraction")
    return (
        by_center.filter(pl.col("labor_skill_id").is_not_null())
        .group_by("labor_skill_id", "period_start", maintain_order=True)
        .agg(
            labor_hours=pl.col("worked_hours").sum(),
            available_hours=(pl.col("available_minutes") / efficiency / 60.0).sum(),
            cost=pl.col("cost").sum(),
        )
        .sort("labor_skill_id", "period_start")
        .select(LABOR_LOADS.column_names)
    )


def capacity_costs(
    model: LoadingModel, as_of: date, required: Minutes, available: Minutes, overtime: Minutes
) -> pl.DataFrame:
    """Return the table ``capacity_costs``: every period."""
    by_center = _by_center(model, as_of, required, available, overtime)
    is_labor = pl.col("labor_skill_id").is_not_null()
    return (
        by_center.group_by("period_start", maintain_order=True)
        .agg(
            machine_cost=pl.col("cost").filter(~is_labor).sum(),
            labor_cost=pl.col("cost").filter(is_labor).sum(),
            total_cost=pl.col("cost").sum(),
        )
        .sort("period_start")
        .select(CAPACITY_COSTS.column_names)
    )


def _by_center(
    model: LoadingModel, as_of: date, required: Minutes, available: Minutes, overtime: Minutes
) -> pl.DataFrame:
    """Return the loads with what the tables by skill and of cost read of the work centers."""
    centers = model.centers.frame.select("work_center_id", "labor_skill_id", "efficiency_fraction")
    return loads(model, as_of, required, available, overtime).join(centers, on="work_center_id", maintain_order="left")


def _worked(model: LoadingModel, required: Minutes) -> tuple[Minutes, Minutes]:
    """Return the hours that the loads take, and what these cost."""
    hours = required / model.centers.column("efficiency_fraction")[:, None] / 60.0
    return hours, hours * model.centers.column("cost_per_hour")[:, None]


def _part(required: Minutes, available: Minutes) -> pl.Series:
    """Return required / available, empty where nothing is available."""
    has_any = (available > 0).ravel()
    fraction = np.divide(required, available, out=np.zeros_like(required), where=available > 0).ravel()
    return pl.Series(fraction).set(pl.Series(~has_any), None)
