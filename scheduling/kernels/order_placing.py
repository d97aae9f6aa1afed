"""One order in free minutes: its operations backward from a due day, or forward from the day on which it can start.

A place in time is a day and a share of it: 3.25 is a quarter of day 3 gone. An operation with minutes ``m`` at a work
center takes on each day what is free, what it needs, and what one unit can do in the share of the day that is left.
"""

from __future__ import annotations

import math

from bom.kernels.inner import uncounted
from planning.kernels.calendar import working_day_on_or_after
from planning.kernels.lot_sizing import due_day, first_day_after_fence, release_day
from planning.kernels.netting_arrays import ALWAYS, Records, SupplyType
from scheduling.kernels.constraining_arrays import (
    N_ORDERS,
    N_PIECES,
    NONE,
    Cause,
    ShopModel,
    ShopState,
    days_of_shop,
    whole,
)
from scheduling.kernels.free_supplies import free_pieces, put_back

_ALWAYS, _NONE, _PIECES, _ORDERS = int(ALWAYS), int(NONE), N_PIECES, N_ORDERS
_MAKE = int(SupplyType.MAKE)
_ON_TIME, _CAPACITY = int(Cause.ON_TIME), int(Cause.CAPACITY)
_LEAD_TIME, _FENCE = int(Cause.LEAD_TIME), int(Cause.PLANNING_FENCE)
_SECONDS_PER_DAY = 86_400.0
_PAST, _BEYOND = -1.0, 1e9
# Shares within this are the same.
_SHARE = 1e-9


@uncounted
def released(model: ShopModel, row: Records, due: int, quantity: float) -> int:
    """Return the release day of an order by its lead time; a function of its own, since it is put inline."""
    return whole(release_day(days_of_shop(model), model.choices[0], row, due, quantity))


@uncounted
def wanted_due(model: ShopModel, row: Records, need: int) -> int:
    """Return the due day of an order for a day."""
    return whole(due_day(days_of_shop(model), model.choices[0], row, need))


@uncounted
def write_piece(
    state: ShopState, order: int, operation: int, center: int, day: int, minutes: float, begin: float, end: float
) -> None:
    """Put work on a day."""
    n = state.sizes[_PIECES]
    if n >= state.pieces.shape[0]:
        state.answer[0].is_full = True
        return
    row = state.pieces[n]
    row.order, row.operation, row.day, row.minutes, row.was = order, operation, day, minutes, 0.0
    row.begin, row.end = begin, end
    state.free_minutes[center, day] -= minutes
    state.sizes[_PIECES] = n + 1


@uncounted
def note_full(made: Records, center: int, day: int, minutes: float) -> None:
    """Note that a work center had too little free on a day."""
    if made.center != center or made.full_from == _ALWAYS:
        made.center, made.full_from, made.full_to, made.missing_minutes = center, day, day, 0.0
    made.full_from = min(made.full_from, day)
    made.full_to = max(made.full_to, day)
    made.missing_minutes += minutes


@uncounted
def fit(
    model: ShopModel,
    state: ShopState,
    order: int,
    operation: int,
    minutes: float,
    at: float,
    is_backward: bool,
    is_written: bool,
) -> float:
    """Return where an operation begins that is to end at a place, or ends that is to begin there.

    Returns
    -------
    float
        ``_PAST`` or ``_BEYOND`` where there is no room.
    """
    center = whole(model.operations[operation].work_center)
    unit, free, n_days = model.unit_minutes[center], state.free_minutes[center], model.unit_minutes.shape[1]
    made = state.orders[order]
    begun = math.floor(at)
    share = at - begun
    day = whole(begun)
    if is_backward and share <= _SHARE:
        day, share = day - 1, 1.0
    if not is_backward and share >= 1.0 - _SHARE:
        day, share = day + 1, 0.0
    rest = minutes
    while rest > 1e-9:
        if day < 0:
            return _PAST
        if day >= n_days:
            return _BEYOND
        room = unit[day] * (share if is_backward else 1.0 - share)
        usable = free[day] if free[day] >= model.least_fraction * unit[day] else 0.0
        part = min(rest, room, usable)
        if is_written and usable < min(rest, room) - 1e-9:
            note_full(made, center, day, min(rest, room) - usable)
        if part > 1e-9:
            width = part / unit[day]
            other = share - width if is_backward else share + width
            if is_written:
                write_piece(state, order, operation, center, day, part, min(share, other), max(share, other))
            rest -= part
            share = other
            if rest <= 1e-9:
                return day + min(max(share, 0.0), 1.0)
        day += -1 if is_backward else 1
        share = 1.0 if is_backward else 0.0
    return at


