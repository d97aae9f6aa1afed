"""Room to net edits of one plan in: its arrays, with rows at the end that stand in for those of edited nodes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bom.ranges import ranges
from planning.encoding.node_inputs import OWN_ROWS, node_fields
from planning.kernels.netting_arrays import NettingModel, Records
from planning.mrp import MrpResult
from planning.replanning.plan_delta import PlanDelta
from planning.replanning.work_list import OrderRoom, Seeds, WorkListRun

_STAND_INS, _ROWS = 256, 16_384
# Room for the stand-ins of one node in so many, of which only what is used is touched.
_NODES_PER_STAND_IN = 16
_MOST_SMALL_ROOMS = 8
_SMALL_ROOM = 1_000_000


@dataclass(frozen=True, slots=True)
class NodePatch:
    """What netting reads of some nodes after an edit.

    Parameters
    ----------
    nodes
        int32, shape (n,): the nodes, each once.
    by_node
        For each array by node, its rows for them; arrays that are not in it stay.
    ragged
        For each ``_indptr``: their counts, int64, shape (n,), and for each array that it groups the rows of the one
        after the other; what is not in it stays.
    """

    nodes: NDArray[np.int32]
    by_node: dict[str, Records]
    ragged: dict[str, tuple[NDArray[np.int64], dict[str, Records]]]


class Workspace:
    """The arrays of one plan, which edits are written to and taken out of again; for one thread at a time.

    Notes
    -----
    An edited node's rows do not fit where they stood. They are written behind all others, as those of a stand-in: a
    node beyond the last one, that is netted in the place of the edited one. Nothing else moves, so an edit costs what
    it touches.
    """

    def __init__(self, result: MrpResult, room: OrderRoom) -> None:
        plan = result.plan
        self._base = result.netting
        self._plan = plan
        self._fields = node_fields(self._base)
        self._arrays: dict[str, Any] = self._base._asdict()
        self._used = {name: self._arrays[name].shape[0] for names in self._fields.ragged.values() for name in names}
        self._own: set[str] = set()
        self._saved: list[tuple[str, NDArray[np.integer[Any]], Records]] = []
        self._n_stand_ins = 0
        self._run = WorkListRun(
            self._base,
            result.model.structure.graph,
            plan.orders.first.copy(),
            plan.orders.counts.copy(),
            room,
            plan.needed_day.copy(),
            plan.netted_day.copy(),
        )
        self._widen(max(_STAND_INS, self._base.nodes.shape[0] // _NODES_PER_STAND_IN))

    def net(self, patch: NodePatch, seeds: Seeds) -> PlanDelta:
        """Return what a patch changes; the workspace is as before when it returns, or raises."""
        try:
            self._write(patch)
            self._run.netting = NettingModel(**self._arrays)
            return self._run.run(seeds, self._plan, self._base.receipt_indptr, None)
        finally:
            self._run.put_back(self._plan)
            self._take_out(patch)

    def _widen(self, wanted: int) -> None:
        """Make room for stand-ins: each takes two places, one to begin and one to end its rows."""
        self._n_stand_ins = wanted
        n = self._base.nodes.shape[0]
        for name in self._fields.by_node:
            rows = np.empty(n + 1 + 2 * wanted, self._arrays[name].dtype)
            rows[:n] = getattr(self._base, name)
            self._arrays[name] = rows
        for name in self._fields.ragged:
            self._arrays[name] = np.concatenate([getattr(self._base, name), np.zeros(2 * wanted, np.int64)])

    def _write(self, patch: NodePatch) -> None:
        """Write the rows of the patched nodes to stand-ins; what components read of a node also in its own place."""
        nodes, n_base = patch.nodes, self._base.nodes.shape[0]
        if nodes.shape[0] > self._n_stand_ins:
            self._widen(2 * nodes.shape[0])
        at = n_base + 1 + 2 * np.arange(nodes.shape[0])
        for name in self._fields.by_node:
            rows = patch.by_node.get(name)
            self._arrays[name][at] = self._arrays[name][nodes] if rows is None else rows
            if rows is not None:
                self._saved.append((name, nodes, self._arrays[name][nodes]))
                self._arrays[name][nodes] = rows
        for indptr, names in self._fields.ragged.items():
            first, end = self._arrays[indptr][nodes], self._arrays[indptr][nodes + 1]
            if indptr in patch.ragged:
                counts, rows_of = patch.ragged[indptr]
                begin = self._used[names[0]]
                end = begin + np.cumsum(counts)
                first = end - counts
                for name in names:
                    self._append(name, rows_of[name])
                    if indptr not in OWN_ROWS:
                        self._write_in_place(name, ranges(self._arrays[indptr][nodes], counts), rows_of[name])
            self._arrays[indptr][at], self._arrays[indptr][at + 1] = first, end
        self._run.work.stands_in[nodes] = at

    def _write_in_place(self, name: str, places: NDArray[np.int64], rows: Records) -> None:
        """Write rows where the plan has them: as many as it has, which components of their node read there."""
        self._saved.append((name, places, self._arrays[name][places]))
        self._arrays[name][places] = rows

    def _append(self, name: str, rows: Records) -> None:
        """Write rows behind those of the plan; the array is copied the first time, as others read the plan's own."""
        begin = self._used[name]
        array = self._arrays[name]
        if name not in self._own or array.shape[0] < begin + rows.shape[0]:
            room = np.empty(begin + max(2 * rows.shape[0], _ROWS), array.dtype)
            room[:begin] = array[:begin]
            self._arrays[name] = array = room
            self._own.add(name)
        array[begin : begin + rows.shape[0]] = rows
        if name == "receipts":
            self._add_receipts(array.shape[0], begin, rows)

    def _add_receipts(self, wanted: int, begin: int, rows: Records) -> None:
        """Make room for the days of new receipts, which are theirs as given at first."""
        run = self._run
        if run.needed_day.shape[0] < wanted:
            run.needed_day = np.concatenate([run.needed_day[:begin], np.empty(wanted - begin, np.int32)])
            run.netted_day = np.concatenate([run.netted_day[:begin], np.empty(wanted - begin, np.int32)])
        for days in (run.needed_day, run.netted_day):
            days[begin : begin + rows.shape[0]] = rows["day"]

    def _take_out(self, patch: NodePatch) -> None:
        """Put the patched nodes' own rows back."""
        for name, nodes, rows in self._saved:
            self._arrays[name][nodes] = rows
        self._saved.clear()
        self._run.work.stands_in[patch.nodes] = patch.nodes


