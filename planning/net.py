"""The netting run: level by level, the nodes of one level in parallel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bom.errors import PlanningError
from planning.arrays import PlanningModel
from planning.encoding.alternate_shares import has_shared_alternates, with_shares
from planning.encoding.structure import node_names
from planning.kernels.net_level import append_orders, count_level, net_level
from planning.kernels.netting_arrays import (
    ALWAYS,
    LOOK_DTYPE,
    NEVER,
    ORDER_DTYPE,
    ChangedParameter,
    NettingModel,
    Orders,
    Records,
)

Progress = Callable[[int, int], None]

# Chunks of about equal work; many more than threads, so that none waits long for the last one.
_N_CHUNKS = 64
_ORDERS_PER_NODE = 80
_MOST_ORDERS = 150_000_000
NO_LOOKS = np.empty(0, LOOK_DTYPE)


@dataclass(frozen=True, slots=True)
class NettedPlan:
    """What netting found, as arrays.

    Parameters
    ----------
    orders
        All orders by node: firm planned, planned and blown through.
    needed_day, netted_day
        int32, shape (n_receipts,): when each open receipt is needed (``NEVER``: not), and the day netting used.
    is_short
        bool, shape (n_nodes,): the balance is somewhere left below the floor.
    dated_orders
        The rows of ``orders`` with the dates that they have in the end: late releases pushed, when they are.
    days
        The first and last day number of anything in the plan.
    demand_lateness
        int32, shape (n_demands,): days by which each demand of the model is late when late releases are pushed;
        empty when they are kept.
    """

    orders: Orders
    needed_day: NDArray[np.int32]
    netted_day: NDArray[np.int32]
    is_short: NDArray[np.bool_]
    dated_orders: Records
    days: tuple[int, int]
    demand_lateness: NDArray[np.int32]


def net(model: PlanningModel, netting: NettingModel, progress: Progress | None = None) -> NettedPlan:
    """Return the netted plan of all nodes.

    Parameters
    ----------
    model, netting
        The data set, and the same with the options as the kernels read it.
    progress
        Called with the nodes done and the nodes in all, after each level.

    Raises
    ------
    PlanningError
        When lot sizes are so small that the orders of one level would not fit into memory.
    """
    run = _Run(model, netting)
    for level in range(model.level_indptr.shape[0] - 1):
        run.share_alternates(level)
        run.net_level(model.level_nodes[model.level_indptr[level] : model.level_indptr[level + 1]])
        if progress is not None:
            progress(int(model.level_indptr[level + 1]), model.nodes.n_nodes)
    return run.plan()


class _Run:
    """One netting run: the orders so far, and room that the levels use one after the other."""

    def __init__(self, model: PlanningModel, netting: NettingModel) -> None:
        n_nodes = model.nodes.n_nodes
        self._model, self._netting = model, netting
        self._has_phantoms = bool(netting.nodes["is_phantom"].any())
        # untouched room costs nothing: most plans never have to be copied into a larger one
        self._orders = _empty_orders(n_nodes, _ORDERS_PER_NODE * n_nodes, self._has_phantoms)
        self._n_orders = 0
        self._made = _empty_orders(0, 0, self._has_phantoms)
        # those of phantoms are not netted: they stay where they are
        self._needed_day = netting.receipts["day"].copy()
        self._netted_day = self._needed_day.copy()
        self._is_short = np.zeros(n_nodes, np.bool_)
        self._has_shares = has_shared_alternates(netting)
        self._days = _static_days(netting)

    def plan(self) -> NettedPlan:
        """Return what was netted."""
        orders, n = self._orders, self._n_orders
        rows = orders.rows[:n]
        return NettedPlan(
            orders._replace(rows=rows, source=orders.source[:n]),
            self._needed_day,
            self._netted_day,
            self._is_short,
            rows,
            with_orders(self._days, rows),
            np.zeros(0, np.int32),
        )

    def share_alternates(self, level: int) -> None:
        """Give the orders made so far their shares of the alternates that lie on a level (rule 11)."""
        clusters = self._model.structure.clusters
        if self._has_shares and (clusters.level == level).any():
            self._orders = with_shares(self._netting, self._orders, clusters, np.flatnonzero(clusters.level == level))

    def net_level(self, level_nodes: NDArray[np.int32]) -> None:
        """Net one level and append its orders."""
        n_lines, capacity = np.empty((2, level_nodes.shape[0]), np.int64)
        count_level(self._netting, self._orders, level_nodes, self._n_days, n_lines, capacity)
        base_indptr = _offsets(capacity)
        if base_indptr[-1] > _MOST_ORDERS:
            _refuse_too_many(self._model, level_nodes, capacity)
        self._make_room(int(base_indptr[-1]))
        count = np.empty(level_nodes.shape[0], np.int64)
        while not self._is_netted(level_nodes, n_lines, base_indptr, count):
            pass
        if (count > capacity).any():
            raise AssertionError("a node made more orders than its bound")
        target_indptr = self._n_orders + _offsets(count)
        self._grow(int(target_indptr[-1]))
        append_orders(self._made, base_indptr, level_nodes, target_indptr, self._orders)
        self._n_orders = int(target_indptr[-1])

    @property
    def _n_days(self) -> int:
        """The days that the kernels have cells for."""
        return self._days[1] - self._days[0] + 1

    def _grow(self, wanted: int) -> None:
        """Make room for the orders of all levels so far."""
        orders, n = self._orders, self._n_orders
        if wanted > orders.rows.shape[0]:
            room = _empty_orders(0, 2 * wanted, self._has_phantoms)
            room.rows[:n] = orders.rows[:n]
            room.source[:n] = orders.source[:n]
            self._orders = orders._replace(rows=room.rows, source=room.source)

    def _make_room(self, capacity: int) -> None:
        """Make room for the orders of one level; all levels share it, as page faults cost more than netting."""
        if self._made.rows.shape[0] < capacity:
            self._made = _empty_orders(0, capacity, self._has_phantoms)

    def _is_netted(
        self,
        level_nodes: NDArray[np.int32],
        n_lines: NDArray[np.int64],
        base_indptr: NDArray[np.int64],
        out_count: NDArray[np.int64],
    ) -> bool:
        """Net the nodes; false when a component's day lies outside the cells: there are more of them then."""
        chunk_indptr = equal_chunks(n_lines)
        is_short = np.empty(level_nodes.shape[0], np.bool_)
        reach = np.empty((chunk_indptr.shape[0] - 1, 2), np.int64)
        net_level(
            self._netting, self._orders, level_nodes, chunk_indptr, n_lines, self._days[0], self._n_days,
            base_indptr, self._made, NO_LOOKS, self._needed_day, self._netted_day, out_count, is_short, reach,
        )  # fmt: skip
        self._is_short[level_nodes] = is_short
        first, last = int(reach[:, 0].min(initial=NEVER)), int(reach[:, 1].max(initial=ALWAYS))
        if first > last or (first >= self._days[0] and last <= self._days[1]):
            return True
        self._days = min(self._days[0], first), max(self._days[1], last)
        return False


