"""What an edited plan has otherwise than the plan before: the nodes netted anew, their orders, what reached them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bom.ranges import ranges
from planning.arrays import PlanningModel
from planning.kernels.net_change import copy_slices, find_changed
from planning.kernels.net_level import count_level, net_level
from planning.kernels.netting_arrays import ORDER_DTYPE, NettingModel, Orders, Records
from planning.net import NO_LOOKS, NettedPlan, equal_chunks, with_orders

# Edits from this one on share one bit.
LAST_EDIT = 63


@dataclass(frozen=True, slots=True)
class PlanDelta:
    """The nodes that were netted anew, in the order in which they were: level by level.

    Parameters
    ----------
    base_plan, base_receipt_indptr
        The plan before, and where the open receipts of its nodes stand.
    base_nodes
        int32, shape (n_nodes,): the code that each node had there, -1 for a new one; ``None``: the same codes.
    nodes
        int32, shape (n,): the nodes netted anew.
    is_changed
        bool, shape (n,): whether their orders are others than before.
    base_first, base_counts
        int64, shape (n,): where their orders stand in ``base_plan``, and how many.
    order_indptr, rows
        int64, shape (n + 1,), and ORDER_DTYPE: the new orders of the changed ones.
    is_short
        bool, shape (n,): whether the balance is left below the floor somewhere.
    receipt_indptr, needed_day, netted_day
        int64, shape (n + 1,), and int32: of their open receipts, as in :class:`planning.net.NettedPlan`.
    root_edits
        uint64, shape (n,): bit ``k`` says that edit ``k`` reached the node, bit 63 that one from the 64th on did.
    days
        The first and last day number of anything in the new plan.
    """

    base_plan: NettedPlan
    base_receipt_indptr: NDArray[np.int64]
    base_nodes: NDArray[np.int32] | None
    nodes: NDArray[np.int32]
    is_changed: NDArray[np.bool_]
    base_first: NDArray[np.int64]
    base_counts: NDArray[np.int64]
    order_indptr: NDArray[np.int64]
    rows: Records
    is_short: NDArray[np.bool_]
    receipt_indptr: NDArray[np.int64]
    needed_day: NDArray[np.int32]
    netted_day: NDArray[np.int32]
    root_edits: NDArray[np.uint64]
    days: tuple[int, int]

    @property
    def changed(self) -> NDArray[np.int64]:
        """The places in ``nodes`` of those whose orders changed."""
        return np.flatnonzero(self.is_changed)

    @property
    def n_orders_in_difference(self) -> int:
        """The orders that the changed nodes had, and those that they have now."""
        return int(self.base_counts[self.is_changed].sum() + self.rows.shape[0])

    def old_orders(self, place: int) -> Records:
        """Return the orders that the node at ``place`` in ``nodes`` had, with the dates that they had in the end."""
        first = int(self.base_first[place])
        return self.base_plan.dated_orders[first : first + int(self.base_counts[place])]

    def new_orders(self, place: int) -> Records:
        """Return the orders that the node at ``place`` in ``nodes`` has now."""
        if not self.is_changed[place]:
            return self.old_orders(place)
        return self.rows[self.order_indptr[place] : self.order_indptr[place + 1]]


def whole_plan(delta: PlanDelta, model: PlanningModel, netting: NettingModel) -> NettedPlan:
    """Return the plan that a delta and the plan before it make: what a full run gives, late releases not yet pushed.

    Parameters
    ----------
    delta
        What changed.
    model, netting
        The edited data set, and the same as the kernels read it.
    """
    n_nodes, base = model.nodes.n_nodes, delta.base_plan
    at = np.arange(n_nodes, dtype=np.int32) if delta.base_nodes is None else delta.base_nodes
    is_there = at >= 0
    before = np.maximum(at, 0)
    counts = np.where(is_there, base.orders.counts[before], 0)
    is_short = np.where(is_there, base.is_short[before], False)
    changed = delta.changed
    is_taken_over = is_there.copy()
    is_taken_over[delta.nodes[changed]] = False
    counts[delta.nodes[changed]] = np.diff(delta.order_indptr)[changed]
    is_short[delta.nodes] = delta.is_short
    levels = model.level_nodes
    first = np.zeros(n_nodes, np.int64)
    first[levels] = np.cumsum(counts[levels]) - counts[levels]
    total = int(counts.sum())
    rows = np.empty(total, ORDER_DTYPE)
    copy_slices(base.orders.rows, base.orders.first[before], counts, first, is_taken_over, rows)
    is_every = np.ones(changed.shape[0], np.bool_)
    own = delta.nodes[changed]
    copy_slices(delta.rows, delta.order_indptr[changed], counts[own], first[own], is_every, rows)
    has_phantoms = bool(netting.nodes["is_phantom"].any())
    orders = Orders(first, counts, rows, np.empty(total if has_phantoms else 0, np.int64))
    if has_phantoms:
        _find_sources(model, netting, orders)
    needed, netted = _receipt_days(delta, netting, before, is_there)
    return NettedPlan(
        orders, needed, netted, is_short, rows, with_orders(delta.days, rows), np.zeros(0, np.int32)
    )  # fmt: skip


def _receipt_days(
    delta: PlanDelta, netting: NettingModel, before: NDArray[np.int32], is_there: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the days of all open receipts: those of the plan before, with those netted anew over them."""
    base_indptr = delta.base_receipt_indptr
    counts = np.diff(netting.receipt_indptr)
    is_kept = is_there.copy()
    is_kept[delta.nodes] = False
    kept = np.flatnonzero(is_kept)
    to, source = ranges(netting.receipt_indptr[kept], counts[kept]), ranges(base_indptr[before[kept]], counts[kept])
    own = ranges(netting.receipt_indptr[delta.nodes], counts[delta.nodes])
    days = []
    for old, new in ((delta.base_plan.needed_day, delta.needed_day), (delta.base_plan.netted_day, delta.netted_day)):
        values = netting.receipts["day"].copy()
        values[to] = old[source]
        values[own] = new
        days.append(values)
    return days[0], days[1]


