"""Lead times measured in the shop, averaged over rounds, and put back into the data set as edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import ceil

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.capacity import CapacityResult
from planning.data import PlanningData
from planning.edits import Edit, Upsert
from planning.encoding.codes import dates_of
from planning.kernels.calendar import EVERY_DAY, WorkingDays
from planning.mrp import MrpResult
from planning.records import period_starts
from scheduling.looping.needed_times import needed_times
from scheduling.looping.options import ClosedLoopOptions
from scheduling.looping.plan_orders import PlanOrders, is_made
from scheduling.looping.shop_flow import ShopTimes

# An item, a site, and the first due day that the lead time is for.
Group = tuple[str, str, int]
_NOISE = 1e-9
_EVER = 0
# By how much an average must lie above the whole days planned with to become a day more.
_LEAST_RISE = 0.25


@dataclass(frozen=True, slots=True)
class LeadTime:
    """The lead time of one group of orders that plans are made with.

    Parameters
    ----------
    whole_days
        What netting gets.
    days
        The average so far.
    n_measured
        How many measurements are in it.
    given
        What the data set had.
    """

    whole_days: int
    days: float
    n_measured: int
    given: int


LeadTimes = Mapping[Group, LeadTime]


@dataclass(frozen=True, slots=True)
class OrderDays:
    """The days of orders as their nodes count lead times, working or calendar.

    Parameters
    ----------
    planned
        int64, shape (n_orders,): from release to due date.
    actual
        The same shape: from the start to the completion.
    needed
        The same shape: what the lead time should have been (:func:`scheduling.looping.needed_times.needed_times`).
    """

    planned: NDArray[np.int64]
    actual: NDArray[np.int64]
    needed: NDArray[np.int64]


def order_days(capacity: CapacityResult, orders: PlanOrders, times: ShopTimes) -> OrderDays:
    """Return planned, actual and needed days of each order."""
    plan = capacity.plan
    rows = plan.netting.nodes[orders.node]
    calendar = np.where(rows["is_lead_time_working"], rows["calendar"], EVERY_DAY)
    days = plan.model.calendars.working_days
    return OrderDays(
        days_between(days, calendar, orders.release, orders.due),
        days_between(days, calendar, times.start, times.completion),
        days_between(days, calendar, *needed_times(capacity, orders, times)),
    )


def measured_orders(plan: MrpResult, orders: PlanOrders, days: OrderDays, options: ClosedLoopOptions) -> pl.DataFrame:
    """Return the orders whose lead times count.

    Returns
    -------
    polars.DataFrame
        ``item_id``, ``site_id``, ``group_day``, ``quantity``, ``planned_days``, ``actual_days``, ``needed_days``.
    """
    at = np.flatnonzero(orders.is_measured)
    node = orders.node[at]
    names = plan.model.nodes
    return pl.DataFrame(
        {
            "item_id": names.item_ids[names.item[node]],
            "site_id": names.site_ids[names.site[node]],
            "group_day": _group_days(plan, orders.due[at], options),
            "quantity": orders.quantity[at],
            "planned_days": days.planned[at],
            "actual_days": days.actual[at],
            "needed_days": days.needed[at],
        }
    )


def days_between(
    days: WorkingDays, calendar: NDArray[np.integer], start: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the least lead time by which an order due on ``end`` is released on ``start`` or before.

    Notes
    -----
    The n-th working day before the end must not lie behind the start: the working days from the last one up to the
    start on.
    """
    length: NDArray[np.int64] = np.maximum(end - start, 0)
    last = days.table.shape[1] - 1
    if not days.table.shape[0]:
        return length
    code = np.maximum(calendar, 0)
    first, behind = (np.clip(day - days.first_day, 0, last) for day in (start, end))
    before = days.table["n_before"]
    is_open = before[code, np.minimum(first + 1, last)] > before[code, first]
    worked = before[code, behind] - before[code, first] + ~is_open
    counted = np.where(length > 0, worked, 0)
    return np.asarray(np.where(calendar == EVERY_DAY, length, counted), np.int64)


def _group_days(plan: MrpResult, due: NDArray[np.int64], options: ClosedLoopOptions) -> NDArray[np.int64]:
    """Return the first due day of the group that each order belongs to."""
    if options.lead_times_by == "item" or not due.size:
        return np.full(due.shape[0], _EVER, np.int64)
    starts = period_starts(options.lead_times_by, plan.model.as_of, max(int(due.max()), 0))
    return np.asarray(starts[np.maximum(np.searchsorted(starts, due, side="right") - 1, 0)], np.int64)


def group_statistics(measured: pl.DataFrame, options: ClosedLoopOptions) -> pl.DataFrame:
    """Return each group with its statistic of planned and needed days, actual days, orders and quantity."""
    keys = ["item_id", "site_id", "group_day"]
    weight = pl.col("quantity")
    found = measured.group_by(keys).agg(
        planned=_statistic("planned_days", options),
        needed=_statistic("needed_days", options),
        mean_days=(pl.col("actual_days") * weight).sum() / weight.sum(),
        most_days=pl.col("actual_days").max(),
        orders=pl.len().cast(pl.Int64),
        quantity=weight.sum(),
    )
    return found.sort(keys)


def _statistic(name: str, options: ClosedLoopOptions) -> pl.Expr:
    """Return the whole days that stand for many orders: the mean rounded up, or a quantile by quantity."""
    days, weight = pl.col(name), pl.col("quantity")
    if options.statistic == "mean":
        return ((days * weight).sum() / weight.sum() - _NOISE).ceil().cast(pl.Int64)
    part = weight.sort_by(days).cum_sum() / weight.sum()
    return days.sort().filter(part >= options.quantile - _NOISE).first()


