"""Cumulative lead times: one pass from the deepest low-level code up."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bom.kernels.explosion import Walk


@njit(cache=True)
def accumulate_lead_times(
    walk: Walk,
    order: NDArray[np.int64],
    lead_times: NDArray[np.int64],
    safety_lead_times: NDArray[np.int64],
    is_exploded: NDArray[np.bool_],
    offsets: NDArray[np.int64],
    is_at_end: NDArray[np.bool_],
    out_cumulative: NDArray[np.int64],
    out_entries: NDArray[np.int64],
) -> None:
    """Fill the days that an item takes with everything below it, and the entry on which they hang.

    Parameters
    ----------
    walk
        The walk to components.
    order
        int64, shape (n_items,): the items, components before parents.
    lead_times, safety_lead_times
        int64, shape (n_items,), in days; 0 for phantoms.
    is_exploded
        bool, shape (n_items,): the item's components are needed for it.
    offsets, is_at_end
        int64 and bool, shape (n_lines,): days after the release at which the component is needed, or at the due date.
    out_cumulative, out_entries
        int64, shape (n_items,); filled. The entry is -1 when no component makes the item take longer.
    """
    for node in order:
        longest = lead_times[node]
        out_entries[node] = -1
        for entry in range(walk.indptr[node], walk.indptr[node + 1]):
            line = walk.lines[entry]
            if not is_exploded[node] or walk.is_by_product[line]:
                continue
            days = out_cumulative[walk.targets[entry]]
            if not is_at_end[line]:
                days += lead_times[node] - offsets[line]
            if days > longest:
                longest = days
                out_entries[node] = entry
        out_cumulative[node] = longest + safety_lead_times[node]
