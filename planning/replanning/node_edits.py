"""A short way from an edit to a plan: the edited items alone are encoded again, with the rows that they hang on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.checks import conform
from bom.errors import Severity
from bom.ranges import ranges
from planning.arrays import PlanningModel, encode
from planning.checks import table_problems
from planning.data import PlanningData
from planning.editing.rows import EditError, address_columns
from planning.editing.selection import selected_rows
from planning.edits import Change, Delete, Edit, edit_rows, edited_frame
from planning.encoding.codes import NO_CODE
from planning.encoding.node_inputs import OWN_ROWS, Difference, base_nodes, difference, node_fields
from planning.kernels.netting_arrays import NettingModel
from planning.mrp import MrpResult
from planning.replanning.plan_delta import LAST_EDIT
from planning.replanning.row_index import RowIndex
from planning.replanning.work_list import Seeds
from planning.replanning.workspace import NodePatch
from planning.tables import INPUT_TABLES

# Above so many items, or this part of all, encoding everything is as fast.
_MOST_ITEMS, _LARGEST_SHARE = 50_000, 0.1

_ROWS_OF_ITEMS = ("demands", "on_hand", "scheduled_receipts", "item_suppliers", "parameter_changes")
_PARAMETERS = ("items", "item_sites")
# What makes an item another node of the structure, or gives it other components or sources.
_STRUCTURAL = {
    "supply_type",
    "source_site_id",
    "is_phantom",
    "forecast_item_id",
    "item_id",
    "site_id",
    "planning_method",
}
_WHERE = ("item_id", "site_id", "supply_type", "source_site_id", "status")


def node_patch(result: MrpResult, index: RowIndex, edits: Sequence[Edit]) -> tuple[NodePatch, Seeds] | None:
    """Return the rows of the edited nodes, or ``None`` when the edits need another way.

    Parameters
    ----------
    result
        The plan before.
    index
        Finds its rows.
    edits
        They go this way when they are about single items and leave the structure and the nodes as they are.
    """
    items = _touched_items(result, index, edits)
    if items is None or result.model.buffers.rows.size:
        return None  # the decoupled lead time of a buffer hangs on items that are not encoded here
    touched = _with_pools(index, np.unique(np.concatenate(items)))
    if touched.size > min(_MOST_ITEMS, max(50, _LARGEST_SHARE * result.model.nodes.item_ids.len())):
        return None
    before = _part_of(result, index, touched)
    try:
        after = _edited(before, edits)
    except EditError:
        return None
    if after is None:
        return None
    own = np.flatnonzero(np.isin(result.model.nodes.item, touched)).astype(np.int32)
    if own.size == 0:
        return NodePatch(own, {}, {}), Seeds(own, np.zeros(0, np.uint64), np.zeros(0, np.bool_))
    return _patch(result, before, after, own, [_with_pools(index, one) for one in items])


def _touched_items(result: MrpResult, index: RowIndex, edits: Sequence[Edit]) -> list[NDArray[np.int32]] | None:
    """Return the codes of the items that each edit is about, or ``None`` when one is not about single items."""
    found: list[NDArray[np.int32]] = []
    for edit in edits:
        if edit.table not in (*_ROWS_OF_ITEMS, *_PARAMETERS) or not _keeps_nodes(result, edit):
            return None
        try:
            items = _items_of(result, index, edit)
        except EditError:
            return None
        if items is None or (items == NO_CODE).any():
            return None
        found.append(np.unique(items).astype(np.int32))
    return found or None


def _keeps_nodes(result: MrpResult, edit: Edit) -> bool:
    """Return whether an edit leaves the structure as it is, and the nodes that there are."""
    columns = {edit.column} if isinstance(edit, Change) else set(edit.rows.columns)
    if edit.table in _PARAMETERS:
        named = {"item_id", "site_id"} if not isinstance(edit, Change) else set()
        return not isinstance(edit, Delete) and not columns & (_STRUCTURAL - named)
    if len(result.model.nodes.site_ids) == 1:
        return True
    if edit.table in ("item_suppliers", "parameter_changes"):
        return True
    is_moved = bool(columns & set(_WHERE)) and (isinstance(edit, Change) or edit.table != "on_hand")
    return not isinstance(edit, Delete) and not is_moved


def _items_of(result: MrpResult, index: RowIndex, edit: Edit) -> NDArray[np.int32] | None:
    """Return the codes of the items that an edit is about: those named, and those of the rows that it changes."""
    model = result.model
    if isinstance(edit, Change):
        if edit.table not in model.data.tables:
            return None
        selected = selected_rows(model.data.tables, edit.table, edit.where)
        return index.items_of(edit.table, selected.arg_true().to_numpy().astype(np.int64))
    table = INPUT_TABLES[edit.table]
    rows, problems = edit_rows(table, edit, model.data.tables.get(edit.table))
    if problems or edit.table not in model.data.tables:
        return None
    named = np.zeros(0, np.int32)
    if "item_id" in rows.columns:
        named = model.nodes.item_index.codes_of(rows["item_id"])
    address = address_columns(table, rows)
    if address == table.key and len(address) == 1 and address[0] != "item_id":
        at = index.rows_of_ids(edit.table, rows[address[0]])
        there = index.items_of(edit.table, at[at >= 0].astype(np.int64))
        is_new = bool((at < 0).any())
        if is_new and ("item_id" not in rows.columns or model.data.table("allocations").height):
            return None  # allocations of other items may name the new order
        return np.concatenate([named, there])
    return named


def _with_pools(index: RowIndex, items: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the items with all that may consume a forecast of theirs, or whose forecast they may consume."""
    tops = index.forecast_tops()
    if tops is None:
        return items
    return np.flatnonzero(np.isin(tops, tops[items])).astype(np.int32)


