"""Longest paths through the precedences of a problem."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Longs = NDArray[np.int64]


@njit(cache=True, nogil=True)
def longest_paths(indptr: Longs, after: Longs, lag: Longs, length: Longs, head: Longs, tail: Longs) -> None:
    """Write the longest paths to the start of each node and from its start to the end of all that follows.

    Parameters
    ----------
    indptr, after, lag
        int64: who follows each node, and what lies between its end and their start.
    length
        int64, shape (n_nodes,).
    head, tail
        int64, shape (n_nodes,): written; ``head`` holds the earliest starts to begin with.
    """
    n_nodes = length.shape[0]
    # who is done stands at the front of `order`, who waits to be looked at from the back: the last comes first, so that
    # a chain is followed to its end and memory is read in turn
    waiting, order, n_ready, next_one = np.zeros(n_nodes, np.int64), np.empty(n_nodes, np.int64), 0, n_nodes
    for arc in range(after.shape[0]):
        waiting[after[arc]] += 1
    for one in range(n_nodes):
        if waiting[one] == 0:
            next_one -= 1
            order[next_one] = one
    while next_one < n_nodes:
        node = order[next_one]
        next_one += 1
        order[n_ready] = node
        n_ready += 1
        for arc in range(indptr[node], indptr[node + 1]):
            other = after[arc]
            head[other] = max(head[other], head[node] + length[node] + lag[arc])
            waiting[other] -= 1
            if waiting[other] == 0:
                next_one -= 1
                order[next_one] = other
    for place in range(n_ready - 1, -1, -1):
        node = order[place]
        longest = 0
        for arc in range(indptr[node], indptr[node + 1]):
            longest = max(longest, lag[arc] + tail[after[arc]])
        tail[node] = length[node] + longest
