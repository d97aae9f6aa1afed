"""Full pegging, walked node by node: from a supply up to the end demands, from a requirement down to what is bought."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planning.encoding.codes import NO_CODE
from planning.kernels.netting_arrays import ALWAYS, Records
from planning.kernels.requirement_rows import SAFETY_STOCK
from planning.kernels.supply_rows import SupplyKind
from planning.mrp import MrpResult
from planning.pegs.consumers import Consumers
from planning.pegs.node_pegging import NodePegging, PeggedNodes
from planning.pegs.requirement_source import source_of
from planning.pegs.table import SupplyNames, leftover_use

NOISE = 1e-9
_LEFTOVER = ("requirement", "safety_stock", "negative_stock", "expired", "surplus", "free")
_KINDS = ("on_hand", "on_hand", "scheduled_receipt", "by_product", "planned_order")


@dataclass(frozen=True, slots=True)
class Place:
    """A supply or a requirement: its node, and its number there."""

    node: int
    number: int


@dataclass(frozen=True, slots=True)
class Flow:
    """So much goes to, or comes from, a place; where it ends there is none.

    Parameters
    ----------
    kind, name
        The kind of requirement or supply, or what becomes of what is left; the id of the demand or order, if any.
    node, day
        Where and when it is needed, or there.
    quantity
        How much.
    place
        Where it goes on: a supply on the way up, a requirement on the way down.
    """

    kind: str
    name: str
    node: int
    day: int
    quantity: float
    place: Place | None = None


class PegTrace:
    """Steps through the pegging of one plan; only the nodes on the way are pegged, each once.

    Parameters
    ----------
    result
        The plan.
    """

    def __init__(self, result: MrpResult) -> None:
        self.result = result
        self._nodes = PeggedNodes(result)

    @cached_property
    def consumers(self) -> Consumers:
        """Which open order takes an allocation or a firm planned transfer."""
        return self.result.consumers

    @cached_property
    def names(self) -> SupplyNames:
        """What names the supplies."""
        return SupplyNames(self.result, self.result.order_index.names)

    def at(self, node: int) -> NodePegging:
        """Return the pegging of a node."""
        return self._nodes.at(node)

    def level(self, node: int) -> int:
        """Return the low-level code of a node."""
        return int(self.result.model.structure.graph.item_to_level[node])

    def uses(self, place: Place, quantity: float) -> Iterator[Flow]:
        """Yield where so much of a supply goes: to requirements by their shares, and what is left of it.

        The quantities add up to ``quantity``; they stay in the unit of the supply from which the walk began.
        """
        at = self.at(place.node)
        share = quantity / at.nodes.given[place.number]
        supply = at.supplies[place.number]
        owed = at.nodes.given[place.number] - supply["quantity"]
        if owed > NOISE:
            yield Flow("negative_stock", "", place.node, 0, float(owed * share))
        for link in at.links_of_supply(place.number):
            yield self._use(place.node, at.requirements[link["requirement"]], float(link["quantity"] * share))
        left = supply["quantity"] - at.nodes.pegged[place.number]
        if left > NOISE:
            use = _LEFTOVER[int(leftover_use(self.result, at.supplies[place.number : place.number + 1])[0])]
            yield Flow(use, "", place.node, self._day(supply["arrival"]), float(left * share))

    def _use(self, node: int, requirement: Records, quantity: float) -> Flow:
        """Return what a requirement is for."""
        kind, name = source_of(self.result, requirement)
        return Flow(kind, name, node, int(requirement["day"]), quantity, self.consumer(requirement))

    def consumer(self, requirement: Records) -> Place | None:
        """Return the supply that the order makes which a requirement belongs to; none for demands and safety stock."""
        source = int(requirement["source"])
        if source == SAFETY_STOCK:
            return None
        if source >= 0:
            node = self.result.order_index.place(source).node
            first, firm = self.result.plan.orders.first[node], self.result.netting.firm_indptr[node : node + 2]
            if source - first >= firm[1] - firm[0]:
                return self.supply(node, SupplyKind.PLANNED_ORDER, source)
            receipt = int(self.consumers.firm_receipt[firm[0] + source - first])
            return None if receipt == NO_CODE else self.supply(node, SupplyKind.SCHEDULED_RECEIPT, receipt)
        receipt = int(self.consumers.demand_receipt[-1 - source])
        if receipt == NO_CODE:
            return None
        node = int(np.searchsorted(self.result.netting.receipt_indptr, receipt, side="right")) - 1
        return self.supply(node, SupplyKind.SCHEDULED_RECEIPT, receipt)

    def supply(self, node: int, kind: SupplyKind, source: int) -> Place | None:
        """Return a supply by its kind and source."""
        numbers = self.at(node).supplies_of(kind, source)
        return Place(node, numbers[0]) if numbers else None

    def sources(self, place: Place, quantity: float) -> Iterator[Flow]:
        """Yield what serves so much of a requirement, by shares, and what is short; the place is that of the supply."""
        at = self.at(place.node)
        row = at.requirements[place.number]
        share = quantity / row["quantity"]
        for link in at.links_of_requirement(place.number):
            supply = at.supplies[link["supply"]]
            one = at.supplies[int(link["supply"]) : int(link["supply"]) + 1]
            name = str(self.names.of(np.array([place.node], np.int32), one)[0])
            target = Place(place.node, int(link["supply"]))
            kind = _KINDS[int(supply["kind"])]
            yield Flow(kind, name, place.node, self._day(supply["arrival"]), float(link["quantity"] * share), target)
        short = float(row["quantity"] - at.nodes.covered[place.number])
        is_blown_through = self.result.netting.nodes["is_phantom"][place.node]
        if short > NOISE and not is_blown_through:
            yield Flow("short", "", place.node, int(row["day"]), short * share)

    def components(self, place: Place, quantity: float) -> Iterator[tuple[Place, float]]:
        """Yield the requirements that so much of a supply has on its components, with their shares of the quantity."""
        at = self.at(place.node)
        supply = at.supplies[place.number]
        share = quantity / at.nodes.given[place.number]
        for node, source in self._consumed(place.node, supply):
            below = self.at(node)
            for number in below.of_source(source):
                yield Place(node, number), float(below.requirements[number]["quantity"] * share)

    def _consumed(self, node: int, supply: Records) -> Iterator[tuple[int, int]]:
        """Yield the nodes on which a supply can have requirements, and the source that these rows name."""
        source = int(supply["source"])
        if supply["kind"] == SupplyKind.PLANNED_ORDER:
            yield from ((component, source) for component in self.component_nodes(node))
        elif supply["kind"] == SupplyKind.SCHEDULED_RECEIPT:
            order = int(self.consumers.receipt_order[source])
            if order != NO_CODE:
                yield from ((component, order) for component in self.component_nodes(node))
            for demand in np.flatnonzero(self.consumers.demand_receipt == source).tolist():
                owner = int(np.searchsorted(self.result.netting.demand_indptr, demand, side="right")) - 1
                yield owner, -1 - demand
                if self.result.netting.nodes["is_phantom"][owner]:
                    yield from ((component, -1 - demand) for component in self.component_nodes(owner))

    def component_nodes(self, node: int) -> list[int]:
        """Return the nodes that an order of a node can need, those behind phantoms too, each once."""
        graph, is_phantom = self.result.model.structure.graph, self.result.netting.nodes["is_phantom"]
        found: dict[int, None] = {}
        waiting = [node]
        while waiting:
            parent = waiting.pop()
            for code in graph.component_codes[graph.component_indptr[parent] : graph.component_indptr[parent + 1]]:
                if int(code) not in found:
                    found[int(code)] = None
                    if is_phantom[code]:
                        waiting.append(int(code))
        return list(found)

    @staticmethod
    def _day(day: int) -> int:
        """Return the day of a supply: stock is there on day 0."""
        return 0 if day == ALWAYS else int(day)
