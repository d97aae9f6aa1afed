"""Single-level pegging: which supply of a node serves which of its requirements, exact in quantity (rule 14)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bom.errors import PlanningError
from planning.kernels.netting_arrays import Records
from planning.kernels.pegging import LINK_DTYPE, count_pegging, gather_pegging
from planning.kernels.pegging import peg_nodes as peg_chunk
from planning.kernels.requirement_rows import REQUIREMENT_DTYPE
from planning.kernels.supply_rows import SUPPLY_DTYPE
from planning.kernels.threads import one_thread
from planning.net import equal_chunks

if TYPE_CHECKING:
    from planning.mrp import MrpResult  # it offers the table that is made here

_ROWS_PER_CHUNK = 2_000_000
_FEW_NODES = 64
_MOST_ROWS = np.iinfo(np.int32).max


@dataclass(frozen=True, slots=True)
class Pegging:
    """Supplies, requirements and the links between them, of some nodes or of all.

    Parameters
    ----------
    nodes
        int32, shape (n,): the nodes, in the order in which the rest stands.
    requirement_indptr, supply_indptr
        int64, shape (n + 1,): where the requirements and supplies of the i-th node stand.
    requirements
        REQUIREMENT_DTYPE: by node and day, those of one day in their order; numbered as in the table requirements.
    supplies
        SUPPLY_DTYPE: by node, in the order in which they serve; ``quantity`` is what requirements can have.
    links
        LINK_DTYPE: by supply, then in the order in which they serve.
    supply_link_indptr
        int64, shape (n_supplies + 1,): where the links of each supply stand.
    requirement_link_indptr, requirement_links
        int64, shape (n_requirements + 1,), and int32, shape (n_links,): the numbers of the links of each requirement.
    """

    nodes: NDArray[np.int32]
    requirement_indptr: NDArray[np.int64]
    requirements: Records
    supply_indptr: NDArray[np.int64]
    supplies: Records
    links: Records
    supply_link_indptr: NDArray[np.int64]
    requirement_link_indptr: NDArray[np.int64]
    requirement_links: NDArray[np.int32]

    @property
    def pegged_supply(self) -> NDArray[np.float64]:
        """How much of each supply serves requirements: float64, shape (n_supplies,)."""
        return _sums(self.links["supply"], self.links["quantity"], self.supplies.shape[0])

    @property
    def covered(self) -> NDArray[np.float64]:
        """How much of each requirement is covered: float64, shape (n_requirements,)."""
        return _sums(self.links["requirement"], self.links["quantity"], self.requirements.shape[0])


def _sums(row: NDArray[np.int32], quantity: NDArray[np.float64], n_rows: int) -> NDArray[np.float64]:
    """Return the sum of the quantities of each row."""
    return np.bincount(row, weights=quantity, minlength=n_rows).astype(np.float64)


def peg(result: MrpResult) -> Pegging:
    """Return the pegging of the whole plan, its nodes by level.

    Examples
    --------
    >>> from datetime import date
    >>> import polars as pl
    >>> from planning.checks import validate
    >>> from planning.mrp import run_mrp
    >>> tables = {
    ...     "items": pl.DataFrame({"item_id": ["bolt"]}),
    ...     "on_hand": pl.DataFrame({"item_id": ["bolt"], "quantity": [4.0]}),
    ...     "demands": pl.DataFrame({"item_id": ["bolt"], "due_date": [date(2026, 3, 20)], "quantity": [10.0]}),
    ... }
    >>> pegging = peg(run_mrp(validate(tables, {"as_of": date(2026, 3, 2)}).data))
    >>> pegging.links["quantity"].tolist(), pegging.covered.tolist()
    ([4.0, 6.0], [10.0])
    """
    return peg_nodes(result, result.model.level_nodes)


def peg_nodes(result: MrpResult, nodes: NDArray[np.int32]) -> Pegging:
    """Return the pegging of some nodes, in their order; what it takes does not depend on the other nodes.

    Parameters
    ----------
    result
        A plan.
    nodes
        int32, shape (n,): nodes, each once.

    Raises
    ------
    PlanningError
        When there are more than 2,147,483,647 requirements, supplies or links.
    """
    with one_thread() if nodes.shape[0] <= _FEW_NODES else nullcontext():
        room = _Room(result, nodes)
        for begin, end in room.chunks():
            room.peg(begin, end)
    return room.pegging()


def pegging_chunks(result: MrpResult, nodes: NDArray[np.int32]) -> Iterator[Pegging]:
    """Yield the pegging of the nodes in parts of some million rows, so that memory stays flat."""
    whole = _Bounds(result, nodes)
    for begin, end in whole.chunks():
        yield peg_nodes(result, nodes[begin:end])


class _Bounds:
    """The most requirements and supplies that each node can have."""

    def __init__(self, result: MrpResult, nodes: NDArray[np.int32]) -> None:
        self.result, self.nodes = result, np.ascontiguousarray(nodes, dtype=np.int32)
        self.n_requirements, self.n_supplies = np.empty((2, self.nodes.shape[0]), np.int64)
        count_pegging(result.netting, result.plan.orders, self.nodes, self.n_requirements, self.n_supplies)

    def chunks(self) -> Iterator[tuple[int, int]]:
        """Yield ranges of nodes with about two million rows each."""
        rows = np.cumsum(self.n_requirements + self.n_supplies)
        begin = 0
        while begin < rows.shape[0]:
            done = rows[begin - 1] if begin else 0
            end = max(begin + 1, int(np.searchsorted(rows, done + _ROWS_PER_CHUNK, side="right")))
            yield begin, end
            begin = end


class _Room(_Bounds):
    """The arrays of a pegging, filled chunk by chunk: room for the bounds, of which only what is used is touched."""

    def __init__(self, result: MrpResult, nodes: NDArray[np.int32]) -> None:
        super().__init__(result, nodes)
        n_requirements, n_supplies = int(self.n_requirements.sum()), int(self.n_supplies.sum())
        if n_requirements + n_supplies > _MOST_ROWS:
            raise PlanningError("too_many_rows", "the plan has more requirements and supplies than pegging can number")
        self.requirements = np.empty(n_requirements, REQUIREMENT_DTYPE)
        self.supplies = np.empty(n_supplies, SUPPLY_DTYPE)
        self.links = np.empty(n_requirements + n_supplies, LINK_DTYPE)
        self.supply_link_indptr = np.zeros(n_supplies + 1, np.int64)
        self.requirement_link_indptr = np.zeros(n_requirements + 1, np.int64)
        self.requirement_links = np.empty(n_requirements + n_supplies, np.int32)
        self.offsets = np.zeros((3, self.nodes.shape[0] + 1), np.int64)

    def peg(self, begin: int, end: int) -> None:
        """Peg a range of the nodes and append the result."""
        plan, netting = self.result.plan, self.result.netting
        requirement_base, supply_base = (
            _offsets(counts[begin:end]) for counts in (self.n_requirements, self.n_supplies)
        )
        requirements = np.empty(requirement_base[-1], REQUIREMENT_DTYPE)
        supplies = np.empty(supply_base[-1], SUPPLY_DTYPE)
        links = np.empty(requirement_base[-1] + supply_base[-1], LINK_DTYPE)
        counts = np.empty((3, end - begin), np.int64)
        chunk_indptr = equal_chunks(self.n_requirements[begin:end] + self.n_supplies[begin:end])
        peg_chunk(
            netting, plan.orders, plan.dated_orders, plan.netted_day, self.nodes[begin:end], chunk_indptr,
            requirement_base, supply_base, requirements, supplies, links, counts,
        )  # fmt: skip
        self.offsets[:, begin + 1 : end + 1] = self.offsets[:, begin : begin + 1] + np.cumsum(counts, axis=1)
        places = [np.ascontiguousarray(row[begin : end + 1]) for row in self.offsets]
        gather_pegging(
            requirement_base, supply_base, requirements, supplies, links, *places, self.requirements, self.supplies,
            self.links, self.supply_link_indptr, self.requirement_link_indptr, self.requirement_links,
        )  # fmt: skip

    def pegging(self) -> Pegging:
        """Return what was pegged."""
        n_requirements, n_supplies, n_links = (int(n) for n in self.offsets[:, -1])
        return Pegging(
            self.nodes,
            self.offsets[0].copy(),
            self.requirements[:n_requirements],
            self.offsets[1].copy(),
            self.supplies[:n_supplies],
            self.links[:n_links],
            self.supply_link_indptr[: n_supplies + 1],
            self.requirement_link_indptr[: n_requirements + 1],
            self.requirement_links[:n_links],
        )


def _offsets(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where each group starts, and the end."""
    return np.concatenate(([0], np.cumsum(counts)))
