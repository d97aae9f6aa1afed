"""Where a task fits: the first start on a unit that calendar, setups, locks, overlaps and resources allow."""

from __future__ import annotations

import numpy as np

from bom.kernels.inner import uncounted
from scheduling.kernels.open_time import end_of, first_start, moment_of, worked_before
from scheduling.kernels.shop_arrays import NEVER, NONE, ShopArrays


@uncounted
def setup_between(shop: ShopArrays, machine: int, before: int, after: int) -> int:
    """Return the setup time between two groups on a machine."""
    matrix = shop.machines[machine].matrix
    if min(before, after, matrix) == NONE:
        return 0
    return shop.setup_time[matrix, before, after]


@uncounted
def transfer_time(fraction: float, duration: int) -> int:
    """Return the working time of a transfer batch."""
    return int(np.ceil(fraction * duration - 1e-9))


@uncounted
def point_of(shop: ShopArrays, mode: int, unit: int, start: int, end: int, overlap: float) -> int:
    """Return when a successor may start: at the end, or when the first transfer batch is done."""
    if overlap <= 0.0:
        return end
    first, last = NONE, NONE
    if unit != NONE:
        first, last = shop.units[unit].first_interval, shop.units[unit].last_interval
    batch = transfer_time(overlap, shop.modes[mode].duration)
    if batch == 0:
        return start
    return moment_of(shop.intervals, first, last, worked_before(shop.intervals, first, last, start) + batch)


@uncounted
def _level(shop: ShopArrays, first: int, last: int, time: int) -> tuple[int, int]:
    """Return how much of a resource is held at a moment, and when the first of it is given back."""
    level, released = 0, NEVER
    for at in range(first, last):
        held = shop.held[at]
        if held.start <= time < held.end:
            level += held.units
            released = min(released, held.end)
    return level, released


@uncounted
def _resource_free(shop: ShopArrays, mode: int, start: int, end: int) -> int:
    """Return ``start`` when all that a mode holds is free until ``end``, else a later moment at which it may be."""
    for at in range(shop.modes[mode].first_need, shop.modes[mode + 1].first_need):
        resource = shop.resources[shop.needs[at].resource]
        room = resource.capacity - shop.needs[at].units
        if room < 0:
            return NEVER
        first, last = resource.first_held, resource.first_held + resource.n_held
        level, released = _level(shop, first, last, start)
        if level > room:
            return released
        for one in range(first, last):
            # the level rises only where a reservation begins
            if start < shop.held[one].start < end:
                level, released = _level(shop, first, last, shop.held[one].start)
                if level > room:
                    return released
    return start


@uncounted
def _after_transfers(shop: ShopArrays, task: int, unit: int, duration: int) -> int:
    """Return the first start at which enough is left to do when the last transfer batch of predecessors comes."""
    bound, first, last = 0, NONE, NONE
    if unit != NONE:
        first, last = shop.units[unit].first_interval, shop.units[unit].last_interval
    for at in range(shop.tasks[task].first_predecessor, shop.tasks[task + 1].first_predecessor):
        arc = shop.predecessors[at]
        if arc.overlap > 0.0:
            rest, arrival = duration - transfer_time(arc.overlap, duration), shop.tasks[arc.task].end + arc.lag
            if duration == 0:
                bound = max(bound, arrival)
            worked = worked_before(shop.intervals, first, last, arrival) - rest
            bound = max(bound, moment_of(shop.intervals, first, last, worked))
    return bound


@uncounted
def _is_before_lock(shop: ShopArrays, task: int, unit: int, end: int) -> bool:
    """Return whether a task that ends at a moment leaves room for the setup of the next lock on its unit."""
    one = shop.units[unit]
    if one.next_lock >= one.last_lock:
        return True
    locked = shop.tasks[shop.lock_task[one.next_lock]]
    setup = setup_between(shop, one.machine, shop.tasks[task].group, locked.group)
    first, last = one.first_interval, one.last_interval
    room = worked_before(shop.intervals, first, last, locked.start) - worked_before(shop.intervals, first, last, end)
    return end <= locked.start and room >= setup


@uncounted
def first_fit(
    shop: ShopArrays, task: int, mode: int, unit: int, lower: int, free: int, group: int
) -> tuple[int, int, int]:
    """Return start and end of the first fit on a unit that is free from a moment on, set up for a group.

    The third number is the start without regard to resources. ``NEVER``: it does not fit before the next lock.
    """
    duration, start = shop.modes[mode].duration, lower
    first, last, pauses = NONE, NONE, False
    if unit != NONE:
        first, last = shop.units[unit].first_interval, shop.units[unit].last_interval
        machine = shop.units[unit].machine
        pauses = shop.machines[machine].pauses != 0
        start = max(start, free)
        setup = setup_between(shop, machine, group, shop.tasks[task].group)
        if setup > 0:
            worked = worked_before(shop.intervals, first, last, free) + setup
            start = max(start, moment_of(shop.intervals, first, last, worked))
    start = max(start, _after_transfers(shop, task, unit, duration))
    unbound = NEVER
    while start < NEVER:
        start = first_start(shop.intervals, first, last, pauses, start, duration)
        if start >= NEVER:
            break
        end = end_of(shop.intervals, first, last, pauses, start, duration)
        if end >= NEVER:
            break
        unbound = min(unbound, start)
        if unit != NONE and not _is_before_lock(shop, task, unit, end):
            break
        later = _resource_free(shop, mode, start, end) if duration > 0 else start
        if later == start:
            return start, end, unbound
        start = later
    return NEVER, NEVER, unbound
