"""What the history says of each item and site: mean and spread of demand and of lead times."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from planning.arrays import PlanningModel

NODE = "node"


def demand_statistics(model: PlanningModel, period_days: int) -> pl.DataFrame:
    """Return mean and deviation of one day's demand, from whole periods back from ``as_of``.

    Parameters
    ----------
    model
        The data set; its table demand_history.
    period_days
        Days of a period. Demand is added up by period before its spread is taken, so that a week's pattern is none.

    Returns
    -------
    pl.DataFrame
        ``node``, ``n_periods``, ``daily_demand``, ``daily_demand_deviation``; nodes with history only, by node.

    Notes
    -----
    Periods reach back to the oldest row of the whole table; a period without rows counts 0. An item's own periods start
    with the first in which it was asked for. The deviation is that of a sample (n - 1).
    """
    history = model.data.filled("demand_history", ["date", "quantity"])
    as_of = model.as_of
    rows = history.with_columns(node=pl.Series(model.nodes.of_table(model.data, "demand_history"), dtype=pl.Int32))
    rows = rows.filter((pl.col("date") < as_of) & (pl.col(NODE) >= 0))
    if rows.is_empty():
        return rows.select(NODE, n_periods=0, daily_demand=0.0, daily_demand_deviation=0.0)
    back = (pl.lit(as_of - timedelta(days=1)) - pl.col("date")).dt.total_days() // period_days
    # the oldest period is left out unless the table covers all its days
    n_days = rows.select((pl.lit(as_of) - pl.col("date").min()).dt.total_days()).item()
    n_whole = max(1, n_days // period_days)
    sums = rows.with_columns(period=back).filter(pl.col("period") < n_whole)
    sums = sums.group_by(NODE, "period").agg(pl.col("quantity").sum())
    n = (pl.col("period").max() + 1).cast(pl.Int64)
    total, squares = pl.col("quantity").sum(), (pl.col("quantity") ** 2).sum()
    variance = pl.when(n > 1).then((squares - total**2 / n) / (n - 1)).otherwise(0.0)
    return (
        sums.group_by(NODE)
        .agg(
            n_periods=n,
            daily_demand=total / n / period_days,
            # rounding can make the variance of equal quantities negative
            daily_demand_deviation=(variance.clip(0) / period_days).sqrt(),
        )
        .sort(NODE)
    )


def lead_time_statistics(model: PlanningModel) -> pl.DataFrame:
    """Return mean and deviation of each node's lead times, in calendar days.

    Returns
    -------
    pl.DataFrame
        ``node``, ``n_orders``, ``mean_lead_time_days``, ``lead_time_deviation_days``; nodes with history only, by node.
    """
    history = model.data.filled("lead_time_history", ["release_date", "receipt_date"])
    days = (pl.col("receipt_date") - pl.col("release_date")).dt.total_days()
    rows = history.select(
        node=pl.Series(model.nodes.of_table(model.data, "lead_time_history"), dtype=pl.Int32), days=days
    ).filter(pl.col(NODE) >= 0)
    return (
        rows.group_by(NODE)
        .agg(
            n_orders=pl.len().cast(pl.Int64),
            mean_lead_time_days=pl.col("days").mean(),
            lead_time_deviation_days=pl.col("days").std().fill_null(0.0),
        )
        .sort(NODE)
    )


def planned_lead_times(model: PlanningModel) -> pl.Series:
    """Return the lead time that each node is planned with, in calendar days: n working days take n x 7 / open days."""
    is_open = model.calendars.working_days.is_open
    open_days = np.append(is_open.sum(axis=1), 7) if is_open.shape[0] else np.array([7])
    week = np.maximum(open_days[model.sourcing.calendar], 1)
    rows = model.node_rows
    days = rows["lead_time_days"] * np.where(rows["is_lead_time_working"], 7.0 / week, 1.0)
    return pl.Series("planned_lead_time_days", days)
