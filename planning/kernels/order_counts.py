"""Planned orders of each node counted, added up and numbered."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from planning.kernels.netting_arrays import Orders, Records


@njit(cache=True, parallel=True)
def total_orders(
    nodes: Records,
    firm_indptr: NDArray[np.int64],
    orders: Orders,
    rows_now: Records,
    out_count: NDArray[np.int64],
    out_quantity: NDArray[np.float64],
    out_late_count: NDArray[np.int64],
    out_late_quantity: NDArray[np.float64],
) -> None:
    """Fill the number and quantity of each node's planned orders, and of those released before day 0."""
    first, counts = orders.first, orders.counts
    for node in prange(nodes.shape[0]):
        n, late = 0, 0
        quantity, late_quantity = 0.0, 0.0
        begin = first[node] + firm_indptr[node + 1] - firm_indptr[node]
        end = begin if nodes[node].is_phantom else first[node] + counts[node]
        for order in range(begin, end):
            n += 1
            quantity += rows_now[order].quantity
            if rows_now[order].release < 0:
                late += 1
                late_quantity += rows_now[order].quantity
        out_count[node], out_quantity[node] = n, quantity
        out_late_count[node], out_late_quantity[node] = late, late_quantity


@njit(cache=True)
def number_orders(
    order_nodes: NDArray[np.int32], firm_indptr: NDArray[np.int64], orders: Orders, out: NDArray[np.int32]
) -> None:
    """Fill the number of each planned order among those of its node with the same need day, from 1; 0 for firm ones."""
    for node in order_nodes:
        first = orders.first[node] + firm_indptr[node + 1] - firm_indptr[node]
        out[orders.first[node] : first] = 0
        for order in range(first, orders.first[node] + orders.counts[node]):
            is_next = order > first and orders.rows[order].need == orders.rows[order - 1].need
            out[order] = out[order - 1] + 1 if is_next else 1
