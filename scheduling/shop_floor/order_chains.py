"""Which orders wait for the orders of their components: pegging between the orders of a schedule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planning.encoding.codes import days_of
from planning.kernels.capacity_arrays import SECONDS_PER_DAY
from planning.kernels.netting_arrays import SupplyType
from planning.kernels.requirement_rows import SAFETY_STOCK
from planning.kernels.supply_rows import SupplyKind
from planning.mrp import MrpResult
from planning.pegging import Pegging, peg_nodes
from scheduling.shop_floor.floor_orders import FloorOrders

Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class OrderChains:
    """Orders that wait for others; each pair once.

    Parameters
    ----------
    before, after
        int64, shape (n,): places in the orders of the schedule.
    lag
        int64, shape (n,): seconds between the end of the one and the start of the other: the lead times of orders
        between them that are not scheduled.
    is_at_end
        bool, shape (n,): it is the last operation that waits.
    """

    before: Longs
    after: Longs
    lag: Longs
    is_at_end: Flags


@dataclass(frozen=True, slots=True)
class _Uses:
    """Which order serves which, by key; ``is_at_end``: only at its due date."""

    supply: Longs
    consumer: Longs
    is_at_end: Flags


_NONE = np.zeros(0, np.int64)
NO_CHAINS = OrderChains(_NONE, _NONE, _NONE, np.zeros(0, np.bool_))


def find_chains(plan: MrpResult, orders: FloorOrders, horizon_days: int) -> OrderChains:
    """Return which orders wait for which.

    Notes
    -----
    An order waits for every order of the schedule that pegging lets serve its requirements, whatever the part that it
    takes of it. Between them may stand orders that are not scheduled (transfers, orders without a routing) and are
    released within the horizon: their lead times lie between the two.
    """
    uses = _uses(plan, orders.n_receipts)
    before, after = orders.at(uses.supply), orders.at(uses.consumer)
    direct = (before >= 0) & (after >= 0)
    none = np.zeros(int(direct.sum()), np.int64)
    found = [(before[direct], after[direct], none, uses.is_at_end[direct])]
    between = _between(plan, orders, uses, horizon_days)
    if between:
        columns = list(zip(*between, strict=True))
        one, other, lag = (np.array(column, np.int64) for column in columns[:3])
        found.append((one, other, lag, np.array(columns[3], np.bool_)))
    return _once(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _once(before: Longs, after: Longs, lag: Longs, is_at_end: Flags) -> OrderChains:
    """Return each pair once: the one that waits longest, before its first operation where any says so."""
    order = np.lexsort((-lag, is_at_end, after, before))
    before, after, lag, is_at_end = before[order], after[order], lag[order], is_at_end[order]
    is_new = np.append(True, (np.diff(before) != 0) | (np.diff(after) != 0))[: before.shape[0]]
    return OrderChains(before[is_new], after[is_new], lag[is_new], is_at_end[is_new])


def _uses(plan: MrpResult, n_receipts: int) -> _Uses:
    """Return which orders serve which, of all nodes that are made or transferred."""
    nodes = plan.model.level_nodes
    is_bought = plan.netting.nodes["supply_type"][nodes] == SupplyType.BUY
    pegging = peg_nodes(plan, nodes[~is_bought | (np.diff(plan.netting.receipt_indptr)[nodes] > 0)])
    supplies, links = pegging.supplies, pegging.links
    kind, source = supplies["kind"][links["supply"]], supplies["source"][links["supply"]].astype(np.int64)
    supply = np.full(links.shape[0], -1, np.int64)
    is_receipt = kind == SupplyKind.SCHEDULED_RECEIPT
    supply[is_receipt] = source[is_receipt]
    is_planned = kind == SupplyKind.PLANNED_ORDER
    supply[is_planned] = _keys(plan, n_receipts)[source[is_planned]]
    consumer = _consumers(plan, pegging, n_receipts)[links["requirement"]]
    keep = (supply >= 0) & (consumer >= 0)
    at_end = _at_end(plan, pegging, n_receipts)[links["requirement"]]
    return _Uses(supply[keep], consumer[keep], at_end[keep])


def _keys(plan: MrpResult, n_receipts: int) -> Longs:
    """Return the key of each of the plan's orders: that of its receipt where it is firm."""
    keys = np.arange(plan.plan.orders.rows.shape[0], dtype=np.int64) + n_receipts
    of_receipt = plan.consumers.receipt_order
    has = np.flatnonzero(of_receipt >= 0)
    keys[of_receipt[has]] = has
    return keys


