"""The planned orders that are not the same in two plans, as arrays and as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.arrays import PlanningModel
from planning.comparing.order_matching import Matched, Slices
from planning.comparing.tables import CHANGE_KINDS, ORDER_CHANGES
from planning.decoding.ids import join_ids
from planning.decoding.taken_ids import keys_of_nodes, taken_numbers, without_taken
from planning.encoding.codes import NO_CODE, dates_of
from planning.encoding.fences import fence_days
from planning.encoding.site_calendars import site_calendars
from planning.kernels.comparing import NO_ORDER, describe_changes
from planning.kernels.netting_arrays import Records


@dataclass(frozen=True, slots=True)
class Described:
    """What became of each order.

    Parameters
    ----------
    kind
        int8, shape (n_changes,): a place in ``CHANGE_KINDS``.
    value_change, value_touched
        float64: quantity x unit_cost after less before, and the money that the change touches.
    is_near
        bool: one of its release dates lies before ``near_days``.
    """

    kind: NDArray[np.int8]
    value_change: NDArray[np.float64]
    value_touched: NDArray[np.float64]
    is_near: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Side:
    """The changed orders as one of the plans has them.

    Parameters
    ----------
    model
        Its data set.
    is_there
        bool, shape (n_changes,): it has the order.
    node
        int32, shape (n_changes,): the order's node, 0 where it is not there.
    rows
        The orders; any one where it is not there.
    number
        int32, shape (n_changes,): its place, from 1, among the orders of its node and need day.
    """

    model: PlanningModel
    is_there: NDArray[np.bool_]
    node: NDArray[np.int32]
    rows: Records
    number: NDArray[np.int32]

    def dates(self, name: str) -> pl.Series:
        """Return a date of the orders, empty where they are not there."""
        return dates_of(self.rows[name], self.model.as_of).set(pl.Series(~self.is_there), None)

    def quantity(self) -> pl.Series:
        """Return the quantity of the orders, empty where they are not there."""
        return pl.Series(np.ascontiguousarray(self.rows["quantity"])).set(pl.Series(~self.is_there), None)

    def ids(self) -> pl.Series:
        """Return the ids of the orders, empty where they are not there."""
        keys = keys_of_nodes(self.model.nodes, self.node)
        need = np.ascontiguousarray(self.rows["need"])
        number = without_taken(taken_numbers(self.model, np.unique(self.node)), self.node, need, self.number)
        names = join_ids(keys, need, number, self.model.as_of)
        return names.set(pl.Series(~self.is_there), None)

    def is_in_fence(self) -> NDArray[np.bool_]:
        """Return whether the order is there and is due inside the planning time fence of its item."""
        nodes, parameters = self.model.nodes, self.model.sourcing.parameters
        length = parameters["planning_time_fence_days"][self.node].fill_null(0).cast(pl.Int32).to_numpy()
        if not length.any():
            return np.zeros(length.shape[0], np.bool_)
        calendar = site_calendars(self.model.data, nodes, self.model.calendars)[self.node]
        is_inside: NDArray[np.bool_] = self.rows["due"] <= fence_days(
            length, calendar, self.model.calendars.working_days
        )
        return self.is_there & is_inside

    def texts(self) -> tuple[pl.Series, pl.Series, pl.Series]:
        """Return item, site and supply type, as the node of each change has them."""
        nodes = self.model.nodes
        supply_type = self.model.sourcing.parameters["supply_type"]
        return nodes.item_ids[nodes.item[self.node]], nodes.site_ids[nodes.site[self.node]], supply_type[self.node]


def side_of(slices: Slices, pair: NDArray[np.int64], order: NDArray[np.int64], number: NDArray[np.int32]) -> Side:
    """Return one side of the changes."""
    is_there = order != NO_ORDER
    rows = slices.rows
    picked = rows[np.where(is_there, order, 0)] if rows.shape[0] else np.zeros(order.shape[0], rows.dtype)
    return Side(slices.model, is_there, np.where(is_there, slices.nodes[pair], 0).astype(np.int32), picked, number)


def sides_of(matched: Matched, changes: Records) -> tuple[Side, Side]:
    """Return some of the changes as both plans have them."""
    pair = changes["pair"]
    return (
        side_of(matched.before, pair, changes["before"], changes["number_before"]),
        side_of(matched.after, pair, changes["after"], changes["number_after"]),
    )


def describe(matched: Matched, near_days: int) -> Described:
    """Return what became of each order.

    Notes
    -----
    A resized order touches the difference of its values; every other change the whole order, the larger of both values.
    """
    n = matched.changes.shape[0]
    found = Described(np.empty(n, np.int8), np.empty(n), np.empty(n), np.empty(n, np.bool_))
    describe_changes(
        matched.changes, matched.before.rows, _unit_costs(matched.before), matched.after.rows,
        _unit_costs(matched.after), matched.shift, near_days, found.kind, found.value_change, found.value_touched,
        found.is_near,
    )  # fmt: skip
    return found


def _unit_costs(slices: Slices) -> NDArray[np.float64]:
    """Return the unit cost of each node, 0 for one that is not there."""
    unit_cost = slices.model.sourcing.parameters["unit_cost"].to_numpy()
    costs: NDArray[np.float64] = np.where(slices.nodes == NO_CODE, 0.0, unit_cost[np.maximum(slices.nodes, 0)])
    return costs


def order_table(
    before: Side, after: Side, kinds: NDArray[np.int8], figures: Mapping[str, NDArray[Any] | pl.Series]
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
