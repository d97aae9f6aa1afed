"""Dispatching: whenever a unit is free, the rule chooses from its machine's queue; from event to event."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from bom.kernels.inner import uncounted
from scheduling.kernels.chains import plan_chain
from scheduling.kernels.open_time import fit_in_open_time, interval_from, worked_before
from scheduling.kernels.placing import first_fit, point_of
from scheduling.kernels.shop_arrays import NEVER, NONE, Floats, ShopArrays
from scheduling.kernels.shop_heaps import next_code, next_time, push_event, room_for_task, take_task

BY_KEY, BY_READY_TIME, CRITICAL_RATIO, TARDINESS_COST, TARDINESS_COST_SETUP, SHORTEST_SETUP = range(6)
"""How a rule scores: by a given key, by when a task became ready, or by the formulas of :func:`_score`."""
HAS_MARKS, HAS_ROOMS = 1, 2
"""What decisions look at beside queue and calendar: campaigns, ties and fixed units; resources and overlaps."""


@uncounted
def _n_tasks(shop: ShopArrays) -> int:
    """Return the number of tasks; events with a lesser code are tasks that become ready."""
    return shop.tasks.shape[0] - 1


@uncounted
def _hold(shop: ShopArrays, task: int, time: int) -> None:
    """Reserve what a placed task holds; reservations that ended before ``time`` are dropped."""
    if shop.needs.shape[0] == 0:
        return
    one = shop.tasks[task]
    first, last = shop.modes[one.mode].first_need, shop.modes[one.mode + 1].first_need
    for need in range(first, last):
        resource = shop.resources[shop.needs[need].resource]
        at = resource.first_held
        while at < resource.first_held + resource.n_held:
            if shop.held[at].end <= time:
                resource.n_held -= 1
                moved = shop.held[resource.first_held + resource.n_held]
                shop.held[at].start = moved.start
                shop.held[at].end = moved.end
                shop.held[at].units = moved.units
            else:
                at += 1
        shop.held[at].start = one.start
        shop.held[at].end = one.end
        shop.held[at].units = shop.needs[need].units
        resource.n_held += 1
    if first < last:
        push_event(shop.events, one.end, _n_tasks(shop) + shop.units.shape[0])


@uncounted
def _release_successors(shop: ShopArrays, task: int, time: int) -> None:
    """Tell who follows a placed task when it lets them start."""
    one = shop.tasks[task]
    for at in range(one.first_successor, shop.tasks[task + 1].first_successor):
        arc = shop.successors[at]
        after = shop.tasks[arc.task]
        point = point_of(shop, np.int64(one.mode), np.int64(one.unit), one.start, one.end, arc.overlap) + arc.lag
        after.ready = max(after.ready, point)
        after.waiting -= 1
        if after.campaign >= 0 and after.campaign != one.campaign:
            shop.campaigns[after.campaign].outside -= 1
            if shop.campaigns[after.campaign].outside == 0:
                push_event(shop.events, max(after.ready, time), _n_tasks(shop) + shop.units.shape[0])
        if after.waiting == 1 and shop.chain.shape[0] > 2:
            # it can be the last of a chain now
            push_event(shop.events, time, _n_tasks(shop) + shop.units.shape[0])
        if after.waiting == 0 and after.start == NONE:
            push_event(shop.events, max(after.ready, time), arc.task)


@uncounted
def _set_free(shop: ShopArrays, unit: int, time: int, group: int) -> None:
    """Note from when on a unit is free, and what it is set up for."""
    one = shop.units[unit]
    one.free_at = time
    one.group = group
    if shop.machines[one.machine].matrix != NONE:
        one.worked = worked_before(shop.intervals, one.first_interval, one.last_interval, time)


@uncounted
def _place(shop: ShopArrays, task: int, mode: int, unit: int, start: int, end: int, time: int) -> None:
    """Put a task on a unit, or at its time where it needs none."""
    one = shop.tasks[task]
    one.start = start
    one.end = end
    one.mode = mode
    one.unit = unit
    one.queued_at = NONE
    if unit != NONE:
        _set_free(shop, unit, end, one.group)
        push_event(shop.events, end, _n_tasks(shop) + unit)
        if one.campaign != NONE:
            campaign = shop.campaigns[one.campaign]
            campaign.unit = unit
            campaign.left -= 1
            shop.units[unit].campaign = one.campaign if campaign.left > 0 else NONE
    _hold(shop, task, time)
    _release_successors(shop, task, time)


@uncounted
def _score(rule: int, entry: Any, setup: int, time: int, scales: Floats) -> float:
    """Return what a rule compares; the least is chosen.

    CR ``(due - time) / tail``; ATC and ATCS the negative logarithm of ``weight / duration * exp(-max(0, due - tail -
    time) / (k1 mean duration)) * exp(-setup / (k2 mean setup))``, ``scales`` being the two denominators.
    """
    if rule <= BY_READY_TIME:
        return entry.key
    if rule == SHORTEST_SETUP:
        return float(setup)
    if rule == CRITICAL_RATIO:
        return (entry.latest - time) / entry.fixed
    score = entry.fixed + max(0.0, float(entry.latest - time)) / scales[0]
    if rule == TARDINESS_COST_SETUP:
        score += setup / scales[1]
    return score


@uncounted
def _is_allowed(shop: ShopArrays, task: int, unit: int) -> bool:
    """Return whether the campaigns of a unit and of a task, and a planner's lock, allow the task there."""
    if unit == NONE:
        return True
    one = shop.tasks[task]
    if one.only_unit >= 0 and one.only_unit != unit:
        return False
    if shop.units[unit].campaign != NONE:
        return one.campaign == shop.units[unit].campaign
    if one.campaign == NONE:
        return True
    campaign = shop.campaigns[one.campaign]
    return campaign.unit == unit or (campaign.unit < 0 and campaign.outside == 0)


