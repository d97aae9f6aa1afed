"""What levelled items are needed for: components of what is decided about, and all other requirements."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bom.ranges import ranges
from planning.kernels.net_level import count_level
from planning.kernels.netting_arrays import NEVER, ChangedParameter, Records
from planning.kernels.requirement_rows import REQUIREMENT_DTYPE, SAFETY_STOCK, list_requirements
from planning.mrp import MrpResult
from scheduling.leveller.due_days import NOT_POSSIBLE, OrderTimes
from scheduling.leveller.problem import Components


class Requirements(NamedTuple):
    """What is required of levelled items.

    Parameters
    ----------
    outside
        float64, shape (n_items, n_periods): requirements of everything that is not decided about.
    inside
        float64, shape (n_items, n_periods): requirements of what is decided about, as it was planned.
    components
        What a unit of each decided order needs.
    """

    outside: NDArray[np.float64]
    inside: NDArray[np.float64]
    components: Components


def requirements(
    plan: MrpResult, nodes: NDArray[np.int32], times: OrderTimes, of_day: NDArray[np.int32]
) -> Requirements:
    """Return what is required of levelled nodes.

    Notes
    -----
    The plan's own requirement rows are read, so every rule of netting (scrap, yield, phantoms, alternates, dates in
    force) is in them. A unit of a parent needs of a component what the plan's orders of the parent needed on average,
    as many days before it is due as on average.
    """
    item, rows = _requirement_rows(plan, nodes)
    parent_of = np.full(plan.plan.orders.rows.shape[0] + 1, -1, np.int64)
    parent_of[times.place] = times.item
    # whatever is not an order reads the last row, which is nobody's
    parent = parent_of[np.where(rows["source"] >= 0, rows["source"], -1)]
    n_periods = times.due.shape[1]
    is_outside = (parent < 0) & (rows["source"] != SAFETY_STOCK)
    outside = np.zeros(times.due.shape)
    period = of_day[np.clip(rows["day"], 0, of_day.shape[0] - 1)]
    count = is_outside & (period < n_periods)
    np.add.at(outside, (item[count], period[count]), rows["quantity"][count])
    inside = parent >= 0
    planned_needs = np.zeros(times.due.shape)
    count = inside & (period < n_periods)
    np.add.at(planned_needs, (item[count], period[count]), rows["quantity"][count])
    due = plan.plan.dated_orders["due"][rows["source"][inside]]
    lines = _components(times, of_day, parent[inside], item[inside], rows[inside], due)
    return Requirements(outside, planned_needs, lines)


def supplies(
    plan: MrpResult, nodes: NDArray[np.int32], of_day: NDArray[np.int32], n_periods: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the stock on day 0 and what comes in: open orders on the day that netting used, stock that comes later.

    Returns
    -------
    initial_stock, receipts
        float64, shape (n_items,) and (n_items, n_periods).
    """
    netting = plan.netting
    receipts = np.zeros((nodes.shape[0], n_periods))
    item, rows = _ragged(netting.receipt_indptr, nodes)
    day = np.where(plan.plan.netted_day[rows] == NEVER, netting.receipts["day"][rows], plan.plan.netted_day[rows])
    _add_days(receipts, item, day, netting.receipts["quantity"][rows], of_day)
    item, rows = _ragged(netting.lot_indptr, nodes)
    _add_days(receipts, item, np.maximum(netting.lots["available"][rows], 0), netting.lots["quantity"][rows], of_day)
    return netting.nodes["on_hand"][nodes].copy(), receipts


def minimum_stock(plan: MrpResult, nodes: NDArray[np.int32], starts: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the safety stock at the end of each period, float64, shape (n_items, n_periods)."""
    last = np.tile(starts[1:] - 1, nodes.shape[0]).astype(np.int32)
    node = np.repeat(nodes, starts.shape[0] - 1)
    otherwise = plan.netting.nodes["safety_stock"][node]
    values = plan.model.parameter_changes.values(ChangedParameter.SAFETY_STOCK, node, last, otherwise)
    return np.asarray(values, np.float64).reshape(nodes.shape[0], -1)


def _requirement_rows(plan: MrpResult, nodes: NDArray[np.int32]) -> tuple[NDArray[np.int64], Records]:
    """Return the requirement rows of some nodes, and the item of each."""
    n_lines, capacity = np.empty((2, plan.model.nodes.n_nodes), np.int64)
    count_level(plan.netting, plan.plan.orders, nodes, 1, n_lines, capacity)
    room = n_lines[: nodes.shape[0]] + 1
    base = np.concatenate(([0], np.cumsum(room)))
    rows = np.empty(base[-1], REQUIREMENT_DTYPE)
    order, count = np.empty(base[-1], np.int64), np.empty(nodes.shape[0], np.int64)
    list_requirements(plan.netting, plan.plan.orders, nodes, base, rows, order, count)
    is_row = np.arange(base[-1]) - np.repeat(base[:-1], room) < np.repeat(count, room)
    return np.repeat(np.arange(nodes.shape[0]), count), rows[is_row]


def _components(
    times: OrderTimes,
    of_day: NDArray[np.int32],
    parent: NDArray[np.int64],
    component: NDArray[np.int64],
    rows: Records,
    due: NDArray[np.int32],
) -> Components:
    """Return the lines between levelled items, for every period in which the parent can be due."""
    pairs, at = np.unique(np.stack([parent, component]), axis=1, return_inverse=True)
    at, n_pairs = at.ravel(), pairs.shape[1]
    quantity = np.bincount(at, rows["quantity"], n_pairs)
    days = np.bincount(at, rows["quantity"] * (rows["original_day"] - due), n_pairs)
    offset = np.rint(days / np.where(quantity != 0, quantity, 1.0)).astype(np.int64)
    per_unit = quantity / times.planned.sum(axis=1)[pairs[0]]
    pair, period = np.nonzero(times.due[pairs[0]] != NOT_POSSIBLE)
    need = np.clip(times.due[pairs[0][pair], period] + offset[pair], 0, of_day.shape[0] - 1)
    needed = of_day[need]
    keep = needed < times.due.shape[1]
    pair, period = pair[keep], period[keep]
    return Components(
        pairs[0][pair].astype(np.int32),
        period.astype(np.int32),
        pairs[1][pair].astype(np.int32),
        needed[keep].astype(np.int32),
        per_unit[pair],
    )


def _ragged(indptr: NDArray[np.int64], nodes: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the item and the row of each entry of some nodes."""
    counts = indptr[nodes + 1] - indptr[nodes]
    item = np.repeat(np.arange(nodes.shape[0]), counts)
    return item, ranges(indptr[nodes], counts)


def _add_days(
    grid: NDArray[np.float64],
    item: NDArray[np.int64],
    day: NDArray[np.int32],
    quantity: NDArray[np.float64],
    of_day: NDArray[np.int32],
) -> None:
    """Add quantities on days to a grid of (item, period), those behind it left out."""
    period = of_day[np.clip(day, 0, of_day.shape[0] - 1)]
    keep = period < grid.shape[1]
    np.add.at(grid, (item[keep], period[keep]), quantity[keep])
