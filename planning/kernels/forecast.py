"""Forecast consumed by orders, pool by pool: a pool's forecasts see no other orders than its own (rule 13)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from bom.kernels.inner import inner
from planning.kernels.calendar import WorkingDays, working_days_after, working_days_before
from planning.kernels.netting_arrays import NEVER, Records

OWN, BACKWARD, FORWARD = 0, 1, 2
CUSTOMER, SEGMENT, GENERAL = 0, 1, 2
# What is left of a forecast up to this part of it is noise of subtracting.
_NOISE = 1e-12

# A forecast: ``series`` names node, level and customer or segment (:func:`series_key`), ``row`` its row of demands.
FORECAST_DTYPE = np.dtype(
    [("series", np.int64), ("due", np.int32), ("quantity", np.float64), ("row", np.int64)], align=True
)

# The days that a forecast covers, ``last`` included, ``NEVER`` when it has no end.
BUCKET_DTYPE = np.dtype([("start", np.int32), ("last", np.int32)], align=True)

# An order that consumes; ``customer`` and ``segment`` are -1 where there is none.
CONSUMER_DTYPE = np.dtype(
    [
        ("node", np.int32),
        ("day", np.int32),
        ("priority", np.int32),
        ("customer", np.int32),
        ("segment", np.int32),
        ("open", np.float64),
        ("shipped", np.float64),
        ("row", np.int64),
    ],
    align=True,
)

# What one order took of one forecast; both are rows of demands.
LINK_DTYPE = np.dtype(
    [("order", np.int64), ("forecast", np.int64), ("quantity", np.float64), ("step", np.int8), ("level", np.int8)],
    align=True,
)


class ForecastPools(NamedTuple):
    """Forecasts and orders by pool. An ``_indptr``, int64, shape (n_pools + 1,), says where each pool's rows stand.

    The forecasts of a pool stand by (series, due, row), its orders by (day, priority, row).
    """

    forecast_indptr: NDArray[np.int64]
    forecasts: Records
    consumer_indptr: NDArray[np.int64]
    consumers: Records
    next_node: NDArray[np.int32]
    site_calendar: NDArray[np.int32]
    first_day: int
    table: Records
    is_open: NDArray[np.bool_]


class ConsumptionRule(NamedTuple):
    """The options of consumption."""

    is_shipped_counted: bool
    is_forward_first: bool
    backward_days: int
    forward_days: int


@njit(inline="always")
def series_key(node: int, level: int, code: int) -> np.int64:
    """Return the number of the forecasts of one node for one customer, one segment or all."""
    return (np.int64(node) << 34) | (np.int64(level) << 32) | np.int64(code)


@njit(cache=True, parallel=True)
def sort_pools(
    forecast_indptr: NDArray[np.int64], forecasts: Records, consumer_indptr: NDArray[np.int64], consumers: Records
) -> None:
    """Sort the forecasts of each pool by (series, due) and its orders by (day, priority), equal ones as they stand."""
    for pool in prange(forecast_indptr.shape[0] - 1):
        rows = forecasts[forecast_indptr[pool] : forecast_indptr[pool + 1]]
        if not is_sorted(rows["due"]) or not is_sorted(rows["series"]):
            by_due = np.argsort(rows["due"], kind="mergesort")
            rows[:] = rows[by_due]
            by_series = np.argsort(rows["series"], kind="mergesort")
            rows[:] = rows[by_series]
        orders = consumers[consumer_indptr[pool] : consumer_indptr[pool + 1]]
        if not is_sorted(orders["priority"]) or not is_sorted(orders["day"]):
            by_priority = np.argsort(orders["priority"], kind="mergesort")
            orders[:] = orders[by_priority]
            by_day = np.argsort(orders["day"], kind="mergesort")
            orders[:] = orders[by_day]


@inner
def is_sorted(values: NDArray[np.int64]) -> bool:
    """Return whether no value is less than the one before it."""
    is_rising = True
    for i in range(1, values.shape[0]):
        is_rising &= values[i] >= values[i - 1]
    return is_rising


@inner
def first_at_least(values: NDArray[np.int64], begin: int, end: int, least: int) -> int:
    """Return the first of the sorted places ``begin`` to ``end`` whose value is at least ``least``."""
    while begin < end:
        middle = (begin + end) >> 1
        if values[middle] < least:
            begin = middle + 1
        else:
            end = middle
    return begin


@inner
def take(
    orders_row: int, forecasts: Records, f: int, rest: float, step: int, level: int, left: NDArray[np.float64],
    links: Records, n: int,
) -> tuple[float, int]:  # fmt: skip
    """Let an order consume what is left of forecast ``f``; return what is left of the order, and the next link."""
    taken = min(rest, left[f])
    if taken <= 0.0:
        return rest, n
    left[f] -= taken
    if left[f] <= _NOISE * forecasts[f].quantity:
        left[f] = 0.0
    if links.shape[0] > 0:
        links[n].order = orders_row
        links[n].forecast = forecasts[f].row
        links[n].quantity = taken
        links[n].step = step
        links[n].level = level
    return rest - taken, n + 1


@inner
def consume_series(
    forecasts: Records, buckets: Records, begin: int, end: int, order: Records, limits: tuple[int, int],
    is_forward_first: bool, level: int, rest: float, left: NDArray[np.float64], links: Records, n: int,
) -> tuple[float, int]:  # fmt: skip
    """Let an order consume one series: its own bucket, then earlier and later ones, nearest forecast date first."""
    day, noise = order.day, _NOISE * (order.open + order.shipped)
    for f in range(end - 1, begin - 1, -1):
        if rest <= noise:
            break
        if buckets[f].start <= day <= buckets[f].last:
            rest, n = take(order.row, forecasts, f, rest, OWN, level, left, links, n)
    for k in range(2):
        if is_forward_first == (k == 0):
            for f in range(begin, end):
                if rest > noise and day < buckets[f].start <= limits[1]:
                    rest, n = take(order.row, forecasts, f, rest, FORWARD, level, left, links, n)
        else:
            for f in range(end - 1, begin - 1, -1):
                if rest > noise and limits[0] <= buckets[f].last < day:
                    rest, n = take(order.row, forecasts, f, rest, BACKWARD, level, left, links, n)
    return (rest if rest > noise else 0.0), n


@inner
def series_span(forecasts: Records, begin: int, end: int, key: int) -> tuple[int, int]:
    """Return the places of one series among those of its pool."""
    series = forecasts["series"]
    begin = first_at_least(series, begin, end, key)
    if begin == end or series[begin] != key:
        return begin, begin
    return begin, first_at_least(series, begin, end, key + 1)


@inner
def span_in_reach(
    forecasts: Records, begin: int, end: int, reach: NDArray[np.int64], first: int, last: int
) -> tuple[int, int]:
    """Return the places of a series whose buckets can touch the days ``first`` to ``last``.

    ``reach`` has the longest ways from a forecast's date back to its bucket's start, and on to its last day. Buckets
    without an end are only among those of the last date.
    """
    dues = forecasts["due"]
    low = first_at_least(dues, begin, end, first - reach[1])
    high = first_at_least(dues, low, end, last + reach[0] + 1)
    return min(low, first_at_least(dues, begin, end, dues[end - 1])), high


@inner
def consume_order(
    pools: ForecastPools, rule: ConsumptionRule, buckets: Records, span: tuple[int, int], reach: NDArray[np.int64],
    order: Records, left: NDArray[np.float64], links: Records, n: int,
) -> int:  # fmt: skip
    """Let one order consume: its item's forecasts, then those of the items above; return the next link."""
    rest = order.open + order.shipped if rule.is_shipped_counted else order.open
    days = WorkingDays(pools.first_day, pools.table, pools.is_open)
    calendar = pools.site_calendar[order.node]
    limits = (
        working_days_before(days, calendar, order.day, rule.backward_days),
        working_days_after(days, calendar, order.day, rule.forward_days),
    )
    node = order.node
    while node >= 0 and rest > 0.0:
        for level in range(CUSTOMER, GENERAL + 1):
            code = order.customer if level == CUSTOMER else (order.segment if level == SEGMENT else 0)
            if code < 0:
                continue
            begin, end = series_span(pools.forecasts, span[0], span[1], series_key(node, level, code))
            if begin < end:
                low, high = span_in_reach(pools.forecasts, begin, end, reach, limits[0], limits[1])
                rest, n = consume_series(
                    pools.forecasts, buckets, low, high, order, limits, rule.is_forward_first, level, rest, left,
                    links, n,
                )  # fmt: skip
        node = pools.next_node[node]
    return n


