"""Low-level codes by longest path, and the counting sort that every ragged array is built with."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True)
def group_by(
    codes: NDArray[np.int32], n_groups: int, out_indptr: NDArray[np.int64], out_order: NDArray[np.int64]
) -> None:
    """Fill the offsets and the order that put equal codes together, rows of one group in their given order.

    The rows of group ``g`` are ``out_order[out_indptr[g]:out_indptr[g + 1]]``.

    Parameters
    ----------
    codes
        int32, shape (n_rows,), each in 0 .. n_groups - 1.
    n_groups
        The number of groups.
    out_indptr
        int64, shape (n_groups + 1,); filled.
    out_order
        int64, shape (n_rows,); filled.

    Examples
    --------
    >>> indptr, order = np.empty(4, np.int64), np.empty(4, np.int64)
    >>> group_by(np.array([2, 0, 2, 0], np.int32), 3, indptr, order)
    >>> indptr.tolist(), order.tolist()
    ([0, 2, 2, 4], [1, 3, 0, 2])
    """
    out_indptr[:] = 0
    for row in range(codes.shape[0]):
        out_indptr[codes[row] + 1] += 1
    for group in range(n_groups):
        out_indptr[group + 1] += out_indptr[group]
    # out_indptr[g] serves as the write position of group g and is moved back by one group afterwards: no scratch array.
    for row in range(codes.shape[0]):
        group = codes[row]
        out_order[out_indptr[group]] = row
        out_indptr[group] += 1
    for group in range(n_groups, 0, -1):
        out_indptr[group] = out_indptr[group - 1]
    out_indptr[0] = 0


@njit(cache=True)
def low_level_codes(
    component_indptr: NDArray[np.int64], component_codes: NDArray[np.int32], out: NDArray[np.int32]
) -> int:
    """Fill the longest path from any node without a parent; return the number of nodes that got a level.

    Nodes on a cycle and behind one get -1; the returned number is the number of nodes when there is no cycle.

    Parameters
    ----------
    component_indptr
        int64, shape (n_nodes + 1,); the components of node ``p`` stand from ``component_indptr[p]`` on.
    component_codes
        int32, shape (n_lines,).
    out
        int32, shape (n_nodes,); filled.

    Notes
    -----
    Kahn's topological order: O(nodes + lines). A node is levelled when its last parent is.

    References
    ----------
    Kahn, A. B. (1962), Topological sorting of large networks, Communications of the ACM 5(11).

    Examples
    --------
    >>> level = np.empty(3, np.int32)
    >>> low_level_codes(np.array([0, 2, 3, 3]), np.array([1, 2, 2], np.int32), level)
    3
    >>> level.tolist()
    [0, 1, 2]
    """
    n_nodes = out.shape[0]
    open_parents = np.zeros(n_nodes, np.int32)
    for line in range(component_codes.shape[0]):
        open_parents[component_codes[line]] += 1
    queue = np.empty(n_nodes, np.int32)
    n_queued = 0
    for node in range(n_nodes):
        out[node] = 0
        if open_parents[node] == 0:
            queue[n_queued] = node
            n_queued += 1
    n_levelled = 0
    while n_levelled < n_queued:
        parent = queue[n_levelled]
        n_levelled += 1
        level = out[parent] + 1
        for line in range(component_indptr[parent], component_indptr[parent + 1]):
            component = component_codes[line]
            out[component] = max(out[component], level)
            open_parents[component] -= 1
            if open_parents[component] == 0:
                queue[n_queued] = component
                n_queued += 1
    for node in range(n_nodes):
        if open_parents[node] > 0:
            out[node] = -1
    return n_levelled