def _part_of(result: MrpResult, index: RowIndex, touched: NDArray[np.int32]) -> PlanningData:
    """Return a data set of some items, with all rows that say something of how they are netted."""
    data, nodes = result.model.data, result.model.nodes
    tables = dict(data.tables)
    tables.pop("open_operations", None)
    others: list[NDArray[np.int32]] = [touched]
    for name in (*_ROWS_OF_ITEMS, "item_sites", "operations"):
        if name in tables:
            rows = index.rows_of_items(name, touched)
            tables[name] = tables[name][rows]
            if name == "demands":
                tables[name] = tables[name].with_columns(demand_id=index.ids_of(name, rows))
    if "bom_lines" in tables:
        lines = data.table("bom_lines")[index.rows_of_items("bom_lines", touched, "parent_item_id")]
        tables["bom_lines"] = lines
        others.append(nodes.item_index.codes_of(lines["component_item_id"]))
    if "allocations" in tables:
        allocations = tables["allocations"]
        orders = (
            tables["scheduled_receipts"]["order_id"]
            if "scheduled_receipts" in tables
            else pl.Series([], dtype=pl.String)
        )
        is_own = allocations["item_id"].is_in(nodes.item_ids[touched].implode())
        tables["allocations"] = allocations.filter(is_own | allocations["order_id"].is_in(orders.implode()))
        others.append(nodes.item_index.codes_of(tables["allocations"]["item_id"]))
    if "transfer_lanes" in tables and "item_id" in tables["transfer_lanes"].columns:
        lanes = tables["transfer_lanes"]
        is_own = lanes["item_id"].is_in(nodes.item_ids[touched].implode()) | lanes["item_id"].is_null()
        tables["transfer_lanes"] = lanes.filter(is_own)
    items = np.unique(np.concatenate(others))
    tables["items"] = tables["items"][items]
    if len(nodes.site_ids) > 1:
        tables["item_sites"] = _with_nodes(result, tables.get("item_sites"), touched)
    return PlanningData(data.settings, tables)


def _with_nodes(result: MrpResult, overrides: pl.DataFrame | None, touched: NDArray[np.int32]) -> pl.DataFrame:
    """Return ``item_sites`` with a row, if only an empty one, for each node of the items."""
    nodes = result.model.nodes
    own = np.flatnonzero(np.isin(nodes.item, touched))
    every = pl.DataFrame({"item_id": nodes.item_ids[nodes.item[own]], "site_id": nodes.site_ids[nodes.site[own]]})
    if overrides is None:
        return every
    filled = INPUT_TABLES["item_sites"].filled(overrides, ["item_id", "site_id"])
    overrides = overrides.with_columns(filled)
    return pl.concat([overrides, every.join(filled, on=["item_id", "site_id"], how="anti")], how="diagonal")