@uncounted
def best_operation(
    model: ShopModel,
    state: ShopState,
    order: int,
    first: int,
    units: float,
    at: float,
    effective: int,
    is_backward: bool,
    has_choice: bool,
) -> int:
    """Return the row of a step: of its alternates in force the first, or with a choice the one that fits best."""
    sequence, node = model.operations[first].sequence, state.orders[order].node
    best, best_place = _NONE, 0.0
    k = first
    while k < model.operation_indptr[node + 1] and model.operations[k].sequence == sequence:
        row = model.operations[k]
        if row.effective_from <= effective < row.effective_to:
            if not has_choice:
                return k
            place = at
            if model.is_finite[row.work_center]:
                minutes = row.setup_minutes + units * row.run_minutes_per_unit
                place = fit(model, state, order, k, minutes, at, is_backward, False)
            if best == _NONE or (place > best_place if is_backward else place < best_place):
                best, best_place = k, place
        k += 1
    return best


@uncounted
def next_step(model: ShopModel, node: int, k: int) -> int:
    """Return the row behind the alternates of an operation."""
    sequence = model.operations[k].sequence
    while k < model.operation_indptr[node + 1] and model.operations[k].sequence == sequence:
        k += 1
    return k


@uncounted
def step_before(model: ShopModel, node: int, k: int) -> int:
    """Return the first alternate of the operation that ends before row ``k``."""
    k -= 1
    sequence = model.operations[k].sequence
    while k > model.operation_indptr[node] and model.operations[k - 1].sequence == sequence:
        k -= 1
    return k


@uncounted
def units_before(model: ShopModel, node: int, end: int, start_quantity: float, effective: int) -> float:
    """Return the units that an operation gets: what those before it in force have left."""
    units, k = start_quantity, model.operation_indptr[node]
    while k < end:
        after, done = next_step(model, node, k), False
        for j in range(k, after):
            row = model.operations[j]
            if not done and row.effective_from <= effective < row.effective_to:
                units *= row.yield_fraction
                done = True
        k = after
    return units


@uncounted
def place_steps(
    model: ShopModel, state: ShopState, order: int, effective: int, at: float, is_backward: bool, has_choice: bool
) -> float:
    """Place the operations of an order before or after a place; return where the order begins, or ends."""
    made = state.orders[order]
    node = whole(made.node)
    first, end = model.operation_indptr[node], model.operation_indptr[node + 1]
    k = end if is_backward else first
    while k > first if is_backward else k < end:
        here = step_before(model, node, whole(k)) if is_backward else whole(k)
        units = units_before(model, node, here, made.start_quantity, effective)
        operation = best_operation(model, state, order, here, units, at, effective, is_backward, has_choice)
        if operation != _NONE and model.is_finite[model.operations[operation].work_center]:
            row = model.operations[operation]
            minutes = row.setup_minutes + units * row.run_minutes_per_unit
            at += -row.after_seconds / _SECONDS_PER_DAY if is_backward else row.queue_seconds / _SECONDS_PER_DAY
            at = fit(model, state, order, operation, minutes, max(at, 0.0), is_backward, True) if at >= 0.0 else _PAST
            if at < 0.0 or at >= _BEYOND:
                return at
            at += -row.queue_seconds / _SECONDS_PER_DAY if is_backward else row.after_seconds / _SECONDS_PER_DAY
            if at < 0.0:
                return _PAST
        k = here if is_backward else next_step(model, node, here)
    return at


@uncounted
def has_work(model: ShopModel, node: int) -> bool:
    """Return whether a node has operations at a work center whose hours count."""
    found = False
    for k in range(model.operation_indptr[node], model.operation_indptr[node + 1]):
        found |= model.is_finite[model.operations[k].work_center]
    return found


@uncounted
def has_alternates(model: ShopModel, node: int) -> bool:
    """Return whether an operation of a node can be done in several ways."""
    found = False
    for k in range(model.operation_indptr[node] + 1, model.operation_indptr[node + 1]):
        found |= model.operations[k].sequence == model.operations[k - 1].sequence
    return found


@uncounted
def try_backward(
    model: ShopModel, state: ShopState, order: int, row: Records, due: int, earliest: int, has_choice: bool
) -> bool:
    """Place an order that is due on a day; false, and nothing placed, when it would start before a day."""
    made = state.orders[order]
    first_piece = state.sizes[_PIECES]
    release = released(model, row, whole(due), made.quantity)
    if release < earliest:
        return False
    if row.supply_type == _MAKE and has_work(model, whole(made.node)):
        at = float(due + (1 if model.is_due_at_end else 0))
        start = place_steps(model, state, order, whole(made.effective), at, True, has_choice)
        if start < earliest - _SHARE:
            free_pieces(model, state, first_piece, state.sizes[_PIECES])
            state.sizes[_PIECES] = first_piece
            return False
        release = min(release, math.floor(start + _SHARE))
    made.due, made.release = due, release
    return True


