"""Full pegging of one order or demand: its end uses or its sources added up, and the tree between them."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from bom.errors import PlanningError
from planning.encoding.codes import NO_CODE, dates_of
from planning.kernels.supply_rows import SupplyKind
from planning.mrp import MrpResult
from planning.pegging import peg_nodes
from planning.pegs.table import pegging_frame
from planning.pegs.trace import Flow, PegTrace, Place

_SCHEMA = {
    "depth": pl.Int64(),
    "kind": pl.String(),
    "id": pl.String(),
    "item_id": pl.String(),
    "site_id": pl.String(),
    "quantity": pl.Float64(),
    "date": pl.Date(),
}


@dataclass(frozen=True, slots=True)
class PegStart:
    """Where a walk begins: a supply, or the requirements of a demand.

    Parameters
    ----------
    kind, name, node, day, quantity
        What was asked for.
    supply
        The supply, of an order.
    requirements
        The requirements with their quantities, of a demand.
    """

    kind: str
    name: str
    node: int
    day: int
    quantity: float
    supply: Place | None
    requirements: tuple[tuple[Place, float], ...]


def find_start(walk: PegTrace, name: str) -> PegStart | None:
    """Return the planned order, open order or demand with an id; none when the plan has none."""
    result = walk.result
    index, table = result.order_index, result.model.event_table
    planned = index.planned(name)
    if planned is not None:
        return _of_supply(walk, "planned_order", name, planned.node, SupplyKind.PLANNED_ORDER, planned.order)
    row = index.receipt_row(name)
    receipts = np.flatnonzero(table.receipt_row == row) if row != NO_CODE else np.zeros(0, np.int64)
    if receipts.size:
        receipt = int(receipts[0])
        node = int(np.searchsorted(table.receipt_indptr, receipt, side="right")) - 1
        return _of_supply(walk, "scheduled_receipt", name, node, SupplyKind.SCHEDULED_RECEIPT, receipt)
    row = index.demand_row(name)
    demands = np.flatnonzero(table.demand_row == row) if row != NO_CODE else np.zeros(0, np.int64)
    return _of_demand(walk, name, int(demands[0])) if demands.size else None


def _of_supply(
    walk: PegTrace, kind: str, name: str, node: int, supply_kind: SupplyKind, source: int
) -> PegStart | None:
    """Return an order as a start; none when it supplies nothing (an open order of a phantom)."""
    at = walk.at(node)
    number = at.supply(supply_kind, source)
    if number == NO_CODE:
        return None
    day, quantity = int(at.supplies["arrival"][number]), float(at.given[number])
    place = Place(node, number)
    return PegStart(kind, name, node, day, quantity, place, tuple(walk.components(place, quantity)))


def _of_demand(walk: PegTrace, name: str, demand: int) -> PegStart:
    """Return a demand as a start; one on a phantom has requirements on what the phantom is made of."""
    netting = walk.result.netting
    node = int(np.searchsorted(netting.demand_indptr, demand, side="right")) - 1
    own = [(Place(node, number), node) for number in walk.at(node).of_source(-1 - demand)]
    if netting.nodes["is_phantom"][node]:
        for component in walk.component_nodes(node):
            own += [(Place(component, number), component) for number in walk.at(component).of_source(-1 - demand)]
    rows = [(place, float(walk.at(at).requirements["quantity"][place.number])) for place, at in own]
    day, quantity = int(netting.demands["day"][demand]), float(netting.demands["quantity"][demand])
    return PegStart("demand", name, node, day, quantity, None, tuple(rows))


def is_order(result: MrpResult, name: str) -> bool:
    """Return whether an id is that of a planned or open order of the plan."""
    index = result.order_index
    return index.planned(name) is not None or index.receipt_row(name) != NO_CODE


def end_uses(result: MrpResult, name: str) -> pl.DataFrame:
    """Return what an order is for in the end: demands, safety stock, and what is left over, with quantities.

    Parameters
    ----------
    result
        A plan.
    name
        The id of a planned or open order.

    Returns
    -------
    pl.DataFrame
        ``kind``, ``id``, ``item_id``, ``site_id``, ``quantity`` and ``date``. The quantities are in the unit of the
        order's item and add up to the order.

    Raises
    ------
    PlanningError
        When the plan has no such order.
    """
    walk = PegTrace(result)
    start = _start(walk, name)
    if start.supply is None:
        raise PlanningError("not_an_order", f"{name} is a demand: it is an end use itself")
    ends: dict[tuple[str, str, int, int], float] = {}
    waiting = _Waiting(walk, deepest_first=True)
    waiting.add(start.supply, start.quantity)
    for place, quantity in waiting:
        for flow in walk.uses(place, quantity):
            if flow.place is not None:
                waiting.add(flow.place, flow.quantity)
            else:
                key = (flow.kind, flow.name, flow.node, flow.day)
                ends[key] = ends.get(key, 0.0) + flow.quantity
    return _frame(result, [(0, Flow(*key, quantity)) for key, quantity in ends.items()]).drop("depth")


def bottom_sources(result: MrpResult, name: str) -> pl.DataFrame:
    """Return what serves a demand or goes into an order in the end: stock, purchases, by-products, and what is short.

    Parameters
    ----------
    result
        A plan.
    name
        The id of a demand, a planned or an open order.

    Returns
    -------
    pl.DataFrame
        ``kind``, ``id``, ``item_id``, ``site_id``, ``quantity`` and ``date``, the quantities in the unit of each item.

    Raises
    ------
    PlanningError
        When the plan has no such demand or order.
    """
    walk = PegTrace(result)
    start = _start(walk, name)
    ends: dict[tuple[str, str, int, int], float] = {}
    waiting = _Waiting(walk, deepest_first=False)
    for place, quantity in start.requirements:
        waiting.add(place, quantity)
    for place, quantity in waiting:
        for flow in walk.sources(place, quantity):
            below = list(walk.components(flow.place, flow.quantity)) if flow.place is not None else []
            for part, needed in below:
                waiting.add(part, needed)
            if not below:
                key = (flow.kind, flow.name, flow.node, flow.day)
                ends[key] = ends.get(key, 0.0) + flow.quantity
    return _frame(result, [(0, Flow(*key, quantity)) for key, quantity in ends.items()]).drop("depth")


def peg_tree(result: MrpResult, name: str, is_up: bool, depth: int | None = None) -> pl.DataFrame:
    """Return the pegging of an order or demand as an indented list: up to its uses, or down to its sources.

    Parameters
    ----------
    result
        A plan.
    name
        The id of a demand, a planned or an open order.
    is_up
        Up to the demands, quantities in the unit of the order's item; or down, each in the unit of its own.
    depth
        The levels below the first row; ``None``: all.

    Returns
    -------
    pl.DataFrame
        ``depth``, ``kind``, ``id``, ``item_id``, ``site_id``, ``quantity`` and ``date``; what belongs to a row stands
        below it.

    Raises
    ------
    PlanningError
        When the plan has no such demand or order.
    """
    walk = PegTrace(result)
    start = _start(walk, name)
    rows = [(0, Flow(start.kind, start.name, start.node, start.day, start.quantity))]
    most = np.inf if depth is None else depth
    if is_up and start.supply is not None:
        rows += _up(walk, start.supply, start.quantity, 1, most)
    elif not is_up:
        for place, quantity in start.requirements:
            rows += _down(walk, place, quantity, 1, most)
    return _frame(result, rows)


def peg_item(result: MrpResult, item_id: str) -> pl.DataFrame:
    """Return the rows of the table ``pegging`` of one item, at all its sites.

    Raises
    ------
    PlanningError
        When there is no such item.
    """
    nodes = result.model.nodes
    code = int(nodes.item_index.codes_of(pl.Series([item_id]))[0])
    if code == NO_CODE:
        raise PlanningError("unknown_order", f"the plan has no order, demand or item {item_id}")
    own = np.flatnonzero(nodes.item == code).astype(np.int32)
    return pegging_frame(result, peg_nodes(result, own))


def _start(walk: PegTrace, name: str) -> PegStart:
    """Return the order or demand with an id, or raise the error that says which ids are near."""
    start = find_start(walk, name)
    if start is None:
        near = walk.result.order_index.near(name)
        raise PlanningError("unknown_order", f"the plan has no order or demand {name}; near are", near)
    return start


def _up(walk: PegTrace, place: Place, quantity: float, depth: int, most: float) -> Iterator[tuple[int, Flow]]:
    """Yield the uses of a supply, each with what it goes into below it."""
    if depth > most:
        return
    for flow in walk.uses(place, quantity):
        yield depth, flow
        if flow.place is not None:
            yield from _up(walk, flow.place, flow.quantity, depth + 1, most)


def _down(walk: PegTrace, place: Place, quantity: float, depth: int, most: float) -> Iterator[tuple[int, Flow]]:
    """Yield the sources of a requirement, each with what it is made of below it."""
    if depth > most:
        return
    for flow in walk.sources(place, quantity):
        yield depth, flow
        if flow.place is not None:
            for part, needed in walk.components(flow.place, flow.quantity):
                yield from _down(walk, part, needed, depth + 1, most)


class _Waiting:
    """Places with the quantities that came together there, a node only after all that can lead to it."""

    def __init__(self, walk: PegTrace, deepest_first: bool) -> None:
        self._walk, self._sign = walk, -1 if deepest_first else 1
        self._heap: list[tuple[int, int]] = []
        self._quantities: dict[int, dict[int, float]] = {}

    def add(self, place: Place, quantity: float) -> None:
        """Add a quantity to a place."""
        if place.node not in self._quantities:
            self._quantities[place.node] = {}
            heapq.heappush(self._heap, (self._sign * self._walk.level(place.node), place.node))
        there = self._quantities[place.node]
        there[place.number] = there.get(place.number, 0.0) + quantity

    def __iter__(self) -> Iterator[tuple[Place, float]]:
        while self._heap:
            _, node = heapq.heappop(self._heap)
            for number, quantity in sorted(self._quantities.pop(node).items()):
                yield Place(node, number), quantity


def _frame(result: MrpResult, rows: list[tuple[int, Flow]]) -> pl.DataFrame:
    """Return flows as a frame."""
    nodes = result.model.nodes
    node = np.array([flow.node for _, flow in rows], np.int64)
    return pl.DataFrame(
        {
            "depth": [depth for depth, _ in rows],
            "kind": [flow.kind for _, flow in rows],
            "id": [flow.name for _, flow in rows],
            "item_id": nodes.item_ids[nodes.item[node]],
            "site_id": nodes.site_ids[nodes.site[node]],
            "quantity": [flow.quantity for _, flow in rows],
            "date": dates_of(np.array([flow.day for _, flow in rows], np.int32), result.model.as_of),
        },
        schema=_SCHEMA,
    )
