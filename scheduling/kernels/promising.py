"""Demand by demand in their order: promised on its day, else as early as it can be, with the reasons."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bom.kernels.inner import inner
from bom.kernels.units import round_output_down
from planning.kernels.calendar import move_days
from planning.kernels.changing_parameters import floor_on
from planning.kernels.netting_arrays import ALWAYS, NEVER, Records
from scheduling.kernels.constraining_arrays import (
    ABSENT,
    N_PROMISES,
    N_REASONS,
    N_TAKEN,
    N_WANTS,
    NONE,
    Cause,
    FreeKind,
    ShopModel,
    ShopState,
    Split,
    Want,
    changes_at,
    days_of_shop,
    whole,
)
from scheduling.kernels.free_supplies import free_until, mark, noise, settle, take_back
from scheduling.kernels.requests import request

_ALWAYS, _NEVER, _NONE, _ABSENT = int(ALWAYS), int(NEVER), int(NONE), int(ABSENT)
_PROMISES, _REASONS, _TAKEN, _WANTS = N_PROMISES, N_REASONS, N_TAKEN, N_WANTS
_DEMAND, _SAFETY_STOCK = int(Want.DEMAND), int(Want.SAFETY_STOCK)
_WHOLE, _STOCK_AND_REST = int(Split.NONE), int(Split.STOCK_AND_REST)
_COMPONENT, _WAITS = int(Cause.COMPONENT), int(Cause.WAITS_FOR_SUPPLY)
_PLANNED_ORDER = int(FreeKind.PLANNED_ORDER)
_HALVINGS = 10


@inner
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


@inner
def attempt(
    model: ShopModel, state: ShopState, want: int, quantity: float, by: int, is_taking: bool, takes_lots: bool
) -> int:
    """Ask for a part of a demand by a day; return when it is there, ``NEVER`` when it cannot be had."""
    answer = state.answer[0]
    answer.takes_lots = takes_lots
    place = begin_promise(state, want, quantity)
    if answer.is_full:
        return _NEVER
    request(model, state, whole(state.wants[want].node), quantity, by, -1 - place, is_taking)
    day = _NEVER if answer.day == _NEVER else max(answer.day, answer.due, by)
    if day >= answer.expiry:
        answer.is_spoiled = True
    state.promises[place].day = day
    return whole(day)


@inner
def write_reason(
    state: ShopState, want: int, step: int, node: int, cause: int, need: int, day: int, quantity: float
) -> int:
    """Write one step of a reason; return its place."""
    n = state.sizes[_REASONS]
    if n >= state.reasons.shape[0]:
        state.answer[0].is_full = True
        return 0
    row = state.reasons[n]
    row.want, row.step, row.node, row.cause, row.need, row.day = want, step, node, cause, need, day
    row.quantity, row.center, row.full_from, row.full_to = quantity, _NONE, _ALWAYS, _ALWAYS
    row.missing_minutes, row.supply_kind, row.source = 0.0, _NONE, _NONE
    state.sizes[_REASONS] = n + 1
    return whole(n)


@inner
def write_reasons(state: ShopState, want: int) -> None:
    """Write why the last request came late: from the demand down to what it waits for."""
    answer, room = state.answer[0], state.frames.shape[0] // 2
    if answer.day == _NEVER:
        for k in range(answer.depth + 1):
            frame = state.frames[room + k]
            cause = answer.cause if k == answer.depth else _COMPONENT
            write_reason(state, want, k, whole(frame.node), whole(cause), whole(frame.by), _ABSENT, frame.missing)
        return
    supply, step = answer.critical, 0
    while supply != _NONE and step < room:
        row = state.supplies[supply]
        if row.kind != _PLANNED_ORDER or row.source < state.marks[state.marks.shape[0] - 1, 0, 1]:
            n = write_reason(state, want, step, whole(row.node), _WAITS, _ALWAYS, whole(row.day), row.quantity)
            state.reasons[n].supply_kind, state.reasons[n].source = row.kind, row.source
            return
        made = state.orders[row.source]
        n = write_reason(
            state,
            want,
            step,
            whole(row.node),
            whole(made.cause),
            whole(made.wanted_due),
            whole(made.due),
            made.quantity,
        )
        reason = state.reasons[n]
        reason.center, reason.full_from, reason.full_to = made.center, made.full_from, made.full_to
        reason.missing_minutes = made.missing_minutes
        supply = made.critical if made.cause == _COMPONENT else _NONE
        step += 1


@inner
def promise_part(model: ShopModel, state: ShopState, want: int, quantity: float, by: int, is_taking: bool) -> None:
    """Promise a part of a demand on its day, else on the first day that was found.

    What was found late is asked for again by the day that it comes, so that no component comes early for nothing. What
    would have expired by then is left alone.
    """
    answer, start = state.answer[0], state.marks[state.marks.shape[0] - 1, 0]
    mark(state.sizes, start)
    day = attempt(model, state, want, quantity, by, is_taking, True)
    if (day <= by and not answer.is_spoiled) or answer.is_full:
        return
    is_spoiled = answer.is_spoiled
    write_reasons(state, want)
    take_back(model, state, start)
    if day != _NEVER and not answer.is_full:
        again = attempt(model, state, want, quantity, day, is_taking, True)
        if (again <= day and not answer.is_spoiled) or answer.is_full:
            return
        take_back(model, state, start)
        again = attempt(model, state, want, quantity, by, is_taking, not is_spoiled)
        if again != _NEVER or answer.is_full:
            return
        take_back(model, state, start)
    begin_promise(state, want, quantity)


@inner
def on_time_part(model: ShopModel, state: ShopState, want: int) -> float:
    """Return how much of a demand can be had on its day, found by halving; nothing is done.

    A whole quantity of an item without ``quantity_decimals`` is split in whole units.
    """
    row, start = state.wants[want], state.marks[state.marks.shape[0] - 1, 0]
    decimals = model.nodes[row.node].decimals
    if decimals < 0 and row.quantity == np.floor(row.quantity):
        decimals = 0
    if model.split == _STOCK_AND_REST:
        return free_until(state, whole(row.node), whole(row.day), row.quantity)
    low, high = 0.0, row.quantity
    for _ in range(_HALVINGS):
        middle = round_output_down(0.5 * (low + high), decimals)
        if middle <= low:
            break
        mark(state.sizes, start)
        day = attempt(model, state, want, middle, whole(row.day), True, True)
        if day <= row.day and not state.answer[0].is_spoiled:
            low = middle
        else:
            high = middle
        take_back(model, state, start)
        if state.answer[0].is_full:
            return 0.0
    return low


@inner
def promise(model: ShopModel, state: ShopState, want: int) -> None:
    """Promise a demand, in parts when it would be late and the policy allows it."""
    row, first_taken = state.wants[want], state.sizes[_TAKEN]
    rest, day_wanted = float(row.quantity), whole(row.day)
    if model.split != _WHOLE and row.kind == _DEMAND:
        start = state.marks[state.marks.shape[0] - 1, 0]
        mark(state.sizes, start)
        day = attempt(model, state, want, rest, day_wanted, True, True)
        if day <= day_wanted and not state.answer[0].is_spoiled:
            settle(state, first_taken)
            return
        take_back(model, state, start)
        on_time = 0.0 if state.answer[0].is_full else on_time_part(model, state, want)
        if noise(rest) < on_time < rest - noise(rest):
            promise_part(model, state, want, on_time, day_wanted, True)
            rest -= on_time
    if not state.answer[0].is_full:
        promise_part(model, state, want, rest, day_wanted, True)
    if not state.answer[0].is_full:
        settle(state, first_taken)


@inner
def promise_all(model: ShopModel, state: ShopState, sequence: NDArray[np.int64], begin: int, end: int) -> int:
    """Promise demands in a sequence; return how many are done: fewer than ``end`` when an array is full.

    Parameters
    ----------
    sequence
        int64: places among the wants, as they are asked.
    begin, end
        The part of the sequence to do.
    """
    whole_mark, n_reasons = state.marks[state.marks.shape[0] - 1, 1], 0
    state.answer[0].is_full = False
    for k in range(begin, end):
        mark(state.sizes, whole_mark)
        n_reasons = state.sizes[_REASONS]
        promise(model, state, whole(sequence[k]))
        if state.answer[0].is_full:
            take_back(model, state, whole_mark)
            state.sizes[_REASONS] = n_reasons
            return k
    return end


@njit(cache=True)
def fill_taken_days(model: ShopModel, state: ShopState, out: NDArray[np.int32]) -> None:
    """Fill the day on which each consumer takes what it has; ``ABSENT`` where a demand cannot be met."""
    days = days_of_shop(model)
    for k in range(out.shape[0]):
        out[k] = taken_day(model, state, state.taken[k], days)


@inner
def taken_day(model: ShopModel, state: ShopState, row: Records, days: Records) -> int:
    """Return the day on which a consumer takes what it has."""
    if row.consumer < 0:
        place = -1 - row.consumer
        promised = state.promises[place]
        release = due = promised.day
        calendar = model.nodes[state.wants[promised.want].node].site_calendar
    else:
        made = state.orders[row.consumer]
        release, due = made.release, made.due
        calendar = model.nodes[made.node].site_calendar
    if row.is_at_end or release == _ABSENT:
        return whole(due)
    return max(whole(move_days(days, calendar, True, release, row.offset_days)), 0)


@inner
def keep_floors(
    model: ShopModel,
    state: ShopState,
    nodes: NDArray[np.int32],
    event_indptr: NDArray[np.int64],
    event_day: NDArray[np.int32],
    event_change: NDArray[np.float64],
) -> int:
    """Order what keeps the balance of nodes at their safety stock; return how many nodes are done."""
    whole_mark = state.marks[state.marks.shape[0] - 1, 1]
    state.answer[0].is_full = False
    for i in range(nodes.shape[0]):
        mark(state.sizes, whole_mark)
        n_reasons, n_wants = state.sizes[_REASONS], state.sizes[_WANTS]
        first, end = event_indptr[i], event_indptr[i + 1]
        keep_floor(model, state, whole(nodes[i]), event_day[first:end], event_change[first:end])
        if state.answer[0].is_full:
            take_back(model, state, whole_mark)
            state.sizes[_REASONS], state.sizes[_WANTS] = n_reasons, n_wants
            return i
    return nodes.shape[0]


@inner
def keep_floor(
    model: ShopModel, state: ShopState, node: int, event_day: NDArray[np.int32], event_change: NDArray[np.float64]
) -> None:
    """Order what is missing to the safety stock of a node, on each day after whose events something is."""
    row, changes = model.nodes[node], changes_at(model, node)
    balance, k = 0.0, 0
    while k < event_day.shape[0] and not state.answer[0].is_full:
        day = event_day[k]
        while k < event_day.shape[0] and event_day[k] == day:
            balance += event_change[k]
            k += 1
        missing = floor_on(changes, row, day) - balance
        if missing <= 1e-9 * max(1.0, abs(balance)):
            continue
        n = state.sizes[_WANTS]
        if n >= state.wants.shape[0]:
            state.answer[0].is_full = True
            return
        want = state.wants[n]
        want.node, want.day, want.wanted_day, want.kind = node, day, day, _SAFETY_STOCK
        want.source, want.priority, want.quantity = node, 0, missing
        state.sizes[_WANTS] = n + 1
        first_taken, first = state.sizes[_TAKEN], state.sizes[_PROMISES]
        promise_part(model, state, n, missing, whole(day), False)
        if state.answer[0].is_full:
            return
        settle(state, first_taken)
        balance += missing
        if state.promises[first].day != _ABSENT:
            balance += surplus_of(state, first_taken, first)


@inner
def surplus_of(state: ShopState, first_taken: int, promise_place: int) -> float:
    """Return what the orders for a part of a demand bring beyond it."""
    surplus = 0.0
    for k in range(first_taken, state.sizes[_TAKEN]):
        if state.taken[k].consumer == -1 - promise_place:
            surplus += state.supplies[state.taken[k].supply].free
    return surplus


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

    One entry for both, since what they call is compiled into each entry.

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
    if nodes.shape[0] > 0:
        return keep_floors(model, state, nodes, event_indptr, event_day, event_change)
    return promise_all(model, state, sequence, begin, end)
