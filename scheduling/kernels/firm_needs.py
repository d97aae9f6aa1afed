"""What firm planned orders still need, and what they give beside their item."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bom.kernels.units import round_output_down, round_requirement_up
from planning.kernels.calendar import move_days
from planning.kernels.changing_parameters import row_at_due
from planning.kernels.lot_sizing import release_day
from planning.kernels.netting_arrays import NEVER, NODE_DTYPE, NettingModel, Records, working_days_of

_NEVER = int(NEVER)

# What a firm planned order needs, or gives (``quantity`` below 0), of a component on a day.
FIRM_NEED_DTYPE = np.dtype(
    [("firm", np.int32), ("component", np.int32), ("day", np.int32), ("quantity", np.float64)], align=True
)


@njit(cache=True)
def list_firm_needs(netting: NettingModel, part_indptr: NDArray[np.int64], parts: Records, out: Records) -> int:
    """Fill what the firm planned orders of all nodes need; return how many rows."""
    days, choices, room, n = working_days_of(netting), netting.choices[0], np.empty(1, NODE_DTYPE), 0
    for node in range(part_indptr.shape[0] - 1):
        if netting.nodes[node].is_phantom:
            continue
        for k in range(netting.firm_indptr[node], netting.firm_indptr[node + 1]):
            firm = netting.firm_orders[k]
            own = row_at_due(netting, node, firm.due, room)
            release = firm.release
            if release == _NEVER:
                release = release_day(days, choices, own, firm.due, firm.quantity)
            effective = firm.due if choices.is_effective_at_due else release
            started = firm.quantity / own.yield_fraction
            for line in range(part_indptr[node], part_indptr[node + 1]):
                part = parts[line]
                if not part.effective_from <= effective < part.effective_to:
                    continue
                # of alternates the first
                if part.group >= 0 and line > part_indptr[node] and parts[line - 1].group == part.group:
                    continue
                quantity, decimals = (
                    started * part.quantity_per + part.quantity_fixed,
                    netting.nodes[part.component].decimals,
                )
                day = firm.due
                if part.is_by_product:
                    quantity = -round_output_down(-quantity, decimals)
                else:
                    quantity = round_requirement_up(quantity, decimals)
                    if not part.is_at_end:
                        day = move_days(days, netting.nodes[node].site_calendar, True, release, part.offset_days)
                if n < out.shape[0]:
                    out[n].firm, out[n].component, out[n].day, out[n].quantity = (
                        k,
                        part.component,
                        max(day, 0),
                        quantity,
                    )
                n += 1
    return n
