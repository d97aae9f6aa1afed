"""From a shortage to orders: lot-sizing rules, order modifiers and dates (rules 7 and 8)."""

from __future__ import annotations

import math
import numpy as np
from numba import njit

from planning.kernels.calendar import move_days, working_day_on_or_before
from planning.kernels.netting_arrays import (
    LotSizingRule,
    NettingChoices,
    NettingModel,
    OrderSlice,
    SupplyType,
    working_days_of,
)

# Quotients within this of a whole number are that number: 0.3 / 0.1 is 2.9999999999999996.
_NOISE = 1e-9
_MAKE = int(SupplyType.MAKE)
_FIXED = int(LotSizingRule.FIXED_ORDER_QUANTITY)


@njit(cache=True)
def whole_multiples(quantity: float, unit: float) -> float:
    """Return how many ``unit`` it takes to cover ``quantity``, noise left aside."""
    return math.ceil(quantity / unit - _NOISE)


@njit(cache=True)
def lowered_maximum(model: NettingModel, node: int) -> float:
    """Return the maximum order quantity, lowered to a multiple of ``order_multiple``."""
    maximum = model.nodes[node].maximum_order_quantity
    multiple = model.nodes[node].order_multiple
    if multiple > 0.0 and maximum < np.inf:
        return math.floor(maximum / multiple + _NOISE) * multiple
    return float(maximum)


@njit(cache=True)
def split_quantity(model: NettingModel, node: int) -> float:
    """Return the size above which a quantity becomes several orders; infinite when it never does."""
    if model.nodes[node].lot_sizing_rule == _FIXED:
        return float(model.nodes[node].fixed_order_quantity)
    return lowered_maximum(model, node)


@njit(cache=True)
def modified_quantity(model: NettingModel, choices: NettingChoices, node: int, rest: float) -> float:
    """Return the next order for what is left of a quantity, after minimum, multiple and maximum."""
    minimum = model.nodes[node].minimum_order_quantity
    multiple = model.nodes[node].order_multiple
    quantity = max(rest, minimum)
    is_raised_raw = choices.is_minimum_raw and rest < minimum * (1.0 - _NOISE)
    if multiple > 0.0 and not is_raised_raw:
        quantity = whole_multiples(quantity, multiple) * multiple
    return min(quantity, lowered_maximum(model, node))


@njit(cache=True)
def lead_time(model: NettingModel, choices: NettingChoices, node: int, quantity: float) -> int:
    """Return the lead time in days of an order of ``quantity`` good units."""
    nodes = model.nodes
    routing_days = nodes[node].routing_days
    if choices.is_lead_time_from_routing and nodes[node].supply_type == _MAKE and not math.isnan(routing_days):
        start_quantity = quantity / nodes[node].yield_fraction
        return int(math.ceil(routing_days + start_quantity * nodes[node].routing_days_per_unit - _NOISE))
    per_unit = nodes[node].lead_time_days_per_unit
    days = nodes[node].lead_time_days
    return int(days + math.ceil(quantity * per_unit - _NOISE)) if per_unit > 0.0 else int(days)


@njit(cache=True)
def due_day(model: NettingModel, choices: NettingChoices, node: int, need: int) -> int:
    """Return the due day of an order for the need day: safety lead time, then back to a working day."""
    nodes = model.nodes
    calendar = nodes[node].calendar
    days = nodes[node].safety_lead_time_days
    day = move_days(working_days_of(model), calendar, nodes[node].is_lead_time_working, need, -days)
    if choices.is_due_on_working_day:
        day = working_day_on_or_before(working_days_of(model), calendar, day)
    return day


@njit(cache=True)
def release_day(model: NettingModel, choices: NettingChoices, node: int, due: int, quantity: float) -> int:
    """Return the release day of an order: its due day less its lead time."""
    days = lead_time(model, choices, node, quantity)
    is_working = model.nodes[node].is_lead_time_working
    return move_days(working_days_of(model), model.nodes[node].calendar, is_working, due, -days)


@njit(cache=True)
def write_orders(
    model: NettingModel,
    choices: NettingChoices,
    node: int,
    need: int,
    quantity: float,
    shortage: float,
    noise: float,
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
    n
        The node's orders so far.
    """
    is_fixed = model.nodes[node].lot_sizing_rule == _FIXED
    due = due_day(model, choices, node, need)
    rest, total = quantity, 0.0
    while rest > noise:
        order = model.nodes[node].fixed_order_quantity if is_fixed else modified_quantity(model, choices, node, rest)
        if n < out.capacity:
            k = out.base + n
            out.rows[k].need = need
            out.rows[k].due = due
            out.rows[k].release = release_day(model, choices, node, due, order)
            out.rows[k].quantity = order
            out.rows[k].net_requirement = max(0.0, min(order, shortage - total))
        n += 1
        total += order
        rest = quantity - total
        if choices.is_maximum_cap and not is_fixed and rest > noise:
            return n, total, True
    return n, total, False
