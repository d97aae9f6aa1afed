"""How many orders a node can have at most, before it is netted."""

from __future__ import annotations

import numpy as np

from bom.kernels.inner import inner
from planning.kernels.changing_parameters import changes_of, most_added, smallest_maximum
from planning.kernels.economic_lots import daily_rate, smallest_economic_quantity
from planning.kernels.gross_requirements import (
    REQUIREMENT,
    clipped_component_day,
    component_requirement,
    demand_day,
    line_share,
    orders_of_line,
)
from planning.kernels.netting_arrays import LotSizingRule, NettingModel, Orders, working_days_of
from planning.kernels.offers import smallest_split

_FIXED = int(LotSizingRule.FIXED_ORDER_QUANTITY)
_ECONOMIC_ORDER_QUANTITY = int(LotSizingRule.ECONOMIC_ORDER_QUANTITY)


@inner
def order_capacity(model: NettingModel, orders: Orders, node: int, n_lines: int, n_days: int) -> int:
    """Return a bound on the orders of a node: one per look, and one more per full lot where lots are split."""
    row = model.nodes[node]
    n_firm = model.firm_indptr[node + 1] - model.firm_indptr[node]
    if row.is_phantom:
        return int(n_lines + n_firm)
    n_receipts = model.receipt_indptr[node + 1] - model.receipt_indptr[node]
    n_lots = model.lot_indptr[node + 1] - model.lot_indptr[node]
    n_changes = model.change_indptr[node + 1] - model.change_indptr[node]
    n_looks = n_lines + n_changes + n_receipts + 2 * n_lots + 1
    if model.buffer_indptr[node] < model.buffer_indptr[node + 1]:
        # a spike is looked at on the day on which it comes into the horizon too
        n_looks = min(2 * n_looks, n_days)
    elif not model.choices[0].is_netted_per_line:
        n_looks = min(n_looks, n_days)
    split = smallest_split(model, node)
    if n_changes > 0 and row.lot_sizing_rule != _FIXED:
        split = min(split, smallest_maximum(model, node))
    if row.lot_sizing_rule == _ECONOMIC_ORDER_QUANTITY:
        split = min(split, least_economic_lot(model, orders, node))
    if split == np.inf:
        return int(n_firm + n_looks)
    return int(n_firm + n_looks + np.ceil(most_ordered(model, orders, node) / split) + 1)


@inner
def most_ordered(model: NettingModel, orders: Orders, node: int) -> float:
    """Return a bound on the quantity that a node can order."""
    row, choices, days = model.nodes[node], model.choices[0], working_days_of(model)
    total = row.safety_stock + most_added(model, node) - min(0.0, row.on_hand)
    if not np.isnan(row.order_up_to_level):
        total += row.order_up_to_level
    for k in range(model.demand_indptr[node], model.demand_indptr[node + 1]):
        total += model.demands[k].quantity
    for lot in range(model.lot_indptr[node], model.lot_indptr[node + 1]):
        total += model.lots[lot].quantity
    for k in range(model.parent_indptr[node], model.parent_indptr[node + 1]):
        line = model.lines[k]
        changes = changes_of(model, line.parent)
        first, end = orders_of_line(model, orders, line)
        for order in range(first, end):
            share = line_share(model, orders, line, order)
            _, _, quantity = component_requirement(
                days, choices, row, model.nodes[line.parent], changes, line, orders.rows[order], share
            )
            total += quantity
    return float(total + most_buffered(model, node, total))


@inner
def most_buffered(model: NettingModel, node: int, total: float) -> float:
    """Return a bound on the top of green of a node's buffer, when it needs ``total`` in all; 0 when it has none."""
    if model.buffer_indptr[node] == model.buffer_indptr[node + 1]:
        return 0.0
    buffer = model.buffers[model.buffer_indptr[node]]
    usage = total if np.isnan(buffer.average_daily_usage) else buffer.average_daily_usage
    lead_times = 1.0 + buffer.lead_time_factor * (2.0 + buffer.variability_factor)
    days = buffer.decoupled_lead_time_days * lead_times + buffer.order_cycle_days
    return float(usage * days + model.nodes[node].minimum_order_quantity)


@inner
def least_economic_lot(model: NettingModel, orders: Orders, node: int) -> float:
    """Return a lower bound on the node's economic order quantity; infinite when it has none."""
    row, choices, days = model.nodes[node], model.choices[0], working_days_of(model)
    total, last_day = 0.0, 0
    for k in range(model.demand_indptr[node], model.demand_indptr[node + 1]):
        total += model.demands[k].quantity
        if model.demands[k].quantity > 0.0:
            last_day = max(last_day, demand_day(choices, model.demands[k]))
    for k in range(model.parent_indptr[node], model.parent_indptr[node + 1]):
        line = model.lines[k]
        changes = changes_of(model, line.parent)
        first, end = orders_of_line(model, orders, line)
        for order in range(first, end):
            share = line_share(model, orders, line, order)
            kind, day, quantity = component_requirement(
                days, choices, row, model.nodes[line.parent], changes, line, orders.rows[order], share
            )
            if kind == REQUIREMENT and quantity > 0.0:
                total += quantity
                last_day = max(last_day, clipped_component_day(choices, day))
    return smallest_economic_quantity(row, daily_rate(choices, total, last_day))