@uncounted
def _choose(
    shop: ShopArrays, machine: int, unit: int, time: int, rule: int, breadth: int, scales: Floats, marks: int
) -> int:
    """Place the task of a queue that a rule chooses; return 1, or 0 when none can start.

    The unit is open. Tasks that would have to wait for it to open again, or for a resource, are passed over; the unit
    is woken when the first of the former can start.
    """
    first, closing, free, group, matrix = shop.machines[machine].first_queued, NEVER, 0, NONE, NONE
    at, last, worked, has_locks, pauses = NONE, NONE, 0, False, shop.machines[machine].pauses != 0
    if unit != NONE:
        one = shop.units[unit]
        free, group, at, last = one.free_at, one.group, one.at_interval, one.last_interval
        matrix = shop.machines[machine].matrix if group != NONE else NONE
        closing = shop.intervals[at].end if at != NONE else NEVER
        has_locks = one.next_lock < one.last_lock
    best, best_score, best_key, best_start, best_end, wake = NONE, np.inf, np.inf, 0, 0, NEVER
    place = 0
    while place < min(breadth, shop.machines[machine].n_queued):
        entry = shop.queue[first + place]
        # of the type that other callers have, so that what is called is compiled once
        task, mode = np.int64(entry.task), np.int64(entry.mode)
        if marks & HAS_MARKS and shop.tasks[task].queued_at != machine:
            take_task(shop.queue, shop.machines, machine, place)
            continue
        place += 1
        if marks & HAS_MARKS and not _is_allowed(shop, task, unit):
            continue
        setup = shop.setup_time[matrix, group, entry.group] if min(matrix, entry.group) != NONE else 0
        score = _score(rule, entry, setup, time, scales)
        if score > best_score or (score == best_score and entry.key >= best_key):
            continue
        if marks & HAS_ROOMS or has_locks:
            start, end, unbound = first_fit(shop, task, mode, unit, time, free, group)
        else:
            worked = shop.units[unit].worked + setup if setup > 0 else 0
            start, end = fit_in_open_time(shop.intervals, last, at, pauses, time, worked, entry.duration)
            unbound = start
        if unbound >= closing:
            wake = min(wake, unbound)
        elif start == unbound and (
            not marks & HAS_MARKS or shop.tasks[task].tied_to == NONE or plan_chain(shop, task, mode, unit, time) > 0
        ):
            best, best_score, best_key, best_start, best_end = place - 1, score, entry.key, start, end
            if best == 0 and rule <= BY_READY_TIME:
                # the front of the heap has the least key
                break
    if best == NONE:
        if time < wake < NEVER and shop.units[unit].woken_at != wake:
            shop.units[unit].woken_at = wake
            push_event(shop.events, wake, _n_tasks(shop) + unit)
        return 0
    task = np.int64(shop.queue[first + best].task)
    take_task(shop.queue, shop.machines, machine, best)
    _start_task(shop, task, unit, best_start, best_end, time)
    return 1


