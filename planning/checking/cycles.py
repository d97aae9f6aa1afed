"""Cycles: items that need themselves, through bills of material or through transfers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.findings import Problem, Remedy
from bom.graph import build_graph, find_cycles, name_cycles
from bom.kernels.levels import group_by, low_level_codes
from planning.checking.transfers import site_ids

_COLUMNS = {
    "bom_lines": "component_item_id",
    "items": "source_site_id",
    "item_sites": "source_site_id",
    "transfer_lanes": "to_site_id",
}
_EDGES = {"parent": pl.String, "parent_site": pl.String, "component": pl.String, "component_site": pl.String}
_SCHEMA = {**_EDGES, "table": pl.String, "row": pl.Int64}


def cycle_problems(tables: Mapping[str, pl.DataFrame], sources: pl.DataFrame) -> list[Problem]:
    """Return a problem for each tangle of cycles; it names one cycle in full, its rows are all the lines inside.

    Parameters
    ----------
    tables
        The frames.
    sources
        What :func:`planning.checking.transfers.transfer_sources` gives.

    Notes
    -----
    Bills are looked at item by item first. Only lines that are on a cycle there, and transfers, are looked at site by
    site: two lines that are used at different sites make no cycle.

    Examples
    --------
    >>> from planning.checking.transfers import transfer_sources
    >>> lines = pl.DataFrame({"parent_item_id": ["frame", "tube"], "component_item_id": ["tube", "frame"]})
    >>> cycle_problems({"bom_lines": lines}, transfer_sources({}))[0].values
    ('frame -> tube -> frame',)
    """
    edges = pl.concat([_line_edges(tables), _transfer_edges(sources)])
    if edges.is_empty():
        return []
    nodes = pl.concat([_nodes(edges, "parent"), _nodes(edges, "component")]).unique().sort("item", "site")
    parents, components = (_codes(edges, nodes, end) for end in ("parent", "component"))
    kept = _lines_on_cycles(nodes.height, parents, components)
    if not len(kept):
        return []
    edges = edges[kept]
    tangles = _tangles(parents[kept], components[kept])
    cycles = find_cycles(build_graph(nodes.height, parents[kept], components[kept]))
    names = {tangles[cycle[0]]: name for cycle, name in _names(cycles, nodes).items()}
    ends = (parents[kept].tolist(), components[kept].tolist())
    labels = [
        names.get(tangles[p]) if tangles[p] == tangles[c] else None for p, c in zip(ends[0], ends[1], strict=True)
    ]
    return list(_problems(edges.with_columns(pl.Series("name", labels, pl.String))))


def _line_edges(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the BOM lines on item cycles as edges between items at sites."""
    lines = tables.get("bom_lines", pl.DataFrame())
    if not {"parent_item_id", "component_item_id"} <= set(lines.columns) or lines.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    ends = pl.concat([lines.get_column("parent_item_id"), lines.get_column("component_item_id")])
    # An empty id has a finding of its own; the hash of null is a node that no line leads to and from at once.
    codes = (ends.hash().rank("dense").to_numpy() - 1).astype(np.int32)
    parents, components = codes[: lines.height], codes[lines.height :]
    is_line = (parents != components) & ends.is_not_null().to_numpy().reshape(2, -1).all(axis=0)
    rows = np.flatnonzero(is_line)
    kept = rows[_lines_on_cycles(int(codes.max()) + 1, parents[rows], components[rows])]
    if not len(kept):
        return pl.DataFrame(schema=_SCHEMA)
    site = pl.col("site_id") if "site_id" in lines.columns else pl.lit(None, pl.String).alias("site_id")
    on_cycles = lines.with_row_index("row")[kept].select("row", "parent_item_id", "component_item_id", site)
    return _at_sites(on_cycles, tables)


