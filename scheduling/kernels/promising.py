"""Demand by demand in their order: promised on its day, else as early as it can be, with the reasons.

What is asked for stands in one row, and goes through phases: between two of them there is one request. So all that a
request does is compiled into one function only.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bom.kernels.inner import uncounted
from bom.kernels.units import round_output_down
from planning.kernels.calendar import move_days
from planning.kernels.changing_parameters import floor_on
from planning.kernels.netting_arrays import NEVER, Records
from scheduling.kernels.asks import AGAIN, FLOOR, HALF, LATER, NEXT, PART, UNSPLIT
from scheduling.kernels.constraining_arrays import (
    ABSENT,
    N_PROMISES,
    N_REASONS,
    N_TAKEN,
    N_WANTS,
    NONE,
    ShopModel,
    ShopState,
    Split,
    Want,
    changes_at,
    days_of_shop,
    whole,
)
from scheduling.kernels.free_supplies import free_until, mark, noise, settle, take_back
from scheduling.kernels.joining import join_orders
from scheduling.kernels.late_reasons import write_reasons
from scheduling.kernels.requests import request

_NEVER, _NONE, _ABSENT = int(NEVER), int(NONE), int(ABSENT)
_PROMISES, _REASONS, _TAKEN, _WANTS = N_PROMISES, N_REASONS, N_TAKEN, N_WANTS
_DEMAND, _SAFETY_STOCK = int(Want.DEMAND), int(Want.SAFETY_STOCK)
_UNSPLIT, _STOCK_AND_REST = int(Split.NONE), int(Split.STOCK_AND_REST)
_HALVINGS = 10


@uncounted
def begin_promise(state: ShopState, want: int, quantity: float) -> int:
    """Write a part of a demand that is not promised yet; return its place."""
    n = state.sizes[_PROMISES]
    if n >= state.promises.shape[0]:
        state.answer[0].is_full = True
        return 0
    row = state.promises[n]
    row.want, row.day, row.quantity = want, _ABSENT, quantity
    state.answer[0].promise = n
    state.sizes[_PROMISES] = n + 1
    return whole(n)


@uncounted
def begin_want(model: ShopModel, state: ShopState, ask: Records, want: int, is_taking: bool) -> None:
    """Ask for all of a demand."""
    row = state.wants[want]
    ask.want, ask.rest, ask.is_taking = want, row.quantity, is_taking
    ask.first_taken, ask.first_promise = state.sizes[_TAKEN], state.sizes[_PROMISES]
    if model.split != _UNSPLIT and row.kind == _DEMAND:
        ask.quantity, ask.by, ask.takes_lots, ask.phase = row.quantity, row.day, True, UNSPLIT
    else:
        begin_part(state, ask, ask.rest)


@uncounted
def begin_part(state: ShopState, ask: Records, quantity: float) -> None:
    """Ask for a part of a demand on its day."""
    ask.quantity, ask.by, ask.takes_lots, ask.phase = quantity, state.wants[ask.want].day, True, PART
    ask.rest -= quantity


@uncounted
def begin_parts(state: ShopState, ask: Records, on_time: float) -> None:
    """Ask for what can be had in time as a part of its own, if that is neither nothing nor all."""
    is_part = noise(ask.rest) < on_time < ask.rest - noise(ask.rest)
    begin_part(state, ask, on_time if is_part else ask.rest)


@uncounted
def next_half(model: ShopModel, state: ShopState, ask: Records) -> None:
    """Halve between what is in time and what is not; whole quantities of items without decimals in whole units."""
    row = state.wants[ask.want]
    decimals = model.nodes[row.node].decimals
    if decimals < 0 and row.quantity == np.floor(row.quantity):
        decimals = 0
    middle = round_output_down(0.5 * (ask.low + ask.high), decimals)
    if ask.halvings < _HALVINGS and middle > ask.low:
        ask.halvings, ask.quantity, ask.phase = ask.halvings + 1, middle, HALF
    else:
        begin_parts(state, ask, ask.low)


@uncounted
def end_part(state: ShopState, ask: Records, is_floor: bool) -> None:
    """Go on with the rest of a demand, or make what was taken for it final."""
    if ask.rest > 0.0:
        begin_part(state, ask, ask.rest)
        return
    settle(state, ask.first_taken)
    ask.phase = NEXT
    if is_floor:
        ask.phase = FLOOR
        ask.balance += state.wants[ask.want].quantity
        if state.promises[ask.first_promise].day != _ABSENT:
            ask.balance += surplus_of(state, ask.first_taken, ask.first_promise)
    else:
        ask.at += 1


@uncounted
def take_answer(model: ShopModel, state: ShopState, ask: Records, is_floor: bool) -> None:
    """Read what a request came to, and decide what is asked for next.

    What was found late is asked for again by the day that it comes, so that no component comes early for nothing. What
    would have expired by then is left alone.
    """
    answer, start = state.answer[0], state.marks[state.marks.shape[0] - 1, 0]
    day = _NEVER if answer.day == _NEVER else max(whole(answer.day), whole(answer.due), ask.by)
    if day >= answer.expiry:
        answer.is_spoiled = True
    state.promises[ask.place].day = day
    phase, is_kept = ask.phase, day <= ask.by and not answer.is_spoiled
    if phase == AGAIN:
        is_kept = day != _NEVER
    if is_kept and phase != HALF:
        ask.rest = 0.0 if phase == UNSPLIT else ask.rest
        end_part(state, ask, is_floor)
        return
    if phase == PART:
        ask.is_spoiled = answer.is_spoiled
        write_reasons(state, ask.want)
    take_back(model, state, start)
    if phase == UNSPLIT and model.split == _STOCK_AND_REST:
        row = state.wants[ask.want]
        begin_parts(state, ask, free_until(state, whole(row.node), whole(row.day), row.quantity))
    elif phase == UNSPLIT:
        ask.low, ask.high, ask.halvings = 0.0, ask.quantity, 0
        next_half(model, state, ask)
    elif phase == HALF:
        ask.low = ask.quantity if is_kept else ask.low
        ask.high = ask.high if is_kept else ask.quantity
        next_half(model, state, ask)
    elif phase == PART and day != _NEVER:
        ask.by, ask.phase = day, LATER
    elif phase == LATER:
        ask.by, ask.takes_lots, ask.phase = state.wants[ask.want].day, not ask.is_spoiled, AGAIN
    else:
        begin_promise(state, ask.want, ask.quantity)
        end_part(state, ask, is_floor)


@uncounted
def next_floor(
    model: ShopModel,
    state: ShopState,
    ask: Records,
    node: int,
    event_day: NDArray[np.int32],
    change: NDArray[np.float64],
) -> None:
    """Ask for what is missing to the safety stock of a node on the next day on which something is."""
    row, changes = model.nodes[node], changes_at(model, node)
    while ask.event < event_day.shape[0]:
        day = event_day[ask.event]
        while ask.event < event_day.shape[0] and event_day[ask.event] == day:
            ask.balance += change[ask.event]
            ask.event += 1
        missing = floor_on(changes, row, day) - ask.balance
        if missing > 1e-9 * max(1.0, abs(ask.balance)):
            n = state.sizes[_WANTS]
            if n >= state.wants.shape[0]:
                state.answer[0].is_full = True
                return
            want = state.wants[n]
            want.node, want.day, want.wanted_day, want.kind = node, day, day, _SAFETY_STOCK
            want.source, want.priority, want.quantity = node, 0, missing
            state.sizes[_WANTS] = n + 1
            begin_want(model, state, ask, whole(n), False)
            return
    ask.at, ask.phase = ask.at + 1, NEXT


@uncounted
def surplus_of(state: ShopState, first_taken: int, promise_place: int) -> float:
    """Return what the orders for a part of a demand bring beyond it."""
    surplus = 0.0
    for k in range(first_taken, state.sizes[_TAKEN]):
        if state.taken[k].consumer == -1 - promise_place:
            surplus += state.supplies[state.taken[k].supply].free
    return surplus


@njit(cache=True)
def fill_taken_days(model: ShopModel, state: ShopState, out: NDArray[np.int32]) -> None:
    """Fill the day on which each consumer takes what it has; ``ABSENT`` where a demand cannot be met."""
    fill_days(model, state, out)


@uncounted
def fill_days(model: ShopModel, state: ShopState, out: NDArray[np.int32]) -> None:
    """Fill the days of what is taken."""
    days = days_of_shop(model)
    for k in range(out.shape[0]):
        out[k] = taken_day(model, state, state.taken[k], days)


@uncounted
def taken_day(model: ShopModel, state: ShopState, row: Records, days: Records) -> int:
    """Return the day on which a consumer takes what it has."""
    if row.consumer < 0:
        place = -1 - row.consumer
        promised = state.promises[place]
        release = due = promised.day
        calendar = model.nodes[state.wants[promised.want].node].site_calendar
    else:
        made = state.orders[row.consumer]
        if made.joined != _NONE:
            made = state.orders[made.joined]
        release, due = made.release, made.due
        calendar = model.nodes[made.node].site_calendar
    if row.is_at_end or release == _ABSENT:
        return whole(due)
    return max(whole(move_days(days, calendar, True, release, row.offset_days)), 0)


@njit(cache=True)
def promise_or_keep(
    model: ShopModel,
    state: ShopState,
    sequence: NDArray[np.int64],
    begin: int,
    end: int,
    nodes: NDArray[np.int32],
    event_indptr: NDArray[np.int64],
    event_day: NDArray[np.int32],
    event_change: NDArray[np.float64],
) -> int:
    """Promise a part of a sequence of demands or, where nodes are given, keep their safety stocks.

    Parameters
    ----------
    sequence, begin, end
        int64: places among the wants, as they are asked, and the part of them to do.
    nodes, event_indptr, event_day, event_change
        The nodes, and what comes to each and is taken there by day.

    Returns
    -------
    int
        How many are done: fewer than asked for when an array is full.
    """
    answer, start, whole_mark = state.answer[0], state.marks[-1, 0], state.marks[-1, 1]
    ask, is_floor = state.ask[0], nodes.shape[0] > 0
    ask.at, ask.phase, answer.is_full = begin, NEXT, False
    n_reasons, n_wants = state.sizes[_REASONS], state.sizes[_WANTS]
    while not answer.is_full:
        if ask.phase == NEXT:
            join_orders(model, state)
            if answer.is_full or ask.at == end:
                return int(ask.at)
            mark(state.sizes, whole_mark)
            n_reasons, n_wants = state.sizes[_REASONS], state.sizes[_WANTS]
            if is_floor:
                ask.balance, ask.event, ask.phase = 0.0, 0, FLOOR
            else:
                begin_want(model, state, ask, whole(sequence[ask.at]), True)
        elif ask.phase == FLOOR:
            first, last = event_indptr[ask.at], event_indptr[ask.at + 1]
            next_floor(model, state, ask, whole(nodes[ask.at]), event_day[first:last], event_change[first:last])
        else:
            mark(state.sizes, start)
            answer.takes_lots = ask.takes_lots
            ask.place = begin_promise(state, ask.want, ask.quantity)
            if not answer.is_full:
                node = whole(state.wants[ask.want].node)
                request(model, state, node, ask.quantity, ask.by, -1 - ask.place, ask.is_taking)
            if not answer.is_full:
                take_answer(model, state, ask, is_floor)
    take_back(model, state, whole_mark)
    state.sizes[_REASONS], state.sizes[_WANTS] = n_reasons, n_wants
    return int(ask.at)
