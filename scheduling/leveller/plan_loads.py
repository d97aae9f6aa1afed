"""The minutes of a unit by work center and period: capacity requirements of one order for each item and period."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bom.ranges import ranges
from planning.capacity import CapacityResult, run_capacity
from planning.kernels.netting_arrays import ORDER_DTYPE, Orders, Records
from planning.loading.available import available_minutes
from planning.loading.encode import LoadingModel
from planning.loading.listing import listed_operations
from planning.mrp import MrpResult
from scheduling.leveller.due_days import NOT_POSSIBLE, OrderTimes
from scheduling.leveller.problem import Alternates, Loads


def fixed_minutes(capacity: CapacityResult, decided: NDArray[np.int64], n_periods: int) -> NDArray[np.float64]:
    """Return the load of everything but the decided orders: float64, shape (n_work_centers, n_periods)."""
    plan = capacity.plan
    orders = plan.plan.orders
    keep = np.ones(orders.rows.shape[0], np.bool_)
    keep[decided] = False
    kept_before = np.concatenate(([0], np.cumsum(keep)))
    ends = orders.first + orders.counts
    counts = np.where(orders.counts > 0, kept_before[np.maximum(ends, 0)] - kept_before[orders.first], 0)
    others = orders._replace(rows=orders.rows[keep], first=kept_before[orders.first], counts=counts)
    required = run_capacity(_with_orders(plan, others, plan.plan.dated_orders[keep]), capacity.options).required_minutes
    minutes = np.zeros((required.shape[0], n_periods))
    known = min(n_periods, required.shape[1])
    minutes[:, :known] = required[:, :known]
    return minutes


def unit_loads(
    capacity: CapacityResult, nodes: NDArray[np.int32], times: OrderTimes
) -> tuple[Loads, list[tuple[int, int]], NDArray[np.bool_]]:
    """Return what a unit takes, the operations as (item, sequence), and which orders would be done in time.

    Notes
    -----
    One order of the mean lot for each item and period is scheduled as :func:`planning.capacity.run_capacity` does; its
    setup is spread over the lot. An operation that runs over several periods is split by the working time in each.
    """
    item, period = np.nonzero(times.due != NOT_POSSIBLE)
    rows = _probed(capacity, nodes, times, item, period)
    in_time = times.due != NOT_POSSIBLE
    in_time[item[rows["source"]], period[rows["source"]]] &= ~rows["is_late"]
    operations = capacity.model.routings.rows[rows["operation"]]
    probe = rows["source"]
    keys, operation = np.unique(np.stack([item[probe], operations["sequence"]]), axis=1, return_inverse=True)
    at, in_period, part = _split(rows, operations["work_center"], capacity.model, times.due.shape[1])
    probe = probe[at]
    loads = Loads(
        item[probe].astype(np.int32),
        period[probe].astype(np.int32),
        operation.ravel()[at].astype(np.int32),
        operations["work_center"][at].astype(np.int32),
        in_period.astype(np.int32),
        rows["minutes"][at] * part / times.lot[item[probe]],
    )
    keep = loads.minutes > 0
    kept = Loads(*(column[keep] for column in loads))  # type: ignore[arg-type]
    return kept, [(int(a), int(b)) for a, b in keys.T], in_time


def alternates_of(
    capacity: CapacityResult, nodes: NDArray[np.int32], operations: list[tuple[int, int]], times: OrderTimes
) -> Alternates:
    """Return the other work centers of operations in force on the planning date, with their time per minute there."""
    routings = capacity.model.routings
    found: list[tuple[int, int, float]] = []
    for place, (item, sequence) in enumerate(operations):
        rows = routings.rows[routings.indptr[nodes[item]] : routings.indptr[nodes[item] + 1]]
        rows = rows[(rows["sequence"] == sequence) & (rows["effective_from"] <= 0) & (rows["effective_to"] > 0)]
        minutes = rows["setup_minutes"] + times.lot[item] * rows["run_minutes_per_unit"]
        if rows.shape[0] > 1 and minutes[0] > 0:
            others = {int(rows["work_center"][k]): k for k in range(rows.shape[0] - 1, 0, -1)}
            others.pop(int(rows["work_center"][0]), None)
            found += [(place, center, float(minutes[k] / minutes[0])) for center, k in sorted(others.items())]
    columns = list(zip(*found, strict=True)) if found else [(), (), ()]
    return Alternates(np.array(columns[0], np.int32), np.array(columns[1], np.int32), np.array(columns[2], np.float64))


def _probed(
    capacity: CapacityResult,
    nodes: NDArray[np.int32],
    times: OrderTimes,
    item: NDArray[np.intp],
    period: NDArray[np.intp],
) -> Records:
    """Return the operations of one order for each item and period; their ``source`` is its place in the two arrays."""
    plan = capacity.plan
    n_firm = np.diff(plan.netting.firm_indptr)
    counts, n_probes = n_firm.copy(), np.bincount(item, minlength=nodes.shape[0])
    counts[nodes] += n_probes
    first = np.cumsum(counts) - counts
    place = ranges(first[nodes] + n_firm[nodes], n_probes)
    rows = np.zeros(int(counts.sum()), ORDER_DTYPE)
    rows["quantity"][place] = times.lot[item]
    rows["due"][place] = rows["need"][place] = times.due[item, period]
    rows["release"][place] = times.due[item, period] - times.lead_days[item]
    orders = plan.plan.orders._replace(rows=rows, first=first, counts=counts)
    listed = listed_operations(
        _with_orders(plan, orders, rows), capacity.model, nodes, (0, capacity.model.kernel.end_second)
    )
    listed = listed[~listed["is_receipt"]]
    probe_at = np.full(rows.shape[0], -1, np.int64)
    probe_at[place] = np.arange(place.shape[0])
    listed["source"] = probe_at[listed["source"]]
    return listed


def _with_orders(plan: MrpResult, orders: Orders, dated: Records) -> MrpResult:
    """Return the plan with other orders."""
    return MrpResult(plan.model, plan.options, plan.netting, replace(plan.plan, orders=orders, dated_orders=dated))


def _split(
    rows: Records, center: NDArray[np.int32], model: LoadingModel, n_periods: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return operations by period: the row, the period, and the part of its work that falls there."""
    calendar = model.centers.rows["calendar"][center]
    bounds = model.periods.seconds[: n_periods + 1]
    # what is behind the tabulated time is behind all periods
    end = model.kernel.end_second
    start, finish = np.minimum(rows["setup_start"], end), np.minimum(rows["finish"], end)
    first = np.searchsorted(bounds, start, side="right") - 1
    last = np.maximum(np.searchsorted(bounds, finish, side="left") - 1, first)
    begun, done = _worked(model, calendar, start), _worked(model, calendar, finish)
    parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]] = []
    for step in range(int((last - first).max(initial=0)) + 1):
        at = np.flatnonzero((first + step <= last) & (first + step < n_periods))
        period = first[at] + step
        low = np.maximum(begun[at], _worked(model, calendar[at], bounds[period]))
        high = np.minimum(done[at], _worked(model, calendar[at], bounds[period + 1]))
        whole = done[at] - begun[at]
        share = np.where(whole > 0, (high - low) / np.maximum(whole, 1.0), float(step == 0))
        parts.append((at, period, share))
    at, period, share = (np.concatenate(column) for column in zip(*parts, strict=True))
    return at, period, share


def _worked(model: LoadingModel, calendar: NDArray[np.int32], second: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the seconds that each calendar has worked by a second."""
    times, worked = model.times, np.zeros(second.shape[0])
    for code in np.unique(calendar).tolist():
        inside = slice(times.indptr[code], times.indptr[code + 1])
        starts, ends, before = times.starts[inside], times.ends[inside], times.worked_before[inside]
        if starts.size:
            at = calendar == code
            corners = np.stack([starts, ends], axis=1).ravel()
            totals = np.stack([before, before + ends - starts], axis=1).ravel()
            worked[at] = np.interp(second[at], corners, totals)
    return worked


def hour_limits(model: LoadingModel, n_periods: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the standard minutes of each work center in each period, infinite without a limit, and of its overtime.

    Returns
    -------
    available, overtime
        float64, shape (n_work_centers, n_periods).
    """
    available, overtime = (minutes[:, :n_periods] for minutes in available_minutes(model))
    is_finite = model.centers.frame["is_finite"].to_numpy()[:, None]
    return np.where(is_finite, available, np.inf), np.where(is_finite, overtime, 0.0)
