"""Gross requirements listed row by row: the same lines that netting added up."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from bom.kernels.inner import inner
from planning.kernels.changing_parameters import changes_of, floor_rise
from planning.kernels.gross_requirements import (
    REQUIREMENT,
    clipped_component_day,
    component_requirement,
    count_lines,
    demand_day,
    line_share,
    orders_of_line,
    top_order,
)
from planning.kernels.netting_arrays import NettingModel, Orders, Records, working_days_of

SAFETY_STOCK = np.iinfo(np.int64).min

# ``source``: the order that needs it, -1 - row of a demand of the data set, or SAFETY_STOCK.
REQUIREMENT_DTYPE = np.dtype(
    [
        ("day", np.int32),
        ("original_day", np.int32),
        ("is_dependent", np.bool_),
        ("is_at_end", np.bool_),
        ("quantity", np.float64),
        ("source", np.int64),
    ],
    align=True,
)


@inner
def write_row(
    rows: Records, n: int, day: int, original: int, quantity: float, source: int, dependent: bool, at_end: bool
) -> int:
    """Write one row unless its quantity is zero; return the number of rows."""
    if quantity == 0.0:
        return n
    rows[n].day = day
    rows[n].original_day = original
    rows[n].quantity = quantity
    rows[n].source = source
    rows[n].is_dependent = dependent
    rows[n].is_at_end = at_end
    return n + 1


@inner
def list_floor(changes: Records, node: Records, rows: Records, n: int) -> int:
    """Write the safety stock as rows: that of day 0, and what later steps lift it above all it was before."""
    highest = 0.0
    if node.safety_stock > 0.0:
        n = write_row(rows, n, 0, 0, node.safety_stock, SAFETY_STOCK, False, False)
        highest = node.safety_stock
    for k in range(changes.shape[0]):
        if floor_rise(changes, node, k) > 0.0 and changes[k].value > highest:
            day = changes[k].day
            n = write_row(rows, n, day, day, changes[k].value - highest, SAFETY_STOCK, False, False)
            highest = changes[k].value
    return n


@inner
def list_node(model: NettingModel, orders: Orders, node: int, rows: Records, base: int) -> int:
    """Write the requirement rows of one node from row ``base`` on, in their order within a day; return their number."""
    choices, row, days = model.choices[0], model.nodes[node], working_days_of(model)
    n = base
    if not row.is_phantom:
        n = list_floor(changes_of(model, node), row, rows, n)
    for k in range(model.demand_indptr[node], model.demand_indptr[node + 1]):
        demand = model.demands[k]
        n = write_row(
            rows, n, demand_day(choices, demand), demand.day, demand.quantity, -1 - k, demand.is_dependent, False
        )
    for k in range(model.parent_indptr[node], model.parent_indptr[node + 1]):
        line = model.lines[k]
        parent, changes = model.nodes[line.parent], changes_of(model, line.parent)
        first, end = orders_of_line(model, orders, line)
        for order in range(first, end):
            share = line_share(model, orders, line, order)
            made = orders.rows[order]
            kind, day, quantity = component_requirement(days, choices, row, parent, changes, line, made, share)
            if kind == REQUIREMENT:
                source = top_order(orders, order) if parent.is_phantom else order
                at_end = line.is_at_end or (parent.is_phantom and orders.rows[order].is_at_end)
                n = write_row(rows, n, clipped_component_day(choices, day), day, quantity, source, True, at_end)
    return n - base


@inner
def requirements_by_day(model: NettingModel, orders: Orders, node: int) -> Records:
    """Return the requirement rows of one node by day."""
    rows = np.empty(count_lines(model, orders, node) + 1, REQUIREMENT_DTYPE)
    n = list_node(model, orders, node, rows, 0)
    return rows[:n][np.argsort(rows["day"][:n], kind="mergesort")]


@njit(cache=True, parallel=True)
def list_requirements(
    model: NettingModel,
    orders: Orders,
    nodes: NDArray[np.int32],
    base_indptr: NDArray[np.int64],
    out_rows: Records,
    out_order: NDArray[np.int64],
    out_count: NDArray[np.int64],
) -> None:
    """Write the requirement rows of each node from ``base_indptr`` on, and the order that sorts them by day."""
    for i in prange(nodes.shape[0]):
        base = base_indptr[i]
        n = list_node(model, orders, nodes[i], out_rows, base)
        out_count[i] = n
        out_order[base : base + n] = base + np.argsort(out_rows["day"][base : base + n], kind="mergesort")
