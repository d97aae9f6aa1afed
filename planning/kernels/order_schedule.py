"""The operations of one order in time: backward from its due date, forward from day 0 where that hits the past."""

from __future__ import annotations

import math

from numba import njit

from bom.kernels.inner import inner
from planning.kernels.capacity_arrays import BEYOND, PAST, CapacityModel, WorkingTime
from planning.kernels.netting_arrays import ALWAYS, NEVER, Records
from planning.kernels.working_time import first_working, work_back, work_forward

_ROUNDING = 1e-6


@njit(forceinline=True)
def whole_seconds(minutes: float, seconds_per_minute: float) -> int:
    """Return the working time of standard minutes in whole seconds, rounded up."""
    return math.ceil(minutes * seconds_per_minute - _ROUNDING)


@inner
def choose_operations(model: CapacityModel, node: int, day: int, steps: Records) -> tuple[int, int, int]:
    """Fill the operations of a node in force on a day, of alternates the first.

    Returns
    -------
    n, from, to
        How many, and the days from and to which (exclusive) these are the operations.
    """
    n, last, begin, end = 0, -1, ALWAYS, NEVER
    for k in range(model.operation_indptr[node], model.operation_indptr[node + 1]):
        operation = model.operations[k]
        for bound in (operation.effective_from, operation.effective_to):
            if bound <= day:
                begin = max(begin, bound)
            else:
                end = min(end, bound)
        if operation.sequence != last and operation.effective_from <= day < operation.effective_to:
            fill_operation(model, k, steps[n])
            last = operation.sequence
            n += 1
    return n, int(begin), int(end)


@inner
def fill_operation(model: CapacityModel, k: int, step: Records) -> None:
    """Fill what all orders of a node have of one of its operations."""
    operation = model.operations[k]
    center = model.centers[operation.work_center]
    step.operation, step.sequence, step.work_center = k, operation.sequence, operation.work_center
    step.calendar, step.seconds_per_minute = center.calendar, center.seconds_per_minute
    step.operation_setup_minutes = operation.setup_minutes
    step.run_minutes_per_unit = operation.run_minutes_per_unit
    step.operation_queue_seconds, step.after_seconds = operation.queue_seconds, operation.after_seconds
    step.transfer_batch, step.yield_fraction = operation.transfer_batch, operation.yield_fraction


@njit(forceinline=True)
def fill_units(n: int, start_quantity: float, steps: Records) -> None:
    """Fill units, setup and queue of each operation of an order, nothing done yet."""
    units = start_quantity
    for s in range(n):
        step = steps[s]
        step.units, step.setup_minutes = units, step.operation_setup_minutes
        step.queue_seconds = step.operation_queue_seconds
        units *= step.yield_fraction


@inner
def take_progress(model: CapacityModel, receipt: int, n: int, steps: Records) -> int:
    """Take off what is reported as done; return how many operations are left. What a step has done those before have.

    Notes
    -----
    A step that was started needs no setup. The order lies before its first open step: that one has no queue time.
    """
    begin, end = model.progress_indptr[receipt], model.progress_indptr[receipt + 1]
    done = 0.0
    for s in range(n - 1, -1, -1):
        step = steps[s]
        is_complete = False
        done = done / step.yield_fraction
        for p in range(begin, end):
            if model.progress[p].sequence == step.sequence:
                is_complete = model.progress[p].is_complete
                done = max(done, model.progress[p].completed_quantity)
                if model.progress[p].is_started:
                    step.setup_minutes = 0.0
        if is_complete:
            done = max(done, step.units)
        if done > 0.0:
            step.setup_minutes = 0.0
        step.units = max(step.units - done, 0.0)
        if done > 0.0 and step.units <= 1e-9 * done:
            step.units = 0.0
    # what is done altogether is no step any more
    left = 0
    for s in range(n):
        if steps[s].units > 0.0:
            if left < s:
                steps[left] = steps[s]
            left += 1
    if left > 0 and model.open_orders[receipt].is_released:
        steps[0].queue_seconds = 0
    return left


@njit(forceinline=True)
def fill_seconds(n: int, steps: Records) -> None:
    """Fill minutes and working times of each operation, with those of its first and last transfer batch."""
    for s in range(n):
        step = steps[s]
        step.minutes = step.setup_minutes + step.units * step.run_minutes_per_unit
        step.seconds = whole_seconds(step.minutes, step.seconds_per_minute)
        step.first_seconds, step.last_seconds = step.seconds, step.seconds
        step.is_overlapped = s < n - 1 and step.transfer_batch < step.units
        if step.is_overlapped:
            first = step.setup_minutes + step.transfer_batch * step.run_minutes_per_unit
            step.first_seconds = whole_seconds(first, step.seconds_per_minute)
        if s > 0 and steps[s - 1].is_overlapped:
            batch = min(steps[s - 1].transfer_batch * steps[s - 1].yield_fraction, step.units)
            step.last_seconds = whole_seconds(batch * step.run_minutes_per_unit, step.seconds_per_minute)


@njit(forceinline=True)
def schedule_steps(times: WorkingTime, n: int, due: int, steps: Records) -> tuple[bool, bool]:
    """Schedule the operations of one order to a due second; return whether it is forward, and whether late."""
    fill_seconds(n, steps)
    if n == 0 or schedule_backward(times, n, due, steps):
        return False, False
    schedule_forward(times, n, steps)
    last = steps[n - 1]
    return True, last.finish == BEYOND or last.finish + last.after_seconds > due


@njit(forceinline=True)
def schedule_backward(times: WorkingTime, n: int, due: int, steps: Records) -> bool:
    """Fill start and finish of each operation, as late as the due second allows; false where that hits the past."""
    ready = due
    for s in range(n - 1, -1, -1):
        step = steps[s]
        start, finish = work_back(times, step.calendar, ready - step.after_seconds, step.first_seconds)
        if step.is_overlapped and start != PAST:
            start = min(start, start_of_last_batch(times, steps, s))
            finish = work_forward(times, step.calendar, start, step.seconds) if start != PAST else PAST
        if start == PAST:
            return False
        step.start, step.finish = start, finish
        ready = start - step.queue_seconds
    return bool(ready >= 0)


@inner
def start_of_last_batch(times: WorkingTime, steps: Records, s: int) -> int:
    """Return when an operation must start so that its last batch is there in time for its run in the next one."""
    step, following = steps[s], steps[s + 1]
    last, _ = work_back(times, following.calendar, following.finish, following.last_seconds)
    gap = step.after_seconds + following.queue_seconds
    start, _ = work_back(times, step.calendar, last - gap, step.seconds)
    return int(start)


@inner
def schedule_forward(times: WorkingTime, n: int, steps: Records) -> None:
    """Fill start and finish of each operation, as early as day 0 allows; ``BEYOND`` behind the tabulated time."""
    for s in range(n):
        step = steps[s]
        if s == 0:
            ready, last = step.queue_seconds, 0
        else:
            before = steps[s - 1]
            gap = before.after_seconds + step.queue_seconds
            ready, last = before.finish, 0
            if before.is_overlapped and before.finish != BEYOND:
                ready = work_forward(times, before.calendar, before.start, before.first_seconds)
                last = work_forward(times, step.calendar, before.finish + gap, step.last_seconds)
            ready = times.end_second if ready >= times.end_second else ready + gap
        step.start = first_working(times, step.calendar, ready, step.seconds)
        step.finish = work_forward(times, step.calendar, step.start, step.seconds)
        if step.finish < last:
            step.finish = last
            if last != BEYOND:
                step.start, _ = work_back(times, step.calendar, last, step.seconds)
