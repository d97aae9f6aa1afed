"""Simulated annealing over setups: which items are set up in which periods of one resource."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bom.kernels.inner import inner

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_MULTIPLIER = np.uint64(2654435761)
_OFFSET = np.uint64(88172645463325252)
_TWO_TO_53 = 9007199254740992.0


class SetupSearchArrays(NamedTuple):
    """The items of one resource, and its capacity.

    Parameters
    ----------
    wanted
        float64, shape (n_items, n_periods): net requirements.
    holding_cost, run_time, setup_time, setup_cost
        float64, shape (n_items,).
    capacity
        float64, shape (n_periods,).
    first
        int64, shape (n_items,): nothing is made before this period.
    penalty
        Cost of a unit of capacity that is missing.
    """

    wanted: Floats
    holding_cost: Floats
    run_time: Floats
    setup_time: Floats
    setup_cost: Floats
    capacity: Floats
    first: NDArray[np.int64]
    penalty: float


@njit(inline="always")
def _next_random(state: NDArray[np.uint64]) -> float:
    """Return a number from 0 up to 1 (xorshift, Marsaglia 2003) and move the state on."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return (x >> np.uint64(11)) / _TWO_TO_53


@inner
def _fill_short_period(
    problem: SetupSearchArrays,
    is_set_up: Flags,
    period: int,
    room: float,
    outstanding: Floats,
    ranked: NDArray[np.int64],
    regret: Floats,
) -> float:
    """Give the capacity of a period to the items that lose most by waiting for an earlier one; return what is left."""
    n_ranked = 0
    for item in range(is_set_up.shape[0]):
        if not is_set_up[item, period] or outstanding[item] <= 0.0:
            continue
        earlier = period - 1
        while earlier >= 0 and not is_set_up[item, earlier]:
            earlier -= 1
        loss = problem.holding_cost[item] / problem.run_time[item] * (period - earlier)
        if earlier < 0:
            loss += 1e15 + outstanding[item]
        place = n_ranked
        while place > 0 and regret[place - 1] < loss:
            regret[place] = regret[place - 1]
            ranked[place] = ranked[place - 1]
            place -= 1
        regret[place] = loss
        ranked[place] = item
        n_ranked += 1
    for place in range(n_ranked):
        item = ranked[place]
        needed = problem.run_time[item] * outstanding[item]
        if needed <= room:
            room -= needed
            outstanding[item] = 0.0
        else:
            outstanding[item] -= room / problem.run_time[item]
            return 0.0
    return room


@inner
def plan_backward(
    problem: SetupSearchArrays,
    is_set_up: Flags,
    last: int,
    outstanding: Floats,
    cost: Floats,
    ranked: NDArray[np.int64],
    regret: Floats,
    first: int = 0,
) -> float:
    """Make lots from period ``last`` backward for given setups; return what all costs.

    Parameters
    ----------
    problem, is_set_up
        What is planned; bool, shape (n_items, n_periods).
    last
        The first period that is planned, going backward.
    outstanding, cost
        float64, shapes (n_periods + 1, n_items) and (n_periods + 1,): what must be made before each period, and the
        cost from it on; rows above ``last`` are read, the others are written.
    ranked, regret
        Room to work in, int64 and float64, shape (n_items,).
    first
        The last period that is planned.
    """
    n_items = is_set_up.shape[0]
    for period in range(last, first - 1, -1):
        room = problem.capacity[period]
        needed = 0.0
        spent = cost[period + 1]
        left = outstanding[period]
        for item in range(n_items):
            left[item] = outstanding[period + 1, item] + problem.wanted[item, period]
            if is_set_up[item, period]:
                room -= problem.setup_time[item]
                spent += problem.setup_cost[item]
                needed += problem.run_time[item] * left[item]
        if room < 0.0:
            spent -= problem.penalty * room
            room = 0.0
        if needed <= room + 1e-9:
            for item in range(n_items):
                if is_set_up[item, period]:
                    left[item] = 0.0
        else:
            _fill_short_period(problem, is_set_up, period, room, left, ranked, regret)
        for item in range(n_items):
            if period > 0:
                spent += problem.holding_cost[item] * left[item]
            else:
                spent += problem.penalty * problem.run_time[item] * left[item]
        cost[period] = spent
    return cost[first]


@inner
def _replan(
    problem: SetupSearchArrays,
    is_set_up: Flags,
    last: int,
    first: int,
    known: Floats,
    known_cost: Floats,
    ceiling: float,
    outstanding: Floats,
    cost: Floats,
    ranked: NDArray[np.int64],
    regret: Floats,
) -> tuple[float, int]:
    """Plan backward after a move in periods ``first`` to ``last``; return the cost, and the last period planned.

    Ends where nothing differs any more from what is known, and with an infinite cost where it is above the ceiling.
    """
    for period in range(last, -1, -1):
        plan_backward(problem, is_set_up, period, outstanding, cost, ranked, regret, period)
        if period > first:
            continue
        if cost[period] > ceiling:
            return np.inf, period
        is_same = True
        for item in range(is_set_up.shape[0]):
            if outstanding[period, item] != known[period, item]:
                is_same = False
                break
        if is_same:
            return cost[period] + known_cost[0] - known_cost[period], period
    return cost[0], 0