@uncounted
def _start_task(shop: ShopArrays, task: int, unit: int, start: int, end: int, time: int) -> None:
    """Place a chosen task and those tied to it, and send the rest of its campaign to its unit."""
    mode, campaign = np.int64(shop.tasks[task].queued_mode), shop.tasks[task].campaign
    if shop.tasks[task].tied_to == NONE:
        _place(shop, task, mode, unit, start, end, time)
    else:
        length = plan_chain(shop, task, mode, unit, time)
        for at in range(length):
            shop.tasks[shop.chain[at].task].start = shop.chain[at].start
        for at in range(length):
            row = shop.chain[at]
            _place(shop, row.task, row.mode, row.unit, row.start, row.end, time)
    if min(campaign, unit) == NONE:
        return
    for at in range(shop.campaigns[campaign].first_task, shop.campaigns[campaign + 1].first_task):
        other = shop.tasks[shop.campaign_task[at]]
        if other.queued_at >= 0 and other.queued_at != shop.modes[mode].machine:
            push_event(shop.events, time, shop.campaign_task[at])


@uncounted
def _enqueue(shop: ShopArrays, task: int, time: int, key: float, rule: int) -> int:
    """Put a ready task into the queue of the machine that would end it first; return the machine."""
    one = shop.tasks[task]
    if one.start != NONE:
        return NONE
    best, best_mode, earliest, fixed = NONE, NONE, np.inf, NONE
    if one.campaign != NONE and shop.campaigns[one.campaign].unit != NONE:
        fixed = shop.units[shop.campaigns[one.campaign].unit].machine
    for mode in range(one.first_mode, shop.tasks[task + 1].first_mode):
        machine = shop.modes[mode].machine
        finish = max(shop.machines[machine].busy_until, float(time)) + shop.modes[mode].duration
        if finish < earliest and (fixed < 0 or fixed == machine):
            best, best_mode, earliest = machine, mode, finish
    if best < 0 or one.queued_at == best:
        return NONE
    one.queued_at = best
    one.queued_mode = best_mode
    machine_units = max(1, shop.machines[best + 1].first_unit - shop.machines[best].first_unit)
    busy = max(shop.machines[best].busy_until, float(time)) + shop.modes[best_mode].duration / machine_units
    # having no machine keeps nobody waiting
    shop.machines[best].busy_until = busy if best < shop.machines.shape[0] - 2 else 0.0
    entry = shop.queue[room_for_task(shop.queue, shop.machines, best, key, task)]
    entry.key = key
    entry.task = task
    entry.mode = best_mode
    entry.group = one.group
    entry.duration = shop.modes[best_mode].duration
    if rule == CRITICAL_RATIO:
        entry.latest = one.due
        entry.fixed = max(1.0, float(one.tail))
    elif rule > CRITICAL_RATIO:
        entry.latest = one.due - one.tail
        entry.fixed = np.log(max(1.0, float(entry.duration)) / max(1e-9, one.weight))
    return best


@uncounted
def _opening(shop: ShopArrays, unit: int, time: int) -> int:
    """Return the first open moment of a unit from a moment on, ``NEVER`` when none, and note the interval it is in."""
    one = shop.units[unit]
    if one.first_interval == NONE:
        return time
    at = interval_from(shop.intervals, one.first_interval, one.last_interval, one.at_interval, time)
    if at == one.last_interval:
        return NEVER
    one.at_interval = at
    return max(time, shop.intervals[at].start)


