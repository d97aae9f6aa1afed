"""What the shop makes of a plan in numbers: how late demands are, and what lies in stock and in process."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planning.capacity import CapacityResult
from planning.encoding.demands import demand_priorities
from planning.mrp import MrpResult
from scheduling.looping.plan_orders import PlanOrders
from scheduling.looping.shop_flow import ShopTimes


def service_figures(capacity: CapacityResult, orders: PlanOrders, times: ShopTimes) -> dict[str, float]:
    """Return how late demands are when orders are done as the shop does them, and what inventory that needs.

    Notes
    -----
    A demand is late by its latest supply. Lateness counts by quantity, price (the demand's, else the item's, else its
    cost, else 1) and one over the priority. Inventory counts from the day on which a supply is there to the day on
    which it is used, at the latest to the last day on which anything is wanted.
    """
    plan, links = capacity.plan, orders.links
    supply_day = links.supply_day.copy()
    moves = np.flatnonzero(links.supply_order >= 0)
    supply_day[moves] = times.completion[links.supply_order[moves]]
    there = supply_day[links.supply]
    at = np.flatnonzero(links.demand >= 0)
    demand, late = links.demand[at], np.maximum(there[at] - links.need_day[at], 0)
    days = np.zeros(plan.netting.demands.shape[0], np.int64)
    np.maximum.at(days, demand, late)
    worth = _prices(plan) / np.maximum(_priorities(plan), 1)
    cost = plan.model.sourcing.parameters["unit_cost"].fill_null(0.0).to_numpy()
    process = orders.quantity * cost[orders.node] * (times.completion - times.start)
    return {
        "demands_late": int((days > 0).sum()),
        "late_demand_days": int(days.sum()),
        "weighted_lateness": float((late * links.quantity[at] * worth[demand]).sum()),
        "inventory_value_days": _inventory(plan, orders, times, supply_day, cost),
        "work_in_process_value_days": float(process.sum()),
    }


def _inventory(
    plan: MrpResult, orders: PlanOrders, times: ShopTimes, supply_day: NDArray[np.int64], cost: NDArray[np.float64]
) -> float:
    """Return the value of what lies from the day it comes to the day it is used, or to the last day, times the days."""
    links = orders.links
    end = int(plan.netting.demands["day"].max(initial=0))
    value = links.supply_quantity * cost[links.supply_node]
    comes = value * np.maximum(end - supply_day, 0)
    by_order = (
        np.where(links.is_at_end, times.completion[links.order], times.start[links.order]) if times.start.size else 0
    )
    used = np.where(links.order >= 0, by_order, links.need_day)
    used = np.maximum(used, supply_day[links.supply])
    is_used = (links.order >= 0) | (links.demand >= 0)
    goes = links.quantity * cost[links.supply_node[links.supply]] * np.maximum(end - used, 0)
    return float(comes.sum() - goes[is_used].sum())


def _priorities(plan: MrpResult) -> NDArray[np.int64]:
    """Return the priority of each of the model's demands; 1 of what is none of the table."""
    table = plan.model.event_table
    found = np.ones(table.demand_row.shape[0], np.int64)
    own = np.flatnonzero(table.demand_row < table.n_demands)
    found[own] = demand_priorities(plan.model.data)[table.demand_row[own]]
    return found


def _prices(plan: MrpResult) -> NDArray[np.float64]:
    """Return what a unit of each of the model's demands is worth."""
    model = plan.model
    table = model.event_table
    node = np.repeat(np.arange(model.nodes.n_nodes), np.diff(table.demand_indptr))
    listed = model.data.filled("items", ["unit_price"])["unit_price"].fill_null(0.0).to_numpy()
    cost = model.sourcing.parameters["unit_cost"].fill_null(0.0).to_numpy()
    of_node = np.where(listed[model.nodes.item] > 0, listed[model.nodes.item], cost)
    price = of_node[node]
    own = np.flatnonzero(table.demand_row < table.n_demands)
    given = model.data.filled("demands", ["unit_price"])["unit_price"].fill_null(0.0).to_numpy()[table.demand_row[own]]
    price[own] = np.where(given > 0, given, price[own])
    return np.where(price > 0, price, 1.0)
