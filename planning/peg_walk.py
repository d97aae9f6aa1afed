"""The ways through a plan's pegging, up to the demands and down to the supplies, one node at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from planning.codes import NO_CODE
from planning.kernels.netting_arrays import Records
from planning.kernels.requirement_rows import SAFETY_STOCK
from planning.kernels.supply_rows import SupplyKind
from planning.mrp import MrpResult
from planning.order_index import OrderPlace
from planning.pegging import Pegging, peg_nodes

_MOST_ORDERS = 200


@dataclass(frozen=True, slots=True)
class Need:
    """A requirement: its node, and its number among the node's."""

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
        self._peggings: dict[int, Pegging] = {}

    def read(self, nodes: Iterable[int]) -> None:
        """Peg nodes together that will be read: one call for all costs little more than one for each."""
        wanted = sorted(set(nodes) - self._peggings.keys())
        if not wanted:
            return
        pegging = peg_nodes(self._result, np.array(wanted, np.int32))
        for i, node in enumerate(wanted):
            self._peggings[node] = pegging if len(wanted) == 1 else _part(pegging, i)

    def of(self, node: int) -> Pegging:
        """Return the pegging of one node."""
        self.read([node])
        return self._peggings[node]

    def uses(self, node: int, kind: SupplyKind, source: int) -> list[Link]:
        """Return what a supply of a node serves."""
        pegging = self.of(node)
        is_it = (pegging.supplies["kind"] == kind) & (pegging.supplies["source"] == source)
        links: list[Link] = []
        for s in np.flatnonzero(is_it).tolist():
            first, end = int(pegging.supply_link_indptr[s]), int(pegging.supply_link_indptr[s + 1])
            links += [self._link(node, pegging, k) for k in range(first, end)]
        return links

    def supplies(self, need: Need) -> list[Link]:
        """Return what serves a need."""
        pegging = self.of(need.node)
        first, end = pegging.requirement_link_indptr[need.number : need.number + 2].tolist()
        return [self._link(need.node, pegging, int(k)) for k in pegging.requirement_links[first:end]]

    def needs(self, node: int, source: int) -> Iterator[Need]:
        """Yield the requirements that a source has of a node, and through phantoms of those below it.

        Parameters
        ----------
        source
            An order, or -1 - row of a demand of the model.
        """
        pegging = self.of(node)
        is_phantom = bool(self._result.netting.nodes["is_phantom"][node])
        for number in np.flatnonzero(pegging.requirements["source"] == source).tolist():
            if not is_phantom or pegging.supplies.shape[0]:
                yield Need(node, number, pegging.requirements[number])
        if is_phantom:
            yield from self.component_needs(node, source)

    def component_needs(self, node: int, source: int) -> Iterator[Need]:
        """Yield what a source has of a node's components."""
        graph = self._result.model.structure.graph
        below = graph.component_codes[graph.component_indptr[node] : graph.component_indptr[node + 1]]
        components = list(dict.fromkeys(below.tolist()))
        self.read(components)
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
            self.read(at.node for at in now)
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
        for link in self.uses(at.node, SupplyKind.PLANNED_ORDER, at.order):
            share = quantity * link.quantity / whole
            source = int(link.need.row["source"])
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

    def _link(self, node: int, pegging: Pegging, k: int) -> Link:
        """Return one link."""
        link = pegging.links[k]
        number = int(link["requirement"])
        need = Need(node, number, pegging.requirements[number])
        return Link(need, pegging.supplies[int(link["supply"])], float(link["quantity"]))


def _part(pegging: Pegging, i: int) -> Pegging:
    """Return the i-th node of a pegging, numbered from 0."""
    r0, r1 = pegging.requirement_indptr[i : i + 2].tolist()
    s0, s1 = pegging.supply_indptr[i : i + 2].tolist()
    k0, k1 = int(pegging.supply_link_indptr[s0]), int(pegging.supply_link_indptr[s1])
    links = pegging.links[k0:k1].copy()
    links["requirement"] -= r0
    links["supply"] -= s0
    return Pegging(
        pegging.nodes[i : i + 1],
        np.array([0, r1 - r0]),
        pegging.requirements[r0:r1],
        np.array([0, s1 - s0]),
        pegging.supplies[s0:s1],
        links,
        pegging.supply_link_indptr[s0 : s1 + 1] - k0,
        pegging.requirement_link_indptr[r0 : r1 + 1] - k0,
        pegging.requirement_links[k0:k1] - k0,
    )
