"""The tables that are made of loads: by work center, by skill, and in money."""

from __future__ import annotations

from collections.abc import Mapping
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
    is_finite = centers.frame["is_finite"].to_numpy()[:, None]
    overload = np.where(is_finite, np.maximum(required - available, 0.0), 0.0)
    worked, cost = _worked(model, required)
    total, capacity = required.cumsum(axis=1), available.cumsum(axis=1)
    grids = {
        "required_minutes": required,
        "available_minutes": available,
        "overload_minutes": overload,
        "overtime_minutes": overtime,
        "cumulative_required_minutes": total,
        "cumulative_available_minutes": capacity,
        "worked_hours": worked,
        "cost": cost,
    }
    center, period = np.indices(required.shape).reshape(2, -1)
    frame = cells(model, as_of, grids, (center, period)).with_columns(
        load_fraction=_part(required, available), cumulative_load_fraction=_part(total, capacity)
    )
    return frame.select(LOADS.column_names)


def cells(
    model: LoadingModel, as_of: date, grids: Mapping[str, Minutes], at: tuple[NDArray[np.integer], ...]
) -> pl.DataFrame:
    """Return ``work_center_id``, ``period_start`` and what stands there in each grid.

    Parameters
    ----------
    grids
        By column name, float64, shape (n_work_centers, n_periods).
    at
        The codes of the work center and of the period of each row, as ``np.nonzero`` gives them.
    """
    center, period = at
    columns = {name: grid[at] for name, grid in grids.items()}
    starts = dates_of(model.periods.starts[period], as_of)
    return pl.DataFrame({"work_center_id": model.centers.ids[center], "period_start": starts, **columns})


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
