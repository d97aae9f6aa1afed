"""How long before its due date an order must be started, seen from when the shop does it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planning.capacity import CapacityResult
from planning.kernels.capacity_arrays import SECONDS_PER_DAY
from scheduling.looping.plan_orders import PlanOrders
from scheduling.looping.shop_flow import ShopTimes
from scheduling.looping.work_centers import work_centers


def needed_times(
    capacity: CapacityResult, orders: PlanOrders, times: ShopTimes
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return from when to when each order's lead time lasts.

    Returns
    -------
    start, end
        int64, shape (n_orders,): days.

    Notes
    -----
    With s the day on which it could be started, c its completion, and e the day by which it would be done if it took as
    long as planned: an order that is late (c > e) needs from s to c, but no more days beyond e than all that it waited
    for could have been begun earlier (the root, see :func:`_root_days`). Else it needs from the latest start to e: with
    every operation done as late as the dates e and the operations behind it on the same unit and of the same order
    allow.
    """
    expected = times.start + orders.due - orders.release
    late = times.completion - expected
    gained = np.minimum(late, _root_days(orders, times))
    latest = np.minimum(_latest_starts(capacity, orders, times, np.maximum(expected, times.completion)), expected)
    is_late = late > 0
    start = np.where(is_late, times.start, np.maximum(latest, times.start))
    return start, np.where(is_late, expected + gained, expected)


def _latest_starts(
    capacity: CapacityResult, orders: PlanOrders, times: ShopTimes, end: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the latest day on which each order can be started when the sequence on each unit stays as it is."""
    calendars = [center.calendar for center in work_centers(capacity)]
    extra = 1 if capacity.model.kernel.is_due_at_end else 0
    steps, sequence = orders.steps, times.sequence
    owner = np.repeat(np.arange(end.shape[0]), np.diff(steps.indptr))
    limits: list[int] = ((end + extra) * SECONDS_PER_DAY).tolist()
    begun: list[int] = limits.copy()
    unit_limit: dict[int, int] = {}
    columns = (
        owner[sequence], steps.work_center[sequence], times.step_start[sequence], times.step_end[sequence],
        times.step_seconds[sequence], times.step_unit[sequence], steps.after_seconds[sequence],
    )  # fmt: skip
    for order, center, start, done, seconds, unit, after in zip(*(c[::-1].tolist() for c in columns), strict=True):
        # where the next operation began before this one was through, as its first batch was there, both move alike
        limit = limits[order] - min(after, begun[order] - done)
        limit = min(limit, unit_limit.get(unit, limit)) if unit >= 0 else limit
        latest = calendars[center].latest_start(limit, seconds) if seconds else limit
        limits[order], begun[order] = latest, start
        if unit >= 0:
            unit_limit[unit] = latest
    has_steps = steps.indptr[:-1] < steps.indptr[1:]
    return np.where(has_steps, np.array(limits, np.int64) // SECONDS_PER_DAY, times.start)


def _root_days(orders: PlanOrders, times: ShopTimes) -> NDArray[np.int64]:
    """Return the day on which the chain of waiting that ends with each order began.

    Notes
    -----
    An operation that waits for its unit goes on the chain of the operation before it there; the first one of an order
    that waits for a component on that of the order that makes it; any other on its own. At day 0 nothing could have
    been begun earlier.
    """
    n = times.start.shape[0]
    owner = np.repeat(np.arange(n), np.diff(orders.steps.indptr))
    root: list[int] = (-np.ones(n, np.int64)).tolist()
    binding, start = times.binding.tolist(), times.start.tolist()
    unit_root: dict[int, tuple[int, int]] = {}
    ready = [day * SECONDS_PER_DAY for day in start]
    columns = (
        owner[times.sequence], times.step_start[times.sequence], times.step_end[times.sequence],
        times.step_unit[times.sequence], orders.steps.after_seconds[times.sequence],
    )  # fmt: skip
    for order, _, end, unit, after in zip(*(column.tolist() for column in columns), strict=True):
        if root[order] < 0:
            supplier = binding[order]
            root[order] = start[order] if supplier < 0 or root[supplier] < 0 else root[supplier]
        before_end, before_root = unit_root.get(unit, (0, 0))
        if unit >= 0 and before_end > ready[order]:
            root[order] = before_root
        if unit >= 0:
            unit_root[unit] = end, root[order]
        ready[order] = end + after
    found = np.array(root, np.int64)
    return np.where(found < 0, times.start, found)
