"""The operations of one order in time: backward from its due date, forward from day 0 where that hits the past."""

from __future__ import annotations

import math

from numba import njit

from planning.kernels.capacity_arrays import BEYOND, PAST, CapacityModel
from planning.kernels.netting_arrays import Records
from planning.kernels.working_time import first_working, work_back, work_forward

_ROUNDING = 1e-6


@njit(inline="always")
def whole_seconds(minutes: float, seconds_per_minute: float) -> int:
    """Return the working time of standard minutes in whole seconds, rounded up."""
    return math.ceil(minutes * seconds_per_minute - _ROUNDING)


@njit
def choose_operations(model: CapacityModel, node: int, day: int, steps: Records) -> int:
    """Fill the operations of a node in force on a day, of alternates the first; return how many."""
    n, last = 0, -1
    for k in range(model.operation_indptr[node], model.operation_indptr[node + 1]):
        operation = model.operations[k]
        if operation.sequence != last and operation.effective_from <= day < operation.effective_to:
            steps[n].operation = k
            last = operation.sequence
            n += 1
    return n


@njit
def fill_work(model: CapacityModel, n: int, start_quantity: float, steps: Records) -> None:
    """Fill units, setup and run of each operation of an order, nothing done yet."""
    units = start_quantity
    for s in range(n):
        operation = model.operations[steps[s].operation]
        steps[s].units = units
        steps[s].minutes = operation.setup_minutes
        steps[s].queue_seconds = operation.queue_seconds
        units *= operation.yield_fraction


@njit
def take_progress(model: CapacityModel, receipt: int, n: int, steps: Records) -> int:
    """Take off what is reported as done; return how many operations are left. What a step has done those before have.

    Notes
    -----
    A step that was started needs no setup. The order lies before its first open step: that one has no queue time.
    """
    begin, end = model.progress_indptr[receipt], model.progress_indptr[receipt + 1]
    done, left = 0.0, n
    for s in range(n - 1, -1, -1):
        operation = model.operations[steps[s].operation]
        is_complete = False
        done = done / operation.yield_fraction
        for p in range(begin, end):
            if model.progress[p].sequence == operation.sequence:
                is_complete = model.progress[p].is_complete
                done = max(done, model.progress[p].completed_quantity)
                if model.progress[p].is_started:
                    steps[s].minutes = 0.0
        if is_complete:
            done = max(done, steps[s].units)
        if done > 0.0:
            steps[s].minutes = 0.0
        steps[s].units = max(steps[s].units - done, 0.0)
        if done > 0.0 and steps[s].units <= 1e-9 * done:
            steps[s].units = 0.0
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


@njit
def fill_seconds(model: CapacityModel, n: int, steps: Records) -> None:
    """Fill minutes and working times of each operation, with those of its first and last transfer batch."""
    for s in range(n):
        step = steps[s]
        operation = model.operations[step.operation]
        rate = model.centers[operation.work_center].seconds_per_minute
        setup, run = step.minutes, operation.run_minutes_per_unit
        step.setup_minutes = setup
        step.minutes = setup + step.units * run
        step.seconds = whole_seconds(step.minutes, rate)
        step.is_overlapped = s < n - 1 and operation.transfer_batch < step.units
        step.first_seconds = step.seconds
        if step.is_overlapped:
            step.first_seconds = whole_seconds(setup + operation.transfer_batch * run, rate)
        step.last_seconds = step.seconds
        if s > 0 and steps[s - 1].is_overlapped:
            before = model.operations[steps[s - 1].operation]
            batch = min(before.transfer_batch * before.yield_fraction, step.units)
            step.last_seconds = whole_seconds(batch * run, rate)


@njit
def schedule_backward(model: CapacityModel, n: int, due: int, steps: Records) -> bool:
    """Fill start and finish of each operation, as late as the due second allows; false where that hits the past."""
    for s in range(n - 1, -1, -1):
        step = steps[s]
        operation = model.operations[step.operation]
        calendar = model.centers[operation.work_center].calendar
        if s == n - 1:
            step.start, step.finish = work_back(model, calendar, due - operation.after_seconds, step.seconds)
        else:
            following = steps[s + 1]
            gap = operation.after_seconds + following.queue_seconds
            start, finish = work_back(model, calendar, following.start - gap, step.first_seconds)
            if step.is_overlapped and start != PAST:
                other = model.centers[model.operations[following.operation].work_center].calendar
                last, _ = work_back(model, other, following.finish, following.last_seconds)
                ends, _ = work_back(model, calendar, last - gap, step.seconds)
                start = min(start, ends)
                finish = work_forward(model, calendar, start, step.seconds) if start != PAST else PAST
            step.start, step.finish = start, finish
        if step.start == PAST:
            return False
    return n == 0 or steps[0].start >= steps[0].queue_seconds


@njit
def schedule_forward(model: CapacityModel, n: int, steps: Records) -> None:
    """Fill start and finish of each operation, as early as day 0 allows; ``BEYOND`` behind the tabulated time."""
    for s in range(n):
        step = steps[s]
        operation = model.operations[step.operation]
        calendar = model.centers[operation.work_center].calendar
        if s == 0:
            ready, last = step.queue_seconds, 0
        else:
            before = steps[s - 1]
            earlier = model.operations[before.operation]
            gap = earlier.after_seconds + step.queue_seconds
            other = model.centers[earlier.work_center].calendar
            ready, last = before.finish, 0
            if before.is_overlapped and before.finish != BEYOND:
                ready = work_forward(model, other, before.start, before.first_seconds)
                last = work_forward(model, calendar, before.finish + gap, step.last_seconds)
            ready = model.end_second if ready >= model.end_second else ready + gap
        step.start = first_working(model, calendar, ready, step.seconds)
        step.finish = work_forward(model, calendar, step.start, step.seconds)
        if step.finish < last:
            step.finish = last
            if last != BEYOND:
                step.start, _ = work_back(model, calendar, last, step.seconds)
