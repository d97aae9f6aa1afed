"""The lines between nodes: BOM lines and transfers, by component, with low-level codes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.alternates import resolve_alternates
from bom.graph import BomGraph, build_graph, check_for_cycles
from planning.data import PlanningData
from planning.encoding.alternates import AS_GIVEN, FIRST_IN_FORCE, PLAIN, SHARED, encode_clusters, find_shared_groups
from planning.encoding.codes import NO_CODE, codes_of, days_of, records
from planning.encoding.nodes import NodeTable
from planning.kernels.alternate_events import Clusters
from planning.kernels.netting_arrays import ALWAYS, LINE_DTYPE, NEVER, Records
from planning.options import MrpOptions

_COLUMNS = [
    "parent_item_id",
    "component_item_id",
    "quantity_per",
    "quantity_fixed",
    "scrap_fraction",
    "site_id",
    "effective_from",
    "effective_to",
    "offset_days",
    "at_end",
    "alternate_group",
    "alternate_priority",
    "usage_fraction",
]


@dataclass(frozen=True, slots=True)
class Structure:
    """BOM lines and transfers by component, and the graph that they make.

    Parameters
    ----------
    graph
        All lines, by parent and by component, with low-level codes.
    lines
        The arrays of the kernels; ``quantity_per`` holds neither usage nor scrap yet.
    scrap_fraction, usage_fraction
        float64, shape (n_lines,): by component, as ``lines``.
    bom_row
        int64, shape (n_lines,): the row of bom_lines, -1 for a transfer.
    kind
        int8, shape (n_lines,): PLAIN, FIRST_IN_FORCE, AS_GIVEN or SHARED: see :mod:`planning.encoding.alternates`.
    clusters, node_cluster
        The nodes that alternate for each other; int32, shape (n_nodes,): the cluster of each node, -1 for none.
    unshared
        ``parent``, ``alternate_group``: the groups whose members need each other.
    """

    graph: BomGraph
    lines: Records
    scrap_fraction: NDArray[np.float64]
    usage_fraction: NDArray[np.float64]
    bom_row: NDArray[np.int64]
    kind: NDArray[np.int8]
    clusters: Clusters
    node_cluster: NDArray[np.int32]
    unshared: pl.DataFrame

    def netting_lines(self, options: MrpOptions) -> Records:
        """Return the lines with usage and scrap in ``quantity_per``, alternates as the option says (rules 9 and 11)."""
        is_multiplied = options.scrap_convention == "multiply"
        scrap = 1.0 + self.scrap_fraction if is_multiplied else 1.0 / (1.0 - self.scrap_fraction)
        lines = self.lines.copy()
        lines["quantity_per"] *= self.usage_fraction * scrap
        is_fixed = options.alternates == "fixed_usage"
        if is_fixed:
            lines["has_shares"][self.kind == SHARED] = False
        lines["effective_from"][self.kind == (FIRST_IN_FORCE if is_fixed else AS_GIVEN)] = NEVER
        return lines


def find_structure(data: PlanningData, nodes: NodeTable, sources: pl.DataFrame) -> Structure:
    """Return the lines between the nodes.

    Parameters
    ----------
    data, nodes
        The data set and its nodes.
    sources
        The possible sources of transferred nodes.

    Raises
    ------
    CycleError
        When items need each other in a circle; it names the whole circle.
    """
    edges = pl.concat([_bom_edges(data, nodes), _transfer_edges(nodes, sources)]).sort("parent", maintain_order=True)
    graph = build_graph(nodes.n_nodes, edges["parent"].to_numpy(), edges["component"].to_numpy())
    if graph.has_cycles:
        check_for_cycles(graph, node_names(nodes).to_list())
    shared = find_shared_groups(edges, graph)
    graph = shared.graph
    clusters, group_line = encode_clusters(shared)
    by_component = shared.edges[graph.parent_lines]
    quantity_per = by_component["quantity_per"].to_numpy()
    quantity_fixed = by_component["quantity_fixed"].to_numpy()
    lines = records(
        LINE_DTYPE,
        parent=graph.parent_codes,
        source=by_component["source"].to_numpy(),
        has_shares=by_component["has_shares"].to_numpy() | (by_component["kind"] == SHARED).to_numpy(),
        group_line=group_line,
        is_transfer=(by_component["bom_row"] == NO_CODE).to_numpy(),
        is_by_product=by_component["is_by_product"].to_numpy(),
        quantity_per=quantity_per,
        quantity_fixed=quantity_fixed,
        effective_from=by_component["effective_from"].to_numpy(),
        effective_to=by_component["effective_to"].to_numpy(),
        offset_days=by_component["offset_days"].to_numpy(),
        is_at_end=by_component["at_end"].to_numpy(),
    )
    return Structure(
        graph,
        lines,
        by_component["scrap_fraction"].to_numpy(),
        by_component["usage_fraction"].to_numpy(),
        by_component["bom_row"].to_numpy(),
        by_component["kind"].to_numpy().astype(np.int8),
        clusters,
        shared.cluster,
        shared.unshared,
    )


def node_names(nodes: NodeTable) -> pl.Series:
    """Return each node's name: the item's id, with its site where there is more than one."""
    items = nodes.item_ids[nodes.item]
    return items if len(nodes.site_ids) == 1 else items + "@" + nodes.site_ids[nodes.site]


def _bom_edges(data: PlanningData, nodes: NodeTable) -> pl.DataFrame:
    """Return the BOM lines between nodes: a line of every site once per site where its parent is a node."""
    lines = data.filled("bom_lines", _COLUMNS).with_row_index("bom_row")
    lines = _with_alternates(lines, resolve_alternates(lines, nodes.site_ids.to_list()))
    as_of = data.settings.as_of
    coded = lines.select(
        pl.col("bom_row").cast(pl.Int64),
        "quantity_per",
        "quantity_fixed",
        "scrap_fraction",
        "usage_fraction",
        pl.col("offset_days").cast(pl.Int32),
        "at_end",
        "kind",
        "alternate_group",
        pl.col("alternate_priority").cast(pl.Int64),
        is_by_product=(pl.col("quantity_per") < 0) | ((pl.col("quantity_per") == 0) & (pl.col("quantity_fixed") < 0)),
        effective_from=pl.Series(days_of(lines["effective_from"], as_of, ALWAYS)),
        effective_to=pl.Series(days_of(lines["effective_to"], as_of, NEVER)),
        parent_item=pl.Series(nodes.item_index.codes_of(lines["parent_item_id"])),
        component_item=pl.Series(nodes.item_index.codes_of(lines["component_item_id"])),
        line_site=pl.Series(codes_of(lines["site_id"], nodes.site_ids)),
    )
    if len(nodes.site_ids) == 1:
        placed = coded.with_columns(parent=pl.col("parent_item"), component=pl.col("component_item"))
    else:
        frame = pl.DataFrame(
            {"parent_item": nodes.item, "site": nodes.site, "parent": np.arange(nodes.n_nodes, dtype=np.int32)}
        )
        placed = coded.join(frame, on="parent_item", maintain_order="left_right").filter(
            (pl.col("line_site") == NO_CODE) | (pl.col("line_site") == pl.col("site"))
        )
        placed = placed.with_columns(
            component=pl.Series(nodes.of(placed["component_item"].to_numpy(), placed["site"].to_numpy()))
        )
    return placed.with_columns(source=pl.lit(NO_CODE, pl.Int32), has_shares=pl.lit(False)).select(*_EDGE_SCHEMA)


_EDGE_SCHEMA = {
    "parent": pl.Int32,
    "component": pl.Int32,
    "source": pl.Int32,
    "has_shares": pl.Boolean,
    "kind": pl.Int32,
    "alternate_group": pl.String,
    "alternate_priority": pl.Int64,
    "is_by_product": pl.Boolean,
    "bom_row": pl.Int64,
    "quantity_per": pl.Float64,
    "quantity_fixed": pl.Float64,
    "scrap_fraction": pl.Float64,
    "usage_fraction": pl.Float64,
    "offset_days": pl.Int32,
    "at_end": pl.Boolean,
    "effective_from": pl.Int32,
    "effective_to": pl.Int32,
}


def _with_alternates(lines: pl.DataFrame, resolved: pl.DataFrame) -> pl.DataFrame:
    """Return the lines, those of alternates twice: on the days on which they are the first, and as given."""
    if resolved is lines:
        return lines.with_columns(kind=pl.lit(PLAIN, pl.Int32))
    is_alternate = pl.col("alternate_group").is_not_null()
    kind = pl.when(is_alternate).then(pl.lit(FIRST_IN_FORCE, pl.Int32)).otherwise(pl.lit(PLAIN, pl.Int32))
    as_given = lines.filter(is_alternate).with_columns(kind=pl.lit(AS_GIVEN, pl.Int32))
    return pl.concat([resolved.with_columns(kind=kind), as_given]).sort("bom_row", maintain_order=True)


def _transfer_edges(nodes: NodeTable, sources: pl.DataFrame) -> pl.DataFrame:
    """Return a line from each transferred node to each possible source."""
    ways = sources.select("node", "source").unique(maintain_order=True)
    parents = ways["node"].to_numpy()
    components = nodes.of(nodes.item[parents], ways["source"].to_numpy())
    return pl.DataFrame({"parent": parents, "component": components, "source": ways["source"]}).select(
        "parent",
        "component",
        "source",
        has_shares=(pl.len() > 1).over("parent"),
        kind=pl.lit(PLAIN, pl.Int32),
        alternate_group=pl.lit(None, pl.String),
        alternate_priority=pl.lit(1, pl.Int64),
        is_by_product=pl.lit(False),
        bom_row=pl.lit(NO_CODE, pl.Int64),
        quantity_per=pl.lit(1.0),
        quantity_fixed=pl.lit(0.0),
        scrap_fraction=pl.lit(0.0),
        usage_fraction=pl.lit(1.0),
        offset_days=pl.lit(0, pl.Int32),
        at_end=pl.lit(False),
        effective_from=pl.lit(ALWAYS, pl.Int32),
        effective_to=pl.lit(NEVER, pl.Int32),
    )
