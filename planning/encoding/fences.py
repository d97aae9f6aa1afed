"""Fences: the days near the planning date in which forecast, new orders and moves are restricted (rule 12)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planning.kernels.calendar import WorkingDays, move_days
from planning.kernels.netting_arrays import ALWAYS


def fence_days(
    working_days: NDArray[np.int32], calendar: NDArray[np.int32], calendars: WorkingDays
) -> NDArray[np.int32]:
    """Return the last day inside each node's fence, ``ALWAYS`` where there is no fence.

    Parameters
    ----------
    working_days
        int32, shape (n_nodes,): the length of the fence; 0 for none.
    calendar
        int32, shape (n_nodes,): the calendar that it counts on.
    calendars
        The calendars.

    Returns
    -------
    numpy.ndarray
        int32, shape (n_nodes,): the n-th working day after the planning date.
    """
    last = np.full(working_days.shape[0], ALWAYS, dtype=np.int32)
    fenced = np.flatnonzero(working_days > 0)
    pairs, which = np.unique(np.stack((calendar[fenced], working_days[fenced]), axis=1), axis=0, return_inverse=True)
    days = [move_days(calendars, int(code), True, 0, int(n)) for code, n in pairs.tolist()]
    last[fenced] = np.array(days, dtype=np.int32)[which.reshape(-1)] if days else last[fenced]
    return last
