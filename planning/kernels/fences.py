"""What the planning fence has moved, for messages."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from planning.kernels.lot_sizing import due_day
from planning.kernels.netting_arrays import NODE_DTYPE, NettingModel, Records, working_days_of
from planning.kernels.offers import node_of_order


@njit(cache=True)
def list_unfenced_days(model: NettingModel, nodes: NDArray[np.int32], rows: Records, out: NDArray[np.int32]) -> None:
    """Fill the due day that each order would have without a planning fence.

    Parameters
    ----------
    nodes
        int32, shape (n_orders,): the node of each.
    out
        int32, shape (n_orders,).
    """
    choices, days = model.choices[0:1].copy(), working_days_of(model)
    choices[0].is_fence_blocking = True
    as_offered = np.empty(1, NODE_DTYPE)
    for order in range(nodes.shape[0]):
        row = node_of_order(model, nodes[order], rows[order], as_offered)
        out[order] = due_day(days, choices[0], row, rows[order].need)
