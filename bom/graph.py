"""The product structure as a graph: dense node codes, lines by parent and by component, low-level codes, cycles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bom.errors import PlanningError
from bom.kernels.levels import group_by, low_level_codes

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True, slots=True)
class BomGraph:
    """Nodes and lines in both directions, as compressed rows.

    Parameters
    ----------
    n_nodes
        The number of nodes; nodes are the codes 0 .. n_nodes - 1.
    component_indptr, component_codes, component_lines
        int64 (n_nodes + 1,), int32 and int64 (n_lines,): the components of each node and the rows of the lines that
        name them, in the order of the rows.
    parent_indptr, parent_codes, parent_lines
        The same by component: where each node is used.
    item_to_level
        int32, shape (n_nodes,): low-level codes by longest path; -1 on a cycle and behind one.
    """

    n_nodes: int
    component_indptr: NDArray[np.int64]
    component_codes: NDArray[np.int32]
    component_lines: NDArray[np.int64]
    parent_indptr: NDArray[np.int64]
    parent_codes: NDArray[np.int32]
    parent_lines: NDArray[np.int64]
    item_to_level: NDArray[np.int32]

    @property
    def has_cycles(self) -> bool:
        """Whether some node has no low-level code."""
        return bool((self.item_to_level < 0).any())

    @property
    def n_levels(self) -> int:
        """The number of low-level codes in use."""
        return int(self.item_to_level.max(initial=-1)) + 1


class CycleError(PlanningError):
    """Items that are, directly or through others, components of themselves; ``cycles`` names each cycle in full."""

    def __init__(self, cycles: Sequence[Sequence[str]]) -> None:
        super().__init__(
            "cycle", "items are components of themselves; remove one line of each cycle", name_cycles(cycles)
        )
        self.cycles = tuple(tuple(cycle) for cycle in cycles)


def build_graph(n_nodes: int, parent_codes: NDArray[np.int32], component_codes: NDArray[np.int32]) -> BomGraph:
    """Return the graph of the lines, indexed by parent and by component, with low-level codes.

    Parameters
    ----------
    n_nodes
        The number of nodes.
    parent_codes, component_codes
        int32, shape (n_lines,): one line each, codes in 0 .. n_nodes - 1.

    Notes
    -----
    O(nodes + lines). A cycle is not an error here: see ``BomGraph.has_cycles``, ``find_cycles``, ``check_for_cycles``.

    Examples
    --------
    >>> graph = build_graph(3, np.array([0, 0, 1], np.int32), np.array([2, 1, 2], np.int32))
    >>> graph.item_to_level.tolist(), graph.parent_codes[graph.parent_indptr[2] :].tolist()
    ([0, 1, 2], [0, 1])
    """
    component_indptr, component_lines = _grouped(parent_codes, n_nodes)
    parent_indptr, parent_lines = _grouped(component_codes, n_nodes)
    by_parent = component_codes[component_lines]
    item_to_level = np.empty(n_nodes, np.int32)
    low_level_codes(component_indptr, by_parent, item_to_level)
    return BomGraph(
        n_nodes=n_nodes,
        component_indptr=component_indptr,
        component_codes=by_parent,
        component_lines=component_lines,
        parent_indptr=parent_indptr,
        parent_codes=parent_codes[parent_lines],
        parent_lines=parent_lines,
        item_to_level=item_to_level,
    )


def find_cycles(graph: BomGraph) -> list[tuple[int, ...]]:
    """Return one cycle per tangle of cycles, parent before component, shortest first.

    A tangle is a strongly connected component; its cycle is the shortest one through its lowest code, and starts
    there. The order is by length, then by code, so that the same data gives the same cycles.

    Examples
    --------
    >>> graph = build_graph(4, np.array([0, 1, 2, 3], np.int32), np.array([1, 2, 1, 3], np.int32))
    >>> find_cycles(graph)
    [(3,), (1, 2)]
    """
    if not graph.has_cycles:
        return []
    # networkx takes 0.26 s to import, and most data sets have no cycle to name.
    import networkx as nx

    unlevelled = np.flatnonzero(graph.item_to_level < 0)
    digraph: nx.DiGraph[int] = nx.DiGraph()
    for parent in unlevelled.tolist():
        components = graph.component_codes[graph.component_indptr[parent] : graph.component_indptr[parent + 1]]
        digraph.add_edges_from((parent, component) for component in components.tolist())
    tangles = (tangle for tangle in nx.strongly_connected_components(digraph))
    cycles = [
        _shortest_cycle(digraph.subgraph(tangle), min(tangle))
        for tangle in tangles
        if len(tangle) > 1 or digraph.has_edge(min(tangle), min(tangle))
    ]
    return sorted(cycles, key=lambda cycle: (len(cycle), cycle))


def name_cycles(cycles: Sequence[Sequence[str]]) -> list[str]:
    """Return each cycle in full, as text that ends with the item it begins with.

    Examples
    --------
    >>> name_cycles([("frame", "tube")])
    ['frame -> tube -> frame']
    """
    return [" -> ".join([*cycle, cycle[0]]) for cycle in cycles]


def check_for_cycles(graph: BomGraph, ids: Sequence[str]) -> None:
    """Do nothing when the graph has no cycle.

    Parameters
    ----------
    graph
        The graph.
    ids
        The id of each node, by code.

    Raises
    ------
    CycleError
        When there are cycles; it names one per tangle.

    Examples
    --------
    >>> graph = build_graph(2, np.array([0, 1], np.int32), np.array([1, 0], np.int32))
    >>> check_for_cycles(graph, ["frame", "tube"])
    Traceback (most recent call last):
    bom.graph.CycleError: items are components of themselves; remove one line of each cycle: frame -> tube -> frame
    """
    cycles = find_cycles(graph)
    if cycles:
        raise CycleError([[ids[code] for code in cycle] for cycle in cycles])


def components_first(graph: BomGraph) -> NDArray[np.int64]:
    """Return the codes of a graph without cycles, the deepest low-level code first.

    Returns
    -------
    NDArray[np.int64]
        int64, shape (n_nodes,): each node after all its components.

    Examples
    --------
    >>> components_first(build_graph(3, np.array([0, 2], np.int32), np.array([2, 1], np.int32))).tolist()
    [1, 2, 0]
    """
    _, order = _grouped(graph.item_to_level, graph.n_levels)
    return order[::-1].copy()


def _grouped(codes: NDArray[np.int32], n_groups: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the offsets and the row order of ``group_by``."""
    indptr = np.empty(n_groups + 1, np.int64)
    order = np.empty(codes.shape[0], np.int64)
    group_by(codes, n_groups, indptr, order)
    return indptr, order


def _shortest_cycle(tangle: nx.DiGraph[int], start: int) -> tuple[int, ...]:
    """Return the shortest cycle through ``start``, the lowest codes where several are as short."""
    import networkx as nx

    depths = {start: 0}
    came_from: dict[int, int] = {}
    for parent, component in nx.bfs_edges(tangle, start, sort_neighbors=sorted):
        depths[component] = depths[parent] + 1
        came_from[component] = parent
    last = min(tangle.predecessors(start), key=lambda code: (depths[code], code))
    cycle = [last]
    while cycle[-1] != start:
        cycle.append(came_from[cycle[-1]])
    return tuple(reversed(cycle))
