"""The planned orders that are not the same in two plans, as arrays and as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.codes import NO_CODE, dates_of
from planning.comparison_tables import CHANGE_KINDS, ORDER_CHANGES
from planning.ids import join_ids, keys_of_nodes
from planning.kernels.comparing import CHANGE_DTYPE, NO_ORDER, count_changes, write_changes
from planning.kernels.netting_arrays import Records
from planning.node_pairs import NodePairs, rerouted

if TYPE_CHECKING:
    from planning.mrp import MrpResult

CREATED, CANCELLED, MOVED, RESIZED, MOVED_AND_RESIZED, REROUTED = range(6)


def find_changes(before: MrpResult, after: MrpResult, pairs: NodePairs) -> Records:
    """Return the orders that differ, as ``CHANGE_DTYPE``, node by node."""
    shift = (after.model.as_of - before.model.as_of).days
    is_rerouted = rerouted(before, after, pairs)
    count = np.empty(pairs.before.shape[0], np.int64)
    slices = (
        before.plan.dated_orders, *_planned(before, pairs.before), after.plan.dated_orders,
        *_planned(after, pairs.after), shift, is_rerouted,
    )  # fmt: skip
    count_changes(*slices, count)
    changed = np.flatnonzero(count)
    base_indptr = np.concatenate(([0], np.cumsum(count[changed])))
    changes = np.empty(base_indptr[-1], CHANGE_DTYPE)
    write_changes(changed, *slices, base_indptr, changes)
    return changes


def _planned(result: MrpResult, nodes: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the planned orders of each node begin and end, those of phantoms and firm ones left out."""
    orders, firm_indptr = result.plan.orders, result.model.event_table.firm_indptr
    node = np.maximum(nodes, 0)
    has_none = (nodes == NO_CODE) | result.model.node_rows["is_phantom"][node]
    begin = orders.first[node] + firm_indptr[node + 1] - firm_indptr[node]
    end = orders.first[node] + orders.counts[node]
    return np.where(has_none, 0, begin), np.where(has_none, 0, end)


@dataclass(frozen=True, slots=True)
class Side:
    """The changed orders as one of the plans has them.

    Parameters
    ----------
    result
        The plan.
    is_there
        bool, shape (n_changes,): it has the order.
    node
        int32, shape (n_changes,): the order's node, 0 where it is not there.
    rows
        The orders; any one where it is not there.
    number
        int32, shape (n_changes,): the number in its id.
    """

    result: MrpResult
    is_there: NDArray[np.bool_]
    node: NDArray[np.int32]
    rows: Records
    number: NDArray[np.int32]

    def value(self) -> NDArray[np.float64]:
        """Return quantity x unit_cost, 0 where the order is not there."""
        unit_cost = self.result.model.sourcing.parameters["unit_cost"].to_numpy()
        value: NDArray[np.float64] = np.where(self.is_there, self.rows["quantity"] * unit_cost[self.node], 0.0)
        return value

    def dates(self, name: str) -> pl.Series:
        """Return a date of the orders, empty where they are not there."""
        return dates_of(self.rows[name], self.result.model.as_of).set(pl.Series(~self.is_there), None)

    def quantity(self) -> pl.Series:
        """Return the quantity of the orders, empty where they are not there."""
        return pl.Series(np.ascontiguousarray(self.rows["quantity"])).set(pl.Series(~self.is_there), None)

    def ids(self) -> pl.Series:
        """Return the ids of the orders, empty where they are not there."""
        keys = keys_of_nodes(self.result.model.nodes, self.node)
        names = join_ids(keys, np.ascontiguousarray(self.rows["need"]), self.number, self.result.model.as_of)
        return names.set(pl.Series(~self.is_there), None)

    def texts(self) -> tuple[pl.Series, pl.Series, pl.Series]:
        """Return item, site and supply type, as the node of each change has them."""
        nodes = self.result.model.nodes
        supply_type = self.result.model.sourcing.parameters["supply_type"]
        return nodes.item_ids[nodes.item[self.node]], nodes.site_ids[nodes.site[self.node]], supply_type[self.node]


def side_of(result: MrpResult, node: NDArray[np.int32], order: NDArray[np.int64], number: NDArray[np.int32]) -> Side:
    """Return one side of the changes."""
    is_there = order != NO_ORDER
    rows = result.plan.dated_orders
    picked = rows[np.where(is_there, order, 0)] if rows.shape[0] else np.zeros(order.shape[0], rows.dtype)
    return Side(result, is_there, np.where(is_there, node, 0).astype(np.int32), picked, number)


def sides_of(before: MrpResult, after: MrpResult, pairs: NodePairs, changes: Records) -> tuple[Side, Side]:
    """Return the changes as both plans have them."""
    pair = changes["pair"]
    return (
        side_of(before, pairs.before[pair], changes["before"], changes["number_before"]),
        side_of(after, pairs.after[pair], changes["after"], changes["number_after"]),
    )


def kinds_of(before: Side, after: Side) -> NDArray[np.int8]:
    """Return what became of each order, as a place in ``CHANGE_KINDS``.

    Returns
    -------
    numpy.ndarray
        int8, shape (n_changes,).
    """
    shift = (after.result.model.as_of - before.result.model.as_of).days
    is_moved = np.zeros(before.node.shape[0], np.bool_)
    for name in ("need", "due", "release"):
        is_moved |= before.rows[name] != after.rows[name] + shift
    a, b = before.rows["quantity"], after.rows["quantity"]
    is_resized = np.abs(a - b) > 1e-9 * np.maximum(np.abs(a), np.abs(b))
    both = np.where(is_moved, np.where(is_resized, MOVED_AND_RESIZED, MOVED), np.where(is_resized, RESIZED, REROUTED))
    return np.where(~before.is_there, CREATED, np.where(~after.is_there, CANCELLED, both)).astype(np.int8)


def values_of(kinds: NDArray[np.int8], before: Side, after: Side) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the change of each order's value, and the money that it touches.

    Notes
    -----
    A resized order touches the difference; every other change the whole order, the larger of both values.
    """
    first, second = before.value(), after.value()
    touched = np.where(kinds == RESIZED, np.abs(second - first), np.maximum(first, second))
    return second - first, touched


def order_table(
    before: Side, after: Side, kinds: NDArray[np.int8], figures: Mapping[str, NDArray[Any]]
) -> pl.DataFrame:
    """Return the table ``order_changes`` of some changes."""
    is_after = pl.Series(after.is_there)
    texts = [b.zip_with(is_after, a) for a, b in zip(before.texts(), after.texts(), strict=True)]
    dates = {
        f"{name}_date_{when}": side.dates(name)
        for name in ("release", "due")
        for when, side in (("before", before), ("after", after))
    }
    columns = {
        "change": pl.Series(CHANGE_KINDS, dtype=pl.String)[kinds],
        **dict(zip(("item_id", "site_id", "supply_type"), texts, strict=True)),
        "order_id_before": before.ids(),
        "order_id_after": after.ids(),
        "quantity_before": before.quantity(),
        "quantity_after": after.quantity(),
        **dates,
        **figures,
    }
    frame = pl.DataFrame(columns)
    days = (pl.col("due_date_after") - pl.col("due_date_before")).dt.total_days()
    return frame.with_columns(days=days).select(ORDER_CHANGES.column_names)
