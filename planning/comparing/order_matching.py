"""Which orders of one plan became which of another: all nodes side by side, or only those that net change reached."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planning.arrays import PlanningModel
from planning.comparing.node_pairs import NodePairs, pair_nodes, rerouted
from planning.encoding.codes import NO_CODE
from planning.kernels.comparing import CHANGE_DTYPE, count_changes, write_changes
from planning.kernels.netting_arrays import Orders, Records
from planning.mrp import MrpResult
from planning.net_change import ReplannedResult
from planning.replanning.plan_delta import LAST_EDIT, PlanDelta

# Edits of these tables leave what a node is, and its firm planned orders, as they are.
_PLAIN_TABLES = frozenset({"demands", "on_hand"})


@dataclass(frozen=True, slots=True)
class Slices:
    """The planned orders of some nodes of one plan.

    Parameters
    ----------
    model
        The data set, as far as it says what the nodes are.
    nodes
        int32, shape (n,): the nodes, -1 for one that the plan does not have.
    rows
        Orders, with the dates that they have now.
    begin, end
        int64, shape (n,): where those of each node stand.
    """

    model: PlanningModel
    nodes: NDArray[np.int32]
    rows: Records
    begin: NDArray[np.int64]
    end: NDArray[np.int64]

    def has_fence(self) -> bool:
        """Return whether an item of the plan has a planning time fence."""
        lengths = self.model.sourcing.parameters["planning_time_fence_days"]
        return bool((lengths > 0).any())


@dataclass(frozen=True, slots=True)
class Matched:
    """The orders of two plans that are not the same.

    Parameters
    ----------
    before, after
        The nodes looked at, side by side, with their orders.
    changes
        ``CHANGE_DTYPE``: node by node, ``pair`` being the place in ``nodes``, and the orders places in ``rows``.
    """

    before: Slices
    after: Slices
    changes: Records

    @property
    def shift(self) -> int:
        """The second plan's day 0 as a day number of the first."""
        return (self.after.model.as_of - self.before.model.as_of).days


def match_plans(before: MrpResult, after: MrpResult) -> Matched:
    """Return the orders that differ; of a plan replanned from the other one, only what net change reached is read."""
    if isinstance(after, ReplannedResult) and after.base is before and after.delta.base_nodes is None:
        tables = {edit.table for edit in after.edits}
        model = before.model if tables <= _PLAIN_TABLES else after.model
        same = NodePairs(before.model.level_nodes, before.model.level_nodes)
        if model is before.model or not rerouted(before.model, model, same).any():
            return _matched(*_delta_slices(before.model, model, after.delta))
    pairs = pair_nodes(before.model, after.model)
    return _matched(
        _slices(before.model, pairs.before, before.plan.orders, before.plan.dated_orders),
        _slices(after.model, pairs.after, after.plan.orders, after.plan.dated_orders),
        rerouted(before.model, after.model, pairs),
    )


def _matched(before: Slices, after: Slices, is_rerouted: NDArray[np.bool_] | None = None) -> Matched:
    """Return the orders that differ between two slices of the same length."""
    n = before.nodes.shape[0]
    is_rerouted = np.zeros(n, np.bool_) if is_rerouted is None else is_rerouted
    shift = (after.model.as_of - before.model.as_of).days
    count = np.empty(n, np.int64)
    arguments = (before.rows, before.begin, before.end, after.rows, after.begin, after.end, shift, is_rerouted)
    count_changes(*arguments, count)
    changed = np.flatnonzero(count)
    base_indptr = np.concatenate(([0], np.cumsum(count[changed])))
    changes = np.empty(base_indptr[-1], CHANGE_DTYPE)
    write_changes(changed, *arguments, base_indptr, changes)
    return Matched(before, after, changes)


def _slices(model: PlanningModel, nodes: NDArray[np.int32], orders: Orders, rows: Records) -> Slices:
    """Return the planned orders of nodes that stand in a whole plan."""
    node = np.maximum(nodes, 0)
    return _planned(model, nodes, rows, orders.first[node], orders.first[node] + orders.counts[node])


def _delta_slices(base: PlanningModel, model: PlanningModel, delta: PlanDelta) -> tuple[Slices, Slices]:
    """Return the planned orders before and after of the nodes whose orders changed."""
    places = delta.changed
    nodes, first = delta.nodes[places], delta.base_first[places]
    return (
        _planned(base, nodes, delta.base_plan.dated_orders, first, first + delta.base_counts[places]),
        _planned(model, nodes, delta.rows, delta.order_indptr[places], delta.order_indptr[places + 1]),
    )


def _planned(
    model: PlanningModel, nodes: NDArray[np.int32], rows: Records, begin: NDArray[np.int64], end: NDArray[np.int64]
) -> Slices:
    """Return the orders without firm planned ones, and without those of phantoms and of nodes that are not there."""
    node, firm_indptr = np.maximum(nodes, 0), model.event_table.firm_indptr
    has_none = (nodes == NO_CODE) | model.node_rows["is_phantom"][node]
    begin = begin + firm_indptr[node + 1] - firm_indptr[node]
    return Slices(model, nodes, rows, np.where(has_none, 0, begin), np.where(has_none, 0, end))


def edits_behind(before: MrpResult, after: MrpResult, nodes: NDArray[np.int32]) -> list[str | None]:
    """Return the numbers of the edits that reached each node, from 1; ``None`` where that is not known.

    Parameters
    ----------
    before, after
        The plans.
    nodes
        int32, shape (n,): nodes of the second plan.

    Notes
    -----
    It is known when the second plan was replanned from the first one.
    """
    if not (isinstance(after, ReplannedResult) and after.base is before):
        return [None] * nodes.shape[0]
    delta, n_edits = after.delta, len(after.edits)
    by_node = np.argsort(delta.nodes, kind="stable")
    ordered = delta.nodes[by_node]
    at = np.minimum(np.searchsorted(ordered, nodes), max(ordered.shape[0] - 1, 0))
    if not ordered.shape[0]:
        return [None] * nodes.shape[0]
    bits = np.where(ordered[at] == nodes, delta.root_edits[by_node[at]], np.uint64(0))
    texts = {int(value): _numbers(int(value), n_edits) or None for value in np.unique(bits)}
    return [texts[value] for value in bits.tolist()]


def _numbers(bits: int, n_edits: int) -> str:
    """Return the edits of a set of bits, such as ``1, 3``; those from the 64th on share a bit."""
    return ", ".join(str(edit + 1) for edit in range(n_edits) if bits >> min(edit, LAST_EDIT) & 1)