@njit(cache=True, parallel=True)
def consume_pools(
    pools: ForecastPools,
    rule: ConsumptionRule,
    buckets: Records,
    wanted: NDArray[np.int64],
    out_left: NDArray[np.float64],
    out_links: Records,
    out_count: NDArray[np.int64],
) -> None:
    """Fill what is left of the forecasts of the wanted pools.

    Parameters
    ----------
    buckets
        BUCKET_DTYPE, one row per forecast.
    wanted
        int64: the pools.
    out_left
        float64, shape (n_forecasts,): filled for the forecasts of the wanted pools.
    out_links
        LINK_DTYPE: the links of pool ``p`` are written from place ``forecast_indptr[p] + consumer_indptr[p]`` on, as
        each link ends a forecast or an order; empty when they are not asked for.
    out_count
        int64, shape (n_pools,): the links of each wanted pool.
    """
    forecast_indptr, consumer_indptr = pools.forecast_indptr, pools.consumer_indptr
    forecasts, consumers = pools.forecasts, pools.consumers
    for i in prange(wanted.shape[0]):
        pool = wanted[i]
        begin, end = forecast_indptr[pool], forecast_indptr[pool + 1]
        reach = np.zeros(2, np.int64)
        for f in range(begin, end):
            out_left[f] = forecasts[f].quantity
            reach[0] = max(reach[0], forecasts[f].due - buckets[f].start)
            if buckets[f].last != NEVER:
                reach[1] = max(reach[1], buckets[f].last - forecasts[f].due)
        base = begin + consumer_indptr[pool]
        n = base
        for k in range(consumer_indptr[pool], consumer_indptr[pool + 1]):
            n = consume_order(pools, rule, buckets, (begin, end), reach, consumers[k], out_left, out_links, n)
        out_count[pool] = n - base
