"""Loads: the operations of planned and open orders, added up by work center and period."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from bom.kernels.inner import inner
from planning.kernels.capacity_arrays import (
    BEYOND,
    SECONDS_PER_DAY,
    STEP_DTYPE,
    CapacityModel,
    LoadCells,
    WorkingTime,
)
from planning.kernels.changing_parameters import changes_of, yield_on
from planning.kernels.netting_arrays import NettingModel, Orders, Records, SupplyType
from planning.kernels.order_schedule import (
    choose_operations,
    fill_units,
    schedule_steps,
    take_progress,
    whole_seconds,
)
from planning.kernels.working_time import work_forward, worked_before, working_time_of

_MAKE = int(SupplyType.MAKE)


@inner
def planned_orders_of(netting: NettingModel, orders: Orders, node: int) -> tuple[int, int]:
    """Return the first and the end of the planned orders that a node makes; firm ones count as receipts."""
    row = netting.nodes[node]
    if row.is_phantom or row.supply_type != _MAKE:
        return 0, 0
    n_firm = netting.firm_indptr[node + 1] - netting.firm_indptr[node]
    return int(orders.first[node] + n_firm), int(orders.first[node] + orders.counts[node])


@njit(forceinline=True)
def due_second(model: CapacityModel, due: int) -> int:
    """Return the second by which an order is to be done."""
    return (due + (1 if model.is_due_at_end else 0)) * SECONDS_PER_DAY


@njit(forceinline=True)
def routing_day(model: CapacityModel, order: Records) -> int:
    """Return the day on which the routing of a planned order is read."""
    return int(order.due if model.is_effective_at_due else order.release)


@njit(forceinline=True)
def started_quantity(netting: NettingModel, node: int, changes: Records, quantity: float, order: Records) -> float:
    """Return what is started of an order: its quantity by the yield of the due day that netting gave it."""
    row = netting.nodes[node]
    if changes.shape[0] == 0:
        return float(quantity / row.yield_fraction)
    return quantity / yield_on(changes, row, order.due)


@inner
def open_steps(model: CapacityModel, netting: NettingModel, node: int, receipt: int, steps: Records) -> tuple[int, int]:
    """Fill the operations that are left of an open order; return how many, and how many it had."""
    row = model.open_orders[receipt]
    n, _, _ = choose_operations(model, node, row.effective, steps)
    fill_units(n, started_quantity(netting, node, changes_of(netting, node), row.quantity, row), steps)
    return take_progress(model, receipt, n, steps), n


@inner
def minutes_between(times: WorkingTime, step: Records, first: int, end: int) -> float:
    """Return the standard minutes of an operation that are worked from a second up to another."""
    begin, finish = max(step.start, first), min(step.finish, end)
    if step.seconds == 0:
        return float(step.minutes) if first <= step.start < end else 0.0
    if begin >= finish:
        return 0.0
    if begin == step.start and finish == step.finish:
        return float(step.minutes)
    worked = worked_before(times, step.calendar, finish) - worked_before(times, step.calendar, begin)
    return float(step.minutes * worked / step.seconds)


@njit(forceinline=True)
def period_at(period_second: NDArray[np.int64], second: int, near: int) -> int:
    """Return the period of a second, looked for from another period on."""
    while second < period_second[near]:
        near -= 1
    while second >= period_second[near + 1]:
        near += 1
    return near


@njit(forceinline=True)
def add_steps(
    times: WorkingTime,
    n: int,
    steps: Records,
    near: int,
    period_second: NDArray[np.int64],
    minutes: NDArray[np.float64],
    unplaced: NDArray[np.float64],
) -> None:
    """Add the operations of an order to the loads of their work centers, looked for from a period near them on."""
    for s in range(n - 1, -1, -1):
        step = steps[s]
        if step.start >= times.end_second:
            unplaced[step.work_center] += step.minutes
            continue
        near = period_at(period_second, step.start, near)
        if step.finish <= period_second[near + 1]:
            minutes[step.work_center, near] += step.minutes
        else:
            add_long_step(times, step, near, period_second, minutes, unplaced)


@inner
def add_long_step(
    times: WorkingTime,
    step: Records,
    first: int,
    period_second: NDArray[np.int64],
    minutes: NDArray[np.float64],
    unplaced: NDArray[np.float64],
) -> None:
    """Add an operation to the loads of its work center, over the periods in which it is worked, from the first on."""
    finish = min(step.finish, times.end_second)
    if finish <= period_second[first + 1] and step.finish != BEYOND:
        minutes[step.work_center, first] += step.minutes
        return
    last = period_at(period_second, max(finish - 1, step.start), first)
    placed = 0.0
    for period in range(first, last + 1):
        part = minutes_between(times, step, period_second[period], period_second[period + 1])
        minutes[step.work_center, period] += part
        placed += part
    if step.finish == BEYOND:
        unplaced[step.work_center] += step.minutes - placed


@inner
def load_node(
    model: CapacityModel,
    netting: NettingModel,
    orders: Orders,
    dated: Records,
    node: int,
    steps: Records,
    period_of_day: NDArray[np.int32],
    period_second: NDArray[np.int64],
    minutes: NDArray[np.float64],
    unplaced: NDArray[np.float64],
) -> tuple[int, int, int, int, int]:
    """Add the loads of a node's orders; return how many there are of each kind, as :class:`LoadCells` counts them."""
    times, changes = working_time_of(model), changes_of(netting, node)
    n_orders, n_steps, n_forward, n_late, n_without = 0, 0, 0, 0, 0
    last_day = period_of_day.shape[0] - 1
    # the operations of one order are those of the next one, up to a day on which others are in force
    n, effective_from, effective_to = 0, 0, 0
    first, end = planned_orders_of(netting, orders, node)
    for order in range(first, end):
        row = dated[order]
        day = routing_day(model, row)
        if not effective_from <= day < effective_to:
            n, effective_from, effective_to = choose_operations(model, node, day, steps)
        fill_units(n, started_quantity(netting, node, changes, row.quantity, orders.rows[order]), steps)
        is_forward, is_late = schedule_steps(times, n, due_second(model, row.due), steps)
        n_orders, n_steps, n_without = n_orders + 1, n_steps + n, n_without + (n == 0)
        n_forward, n_late = n_forward + is_forward, n_late + is_late
        add_steps(times, n, steps, period_of_day[min(max(row.due, 0), last_day)], period_second, minutes, unplaced)
    for receipt in range(netting.receipt_indptr[node], netting.receipt_indptr[node + 1]):
        if model.open_orders[receipt].is_made:
            n, n_before = open_steps(model, netting, node, receipt, steps)
            due = model.open_orders[receipt].due
            is_forward, is_late = schedule_steps(times, n, due_second(model, due), steps)
            n_orders, n_steps, n_without = n_orders + 1, n_steps + n, n_without + (n_before == 0)
            n_forward, n_late = n_forward + is_forward, n_late + is_late
            add_steps(times, n, steps, period_of_day[min(max(due, 0), last_day)], period_second, minutes, unplaced)
    return n_orders, n_steps, n_forward, n_late, n_without


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
        steps = np.empty(n_steps, STEP_DTYPE)
        minutes, unplaced = all_minutes[chunk], all_unplaced[chunk]
        for i in range(chunk_indptr[chunk], chunk_indptr[chunk + 1]):
            node = nodes[i]
            found = load_node(
                model, netting, orders, dated, node, steps, period_of_day, period_second, minutes, unplaced
            )
            for kind in range(len(found)):
                counts[node, kind] = found[kind]


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
        steps = np.empty(n_steps, STEP_DTYPE)
        node, at = nodes[i], base_indptr[i]
        first, end = planned_orders_of(netting, orders, node)
        for order in range(first, end):
            row = dated[order]
            n, _, _ = choose_operations(model, node, routing_day(model, row), steps)
            changes = changes_of(netting, node)
            fill_units(n, started_quantity(netting, node, changes, row.quantity, orders.rows[order]), steps)
            list_order(model, n, row.due, steps, window, rows[at : at + n])
            for s in range(n):
                rows[at + s].node, rows[at + s].source, rows[at + s].is_receipt = node, order, False
            at += n
        for receipt in range(netting.receipt_indptr[node], netting.receipt_indptr[node + 1]):
            if model.open_orders[receipt].is_made:
                n, _ = open_steps(model, netting, node, receipt, steps)
                list_order(model, n, model.open_orders[receipt].due, steps, window, rows[at : at + n])
                for s in range(n):
                    rows[at + s].node, rows[at + s].source, rows[at + s].is_receipt = node, receipt, True
                at += n
        out_count[i] = at - base_indptr[i]


@inner
def list_order(
    model: CapacityModel, n: int, due: int, steps: Records, window: NDArray[np.int64], rows: Records
) -> None:
    """Schedule the operations of an order and fill a row for each."""
    times = working_time_of(model)
    is_forward, is_late = schedule_steps(times, n, due_second(model, due), steps)
    for s in range(n):
        step, row = steps[s], rows[s]
        row.operation, row.units, row.minutes = step.operation, step.units, step.minutes
        row.setup_start, row.finish = step.start, step.finish
        setup_seconds = whole_seconds(step.setup_minutes, step.seconds_per_minute)
        row.start = work_forward(times, step.calendar, step.start, setup_seconds)
        row.is_forward, row.is_late = is_forward, is_late
        row.window_minutes = minutes_between(times, step, window[0], window[1])


@njit(cache=True)
def working_seconds(model: CapacityModel, period_second: NDArray[np.int64], out: NDArray[np.int64]) -> None:
    """Fill the seconds that each calendar works in each period."""
    times = working_time_of(model)
    for calendar in range(out.shape[0]):
        for period in range(out.shape[1]):
            first, end = period_second[period], period_second[period + 1]
            out[calendar, period] = worked_before(times, calendar, end) - worked_before(times, calendar, max(first, 0))
