"""What is fixed of a schedule: operations that run already, and those that a planner has placed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.errors import PlanningError
from planning.encoding.codes import NO_CODE, codes_of
from planning.loading.encode import LoadingModel
from planning.mrp import MrpResult
from scheduling.problem import NONE
from scheduling.shop_floor.floor_orders import FloorOrders
from scheduling.shop_floor.floor_work import FloorWork, Steps
from scheduling.shop_floor.places import Places, open_intervals

_MOST_TOLD = 10
_PIN_TYPES: dict[str, pl.DataType] = {
    "order_id": pl.String(),
    "operation_sequence": pl.Int64(),
    "work_center_id": pl.String(),
    "unit": pl.Int64(),
    "setup_start": pl.Datetime("us"),
    "start": pl.Datetime("us"),
}


@dataclass(slots=True)
class Locks:
    """Work center, unit (from 0 within the work center) and start of operations; ``NONE``: free.

    Parameters
    ----------
    center, unit
        int32, shape (n_operations,).
    start
        int64, shape (n_operations,): seconds.
    is_started
        bool, shape (n_operations,): it runs already.
    """

    center: NDArray[np.int32]
    unit: NDArray[np.int32]
    start: NDArray[np.int64]
    is_started: NDArray[np.bool_]


def find_started(
    plan: MrpResult, loading: LoadingModel, places: Places, orders: FloorOrders, work: FloorWork, steps: Steps
) -> Locks:
    """Return the locks of operations that run already: the first ones of their orders that have been started.

    Notes
    -----
    They go on at the first moment at which their work center works, on its first alternate. Where more are started than
    there are units, those that were started last wait: they were interrupted.
    """
    n = work.n_operations
    locks = Locks(
        np.full(n, NONE, np.int32), np.full(n, NONE, np.int32), np.full(n, NONE, np.int64), np.zeros(n, np.bool_)
    )
    running = np.flatnonzero(work.has_begun & steps.is_first)
    center = loading.routings.rows["work_center"][work.mode_row[work.mode_indptr[running]]]
    order = np.lexsort((running, _started_at(plan, orders, work, running), center))
    running, center = running[order], center[order]
    rank = np.arange(running.shape[0]) - np.searchsorted(center, center)
    for one, at, unit in zip(running.tolist(), center.tolist(), rank.tolist(), strict=True):
        if unit < places.units[at]:
            locks.center[one], locks.unit[one], locks.is_started[one] = at, unit, True
            locks.start[one] = _first_open(loading, places, at)
    return locks


def _started_at(plan: MrpResult, orders: FloorOrders, work: FloorWork, running: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return when operations were started, as far as it is reported: microseconds, the greatest number without."""
    frame = plan.model.data.filled("open_operations", ["order_id", "operation_sequence", "actual_start"])
    receipt_row = plan.model.event_table.receipt_row
    names = plan.model.data.table("scheduled_receipts")["order_id"]
    row = receipt_row[orders.key[work.order[running]]] if running.size else np.zeros(0, np.int64)
    asked = pl.DataFrame({"order_id": names[row], "operation_sequence": work.sequence[running]})
    found = asked.join(frame, on=["order_id", "operation_sequence"], how="left", maintain_order="left")
    return found["actual_start"].cast(pl.Int64).fill_null(np.iinfo(np.int64).max).to_numpy()


def _first_open(loading: LoadingModel, places: Places, center: int) -> int:
    """Return the first second at which a work center works."""
    calendar = int(places.calendar[center])
    return 0 if calendar < 0 else open_intervals(loading, calendar)[0][0]


@dataclass(frozen=True, slots=True)
class _Pins:
    """The rows of a file of pins, and what they are about."""

    frame: pl.DataFrame
    operation: NDArray[np.int32]
    center: NDArray[np.int32]


