"""Where orders and demands stand in a plan, found by their ids without a look at all the others."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.arrays import PlanningModel
from planning.decoding.ids import join_ids
from planning.decoding.taken_ids import keys_of_nodes, number_of, place_of, taken_numbers, without_taken
from planning.encoding.codes import NO_CODE, IdIndex
from planning.kernels.netting_arrays import Orders

_MOST_NEAR = 5
_MOST_COMPARED = 5_000
_GENERATED = "demands:"


@dataclass(frozen=True, slots=True)
class OrderPlace:
    """Where an order stands.

    Parameters
    ----------
    node
        The item at a site that it supplies.
    order
        Its place in the plan's orders.
    """

    node: int
    order: int


class OrderIndex:
    """Finds orders and demands by their ids, and names single orders.

    Parameters
    ----------
    model
        The data set.
    orders
        The plan's orders.

    Notes
    -----
    A planned order's id says where it stands: it is read, not looked up. Ids of the data set are hashed once.
    """

    def __init__(self, model: PlanningModel, orders: Orders) -> None:
        self._model, self._orders = model, orders

    def planned(self, order_id: str) -> OrderPlace | None:
        """Return the place of a planned order, none when the plan has no such order."""
        for node, day, number in self._readings(order_id):
            if self._model.node_rows["is_phantom"][node]:
                continue
            first, end = self.planned_range(node)
            need = self._orders.rows["need"][first:end]
            place = place_of(number, self._taken(node, day))
            order = first + int(np.searchsorted(need, day)) + place - 1
            if place >= 1 and order < end and self._orders.rows["need"][order] == day:
                return OrderPlace(node, order)
        return None

    def planned_range(self, node: int) -> tuple[int, int]:
        """Return the first and the end of a node's planned orders."""
        table, orders = self._model.event_table, self._orders
        first = int(orders.first[node])
        n_firm = int(table.firm_indptr[node + 1] - table.firm_indptr[node])
        return first + n_firm, first + int(orders.counts[node])

    def _readings(self, order_id: str) -> Iterator[tuple[int, int, int]]:
        """Yield the node, day and number that an id can mean."""
        key, _, rest = order_id.rpartition("/")
        key, _, day_text = key.rpartition("/")
        try:
            day, number = (date.fromisoformat(day_text) - self._model.as_of).days, int(rest)
        except ValueError:
            return
        for node in self._nodes_of_key(key):
            yield node, day, number

    def _nodes_of_key(self, key: str) -> Iterator[int]:
        """Yield the nodes that ``item@site`` can mean: more than one only where an id begins or ends with ``@``."""
        for at, character in enumerate(key):
            if character == "@" and (parts := _unescaped(key[:at], key[at + 1 :])) is not None:
                node = self.node(*parts)
                if node != NO_CODE:
                    yield node

    def node(self, item_id: str, site_id: str) -> int:
        """Return the node of an item at a site, -1 when it is none."""
        nodes = self._model.nodes
        item, site = nodes.item_index.position(item_id), self._sites.get(site_id)
        if item == NO_CODE or site is None:
            return NO_CODE
        return int(nodes.lookup[item * len(self._sites) + site])

    @cached_property
    def _sites(self) -> dict[str, int]:
        """The code of each site."""
        return {str(site_id): code for code, site_id in enumerate(self._model.nodes.site_ids.to_list())}

    def receipt_row(self, order_id: str) -> int:
        """Return the row of scheduled_receipts with an id, -1 when there is none."""
        return self._receipts.position(order_id)

    def demand_row(self, demand_id: str) -> int:
        """Return the row of demands with an id, given or generated, -1 when there is none."""
        index, rows = self._demands
        position = index.position(demand_id)
        if position != NO_CODE:
            return int(rows[position])
        text = demand_id.removeprefix(_GENERATED)
        if text == demand_id or not text.isdecimal():
            return NO_CODE
        row = int(text) - 1
        frame = self._model.data.table("demands")
        is_generated = 0 <= row < frame.height and ("demand_id" not in frame.columns or frame["demand_id"][row] is None)
        return row if is_generated else NO_CODE

    @cached_property
    def _receipts(self) -> IdIndex:
        """The ids of the open orders."""
        return IdIndex(self._model.data.table("scheduled_receipts")["order_id"])

    @cached_property
    def _demands(self) -> tuple[IdIndex, NDArray[np.int64]]:
        """The ids that demands have, and their rows."""
        frame = self._model.data.table("demands")
        ids = frame["demand_id"] if "demand_id" in frame.columns else pl.Series([None] * 0, dtype=pl.String)
        rows = np.flatnonzero(ids.is_not_null().to_numpy())
        return IdIndex(ids.drop_nulls()), rows

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """The first order of each node, by level."""
        starts: NDArray[np.int64] = self._orders.first[self._model.level_nodes]
        return starts

    def place(self, order: int) -> OrderPlace:
        """Return an order with its node."""
        # of nodes without orders that start at the same place, the last one is the owner
        at = int(np.searchsorted(self.starts, order, side="right")) - 1
        return OrderPlace(int(self._model.level_nodes[at]), order)

    def firm_row(self, place: OrderPlace) -> int:
        """Return the row of scheduled_receipts that a firm planned order comes from, -1 of a planned order."""
        table = self._model.event_table
        k = table.firm_indptr[place.node] + place.order - self._orders.first[place.node]
        return int(table.firm_row[k]) if k < table.firm_indptr[place.node + 1] else NO_CODE

    def name(self, place: OrderPlace) -> str:
        """Return the id of one order."""
        row = self.firm_row(place)
        if row != NO_CODE:
            return str(self._model.data.table("scheduled_receipts")["order_id"][row])
        first, _ = self.planned_range(place.node)
        need = self._orders.rows["need"]
        day = int(need[place.order])
        nth = place.order - first - int(np.searchsorted(need[first : place.order], day)) + 1
        return f"{self.node_key(place.node)}/{self.date_of(day)}/{number_of(nth, self._taken(place.node, day))}"

    def names(self, orders: NDArray[np.int64]) -> pl.Series:
        """Return the ids of some orders; what it takes does not depend on the others."""
        if not orders.size:
            return pl.Series([], dtype=pl.String)
        at = np.searchsorted(self.starts, orders, side="right") - 1
        node = self._model.level_nodes[at]
        table, need = self._model.event_table, self._orders.rows["need"]
        firm = table.firm_indptr[node] + orders - self._orders.first[node]
        is_firm = firm < table.firm_indptr[node + 1]
        first = self._orders.first[node] + table.firm_indptr[node + 1] - table.firm_indptr[node]
        place = np.ones(orders.shape[0], np.int32)
        before = orders - 1
        alike = np.flatnonzero(before >= first)
        while (alike := alike[need[before[alike]] == need[orders[alike]]]).size:
            place[alike] += 1
            before[alike] -= 1
            alike = alike[before[alike] >= first[alike]]
        nodes = np.unique(node)
        number = without_taken(taken_numbers(self._model, nodes), node, need[orders], place)
        keys = keys_of_nodes(self._model.nodes, nodes)[np.searchsorted(nodes, node)]
        names = join_ids(keys, need[orders], number, self._model.as_of)
        if is_firm.any():
            receipts = self._model.data.table("scheduled_receipts")["order_id"]
            picked = receipts[table.firm_row[np.where(is_firm, firm, firm[is_firm][0])]]
            names = picked.zip_with(pl.Series(is_firm), names)
        return names

    def _taken(self, node: int, day: int) -> list[int]:
        """Return the numbers that open orders have among those of a node's planned orders of a day."""
        return taken_numbers(self._model, np.array([node], np.int32)).get((node, day), [])

    def demand_name(self, row: int) -> str:
        """Return the id of a row of demands."""
        frame = self._model.data.table("demands")
        given = frame["demand_id"][row] if "demand_id" in frame.columns else None
        return f"{_GENERATED}{row + 1}" if given is None else str(given)

    def node_key(self, node: int) -> str:
        """Return ``item@site`` of a node, ``@`` doubled in each."""
        nodes = self._model.nodes
        parts = nodes.item_ids[int(nodes.item[node])], nodes.site_ids[int(nodes.site[node])]
        return "@".join(part.replace("@", "@@") for part in parts)

    def date_of(self, day: int) -> date:
        """Return a day number as a date."""
        return self._model.as_of + timedelta(days=day)

    def near(self, name: str) -> list[str]:
        """Return ids of the plan that look like one that is none: for the error that says so."""
        key = name.rsplit("/", 2)[0]
        for node in self._nodes_of_key(key):
            first, end = self.planned_range(node)
            names = [self.name(OrderPlace(node, order)) for order in range(first, min(end, first + _MOST_COMPARED))]
            return difflib.get_close_matches(name, names, n=_MOST_NEAR, cutoff=0.0)
        data = self._model.data
        columns = [("items", "item_id"), ("scheduled_receipts", "order_id"), ("demands", "demand_id")]
        known = [data.table(table)[column] for table, column in columns if column in data.table(table).columns]
        alike = [ids.filter(ids.str.starts_with(name[:2])).head(_MOST_COMPARED).to_list() for ids in known]
        return difflib.get_close_matches(name, [text for ids in alike for text in ids], n=_MOST_NEAR)


def _unescaped(item: str, site: str) -> tuple[str, str] | None:
    """Return an item and a site whose ``@`` stand doubled, none when one stands alone."""
    texts = [part.replace("@@", "") for part in (item, site)]
    if any("@" in text for text in texts):
        return None
    return item.replace("@@", "@"), site.replace("@@", "@")
