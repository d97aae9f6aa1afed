"""The nodes of a plan: which items are planned at which sites, and their planning parameters there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.tables import PLANNING_PARAMETERS
from planning.data import PlanningData
from planning.encoding.codes import NO_CODE, IdIndex, codes_of, grouped_rows

_PARAMETERS = [column.name for column in PLANNING_PARAMETERS]
_WITH_NODES = ("item_sites", "demands", "on_hand", "scheduled_receipts", "allocations")


@dataclass(frozen=True, slots=True)
class NodeTable:
    """The nodes, in the order of (item row, site row).

    Parameters
    ----------
    item_ids, site_ids
        The ids by code.
    item_index
        Finds the code of an item id.
    item, site
        int32, shape (n_nodes,): the codes of each node.
    lookup
        int32, shape (n_items x n_sites,): the node of item code x n_sites + site code, -1 where there is none.
    """

    item_ids: pl.Series
    site_ids: pl.Series
    item_index: IdIndex
    item: NDArray[np.int32]
    site: NDArray[np.int32]
    lookup: NDArray[np.int32]

    @property
    def n_nodes(self) -> int:
        """The number of nodes."""
        return int(self.item.shape[0])

    def of(self, items: NDArray[np.int32], sites: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the node of each (item code, site code), -1 where there is none."""
        nodes: NDArray[np.int32] = self.lookup[items.astype(np.int64) * len(self.site_ids) + sites]
        return nodes

    def of_table(self, data: PlanningData, name: str) -> NDArray[np.int32]:
        """Return the node of each row of a table with ``item_id`` and ``site_id``."""
        frame = data.filled(name, ["item_id", "site_id"])
        return self.of(self.item_index.codes_of(frame["item_id"]), site_codes(frame["site_id"], self.site_ids))


def site_codes(values: pl.Series, site_ids: pl.Series) -> NDArray[np.int32]:
    """Return the code of each site id; without a search where there is only one site."""
    if len(site_ids) == 1 and values.null_count() == 0:
        return np.zeros(values.len(), dtype=np.int32)
    return codes_of(values, site_ids)


