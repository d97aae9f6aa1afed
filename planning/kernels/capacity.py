"""Loads: the operations of planned and open orders, added up by work center and period."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from planning.kernels.capacity_arrays import (
    BEYOND,
    SECONDS_PER_DAY,
    STEP_DTYPE,
    CapacityModel,
    LoadCells,
)
from planning.kernels.changing_parameters import changes_of, yield_on
from planning.kernels.netting_arrays import NettingModel, Orders, Records, SupplyType
from planning.kernels.order_schedule import (
    choose_operations,
    fill_seconds,
    fill_work,
    schedule_backward,
    schedule_forward,
    take_progress,
    whole_seconds,
)
from planning.kernels.working_time import work_forward, worked_before

_MAKE = int(SupplyType.MAKE)
# What an order's schedule tells: how many operations, scheduled forward, late, without an operation in force; its due
# day is the one behind these.
_N_FACTS = 4


@njit
def planned_orders_of(netting: NettingModel, orders: Orders, node: int) -> tuple[int, int]:
    """Return the first and the end of the planned orders that a node makes; firm ones count as receipts."""
    row = netting.nodes[node]
    if row.is_phantom or row.supply_type != _MAKE:
        return 0, 0
    n_firm = netting.firm_indptr[node + 1] - netting.firm_indptr[node]
    return int(orders.first[node] + n_firm), int(orders.first[node] + orders.counts[node])


@njit
def schedule_steps(model: CapacityModel, n: int, due: int, steps: Records, facts: NDArray[np.int64]) -> None:
    """Schedule the operations of one order; ``facts`` gets their number, and whether it is forward, and late."""
    fill_seconds(model, n, steps)
    facts[0], facts[1], facts[2], facts[_N_FACTS] = n, 0, 0, due
    due_second = (due + (1 if model.is_due_at_end else 0)) * SECONDS_PER_DAY
    if n > 0 and not schedule_backward(model, n, due_second, steps):
        schedule_forward(model, n, steps)
        last = steps[n - 1]
        after = model.operations[last.operation].after_seconds
        facts[1] = 1
        facts[2] = 1 if last.finish == BEYOND or last.finish + after > due_second else 0


@njit
def schedule_planned(
    model: CapacityModel,
    netting: NettingModel,
    orders: Orders,
    dated: Records,
    node: int,
    order: int,
    steps: Records,
    facts: NDArray[np.int64],
) -> None:
    """Schedule a planned order: ``dated`` has its dates in the end, ``orders`` the due day that its yield is of."""
    row = dated[order]
    n = choose_operations(model, node, row.due if model.is_effective_at_due else row.release, steps)
    fraction = yield_on(changes_of(netting, node), netting.nodes[node], orders.rows[order].due)
    fill_work(model, n, row.quantity / fraction, steps)
    facts[3] = 1 if n == 0 else 0
    schedule_steps(model, n, row.due, steps, facts)


@njit
def schedule_open(
    model: CapacityModel, netting: NettingModel, node: int, receipt: int, steps: Records, facts: NDArray[np.int64]
) -> None:
    """Schedule what is left of an open order."""
    row = model.open_orders[receipt]
    n = choose_operations(model, node, row.effective, steps)
    fraction = yield_on(changes_of(netting, node), netting.nodes[node], row.due)
    fill_work(model, n, row.quantity / fraction, steps)
    facts[3] = 1 if n == 0 else 0
    n = take_progress(model, receipt, n, steps)
    schedule_steps(model, n, row.due, steps, facts)


@njit
def minutes_between(model: CapacityModel, step: Records, first: int, end: int) -> float:
    """Return the standard minutes of an operation that are worked from a second up to another."""
    begin, finish = max(step.start, first), min(step.finish, end)
    if step.seconds == 0:
        return float(step.minutes) if first <= step.start < end else 0.0
    if begin >= finish:
        return 0.0
    if begin == step.start and finish == step.finish:
        return float(step.minutes)
    calendar = model.centers[model.operations[step.operation].work_center].calendar
    worked = worked_before(model, calendar, finish) - worked_before(model, calendar, begin)
    return float(step.minutes * worked / step.seconds)


@njit(inline="always")
def period_at(period_second: NDArray[np.int64], second: int, near: int) -> int:
    """Return the period of a second, looked for from another period on."""
    while second < period_second[near]:
        near -= 1
    while second >= period_second[near + 1]:
        near += 1
    return near


@njit
def add_step(
    model: CapacityModel,
    step: Records,
    near: int,
    period_second: NDArray[np.int64],
    minutes: NDArray[np.float64],
    unplaced: NDArray[np.float64],
) -> int:
    """Add one operation to the loads of its work center, over the periods in which it is worked; return the first."""
    center = model.operations[step.operation].work_center
    if step.start >= model.end_second:
        unplaced[center] += step.minutes
        return near
    finish = min(step.finish, model.end_second)
    first = period_at(period_second, step.start, near)
    if finish <= period_second[first + 1] and step.finish != BEYOND:
        minutes[center, first] += step.minutes
        return first
    last = period_at(period_second, max(finish - 1, step.start), first)
    placed = 0.0
    for period in range(first, last + 1):
        part = minutes_between(model, step, period_second[period], period_second[period + 1])
        minutes[center, period] += part
        placed += part
    if step.finish == BEYOND:
        unplaced[center] += step.minutes - placed
    return first


@njit(cache=True, parallel=True)
def add_loads(
    model: CapacityModel,
    netting: NettingModel,
    orders: Orders,
    dated: Records,
    nodes: NDArray[np.int32],
    chunk_indptr: NDArray[np.int64],
    n_steps: int,
    period_of_day: NDArray[np.int32],
    period_second: NDArray[np.int64],
    out: LoadCells,
) -> None:
    """Add up the loads of all orders of some nodes.

    Parameters
    ----------
    dated
        ORDER_DTYPE: the plan's orders with their dates in the end.
    nodes, chunk_indptr
        The nodes with a routing, and the chunks of them; each is done by one thread.
    n_steps
        The most operations of any node.
    period_of_day, period_second
        The period of each tabulated day, and the first second of each period and of the one behind the last.
    """
    all_minutes, all_unplaced, counts = out.minutes, out.unplaced, out.counts
    for chunk in prange(chunk_indptr.shape[0] - 1):
        steps, facts = np.empty(n_steps, STEP_DTYPE), np.zeros(_N_FACTS + 1, np.int64)
        minutes, unplaced = all_minutes[chunk], all_unplaced[chunk]
        for i in range(chunk_indptr[chunk], chunk_indptr[chunk + 1]):
            node = nodes[i]
            first, end = planned_orders_of(netting, orders, node)
            receipt, last_receipt = netting.receipt_indptr[node], netting.receipt_indptr[node + 1]
            for at in range(end - first + last_receipt - receipt):
                if at < end - first:
                    schedule_planned(model, netting, orders, dated, node, first + at, steps, facts)
                elif model.open_orders[receipt + at - (end - first)].is_made:
                    schedule_open(model, netting, node, receipt + at - (end - first), steps, facts)
                else:
                    continue
                counts[i, 0] += 1
                for f in range(_N_FACTS):
                    counts[i, 1 + f] += facts[f]
                near = period_of_day[min(max(facts[_N_FACTS], 0), period_of_day.shape[0] - 1)]
                for s in range(facts[0] - 1, -1, -1):
                    near = add_step(model, steps[s], near, period_second, minutes, unplaced)


@njit(cache=True, parallel=True)
def list_operations(
    model: CapacityModel,
    netting: NettingModel,
    orders: Orders,
    dated: Records,
    nodes: NDArray[np.int32],
    base_indptr: NDArray[np.int64],
    n_steps: int,
    window: NDArray[np.int64],
    rows: Records,
    out_count: NDArray[np.int64],
) -> None:
    """Fill the operations of all orders of some nodes, and what of each is worked from one second up to another.

    Parameters
    ----------
    base_indptr
        Where the rows of each node stand: room for all operations of all its orders.
    window
        int64, shape (2,): the two seconds.
    rows, out_count
        LISTED_DTYPE, and the rows filled for each node.
    """
    for i in prange(nodes.shape[0]):
        steps, facts = np.empty(n_steps, STEP_DTYPE), np.zeros(_N_FACTS + 1, np.int64)
        node, at = nodes[i], base_indptr[i]
        first, end = planned_orders_of(netting, orders, node)
        for order in range(first, end):
            schedule_planned(model, netting, orders, dated, node, order, steps, facts)
            for s in range(facts[0]):
                list_step(model, steps[s], facts, window, rows[at + s])
                rows[at + s].node, rows[at + s].source, rows[at + s].is_receipt = node, order, False
            at += facts[0]
        for receipt in range(netting.receipt_indptr[node], netting.receipt_indptr[node + 1]):
            if model.open_orders[receipt].is_made:
                schedule_open(model, netting, node, receipt, steps, facts)
                for s in range(facts[0]):
                    list_step(model, steps[s], facts, window, rows[at + s])
                    rows[at + s].node, rows[at + s].source, rows[at + s].is_receipt = node, receipt, True
                at += facts[0]
        out_count[i] = at - base_indptr[i]


@njit
def list_step(
    model: CapacityModel, step: Records, facts: NDArray[np.int64], window: NDArray[np.int64], row: Records
) -> None:
    """Fill one listed operation."""
    center = model.centers[model.operations[step.operation].work_center]
    row.operation, row.units, row.minutes = step.operation, step.units, step.minutes
    row.setup_start, row.finish = step.start, step.finish
    setup_seconds = whole_seconds(step.setup_minutes, center.seconds_per_minute)
    row.start = work_forward(model, center.calendar, step.start, setup_seconds)
    row.is_forward, row.is_late = facts[1] == 1, facts[2] == 1
    row.window_minutes = minutes_between(model, step, window[0], window[1])


@njit(cache=True)
def working_seconds(model: CapacityModel, period_second: NDArray[np.int64], out: NDArray[np.int64]) -> None:
    """Fill the seconds that each calendar works in each period."""
    for calendar in range(out.shape[0]):
        for period in range(out.shape[1]):
            first, end = period_second[period], period_second[period + 1]
            out[calendar, period] = worked_before(model, calendar, end) - worked_before(model, calendar, max(first, 0))
