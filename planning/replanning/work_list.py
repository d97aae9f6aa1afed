"""The netting of what edits reach: a work-list over the orders of the plan before, which are read where they are."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bom.graph import BomGraph
from bom.ranges import ranges
from planning.kernels.net_change import (
    LAST,
    UNLISTED,
    State,
    Stop,
    Visits,
    WorkList,
    compare_level,
    copy_slices,
    keep_level,
    list_seeds,
    net_listed,
    take_level,
)
from planning.kernels.net_level import count_level, net_level
from planning.kernels.netting_arrays import ALWAYS, NEVER, ORDER_DTYPE, NettingModel, Orders, Records
from planning.net import NO_LOOKS, NettedPlan, equal_chunks
from planning.replanning.plan_delta import READ_MASK, WORD_MASK, PlanDelta, row_words

# Above, a level is netted on all threads; below, starting them takes longer than netting.
LARGE_LEVEL = 2_000
# From so many rows on, copying on all threads is worth starting them.
_MANY_ROWS, _N_PARTS = 200_000, 64
# Not every threading layer lets two threads start parallel loops at once.
_ALL_THREADS = threading.Lock()


@dataclass(frozen=True, slots=True)
class Seeds:
    """The nodes whose own rows the edits changed.

    Parameters
    ----------
    nodes
        int32, shape (n,).
    causes
        uint64, shape (n,): the bits of the edits.
    is_read_below
        bool, shape (n,): their components are netted anew too, whatever their orders.
    """

    nodes: NDArray[np.int32]
    causes: NDArray[np.uint64]
    is_read_below: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class OrderRoom:
    """Rows of orders: those of a plan from 0 on, and room from ``begin`` on for new ones.

    Parameters
    ----------
    rows, source
        ORDER_DTYPE and int64; ``source`` is empty when there are no phantoms.
    begin
        The first row of the room; it ends with ``rows``.
    """

    rows: Records
    source: NDArray[np.int64]
    begin: int


class WorkListRun:
    """Room to net what seeds reach, again and again on one model; not for two threads at once.

    Parameters
    ----------
    netting
        What the kernels read; it may have rows beyond the nodes, which stand in for some of them.
    graph
        The lines between the nodes.
    first, counts
        int64, shape (n_nodes,): where the orders of each node stand; put back after each run.
    room
        The orders, and room for new ones.
    needed_day, netted_day
        int32, shape (n_receipts,): written for the receipts of the nodes netted.
    """

    def __init__(
        self,
        netting: NettingModel,
        graph: BomGraph,
        first: NDArray[np.int64],
        counts: NDArray[np.int64],
        room: OrderRoom,
        needed_day: NDArray[np.int32],
        netted_day: NDArray[np.int32],
    ) -> None:
        n_nodes = graph.n_nodes
        self.netting = netting
        self.needed_day, self.netted_day = needed_day, netted_day
        self._room = room
        self._orders = Orders(first, counts, room.rows, room.source)
        self.work = WorkList(
            graph.component_indptr,
            graph.component_codes,
            graph.item_to_level,
            np.full(graph.n_levels, LAST, np.int32),
            np.full(n_nodes, UNLISTED, np.int32),
            np.zeros(n_nodes, np.uint64),
            np.arange(n_nodes, dtype=np.int32),
            np.zeros(n_nodes, np.bool_),
        )
        self._visits = Visits(
            np.empty(n_nodes, np.int32),
            np.empty(n_nodes, np.int64),
            np.empty(n_nodes, np.int64),
            np.empty(n_nodes, np.bool_),
            np.empty(n_nodes, np.bool_),
        )
        self._state = np.zeros(int(State.N_STATES), np.int64)
        self._made: Orders | None = None

    def run(
        self, seeds: Seeds, base: NettedPlan, receipt_indptr: NDArray[np.int64], base_nodes: NDArray[np.int32] | None
    ) -> PlanDelta:
        """Return what the seeds change; :meth:`put_back` must be called before the next run.

        Parameters
        ----------
        seeds
            The nodes to begin with.
        base, receipt_indptr, base_nodes
            As in :class:`planning.replanning.plan_delta.PlanDelta`.
        """
        state = self._state
        state[State.LEVEL], state[State.N_VISITS] = 0, 0
        state[State.N_ORDERS] = self._room.begin
        state[State.FIRST_DAY] = base.days[0]
        state[State.N_DAYS] = base.days[1] - base.days[0] + 1
        list_seeds(self.work, seeds.nodes, seeds.causes, seeds.is_read_below)
        while (stop := self._pass()) != Stop.DONE:
            if stop == Stop.LARGE_LEVEL:
                with _ALL_THREADS:
                    self._net_large_level()
            else:
                self._grow(2 * self._orders.rows.shape[0])
        self._made = None
        return self._delta(base, receipt_indptr, base_nodes)

    def _pass(self) -> int:
        """Net the work-list as far as one thread should."""
        orders = self._orders
        return int(
            net_listed(
                self.netting, orders, row_words(orders.rows), WORD_MASK, READ_MASK, NO_LOOKS, self.work, self._visits,
                self.needed_day, self.netted_day, LARGE_LEVEL, self._state,
            )
        )  # fmt: skip

    def _grow(self, wanted: int) -> None:
        """Move the orders to a place with more room."""
        orders, n = self._orders, int(self._state[State.N_ORDERS])
        rows = np.empty(max(wanted, 1024), ORDER_DTYPE)
        rows[:n] = orders.rows[:n]
        source = np.empty(rows.shape[0] if orders.source.shape[0] else 0, np.int64)
        source[:n] = orders.source[: min(n, source.shape[0])]
        self._orders = Orders(orders.first, orders.counts, rows, source)
        self._room = OrderRoom(rows, source, self._room.begin)

    def _net_large_level(self) -> None:
        """Net the listed nodes of one level on all threads."""
        state, work = self._state, self.work
        nodes = np.empty(take_level(work, int(state[State.LEVEL]), np.empty(0, np.int32)), np.int32)
        take_level(work, int(state[State.LEVEL]), nodes)
        nodes.sort()
        rows = work.stands_in[nodes]
        n_lines, capacity = np.empty((2, nodes.shape[0]), np.int64)
        count_level(self.netting, self._orders, rows, int(state[State.N_DAYS]), n_lines, capacity)
        indptr = np.concatenate(([0], np.cumsum(capacity)))
        has_source = self._orders.source.shape[0] > 0
        made = self._room_for(int(indptr[-1]), has_source)
        count, is_short = np.empty(nodes.shape[0], np.int64), np.empty(nodes.shape[0], np.bool_)
        chunks = equal_chunks(n_lines)
        reach = np.empty((chunks.shape[0] - 1, 2), np.int64)
        while True:
            net_level(
                self.netting, self._orders, rows, chunks, n_lines, int(state[State.FIRST_DAY]),
                int(state[State.N_DAYS]), indptr, made, NO_LOOKS, self.needed_day, self.netted_day, count, is_short,
                reach,
            )  # fmt: skip
            if self._has_reached(reach):
                break
        total = int(state[State.N_ORDERS] + count.sum())
        if total > self._orders.rows.shape[0]:
            self._grow(2 * total)
        self._keep_level(nodes, made, indptr, count, is_short)
        state[State.LEVEL] += 1

    def _keep_level(
        self,
        nodes: NDArray[np.int32],
        made: Orders,
        indptr: NDArray[np.int64],
        count: NDArray[np.int64],
        is_short: NDArray[np.bool_],
    ) -> None:
        """Put the orders of a level that came out otherwise behind the others; the rest stays where it is."""
        orders = self._orders
        is_changed, is_passed_on = np.empty((2, nodes.shape[0]), np.bool_)
        compare_level(
            row_words(orders.rows), orders.first, orders.counts, row_words(made.rows), indptr, count, WORD_MASK,
            READ_MASK, nodes, is_changed, is_passed_on,
        )  # fmt: skip
        keep_level(orders, self.work, self._visits, nodes, count, is_short, is_changed, is_passed_on, self._state)
        target = orders.first[nodes]
        copy_slices(made.rows, indptr[:-1], count, target, is_changed, orders.rows)
        if orders.source.shape[0]:
            to = ranges(target[is_changed], count[is_changed])
            orders.source[to] = made.source[ranges(indptr[:-1][is_changed], count[is_changed])]

    def _room_for(self, capacity: int, has_source: bool) -> Orders:
        """Return room for the orders of one level; all levels of a run share it, as page faults cost time."""
        if self._made is None or self._made.rows.shape[0] < capacity:
            none = np.zeros(0, np.int64)
            source = np.empty(capacity if has_source else 0, np.int64)
            self._made = Orders(none, none, np.empty(capacity, ORDER_DTYPE), source)
        return self._made

    def _has_reached(self, reach: NDArray[np.int64]) -> bool:
        """Return whether all days touched had cells; there are more of them otherwise."""
        state = self._state
        first, last = int(reach[:, 0].min(initial=NEVER)), int(reach[:, 1].max(initial=ALWAYS))
        begin, end = int(state[State.FIRST_DAY]), int(state[State.FIRST_DAY] + state[State.N_DAYS]) - 1
        if first > last or (first >= begin and last <= end):
            return True
        state[State.FIRST_DAY] = min(begin, first)
        state[State.N_DAYS] = max(end, last) - int(state[State.FIRST_DAY]) + 1
        return False

    def _delta(
        self, base: NettedPlan, base_receipt_indptr: NDArray[np.int64], base_nodes: NDArray[np.int32] | None
    ) -> PlanDelta:
        """Return what was netted, as arrays of its own."""
        n = int(self._state[State.N_VISITS])
        nodes, is_changed = self._visits.node[:n].copy(), self._visits.is_changed[:n].copy()
        counts = np.where(is_changed, self._orders.counts[nodes], 0)
        order_indptr = np.concatenate(([0], np.cumsum(counts)))
        rows = _copied(self._orders.rows[self._room.begin : int(self._state[State.N_ORDERS])])
        read = self.work.stands_in[nodes]
        indptr = self.netting.receipt_indptr
        n_receipts = indptr[read + 1] - indptr[read]
        places = ranges(indptr[read], n_receipts)
        first = int(self._state[State.FIRST_DAY])
        return PlanDelta(
            base_plan=base,
            base_receipt_indptr=base_receipt_indptr,
            base_nodes=base_nodes,
            nodes=nodes,
            is_changed=is_changed,
            base_first=self._visits.first[:n].copy(),
            base_counts=self._visits.n_orders[:n].copy(),
            order_indptr=order_indptr,
            rows=rows,
            is_short=self._visits.is_short[:n].copy(),
            receipt_indptr=np.concatenate(([0], np.cumsum(n_receipts))),
            needed_day=self.needed_day[places],
            netted_day=self.netted_day[places],
            root_edits=self.work.causes[nodes],
            days=(first, first + int(self._state[State.N_DAYS]) - 1),
        )

    def put_back(self, base: NettedPlan) -> None:
        """Undo what a run left in the room, whether it ended or not."""
        n = int(self._state[State.N_VISITS])
        work, nodes = self.work, self._visits.node[:n]
        self._orders.first[nodes] = self._visits.first[:n]
        self._orders.counts[nodes] = self._visits.n_orders[:n]
        indptr = self.netting.receipt_indptr
        places = ranges(indptr[nodes], indptr[nodes + 1] - indptr[nodes])
        self.needed_day[places], self.netted_day[places] = base.needed_day[places], base.netted_day[places]
        listed: NDArray[np.integer[Any]] = nodes
        if (work.head != LAST).any():  # it was stopped half-way
            listed = np.flatnonzero(work.listed != UNLISTED)
            work.head[:] = LAST
        work.listed[listed] = UNLISTED
        work.causes[listed] = 0
        work.is_forced[listed] = False
        self._state[State.N_VISITS] = 0


def _copied(rows: Records) -> Records:
    """Return a copy of rows; of many, made by all threads, as most of its time goes into fresh pages."""
    if rows.shape[0] < _MANY_ROWS:
        return rows.copy()
    bounds = np.linspace(0, rows.shape[0], _N_PARTS + 1).astype(np.int64)
    out = np.empty(rows.shape[0], rows.dtype)
    with _ALL_THREADS:
        copy_slices(rows, bounds[:-1], np.diff(bounds), bounds[:-1], np.ones(_N_PARTS, np.bool_), out)
    return out