@uncounted
def first_due(model: ShopModel, made: Records, row: Records, earliest: int) -> int:
    """Return the first due day of an order that starts on a day at the earliest, by its lead time and working days."""
    choices, days = model.choices[0], days_of_shop(model)
    due = earliest
    while True:
        if choices.is_due_on_working_day:
            due = working_day_on_or_after(days, row.calendar, due)
        gap = earliest - released(model, row, whole(due), made.quantity)
        if gap <= 0:
            return whole(due)
        due += gap


@uncounted
def place_order(
    model: ShopModel, state: ShopState, order: int, row: Records, earliest: int, earliest_due: int, is_again: bool
) -> bool:
    """Place an order: backward from the day for which it is needed, forward where that does not do; false: no room.

    Parameters
    ----------
    row
        The node as it counts for the order.
    earliest, earliest_due
        It starts and is due on these days at the earliest.
    is_again
        It has been placed before, without these two: what it waits for is known.
    """
    made = state.orders[order]
    choices, days = model.choices[0], days_of_shop(model)
    has_choice = has_alternates(model, whole(made.node))
    fence = 0
    if row.planning_fence_day != _ALWAYS:
        fence = first_day_after_fence(days, choices, row)
    if not is_again:
        made.wanted_due = wanted_due(model, row, whole(made.need))
        if row.planning_fence_day != _ALWAYS:
            made.wanted_due = max(made.wanted_due, fence)
        made.effective = max(released(model, row, whole(made.wanted_due), made.quantity), 0)
        if model.is_effective_at_due:
            made.effective = made.wanted_due
        made.center, made.full_from, made.full_to, made.missing_minutes = _NONE, _ALWAYS, _ALWAYS, 0.0
    if made.wanted_due >= earliest_due:
        for choice in range(2 if has_choice else 1):
            if try_backward(model, state, order, row, whole(made.wanted_due), earliest, choice == 1):
                return True
    return place_forward(model, state, order, row, earliest, whole(max(earliest_due, fence)), has_choice, is_again)


@uncounted
def place_forward(
    model: ShopModel,
    state: ShopState,
    order: int,
    row: Records,
    earliest: int,
    earliest_due: int,
    has_choice: bool,
    is_again: bool,
) -> bool:
    """Place an order from a day on, then as late as its due day allows; false when there is no room."""
    made = state.orders[order]
    choices, days = model.choices[0], days_of_shop(model)
    first_piece = state.sizes[_PIECES]
    made.center, made.full_from, made.full_to, made.missing_minutes = _NONE, _ALWAYS, _ALWAYS, 0.0
    by_lead_time = first_due(model, made, row, earliest)
    due, cause = by_lead_time, _LEAD_TIME
    if earliest_due > due:
        due, cause = earliest_due, _FENCE
    if row.supply_type == _MAKE and has_work(model, whole(made.node)):
        at = place_steps(model, state, order, whole(made.effective), float(earliest), False, has_choice)
        if at >= _BEYOND:
            free_pieces(model, state, first_piece, state.sizes[_PIECES])
            state.sizes[_PIECES] = first_piece
            return False
        ready = math.ceil(at - _SHARE) - (1 if model.is_due_at_end else 0)
        if choices.is_due_on_working_day:
            ready = working_day_on_or_after(days, row.calendar, ready)
        if ready > due:
            due, cause = ready, _CAPACITY if made.full_from != _ALWAYS else _LEAD_TIME
        else:
            made.center = _NONE
    if due >= model.unit_minutes.shape[1]:
        return False
    if not is_again:
        made.cause = cause
    keep_or_tighten(model, state, order, row, whole(due), earliest, has_choice, first_piece)
    return True


@uncounted
def keep_or_tighten(
    model: ShopModel,
    state: ShopState,
    order: int,
    row: Records,
    due: int,
    earliest: int,
    has_choice: bool,
    first_piece: int,
) -> None:
    """Place an order that was placed forward as late as its due day allows, when that works; else as it was."""
    made, end = state.orders[order], state.sizes[_PIECES]
    full = (made.center, made.full_from, made.full_to, made.missing_minutes)
    free_pieces(model, state, first_piece, end)
    if not try_backward(model, state, order, row, due, earliest, has_choice):
        put_back(model, state, first_piece, end)
        made.due, made.release = due, earliest
    made.center, made.full_from, made.full_to, made.missing_minutes = full
