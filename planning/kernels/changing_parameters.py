"""Planning parameters that change with time, and what is in force on a day.

A node without changes has an empty slice of changes: each function then returns what its row says.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from bom.kernels.inner import inner
from planning.kernels.netting_arrays import CHOSEN_PER_ORDER, NODE_DTYPE, ChangedParameter, NettingModel, Records

_SAFETY_STOCK = int(ChangedParameter.SAFETY_STOCK)
_LEAD_TIME_DAYS = int(ChangedParameter.LEAD_TIME_DAYS)
_MINIMUM = int(ChangedParameter.MINIMUM_ORDER_QUANTITY)
_MULTIPLE = int(ChangedParameter.ORDER_MULTIPLE)
_MAXIMUM = int(ChangedParameter.MAXIMUM_ORDER_QUANTITY)
_LEVEL = int(ChangedParameter.ORDER_UP_TO_LEVEL)
_YIELD = int(ChangedParameter.YIELD_FRACTION)


@inner
def changes_of(model: NettingModel, node: int) -> Records:
    """Return the changes of a node's parameters, by parameter, then day."""
    return model.changes[model.change_indptr[node] : model.change_indptr[node + 1]]


@inner
def value_on(changes: Records, parameter: int, day: int, otherwise: float) -> float:
    """Return the value of a parameter on a day: that of the last change up to it."""
    value = otherwise
    for k in range(changes.shape[0]):
        if changes[k].parameter == parameter and changes[k].day <= day:
            value = changes[k].value
    return float(value)


@njit(inline="always")
def floor_on(changes: Records, node: Records, day: int) -> float:
    """Return the floor under the projected balance on a day: the safety stock, from day 0 on."""
    if day < 0:
        return 0.0
    if changes.shape[0] == 0:
        return float(node.safety_stock)
    return value_on(changes, _SAFETY_STOCK, day, node.safety_stock)


@inner
def floor_rise(changes: Records, node: Records, k: int) -> float:
    """Return by how much change ``k`` lifts the floor; 0 or less when it does not."""
    if changes[k].parameter != _SAFETY_STOCK:
        return 0.0
    return changes[k].value - floor_on(changes, node, changes[k].day - 1)


@njit(inline="always")
def yield_on(changes: Records, node: Records, day: int) -> float:
    """Return the yield of an order that is due on a day."""
    if changes.shape[0] == 0:
        return float(node.yield_fraction)
    return value_on(changes, _YIELD, day, node.yield_fraction)


@inner
def apply_changes(changes: Records, node: Records, due: int, out: Records) -> None:
    """Fill ``out``, a copy of the node's row, with what an order reads that is due on ``due``."""
    out.lead_time_days = int(value_on(changes, _LEAD_TIME_DAYS, due, node.lead_time_days))
    out.minimum_order_quantity = value_on(changes, _MINIMUM, due, node.minimum_order_quantity)
    out.order_multiple = value_on(changes, _MULTIPLE, due, node.order_multiple)
    out.maximum_order_quantity = value_on(changes, _MAXIMUM, due, node.maximum_order_quantity)
    out.order_up_to_level = value_on(changes, _LEVEL, due, node.order_up_to_level)
    out.yield_fraction = value_on(changes, _YIELD, due, node.yield_fraction)
    if out.order_multiple > 0.0 and out.maximum_order_quantity < math.inf:
        multiples = max(1.0, math.floor(out.maximum_order_quantity / out.order_multiple + 1e-9))
        out.maximum_order_quantity = multiples * out.order_multiple


@inner
def change_for_look(changes: Records, node: Records, due: int, out: Records) -> None:
    """Fill ``out``, a copy of the node's row, with what a look reads whose first order is due on ``due``.

    Where the offer is chosen order by order, each order reads its own limits at its own due date.
    """
    if node.offer == CHOSEN_PER_ORDER:
        out.order_up_to_level = value_on(changes, _LEVEL, due, node.order_up_to_level)
    else:
        apply_changes(changes, node, due, out)


@inner
def row_at_due(model: NettingModel, node: int, due: int, room: Records) -> Records:
    """Return the node's row as an order reads it that is due on ``due``; filled into ``room`` when it changes.

    ``room`` is one row, kept by the caller as long as what is returned is read.
    """
    changes = changes_of(model, node)
    if changes.shape[0] == 0:
        return model.nodes[node]
    room[0] = model.nodes[node]
    apply_changes(changes, model.nodes[node], due, room[0])
    return room[0]


@inner
def most_added(model: NettingModel, node: int) -> float:
    """Return a bound on what changes add to what a node can order."""
    total = 0.0
    for k in range(model.change_indptr[node], model.change_indptr[node + 1]):
        if model.changes[k].parameter == _SAFETY_STOCK or model.changes[k].parameter == _LEVEL:
            total += model.changes[k].value
    return float(total)


@inner
def smallest_maximum(model: NettingModel, node: int) -> float:
    """Return the least that a maximum order quantity of the node is on any day, without offers."""
    room = np.empty(1, NODE_DTYPE)
    least = np.inf
    for k in range(model.change_indptr[node], model.change_indptr[node + 1]):
        row = row_at_due(model, node, model.changes[k].day, room)
        least = min(least, row.maximum_order_quantity)
    return least
