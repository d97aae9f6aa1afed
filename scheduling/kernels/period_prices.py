"""What is best made in one period, when each requirement pays a price: a knapsack with setups, by branch and bound."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bom.kernels.inner import inner

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NO_PLAN = -1e18


class PeriodPriceArrays(NamedTuple):
    """The items of one resource, and its capacity.

    Parameters
    ----------
    wanted
        float64, shape (n_items, n_periods): net requirements.
    holding_cost, run_time, setup_time, setup_cost
        float64, shape (n_items,).
    capacity
        float64, shape (n_periods,).
    """

    wanted: Floats
    holding_cost: Floats
    run_time: Floats
    setup_time: Floats
    setup_cost: Floats
    capacity: Floats


class _Offers(NamedTuple):
    """What can be made in one period: for each item its requirements by falling gain per capacity."""

    n_offers: Ints
    hours: Floats
    gain: Floats
    served: Ints


@inner
def _offers(problem: PeriodPriceArrays, prices: Floats, period: int) -> _Offers:
    """Return what pays when it is made in a period."""
    n_items, n_periods = prices.shape
    n_offers, served = np.zeros(n_items, dtype=np.int64), np.zeros((n_items, n_periods), dtype=np.int64)
    hours, gain = np.zeros((n_items, n_periods)), np.zeros((n_items, n_periods))
    for item in range(n_items):
        for later in range(period, n_periods):
            amount = problem.wanted[item, later]
            profit = prices[item, later] - problem.holding_cost[item] * (later - period) * amount
            if amount <= 0.0 or profit <= 1e-9:
                continue
            length = problem.run_time[item] * amount
            place = n_offers[item]
            while place > 0 and gain[item, place - 1] * length < profit * hours[item, place - 1]:
                hours[item, place] = hours[item, place - 1]
                gain[item, place] = gain[item, place - 1]
                served[item, place] = served[item, place - 1]
                place -= 1
            hours[item, place] = length
            gain[item, place] = profit
            served[item, place] = later
            n_offers[item] += 1
    return _Offers(n_offers, hours, gain, served)


@inner
def _relaxed_value(
    problem: PeriodPriceArrays, offers: _Offers, decided: NDArray[np.int8], room: float, is_made: Floats
) -> tuple[float, int]:
    """Return the best value when open setups may be broken, and the item whose setup is broken (-1: none).

    An open item's first piece is its setup with the offers that have the best average, the others follow.
    """
    n_items = decided.size
    most = offers.n_offers.sum() + n_items
    length, worth = np.empty(most), np.empty(most)
    owner, is_first = np.empty(most, dtype=np.int64), np.zeros(most, dtype=np.bool_)
    n_pieces, value = 0, 0.0
    for item in range(n_items):
        is_made[item] = 0.0
        start = 0
        if decided[item] == 1:
            value -= problem.setup_cost[item]
            room -= problem.setup_time[item]
        elif decided[item] == -1:
            hours, gain, best_hours, best_gain = problem.setup_time[item], -problem.setup_cost[item], 1.0, 0.0
            for offer in range(offers.n_offers[item]):
                hours += offers.hours[item, offer]
                gain += offers.gain[item, offer]
                if gain * best_hours > best_gain * hours:
                    best_hours, best_gain, start = hours, gain, offer + 1
            if start == 0:
                continue
            length[n_pieces], worth[n_pieces], owner[n_pieces] = best_hours, best_gain, item
            is_first[n_pieces] = True
            n_pieces += 1
        else:
            continue
        for offer in range(start, offers.n_offers[item]):
            length[n_pieces], worth[n_pieces] = offers.hours[item, offer], offers.gain[item, offer]
            owner[n_pieces] = item
            n_pieces += 1
    if room < 0.0:
        return _NO_PLAN, -1
    for piece in np.argsort(-worth[:n_pieces] / np.maximum(length[:n_pieces], 1e-12)):
        part = 1.0 if length[piece] <= room else room / length[piece]
        value += part * worth[piece]
        room -= part * length[piece]
        if is_first[piece] and part > 0.0:
            is_made[owner[piece]] = part
        if part < 1.0:
            return value, owner[piece] if is_first[piece] else -1
    return value, -1


@inner
def _best_setups(
    problem: PeriodPriceArrays, offers: _Offers, room: float, tolerance: float, most_nodes: int, best: NDArray[np.int8]
) -> tuple[float, float]:
    """Write the best items to set up; return what they are worth, and what no choice can be worth more than."""
    n_items = best.size
    size = 2 * n_items + 4
    stack, ceiling = np.full((size, n_items), -1, dtype=np.int8), np.full(size, 1e300)
    is_made = np.zeros(n_items)
    height, n_nodes, value, above = 1, 0, 0.0, 0.0
    best[:] = 0
    while height > 0:
        height -= 1
        if ceiling[height] <= value + tolerance:
            above = max(above, min(ceiling[height], value + tolerance))
            continue
        if n_nodes >= most_nodes:
            above = max(above, ceiling[height])
            continue
        decided = stack[height].copy()
        n_nodes += 1
        found, broken = _relaxed_value(problem, offers, decided, room, is_made)
        if found <= value + tolerance:
            above = max(above, found)
            continue
        if broken < 0 or is_made[broken] == 0.0:
            value = found
            for item in range(n_items):
                best[item] = 1 if decided[item] == 1 or is_made[item] > 0.0 else 0
            continue
        for choice in range(2):
            stack[height] = decided
            stack[height, broken] = choice
            ceiling[height] = found
            height += 1
    return value, max(above, value)


@inner
def _fill(offers: _Offers, problem: PeriodPriceArrays, is_made: NDArray[np.int8], room: float, out: Floats) -> None:
    """Write the share of each requirement that is made, the best gain per capacity first."""
    most = offers.n_offers.sum()
    rate, owner, place = np.empty(most), np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    n_pieces = 0
    for item in range(is_made.size):
        if is_made[item] == 0:
            continue
        room -= problem.setup_time[item]
        for offer in range(offers.n_offers[item]):
            rate[n_pieces] = -offers.gain[item, offer] / max(offers.hours[item, offer], 1e-12)
            owner[n_pieces], place[n_pieces] = item, offer
            n_pieces += 1
    out[:] = 0.0
    for piece in np.argsort(rate[:n_pieces]):
        item, offer = owner[piece], place[piece]
        hours = offers.hours[item, offer]
        part = 1.0 if hours <= room else max(room, 0.0) / hours
        out[item, offers.served[item, offer]] = part
        room -= part * hours


@njit(cache=True, nogil=True)
def price_periods(
    problem: PeriodPriceArrays,
    prices: Floats,
    tolerance: float,
    most_nodes: int,
    shares: Floats,
    is_made: NDArray[np.int8],
    value: Floats,
    ceiling: Floats,
) -> None:
    """Find, for every period, what is best made in it when each requirement pays its price.

    Parameters
    ----------
    problem
        The items and the capacity.
    prices
        float64, shape (n_items, n_periods).
    tolerance, most_nodes
        The search of a period ends within this of the best value, or after so many nodes.
    shares, is_made, value, ceiling
        Written: the share of each requirement made in each period, float64, shape (n_periods, n_items, n_periods); the
        setups, int8, shape (n_periods, n_items); what they are worth, and what no choice is worth more than, float64,
        shape (n_periods,).
    """
    for period in range(problem.capacity.size):
        offers = _offers(problem, prices, period)
        room = problem.capacity[period]
        value[period], ceiling[period] = _best_setups(problem, offers, room, tolerance, most_nodes, is_made[period])
        _fill(offers, problem, is_made[period], room, shares[period])
