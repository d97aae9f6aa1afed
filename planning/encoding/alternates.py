"""Clusters: the nodes that alternate for each other in some bill, planned on one level (rules 2 and 11)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.graph import BomGraph, build_graph
from planning.kernels.alternate_events import Clusters

# How a BOM line is used, by the option ``alternates``: always, only where the first in force is used, only with
# fixed_usage, or by its share of what is there.
PLAIN, FIRST_IN_FORCE, AS_GIVEN, SHARED = range(4)


@dataclass(frozen=True, slots=True)
class SharedGroups:
    """The groups of alternates that share by what is there.

    Parameters
    ----------
    edges
        The edges with ``kind`` and ``group`` (-1: none).
    cluster
        int32, shape (n_nodes,): the cluster of each node, -1 for none.
    graph
        The graph of the edges; members of a cluster have the same level.
    unshared
        ``parent``, ``alternate_group``: groups whose members need each other, so that the first in force is used.
    """

    edges: pl.DataFrame
    cluster: NDArray[np.int32]
    graph: BomGraph
    unshared: pl.DataFrame


def find_shared_groups(edges: pl.DataFrame, graph: BomGraph) -> SharedGroups:
    """Return the groups that share, and the levels that follow.

    Parameters
    ----------
    edges
        ``parent``, ``component``, ``kind`` (PLAIN, FIRST_IN_FORCE or AS_GIVEN), ``alternate_group``, ``is_by_product``.
    graph
        The graph of the edges, without cycles.

    Notes
    -----
    A group shares when it has two components or more and no by-product, and when no member needs another one of its
    cluster, directly or through others.
    """
    none = pl.DataFrame(schema={"parent": pl.Int32, "alternate_group": pl.String})
    no_cluster = np.full(graph.n_nodes, -1, np.int32)
    if not (edges["kind"] != PLAIN).any():
        return SharedGroups(edges.with_columns(group=pl.lit(-1)), no_cluster, graph, none)
    keys = ["parent", "alternate_group"]
    groups = edges.filter(pl.col("kind") == AS_GIVEN).group_by(keys, maintain_order=True)
    eligible = groups.agg(pl.col("component").n_unique().alias("n"), pl.col("is_by_product").any())
    eligible = eligible.filter((pl.col("n") > 1) & ~pl.col("is_by_product")).select(keys)
    unshared = none
    while True:
        eligible = eligible.drop("group", strict=False).with_row_index("group").cast({"group": pl.Int64})
        members = edges.filter(pl.col("kind") == AS_GIVEN).join(eligible, on=keys, maintain_order="left")
        code = _clusters(graph.n_nodes, members)
        cyclic, level = _levels(code, edges)
        if not cyclic.any():
            break
        bad = members.filter(pl.Series(cyclic[code[members["component"].to_numpy()]])).select(keys).unique()
        unshared = pl.concat([unshared, bad]).sort(keys)
        eligible = eligible.join(bad, on=keys, how="anti", maintain_order="left")
    tagged = edges.join(eligible, on=keys, how="left", maintain_order="left")
    group = pl.col("group").fill_null(-1)
    is_shared = (pl.col("kind") == AS_GIVEN) & (group >= 0)
    kind = pl.when(is_shared).then(pl.lit(SHARED)).otherwise(pl.col("kind")).alias("kind")
    kept = tagged.with_columns(kind, group=group).filter((pl.col("kind") != FIRST_IN_FORCE) | (pl.col("group") < 0))
    in_cluster = np.zeros(graph.n_nodes, np.bool_)
    in_cluster[members["component"].to_numpy()] = True
    cluster = no_cluster
    cluster[in_cluster] = np.unique(code[in_cluster], return_inverse=True)[1].astype(np.int32)
    rebuilt = build_graph(graph.n_nodes, kept["parent"].to_numpy(), kept["component"].to_numpy())
    return SharedGroups(kept, cluster, replace(rebuilt, item_to_level=level[code]), unshared)


def _clusters(n_nodes: int, members: pl.DataFrame) -> NDArray[np.int32]:
    """Return a code for each node, the same for nodes that groups connect."""
    # scipy takes 0.1 s to import, and most data sets have no alternates
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    first = members.select(pl.col("component").first().over("group"))["component"].to_numpy()
    other = members["component"].to_numpy()
    links = coo_matrix((np.ones(other.shape[0], np.int8), (first, other)), shape=(n_nodes, n_nodes))
    codes: NDArray[np.int32] = connected_components(links, directed=False)[1].astype(np.int32)
    return codes


def _levels(code: NDArray[np.int32], edges: pl.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    """Return for each code whether it lies on a cycle of codes, and its level."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n = int(code.max(initial=-1)) + 1
    parents, components = code[edges["parent"].to_numpy()], code[edges["component"].to_numpy()]
    graph = build_graph(n, parents, components)
    cyclic = np.zeros(n, np.bool_)
    if graph.has_cycles:
        links = coo_matrix((np.ones(parents.shape[0], np.int8), (parents, components)), shape=(n, n))
        tangle = connected_components(links, directed=True, connection="strong")[1]
        cyclic = np.bincount(tangle)[tangle] > 1
        cyclic[parents[parents == components]] = True
    return cyclic, graph.item_to_level


def encode_clusters(shared: SharedGroups) -> tuple[Clusters, NDArray[np.int32]]:
    """Return the clusters as the kernels read them, and for each line its place among those of the groups.

    Returns
    -------
    clusters, group_line
        ``group_line``: int32, shape (n_lines,), by component as the lines of the model; -1 for a line of no group.
    """
    graph, cluster = shared.graph, shared.cluster
    n_clusters = int(cluster.max(initial=-1)) + 1
    nodes = np.argsort(cluster, kind="stable")[np.count_nonzero(cluster < 0) :].astype(np.int32)
    place = np.full(cluster.shape[0], -1, np.int32)
    place[nodes] = np.arange(nodes.shape[0], dtype=np.int32)
    lines = shared.edges[graph.parent_lines].with_row_index("line").filter(pl.col("kind") == SHARED)
    lines = lines.with_columns(
        cluster=pl.Series(cluster[lines["component"].to_numpy()], dtype=pl.Int32),
        first_row=pl.col("bom_row").min().over("group"),
    ).sort("cluster", "parent", "first_row", "alternate_priority", "bom_row", "component")
    is_first = lines.select(pl.col("group").is_first_distinct()).to_series().to_numpy()
    starts = np.flatnonzero(is_first)
    group_line = np.full(graph.parent_lines.shape[0], -1, np.int32)
    group_line[lines["line"].to_numpy()] = np.arange(lines.height, dtype=np.int32)
    level = np.zeros(n_clusters, np.int32)
    level[cluster[nodes]] = graph.item_to_level[nodes]
    by_cluster = np.arange(n_clusters + 1)
    clusters = Clusters(
        starts=np.searchsorted(cluster[nodes], by_cluster).astype(np.int64),
        nodes=nodes,
        place=place,
        group_starts=np.searchsorted(lines["cluster"].to_numpy()[starts], by_cluster).astype(np.int64),
        parents=lines["parent"].to_numpy()[starts].astype(np.int32),
        line_starts=np.append(starts, lines.height).astype(np.int64),
        lines=lines["line"].to_numpy().astype(np.int64),
        line_nodes=lines["component"].to_numpy().astype(np.int32),
        level=level,
    )
    return clusters, group_line