def _consumers(plan: MrpResult, pegging: Pegging, n_receipts: int) -> Longs:
    """Return the key of the order that each requirement is of, -1 for demands and safety stock."""
    source = np.ascontiguousarray(pegging.requirements["source"])
    found = np.full(source.shape[0], -1, np.int64)
    is_order = source >= 0
    found[is_order] = _keys(plan, n_receipts)[source[is_order]]
    is_demand = (source < 0) & (source != SAFETY_STOCK)
    found[is_demand] = plan.consumers.demand_receipt[-1 - source[is_demand]]
    return found


def _at_end(plan: MrpResult, pegging: Pegging, n_receipts: int) -> Flags:
    """Return which requirements are for the due date of their order: lines at the end, allocations on that day."""
    rows = pegging.requirements
    consumer = _consumers(plan, pegging, n_receipts)
    is_open = (consumer >= 0) & (consumer < n_receipts) & (rows["source"] < 0)
    due = np.append(_days(plan)[1], 0)[np.where(is_open, consumer, -1)]
    found: Flags = rows["is_at_end"] | (is_open & (rows["original_day"] >= due))
    return found


def _between(plan: MrpResult, orders: FloorOrders, uses: _Uses, horizon_days: int) -> list[tuple[int, int, int, bool]]:
    """Return the pairs of orders with others between them that are not scheduled: before, after, lag, at end."""
    supply_at, consumer_at = orders.at(uses.supply), orders.at(uses.consumer)
    release, due = _days(plan)
    is_passed = (consumer_at < 0) & (release[uses.consumer] < horizon_days)
    starts = np.flatnonzero((supply_at >= 0) & is_passed)
    if not starts.size:
        return []
    onward = np.flatnonzero(supply_at < 0)
    onward = onward[np.argsort(uses.supply[onward], kind="stable")]
    passing = uses.supply[onward]
    known: dict[int, dict[tuple[int, bool], int]] = {}

    def reached(key: int) -> dict[tuple[int, bool], int]:
        """Return the scheduled orders behind one that is not, with the days that lie between."""
        if key in known:
            return known[key]
        known[key] = {}
        days, found = max(0, int(due[key]) - max(0, int(release[key]))), dict[tuple[int, bool], int]()
        first, end = np.searchsorted(passing, [key, key + 1])
        for at in onward[first:end].tolist():
            if consumer_at[at] >= 0:
                behind = {(int(consumer_at[at]), bool(uses.is_at_end[at])): 0}
            elif release[uses.consumer[at]] < horizon_days:
                behind = reached(int(uses.consumer[at]))
            else:
                continue
            for target, more in behind.items():
                found[target] = max(found.get(target, 0), days + more)
        known[key] = found
        return found

    return [
        (int(supply_at[at]), after, days * SECONDS_PER_DAY, at_end)
        for at in starts.tolist()
        for (after, at_end), days in reached(int(uses.consumer[at])).items()
    ]


def _days(plan: MrpResult) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return release and due day of every order by key; an open order without a release day is released."""
    rows, as_of = plan.plan.dated_orders, plan.model.as_of
    dates = plan.model.data.filled("scheduled_receipts", ["release_date", "due_date"])
    dates = dates[plan.model.event_table.receipt_row]
    release, due = days_of(dates["release_date"], as_of, 0), days_of(dates["due_date"], as_of, 0)
    return np.concatenate([release, rows["release"]]), np.concatenate([due, rows["due"]])
