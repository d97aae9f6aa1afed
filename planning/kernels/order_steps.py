"""The steps from a shortage to one order, by the same functions that make it, with what follows switched off."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from planning.kernels.lot_sizing import due_day, lead_time, modified_quantity, release_day
from planning.kernels.netting_arrays import LotSizingRule, NettingModel, Records, working_days_of

N_QUANTITIES = 3
N_DAYS = 5
_FIXED = int(LotSizingRule.FIXED_ORDER_QUANTITY)


@njit(cache=True)
def list_quantities(model: NettingModel, node_rows: Records, rest: float, out: NDArray[np.float64]) -> None:
    """Fill the next order for what is left of a quantity after the minimum, the multiple and the maximum.

    Parameters
    ----------
    node_rows
        NODE_DTYPE, shape (1,): the node as it counts for the order.
    out
        float64, shape (3,). Of fixed_order_quantity all three are the lot.
    """
    choices, rows = model.choices[0], node_rows.copy()
    if rows[0].lot_sizing_rule == _FIXED:
        out[:] = rows[0].fixed_order_quantity
        return
    multiple, maximum = rows[0].order_multiple, rows[0].maximum_order_quantity
    rows[0].order_multiple = 0.0
    rows[0].maximum_order_quantity = np.inf
    out[0] = modified_quantity(choices, rows[0], rest)
    rows[0].order_multiple = multiple
    out[1] = modified_quantity(choices, rows[0], rest)
    rows[0].maximum_order_quantity = maximum
    out[2] = modified_quantity(choices, rows[0], rest)


@njit(cache=True)
def list_days(model: NettingModel, node_rows: Records, need: int, quantity: float, out: NDArray[np.int64]) -> None:
    """Fill the day after safety lead time, the due day, the release day, the lead time, the due day without a fence.

    Parameters
    ----------
    node_rows
        NODE_DTYPE, shape (1,): the node as it counts for the order.
    out
        int64, shape (5,).
    """
    choices, row, days = model.choices[0:1].copy(), node_rows[0], working_days_of(model)
    out[1] = due_day(days, choices[0], row, need)
    out[2] = release_day(days, choices[0], row, out[1], quantity)
    out[3] = lead_time(choices[0], row, quantity)
    choices[0].is_fence_blocking = True
    out[4] = due_day(days, choices[0], row, need)
    choices[0].is_due_on_working_day = False
    out[0] = due_day(days, choices[0], row, need)