@uncounted
def _serve(shop: ShopArrays, machine: int, time: int, rule: int, breadth: int, scales: Floats, marks: int) -> None:
    """Start tasks on the free units of a machine."""
    first, last = shop.machines[machine].first_unit, shop.machines[machine + 1].first_unit
    # having no machine is a machine without units
    for unit in range(first, max(last, first + 1)):
        if unit >= last:
            while _choose(shop, machine, NONE, time, rule, breadth, scales, marks):
                pass
            return
        while shop.units[unit].free_at <= time and shop.machines[machine].n_queued > 0:
            one = shop.units[unit]
            opening = _opening(shop, unit, time)
            if opening > time:
                if opening < NEVER and one.woken_at != opening:
                    one.woken_at = opening
                    push_event(shop.events, opening, _n_tasks(shop) + unit)
                break
            if not _choose(shop, machine, unit, time, rule, breadth, scales, marks):
                break


@uncounted
def _marks(shop: ShopArrays) -> int:
    """Return what a decision must look at: ``HAS_MARKS``, ``HAS_ROOMS``, both or neither."""
    marks = HAS_ROOMS if shop.needs.shape[0] > 0 else 0
    if shop.campaign_task.shape[0] > 0 or shop.chain.shape[0] > 2:
        marks |= HAS_MARKS
    for task in range(_n_tasks(shop)):
        if shop.tasks[task].only_unit >= 0:
            marks |= HAS_MARKS
    for arc in range(shop.predecessors.shape[0]):
        if shop.predecessors[arc].overlap > 0.0:
            marks |= HAS_ROOMS
    return marks


@uncounted
def _begin(shop: ShopArrays) -> None:
    """Let locked tasks hold what they need and release who follows; announce the locks."""
    n_tasks = _n_tasks(shop)
    for task in range(n_tasks):
        if shop.tasks[task].start != NONE:
            _hold(shop, task, -1)
            _release_successors(shop, task, 0)
            if shop.tasks[task].unit != NONE:
                push_event(shop.events, shop.tasks[task].start, n_tasks + shop.tasks[task].unit)


@uncounted
def _pass_locks(shop: ShopArrays, unit: int, time: int) -> None:
    """Let a unit run the tasks that are locked to start by now."""
    one = shop.units[unit]
    while one.next_lock < one.last_lock:
        task = shop.tasks[shop.lock_task[one.next_lock]]
        if task.start > time:
            return
        one.next_lock += 1
        _set_free(shop, unit, max(one.free_at, task.end), task.group)
        push_event(shop.events, task.end, _n_tasks(shop) + unit)


@njit(cache=True, nogil=True)
def dispatch(shop: ShopArrays, rule: int, keys: Floats, breadth: int, scales: Floats) -> int:
    """Write where and when each task runs, and return how many could not be placed.

    Parameters
    ----------
    shop
        What is dispatched; its records are written. What has a start already is locked.
    rule
        ``BY_KEY`` and so on.
    keys
        float64, shape (n_tasks,): the order of the queues, the least first.
    breadth
        So many of a queue are looked at for one decision, from the front of its heap.
    scales
        float64, shape (2,): the denominators of ATC and ATCS.
    """
    n_tasks, n_units, n_machines = _n_tasks(shop), shop.units.shape[0], shop.machines.shape[0] - 2
    due, is_due = np.empty(n_machines + 1, np.int64), np.zeros(n_machines + 1, np.bool_)
    marks, n_released = _marks(shop), 0
    _begin(shop)
    while n_released < shop.releases.shape[0] or shop.events[0].code > 0:
        time, n_due = next_time(shop.releases, shop.events, n_released), 0
        while True:
            code = next_code(shop.releases, shop.events, n_released, time)
            if code == NONE:
                break
            n_released += n_released < shop.releases.shape[0] and shop.releases[n_released].code == code
            first, last = 0, n_machines + 1
            if code < n_tasks:
                key = float(time) if rule == BY_READY_TIME else keys[code]
                first = _enqueue(shop, code, time, key, rule)
                last = first + 1 if first != NONE else first
            elif code < n_tasks + n_units:
                _pass_locks(shop, code - n_tasks, time)
                first = shop.units[code - n_tasks].machine
                last = first + 1
            for machine in range(first, last):
                if not is_due[machine]:
                    is_due[machine] = True
                    due[n_due] = machine
                    n_due += 1
        for at in range(n_due):
            is_due[due[at]] = False
            _serve(shop, due[at], time, rule, breadth, scales, marks)
    left = 0
    for task in range(n_tasks):
        left += shop.tasks[task].start == NONE
    return left