def _at_sites(lines: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return each line once for each site where it is used."""
    sites = site_ids(tables).get_column("site_id").drop_nulls().to_list()
    every = lines.with_columns(
        pl.when(pl.col("site_id").is_null()).then(pl.lit(sites)).otherwise(pl.concat_list("site_id")).alias("site_id")
    ).explode("site_id")
    return every.select(
        pl.col("parent_item_id").alias("parent"),
        pl.col("site_id").alias("parent_site"),
        pl.col("component_item_id").alias("component"),
        pl.col("site_id").alias("component_site"),
        pl.lit("bom_lines").alias("table"),
        pl.col("row").cast(pl.Int64),
    )


def _transfer_edges(sources: pl.DataFrame) -> pl.DataFrame:
    """Return transfers as edges from an item at a site to the same item at its source."""
    return sources.filter(pl.col("source_site_id").is_not_null()).select(
        pl.col("item_id").alias("parent"),
        pl.col("site_id").alias("parent_site"),
        pl.col("item_id").alias("component"),
        pl.col("source_site_id").alias("component_site"),
        "table",
        "row",
    )


def _nodes(edges: pl.DataFrame, end: str) -> pl.DataFrame:
    return edges.select(pl.col(end).alias("item"), pl.col(f"{end}_site").alias("site"))


def _codes(edges: pl.DataFrame, nodes: pl.DataFrame, end: str) -> NDArray[np.int32]:
    """Return the row in ``nodes`` of one end of each edge."""
    ends = _nodes(edges, end).join(nodes.with_row_index("code"), on=["item", "site"], how="left", maintain_order="left")
    return ends.get_column("code").to_numpy().astype(np.int32)


def _lines_on_cycles(n_nodes: int, parents: NDArray[np.int32], components: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the lines that lie on a cycle or between two, found by levels from above and from below."""
    kept = np.arange(len(parents))
    for above, below in ((parents, components), (components, parents)):
        if len(kept):
            levels = _levels(n_nodes, above[kept], below[kept])
            kept = kept[(levels[parents[kept]] < 0) & (levels[components[kept]] < 0)]
    return kept


def _levels(n_nodes: int, above: NDArray[np.int32], below: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the level of each node, -1 on a cycle and behind one; half the work of a whole graph."""
    indptr = np.empty(n_nodes + 1, np.int64)
    order = np.empty(len(above), np.int64)
    levels = np.empty(n_nodes, np.int32)
    group_by(above, n_nodes, indptr, order)
    low_level_codes(indptr, below[order], levels)
    return levels


def _tangles(parents: NDArray[np.int32], components: NDArray[np.int32]) -> dict[int, int]:
    """Return for each node the lowest node of its strongly connected component."""
    # networkx takes 0.26 s to import, and most data sets have no cycle.
    import networkx as nx

    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_edges_from(zip(parents.tolist(), components.tolist(), strict=True))
    return {node: min(tangle) for tangle in nx.strongly_connected_components(graph) for node in tangle}


def _names(cycles: Sequence[tuple[int, ...]], nodes: pl.DataFrame) -> dict[tuple[int, ...], str]:
    """Return the name of each cycle: item ids, with their sites when it leads through several."""
    named: dict[tuple[int, ...], str] = {}
    for cycle in cycles:
        pairs = nodes[list(cycle)].rows()
        is_one_site = len({site for _, site in pairs}) == 1 and len(pairs) > 1
        named[cycle] = name_cycles([[item if is_one_site else f"{item}@{site}" for item, site in pairs]])[0]
    return named


def _problems(edges: pl.DataFrame) -> Iterator[Problem]:
    """Yield the problem of each tangle, given the name of each edge inside one; several sites' same cycle is one."""
    for (name,), group in edges.drop_nulls("name").group_by("name", maintain_order=True):
        tables = group.get_column("table").unique().to_list()
        table = "bom_lines" if "bom_lines" in tables else min(tables)
        rows = group.filter(pl.col("table") == table).get_column("row").unique().sort().to_numpy()
        through = "components" if table == "bom_lines" else "sources"
        message = f"items need themselves as {through}: {name}; take one line out of the cycle"
        remedy = Remedy.CELL if _COLUMNS[table] == "source_site_id" else Remedy.ROW
        yield Problem("cycle", table, _COLUMNS[table], message, rows, (str(name),), remedy=remedy, is_told_once=True)
