"""Full pegging of one order or demand: its end uses or its sources added up, and the tree between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from bom.errors import PlanningError
from planning.encoding.codes import NO_CODE, dates_of
from planning.kernels.supply_rows import SupplyKind
from planning.mrp import MrpResult
from planning.pegging import peg_nodes
from planning.pegs.flow import PegFlow
from planning.pegs.start import Asked, find_asked, unknown
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


def find_start(walk: PegTrace, name: str) -> PegStart:
    """Return the order or demand with an id, or raise the error that says which ids are near."""
    asked = find_asked(walk.result, name)
    if asked.supply is None:
        return _of_demand(walk, name, asked.node, asked.place)
    place = walk.supply(asked.node, asked.supply, asked.place)
    if place is None:
        raise unknown(walk.result, name)  # an open order of a phantom supplies nothing
    at = walk.at(asked.node)
    day, quantity = int(at.supplies["arrival"][place.number]), float(at.nodes.given[place.number])
    return PegStart(asked.kind, name, asked.node, day, quantity, place, tuple(walk.components(place, quantity)))


def _of_demand(walk: PegTrace, name: str, node: int, demand: int) -> PegStart:
    """Return a demand as a start; one on a phantom has requirements on what the phantom is made of."""
    netting = walk.result.netting
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
    asked = _asked_order(result, name)
    if asked.supply is SupplyKind.PLANNED_ORDER:
        quantity = float(result.plan.orders.rows["quantity"][asked.place])
    else:
        quantity = float(result.netting.receipts["quantity"][asked.place])
    ends = _shared(result, [(asked, quantity)])
    if not ends.height:
        raise unknown(result, name)  # an open order of a phantom supplies nothing
    return ends


def shared_end_uses(result: MrpResult, amounts: Mapping[str, float]) -> pl.DataFrame:
    """Return what many orders are for in the end, with an amount of each shared among its end uses by quantity.

    Parameters
    ----------
    result
        A plan.
    amounts
        Hours, money or another amount by the id of a planned or open order.

    Returns
    -------
    pl.DataFrame
        The columns of :func:`end_uses`; ``quantity`` has the amounts, which add up to those given.

    Raises
    ------
    PlanningError
        When the plan has no such order.
    """
    return _shared(result, [(_asked_order(result, name), amount) for name, amount in amounts.items()])


def _asked_order(result: MrpResult, name: str) -> Asked:
    """Return the order with an id; a demand is none."""
    asked = find_asked(result, name)
    if asked.supply is None:
        raise PlanningError("not_an_order", f"{name} is a demand: it is an end use itself")
    return asked


def _shared(result: MrpResult, orders: Sequence[tuple[Asked, float]]) -> pl.DataFrame:
    """Return where amounts of orders end: all of them go up together."""
    flow = PegFlow(result)
    for asked, amount in orders:
        is_planned = asked.supply is SupplyKind.PLANNED_ORDER
        amounts = flow.flows.of_order if is_planned else flow.flows.of_receipt
        amounts[asked.place] += amount
        flow.add_node(asked.node)
    return _ends(result, flow.upward())


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
    asked = find_asked(result, name)
    flow = PegFlow(result)
    if asked.supply is None:
        flow.flows.of_demand[asked.place] = 1.0
        flow.add_node(asked.node)
    else:
        flow.ask_for(asked.node, asked.supply, asked.place)
    return _ends(result, flow.downward())


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
    start = find_start(walk, name)
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


def _ends(result: MrpResult, ends: pl.DataFrame) -> pl.DataFrame:
    """Return ends with items, sites and dates."""
    nodes, node = result.model.nodes, ends["node"].to_numpy()
    return ends.select(
        "kind",
        "id",
        item_id=nodes.item_ids[nodes.item[node]],
        site_id=nodes.site_ids[nodes.site[node]],
        quantity="quantity",
        date=dates_of(ends["day"].to_numpy(), result.model.as_of),
    )


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
