"""The pegging of a whole plan, level by level: so figures are carried up to demands, or down to orders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planning.encoding.codes import NO_CODE
from planning.kernels.netting_arrays import Records
from planning.kernels.requirement_rows import SAFETY_STOCK
from planning.kernels.supply_rows import SupplyKind
from planning.mrp import MrpResult
from planning.pegging import Pegging, peg_nodes


@dataclass(frozen=True, slots=True)
class PegLevel:
    """The pegging of one low-level code.

    Parameters
    ----------
    pegging
        Its nodes' requirements, supplies and links.
    supply_node, requirement_node
        int32: the node of each.
    order
        int64, shape (n_supplies,): the order that a supply is the output of, planned or firm planned; -1: none.
    """

    pegging: Pegging
    supply_node: NDArray[np.int32]
    requirement_node: NDArray[np.int32]
    order: NDArray[np.int64]

    @property
    def supplies(self) -> Records:
        """The supplies."""
        return self.pegging.supplies

    @property
    def requirements(self) -> Records:
        """The requirements."""
        return self.pegging.requirements

    @property
    def links(self) -> Records:
        """The links."""
        return self.pegging.links

    def per_requirement(self, of_link: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum over the links of each requirement."""
        n = self.requirements.shape[0]
        return np.bincount(self.links["requirement"], weights=of_link, minlength=n).astype(np.float64)

    @property
    def by_order(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The requirements that belong to orders, and these orders."""
        rows = np.flatnonzero(self.requirements["source"] >= 0)
        return rows, self.requirements["source"][rows]

    @property
    def by_demand(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The requirements that belong to rows of the model's demands, and these rows."""
        source = self.requirements["source"]
        rows = np.flatnonzero((source < 0) & (source != SAFETY_STOCK))
        return rows, -1 - source[rows]


class PegLevels:
    """Pegs a plan level by level; nothing is kept, so memory is that of the largest level.

    Parameters
    ----------
    result
        The plan.
    """

    def __init__(self, result: MrpResult) -> None:
        self.result = result
        self.consumers = result.consumers

    def deepest_first(self) -> Iterator[PegLevel]:
        """Yield the levels from the deepest up: what a requirement consists of is known when it comes."""
        for level in reversed(range(self.result.model.level_indptr.shape[0] - 1)):
            yield self.level(level)

    def highest_first(self) -> Iterator[PegLevel]:
        """Yield the levels from the end items down: what an order is for is known when its components come."""
        for level in range(self.result.model.level_indptr.shape[0] - 1):
            yield self.level(level)

    def level(self, level: int) -> PegLevel:
        """Return the pegging of one level."""
        model = self.result.model
        nodes = model.level_nodes[model.level_indptr[level] : model.level_indptr[level + 1]]
        pegging = peg_nodes(self.result, nodes)
        kind, source = pegging.supplies["kind"], pegging.supplies["source"]
        order = np.where(kind == SupplyKind.PLANNED_ORDER, source, NO_CODE).astype(np.int64)
        if self.consumers.receipt_order.size:
            is_receipt = kind == SupplyKind.SCHEDULED_RECEIPT
            order[is_receipt] = self.consumers.receipt_order[source[is_receipt]]
        return PegLevel(
            pegging,
            np.repeat(pegging.nodes, np.diff(pegging.supply_indptr)),
            np.repeat(pegging.nodes, np.diff(pegging.requirement_indptr)),
            order,
        )
