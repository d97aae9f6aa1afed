"""Which alternates of a bill an order uses: what is there of them is given out by day (rule 11).

Nodes that alternate for each other are a cluster, and lie on one level. Before they are netted, their requirement lines
are walked through by day; what a line of an alternate group takes of each member is kept as its share.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from bom.kernels.inner import inner
from bom.kernels.units import round_output_down, round_requirement_up
from planning.kernels.alternate_events import (
    DEDICATED,
    EVENT_DTYPE,
    LOT,
    SUPPLY,
    WRITE_OFF,
    Clusters,
    count_events,
    full_quantity,
    list_dedicated,
    list_group,
    list_supplies_of,
)
from planning.kernels.changing_parameters import changes_of, floor_on
from planning.kernels.netting_arrays import ALWAYS, NettingModel, Orders, Records

_NOISE = 1e-9
_SHARES = 1e15

# One candidate of a traced choice: what it would need to do all, what was free, what it took, and in all its share.
CANDIDATE_DTYPE = np.dtype(
    [
        ("line", np.int64),
        ("day", np.int32),
        ("is_in_force", np.bool_),
        ("full", np.float64),
        ("free", np.float64),
        ("taken", np.float64),
        ("share", np.float64),
    ],
    align=True,
)


class Balance(NamedTuple):
    """What is there of each member on the day that the walk has come to.

    Parameters
    ----------
    pool
        float64, shape (n_members,): stock without an end; below zero what is still owed.
    lot_left
        float64: what is left of each lot, 0 before it is there and after it has expired.
    lot_starts
        int64, shape (n_members + 1,): where each member's lots stand.
    """

    pool: NDArray[np.float64]
    lot_left: NDArray[np.float64]
    lot_starts: NDArray[np.int64]


@inner
def free_on(model: NettingModel, balance: Balance, node: int, member: int, day: int) -> float:
    """Return what lies above a member's floor, 0 when nothing does; a phantom has nothing."""
    if model.nodes[node].is_phantom:
        return 0.0
    there = balance.pool[member] - floor_on(changes_of(model, node), model.nodes[node], day)
    for lot in range(balance.lot_starts[member], balance.lot_starts[member + 1]):
        there += balance.lot_left[lot]
    return max(there, 0.0)


@inner
def take(balance: Balance, member: int, quantity: float) -> None:
    """Take a quantity of a member: of its lots first, by expiry, then of the pool, which may come to owe it."""
    for lot in range(balance.lot_starts[member], balance.lot_starts[member + 1]):
        taken = min(balance.lot_left[lot], quantity)
        balance.lot_left[lot] -= taken
        quantity -= taken
    balance.pool[member] -= quantity


@inner
def opening_balance(model: NettingModel, clusters: Clusters, cluster: int) -> Balance:
    """Return the stock of a cluster's members on day 0."""
    begin, end = clusters.starts[cluster], clusters.starts[cluster + 1]
    lot_starts = np.zeros(end - begin + 1, np.int64)
    pool = np.zeros(end - begin, np.float64)
    for i in range(end - begin):
        node = clusters.nodes[begin + i]
        pool[i] = model.nodes[node].on_hand
        lot_starts[i + 1] = lot_starts[i] + model.lot_indptr[node + 1] - model.lot_indptr[node]
    lot_left = np.zeros(lot_starts[-1], np.float64)
    for i in range(end - begin):
        first = model.lot_indptr[clusters.nodes[begin + i]]
        for k in range(lot_starts[i + 1] - lot_starts[i]):
            if model.lots[first + k].available == ALWAYS:
                lot_left[lot_starts[i] + k] = model.lots[first + k].quantity
    return Balance(pool, lot_left, lot_starts)


@inner
def find_main(model: NettingModel, clusters: Clusters, group: int, order: Records) -> tuple[int, int]:
    """Return the first line of a group in force, and the one that takes what is left: the first that can be ordered.

    Both count from 0 in the group; -1 when no line is in force.
    """
    main, chosen = -1, -1
    for k in range(clusters.line_starts[group], clusters.line_starts[group + 1]):
        if full_quantity(model, model.lines[clusters.lines[k]], order) > 0.0:
            i = k - clusters.line_starts[group]
            main = i if main < 0 else main
            row = model.nodes[clusters.line_nodes[k]]
            if chosen < 0 and (row.can_order or row.is_phantom):
                chosen = i
    return main, main if chosen < 0 else chosen


