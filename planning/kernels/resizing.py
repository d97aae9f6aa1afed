"""Open orders that are larger than what they are needed for, or could be larger instead of a new order (rule 6)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bom.kernels.inner import inner
from planning.kernels.balance import first_planned
from planning.kernels.changing_parameters import changes_of, floor_on
from planning.kernels.event_days import next_day
from planning.kernels.gross_requirements import gather_by_day
from planning.kernels.lot_sizing import whole_multiples
from planning.kernels.net_level import new_scratch
from planning.kernels.netting import clear_days, mark_and_reach, mark_floor_steps, noise_of, receive_lots
from planning.kernels.netting_arrays import ALWAYS, NEVER, NODE_DTYPE, NettingModel, Orders, Records, Scratch
from planning.kernels.offers import node_on


@inner
def settled_day(model: NettingModel, r: int, needed: NDArray[np.int32], netted: NDArray[np.int32]) -> int:
    """Return the day of an open order when its message is followed; NEVER when it is to be cancelled."""
    counted = model.receipts[r].day
    if netted[r] < counted:
        return int(netted[r])
    if needed[r] > counted:
        return int(needed[r])
    return int(counted)


@inner
def lot_for(choices: Records, node: Records, quantity: float) -> float:
    """Return the smallest allowed order of at least ``quantity``: minimum and multiple, whatever the maximum."""
    minimum, multiple = node.minimum_order_quantity, node.order_multiple
    lot = max(quantity, minimum)
    is_raised_raw = choices.is_minimum_raw and quantity < minimum * (1.0 - 1e-9)
    if multiple > 0.0 and not is_raised_raw:
        lot = whole_multiples(lot, multiple) * multiple
    return float(lot)


@inner
def shortfall_of(
    model: NettingModel, node: int, scratch: Scratch, reach: NDArray[np.int64], stock: float
) -> tuple[float, float]:
    """Return the most that receipts must bring, over all looks, and the quantity that has moved."""
    changes = changes_of(model, node)
    required, moved, most = -stock, abs(stock), 0.0
    last = reach[1] - scratch.first_day
    k = next_day(scratch.is_event, reach[0] - scratch.first_day, last) if reach[0] <= reach[1] else -1
    while k >= 0:
        required += scratch.gross_requirements[k] - scratch.supplies[k]
        moved += scratch.gross_requirements[k] + abs(scratch.supplies[k])
        most = max(most, floor_on(changes, model.nodes[node], k + scratch.first_day) + required)
        k = next_day(scratch.is_event, k + 1, last)
    return most, moved


@inner
def resize_last_needed(
    model: NettingModel,
    node: int,
    needed: NDArray[np.int32],
    most: float,
    moved: float,
    as_offered: Records,
    out: NDArray[np.float64],
) -> None:
    """Suggest the needed part of the last open order that is needed, when that is less than the order."""
    first, end = model.receipt_indptr[node], model.receipt_indptr[node + 1]
    before = 0.0
    for r in range(first, end):
        quantity = model.receipts[r].quantity
        if needed[r] != NEVER and (r + 1 == end or needed[r + 1] == NEVER):
            row = node_on(model, node, model.receipts[r].day, as_offered)
            lot = lot_for(model.choices[0], row, most - before)
            if quantity - lot > noise_of(moved + before + quantity):
                out[r] = lot
        before += quantity


@inner
def enlarge_latest(
    model: NettingModel,
    orders: Orders,
    node: int,
    needed: NDArray[np.int32],
    netted: NDArray[np.int32],
    window_days: int,
    as_offered: Records,
    out: NDArray[np.float64],
) -> None:
    """Suggest the latest open order large enough to make new orders of its day, or shortly after, unnecessary."""
    first, end = model.receipt_indptr[node], model.receipt_indptr[node + 1]
    latest, day = first, ALWAYS
    for r in range(first, end):
        settled = settled_day(model, r, needed, netted)
        if settled >= day:
            latest, day = r, settled
    if day == NEVER:
        return
    made, added = 0.0, 0.0
    for order in range(first_planned(model, orders, node), orders.first[node] + orders.counts[node]):
        row = orders.rows[order]
        if day <= row.need <= day + window_days:
            added = made + row.net_requirement
            made += row.quantity
    if added <= 0.0:
        return
    limits = node_on(model, node, model.receipts[latest].day, as_offered)
    lot = lot_for(model.choices[0], limits, model.receipts[latest].quantity + added)
    if lot <= limits.maximum_order_quantity * (1.0 + 1e-9):
        out[latest] = lot


@njit(cache=True)
def suggest_quantities(
    model: NettingModel,
    orders: Orders,
    needed: NDArray[np.int32],
    netted: NDArray[np.int32],
    nodes: NDArray[np.int32],
    first_day: int,
    n_days: int,
    window_days: int,
    out: NDArray[np.float64],
) -> None:
    """Fill the quantity that each open order of some nodes should have; left as it is where it should stay.

    Parameters
    ----------
    nodes
        int32: nodes with open orders whose lots are not set by their rule.
    window_days
        An order is enlarged for shortages up to so many days after it.
    out
        float64, shape (n_receipts,).
    """
    scratch = new_scratch(first_day, n_days, 0)
    reach, as_offered = np.empty(2, np.int64), np.empty(1, NODE_DTYPE)
    for node in nodes:
        reach[0], reach[1] = NEVER, ALWAYS
        gather_by_day(model, orders, node, scratch, reach)
        stock = receive_lots(model, node, scratch, reach)
        if model.choices[0].is_safety_stock_at_start:
            mark_and_reach(scratch, reach, 0)
        mark_floor_steps(changes_of(model, node), model.nodes[node], scratch, reach)
        most, moved = shortfall_of(model, node, scratch, reach, stock)
        clear_days(scratch, reach)
        resize_last_needed(model, node, needed, most, moved, as_offered, out)
        enlarge_latest(model, orders, node, needed, netted, window_days, as_offered, out)
