"""The nodes of two plans side by side: the same item at the same site."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.arrays import PlanningModel
from planning.encoding.codes import NO_CODE, codes_of
from planning.encoding.nodes import NodeTable
from planning.kernels.netting_arrays import CHOSEN_PER_ORDER


@dataclass(frozen=True, slots=True)
class NodePairs:
    """The nodes of two plans, by level of the first; those that only the second has come last.

    Parameters
    ----------
    before, after
        int32, shape (n_pairs,): the node in each plan, -1 where it is in the other one only.
    """

    before: NDArray[np.int32]
    after: NDArray[np.int32]


def pair_nodes(before: PlanningModel, after: PlanningModel) -> NodePairs:
    """Return the nodes of two data sets side by side."""
    nodes, others = before.nodes, after.nodes
    first = before.level_nodes
    if nodes is others or _is_same(nodes, others):
        return NodePairs(first, first)
    item = others.item_index.codes_of(nodes.item_ids)[nodes.item[first]]
    site = codes_of(nodes.site_ids, others.site_ids)[nodes.site[first]]
    partner = np.where((item == NO_CODE) | (site == NO_CODE), NO_CODE, others.of(np.maximum(item, 0), site))
    is_new = np.ones(others.n_nodes, np.bool_)
    is_new[partner[partner != NO_CODE]] = False
    added = after.level_nodes[is_new[after.level_nodes]]
    missing = np.full(added.shape[0], NO_CODE, np.int32)
    return NodePairs(np.concatenate([first, missing]), np.concatenate([partner.astype(np.int32), added]))


def _is_same(nodes: NodeTable, others: NodeTable) -> bool:
    """Return whether two data sets have the same nodes, in the same order."""
    return (
        nodes.n_nodes == others.n_nodes
        and nodes.item_ids.equals(others.item_ids)
        and nodes.site_ids.equals(others.site_ids)
        and bool((nodes.item == others.item).all())
        and bool((nodes.site == others.site).all())
    )


def rerouted(before: PlanningModel, after: PlanningModel, pairs: NodePairs) -> NDArray[np.bool_]:
    """Return whether each pair's orders come from another supplier or site, or are made instead of bought.

    Returns
    -------
    numpy.ndarray
        bool, shape (n_pairs,): false where a node is in one plan only.
    """
    ways, other_ways = before.sourcing, after.sourcing
    is_other = np.zeros(pairs.before.shape[0], np.bool_)
    if ways is other_ways:
        return is_other
    both = np.flatnonzero((pairs.before != NO_CODE) & (pairs.after != NO_CODE))
    node, other = pairs.before[both], pairs.after[both]
    is_other[both] = before.node_rows["supply_type"][node] != after.node_rows["supply_type"][other]
    is_other[both] |= _parties(before, node).ne_missing(_parties(after, other)).to_numpy()
    return is_other


def _parties(model: PlanningModel, nodes: NDArray[np.int32]) -> pl.Series:
    """Return the supplier or source site of each node's orders; where each order chooses, of all its offers."""
    offers, offer = model.sourcing.offers, model.sourcing.offer
    source = offers.rows["source"]
    sites = model.nodes.site_ids[np.maximum(source, 0)].set(pl.Series(source < 0), None)
    names = pl.select(pl.coalesce(offers.frame["supplier_id"], sites)).to_series()
    first = np.zeros(names.len(), np.bool_)
    first[offers.indptr[:-1][offers.is_there]] = True
    is_counted = first | (offer[offers.frame["node"].to_numpy()] == CHOSEN_PER_ORDER)
    frame = pl.DataFrame({"node": offers.frame["node"], "name": names}).filter(pl.Series(is_counted))
    lists = frame.group_by("node", maintain_order=True).agg(pl.col("name").str.join("\n"))
    found = pl.DataFrame({"node": nodes}).join(lists, on="node", how="left", maintain_order="left")
    return found["name"]
