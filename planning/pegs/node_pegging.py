"""The pegging of single nodes, each pegged once, together with those that it is read with."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from planning.kernels.netting_arrays import Records
from planning.kernels.supply_rows import SupplyKind
from planning.mrp import MrpResult
from planning.pegging import Pegging, peg_nodes
from planning.pegs.table import given_quantity


class NodesPegging:
    """The pegging of some nodes, with what follows from it."""

    def __init__(self, result: MrpResult, nodes: NDArray[np.int32]) -> None:
        self._result = result
        self.rows: Pegging = peg_nodes(result, nodes)

    @cached_property
    def given(self) -> NDArray[np.float64]:
        """How much each supply gives, what is owed of it included."""
        return given_quantity(self._result, self.rows)

    @cached_property
    def covered(self) -> NDArray[np.float64]:
        """How much of each requirement is covered."""
        return self.rows.covered

    @cached_property
    def pegged(self) -> NDArray[np.float64]:
        """How much of each supply serves requirements."""
        return self.rows.pegged_supply


class NodePegging:
    """One node in the pegging of some; supplies and requirements have the numbers that they have there.

    Parameters
    ----------
    nodes
        The pegging of the nodes.
    place
        The place of the node among them.
    """

    def __init__(self, nodes: NodesPegging, place: int) -> None:
        rows = nodes.rows
        self.nodes = nodes
        self.supplies: Records = rows.supplies
        self.requirements: Records = rows.requirements
        self._first_supply, self._end_supply = (int(n) for n in rows.supply_indptr[place : place + 2])
        self._first_requirement, self._end_requirement = (int(n) for n in rows.requirement_indptr[place : place + 2])

    @property
    def has_supplies(self) -> bool:
        """Whether the node has any supply."""
        return self._first_supply < self._end_supply

    def supplies_of(self, kind: SupplyKind, source: int) -> list[int]:
        """Return the numbers of the supplies of a kind and source; a source can have several by-products."""
        own = self.supplies[self._first_supply : self._end_supply]
        found = np.flatnonzero((own["source"] == source) & (own["kind"] == kind))
        return [self._first_supply + int(k) for k in found]

    def of_source(self, source: int) -> list[int]:
        """Return the numbers of the requirements that an order or a row of the model's demands has."""
        own = self.requirements[self._first_requirement : self._end_requirement]
        return [self._first_requirement + int(k) for k in np.flatnonzero(own["source"] == source)]

    def links_of_supply(self, supply: int) -> Records:
        """Return the links of a supply."""
        rows = self.nodes.rows
        return rows.links[rows.supply_link_indptr[supply] : rows.supply_link_indptr[supply + 1]]

    def links_of_requirement(self, requirement: int) -> Records:
        """Return the links of a requirement."""
        rows = self.nodes.rows
        first, end = rows.requirement_link_indptr[requirement : requirement + 2]
        return rows.links[rows.requirement_links[first:end]]


class PeggedNodes:
    """Reads the pegging of single nodes of a plan, each once.

    Parameters
    ----------
    result
        The plan.
    """

    def __init__(self, result: MrpResult) -> None:
        self._result = result
        self._read: dict[int, NodePegging] = {}

    def read(self, nodes: Iterable[int]) -> None:
        """Peg nodes together that will be asked for: one call for all costs little more than one for each."""
        wanted = sorted(set(nodes) - self._read.keys())
        if wanted:
            pegging = NodesPegging(self._result, np.array(wanted, np.int32))
            self._read.update((node, NodePegging(pegging, place)) for place, node in enumerate(wanted))

    def at(self, node: int) -> NodePegging:
        """Return the pegging of a node."""
        if node not in self._read:
            self.read([node])
        return self._read[node]