@njit(inline="always")
def _near(period: int, state: NDArray[np.uint64]) -> int:
    """Return a period one or two before or after."""
    step = 1 + int(_next_random(state) * 2)
    return period + step if _next_random(state) < 0.5 else period - step


@inner
def _draw_move(
    is_set_up: Flags, state: NDArray[np.uint64], items: NDArray[np.int64], periods: NDArray[np.int64]
) -> int:
    """Draw setups to turn over; return how many: 0 when what was drawn is not a move."""
    n_items, n_periods = is_set_up.shape
    kind = _next_random(state)
    item, period = int(_next_random(state) * n_items), int(_next_random(state) * n_periods)
    items[0] = item
    periods[0] = period
    if kind < 0.3:
        return 1
    if kind < 0.65:
        near = _near(period, state)
        if not is_set_up[item, period] or near < 0 or near >= n_periods or is_set_up[item, near]:
            return 0
        items[1], periods[1] = item, near
        return 2
    other = int(_next_random(state) * n_items)
    if other == item:
        return 0
    if kind < 0.85:
        items[1], periods[1] = other, period
        return 2 if is_set_up[item, period] != is_set_up[other, period] else 0
    near = _near(period, state)
    if near < 0 or near >= n_periods or not is_set_up[item, period] or is_set_up[item, near]:
        return 0
    if not is_set_up[other, near] or is_set_up[other, period]:
        return 0
    items[1], periods[1] = item, near
    items[2], periods[2] = other, near
    items[3], periods[3] = other, period
    return 4


@njit(inline="always")
def _first_changed(is_set_up: Flags, items: NDArray[np.int64], periods: NDArray[np.int64], n_moved: int) -> int:
    """Return the last period whose lots can change: the next setup of a moved item looks back to its last one."""
    last = 0
    for place in range(n_moved):
        period = periods[place] + 1
        while period < is_set_up.shape[1] and not is_set_up[items[place], period]:
            period += 1
        last = max(last, period if period < is_set_up.shape[1] else periods[place])
    return last


@njit(inline="always")
def _is_possible(
    problem: SetupSearchArrays, items: NDArray[np.int64], periods: NDArray[np.int64], n_moved: int
) -> bool:
    """Return whether a move is one, and sets nothing up before anything can be made."""
    for place in range(n_moved):
        if periods[place] < problem.first[items[place]]:
            return False
    return n_moved > 0


@njit(inline="always")
def _turn(is_set_up: Flags, items: NDArray[np.int64], periods: NDArray[np.int64], n_moved: int) -> None:
    """Turn setups over."""
    for place in range(n_moved):
        is_set_up[items[place], periods[place]] = not is_set_up[items[place], periods[place]]


@njit(cache=True, nogil=True)
def anneal(
    problem: SetupSearchArrays,
    is_set_up: Flags,
    best: Flags,
    n_moves: int,
    warmest: float,
    coldest: float,
    seed: int,
) -> float:
    """Search from ``is_set_up``, which is changed; write the best setups found and return what they cost.

    Parameters
    ----------
    problem
        What is planned.
    is_set_up, best
        bool, shape (n_items, n_periods).
    n_moves
        Moves tried, those that are none included.
    warmest, coldest
        The temperature falls from one to the other by the same factor each move.
    seed
        The same seed gives the same search.
    """
    n_items, n_periods = is_set_up.shape
    outstanding, trial = np.zeros((n_periods + 1, n_items)), np.zeros((n_periods + 1, n_items))
    cost, trial_cost = np.zeros(n_periods + 1), np.zeros(n_periods + 1)
    ranked, regret = np.zeros(n_items, dtype=np.int64), np.zeros(n_items)
    items, periods = np.zeros(4, dtype=np.int64), np.zeros(4, dtype=np.int64)
    state = np.array([np.uint64(seed) * _MULTIPLIER + _OFFSET], dtype=np.uint64)
    current = plan_backward(problem, is_set_up, n_periods - 1, outstanding, cost, ranked, regret)
    lowest, temperature = current, warmest
    best[:] = is_set_up
    factor = (coldest / warmest) ** (1.0 / max(n_moves, 1))
    for _ in range(n_moves):
        temperature *= factor
        n_moved = _draw_move(is_set_up, state, items, periods)
        if not _is_possible(problem, items, periods, n_moved):
            continue
        _turn(is_set_up, items, periods, n_moved)
        last = _first_changed(is_set_up, items, periods, n_moved)
        trial[last + 1], trial_cost[last + 1] = outstanding[last + 1], cost[last + 1]
        ceiling = current - temperature * np.log(_next_random(state) + 1e-300)
        first = periods[:n_moved].min()
        found, end = _replan(
            problem, is_set_up, last, first, outstanding, cost, ceiling, trial, trial_cost, ranked, regret
        )
        if found > ceiling:
            _turn(is_set_up, items, periods, n_moved)
            continue
        cost[:end] += found - current
        current = found
        outstanding[end : last + 1] = trial[end : last + 1]
        cost[end : last + 1] = trial_cost[end : last + 1]
        if found < lowest - 1e-9:
            lowest = found
            best[:] = is_set_up
    return lowest
