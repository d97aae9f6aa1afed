"""What netting reads of each node, field by field, and where two models differ in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bom.ranges import ranges
from planning.encoding.codes import NO_CODE, codes_of
from planning.encoding.nodes import NodeTable
from planning.kernels.netting_arrays import NettingModel, Records

# Fields of a node's record, and rows of a node, that only its own netting reads; what is not named here is taken to be
# read by its components too.
_OWN_FIELDS = {
    "on_hand",
    "safety_stock",
    "lead_time_days",
    "lead_time_days_per_unit",
    "is_lead_time_working",
    "routing_days",
    "routing_days_per_unit",
    "safety_lead_time_days",
    "lot_sizing_rule",
    "fixed_order_quantity",
    "period_of_supply_days",
    "order_up_to_level",
    "order_point",
    "minimum_order_quantity",
    "order_multiple",
    "maximum_order_quantity",
    "can_order",
    "decimals",
    "planning_fence_day",
    "ordering_cost",
    "holding_cost",
}
OWN_ROWS = {"demand_indptr", "receipt_indptr", "lot_indptr", "buffer_indptr", "parent_indptr"}
_CALENDARS = ("first_day", "table", "is_open")


@dataclass(frozen=True, slots=True)
class NodeFields:
    """The fields of a :class:`NettingModel` by how they belong to nodes.

    Parameters
    ----------
    by_node
        Arrays with one row per node.
    ragged
        For each ``_indptr`` the arrays whose rows it groups by node.
    common
        What belongs to no node.
    """

    by_node: tuple[str, ...]
    ragged: dict[str, tuple[str, ...]]
    common: tuple[str, ...]


def node_fields(model: NettingModel) -> NodeFields:
    """Return how the fields of a model belong to nodes.

    An ``_indptr`` groups the field behind it, and those behind that as long as they have as many rows; an array before
    the first ``_indptr`` with a row per node is one by node.

    Examples
    --------
    >>> from planning.kernels.netting_arrays import NettingModel
    >>> one, two = np.zeros(2), np.array([0, 1, 1])
    >>> model = NettingModel(one[:1], one, two, one[:1], *[two, one[:1]] * 7, 0, one, one)
    >>> node_fields(model).by_node, node_fields(model).ragged["demand_indptr"]
    (('nodes',), ('demands',))
    """
    n_nodes = model.nodes.shape[0]
    by_node, ragged, common = ["nodes"], dict[str, tuple[str, ...]](), []
    group = ""
    is_first = False
    for name, value in model._asdict().items():
        if name == "nodes":
            continue
        if name.endswith("_indptr"):
            group, is_first = name, True
            ragged[name] = ()
        elif name in (*_CALENDARS, "choices") or not isinstance(value, np.ndarray):
            common.append(name)
            group = ""
        elif group and (is_first or value.shape[0] == getattr(model, group)[-1]):
            ragged[group] = (*ragged[group], name)
            is_first = False
        elif value.shape[0] == n_nodes:
            by_node.append(name)
        else:
            common.append(name)
    return NodeFields(tuple(by_node), ragged, tuple(common))


@dataclass(frozen=True, slots=True)
class Difference:
    """Which nodes netting reads something else of.

    Parameters
    ----------
    is_other
        bool, shape (n_nodes,): some input of the node differs.
    is_read_below
        bool, shape (n_nodes,): one that its components may read too.
    """

    is_other: NDArray[np.bool_]
    is_read_below: NDArray[np.bool_]


def difference(base: NettingModel, model: NettingModel, base_nodes: NDArray[np.int32]) -> Difference:
    """Return which nodes of ``model`` have inputs other than in ``base``.

    Parameters
    ----------
    base, model
        The models before and after.
    base_nodes
        int32, shape (n_nodes,): each node's code in ``base``, -1 where it is not there.
    """
    fields = node_fields(model)
    is_new = base_nodes < 0
    result = Difference(is_new.copy(), is_new.copy())
    if fields != node_fields(base) or any(not _is_same_common(base, model, name) for name in fields.common):
        result.is_other[:] = True
        result.is_read_below[:] = True
        return result
    at = np.maximum(base_nodes, 0)
    for name in fields.by_node:
        for field, differs in _differing_fields(getattr(base, name)[at], getattr(model, name)).items():
            result.is_other[differs] = True
            if field not in _OWN_FIELDS:
                result.is_read_below[differs] = True
    codes = np.full(base.nodes.shape[0] + 1, -1, np.int32)
    codes[base_nodes[~is_new]] = np.flatnonzero(~is_new)
    for indptr, names in fields.ragged.items():
        differs = _differing_rows(base, model, indptr, names, at, codes)
        result.is_other[differs] = True
        if indptr not in OWN_ROWS:
            result.is_read_below[differs] = True
    _mark_calendars(base, model, result)
    return result


def _is_same_common(base: NettingModel, model: NettingModel, name: str) -> bool:
    """Return whether what belongs to no node is the same; calendars are looked at on their own."""
    if name in _CALENDARS:
        return bool(model.table.shape[0] == base.table.shape[0])
    one, other = np.asarray(getattr(base, name)), np.asarray(getattr(model, name))
    if one.shape != other.shape:
        return False
    return all(not bool(np.any(differs)) for differs in _differing_fields(one, other).values())


def _differing_fields(one: Records, other: Records) -> dict[str, NDArray[np.bool_]]:
    """Return for each field of two arrays of records, or for plain arrays, in which rows they differ."""
    if one.dtype.names is None:
        return {"": _differs(one, other)}
    return {name: _differs(one[name], other[name]) for name in one.dtype.names}


def _differs(one: NDArray[Any], other: NDArray[Any]) -> NDArray[np.bool_]:
    """Return where two arrays differ; NaN is the same as NaN."""
    differs = np.asarray(one != other, dtype=np.bool_)
    if one.dtype.kind == "f":
        differs &= ~(np.isnan(one) & np.isnan(other))
    return differs if differs.ndim == 1 else np.asarray(differs.reshape(differs.shape[0], -1).any(axis=1))


def _differing_rows(
    base: NettingModel,
    model: NettingModel,
    indptr: str,
    names: tuple[str, ...],
    at: NDArray[np.int32],
    codes: NDArray[np.int32],
) -> NDArray[np.bool_]:
    """Return which nodes have other rows under one ``_indptr``."""
    before, now = getattr(base, indptr), getattr(model, indptr)
    counts = np.diff(now)
    differs: NDArray[np.bool_] = np.diff(before)[at] != counts
    same = np.flatnonzero(~differs)
    rows, base_rows = ranges(now[same], counts[same]), ranges(before[at[same]], counts[same])
    owner = np.repeat(same, counts[same])
    for name in names:
        one, other = getattr(base, name)[base_rows], getattr(model, name)[rows]
        if one.dtype.names and "parent" in one.dtype.names:
            one["parent"] = codes[one["parent"]]
        for differing in _differing_fields(one, other).values():
            differs[owner[differing]] = True
    return differs


def base_nodes(base: NodeTable, nodes: NodeTable) -> NDArray[np.int32]:
    """Return each node's code in another table of nodes, -1 where it is not there."""
    items = base.item_index.codes_of(nodes.item_ids)[nodes.item]
    sites = codes_of(nodes.site_ids, base.site_ids)[nodes.site]
    is_known = (items != NO_CODE) & (sites != NO_CODE)
    at = base.of(np.where(is_known, items, 0), np.where(is_known, sites, 0))
    return np.where(is_known, at, NO_CODE).astype(np.int32)


