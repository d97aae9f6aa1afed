"""Buffers as they stand on day 0: zones and net flow position (see :mod:`planning.kernels.ddmrp`)."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from planning.kernels.ddmrp import fill_zones, is_spike
from planning.kernels.event_days import next_day
from planning.kernels.gross_requirements import gather_by_day
from planning.kernels.net_level import new_scratch
from planning.kernels.netting import clear_days, mark_and_reach, receive_lots
from planning.kernels.netting_arrays import ALWAYS, NEVER, NettingModel, Orders, Records


@njit(cache=True, parallel=True)
def list_buffers(
    model: NettingModel,
    orders: Orders,
    nodes: NDArray[np.int32],
    chunk_indptr: NDArray[np.int64],
    first_day: int,
    n_days: int,
    out: Records,
) -> None:
    """Fill the zones and the net flow position on day 0 of some buffers.

    Parameters
    ----------
    nodes
        int32, shape (n,): nodes with a buffer.
    chunk_indptr
        int64, shape (n_chunks + 1,): the chunks of ``nodes``; each is done by one thread.
    out
        ZONE_DTYPE, shape (n,).
    """
    for chunk in prange(chunk_indptr.shape[0] - 1):
        scratch = new_scratch(first_day, n_days, 0)
        reach = np.empty(2, np.int64)
        for i in range(chunk_indptr[chunk], chunk_indptr[chunk + 1]):
            node, zones = nodes[i], out[i]
            buffer = model.buffers[model.buffer_indptr[node]]
            reach[0], reach[1] = NEVER, ALWAYS
            gather_by_day(model, orders, node, scratch, reach)
            zones.on_hand = receive_lots(model, node, scratch, reach)
            mark_and_reach(scratch, reach, 0)
            fill_zones(model, node, buffer, scratch, reach, zones)
            zones.open_supply, zones.due_demand, zones.spike_demand = 0.0, 0.0, 0.0
            for r in range(model.receipt_indptr[node], model.receipt_indptr[node + 1]):
                zones.open_supply += model.receipts[r].quantity
            last = reach[1] - first_day
            k = next_day(scratch.is_event, reach[0] - first_day, last)
            while k >= 0:
                day, gross = k + first_day, scratch.gross_requirements[k]
                if day <= 0:
                    zones.on_hand += scratch.supplies[k]
                    zones.due_demand += gross
                elif day <= buffer.spike_horizon_days and is_spike(zones, gross):
                    zones.spike_demand += gross
                k = next_day(scratch.is_event, k + 1, last)
            clear_days(scratch, reach)
