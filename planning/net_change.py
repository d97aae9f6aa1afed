"""Net change: a plan made anew for what edits reach (rule 15)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from planning.arrays import PlanningModel, encode
from planning.data import PlanningData
from planning.edits import Edit, apply_edits, made_edits
from planning.encoding.alternate_shares import has_shared_alternates
from planning.encoding.node_inputs import base_nodes, difference
from planning.kernels.netting_arrays import NettingModel
from planning.mrp import MrpResult
from planning.net import NettedPlan, net
from planning.push import push
from planning.replanning.demand_edits import demand_patch
from planning.replanning.edited_items import edited_items
from planning.replanning.full_delta import full_delta
from planning.replanning.node_edits import node_patch
from planning.replanning.plan_delta import LAST_EDIT, PlanDelta, changed_dates, whole_plan
from planning.replanning.row_index import RowIndex
from planning.replanning.work_list import OrderRoom, Seeds, WorkListRun
from planning.replanning.workspace import Workspaces

# A plan of which this part was netted anew is no longer planned from the plan before it.
_LARGEST_SHARE = 0.25


class ReplannedResult(MrpResult):
    """The plan of an edited data set: what changed, and all the rest of the plan before, put together when asked for.

    Parameters
    ----------
    base
        The plan before.
    edits
        What was edited, one after the other.
    delta
        What changed in the plan.
    make_data
        Returns the edited data set.
    """

    def __init__(
        self, base: MrpResult, edits: Sequence[Edit], delta: PlanDelta, make_data: Callable[[], PlanningData]
    ) -> None:
        object.__setattr__(self, "options", base.options)
        self.__dict__.update(base=base, edits=tuple(edits), _netted_delta=delta, _make_data=make_data)

    base: MrpResult
    edits: tuple[Edit, ...]

    @cached_property
    def data(self) -> PlanningData:
        """The edited data set."""
        return self.__dict__["_make_data"]()  # type: ignore[no-any-return]

    @cached_property
    def model(self) -> PlanningModel:
        """The edited data set as arrays."""
        return encode(self.data)

    @cached_property
    def netting(self) -> NettingModel:
        """The same as the kernels read it."""
        return self.model.netting_model(self.options)

    @cached_property
    def plan(self) -> NettedPlan:
        """All orders, put together from the plan before and what changed."""
        plan = whole_plan(self.__dict__["_netted_delta"], self.model, self.netting)
        return push(self.model, self.netting, plan) if self.options.past_release == "push" else plan

    @cached_property
    def delta(self) -> PlanDelta:
        """What changed. When late releases are pushed, the orders have the dates that they were pushed to."""
        delta: PlanDelta = self.__dict__["_netted_delta"]
        if self.options.past_release != "push":
            return delta
        return changed_dates(delta, self.model, self.netting, self.plan)


def replan(result: MrpResult, edits: Sequence[Edit]) -> ReplannedResult:
    """Return the plan of the edited data set; its tables equal those of a full run, byte for byte (rule 15).

    Parameters
    ----------
    result
        The plan that was made before; it stays as it is.
    edits
        What changes, one after the other.

    Raises
    ------
    DataError
        With all findings, when an edit cannot be made or the data set would have errors.

    Examples
    --------
    >>> import polars as pl
    >>> from datetime import date
    >>> from planning.checks import validate
    >>> from planning.edits import Change, Condition
    >>> from planning.mrp import run_mrp
    >>> tables = {
    ...     "items": pl.DataFrame({"item_id": ["bike"], "family": ["toys"]}),
    ...     "demands": pl.DataFrame({"item_id": ["bike"], "due_date": [date(2026, 3, 20)], "quantity": [10.0]}),
    ... }
    >>> base = run_mrp(validate(tables, {"as_of": date(2026, 3, 2)}).data)
    >>> more = Change("demands", (Condition("items.family", "=", "toys"),), "quantity", "multiply", 1.2)
    >>> replan(base, [more]).table("planned_orders")["quantity"].item()
    12.0
    """
    base, earlier = _base_of(result)
    short = _short_way(base, (*earlier, *edits))
    if short is not None:
        return short
    before = result.data if isinstance(result, ReplannedResult) else result.model.data
    data = apply_edits(before, edits)
    return _replanned(base, (*earlier, *edits), data)


def _short_way(base: MrpResult, edits: tuple[Edit, ...]) -> ReplannedResult | None:
    """Return the plan without encoding the data set again, when all edits are of kinds that are looked up."""
    cache = _cache_of(base)
    if cache.has_shared_alternates:
        return None
    found = demand_patch(base, cache.index, edits) or node_patch(base, cache.index, edits)
    if found is None:
        return None
    with cache.workspaces.one() as workspace:
        delta = workspace.net(*found)
    return ReplannedResult(base, edits, delta, lambda: made_edits(base.model.data, edits))


@dataclass(frozen=True, slots=True)
class _Cache:
    """What is kept beside a plan for the edits to come."""

    index: RowIndex
    workspaces: Workspaces
    has_shared_alternates: bool


def _cache_of(result: MrpResult) -> _Cache:
    """Return what is kept beside a plan; the first call only makes the shell, each part is filled when it is used."""
    if "_net_change" not in result.__dict__:
        cache = _Cache(RowIndex(result.model), Workspaces(result), has_shared_alternates(result.netting))
        result.__dict__.setdefault("_net_change", cache)  # another thread may have been first
    found: _Cache = result.__dict__["_net_change"]
    return found


def _base_of(result: MrpResult) -> tuple[MrpResult, tuple[Edit, ...]]:
    """Return the plan to start from, and the edits that lead from it to the result."""
    if isinstance(result, ReplannedResult):
        n_netted = result.__dict__["_netted_delta"].nodes.shape[0]
        if n_netted <= _LARGEST_SHARE * result.base.model.nodes.n_nodes:
            return result.base, result.edits
    return result, ()


def _replanned(base: MrpResult, edits: tuple[Edit, ...], data: PlanningData) -> ReplannedResult:
    """Return the plan of a data set that is wholly encoded: right for any edit."""
    model = encode(data)
    netting = model.netting_model(base.options)
    if has_shared_alternates(netting) or has_shared_alternates(base.netting):
        return _replanned_in_full(base, edits, data, model, netting)
    delta = net_change(base, model, netting, edits)
    result = ReplannedResult(base, edits, delta, lambda: data)
    result.__dict__.update(data=data, model=model, netting=netting)
    return result


def _replanned_in_full(
    base: MrpResult, edits: tuple[Edit, ...], data: PlanningData, model: PlanningModel, netting: NettingModel
) -> ReplannedResult:
    """Return the plan of a data set in which alternates share by what is there: netted anew as a whole."""
    at = base_nodes(base.model.nodes, model.nodes)
    plan = net(model, netting)
    causes = _causes(base, model, model.level_nodes, edits)
    delta = full_delta(base.plan, base.netting.receipt_indptr, model, netting, plan, at, causes)
    result = ReplannedResult(base, edits, delta, lambda: data)
    if base.options.past_release == "push":
        plan = push(model, netting, plan)
    result.__dict__.update(data=data, model=model, netting=netting, plan=plan)
    return result


def net_change(base: MrpResult, model: PlanningModel, netting: NettingModel, edits: Sequence[Edit]) -> PlanDelta:
    """Return what a data set's plan has otherwise than the base: the nodes with other inputs, and what they reach."""
    at = base_nodes(base.model.nodes, model.nodes)
    found = difference(base.netting, netting, at)
    nodes = np.flatnonzero(found.is_other).astype(np.int32)
    seeds = Seeds(nodes, _causes(base, model, nodes, edits), found.is_read_below[nodes])
    orders = base.plan.orders
    is_there, before = at >= 0, np.maximum(at, 0)
    needed = netting.receipts["day"].copy()
    run = WorkListRun(
        netting,
        model.structure.graph,
        np.where(is_there, orders.first[before], 0),
        np.where(is_there, orders.counts[before], 0),
        OrderRoom(orders.rows, _source(netting, orders.source, orders.rows.shape[0]), orders.rows.shape[0]),
        needed,
        needed.copy(),
    )
    is_identity = model.nodes.n_nodes == base.model.nodes.n_nodes and bool((at == np.arange(at.shape[0])).all())
    return run.run(seeds, base.plan, base.netting.receipt_indptr, None if is_identity else at)


def _source(netting: NettingModel, source: NDArray[np.int64], n_rows: int) -> NDArray[np.int64]:
    """Return where orders come from, or room for it: a plan can get its first phantom."""
    if not netting.nodes["is_phantom"].any():
        return source[:0]
    return source if source.shape[0] == n_rows else np.zeros(n_rows, np.int64)


def _causes(
    base: MrpResult, model: PlanningModel, nodes: NDArray[np.int32], edits: Sequence[Edit]
) -> NDArray[np.uint64]:
    """Return the bits of the edits that changed the rows of each node."""
    causes = np.zeros(nodes.shape[0], np.uint64)
    if len(edits) > 1:
        for number, edit in enumerate(edits):
            items = edited_items(base.model.data.tables, edit)
            bit = np.uint64(1 << min(number, LAST_EDIT))
            is_reached = np.ones(model.nodes.item_ids.len(), np.bool_)
            if items is not None:
                is_reached = model.nodes.item_ids.is_in(items.implode()).to_numpy()
            causes[is_reached[model.nodes.item[nodes]]] |= bit
    every = sum(1 << number for number in range(min(len(edits), LAST_EDIT + 1)))
    causes[causes == 0] = np.uint64(every)
    return causes
