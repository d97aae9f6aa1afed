"""A plan as loading reads it: routings, working time, open orders, periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from planning.data import PlanningData
from planning.encoding.codes import records
from planning.encoding.nodes import NodeTable
from planning.kernels.capacity_arrays import (
    INTERVAL_DTYPE,
    OPEN_ORDER_DTYPE,
    PROGRESS_DTYPE,
    SECONDS_PER_DAY,
    CapacityModel,
)
from planning.kernels.netting_arrays import Records
from planning.loading.open_orders import open_order_rows, progress_rows
from planning.loading.options import CapacityOptions
from planning.loading.routings import Routings, WorkCenters, find_routings, find_work_centers
from planning.loading.working_times import WorkingTimes, find_working_times
from planning.mrp import MrpResult
from planning.records import period_starts

# Working time is tabulated so far behind the last date of the plan: what is not done by then is not placed.
_MARGIN_DAYS = 730


@dataclass(frozen=True, slots=True)
class Periods:
    """The periods of the tabulated time.

    Parameters
    ----------
    starts
        int32, shape (n_periods,): the first day of each; the first one may begin before day 0.
    of_day
        int32, shape (n_days,): the period of each day from 0 on.
    seconds
        int64, shape (n_periods + 1,): the first second of each from 0 on, and of the end.
    """

    starts: NDArray[np.int32]
    of_day: NDArray[np.int32]
    seconds: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LoadingModel:
    """What a plan is loaded with.

    Parameters
    ----------
    times, centers, routings, periods
        Its parts.
    kernel
        The same as the kernels read it.
    """

    times: WorkingTimes
    centers: WorkCenters
    routings: Routings
    periods: Periods
    kernel: CapacityModel


@dataclass(frozen=True, slots=True)
class OpenOrders:
    """The open orders of a plan, as :class:`planning.kernels.capacity_arrays.CapacityModel` has them."""

    rows: Records
    progress_indptr: NDArray[np.int64]
    progress: Records


_NO_ORDERS = OpenOrders(np.zeros(0, OPEN_ORDER_DTYPE), np.zeros(1, np.int64), np.zeros(0, PROGRESS_DTYPE))


def encode_loading(result: MrpResult, options: CapacityOptions) -> LoadingModel:
    """Return the routings, the working time and the open orders of a plan as arrays."""
    model, effectivity_at = result.model, result.options.effectivity_at
    end_day = last_day(result) + 1 + _MARGIN_DAYS
    open_orders = OpenOrders(open_order_rows(result, options.receipt_dates, effectivity_at), *progress_rows(result))
    is_due_at_end, is_effective_at_due = options.due_at == "end", effectivity_at == "due"
    return loading_model(
        model.data, model.nodes, options.period, end_day, open_orders, is_due_at_end, is_effective_at_due
    )


def loading_model(
    data: PlanningData,
    nodes: NodeTable,
    period: str,
    end_day: int,
    open_orders: OpenOrders = _NO_ORDERS,
    is_due_at_end: bool = False,
    is_effective_at_due: bool = False,
) -> LoadingModel:
    """Return the routings and the working time of a data set up to a day as arrays."""
    times = find_working_times(data, end_day)
    centers = find_work_centers(data, times)
    routings = find_routings(data, nodes, centers)
    kernel = CapacityModel(
        routings.indptr,
        routings.rows,
        centers.rows,
        open_orders.rows,
        open_orders.progress_indptr,
        open_orders.progress,
        times.indptr,
        records(INTERVAL_DTYPE, start=times.starts, end=times.ends, worked_before=times.worked_before),
        times.first_interval,
        end_day * SECONDS_PER_DAY,
        is_due_at_end,
        is_effective_at_due,
    )
    return LoadingModel(times, centers, routings, find_periods(period, data.settings.as_of, end_day), kernel)


def last_day(result: MrpResult) -> int:
    """Return the last day number of the plan, 0 at least."""
    due = result.model.event_table.receipts["day"]
    return max(0, result.plan.days[1], int(due.max(initial=0)))


def find_periods(period: str, as_of: date, end_day: int) -> Periods:
    """Return the periods up to a day, which is behind the last one."""
    starts = period_starts(period, as_of, end_day - 1)
    of_day = np.searchsorted(starts, np.arange(end_day), side="right") - 1
    seconds = np.append(np.maximum(starts, 0).astype(np.int64), end_day) * SECONDS_PER_DAY
    return Periods(starts, of_day.astype(np.int32), seconds)
