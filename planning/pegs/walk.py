"""The ways through a plan's pegging, up to the demands and down to the supplies, one node at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from planning.decoding.order_index import OrderPlace
from planning.encoding.codes import NO_CODE
from planning.kernels.netting_arrays import Records
from planning.kernels.requirement_rows import SAFETY_STOCK
from planning.kernels.supply_rows import SupplyKind
from planning.mrp import MrpResult
from planning.pegs.node_pegging import NodePegging, PeggedNodes

_MOST_ORDERS = 200


@dataclass(frozen=True, slots=True)
class Need:
    """A requirement: its node, and its number in the pegging where the node stands."""

    node: int
    number: int
    row: Records = field(compare=False)


@dataclass(frozen=True, slots=True)
class Link:
    """So much of a supply serves a need."""

    need: Need
    supply: Records
    quantity: float

    @property
    def is_planned(self) -> bool:
        """Whether a planned order serves."""
        return bool(self.supply["kind"] == SupplyKind.PLANNED_ORDER)

    @property
    def place(self) -> OrderPlace:
        """Where the planned order stands that serves."""
        return OrderPlace(self.need.node, int(self.supply["source"]))

    @property
    def days_late(self) -> int:
        """The days between the need and the arrival of what serves it; 0 when it is there in time."""
        return max(0, int(self.supply["arrival"]) - int(self.need.row["day"]))


@dataclass(slots=True)
class EndUses:
    """Where a supply ends: how much of it at which demand, as safety stock, and beyond what was followed.

    Parameters
    ----------
    demands
        By row of the demands of the model: the quantity, in units of the supply.
    safety_stock, elsewhere
        What holds a safety stock on the way, and what was not followed any further: other open orders and, beyond a
        bound of orders, the rest.
    """

    demands: dict[int, float] = field(default_factory=dict)
    safety_stock: float = 0.0
    elsewhere: float = 0.0


class PegWalk:
    """Reads the pegging of single nodes, each once.

    Parameters
    ----------
    result
        A plan.
    """

    def __init__(self, result: MrpResult) -> None:
        self._result = result
        self._nodes = PeggedNodes(result)

    def uses(self, node: int, kind: SupplyKind, source: int) -> list[Link]:
        """Return what a supply of a node serves."""
        at = self._nodes.at(node)
        numbers = at.supplies_of(kind, source)
        return [_link(node, at, link) for number in numbers for link in at.links_of_supply(number)]

    def supplies(self, need: Need) -> list[Link]:
        """Return what serves a need."""
        at = self._nodes.at(need.node)
        return [_link(need.node, at, link) for link in at.links_of_requirement(need.number)]

    def needs(self, node: int, source: int) -> Iterator[Need]:
        """Yield the requirements that a source has of a node, and through phantoms of those below it.

        Parameters
        ----------
        source
            An order, or -1 - row of a demand of the model.
        """
        at = self._nodes.at(node)
        is_phantom = bool(self._result.netting.nodes["is_phantom"][node])
        if not is_phantom or at.has_supplies:
            for number in at.of_source(source):
                yield Need(node, number, at.requirements[number])
        if is_phantom:
            yield from self.component_needs(node, source)

    def component_needs(self, node: int, source: int) -> Iterator[Need]:
        """Yield what a source has of a node's components."""
        graph = self._result.model.structure.graph
        below = graph.component_codes[graph.component_indptr[node] : graph.component_indptr[node + 1]]
        components = list(dict.fromkeys(below.tolist()))
        self._nodes.read(components)
        for component in components:
            yield from self.needs(component, source)

    def end_uses(self, place: OrderPlace) -> EndUses:
        """Return where a planned order ends, level by level up to the demands.

        Notes
        -----
        Of an order of 12 that serves 4 here and 8 there a third goes here. What no requirement has, goes nowhere.
        """
        found = EndUses()
        above = {place: float(self._result.plan.orders.rows["quantity"][place.order])}
        level = self._result.model.structure.graph.item_to_level
        n_visited = 0
        while above:
            deepest = max(int(level[at.node]) for at in above)
            now = {at: above.pop(at) for at in [at for at in above if level[at.node] == deepest]}
            self._nodes.read(at.node for at in now)
            for at, quantity in now.items():
                n_visited += 1
                if n_visited > _MOST_ORDERS:
                    found.elsewhere += quantity
                else:
                    self._pass_up(at, quantity, found, above)
        return found

    def _pass_up(self, at: OrderPlace, quantity: float, found: EndUses, above: dict[OrderPlace, float]) -> None:
        """Share a quantity out among what an order serves."""
        whole = float(self._result.plan.orders.rows["quantity"][at.order])
        for use in self.uses(at.node, SupplyKind.PLANNED_ORDER, at.order):
            source, share = int(use.need.row["source"]), quantity * use.quantity / whole
            if source == SAFETY_STOCK:
                found.safety_stock += share
            elif source < 0:
                found.demands[-1 - source] = found.demands.get(-1 - source, 0.0) + share
            else:
                parent = self._result.order_index.place(source)
                if self._result.order_index.firm_row(parent) != NO_CODE:
                    found.elsewhere += share
                else:
                    above[parent] = above.get(parent, 0.0) + share


def _link(node: int, at: NodePegging, link: Records) -> Link:
    """Return one link of a node."""
    number = int(link["requirement"])
    need = Need(node, number, at.requirements[number])
    return Link(need, at.supplies[int(link["supply"])], float(link["quantity"]))
