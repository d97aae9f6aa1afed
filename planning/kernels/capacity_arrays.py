"""The arrays that the capacity kernels read and write: times are whole seconds since the start of ``as_of``."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planning.kernels.netting_arrays import Records

SECONDS_PER_DAY = 86_400
# A time before as_of, and one beyond the tabulated working time.
PAST = -1
BEYOND = np.iinfo(np.int64).max
NO_LIMIT = np.inf
# Intervals are found by the second shifted right by so many bits: a division takes a tenth of an operation's time.
BUCKET_BITS = 16

# An operation of a node's routing, by sequence, then alternate priority; ``after_seconds`` are those of wait and move,
# ``transfer_batch`` is infinite when the whole lot is passed on.
OPERATION_DTYPE = np.dtype(
    [
        ("sequence", np.int32),
        ("work_center", np.int32),
        ("effective_from", np.int32),
        ("effective_to", np.int32),
        ("setup_minutes", np.float64),
        ("run_minutes_per_unit", np.float64),
        ("queue_seconds", np.int64),
        ("after_seconds", np.int64),
        ("transfer_batch", np.float64),
        ("yield_fraction", np.float64),
    ],
    align=True,
)

# ``seconds_per_minute`` are those of working time in a standard minute.
CENTER_DTYPE = np.dtype(
    [("calendar", np.int32), ("efficiency_fraction", np.float64), ("seconds_per_minute", np.float64)], align=True
)

# An open order in the order of the model's receipts; ``effective`` is the day on which its routing is read.
OPEN_ORDER_DTYPE = np.dtype(
    [
        ("is_made", np.bool_),
        ("is_released", np.bool_),
        ("due", np.int32),
        ("effective", np.int32),
        ("quantity", np.float64),
    ],
    align=True,
)

# What is reported of an operation of an open order.
PROGRESS_DTYPE = np.dtype(
    [("sequence", np.int32), ("is_started", np.bool_), ("is_complete", np.bool_), ("completed_quantity", np.float64)],
    align=True,
)

# A piece of working time, and the seconds that its calendar works before it: one cache line has all of it.
INTERVAL_DTYPE = np.dtype([("start", np.int64), ("end", np.int64), ("worked_before", np.int64)], align=True)

# One operation of the order at hand. The first part is that of its node's routing and stays from order to order; of the
# second part ``seconds`` is its working time; ``first_seconds`` the part until the first transfer batch is done;
# ``last_seconds`` is what the last batch of the operation before takes here.
STEP_DTYPE = np.dtype(
    [
        ("operation", np.int64),
        ("sequence", np.int32),
        ("work_center", np.int32),
        ("calendar", np.int64),
        ("seconds_per_minute", np.float64),
        ("operation_setup_minutes", np.float64),
        ("run_minutes_per_unit", np.float64),
        ("operation_queue_seconds", np.int64),
        ("after_seconds", np.int64),
        ("transfer_batch", np.float64),
        ("yield_fraction", np.float64),
        ("units", np.float64),
        ("minutes", np.float64),
        ("setup_minutes", np.float64),
        ("seconds", np.int64),
        ("first_seconds", np.int64),
        ("last_seconds", np.int64),
        ("queue_seconds", np.int64),
        ("start", np.int64),
        ("finish", np.int64),
        ("is_overlapped", np.bool_),
    ],
    align=True,
)

# An operation as it is listed: ``source`` is a place in the orders, or among the receipts.
LISTED_DTYPE = np.dtype(
    [
        ("node", np.int32),
        ("source", np.int64),
        ("operation", np.int64),
        ("units", np.float64),
        ("minutes", np.float64),
        ("window_minutes", np.float64),
        ("setup_start", np.int64),
        ("start", np.int64),
        ("finish", np.int64),
        ("is_receipt", np.bool_),
        ("is_forward", np.bool_),
        ("is_late", np.bool_),
    ],
    align=True,
)


class CapacityModel(NamedTuple):
    """All that loading reads beside the plan.

    Parameters
    ----------
    operation_indptr, operations
        The routing of each node, OPERATION_DTYPE.
    centers
        CENTER_DTYPE: the work centers.
    open_orders
        OPEN_ORDER_DTYPE, by receipt of the netting model.
    progress_indptr, progress
        What is reported of each receipt's operations, PROGRESS_DTYPE.
    interval_indptr, intervals
        The working time of each calendar as intervals that do not touch, INTERVAL_DTYPE.
    first_interval
        int32, shape (n_calendars, n_buckets): the first interval that ends after the start of each bucket of seconds.
    end_second
        The end of the tabulated time.
    is_due_at_end, is_effective_at_due
        The options.
    """

    operation_indptr: NDArray[np.int64]
    operations: Records
    centers: Records
    open_orders: Records
    progress_indptr: NDArray[np.int64]
    progress: Records
    interval_indptr: NDArray[np.int64]
    intervals: Records
    first_interval: NDArray[np.int32]
    end_second: int
    is_due_at_end: bool
    is_effective_at_due: bool


class WorkingTime(NamedTuple):
    """The part of :class:`CapacityModel` that tells working time: what inner functions take in place of all of it."""

    indptr: NDArray[np.int64]
    intervals: Records
    first_interval: NDArray[np.int32]
    end_second: int


class LoadCells(NamedTuple):
    """Where loads are added up: one layer for each chunk of nodes, so that the sum is the same on any threads.

    Parameters
    ----------
    minutes
        float64, shape (n_chunks, n_work_centers, n_periods).
    unplaced
        float64, shape (n_chunks, n_work_centers): what does not fit before the end of the tabulated time.
    counts
        int64, shape (n_nodes, 5): orders, their operations, orders scheduled forward, late ones, and those without
        an operation in force.
    """

    minutes: NDArray[np.float64]
    unplaced: NDArray[np.float64]
    counts: NDArray[np.int64]
