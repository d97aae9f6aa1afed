"""Orders through the shop by a finite schedule: the best of the dispatching rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from planning.capacity import CapacityResult
from planning.encoding.codes import NO_CODE
from planning.kernels.capacity_arrays import SECONDS_PER_DAY
from scheduling.from_plan import ShopFloor, plan_shop
from scheduling.looping.plan_orders import PlanOrders, Steps
from scheduling.looping.shop_flow import ShopTimes, follow, run_shop
from scheduling.problem import NONE
from scheduling.schedule import Schedule, setups_before
from scheduling.shop_floor.floor_work import find_steps
from scheduling.shop_floor.options import ScheduleOptions
from scheduling.solve import solve

_ALL_DAYS = 1_000_000


def run_schedule(capacity: CapacityResult, orders: PlanOrders) -> tuple[PlanOrders, ShopTimes]:
    """Return the orders with the operations that are scheduled, and when the schedule does them.

    Parameters
    ----------
    capacity
        The plan, with routings and working time.
    orders
        Its orders.

    Notes
    -----
    The problem is that of :func:`scheduling.from_plan.plan_shop` for all orders, whenever they are released; the
    schedule is the one of the dispatching rules with the least weighted tardiness. Where they find none, and where
    nothing is scheduled, orders go first come, first served.
    """
    options = ScheduleOptions(horizon_days=_ALL_DAYS, objective="weighted_tardiness", weight_by="value")
    floor = plan_shop(capacity.plan, options)
    if not floor.problem.n_operations:
        return orders, run_shop(capacity, orders)
    schedule = solve(floor.problem, "dispatch", time_limit=None).schedule
    if schedule is None:
        return orders, run_shop(capacity, orders)
    return _scheduled(capacity, orders, floor, schedule)


def _scheduled(
    capacity: CapacityResult, orders: PlanOrders, floor: ShopFloor, schedule: Schedule
) -> tuple[PlanOrders, ShopTimes]:
    """Return orders and times of a schedule."""
    owner = _numbers(capacity, orders, floor)[floor.work.order]
    at = np.argsort(owner, kind="stable")
    at = at[owner[at] >= 0]
    owner = owner[at]
    between = find_steps(floor.loading, floor.floor_orders, floor.work)
    # what lies behind an operation: wait, move, and the queue of the next one
    is_last = between.is_last
    lag = between.after + np.where(is_last, 0, np.roll(between.queue, -1))
    machine = floor.problem.mode_machine[schedule.operation_mode]
    center = np.where(machine == NONE, floor.loading.routings.rows["work_center"][floor.work.row], machine)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=orders.place.shape[0]))]).astype(np.int64)
    steps = Steps(indptr, center[at].astype(np.int32), floor.work.minutes[at], lag[at])
    start, end = schedule.operation_start[at], schedule.operation_end[at]
    seconds = floor.problem.mode_duration[schedule.operation_mode][at] + setups_before(floor.problem, schedule)[0][at]
    is_finite = capacity.model.centers.frame["is_finite"].to_numpy()[steps.work_center]
    unit = np.where(is_finite, schedule.operation_unit[at], NO_CODE).astype(np.int64)
    first, done = _days(capacity, steps, owner, start, end)
    scheduled = replace(orders, steps=steps)
    times = follow(orders, first, done)
    sequence = np.lexsort((np.arange(at.shape[0]), end, start))
    return scheduled, replace(
        times, step_start=start, step_end=end, step_seconds=seconds, step_unit=unit, sequence=sequence
    )


def _numbers(capacity: CapacityResult, orders: PlanOrders, floor: ShopFloor) -> NDArray[np.int64]:
    """Return the number among the orders of each job; -1: none."""
    n_rows = capacity.plan.plan.dated_orders.shape[0]
    n_receipts, key = floor.floor_orders.n_receipts, floor.floor_orders.key
    number = np.full(n_rows + n_receipts, NO_CODE, np.int64)
    number[orders.place] = np.arange(orders.place.shape[0])
    return np.asarray(number[np.where(key < n_receipts, n_rows + key, key - n_receipts)])


def _days(
    capacity: CapacityResult,
    steps: Steps,
    owner: NDArray[np.int64],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the day of each order's first start, and the day on which it is available; -1: it is not scheduled."""
    n = steps.indptr.shape[0] - 1
    first, last = np.full(n, np.iinfo(np.int64).max), np.full(n, NO_CODE, np.int64)
    np.minimum.at(first, owner, start)
    np.maximum.at(last, owner, end + steps.after_seconds)
    is_due_at_end = capacity.model.kernel.is_due_at_end
    day = np.where(last > 0, (last - 1) // SECONDS_PER_DAY, 0) if is_due_at_end else -(-last // SECONDS_PER_DAY)
    return first // SECONDS_PER_DAY, np.where(last < 0, NO_CODE, day)
