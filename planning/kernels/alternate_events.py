"""What happens at the nodes that alternate for each other, day by day (rule 11)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bom.kernels.inner import inner
from planning.kernels.changing_parameters import changes_of, yield_on
from planning.kernels.gross_requirements import (
    BY_PRODUCT,
    REQUIREMENT,
    clipped_component_day,
    component_requirement,
    count_lines,
    demand_day,
    effectivity_day,
    line_share,
    orders_of_line,
)
from planning.kernels.netting_arrays import ALWAYS, NEVER, NettingModel, Orders, Records, working_days_of

WRITE_OFF, SUPPLY, LOT, DEDICATED, GROUP = range(5)

# What happens at the members of a cluster. ``member`` is a place in ``Clusters.nodes``; ``what`` a lot, or an order.
EVENT_DTYPE = np.dtype(
    [
        ("day", np.int32),
        ("kind", np.int32),
        ("member", np.int32),
        ("group", np.int32),
        ("what", np.int64),
        ("quantity", np.float64),
    ],
    align=True,
)


class Clusters(NamedTuple):
    """The clusters of nodes, their groups and the lines of these.

    Parameters
    ----------
    starts, nodes
        int64, shape (n_clusters + 1,), and int32: the members of each cluster.
    place
        int32, shape (n_all_nodes,): where each node stands in ``nodes``, -1 for one in no cluster.
    group_starts, parents
        int64, shape (n_clusters + 1,), and int32: the groups of each cluster, and the parent of each.
    line_starts, lines, line_nodes
        int64, shape (n_groups + 1,), int64 and int32: the lines of each group by priority, as places in the model's
        lines, and the node of each.
    level
        int32, shape (n_clusters,): the low-level code of each cluster.
    """

    starts: NDArray[np.int64]
    nodes: NDArray[np.int32]
    place: NDArray[np.int32]
    group_starts: NDArray[np.int64]
    parents: NDArray[np.int32]
    line_starts: NDArray[np.int64]
    lines: NDArray[np.int64]
    line_nodes: NDArray[np.int32]
    level: NDArray[np.int32]


@inner
def add_event(events: Records, n: int, day: int, kind: int, member: int, group: int, what: int, quantity: float) -> int:
    """Write one event; return the number of events."""
    event = events[n]
    event.day = day
    event.kind = kind
    event.member = member
    event.group = group
    event.what = what
    event.quantity = quantity
    return n + 1


@inner
def count_events(model: NettingModel, orders: Orders, clusters: Clusters, cluster: int) -> int:
    """Return how many events a cluster can have at most."""
    n = 0
    for member in range(clusters.starts[cluster], clusters.starts[cluster + 1]):
        node = clusters.nodes[member]
        n += count_lines(model, orders, node) + model.receipt_indptr[node + 1] - model.receipt_indptr[node]
        n += 2 * (model.lot_indptr[node + 1] - model.lot_indptr[node])
    for group in range(clusters.group_starts[cluster], clusters.group_starts[cluster + 1]):
        n += orders.counts[clusters.parents[group]]
    return int(n)


@inner
def list_supplies_of(model: NettingModel, node: int, member: int, lot_start: int, events: Records, n: int) -> int:
    """Write a member's receipts, later stock and write-offs; return the number of events."""
    for r in range(model.receipt_indptr[node], model.receipt_indptr[node + 1]):
        n = add_event(events, n, model.receipts[r].day, SUPPLY, member, 0, 0, model.receipts[r].quantity)
    first = model.lot_indptr[node]
    for lot in range(first, model.lot_indptr[node + 1]):
        row, what = model.lots[lot], lot_start + lot - first
        if row.expiry != NEVER:
            n = add_event(events, n, row.expiry, WRITE_OFF, member, 0, what, 0.0)
        if row.available != ALWAYS:
            kind = SUPPLY if row.expiry == NEVER else LOT
            n = add_event(events, n, row.available, kind, member, 0, what, row.quantity)
    return n


@inner
def list_dedicated(model: NettingModel, orders: Orders, node: int, member: int, events: Records, n: int) -> int:
    """Write what only this member can serve, and its by-products; return the number of events."""
    choices, row, days = model.choices[0], model.nodes[node], working_days_of(model)
    for k in range(model.demand_indptr[node], model.demand_indptr[node + 1]):
        demand = model.demands[k]
        n = add_event(events, n, demand_day(choices, demand), DEDICATED, member, 0, 0, demand.quantity)
    for k in range(model.parent_indptr[node], model.parent_indptr[node + 1]):
        line = model.lines[k]
        if line.has_shares and not line.is_transfer:
            continue
        parent, changes = model.nodes[line.parent], changes_of(model, line.parent)
        first, end = orders_of_line(model, orders, line)
        for order in range(first, end):
            share = line_share(model, orders, line, order)
            kind, day, quantity = component_requirement(
                days, choices, row, parent, changes, line, orders.rows[order], share
            )
            if kind == REQUIREMENT:
                day = clipped_component_day(choices, day)
                n = add_event(events, n, day, DEDICATED, member, 0, 0, quantity)
            elif kind == BY_PRODUCT:
                n = add_event(events, n, day, SUPPLY, member, 0, 0, quantity)
    return n


@inner
def full_quantity(model: NettingModel, line: Records, order: Records) -> float:
    """Return what a line needs, not rounded, when it does all of an order; 0 when it is no candidate for it."""
    parent = model.nodes[line.parent]
    effective = effectivity_day(model.choices[0], parent, order)
    if effective < line.effective_from or effective >= line.effective_to:
        return 0.0
    started = order.quantity / yield_on(changes_of(model, line.parent), parent, order.due)
    return float(started * line.quantity_per + line.quantity_fixed)


@inner
def list_group(model: NettingModel, orders: Orders, clusters: Clusters, group: int, events: Records, n: int) -> int:
    """Write one event for each order of a group's parent, on the first day on which a candidate is needed."""
    choices, days = model.choices[0], working_days_of(model)
    begin, stop = clusters.line_starts[group], clusters.line_starts[group + 1]
    parent, changes = model.nodes[clusters.parents[group]], changes_of(model, clusters.parents[group])
    first, end = orders_of_line(model, orders, model.lines[clusters.lines[begin]])
    for order in range(first, end):
        earliest = NEVER
        for k in range(begin, stop):
            line = model.lines[clusters.lines[k]]
            if full_quantity(model, line, orders.rows[order]) > 0.0:
                node = model.nodes[clusters.line_nodes[k]]
                made = orders.rows[order]
                _, day, _ = component_requirement(days, choices, node, parent, changes, line, made, 1.0)
                earliest = min(earliest, clipped_component_day(choices, day))
        if earliest != NEVER:
            n = add_event(events, n, earliest, GROUP, 0, group, order, 0.0)
    return n
