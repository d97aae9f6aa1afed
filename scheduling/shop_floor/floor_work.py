"""What is left to do on orders: their operations, and the work centers on which each can be done."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.kernels.capacity_arrays import NO_LIMIT, SECONDS_PER_DAY
from planning.kernels.netting_arrays import Records
from planning.loading.encode import LoadingModel
from planning.loading.listing import listed_operations
from planning.mrp import MrpResult
from scheduling.shop_floor.floor_orders import FloorOrders
from scheduling.shop_floor.places import Places

_ROUNDING = 1e-6
_REASONS = ("no_routing", "finished", "no_capacity", "no_finite_work_center")
_NO_ROUTING, _FINISHED, _NO_CAPACITY, _NO_FINITE = range(1, 5)

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FloorWork:
    """The operations of orders by order and sequence, and their alternates.

    Parameters
    ----------
    order
        int64, shape (n_operations,): the order.
    row
        int64, shape (n_operations,): the row of the routing that loading reads: the first alternate in force.
    sequence
        int64, shape (n_operations,).
    units
        float64, shape (n_operations,): what is left to be started.
    minutes
        float64, shape (n_operations,): standard minutes as loading counts them, setup and run.
    setup_minutes
        float64, shape (n_operations,): the part of them that is setup.
    has_begun
        bool, shape (n_operations,): it is reported as started, or in part as done.
    mode_indptr, mode_row
        int64, shape (n_operations + 1,) and (n_modes,): alternates in force, as rows of the routing.
    """

    order: Longs
    row: Longs
    sequence: Longs
    units: Floats
    minutes: Floats
    setup_minutes: Floats
    has_begun: Flags
    mode_indptr: Longs
    mode_row: Longs

    @property
    def n_operations(self) -> int:
        """The number of operations."""
        return int(self.order.shape[0])

    @property
    def mode_operation(self) -> Longs:
        """int64, shape (n_modes,): the operation of each alternate."""
        return np.repeat(np.arange(self.n_operations), np.diff(self.mode_indptr))


def find_work(
    plan: MrpResult, loading: LoadingModel, places: Places, orders: FloorOrders
) -> tuple[FloorOrders, FloorWork, pl.DataFrame]:
    """Return the orders that can be scheduled with their operations, and the others with the reason.

    Returns
    -------
    orders, work
        What can be scheduled.
    others
        ``key``, ``node``, ``quantity``, ``reason`` of orders that cannot.
    """
    rows, order = _listed(plan, loading, orders)
    work = _work(loading, orders, rows, order)
    work = _modes_in_force(loading, places, orders, work)
    reason = _reasons(loading, places, orders, work)
    keep = reason == 0
    names = pl.Series(["", *_REASONS])
    others = pl.DataFrame(
        {
            "key": orders.key[~keep],
            "node": orders.node[~keep],
            "quantity": orders.quantity[~keep],
            "reason": names[reason[~keep]],
        }
    )
    return orders.taken(keep), _of_orders(work, keep), others


def _listed(plan: MrpResult, loading: LoadingModel, orders: FloorOrders) -> tuple[Records, Longs]:
    """Return the operations that loading lists for the orders, and the order of each, by order."""
    nodes = np.intersect1d(orders.node, loading.routings.nodes).astype(np.int32)
    rows = listed_operations(plan, loading, nodes, (0, loading.kernel.end_second))
    key = np.ascontiguousarray(rows["source"]) + np.where(rows["is_receipt"], 0, orders.n_receipts)
    at = orders.at(key)
    keep = np.flatnonzero(at >= 0)
    keep = keep[np.argsort(at[keep], kind="stable")]
    return rows[keep], at[keep]


def _work(loading: LoadingModel, orders: FloorOrders, rows: Records, order: Longs) -> FloorWork:
    """Return the listed operations, each with one alternate."""
    operation = np.ascontiguousarray(rows["operation"])
    units, minutes = np.ascontiguousarray(rows["units"]), np.ascontiguousarray(rows["minutes"])
    routing = loading.routings.rows[operation]
    # what loading adds to the run is the setup that is left
    setup = np.clip(minutes - units * routing["run_minutes_per_unit"], 0.0, routing["setup_minutes"])
    setup = np.where(setup > 1e-9 * np.maximum(minutes, 1.0), routing["setup_minutes"], 0.0)
    sequence = routing["sequence"].astype(np.int64)
    has_begun = (setup == 0.0) & (routing["setup_minutes"] > 0.0)
    has_begun |= _reported(loading, orders.key[order], sequence)
    has_begun &= orders.is_open[order]
    n = order.shape[0]
    return FloorWork(order, operation, sequence, units, minutes, setup, has_begun, np.arange(n + 1), operation)


def _reported(loading: LoadingModel, receipt: Longs, sequence: Longs) -> Flags:
    """Return which operations are reported as started, or in part as done."""
    kernel = loading.kernel
    progress = kernel.progress
    owner = np.repeat(np.arange(kernel.progress_indptr.shape[0] - 1), np.diff(kernel.progress_indptr))
    begun = progress["is_started"] | (progress["completed_quantity"] > 0)
    keys = (owner[begun] << 32) + progress["sequence"][begun]
    return np.isin((receipt << 32) + sequence, keys)


def _modes_in_force(loading: LoadingModel, places: Places, orders: FloorOrders, work: FloorWork) -> FloorWork:
    """Return the operations with all alternates in force on work centers that are open, each work center once."""
    rows, indptr, kernel = loading.routings.rows, loading.routings.indptr, loading.kernel
    day = (orders.due_day if kernel.is_effective_at_due else orders.release_day)[work.order]
    is_open = orders.is_open[work.order]
    if is_open.any():
        day = day.copy()
        day[is_open] = kernel.open_orders["effective"][orders.key[work.order[is_open]]]
    end = indptr[orders.node[work.order] + 1]
    found, operation = [work.row], [np.arange(work.n_operations)]
    left, row = operation[0], work.row + 1
    while left.size:
        inside = row[left] < end[left]
        left = left[inside]
        left = left[rows["sequence"][row[left]] == work.sequence[left]]
        in_force = (rows["effective_from"][row[left]] <= day[left]) & (day[left] < rows["effective_to"][row[left]])
        found.append(row[left[in_force]])
        operation.append(left[in_force])
        row = row + 1
    return _with_modes(work, np.concatenate(found), np.concatenate(operation), rows["work_center"], places)


def _with_modes(work: FloorWork, row: Longs, operation: Longs, center: NDArray[np.int32], places: Places) -> FloorWork:
    """Return the operations with these alternates, as far as their work centers are open; each work center once."""
    at = center[row].astype(np.int64)
    first = np.sort(np.unique(operation * (places.units.shape[0] + 1) + at, return_index=True)[1])
    first = first[places.is_open[at[first]]]
    first = first[np.lexsort((row[first], operation[first]))]
    lengths = np.bincount(operation[first], minlength=work.n_operations)
    return _replaced(work, np.concatenate([[0], np.cumsum(lengths)]), row[first])


def _replaced(work: FloorWork, mode_indptr: Longs, mode_row: Longs) -> FloorWork:
    """Return the operations with other alternates."""
    return FloorWork(
        work.order, work.row, work.sequence, work.units, work.minutes, work.setup_minutes, work.has_begun,
        mode_indptr.astype(np.int64), mode_row,
    )  # fmt: skip


def _reasons(loading: LoadingModel, places: Places, orders: FloorOrders, work: FloorWork) -> NDArray[np.int8]:
    """Return why each order cannot be scheduled, 0 where it can."""
    reason = np.zeros(orders.n_orders, np.int8)
    center = loading.routings.rows["work_center"][work.mode_row]
    has_finite = np.zeros(orders.n_orders, np.bool_)
    has_finite[work.order[work.mode_operation[places.is_finite[center]]]] = True
    reason[~has_finite] = _NO_FINITE
    reason[work.order[np.diff(work.mode_indptr) == 0]] = _NO_CAPACITY
    has_work = np.bincount(work.order, minlength=orders.n_orders) > 0
    reason[~has_work] = np.where(_is_finished(loading, orders)[~has_work], _FINISHED, _NO_ROUTING)
    return reason


def _is_finished(loading: LoadingModel, orders: FloorOrders) -> Flags:
    """Return which open orders have reports and a routing: without work they are done."""
    has_routing = np.diff(loading.routings.indptr)[orders.node] > 0
    reports = np.append(np.diff(loading.kernel.progress_indptr), 0)
    has_reports = reports[np.where(orders.is_open, orders.key, reports.shape[0] - 1)] > 0
    done: Flags = has_routing & has_reports
    return done


def _of_orders(work: FloorWork, keep: Flags) -> FloorWork:
    """Return the operations of some orders, which are numbered anew."""
    picked = keep[work.order]
    number = np.cumsum(keep) - 1
    of_mode = picked[work.mode_operation]
    lengths = np.diff(work.mode_indptr)[picked]
    return FloorWork(
        number[work.order[picked]],
        work.row[picked],
        work.sequence[picked],
        work.units[picked],
        work.minutes[picked],
        work.setup_minutes[picked],
        work.has_begun[picked],
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        work.mode_row[of_mode],
    )


@dataclass(frozen=True, slots=True)
class Steps:
    """What lies between the operations of an order, in seconds.

    Parameters
    ----------
    queue, after
        int64, shape (n_operations,): before it is worked on, and before the next one can have it.
    overlap
        float64, shape (n_operations,): the part of its time after which the first transfer batch goes on; 0: the whole
        lot does.
    is_first, is_last
        bool, shape (n_operations,): of its order.
    """

    queue: Longs
    after: Longs
    overlap: Floats
    is_first: Flags
    is_last: Flags


def find_steps(loading: LoadingModel, orders: FloorOrders, work: FloorWork) -> Steps:
    """Return the times between operations; a released order stands before its first one.

    Notes
    -----
    The part of an overlap holds for the time of the operation as for that of the next one: it is that which the first
    batch takes with the setup before it, which is no less than the batch's part of the quantity.
    """
    routing = loading.routings.rows[work.row]
    is_first = np.append(True, np.diff(work.order) != 0)[: work.n_operations]
    is_last = np.append(np.diff(work.order) != 0, True)[-work.n_operations :] if work.n_operations else is_first
    receipt = np.where(orders.is_open, orders.key, 0)[work.order]
    is_released = np.zeros(work.n_operations, np.bool_)
    if loading.kernel.open_orders.shape[0]:
        is_released = orders.is_open[work.order] & loading.kernel.open_orders["is_released"][receipt]
    queue = np.where(is_first & is_released, 0, routing["queue_seconds"])
    batch = np.where(routing["transfer_batch"] < work.units, routing["transfer_batch"], NO_LIMIT)
    has_batch = np.isfinite(batch) & ~is_last
    size = np.where(has_batch, batch, 0.0)
    part = size / np.where(work.units > 0, work.units, 1.0)
    first = work.setup_minutes + size * routing["run_minutes_per_unit"]
    timed = np.divide(first, work.minutes, out=np.zeros_like(part), where=work.minutes > 0)
    overlap = np.where(has_batch, np.minimum(np.maximum(part, timed), 1.0), 0.0)
    return Steps(queue.astype(np.int64), routing["after_seconds"].astype(np.int64), overlap, is_first, is_last)


def mode_seconds(loading: LoadingModel, places: Places, work: FloorWork, is_by_matrix: Flags) -> tuple[Longs, Longs]:
    """Return the working time of each alternate, and the part of it that is setup.

    Parameters
    ----------
    is_by_matrix
        bool, shape (n_modes,): its setup depends on what the machine did before.
    """
    routing, operation = loading.routings.rows[work.mode_row], work.mode_operation
    setup = np.where(work.has_begun[operation] | is_by_matrix, 0.0, routing["setup_minutes"])
    minutes = setup + work.units[operation] * routing["run_minutes_per_unit"]
    rate = places.seconds_per_minute[routing["work_center"]]
    return whole(minutes * rate), whole(setup * rate)


def whole(seconds: Floats) -> Longs:
    """Return seconds rounded up; a millionth of one less counts as none."""
    return np.ceil(seconds - _ROUNDING).astype(np.int64)


def due_seconds(loading: LoadingModel, orders: FloorOrders) -> Longs:
    """Return the second by which each order is to be done."""
    day = orders.due_day.astype(np.int64) + (1 if loading.kernel.is_due_at_end else 0)
    return day * SECONDS_PER_DAY
