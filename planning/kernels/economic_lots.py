"""Lots from a mean requirement, the economic order quantity and its period; what a cost rule needs of a node."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from bom.kernels.inner import inner
from planning.kernels.changing_parameters import floor_on
from planning.kernels.event_days import next_day
from planning.kernels.netting import noise_of
from planning.kernels.netting_arrays import LotSizingRule, Records, Scratch

_NOISE = 1e-9
_LONGEST_DAYS = 100_000.0
_PERIOD_ORDER_QUANTITY = int(LotSizingRule.PERIOD_ORDER_QUANTITY)
_ECONOMIC_ORDER_QUANTITY = int(LotSizingRule.ECONOMIC_ORDER_QUANTITY)


@inner
def daily_rate(choices: Records, total: float, last_day: int) -> float:
    """Return the mean daily requirement: ``total`` over the days from day 0 to the horizon's end, else the last one."""
    return total / (max(last_day, choices.horizon_day, 0) + 1)


@inner
def unrounded_quantity(ordering_cost: float, holding_cost: float, rate: float) -> float:
    """Return the economic order quantity; 0 when one of the costs or the requirements is.

    References
    ----------
    Harris (1913), How many parts to make at once, Factory, The Magazine of Management 10(2).
    """
    if ordering_cost <= 0.0 or holding_cost <= 0.0 or rate <= 0.0:
        return 0.0
    return math.sqrt(2.0 * ordering_cost * rate / holding_cost)


@inner
def economic_quantity(ordering_cost: float, holding_cost: float, rate: float, decimals: int) -> float:
    """Return the economic order quantity in the item's decimals, at least one of the last; 0 when there is none."""
    quantity = unrounded_quantity(ordering_cost, holding_cost, rate)
    if quantity == 0.0 or decimals < 0:
        return quantity
    power = 10.0**decimals
    return max(1.0, math.floor(quantity * power + 0.5 + _NOISE)) / power


@inner
def smallest_economic_quantity(row: Records, rate: float) -> float:
    """Return what a node's economic order quantity is not less than, however the rate was summed; infinite for none."""
    quantity = unrounded_quantity(row.ordering_cost, row.holding_cost, rate)
    if quantity == 0.0:
        return np.inf
    if row.decimals >= 0:
        unit = 10.0**-row.decimals
        quantity = max(unit, quantity - 0.5 * unit)
    return 0.999 * quantity


@inner
def economic_days(ordering_cost: float, holding_cost: float, rate: float) -> int:
    """Return the days that an economic order quantity lasts, in whole days, at least 1.

    References
    ----------
    Ptak and Smith (2011), Orlicky's Material Requirements Planning, ch. 8: period order quantity.
    """
    quantity = unrounded_quantity(ordering_cost, holding_cost, rate)
    if quantity == 0.0:
        return 1
    return max(1, math.floor(min(quantity / rate, _LONGEST_DAYS) + 0.5 + _NOISE))


@inner
def requirement_rate(choices: Records, scratch: Scratch, reach: NDArray[np.int64]) -> float:
    """Return the mean daily requirement of the day cells."""
    total, last_day = 0.0, 0
    last = reach[1] - scratch.first_day
    k = next_day(scratch.is_event, reach[0] - scratch.first_day, last) if reach[0] <= reach[1] else -1
    while k >= 0:
        if scratch.gross_requirements[k] > 0.0:
            total += scratch.gross_requirements[k]
            last_day = k + scratch.first_day
        k = next_day(scratch.is_event, k + 1, last)
    return daily_rate(choices, total, last_day)


@inner
def fill_shortages(row: Records, changes: Records, scratch: Scratch, reach: NDArray[np.int64], stock: float) -> float:
    """Fill floor less balance after each event day, new orders not counted; return the noise of the balances."""
    balance, moved = stock, abs(stock)
    last = reach[1] - scratch.first_day
    k = next_day(scratch.is_event, reach[0] - scratch.first_day, last) if reach[0] <= reach[1] else -1
    while k >= 0:
        balance += scratch.supplies[k] - scratch.gross_requirements[k]
        moved += abs(scratch.supplies[k]) + scratch.gross_requirements[k]
        scratch.shortages[k] = floor_on(changes, row, k + scratch.first_day) - balance
        k = next_day(scratch.is_event, k + 1, last)
    return noise_of(moved)


@inner
def prepare_lots(
    choices: Records, row: Records, changes: Records, scratch: Scratch, reach: NDArray[np.int64], stock: float
) -> None:
    """Set what the node's cost rule needs: the economic quantity or period, or the shortages without new orders."""
    state = scratch.lot_state[0]
    if row.lot_sizing_rule == _ECONOMIC_ORDER_QUANTITY:
        rate = requirement_rate(choices, scratch, reach)
        state.quantity = economic_quantity(row.ordering_cost, row.holding_cost, rate, row.decimals)
    elif row.lot_sizing_rule == _PERIOD_ORDER_QUANTITY:
        rate = requirement_rate(choices, scratch, reach)
        state.days = economic_days(row.ordering_cost, row.holding_cost, rate)
    else:
        state.n_points = 0
        state.point = 0
        state.noise = fill_shortages(row, changes, scratch, reach, stock)
