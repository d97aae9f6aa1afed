"""Netting of one node: requirements against supplies, day by day (rules 1 and 4 to 8)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bom.kernels.inner import inner
from planning.kernels.calendar import WorkingDays
from planning.kernels.changing_parameters import changes_of, floor_on, floor_rise
from planning.kernels.dynamic_lots import cover_window
from planning.kernels.event_days import mark_day, next_day
from planning.kernels.lot_sizing import first_day_after_fence, write_orders
from planning.kernels.moved_receipts import is_moved_up
from planning.kernels.netting_arrays import (
    ALWAYS,
    CHOSEN_PER_ORDER,
    NEVER,
    LotSizingRule,
    NettingModel,
    OrderSlice,
    Records,
    Scratch,
    working_days_of,
)
from planning.kernels.offers import write_offered_orders

_ORDER_UP_TO = int(LotSizingRule.ORDER_UP_TO)
_PERIOD_OF_SUPPLY = int(LotSizingRule.PERIOD_OF_SUPPLY)
_PERIOD_ORDER_QUANTITY = int(LotSizingRule.PERIOD_ORDER_QUANTITY)
_ECONOMIC_ORDER_QUANTITY = int(LotSizingRule.ECONOMIC_ORDER_QUANTITY)
NO_WINDOW = ALWAYS


@njit(inline="always")
def noise_of(moved: float) -> float:
    """Return the difference that floating point can make after ``moved`` units were added and subtracted."""
    return 1e-9 + 1e-12 * moved


@inner
def mark_and_reach(scratch: Scratch, reach: NDArray[np.int64], day: int) -> int:
    """Make a day an event, widen the reach to it and return its cell."""
    k = day - scratch.first_day
    mark_day(scratch.is_event, k)
    reach[0] = min(reach[0], day)
    reach[1] = max(reach[1], day)
    return k


@inner
def reach_floor_steps(changes: Records, node: Records, reach: NDArray[np.int64]) -> None:
    """Widen the reach to the days on which the floor rises."""
    for k in range(changes.shape[0]):
        if changes[k].day > 0 and floor_rise(changes, node, k) > 0.0:
            reach[0] = min(reach[0], changes[k].day)
            reach[1] = max(reach[1], changes[k].day)


@inner
def mark_floor_steps(changes: Records, node: Records, scratch: Scratch, reach: NDArray[np.int64]) -> None:
    """Make the days events on which the floor rises: what is missing then is a requirement of its day."""
    for k in range(changes.shape[0]):
        if changes[k].day > 0 and floor_rise(changes, node, k) > 0.0:
            mark_and_reach(scratch, reach, changes[k].day)


@inner
def serve_from_lot(model: NettingModel, scratch: Scratch, lot: int, first: int, last: int) -> float:
    """Let one lot serve what requirements are still unserved on its days; return what is left of it."""
    left = model.lots[lot].quantity
    end = min(last, model.lots[lot].expiry - scratch.first_day - 1)
    k = next_day(scratch.is_event, max(first, model.lots[lot].available - scratch.first_day), end)
    while k >= 0 and left > 0.0:
        taken = min(left, scratch.unserved[k])
        scratch.unserved[k] -= taken
        left -= taken
        k = next_day(scratch.is_event, k + 1, end)
    return float(left)


@inner
def receive_lots(model: NettingModel, node: int, scratch: Scratch, reach: NDArray[np.int64]) -> float:
    """Add the node's lots to its supplies, what expires unused taken off again; return the stock on day 0 (rule 4).

    Lots serve one after the other, earliest expiry first: the earliest has the first choice on each of its days,
    so the outcome is that of serving day by day.
    """
    stock = model.nodes[node].on_hand
    first_lot, end_lot = model.lot_indptr[node], model.lot_indptr[node + 1]
    if first_lot == end_lot:
        return float(stock)
    first, last = reach[0] - scratch.first_day, reach[1] - scratch.first_day
    k = next_day(scratch.is_event, first, last) if first <= last else -1
    while k >= 0:
        scratch.unserved[k] = scratch.gross_requirements[k]
        k = next_day(scratch.is_event, k + 1, last)
    for lot in range(first_lot, end_lot):
        if model.lots[lot].expiry != NEVER:
            left = serve_from_lot(model, scratch, lot, first, last) if first <= last else model.lots[lot].quantity
            k = mark_and_reach(scratch, reach, model.lots[lot].expiry)
            if left > noise_of(model.lots[lot].quantity):
                scratch.supplies[k] -= left
        if model.lots[lot].available == ALWAYS:
            stock += model.lots[lot].quantity
        else:
            k = mark_and_reach(scratch, reach, model.lots[lot].available)
            scratch.supplies[k] += model.lots[lot].quantity
    return float(stock)


@inner
def arrival_in_fence(days: WorkingDays, choices: Records, node: Records, needed: int, day: int) -> int:
    """Return when a receipt comes that is moved up from ``day`` to ``needed``: not inside the planning fence."""
    if needed > node.planning_fence_day:
        return needed
    return min(day, first_day_after_fence(days, choices, node))


@inner
def move_receipts(
    model: NettingModel,
    node: int,
    scratch: Scratch,
    reach: NDArray[np.int64],
    stock: float,
    needed: NDArray[np.int32],
    netted: NDArray[np.int32],
) -> bool:
    """Find the day on which each open receipt is needed and the day on which it comes, and count on it (rule 6).

    Receipt k is needed on the first day with floor + requirements > stock + the receipts before k. Returns whether the
    planning fence keeps one from coming when it is needed; netting counts on it on that day all the same.
    """
    receipt, end = model.receipt_indptr[node], model.receipt_indptr[node + 1]
    if receipt == end:
        return False
    row, changes, days = model.nodes[node], changes_of(model, node), working_days_of(model)
    supplied, required, moved = stock, 0.0, abs(stock)
    last = reach[1] - scratch.first_day
    k = next_day(scratch.is_event, reach[0] - scratch.first_day, last) if reach[0] <= reach[1] else -1
    while k >= 0 and receipt < end:
        day = k + scratch.first_day
        required += scratch.gross_requirements[k] - scratch.supplies[k]
        moved += scratch.gross_requirements[k] + abs(scratch.supplies[k])
        while receipt < end and floor_on(changes, row, day) + required - supplied > noise_of(moved):
            needed[receipt] = max(day, 0)
            supplied += model.receipts[receipt].quantity
            receipt += 1
        k = next_day(scratch.is_event, k + 1, last)
    for r in range(receipt, end):
        needed[r] = NEVER
    is_late = False
    # added only now: what a receipt is needed for does not depend on when receipts come
    for r in range(model.receipt_indptr[node], end):
        counted = model.receipts[r].day
        netted[r] = counted
        if is_moved_up(model, node, r, needed[r]):
            netted[r] = arrival_in_fence(days, model.choices[0], row, needed[r], counted)
            counted = needed[r]
        is_late = is_late or netted[r] > counted
        k = mark_and_reach(scratch, reach, counted)
        scratch.supplies[k] += model.receipts[r].quantity
    return is_late


@inner
def is_receipt_awaited(model: NettingModel, node: int, day: int, netted: NDArray[np.int32]) -> bool:
    """Return whether an open receipt comes soon enough after ``day`` to wait for it (``await_receipts_days``)."""
    wait = model.choices[0].await_receipts_days
    is_awaited = False
    for r in range(model.receipt_indptr[node], model.receipt_indptr[node + 1]):
        is_awaited |= day < netted[r] <= day + wait
    return is_awaited


@inner
def window_end(choices: Records, length: int, day: int) -> int:
    """Return the first day after the window of ``length`` days that opens on ``day``."""
    if choices.has_grid:
        return int(day + length - (day - choices.grid_anchor) % length)
    return int(day + length)


@inner
def window_shortage(
    choices: Records, node: Records, changes: Records, day: int, end: int, balance: float, scratch: Scratch, last: int
) -> float:
    """Return what is missing to the floor at the window's worst (or last) day end, new orders not counted."""
    worst = floor_on(changes, node, day) - balance
    last = min(last, end - 1 - scratch.first_day)
    k = next_day(scratch.is_event, day + 1 - scratch.first_day, last)
    while k >= 0:
        balance += scratch.supplies[k] - scratch.gross_requirements[k]
        shortage = floor_on(changes, node, k + scratch.first_day) - balance
        worst = shortage if choices.is_window_need_end else max(worst, shortage)
        k = next_day(scratch.is_event, k + 1, last)
    return worst