def with_orders(days: tuple[int, int], rows: Records) -> tuple[int, int]:
    """Return the days widened to those of the orders."""
    first = min(int(rows[name].min(initial=0)) for name in ("need", "due", "release"))
    last = max(int(rows[name].max(initial=0)) for name in ("need", "due", "release"))
    return min(days[0], first), max(days[1], last)


def _refuse_too_many(model: PlanningModel, level_nodes: NDArray[np.int32], capacity: NDArray[np.int64]) -> None:
    """Raise the error that names the items whose lots are too small."""
    worst = np.argsort(-capacity, kind="stable")[:10]
    names = node_names(model.nodes)[level_nodes[worst]]
    raise PlanningError(
        "too_many_orders",
        f"a level needs more than {_MOST_ORDERS} orders; raise maximum_order_quantity or fixed_order_quantity of",
        [f"{name} (up to {n} orders)" for name, n in zip(names.to_list(), capacity[worst].tolist(), strict=True)],
    )


def _static_days(netting: NettingModel) -> tuple[int, int]:
    """Return the first and last day of the data set's events, with 0 and a month around for what is derived."""
    expiry = netting.lots["expiry"][netting.lots["expiry"] != NEVER]
    available = netting.lots["available"][netting.lots["available"] != ALWAYS]
    first, last = 0, 0
    steps = netting.changes["day"][netting.changes["parameter"] == ChangedParameter.SAFETY_STOCK]
    for days in (netting.demands["day"], netting.receipts["day"], expiry, available, netting.firm_orders["due"], steps):
        first, last = min(first, int(days.min(initial=0))), max(last, int(days.max(initial=0)))
    return first - 31, last + 31


def _offsets(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where each group starts, and the end."""
    offsets = np.zeros(counts.shape[0] + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def equal_chunks(n_lines: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the offsets of chunks of nodes with about equal numbers of lines, one chunk per unit of work."""
    work = _offsets(n_lines + 4)
    n_chunks = min(_N_CHUNKS, n_lines.shape[0])
    bounds = np.searchsorted(work, np.linspace(0, work[-1], n_chunks + 1))
    bounds[0], bounds[-1] = 0, n_lines.shape[0]
    return np.unique(bounds).astype(np.int64)


def _empty_orders(n_nodes: int, capacity: int, has_phantoms: bool) -> Orders:
    """Return room for orders."""
    return Orders(
        first=np.zeros(n_nodes, np.int64),
        counts=np.zeros(n_nodes, np.int64),
        rows=np.empty(capacity, ORDER_DTYPE),
        source=np.empty(capacity if has_phantoms else 0, np.int64),
    )