class Workspaces:
    """The workspaces of one plan: as many as threads have asked for at once.

    Notes
    -----
    New orders are written behind the plan's own, where netting left room that was never touched: up to eight workspaces
    have a small part of it each, the first one has the rest. When there is none left, a workspace copies the orders.
    """

    def __init__(self, result: MrpResult) -> None:
        self._result = result
        self._lock = threading.Lock()
        self._free: list[Workspace] = []
        self._n_made = 0

    @contextmanager
    def one(self) -> Iterator[Workspace]:
        """Hand out a workspace, for one thread at a time."""
        with self._lock:
            workspace = self._free.pop() if self._free else None
            if workspace is None:
                number, self._n_made = self._n_made, self._n_made + 1
                workspace = Workspace(self._result, self._room(number))
        try:
            yield workspace
        finally:
            with self._lock:
                self._free.append(workspace)

    def _room(self, number: int) -> OrderRoom:
        """Return the room of one workspace."""
        orders = self._result.plan.orders
        n = orders.rows.shape[0]
        rows = whole_buffer(orders.rows)
        source = whole_buffer(orders.source)
        has_source = orders.source.shape[0] > 0
        if has_source and source.shape[0] < rows.shape[0]:
            rows = orders.rows
        small = min((rows.shape[0] - n) // (2 * _MOST_SMALL_ROOMS), _SMALL_ROOM)
        begin, end = n + (number - 1) * small, n + number * small
        if number == 0:
            begin, end = n + _MOST_SMALL_ROOMS * small, rows.shape[0]
        if number > _MOST_SMALL_ROOMS or end == begin:
            begin = end = n
        return OrderRoom(rows[:end], source[: end if has_source else 0], begin)


def whole_buffer(rows: Records) -> Records:
    """Return the array that rows are the beginning of, or the rows themselves.

    Examples
    --------
    >>> whole_buffer(np.zeros(5)[:2]).shape, whole_buffer(np.zeros(5)[2:]).shape
    ((5,), (3,))
    """
    base = rows.base
    if not isinstance(base, np.ndarray) or base.ndim != 1 or base.dtype != rows.dtype or base.size < rows.size:
        return rows
    is_beginning = base.__array_interface__["data"][0] == rows.__array_interface__["data"][0]
    return base if is_beginning else rows