def _mark_calendars(base: NettingModel, model: NettingModel, result: Difference) -> None:
    """Mark the nodes that count on a calendar with other working days, wherever the tables of days end."""
    first = min(base.first_day, model.first_day)
    last = max(m.first_day + m.table.shape[1] - 2 for m in (base, model))
    days = np.arange(first, last + 1)
    differs = (_open_days(base, days) != _open_days(model, days)).any(axis=1)
    differs |= (base.is_open != model.is_open).any(axis=1)
    if not differs.any():
        return
    is_differing = np.append(differs, False)
    fields = node_fields(model)
    for name in fields.by_node:
        for codes in _calendar_codes(getattr(model, name)):
            is_marked = is_differing[codes]
            result.is_other[is_marked] = True
            result.is_read_below[is_marked] = True
    for indptr, names in fields.ragged.items():
        owner = np.repeat(np.arange(model.nodes.shape[0]), np.diff(getattr(model, indptr)))
        for codes in (codes for name in names for codes in _calendar_codes(getattr(model, name))):
            marked = owner[is_differing[codes]]
            result.is_other[marked] = True
            result.is_read_below[marked] = True


def _calendar_codes(rows: Records) -> list[NDArray[np.int32]]:
    """Return the columns of records that name calendars; -1 is every day."""
    return [rows[name] for name in rows.dtype.names or () if "calendar" in name]


def _open_days(model: NettingModel, days: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which days are open in each calendar."""
    n_days = model.table.shape[1] - 1
    k = days - model.first_day
    is_tabled = (k >= 0) & (k < n_days)
    tabled = np.diff(model.table["n_before"], axis=1) > 0
    is_open: NDArray[np.bool_] = np.where(is_tabled, tabled[:, np.clip(k, 0, n_days - 1)], model.is_open[:, days % 7])
    return is_open
