"""Which net requirements one order covers: the lot-sizing rules that weigh ordering against holding (rule 7).

The net requirements of a node stand as points of POINT_DTYPE: one for each day on which the worst shortage so far, new
orders not counted, becomes worse. An order covers the points of a window; what it leaves over changes only the first
quantity of the next window, so the points are found once for a node, and every rule is linear in them.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bom.kernels.inner import inner
from planning.kernels.event_days import next_day
from planning.kernels.netting_arrays import LotSizingRule, Records, Scratch

# Costs within this of each other, relative, are equal: which lot is chosen must not hang on the last bit.
_SAME = 1e-9
_ROUNDING = 1e-14
_LEAST_UNIT_COST = int(LotSizingRule.LEAST_UNIT_COST)
_LEAST_TOTAL_COST = int(LotSizingRule.LEAST_TOTAL_COST)
_PART_PERIOD_BALANCING = int(LotSizingRule.PART_PERIOD_BALANCING)
_SILVER_MEAL = int(LotSizingRule.SILVER_MEAL)
_WAGNER_WHITIN = int(LotSizingRule.WAGNER_WHITIN)


@inner
def find_points(
    shortages: NDArray[np.float64],
    is_event: NDArray[np.uint64],
    first_day: int,
    first: int,
    last: int,
    ordering_cost: float,
    noise: float,
    points: Records,
) -> int:
    """Fill the points from day cell ``first``, where there is a shortage, to cell ``last``; return their number.

    Parameters
    ----------
    shortages
        float64, shape (n_days,): floor less balance after each event day, new orders not counted.
    points
        POINT_DTYPE; one row more than there are event days.
    """
    n = 0
    worst = -np.inf
    k = next_day(is_event, first, last)
    while k >= 0:
        if shortages[k] > worst + noise:
            worst = shortages[k]
            points[n].day = k + first_day
            points[n].worst = worst
            points[n].ordering_cost = ordering_cost
            n += 1
        k = next_day(is_event, k + 1, last)
    return n


@njit(inline="always")
def point_quantity(points: Records, j: int) -> float:
    """Return the net requirement of a point; not of the first one, whose quantity depends on what is there."""
    return float(points[j].worst - points[j - 1].worst)


@njit
def solve_tail_costs(points: Records, n: int, holding_cost: float) -> None:
    """Fill the least cost of ordering and holding for all requirements from each point on (wagner_whitin).

    Notes
    -----
    With day offsets u from the last point, the cost from point i on is

        G(i) = K(i) + h (u(i) R(i) - U(i)) + min over j > i of (G(j) + h U(j) - h u(i) R(j))

    where R(j) and U(j) are the units, and units x offset, required from j on. The minimum is over lines that come in
    the order of their slopes, asked for in the order of the offsets: a queue of the lower convex hull answers all in
    O(n).

    References
    ----------
    Wagner and Whitin (1958), Dynamic version of the economic lot size model, Management Science 5(1): the recursion.
    Wagelmans, Van Hoesel and Kolen (1992), Economic lot sizing: an O(n log n) algorithm that runs in linear time in the
    Wagner-Whitin case, Operations Research 40(S1): the convex hull.
    """
    points[n].units = points[n].unit_days = points[n].tail_cost = 0.0
    points[0].hull = n
    head, tail = 0, 1
    for i in range(n - 1, -1, -1):
        quantity = point_quantity(points, i) if i > 0 else 0.0
        offset = points[n - 1].day - points[i].day
        slope = holding_cost * offset
        units = points[i + 1].units + quantity
        unit_days = points[i + 1].unit_days + quantity * offset
        while head + 1 < tail and _line_value(points, points[head + 1].hull, holding_cost, slope) <= _line_value(
            points, points[head].hull, holding_cost, slope
        ):
            head += 1
        own = points[i].ordering_cost + slope * units - holding_cost * unit_days
        points[i].units, points[i].unit_days = units, unit_days
        points[i].tail_cost = own + _line_value(points, points[head].hull, holding_cost, slope)
        while tail - head >= 2 and not _is_convex(
            points, points[tail - 2].hull, points[tail - 1].hull, i, holding_cost
        ):
            tail -= 1
        points[tail].hull = i
        tail += 1


@njit(inline="always")
def _line_value(points: Records, j: int, holding_cost: float, slope: float) -> float:
    """Return G(j) + h U(j) - slope x R(j)."""
    return float(points[j].tail_cost + holding_cost * points[j].unit_days - slope * points[j].units)


@inner
def _is_convex(points: Records, a: int, b: int, c: int, holding_cost: float) -> bool:
    """Return whether the middle one of three points in the order of their units lies below the other two."""
    rise_ab = _line_value(points, b, holding_cost, 0.0) - _line_value(points, a, holding_cost, 0.0)
    rise_bc = _line_value(points, c, holding_cost, 0.0) - _line_value(points, b, holding_cost, 0.0)
    return bool(rise_ab * (points[c].units - points[b].units) < rise_bc * (points[b].units - points[a].units))


@njit
def optimal_end(points: Records, n: int, i: int, holding_cost: float) -> int:
    """Return the first point that the optimal order at point ``i`` does not cover.

    Of several optimal orders the smallest: what can be ordered later is ordered later.
    """
    offset = points[n - 1].day - points[i].day
    # the tail costs are differences of sums of this size
    rounding = _ROUNDING * holding_cost * (offset * points[i].units + points[i].unit_days)
    limit = points[i].tail_cost * (1.0 + _SAME) + rounding
    best, least = n, np.inf
    held = 0.0
    for j in range(i + 1, n + 1):
        cost = points[i].ordering_cost + holding_cost * held + points[j].tail_cost
        if cost <= limit:
            return j
        if cost < least:
            best, least = j, cost
        if j < n:
            held += point_quantity(points, j) * (points[j].day - points[i].day)
    return best


@njit
def rule_end(rule: int, holding_cost: float, points: Records, n: int, i: int, day: int, quantity: float) -> int:
    """Return the first point that an order on ``day`` does not cover; ``i`` is the last point up to that day.

    Parameters
    ----------
    quantity
        What is short on the day.

    Notes
    -----
    An order covers one point more as long as, with K the ordering cost, h the holding cost, Q the units and H the
    unit-days covered (with the point: Q', H'), T the days from the order to the point, T' to the one after it:

    - least_unit_cost: (K + h H') / Q' <= (K + h H) / Q. Gorham (1968), Dynamic order quantities.
    - least_total_cost: h H' <= K, and once more when h H' - K < K - h H. Gorham (1968).
    - part_period_balancing: h H' <= K. DeMatteis (1968), An economic lot-sizing technique I, the base form.
    - silver_meal: (K + h H') / T' <= (K + h H) / T. Silver and Meal (1973), A heuristic for selecting lot size
      quantities for the case of a deterministic time-varying demand rate and discrete opportunities for replenishment.
    - groff: h x quantity x T x T' <= 2 K (T' - T). Groff (1979), A lot sizing rule for time-phased component demand.

    On days that follow each other T' = T + 1, as published. The last point's gap counts as long as the one before it.
    """
    ordering_cost = points[i].ordering_cost
    if ordering_cost <= 0.0:
        return i + 1
    if rule == _WAGNER_WHITIN:
        return optimal_end(points, n, i, holding_cost)
    allowed = ordering_cost * (1.0 + _SAME)
    held, units = 0.0, quantity
    for end in range(i + 1, n):
        added = point_quantity(points, end)
        until = points[end].day - day
        more = held + added * until
        cost, more_cost = ordering_cost + holding_cost * held, ordering_cost + holding_cost * more
        if rule == _LEAST_UNIT_COST:
            is_covered = more_cost * units <= cost * (units + added) * (1.0 + _SAME)
        elif rule == _LEAST_TOTAL_COST:
            is_covered = holding_cost * more <= allowed
            if not is_covered:
                over, under = holding_cost * more - ordering_cost, ordering_cost - holding_cost * held
                return end + 1 if over < under - _SAME * ordering_cost else end
        elif rule == _PART_PERIOD_BALANCING:
            is_covered = holding_cost * more <= allowed
        else:
            gap = points[end + 1].day - points[end].day if end + 1 < n else until - max(points[end - 1].day - day, 0)
            if rule == _SILVER_MEAL:
                is_covered = more_cost * until <= cost * (until + gap) * (1.0 + _SAME)
            else:
                is_covered = holding_cost * added * until * (until + gap) <= 2.0 * allowed * gap
        if not is_covered:
            return end
        held, units = more, units + added
    return n


@inner
def cover_window(node: Records, scratch: Scratch, day: int, shortage: float, last: int) -> tuple[float, int]:
    """Return what an order of a day covers by the node's rule, and the first day that it does not cover.

    Parameters
    ----------
    shortage
        What is short at the end of the day, orders so far counted.
    last
        The node's last event cell.
    """
    state, points = scratch.lot_state[0], scratch.points
    i = state.point
    while i + 1 < state.n_points and points[i + 1].day <= day:
        i += 1
    # another day: a shortage before this one was left as it was, and what is short now is not the worst so far
    if state.n_points == 0 or points[i].day != day:
        i = 0
        state.n_points = find_points(
            scratch.shortages, scratch.is_event, scratch.first_day, day - scratch.first_day, last,
            node.ordering_cost, state.noise, points,
        )  # fmt: skip
        if node.lot_sizing_rule == _WAGNER_WHITIN:
            solve_tail_costs(points, state.n_points, node.holding_cost)
    state.point = i
    end = rule_end(node.lot_sizing_rule, node.holding_cost, points, state.n_points, i, day, shortage)
    until = points[end].day if end < state.n_points else last + scratch.first_day + 1
    return shortage + points[end - 1].worst - points[i].worst, int(until)