def pin(
    locks: Locks,
    pins: pl.DataFrame,
    names: pl.DataFrame,
    loading: LoadingModel,
    places: Places,
    work: FloorWork,
    as_of: datetime,
    has_setup_inside: NDArray[np.bool_],
) -> Locks:
    """Return the locks with those of a planner.

    Parameters
    ----------
    locks
        Operations that run already: what is pinned of them is not read.
    pins
        ``order_id`` and ``operation_sequence``, and of ``work_center_id``, ``unit``, ``setup_start`` and ``start`` what
        is fixed: rows of the table ``scheduled_operations`` will do.
    names
        ``order_id`` and ``operation_sequence`` of each operation.
    has_setup_inside
        bool, shape (n_operations,): its setup is a part of it, so that it begins with ``setup_start``.

    Raises
    ------
    PlanningError
        When pins name what is not scheduled, or what cannot be; all at once.
    """
    frame = _with_columns(pins)
    found = frame.join(
        names.with_row_index("operation"), on=["order_id", "operation_sequence"], how="left", maintain_order="left"
    )
    rows = _Pins(
        found,
        found["operation"].cast(pl.Int32).fill_null(NO_CODE).to_numpy(),
        codes_of(found["work_center_id"], loading.centers.ids),
    )
    fixed = Locks(locks.center.copy(), locks.unit.copy(), locks.start.copy(), locks.is_started)
    wrong = [
        sentence
        for at, row in enumerate(found.iter_rows(named=True))
        if (sentence := _pin_one(fixed, rows, at, row, loading, places, work, as_of, has_setup_inside))
    ]
    if wrong:
        more = [f"and {len(wrong) - _MOST_TOLD} more"] if len(wrong) > _MOST_TOLD else []
        raise PlanningError("pins_not_possible", "; ".join([*wrong[:_MOST_TOLD], *more]))
    return fixed


def _with_columns(pins: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of pins in their types, empty ones where they are missing."""
    missing = [name for name in ("order_id", "operation_sequence") if name not in pins.columns]
    if missing:
        raise PlanningError("pins_not_possible", f"pins need the column {' and '.join(missing)}")
    empty = [pl.lit(None, dtype).alias(name) for name, dtype in _PIN_TYPES.items() if name not in pins.columns]
    try:
        return pins.with_columns(empty).select(pl.col(name).cast(dtype) for name, dtype in _PIN_TYPES.items())
    except (pl.exceptions.InvalidOperationError, pl.exceptions.ComputeError) as error:
        raise PlanningError("pins_not_possible", f"pins cannot be read: {error}") from error


def _pin_one(
    locks: Locks,
    pins: _Pins,
    at: int,
    row: dict[str, object],
    loading: LoadingModel,
    places: Places,
    work: FloorWork,
    as_of: datetime,
    has_setup_inside: NDArray[np.bool_],
) -> str:
    """Fix one operation and return nothing, or what is wrong with its pin."""
    one, center = int(pins.operation[at]), int(pins.center[at])
    name = f"pin of {row['order_id']} operation {row['operation_sequence']}"
    if one < 0:
        return f"{name}: it is not scheduled"
    if locks.is_started[one]:
        return ""
    centers = loading.routings.rows["work_center"][work.mode_row[work.mode_indptr[one] : work.mode_indptr[one + 1]]]
    if row["work_center_id"] is not None and center not in centers:
        return f"{name}: it cannot be done at {row['work_center_id']}"
    unit, start = row["unit"], _second(row, as_of, bool(has_setup_inside[one]))
    if center < 0 and (unit is not None or start is not None):
        center = int(centers[0])
    if isinstance(unit, int) and not (places.is_finite[center] and 1 <= unit <= places.units[center]):
        return f"{name}: {loading.centers.ids[center]} has no unit {unit}"
    if start is not None and not _is_open(loading, places, center, start):
        return f"{name}: {loading.centers.ids[center]} does not work then"
    locks.center[one] = center
    locks.unit[one] = unit - 1 if isinstance(unit, int) else NONE
    locks.start[one] = NONE if start is None else start
    return ""


def _second(row: dict[str, object], as_of: datetime, has_setup_inside: bool) -> int | None:
    """Return the second at which a pinned operation begins, ``None`` where that is free."""
    moment = row["setup_start"] if has_setup_inside and row["setup_start"] is not None else row["start"]
    return None if not isinstance(moment, datetime) else int((moment - as_of).total_seconds())


def _is_open(loading: LoadingModel, places: Places, center: int, start: int) -> bool:
    """Return whether a work center works at a second."""
    calendar = int(places.calendar[center])
    if calendar < 0:
        return start >= 0
    return any(first <= start < end for first, end in open_intervals(loading, calendar))