def planned_with(known: LeadTimes, statistics: pl.DataFrame) -> LeadTimes:
    """Return the lead times that a round is planned with: those known, and of new groups those of its orders."""
    fresh = {
        (item, site, day): LeadTime(planned, float(planned), 0, planned)
        for item, site, day, planned in statistics.select("item_id", "site_id", "group_day", "planned").iter_rows()
    }
    return {**fresh, **known}


def next_lead_times(now: LeadTimes, statistics: pl.DataFrame, options: ClosedLoopOptions) -> LeadTimes:
    """Return the lead times of the next round.

    Examples
    --------
    >>> seen = pl.DataFrame({"item_id": ["A"], "site_id": ["MAIN"], "group_day": [0], "needed": [8]})
    >>> now = {("A", "MAIN", 0): LeadTime(4, 4.0, 1, 2)}
    >>> next_lead_times(now, seen, ClosedLoopOptions())["A", "MAIN", 0].days
    6.0
    """
    found = dict(now)
    for item, site, day, needed in statistics.select("item_id", "site_id", "group_day", "needed").iter_rows():
        before = now[item, site, day]
        wanted = needed if options.can_shorten else max(needed, before.given)
        n = before.n_measured + 1
        step = {"averages": 1.0 / n, "fixed": options.damping_fraction, "none": 1.0}[options.damping]
        average = before.days + step * (wanted - before.days)
        found[item, site, day] = LeadTime(_rounded(average, before.whole_days), average, n, before.given)
    return found


def _rounded(average: float, before: int) -> int:
    """Return an average rounded up; one that is a little above the whole days before is not, or it would swing."""
    up = ceil(average - _NOISE)
    return before if before < average <= before + _LEAST_RISE else up


def lead_time_edits(plan: MrpResult, lead_times: LeadTimes) -> tuple[Edit, ...]:
    """Return lead times as edits of ``item_sites`` and ``parameter_changes``.

    Notes
    -----
    What a lead time had per unit is in the days measured, so it becomes 0. Changes of the lead time that the data set
    has on later dates get the new value too. Where lead times came from routings, made items that have no orders keep
    what the routing gives for one unit.
    """
    by_item: dict[tuple[str, str], dict[int, int]] = {}
    for (item, site, day), lead_time in sorted(lead_times.items()):
        by_item.setdefault((item, site), {})[day] = lead_time.whole_days
    kept = _from_routings(plan, by_item) if plan.options.lead_time_from == "routing" else {}
    if not by_item and not kept:
        return ()
    first = {key: days[min(days)] for key, days in by_item.items()} | kept
    rows = [(item, site, days, 0.0) for (item, site), days in first.items()]
    names = ["item_id", "site_id", "lead_time_days", "lead_time_days_per_unit"]
    edits: list[Edit] = [Upsert("item_sites", pl.DataFrame(rows, schema=names, orient="row"))]
    changes = _changes(plan, by_item)
    if changes.height:
        edits.append(Upsert("parameter_changes", changes))
    return tuple(edits)


def _from_routings(plan: MrpResult, known: Mapping[tuple[str, str], object]) -> dict[tuple[str, str], int]:
    """Return the routing lead times of made items that are not known otherwise."""
    rows, names = plan.netting.nodes, plan.model.nodes
    has_routing = is_made(plan) & ~np.isnan(rows["routing_days"])
    found = {}
    for node in np.flatnonzero(has_routing).tolist():
        key = (names.item_ids[int(names.item[node])], names.site_ids[int(names.site[node])])
        if key not in known:
            days = rows["routing_days"][node] + rows["routing_days_per_unit"][node]
            found[key] = ceil(days - _NOISE)
    return found


def _changes(plan: MrpResult, by_item: Mapping[tuple[str, str], Mapping[int, int]]) -> pl.DataFrame:
    """Return the days from which on lead times are others, and those on which the data set changes them."""
    as_of = plan.model.as_of
    given = _given_changes(plan.model.data)
    rows = []
    for (item, site), by_day in by_item.items():
        starts = sorted(by_day)
        days = {start for before, start in pairwise(starts) if by_day[start] != by_day[before]}
        days |= {(one - as_of).days for one in (*given.get((item, site), ()), *given.get((item, None), ()))}
        for day in sorted(days):
            value = by_day[max((start for start in starts if start <= day), default=starts[0])]
            rows.append((item, site, day, "lead_time_days", float(value)))
    schema = {
        "item_id": pl.String,
        "site_id": pl.String,
        "day": pl.Int32,
        "parameter": pl.String,
        "value": pl.Float64,
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    dated = frame.with_columns(effective_from=dates_of(frame["day"].to_numpy(), as_of))
    return dated.select("item_id", "site_id", "effective_from", "parameter", "value")


def _given_changes(data: PlanningData) -> dict[tuple[str, str | None], list[date]]:
    """Return the dates on which the data set changes lead times, by item and site."""
    frame = data.filled("parameter_changes", ["item_id", "site_id", "effective_from", "parameter"])
    found: dict[tuple[str, str | None], list[date]] = {}
    for item, site, day, _ in frame.filter(pl.col("parameter") == "lead_time_days").iter_rows():
        found.setdefault((item, site), []).append(day)
    return found
