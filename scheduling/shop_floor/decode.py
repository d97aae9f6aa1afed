"""A schedule of a plan as tables: operations, orders, work centers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.kernels.capacity_arrays import SECONDS_PER_DAY
from planning.loading.tables import SCHEDULED_OPERATIONS
from scheduling.finite.working_time import calendars_of, work_before
from scheduling.from_plan import ShopFloor, moments, order_ends
from scheduling.problem import NONE, SchedulingProblem
from scheduling.schedule import Schedule, setups_before
from scheduling.shop_floor.tables import SCHEDULED_ORDERS, WORK_CENTER_USE

Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FloorTimes:
    """Where and when the operations of a schedule are, by operation.

    Parameters
    ----------
    center
        int32: the work center.
    unit
        int64: from 1; 0 where its capacity is no limit.
    setup_start, start, end
        int64: seconds.
    matrix_setup
        int64: seconds of setup before the operation that depend on what was done before.
    """

    center: NDArray[np.int32]
    unit: Longs
    setup_start: Longs
    start: Longs
    end: Longs
    matrix_setup: Longs


def floor_times(floor: ShopFloor, schedule: Schedule) -> FloorTimes:
    """Return when setups and runs begin.

    Notes
    -----
    A setup that depends on what was done before lies right before the operation; another one is its first part.
    """
    problem, unit = floor.problem, schedule.operation_unit
    center = floor.loading.routings.rows["work_center"][floor.work.mode_row[schedule.operation_mode]]
    before, _ = setups_before(problem, schedule)
    inside = floor.mode_setup_seconds[schedule.operation_mode]
    begin, end = schedule.operation_start, schedule.operation_end
    setup_start = np.where(before > 0, worked_from(problem, unit, begin, -before), begin)
    start = np.where(inside > 0, worked_from(problem, unit, begin, inside), begin)
    first = problem.machine_unit_indptr[center]
    number = np.where((unit == NONE) | ~floor.places.is_finite[center], 0, unit - first + 1)
    return FloorTimes(
        center.astype(np.int32), number.astype(np.int64), setup_start, np.minimum(start, end), end, before
    )


def worked_from(problem: SchedulingProblem, unit: NDArray[np.int32], time: Longs, work: Longs) -> Longs:
    """Return the moment between which and another so much is worked; the next one to be worked in.

    Parameters
    ----------
    unit, time, work
        Units, moments, and seconds of work from them on; below 0: before them.
    """
    target = work_before(problem, unit, time) + work
    found, calendars = target.copy(), calendars_of(problem, unit)
    for calendar in np.unique(calendars[calendars != NONE]).tolist():
        first, last = problem.calendar_indptr[calendar], problem.calendar_indptr[calendar + 1]
        start, end = problem.calendar_start[first:last], problem.calendar_end[first:last]
        worked = np.cumsum(end - start) - (end - start)
        at = np.flatnonzero(calendars == calendar)
        place = np.maximum(np.searchsorted(worked, target[at], side="right") - 1, 0)
        found[at] = start[place] + target[at] - worked[place]
    return found


def operation_rows(floor: ShopFloor, schedule: Schedule) -> pl.DataFrame:
    """Return the table ``scheduled_operations`` by work center, unit and time."""
    problem, work, times = floor.problem, floor.work, floor_times(floor, schedule)
    rate = floor.places.seconds_per_minute[times.center]
    run = work.units * floor.loading.routings.rows["run_minutes_per_unit"][work.mode_row[schedule.operation_mode]]
    inside = floor.mode_setup_seconds[schedule.operation_mode] > 0
    own = floor.loading.routings.rows["setup_minutes"][work.mode_row[schedule.operation_mode]]
    is_late = order_ends(floor, schedule)["days_late"].to_numpy() > 0
    frame = floor.operations.with_columns(
        work_center_id=floor.loading.centers.ids[times.center],
        unit=pl.Series(times.unit).set(pl.Series(times.unit == 0), None),
        setup_start=moments(times.setup_start, floor.as_of),
        start=moments(times.start, floor.as_of),
        end=moments(times.end, floor.as_of),
        required_minutes=run + np.where(inside, own, 0.0) + times.matrix_setup / rate,
        is_forward=pl.lit(None, pl.Boolean),
        is_late=is_late[problem.operation_job],
    )
    order = np.lexsort((times.end, times.start, times.unit, times.center))
    return frame[order].select(SCHEDULED_OPERATIONS.column_names)


def order_rows(floor: ShopFloor, schedule: Schedule) -> pl.DataFrame:
    """Return the table ``scheduled_orders``, the latest first."""
    ends = order_ends(floor, schedule)
    return ends.sort("days_late", "end", "order_id", descending=[True, False, False]).select(
        SCHEDULED_ORDERS.column_names
    )


def use_rows(floor: ShopFloor, schedule: Schedule) -> pl.DataFrame:
    """Return the table ``work_center_use``."""
    times, places, horizon = floor_times(floor, schedule), floor.places, horizon_second(floor)
    unit, n = schedule.operation_unit, places.units.shape[0]
    run = _within(floor.problem, unit, schedule.operation_start, times.end, horizon)
    setup = _within(floor.problem, unit, times.setup_start, schedule.operation_start, horizon)
    hours = [
        np.bincount(times.center, one * (unit != NONE), n) / 3600.0
        for one in (run, np.where(times.matrix_setup > 0, setup, 0))
    ]
    last = np.zeros(n, np.int64)
    np.maximum.at(last, times.center, times.end)
    count = np.bincount(times.center, minlength=n)
    opened = open_hours(floor)
    is_limit = places.is_finite & places.is_open
    used = np.divide(hours[0] + hours[1], opened, out=np.zeros(n), where=opened > 0)
    none, idle = pl.Series(~is_limit), pl.Series(count == 0)
    frame = pl.DataFrame(
        {
            "work_center_id": floor.loading.centers.ids,
            "units": pl.Series(places.units).set(none, None),
            "operations": count,
            "run_hours": hours[0],
            "setup_hours": hours[1],
            "open_hours": pl.Series(opened).set(none, None),
            "used_fraction": pl.Series(used).set(none | pl.Series(opened <= 0), None),
            "last_end": moments(last, floor.as_of).set(idle, None),
        }
    )
    return frame.select(WORK_CENTER_USE.column_names)


def horizon_second(floor: ShopFloor) -> int:
    """Return the second at which the horizon ends."""
    return floor.options.horizon_days * SECONDS_PER_DAY


def open_hours(floor: ShopFloor) -> NDArray[np.float64]:
    """Return the working hours of all units of each work center within the horizon."""
    problem, horizon = floor.problem, horizon_second(floor)
    first = problem.machine_unit_indptr[:-1]
    seconds = work_before(problem, first, np.full(first.shape, horizon, np.int64)) * floor.places.units
    return np.asarray(np.where(floor.places.is_open, seconds / 3600.0, 0.0))


def _within(problem: SchedulingProblem, unit: NDArray[np.int32], start: Longs, end: Longs, horizon: int) -> Longs:
    """Return the seconds worked between two moments before the horizon ends."""
    return work_before(problem, unit, np.minimum(end, horizon)) - work_before(problem, unit, np.minimum(start, horizon))
