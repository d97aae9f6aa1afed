"""Which open orders are assumed to be moved up to the day on which they are needed (rule 6)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bom.kernels.inner import inner
from planning.kernels.calendar import move_days
from planning.kernels.lot_sizing import lead_time
from planning.kernels.netting_arrays import NODE_DTYPE, UNLIMITED, NettingModel, working_days_of
from planning.kernels.offers import node_on


@inner
def is_moved_up(model: NettingModel, node: int, r: int, needed: int) -> bool:
    """Return whether an open receipt is assumed to be moved up to the day on which it is needed.

    The window is counted from that day, or from the day on which a new order could come when that is later.
    """
    choices, day = model.choices[0], model.receipts[r].day
    if needed >= day or choices.expedite_window_days == UNLIMITED:
        return bool(needed < day)
    start = needed
    if choices.is_window_from_lead_time:
        days, row = working_days_of(model), node_on(model, node, needed, np.empty(1, NODE_DTYPE))
        wait = lead_time(choices, row, model.receipts[r].quantity)
        start = max(needed, move_days(days, row.calendar, row.is_lead_time_working, 0, wait))
    return bool(day - start <= choices.expedite_window_days)


@njit(cache=True)
def flag_moved_up(model: NettingModel, needed: NDArray[np.int32], out: NDArray[np.bool_]) -> None:
    """Fill for each open receipt whether it is assumed to be moved up; ``needed`` has the day of each."""
    for node in range(model.nodes.shape[0]):
        for r in range(model.receipt_indptr[node], model.receipt_indptr[node + 1]):
            out[r] = is_moved_up(model, node, r, needed[r])
