"""What stands behind a load: its orders, and through pegging the demands and customers that these are for."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from bom.errors import PlanningError
from planning.capacity import CapacityResult
from planning.encoding.codes import dates_of
from planning.full_pegging import shared_end_uses
from planning.loading.listing import listed_operations, operation_columns, times_of
from planning.loading.tables import LOAD_DEMANDS, LOAD_SOURCES


def load_sources(capacity: CapacityResult, work_center_id: str, day: date) -> pl.DataFrame:
    """Return the operations behind the load of a work center in one period, the largest first.

    Parameters
    ----------
    capacity
        The loads of a plan.
    work_center_id, day
        The work center, and any day of the period.

    Returns
    -------
    pl.DataFrame
        The table ``load_sources``; ``required_minutes`` add up to those of the load.

    Raises
    ------
    PlanningError
        When there is no such work center, or no load in that period.
    """
    center = capacity.work_center_ids.index_of(work_center_id)
    if center is None:
        raise PlanningError("unknown_work_center", f"there is no work center {work_center_id}")
    period = period_of(capacity, day)
    model, plan = capacity.model, capacity.plan
    routings = model.routings
    owner = np.repeat(np.arange(routings.indptr.shape[0] - 1), np.diff(routings.indptr))
    nodes = np.unique(owner[routings.rows["work_center"] == center]).astype(np.int32)
    seconds = model.periods.seconds
    rows = listed_operations(plan, model, nodes, (int(seconds[period]), int(seconds[period + 1])))
    rows = rows[(routings.rows["work_center"][rows["operation"]] == center) & (rows["window_minutes"] > 0)]
    end = model.kernel.end_second
    frame = operation_columns(plan, model, rows).with_columns(
        period_start=dates_of(np.full(rows.shape[0], model.periods.starts[period], np.int32), capacity.as_of),
        order_kind=pl.Series(np.where(rows["is_receipt"], "scheduled_receipt", "planned_order"), dtype=pl.String),
        required_minutes=np.ascontiguousarray(rows["window_minutes"]),
        setup_start=times_of(rows["setup_start"], capacity.as_of, end),
        end=times_of(rows["finish"], capacity.as_of, end),
        is_late=rows["is_late"].copy(),
    )
    ordered = frame.sort(["required_minutes", "order_id", "operation_sequence"], descending=[True, False, False])
    return ordered.select(LOAD_SOURCES.column_names)


def period_of(capacity: CapacityResult, day: date) -> int:
    """Return the period of the loads that a day lies in.

    Raises
    ------
    PlanningError
        When it lies before the first or after the last one with a load.
    """
    starts, number = capacity.period_starts, (day - capacity.as_of).days
    period = int(np.searchsorted(starts, number, side="right")) - 1
    end = int(capacity.model.periods.seconds[starts.shape[0]] // 86_400)
    if period < 0 or number >= end:
        first, last = dates_of(np.array([starts[0], end - 1], np.int32), capacity.as_of).to_list()
        raise PlanningError("no_load", f"{day} lies in no period with a load: they run from {first} to {last}")
    return period


def load_demands(capacity: CapacityResult, sources: pl.DataFrame) -> pl.DataFrame:
    """Return what the orders behind a load are for in the end, the largest part first.

    Parameters
    ----------
    capacity
        The loads of a plan.
    sources
        Rows of the table ``load_sources``.

    Returns
    -------
    pl.DataFrame
        The table ``load_demands``: an order's minutes are shared among its end uses by their quantity.
    """
    minutes = sources.group_by("order_id", maintain_order=True).agg(pl.col("required_minutes").sum())
    if minutes.is_empty():
        return LOAD_DEMANDS.empty()
    ends = shared_end_uses(capacity.plan, dict(minutes.iter_rows()))
    demands = capacity.plan.model.data.filled("demands", ["demand_id", "customer_id"]).with_row_index("row", offset=1)
    generated = pl.concat_str(pl.lit("demands:"), pl.col("row"))
    customers = demands.select("customer_id", demand_id=pl.coalesce("demand_id", generated))
    return (
        ends.rename({"id": "demand_id", "quantity": "required_minutes"})
        .join(customers, on="demand_id", how="left", maintain_order="left")
        .sort(["required_minutes", "kind", "demand_id"], descending=[True, False, False], maintain_order=True)
        .select(LOAD_DEMANDS.column_names)
    )
