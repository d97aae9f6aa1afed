"""From a shortage to orders: lot-sizing rules, order modifiers and dates (rules 7 and 8).

``node`` and ``choices`` are rows of NODE_DTYPE and CHOICE_DTYPE. What is done for every order is put inline: on the
million data set netting takes a third less, since a call hands on some fifty values.
"""

from __future__ import annotations

import math

from numba import njit

from bom.kernels.inner import inner
from planning.kernels.calendar import WorkingDays, move_days, working_day_on_or_after, working_day_on_or_before
from planning.kernels.netting_arrays import LotSizingRule, OrderSlice, Records, SupplyType

# Quotients within this of a whole number are that number: 0.3 / 0.1 is 2.9999999999999996.
_NOISE = 1e-9
# A lead time per unit times a quantity can be any number; day numbers must stay within an int32.
_LONGEST_DAYS = 100_000.0
_MAKE = int(SupplyType.MAKE)
_FIXED = int(LotSizingRule.FIXED_ORDER_QUANTITY)


@njit(inline="always")
def whole_multiples(quantity: float, unit: float) -> float:
    """Return how many ``unit`` it takes to cover ``quantity``, noise left aside."""
    return math.ceil(quantity / unit - _NOISE)


@inner
def split_quantity(node: Records) -> float:
    """Return the size above which a quantity becomes several orders; infinite when it never does."""
    if node.lot_sizing_rule == _FIXED:
        return float(node.fixed_order_quantity)
    return float(node.maximum_order_quantity)


@njit(inline="always")
def modified_quantity(choices: Records, node: Records, rest: float) -> float:
    """Return the next order for what is left of a quantity, after minimum, multiple and maximum."""
    minimum = node.minimum_order_quantity
    multiple = node.order_multiple
    quantity = max(rest, minimum)
    is_raised_raw = choices.is_minimum_raw and rest < minimum * (1.0 - _NOISE)
    if multiple > 0.0 and not is_raised_raw:
        quantity = whole_multiples(quantity, multiple) * multiple
    return min(quantity, node.maximum_order_quantity)


@njit(inline="always")
def lead_time(choices: Records, node: Records, quantity: float) -> int:
    """Return the lead time in days of an order of ``quantity`` good units."""
    if choices.is_lead_time_from_routing and node.supply_type == _MAKE and not math.isnan(node.routing_days):
        start_quantity = quantity / node.yield_fraction
        days = node.routing_days + start_quantity * node.routing_days_per_unit
        return math.ceil(min(days - _NOISE, _LONGEST_DAYS))
    per_unit = node.lead_time_days_per_unit
    if per_unit > 0.0:
        return int(node.lead_time_days) + math.ceil(min(quantity * per_unit - _NOISE, _LONGEST_DAYS))
    return int(node.lead_time_days)


@inner
def first_day_after_fence(days: WorkingDays, choices: Records, node: Records) -> int:
    """Return the first day after the node's planning fence on which an order can be due (rule 12)."""
    day = node.planning_fence_day + 1
    if choices.is_due_on_working_day:
        day = working_day_on_or_after(days, node.calendar, day)
    return int(day)


@njit(inline="always")
def due_day(days: WorkingDays, choices: Records, node: Records, need: int) -> int:
    """Return the due day of an order for the need day: safety lead time, a working day, not inside the planning fence.

    Where the fence blocks, it is the day that the order should have had.
    """
    day = move_days(days, node.calendar, node.is_lead_time_working, need, -node.safety_lead_time_days)
    if choices.is_due_on_working_day:
        day = working_day_on_or_before(days, node.calendar, day)
    if day <= node.planning_fence_day and not choices.is_fence_blocking:
        day = first_day_after_fence(days, choices, node)
    return day


@njit(inline="always")
def release_day(days: WorkingDays, choices: Records, node: Records, due: int, quantity: float) -> int:
    """Return the release day of an order: its due day less its lead time."""
    return move_days(days, node.calendar, node.is_lead_time_working, due, -lead_time(choices, node, quantity))


@njit(inline="always")
def write_orders(
    days: WorkingDays,
    choices: Records,
    node: Records,
    need: int,
    quantity: float,
    shortage: float,
    noise: float,
    lot: float,
    out: OrderSlice,
    n: int,
) -> tuple[int, float, bool]:
    """Write the orders for a quantity; return the node's order count, what they add up to, and whether it was cut.

    Parameters
    ----------
    quantity
        What to order before the modifiers.
    shortage
        What the orders answer; shared out among them in turn.
    noise
        A rest up to this is none.
    lot
        The size of each order before the modifiers (economic_order_quantity); 0: what is left.
    n
        The node's orders so far.
    """
    is_fixed = node.lot_sizing_rule == _FIXED
    due = due_day(days, choices, node, need)
    rest, total = quantity, 0.0
    while rest > noise:
        order = node.fixed_order_quantity if is_fixed else modified_quantity(choices, node, lot if lot > 0.0 else rest)
        n = write_order(days, choices, node, need, due, order, shortage - total, out, n)
        total += order
        rest = quantity - total
        if choices.is_maximum_cap and not is_fixed and lot == 0.0 and rest > noise:
            return n, total, True
    return n, total, False


@njit(inline="always")
def write_order(
    days: WorkingDays,
    choices: Records,
    node: Records,
    need: int,
    due: int,
    quantity: float,
    shortage: float,
    out: OrderSlice,
    n: int,
) -> int:
    """Write one order, which answers as much of the shortage as it can; return the node's order count."""
    if n < out.capacity:
        row = out.rows[out.base + n]
        row.need = need
        row.due = due
        row.release = release_day(days, choices, node, due, quantity)
        row.is_at_end = False
        row.offer = node.offer
        row.quantity = quantity
        row.net_requirement = max(0.0, min(quantity, shortage))
    return n + 1