def _find_sources(model: PlanningModel, netting: NettingModel, orders: Orders) -> None:
    """Fill where the blown-through orders come from: places in the orders, which have moved."""
    for level in range(model.level_indptr.shape[0] - 1):
        nodes = model.level_nodes[model.level_indptr[level] : model.level_indptr[level + 1]]
        nodes = nodes[netting.nodes["is_phantom"][nodes]]
        if not nodes.size:
            continue
        n_lines, capacity = np.empty((2, nodes.shape[0]), np.int64)
        count_level(netting, orders, nodes, 1, n_lines, capacity)
        indptr = np.concatenate(([0], np.cumsum(capacity)))
        made = Orders(
            np.zeros(0, np.int64),
            np.zeros(0, np.int64),
            np.empty(indptr[-1], ORDER_DTYPE),
            np.empty(indptr[-1], np.int64),
        )
        chunks = equal_chunks(n_lines)
        count, is_short = np.empty(nodes.shape[0], np.int64), np.empty(nodes.shape[0], np.bool_)
        reach = np.empty((chunks.shape[0] - 1, 2), np.int64)
        no_days = np.empty(0, np.int32)
        net_level(
            netting, orders, nodes, chunks, n_lines, 0, 1, indptr, made, NO_LOOKS, no_days, no_days, count, is_short,
            reach,
        )  # fmt: skip
        to = ranges(orders.first[nodes], count)
        orders.source[to] = made.source[ranges(indptr[:-1], count)]


def changed_dates(delta: PlanDelta, model: PlanningModel, netting: NettingModel, plan: NettedPlan) -> PlanDelta:
    """Return the delta of the orders with the dates that they have in the end, when late releases are pushed.

    A node of which only the dates were pushed on is reached by every edit that reaches any node.
    """
    n_nodes, base = model.nodes.n_nodes, delta.base_plan
    at = np.arange(n_nodes, dtype=np.int32) if delta.base_nodes is None else delta.base_nodes
    before = np.maximum(at, 0)
    base_counts = np.where(at >= 0, base.orders.counts[before], 0)
    nodes = np.arange(n_nodes, dtype=np.int32)
    is_changed = np.empty(n_nodes, np.bool_)
    find_changed(
        row_words(base.dated_orders), base.orders.first[before], base_counts,
        row_words(plan.dated_orders), plan.orders.first, plan.orders.counts, WORD_MASK, is_changed,
    )  # fmt: skip
    causes = np.zeros(n_nodes, np.uint64)
    causes[delta.nodes] = delta.root_edits
    causes[is_changed & (causes == 0)] = np.bitwise_or.reduce(delta.root_edits, initial=0)
    is_listed = is_changed.copy()
    is_listed[delta.nodes] = True
    nodes = model.level_nodes[is_listed[model.level_nodes]]
    counts = np.where(is_changed[nodes], plan.orders.counts[nodes], 0)
    n_receipts = np.diff(netting.receipt_indptr)[nodes]
    places = ranges(netting.receipt_indptr[nodes], n_receipts)
    return replace(
        delta,
        nodes=nodes,
        is_changed=is_changed[nodes],
        base_first=base.orders.first[before[nodes]],
        base_counts=base_counts[nodes],
        order_indptr=np.concatenate(([0], np.cumsum(counts))),
        rows=plan.dated_orders[ranges(plan.orders.first[nodes], counts)],
        is_short=plan.is_short[nodes],
        receipt_indptr=np.concatenate(([0], np.cumsum(n_receipts))),
        needed_day=plan.needed_day[places],
        netted_day=plan.netted_day[places],
        root_edits=causes[nodes],
        days=plan.days,
    )


def row_words(rows: Records) -> NDArray[np.uint64]:
    """Return rows of orders as words, for comparing them bit by bit."""
    words: NDArray[np.uint64] = rows.view(np.uint64).reshape(rows.shape[0], rows.dtype.itemsize // 8)
    return words


def word_mask(dtype: np.dtype[Any], left_out: str = "") -> NDArray[np.uint64]:
    """Return the bits of a row that belong to its fields, one left out; the rest is padding, which may hold anything.

    Examples
    --------
    >>> [hex(word) for word in word_mask(np.dtype([("day", np.int32), ("quantity", np.float64)], align=True)).tolist()]
    ['0xffffffff', '0xffffffffffffffff']
    """
    is_used = np.zeros(dtype.itemsize, np.uint8)
    for name in set(dtype.names or ()) - {left_out}:
        field, offset = dtype.fields[name][:2]  # type: ignore[index]
        is_used[offset : offset + field.itemsize] = 0xFF
    return is_used.view(np.uint64)


WORD_MASK = word_mask(ORDER_DTYPE)
# What components read of an order: all but the shortage that it answers.
READ_MASK = word_mask(ORDER_DTYPE, "net_requirement")
