"""Buffers of demand driven MRP: their zones, the net flow position, and the orders that they ask for day by day.

Only nodes with a row in ``model.buffers`` come here.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bom.kernels.inner import inner
from planning.kernels.calendar import WorkingDays, is_working_day, move_days, working_day_on_or_after
from planning.kernels.event_days import next_day
from planning.kernels.lot_sizing import write_orders
from planning.kernels.netting import mark_and_reach, noise_of, note_look
from planning.kernels.netting_arrays import (
    NEVER,
    NettingModel,
    OrderSlice,
    Records,
    Scratch,
    working_days_of,
)

# The zones of a buffer, and what its net flow position on day 0 is made of.
ZONE_DTYPE = np.dtype(
    [
        ("average_daily_usage", np.float64),
        ("red_base", np.float64),
        ("red_safety", np.float64),
        ("yellow", np.float64),
        ("green", np.float64),
        ("spike_threshold", np.float64),
        ("on_hand", np.float64),
        ("open_supply", np.float64),
        ("due_demand", np.float64),
        ("spike_demand", np.float64),
    ],
    align=True,
)


@inner
def usage_days(days: WorkingDays, row: Records, window: int) -> int:
    """Return how many days of the window from day 0 on a usage is counted by: those that the lead time counts."""
    n = 0
    for day in range(window):
        n += int(not row.is_lead_time_working or is_working_day(days, row.calendar, day))
    return max(n, 1)


@inner
def daily_usage(model: NettingModel, node: int, buffer: Records, scratch: Scratch, reach: NDArray[np.int64]) -> float:
    """Return the average daily usage: as given, else that of the requirements in the window from day 0 on."""
    if not math.isnan(buffer.average_daily_usage):
        return float(buffer.average_daily_usage)
    window = model.choices[0].usage_window_days
    total = 0.0
    last = min(reach[1], window - 1) - scratch.first_day
    k = next_day(scratch.is_event, max(reach[0], 0) - scratch.first_day, last) if reach[0] <= reach[1] else -1
    while k >= 0:
        total += scratch.gross_requirements[k]
        k = next_day(scratch.is_event, k + 1, last)
    return total / usage_days(working_days_of(model), model.nodes[node], window)


@inner
def fill_zones(
    model: NettingModel, node: int, buffer: Records, scratch: Scratch, reach: NDArray[np.int64], zones: Records
) -> None:
    """Fill the zones of a buffer from its usage."""
    usage = daily_usage(model, node, buffer, scratch, reach)
    over_lead_time = usage * buffer.decoupled_lead_time_days
    zones.average_daily_usage = usage
    zones.red_base = over_lead_time * buffer.lead_time_factor
    zones.red_safety = zones.red_base * buffer.variability_factor
    zones.yellow = over_lead_time
    zones.green = max(
        buffer.order_cycle_days * usage,
        over_lead_time * buffer.lead_time_factor,
        model.nodes[node].minimum_order_quantity,
    )
    zones.spike_threshold = buffer.spike_threshold * (zones.red_base + zones.red_safety)


@njit(inline="always")
def is_spike(zones: Records, quantity: float) -> bool:
    """Return whether the requirements of a day are a spike: above the threshold."""
    return bool(quantity - zones.spike_threshold > noise_of(quantity))


@inner
def mark_spikes(buffer: Records, zones: Records, scratch: Scratch, reach: NDArray[np.int64]) -> None:
    """Make the days events on which a spike comes into the horizon."""
    last = reach[1] - scratch.first_day
    k = next_day(scratch.is_event, max(reach[0], 1) - scratch.first_day, last) if reach[1] >= 1 else -1
    while k >= 0:
        if is_spike(zones, scratch.gross_requirements[k]):
            mark_and_reach(scratch, reach, max(0, k + scratch.first_day - buffer.spike_horizon_days))
        k = next_day(scratch.is_event, k + 1, last)


@inner
def spikes_ahead(
    buffer: Records, zones: Records, scratch: Scratch, day: int, ahead: int, last: int, spikes: float
) -> tuple[float, int]:
    """Return the spikes after a day up to the horizon, and the first event cell beyond it (``NEVER``: none).

    ``ahead`` and ``spikes`` are those of the look before; 0.0 when no spike is left.
    """
    k = day - scratch.first_day
    if ahead > k and is_spike(zones, scratch.gross_requirements[k]):
        spikes -= scratch.gross_requirements[k]
    while ahead <= min(last, k + buffer.spike_horizon_days):
        if ahead > k and is_spike(zones, scratch.gross_requirements[ahead]):
            spikes += scratch.gross_requirements[ahead]
        ahead = next_day(scratch.is_event, ahead + 1, last)
        if ahead < 0:
            ahead = NEVER
    return spikes, ahead


@inner
def due_day_of_buffer(days: WorkingDays, choices: Records, row: Records, buffer: Records, day: int) -> int:
    """Return the day on which what a buffer orders on a day comes: the decoupled lead time later."""
    wait = math.ceil(buffer.decoupled_lead_time_days - 1e-9)
    due = move_days(days, row.calendar, row.is_lead_time_working, day, wait)
    if choices.is_due_on_working_day:
        due = working_day_on_or_after(days, row.calendar, due)
    return int(due)


@inner
def net_buffer(
    model: NettingModel,
    node: int,
    scratch: Scratch,
    reach: NDArray[np.int64],
    stock: float,
    needed: NDArray[np.int32],
    netted: NDArray[np.int32],
    out: OrderSlice,
    n: int,
) -> tuple[int, bool, int]:
    """Look at a buffer on each day with an event, and order up to the top of green.

    The day cells hold requirements and other supplies; ``stock`` is that of day 0. Returns the node's order count,
    whether the stock runs out on any day, and the last day on which an order comes: when the scratch does not
    reach there, come again with more days.
    """
    choices, row, days = model.choices[0], model.nodes[node], working_days_of(model)
    buffer = model.buffers[model.buffer_indptr[node]]
    zones = np.zeros(1, ZONE_DTYPE)
    mark_and_reach(scratch, reach, 0)
    fill_zones(model, node, buffer, scratch, reach, zones[0])
    mark_spikes(buffer, zones[0], scratch, reach)
    position = stock
    for r in range(model.receipt_indptr[node], model.receipt_indptr[node + 1]):
        needed[r] = netted[r] = model.receipts[r].day
        mark_and_reach(scratch, reach, netted[r])
        position += model.receipts[r].quantity
    top_of_yellow = zones[0].red_base + zones[0].red_safety + zones[0].yellow
    top_of_green = top_of_yellow + zones[0].green
    moved, spikes, first_order, latest = abs(position), 0.0, n, reach[1]
    last = reach[1] - scratch.first_day
    k = next_day(scratch.is_event, reach[0] - scratch.first_day, last)
    ahead = k
    while k >= 0:
        day = k + scratch.first_day
        position += scratch.supplies[k] - scratch.gross_requirements[k]
        moved += abs(scratch.supplies[k]) + scratch.gross_requirements[k]
        if day >= 0:
            noise = noise_of(moved)
            spikes, ahead = spikes_ahead(buffer, zones[0], scratch, day, ahead, last, spikes)
            flow = position - spikes
            if row.can_order and flow - top_of_yellow <= noise and top_of_green - flow > noise:
                due = due_day_of_buffer(days, choices, row, buffer, day)
                quantity = top_of_green - flow
                if out.base + n < out.looks.shape[0]:
                    look = out.looks[out.base + n]
                    note_look(look, day, due, flow, spikes, top_of_yellow, top_of_green, quantity, quantity, noise, 0.0)
                n, total, _ = write_orders(days, choices, row, due, quantity, quantity, noise, 0.0, out, n)
                position += total
                latest = max(latest, due)
        k = next_day(scratch.is_event, k + 1, last)
    if latest >= scratch.first_day + scratch.supplies.shape[0]:
        return n, False, latest
    return n, runs_out(model, node, scratch, reach, stock, out, first_order, n), latest


@inner
def runs_out(
    model: NettingModel,
    node: int,
    scratch: Scratch,
    reach: NDArray[np.int64],
    balance: float,
    out: OrderSlice,
    first_order: int,
    n: int,
) -> bool:
    """Return whether the stock of a buffer falls below 0 on any day, open and planned orders on their days."""
    for r in range(model.receipt_indptr[node], model.receipt_indptr[node + 1]):
        scratch.supplies[model.receipts[r].day - scratch.first_day] += model.receipts[r].quantity
    for order in range(out.base + first_order, out.base + min(n, out.capacity)):
        k = mark_and_reach(scratch, reach, out.rows[order].need)
        scratch.supplies[k] += out.rows[order].quantity
    moved = abs(balance)
    last = reach[1] - scratch.first_day
    k = next_day(scratch.is_event, reach[0] - scratch.first_day, last)
    is_out = False
    while k >= 0:
        balance += scratch.supplies[k] - scratch.gross_requirements[k]
        moved += abs(scratch.supplies[k]) + scratch.gross_requirements[k]
        is_out = is_out or -balance > noise_of(moved)
        k = next_day(scratch.is_event, k + 1, last)
    return is_out
