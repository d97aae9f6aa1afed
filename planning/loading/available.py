"""What work centers can do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planning.kernels.capacity import working_seconds
from planning.kernels.capacity_arrays import SECONDS_PER_DAY
from planning.loading.encode import LoadingModel


def available_minutes(model: LoadingModel) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the standard minutes that each work center can do in each period, and what overtime could add.

    Returns
    -------
    available, overtime
        float64, shape (n_work_centers, n_periods).
    """
    minutes, days = _working_time(model)
    centers = model.centers
    rate = centers.column("units") * centers.column("efficiency_fraction") * centers.column("utilization_fraction")
    calendar, overtime = centers.rows["calendar"], centers.column("overtime_hours_per_day") * 60.0
    return rate[:, None] * minutes[calendar], (rate * overtime)[:, None] * days[calendar]


def working_days(model: LoadingModel) -> NDArray[np.float64]:
    """Return the days on which each work center works in each period: float64, shape (n_work_centers, n_periods)."""
    days: NDArray[np.float64] = _working_time(model)[1][model.centers.rows["calendar"]]
    return days


def _working_time(model: LoadingModel) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the minutes and the open days of each calendar in each period."""
    n_calendars, n_days = model.times.indptr.shape[0] - 1, model.times.end_day
    daily = np.empty((n_calendars, n_days), np.int64)
    working_seconds(model.kernel, np.arange(n_days + 1, dtype=np.int64) * SECONDS_PER_DAY, daily)
    first_days = np.maximum(model.periods.starts, 0)
    minutes = np.add.reduceat(daily, first_days, axis=1) / 60.0
    return minutes, np.add.reduceat((daily > 0).astype(np.float64), first_days, axis=1)