@inner
def share_out(
    model: NettingModel,
    orders: Orders,
    clusters: Clusters,
    balance: Balance,
    cluster: int,
    event: Records,
    out_shares: NDArray[np.float64],
    trace: Records,
) -> None:
    """Give an order's alternates their shares: of what is free by priority, the rest to the first that can be ordered.

    ``trace`` is filled where it has rows: one for each line of the group.
    """
    group, order = event.group, orders.rows[event.what]
    begin, n = clusters.line_starts[group], clusters.line_starts[group + 1] - clusters.line_starts[group]
    offset = event.what - orders.first[clusters.parents[group]]
    main, chosen = find_main(model, clusters, group, order)
    rest = 1.0
    for turn in range(n + 1):
        # alternates_first: the main one has its turn last
        i = turn
        if model.choices[0].is_alternates_first:
            i = main if turn == n else turn
            if turn == main:
                continue
        elif turn == n:
            continue
        line = model.lines[clusters.lines[begin + i]]
        full = full_quantity(model, line, order)
        node = clusters.line_nodes[begin + i]
        member = clusters.place[node] - clusters.starts[cluster]
        decimals = model.nodes[node].decimals
        free = free_on(model, balance, node, member, event.day) if full > 0.0 else 0.0
        taken, share = 0.0, 0.0
        if full > 0.0 and rest > 0.0:
            needed = round_requirement_up(rest * full, decimals)
            if free >= needed - _NOISE * (1.0 + needed):
                taken, share = needed, rest
            elif round_output_down(free, decimals) > _NOISE:
                taken = round_output_down(free, decimals)
                share = taken / full
        take(balance, member, taken)
        # 1 - 0.8 is 0.19999999999999996
        rest = np.rint((rest - share) * _SHARES) / _SHARES
        if rest * full <= _NOISE:
            rest = 0.0 if full > 0.0 else rest
        out_shares[orders.share_first[begin + i] + offset] = share
        if trace.shape[0] > 0:
            note_candidate(trace[i], clusters.lines[begin + i], event.day, full, free, taken, share)
    if rest > 0.0 and chosen >= 0:
        at = orders.share_first[begin + chosen] + offset
        line = model.lines[clusters.lines[begin + chosen]]
        node = clusters.line_nodes[begin + chosen]
        full, decimals = full_quantity(model, line, order), model.nodes[node].decimals
        before = round_requirement_up(out_shares[at] * full, decimals)
        out_shares[at] += rest
        owed = round_requirement_up(out_shares[at] * full, decimals) - before
        take(balance, clusters.place[node] - clusters.starts[cluster], owed)
        if trace.shape[0] > 0:
            trace[chosen].share = out_shares[at]


@inner
def note_candidate(row: Records, line: int, day: int, full: float, free: float, taken: float, share: float) -> None:
    """Write what was found of one candidate, for an explanation."""
    row.line, row.day, row.is_in_force = line, day, full > 0.0
    row.full, row.free, row.taken, row.share = full, free, taken, share


@inner
def allocate_cluster(
    model: NettingModel,
    orders: Orders,
    clusters: Clusters,
    cluster: int,
    out_shares: NDArray[np.float64],
    traced_group: int,
    traced_order: int,
    trace: Records,
) -> None:
    """Walk through a cluster's days and fill the shares of its groups' lines."""
    balance = opening_balance(model, clusters, cluster)
    events = np.empty(count_events(model, orders, clusters, cluster), EVENT_DTYPE)
    n = 0
    begin = clusters.starts[cluster]
    for member in range(begin, clusters.starts[cluster + 1]):
        node, i = clusters.nodes[member], member - begin
        if not model.nodes[node].is_phantom:
            n = list_supplies_of(model, node, i, balance.lot_starts[i], events, n)
            n = list_dedicated(model, orders, node, i, events, n)
    for group in range(clusters.group_starts[cluster], clusters.group_starts[cluster + 1]):
        n = list_group(model, orders, clusters, group, events, n)
    keys = np.empty(n, np.int64)
    for k in range(n):
        keys[k] = np.int64(events[k].day) * 8 + events[k].kind
    for k in np.argsort(keys, kind="mergesort"):
        event = events[k]
        if event.kind == WRITE_OFF:
            balance.lot_left[event.what] = 0.0
        elif event.kind == SUPPLY:
            balance.pool[event.member] += event.quantity
        elif event.kind == LOT:
            balance.lot_left[event.what] = event.quantity
        elif event.kind == DEDICATED:
            take(balance, event.member, event.quantity)
        else:
            is_traced = event.group == traced_group and event.what == traced_order
            share_out(model, orders, clusters, balance, cluster, event, out_shares, trace if is_traced else trace[:0])


@njit(cache=True, parallel=True)
def allocate_level(
    model: NettingModel,
    orders: Orders,
    clusters: Clusters,
    level_clusters: NDArray[np.int64],
    no_trace: Records,
    out_shares: NDArray[np.float64],
) -> None:
    """Fill the shares of the clusters of one level, each cluster by one thread.

    Parameters
    ----------
    no_trace
        CANDIDATE_DTYPE, shape (0,).
    out_shares
        float64: zeros where ``orders.share_first`` says.
    """
    for i in prange(level_clusters.shape[0]):
        allocate_cluster(model, orders, clusters, level_clusters[i], out_shares, -1, -1, no_trace)


@njit(cache=True)
def trace_choice(
    model: NettingModel,
    orders: Orders,
    clusters: Clusters,
    cluster: int,
    group: int,
    order: int,
    shares: NDArray[np.float64],
    out: Records,
) -> None:
    """Fill what was found of each line of a group when one order's alternates were chosen.

    Parameters
    ----------
    shares
        float64: a copy of the shares; written.
    out
        CANDIDATE_DTYPE, shape (n_lines_of_group,).
    """
    allocate_cluster(model, orders, clusters, cluster, shares, group, order, out)