def find_nodes(data: PlanningData) -> NodeTable:
    """Return all nodes: those that the tables name, and those that these need (components and transfer sources)."""
    item_ids = data.table("items")["item_id"]
    sites = data.table("sites")
    site_ids = sites["site_id"] if sites.height else pl.Series("site_id", ["MAIN"])
    item_index = IdIndex(item_ids)
    n_items, n_sites = item_ids.len(), site_ids.len()
    if n_sites == 1:
        items = np.arange(n_items, dtype=np.int32)
        return NodeTable(item_ids, site_ids, item_index, items, np.zeros(n_items, np.int32), items)
    is_node = np.zeros(n_items * n_sites, dtype=np.bool_)
    for name in _WITH_NODES:
        frame = data.filled(name, ["item_id", "site_id"])
        is_node[
            item_index.codes_of(frame["item_id"]).astype(np.int64) * n_sites + codes_of(frame["site_id"], site_ids)
        ] = True
    _close(data, _everywhere(item_ids, site_ids, item_index), is_node)
    keys = np.flatnonzero(is_node)
    lookup = np.full(n_items * n_sites, NO_CODE, dtype=np.int32)
    lookup[keys] = np.arange(keys.size, dtype=np.int32)
    return NodeTable(
        item_ids, site_ids, item_index, (keys // n_sites).astype(np.int32), (keys % n_sites).astype(np.int32), lookup
    )


def _close(data: PlanningData, everywhere: NodeTable, is_node: NDArray[np.bool_]) -> None:
    """Mark the components of each node at its site, and each transferred node at its possible sources."""
    n_sites = len(everywhere.site_ids)
    lines = data.filled("bom_lines", ["parent_item_id", "component_item_id", "site_id"])
    parents = everywhere.item_index.codes_of(lines["parent_item_id"])
    components = everywhere.item_index.codes_of(lines["component_item_id"])
    line_sites = codes_of(lines["site_id"], everywhere.site_ids)
    indptr, rows = grouped_rows(parents, len(everywhere.item_ids))
    parameters = node_parameters(data, everywhere)
    targets, sources = _transfer_keys(data, everywhere, parameters)
    is_node[_firm_sources(data, everywhere, parameters)] = True
    frontier = np.flatnonzero(is_node)
    while frontier.size:
        items, sites = frontier // n_sites, frontier % n_sites
        counts = indptr[items + 1] - indptr[items]
        starts = np.repeat(indptr[items] - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
        line = rows[starts + np.arange(counts.sum())]
        at = np.repeat(sites, counts)
        is_used = (line_sites[line] == NO_CODE) | (line_sites[line] == at)
        reached = components[line[is_used]].astype(np.int64) * n_sites + at[is_used]
        reached = np.unique(np.concatenate([reached, sources[np.isin(targets, frontier)]]))
        frontier = reached[~is_node[reached]]
        is_node[frontier] = True


def _everywhere(item_ids: pl.Series, site_ids: pl.Series, item_index: IdIndex) -> NodeTable:
    """Return every item at every site as a node."""
    n_sites = site_ids.len()
    keys = np.arange(item_ids.len() * n_sites, dtype=np.int32)
    return NodeTable(item_ids, site_ids, item_index, keys // n_sites, keys % n_sites, keys)


def _transfer_keys(
    data: PlanningData, everywhere: NodeTable, parameters: pl.DataFrame
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return (a transferred node, the same item at one of its possible sources) for all items at all sites."""
    transfers = possible_sources(data, everywhere, parameters)
    targets = transfers["node"].to_numpy()
    return targets, everywhere.of(everywhere.item[targets], transfers["source"].to_numpy())


def _firm_sources(data: PlanningData, everywhere: NodeTable, parameters: pl.DataFrame) -> NDArray[np.int32]:
    """Return the items at the sites that firm planned transfers name as their source."""
    receipts = data.filled("scheduled_receipts", ["item_id", "status", "supply_type", "source_site_id"])
    supply_type = receipts["supply_type"].fill_null(
        parameters["supply_type"][everywhere.of_table(data, "scheduled_receipts")]
    )
    is_transfer = (receipts["status"] == "firm_planned") & (supply_type == "transfer")
    named = receipts.filter(is_transfer & receipts["source_site_id"].is_not_null())
    items = everywhere.item_index.codes_of(named["item_id"])
    return everywhere.of(items, codes_of(named["source_site_id"], everywhere.site_ids))


def node_parameters(data: PlanningData, nodes: NodeTable) -> pl.DataFrame:
    """Return the planning parameters of each node: the site's where filled, else the item's.

    ``supply_type`` is resolved: an empty one is make where the item has a BOM line as parent at the site, else buy;
    a transfer from the node's own site counts as empty.
    """
    items = data.filled("items", [*_PARAMETERS, "unit_cost", "quantity_decimals"])
    frame = items if nodes.n_nodes == items.height and len(nodes.site_ids) == 1 else items[nodes.item]
    overrides = data.table("item_sites")
    if overrides.height:
        frame = _overridden(frame, overrides, nodes.of_table(data, "item_sites"))
    at_home = frame["source_site_id"] == nodes.site_ids[nodes.site]
    is_transfer_home = (frame["supply_type"] == "transfer") & at_home.fill_null(False)
    default = pl.Series(np.where(_is_bom_parent(data, nodes), "make", "buy"))
    supply_type = frame["supply_type"].set(is_transfer_home, None)
    source = frame["source_site_id"].set(is_transfer_home, None)
    return frame.with_columns(supply_type=supply_type.fill_null(default), source_site_id=source)


def _overridden(frame: pl.DataFrame, overrides: pl.DataFrame, at: NDArray[np.int32]) -> pl.DataFrame:
    """Return the parameters with the filled cells of ``item_sites`` over them."""
    names = [name for name in _PARAMETERS if name in overrides.columns]
    if not names:
        return frame
    rows = np.full(frame.height, NO_CODE, dtype=np.int64)
    rows[at[at >= 0]] = np.flatnonzero(at >= 0)
    picked = overrides.select(names)[np.maximum(rows, 0)]
    is_over = pl.Series("is_over", rows >= 0)
    return frame.with_columns(
        pl.when(is_over & picked[name].is_not_null()).then(picked[name]).otherwise(frame[name]).alias(name)
        for name in names
    )


def _is_bom_parent(data: PlanningData, nodes: NodeTable) -> NDArray[np.bool_]:
    """Return whether each node's item is the parent of a BOM line at its site."""
    lines = data.filled("bom_lines", ["parent_item_id", "site_id"])
    parents = nodes.item_index.codes_of(lines["parent_item_id"])
    sites = codes_of(lines["site_id"], nodes.site_ids)
    everywhere = np.zeros(nodes.item_ids.len(), dtype=np.bool_)
    everywhere[parents[sites == NO_CODE]] = True
    is_parent = everywhere[nodes.item]
    at = nodes.of(parents[sites != NO_CODE], sites[sites != NO_CODE])
    is_parent[at[at >= 0]] = True
    return is_parent


def possible_sources(data: PlanningData, nodes: NodeTable, parameters: pl.DataFrame) -> pl.DataFrame:
    """Return the lanes that can bring each transferred node's item, in the order in which they are taken.

    Returns
    -------
    pl.DataFrame
        ``node`` (int32), ``source`` (int32 site code), ``lane`` (the row of transfer_lanes, -1: none), and of the lane
        ``lead_time_days`` (empty: the node's), ``split_fraction``, ``effective_from`` and ``effective_to``. Lanes that
        name the item come first. A node with a ``source_site_id`` has the lanes from there only, and after them one
        without dates and values.
    """
    transferred = np.flatnonzero((parameters["supply_type"] == "transfer").to_numpy())
    wanted = pl.DataFrame(
        {
            "node": transferred.astype(np.int32),
            "item": nodes.item[transferred],
            "site": nodes.site[transferred],
            "fixed_source": codes_of(parameters["source_site_id"], nodes.site_ids)[transferred],
        }
    )
    lanes = _lanes(data, nodes)
    named = wanted.join(lanes.filter(pl.col("item") != NO_CODE), on=["item", "site"])
    general = wanted.join(lanes.filter(pl.col("item") == NO_CODE).drop("item"), on="site")
    found = pl.concat([named.with_columns(rank=0), general.with_columns(rank=1)], how="diagonal")
    found = found.filter((pl.col("fixed_source") == NO_CODE) | (pl.col("fixed_source") == pl.col("source")))
    fixed = wanted.filter(pl.col("fixed_source") != NO_CODE).rename({"fixed_source": "source"})
    found = pl.concat([found, fixed.with_columns(rank=2, lane=pl.lit(NO_CODE, pl.Int64))], how="diagonal")
    return found.sort("node", "rank", "priority", "from_site_id").select("node", "source", *_LANE)


_LANE = ("lane", "lead_time_days", "split_fraction", "effective_from", "effective_to")


def _lanes(data: PlanningData, nodes: NodeTable) -> pl.DataFrame:
    """Return the transfer lanes with codes; item -1 is every item."""
    lanes = data.filled("transfer_lanes", ["item_id", "from_site_id", "to_site_id", "priority", *_LANE[1:]])
    return lanes.select(
        "from_site_id",
        "priority",
        *_LANE[1:],
        lane=pl.int_range(pl.len(), dtype=pl.Int64),
        item=pl.Series(nodes.item_index.codes_of(lanes["item_id"])),
        source=pl.Series(codes_of(lanes["from_site_id"], nodes.site_ids)),
        site=pl.Series(codes_of(lanes["to_site_id"], nodes.site_ids)),
    ).filter(pl.col("source") != pl.col("site"))
