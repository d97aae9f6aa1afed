"""What lots cost: those of the plan, and those that each lot-sizing rule would make of the same net requirements."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from bom.kernels.inner import inner
from planning.kernels.balance import fill_days, first_planned
from planning.kernels.changing_parameters import changes_of
from planning.kernels.dynamic_lots import find_points, point_quantity, rule_end, solve_tail_costs
from planning.kernels.economic_lots import economic_days, economic_quantity, fill_shortages, requirement_rate
from planning.kernels.event_days import next_day
from planning.kernels.net_level import new_scratch
from planning.kernels.netting import clear_days
from planning.kernels.netting_arrays import LotSizingRule, NettingModel, Orders, Records, Scratch

_NOISE = 1e-9
_LOT_FOR_LOT = int(LotSizingRule.LOT_FOR_LOT)
_PERIOD_ORDER_QUANTITY = int(LotSizingRule.PERIOD_ORDER_QUANTITY)
_ECONOMIC_ORDER_QUANTITY = int(LotSizingRule.ECONOMIC_ORDER_QUANTITY)
_WAGNER_WHITIN = int(LotSizingRule.WAGNER_WHITIN)

# The lots of a node. ``unit_days``: units held for later net requirements, times days, up to the last net requirement;
# ``surplus``: what is ordered beyond all of them; ``is_covered``: on no day less is ordered than needed.
PLANNED_LOTS_DTYPE = np.dtype(
    [("orders", np.int64), ("unit_days", np.float64), ("surplus", np.float64), ("is_covered", np.bool_)], align=True
)


@inner
def node_points(scratch: Scratch, reach: NDArray[np.int64], ordering_cost: float, noise: float) -> int:
    """Fill the points of the node's net requirements, new orders not counted; return their number."""
    last = reach[1] - scratch.first_day
    k = next_day(scratch.is_event, reach[0] - scratch.first_day, last) if reach[0] <= reach[1] else -1
    while k >= 0 and scratch.shortages[k] <= noise:
        k = next_day(scratch.is_event, k + 1, last)
    if k < 0:
        return 0
    return find_points(
        scratch.shortages, scratch.is_event, scratch.first_day, k, last, ordering_cost, noise, scratch.points
    )


@inner
def measure_planned(points: Records, n: int, rows: Records, noise: float, out: Records) -> None:
    """Fill what orders, in the order of their needs, cost on the net requirements."""
    ordered, worst, unit_days = 0.0, 0.0, 0.0
    is_covered = True
    o, day = 0, 0
    for j in range(n):
        while o < rows.shape[0] and rows[o].need <= points[j].day:
            unit_days += max(0.0, ordered - worst) * (rows[o].need - day)
            day = rows[o].need
            ordered += rows[o].quantity
            o += 1
        if j > 0:
            unit_days += max(0.0, ordered - worst) * (points[j].day - day)
        day = points[j].day
        worst = points[j].worst
        is_covered &= ordered >= worst - noise
    for left in range(o, rows.shape[0]):
        ordered += rows[left].quantity
    out.orders = rows.shape[0]
    out.unit_days = unit_days
    out.surplus = max(0.0, ordered - worst)
    out.is_covered = is_covered


@inner
def measure_windows(rule: int, holding_cost: float, days: int, points: Records, n: int) -> tuple[int, float]:
    """Return the orders and unit-days of a rule whose orders cover windows of net requirements.

    Parameters
    ----------
    days
        The windows of period_order_quantity.
    """
    n_orders, unit_days = 0, 0.0
    i = 0
    while i < n:
        if rule == _LOT_FOR_LOT:
            end = i + 1
        elif rule == _PERIOD_ORDER_QUANTITY:
            end = i + 1
            while end < n and points[end].day < points[i].day + days:
                end += 1
        else:
            quantity = point_quantity(points, i) if i > 0 else points[0].worst
            end = rule_end(rule, holding_cost, points, n, i, points[i].day, quantity)
        for j in range(i + 1, end):
            unit_days += point_quantity(points, j) * (points[j].day - points[i].day)
        n_orders += 1
        i = end
    return n_orders, unit_days


@inner
def measure_economic(lot: float, points: Records, n: int) -> tuple[int, float]:
    """Return the orders and unit-days of lots of one size."""
    n_orders, ordered, unit_days = 0, 0.0, 0.0
    for j in range(n):
        if j > 0:
            unit_days += (ordered - points[j - 1].worst) * (points[j].day - points[j - 1].day)
        lots = math.ceil((points[j].worst - ordered) / lot - _NOISE)
        if lots > 0:
            n_orders += lots
            ordered += lots * lot
    return n_orders, unit_days


@njit(cache=True, parallel=True)
def measure_lots(
    model: NettingModel,
    orders: Orders,
    netted: NDArray[np.int32],
    nodes: NDArray[np.int32],
    chunk_indptr: NDArray[np.int64],
    first_day: int,
    n_days: int,
    rules: NDArray[np.int8],
    ordering_costs: NDArray[np.float64],
    holding_costs: NDArray[np.float64],
    out_planned: Records,
    out_orders: NDArray[np.int64],
    out_unit_days: NDArray[np.float64],
) -> None:
    """Fill the lots of the plan and of each rule, for the net requirements of some nodes.

    Parameters
    ----------
    rules
        int8: codes of lot_for_lot and of the rules with costs.
    ordering_costs, holding_costs
        float64, shape (n_nodes,): of the nodes asked for; the holding cost is for a unit and day.
    out_planned
        PLANNED_LOTS_DTYPE, shape (n_nodes,).
    out_orders, out_unit_days
        Shape (n_nodes, n_rules).
    """
    for chunk in prange(chunk_indptr.shape[0] - 1):
        scratch = new_scratch(first_day, n_days, 0)
        points = scratch.points
        reach = np.empty(2, np.int64)
        for i in range(chunk_indptr[chunk], chunk_indptr[chunk + 1]):
            node = nodes[i]
            ordering_cost, holding_cost = ordering_costs[i], holding_costs[i]
            is_start_look = model.choices[0].is_safety_stock_at_start
            stock = fill_days(model, orders, netted, node, scratch, reach, is_start_look)
            changes = changes_of(model, node)
            noise = fill_shortages(model.nodes[node], changes, scratch, reach, stock)
            n = node_points(scratch, reach, ordering_cost, noise)
            planned = orders.rows[first_planned(model, orders, node) : orders.first[node] + orders.counts[node]]
            measure_planned(points, n, planned, noise, out_planned[i])
            rate = requirement_rate(model.choices[0], scratch, reach)
            lot = economic_quantity(ordering_cost, holding_cost, rate, model.nodes[node].decimals)
            days = economic_days(ordering_cost, holding_cost, rate)
            for r in range(rules.shape[0]):
                rule = rules[r]
                if rule == _WAGNER_WHITIN and n > 0:
                    solve_tail_costs(points, n, holding_cost)
                if rule == _ECONOMIC_ORDER_QUANTITY and lot > 0.0:
                    out_orders[i, r], out_unit_days[i, r] = measure_economic(lot, points, n)
                    continue
                if rule == _ECONOMIC_ORDER_QUANTITY:
                    rule = _LOT_FOR_LOT
                out_orders[i, r], out_unit_days[i, r] = measure_windows(rule, holding_cost, days, points, n)
            clear_days(scratch, reach)