@njit(inline="always")
def trigger_on(changes: Records, node: Records, day: int) -> float:
    """Return the balance below which is ordered: the floor, with order_up_to the order point when it is higher."""
    floor = floor_on(changes, node, day)
    if node.lot_sizing_rule == _ORDER_UP_TO and node.order_point > floor:
        return float(node.order_point)
    return floor


@inner
def note_look(
    look: Records,
    day: int,
    until: int,
    projected: float,
    rest_of_day: float,
    floor: float,
    trigger: float,
    shortage: float,
    quantity: float,
    noise: float,
    lot: float,
) -> None:
    """Write what a look found, for an explanation."""
    look.day, look.until, look.projected, look.rest_of_day = day, until, projected, rest_of_day
    look.floor, look.trigger, look.shortage, look.quantity, look.noise = floor, trigger, shortage, quantity, noise
    look.lot = lot


@njit(inline="always")
def order_shortage(
    days: WorkingDays,
    choices: Records,
    node: Records,
    changes: Records,
    offers: Records,
    given: NDArray[np.float64],
    day: int,
    projected: float,
    rest_of_day: float,
    noise: float,
    open_until: int,
    scratch: Scratch,
    last: int,
    out: OrderSlice,
    n: int,
) -> tuple[float, int, int]:
    """Order what is missing on a day (rules 5 to 7).

    Returns the balance with the new orders, the node's order count and the end of the open window.
    """
    floor = floor_on(changes, node, day)
    trigger = trigger_on(changes, node, day)
    shortage = trigger - projected
    quantity = shortage
    until = day + 1
    lot = 0.0
    rule = node.lot_sizing_rule
    if rule == _ORDER_UP_TO:
        quantity = max(node.order_up_to_level, floor) - projected
    elif _PERIOD_OF_SUPPLY <= rule <= _PERIOD_ORDER_QUANTITY:
        length = scratch.lot_state[0].days if rule == _PERIOD_ORDER_QUANTITY else node.period_of_supply_days
        end = window_end(choices, length, day)
        quantity = window_shortage(choices, node, changes, day, end, projected - rest_of_day, scratch, last)
        if choices.is_window_need_end:
            open_until = end
        shortage = quantity
        until = end
    elif rule == _ECONOMIC_ORDER_QUANTITY:
        lot = scratch.lot_state[0].quantity
    elif rule > _ECONOMIC_ORDER_QUANTITY:
        quantity, until = cover_window(node, scratch, day, shortage + rest_of_day, last)
        shortage = quantity
    if quantity <= noise:
        return projected, n, open_until
    if out.base + n < out.looks.shape[0]:
        look = out.looks[out.base + n]
        note_look(look, day, until, projected, rest_of_day, floor, trigger, shortage, quantity, noise, lot)
    if node.offer == CHOSEN_PER_ORDER:
        n, total, is_cut = write_offered_orders(
            days, choices, node, changes, offers, given, day, quantity, shortage, noise, lot, scratch.as_offered, out, n
        )
    else:
        n, total, is_cut = write_orders(days, choices, node, day, quantity, shortage, noise, lot, out, n)
    if is_cut:
        open_until = NO_WINDOW
    projected += total
    if abs(projected - floor) <= noise:
        projected = floor
    return projected, n, open_until


@inner
def clear_days(scratch: Scratch, reach: NDArray[np.int64]) -> None:
    """Empty the day cells that were touched."""
    last = reach[1] - scratch.first_day
    k = next_day(scratch.is_event, reach[0] - scratch.first_day, last) if reach[0] <= reach[1] else -1
    while k >= 0:
        scratch.gross_requirements[k] = 0.0
        scratch.supplies[k] = 0.0
        scratch.unserved[k] = 0.0
        k = next_day(scratch.is_event, k + 1, last)
    if reach[0] <= reach[1]:
        scratch.is_event[(reach[0] - scratch.first_day) >> 6 : (last >> 6) + 1] = np.uint64(0)