def _edited(data: PlanningData, edits: Sequence[Edit]) -> PlanningData | None:
    """Return the part of the data set with the edits made, or ``None`` when something is wrong with it then."""
    tables = dict(data.tables)
    for edit in edits:
        tables[edit.table], problems = edited_frame(tables, edit)
        if problems:
            return None
    for name in {edit.table for edit in edits}:
        conformed = conform(tables[name], INPUT_TABLES[name])
        if any(problem.severity is Severity.ERROR for problem in conformed.problems):
            return None
        tables[name] = conformed.frame
    if any(problem.severity is Severity.ERROR for problem in table_problems(tables)):
        return None
    return PlanningData(data.settings, tables)


def _patch(
    result: MrpResult, before: PlanningData, after: PlanningData, own: NDArray[np.int32], items: list[NDArray[np.int32]]
) -> tuple[NodePatch, Seeds] | None:
    """Return the rows of the edited nodes; ``None`` when a part of the data set does not say all about them."""
    base = result.netting
    small = [encode(data) for data in (before, after)]
    models = [model.netting_model(result.options) for model in small]
    at = [base_nodes(model.nodes, result.model.nodes)[own] for model in small]
    if any((codes < 0).any() for codes in at) or any(_has_other_nodes(model, own.size, result, own) for model in small):
        return None
    fields = node_fields(base)
    if any(node_fields(model) != fields for model in models):
        return None
    picked = [_picked(model, codes, fields.ragged) for model, codes in zip(models, at, strict=True)]
    reference = _picked(base, own, fields.ragged)
    if _differs(reference, picked[0]).is_other.any():
        return None  # something else reaches these nodes, such as another item's orders
    found = _differs(reference, picked[1])
    for indptr in fields.ragged:
        if indptr not in OWN_ROWS and not np.array_equal(getattr(reference, indptr), getattr(picked[1], indptr)):
            return None
    rows = picked[1]
    patch = NodePatch(
        own,
        {name: getattr(rows, name) for name in fields.by_node},
        {
            indptr: (np.diff(getattr(rows, indptr)), {name: getattr(rows, name) for name in names})
            for indptr, names in fields.ragged.items()
            if indptr != "parent_indptr"
        },
    )
    return patch, Seeds(own, _causes(result, own, items), found.is_read_below)


def _has_other_nodes(model: PlanningModel, n_own: int, result: MrpResult, own: NDArray[np.int32]) -> bool:
    """Return whether the items are planned at other sites than before."""
    ids = result.model.nodes.item_ids[np.unique(result.model.nodes.item[own])]
    is_own = model.nodes.item_ids.is_in(ids.implode()).to_numpy()
    return int(is_own[model.nodes.item].sum()) != n_own


def _picked(model: NettingModel, nodes: NDArray[np.int32], ragged: Mapping[str, tuple[str, ...]]) -> NettingModel:
    """Return the rows of some nodes as a model of their own; without the lines to them, which an edit here leaves."""
    fields = node_fields(model)
    arrays = model._asdict()
    for name in fields.by_node:
        arrays[name] = arrays[name][nodes]
    for indptr, names in ragged.items():
        starts = getattr(model, indptr)[nodes]
        counts = getattr(model, indptr)[nodes + 1] - starts
        if indptr == "parent_indptr":
            counts = np.zeros_like(counts)
        arrays[indptr] = np.concatenate(([0], np.cumsum(counts)))
        for name in names:
            arrays[name] = arrays[name][ranges(starts, counts)]
    return NettingModel(**arrays)


def _differs(one: NettingModel, other: NettingModel) -> Difference:
    """Return which of the same nodes differ in two models, whatever days their calendars are written out for."""
    calendars = {name: getattr(one, name) for name in ("first_day", "table", "is_open")}
    return difference(one, other._replace(**calendars), np.arange(one.nodes.shape[0], dtype=np.int32))


def _causes(result: MrpResult, own: NDArray[np.int32], items: list[NDArray[np.int32]]) -> NDArray[np.uint64]:
    """Return the bits of the edits that are about each node's item."""
    causes = np.zeros(own.size, np.uint64)
    for number, touched in enumerate(items):
        is_touched = np.isin(result.model.nodes.item[own], touched)
        causes[is_touched] |= np.uint64(1 << min(number, LAST_EDIT))
    return causes
