"""Which items are levelled: those that touch an overloaded work center, and those between them in the bills."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bom.ranges import ranges
from planning.capacity import CapacityResult
from planning.kernels.netting_arrays import SupplyType
from planning.mrp import MrpResult


def levelled_nodes(
    capacity: CapacityResult, is_overloaded: NDArray[np.bool_], is_all: bool, n_periods: int
) -> NDArray[np.int32]:
    """Return the nodes whose orders are decided about, by level.

    Parameters
    ----------
    capacity
        The loads of a plan.
    is_overloaded
        bool, shape (n_work_centers,).
    is_all
        Whether every made node counts.
    n_periods
        Only nodes with planned orders that are due in the first so many periods.
    """
    plan = capacity.plan
    ordered = has_planned_orders(plan, capacity.model.periods.of_day, n_periods)
    supply = plan.netting.nodes["supply_type"]
    if is_all:
        touched = ordered & (supply == SupplyType.MAKE)
    else:
        touched = ordered & (supply == SupplyType.MAKE) & _touches(capacity, is_overloaded)
    between = _between(plan, touched) & ordered & (supply != SupplyType.BUY)
    nodes = plan.model.level_nodes
    return np.asarray(nodes[between[nodes]])


def has_planned_orders(plan: MrpResult, period_of_day: NDArray[np.int32], n_periods: int) -> NDArray[np.bool_]:
    """Return which nodes have a planned order due in the first periods: no phantoms, no buffers."""
    netting = plan.netting
    found = np.zeros(plan.model.nodes.n_nodes, np.bool_)
    place, node = planned_places(plan)
    due = np.clip(plan.plan.dated_orders["due"][place], 0, period_of_day.shape[0] - 1)
    found[node[period_of_day[due] < n_periods]] = True
    has_buffer = np.diff(netting.buffer_indptr) > 0
    return np.asarray(found & ~netting.nodes["is_phantom"] & ~has_buffer)


def planned_places(plan: MrpResult) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the places of all planned orders, firm ones not, and their nodes, by level."""
    orders, nodes = plan.plan.orders, plan.model.level_nodes
    n_firm = np.diff(plan.netting.firm_indptr)[nodes]
    counts = np.where(plan.netting.nodes["is_phantom"][nodes], 0, orders.counts[nodes] - n_firm)
    node = np.repeat(nodes, counts)
    return ranges(orders.first[nodes] + n_firm, counts), node


def _touches(capacity: CapacityResult, is_overloaded: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which nodes have an operation at one of the work centers."""
    routings = capacity.model.routings
    n_nodes = routings.indptr.shape[0] - 1
    node = np.repeat(np.arange(n_nodes), np.diff(routings.indptr))
    touches = np.zeros(n_nodes, np.bool_)
    touches[node[is_overloaded[routings.rows["work_center"]]]] = True
    return touches


def _between(plan: MrpResult, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the chosen nodes and those that are below one of them and above another."""
    graph = plan.model.structure.graph
    component = np.repeat(np.arange(chosen.shape[0]), np.diff(graph.parent_indptr))
    parent = graph.parent_codes
    return _reached(chosen, parent, component) & _reached(chosen, component, parent)


def _reached(chosen: NDArray[np.bool_], start: NDArray[np.integer], end: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Return the nodes that are chosen or can be reached from one."""
    reached = chosen.copy()
    while True:
        fresh = end[reached[start] & ~reached[end]]
        if not fresh.size:
            return reached
        reached[fresh] = True
