"""The shares that orders have in the alternates of their bills, cluster by cluster (rule 11)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bom.ranges import ranges
from planning.kernels.alternate_events import Clusters
from planning.kernels.alternates import CANDIDATE_DTYPE, allocate_level
from planning.kernels.netting_arrays import NettingModel, Orders


def has_shared_alternates(netting: NettingModel) -> bool:
    """Return whether some BOM line is used by its share of what is there: then clusters are planned as one."""
    return bool((netting.lines["has_shares"] & (netting.lines["group_line"] >= 0)).any())


def with_shares(netting: NettingModel, orders: Orders, clusters: Clusters, picked: NDArray[np.int64]) -> Orders:
    """Return the orders with their shares in the lines of some clusters.

    Parameters
    ----------
    netting, orders
        What the kernels read, and all orders of the parents of these clusters.
    clusters, picked
        All clusters, and int64: those to share out, in any order. What they had before is left where it was.
    """
    first_group, end_group = clusters.group_starts[picked], clusters.group_starts[picked + 1]
    groups = ranges(first_group, end_group - first_group)
    n_lines = clusters.line_starts[groups + 1] - clusters.line_starts[groups]
    lines = ranges(clusters.line_starts[groups], n_lines)
    counts = np.repeat(orders.counts[clusters.parents[groups]], n_lines)
    share_first = orders.share_first.copy() if orders.share_first.size else np.zeros(clusters.lines.shape[0], np.int64)
    begin = orders.shares.shape[0]
    share_first[lines] = begin + np.cumsum(counts) - counts
    shares = np.concatenate([orders.shares, np.zeros(int(counts.sum()))])
    shared = orders._replace(share_first=share_first, shares=shares)
    allocate_level(netting, shared, clusters, picked.astype(np.int64), np.empty(0, CANDIDATE_DTYPE), shares)
    return shared
