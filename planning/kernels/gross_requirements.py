"""Gross requirements of a node, pulled from its demands and from its parents' orders (rules 3, 9 and 10)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bom.kernels.inner import inner
from bom.kernels.units import round_output_down, round_requirement_up
from planning.kernels.calendar import WorkingDays, move_days
from planning.kernels.changing_parameters import changes_of, yield_on
from planning.kernels.event_days import mark_day
from planning.kernels.netting_arrays import (
    ITSELF,
    NettingModel,
    Orders,
    Records,
    Scratch,
    SupplyType,
    working_days_of,
)

NO_LINE = 0
REQUIREMENT = 1
BY_PRODUCT = 2
_MAKE = int(SupplyType.MAKE)


@inner
def clipped_component_day(choices: Records, day: int) -> int:
    """Return the day on which a dependent requirement counts (``component_date``)."""
    return day if day >= 0 or choices.is_component_date_kept else 0


@inner
def demand_day(choices: Records, demand: Records) -> int:
    """Return the day on which a requirement of the data set counts (``past_demand``, ``component_date``)."""
    is_kept = choices.is_component_date_kept if demand.is_dependent else choices.is_past_demand_kept
    return int(demand.day) if demand.day >= 0 or is_kept else 0


@inner
def orders_of_line(model: NettingModel, orders: Orders, line: Records) -> tuple[int, int]:
    """Return the first and the end of the parent's orders that a BOM line or transfer explodes."""
    parent = line.parent
    first = orders.first[parent]
    end = first + orders.counts[parent]
    firm_end = first + model.firm_indptr[parent + 1] - model.firm_indptr[parent]
    if line.is_transfer:
        return firm_end, end
    if model.nodes[parent].is_phantom or model.nodes[parent].supply_type == _MAKE:
        return first, end
    return first, firm_end


@inner
def top_order(orders: Orders, order: int) -> int:
    """Return where a blown-through order comes from: the order at the top, or -1 - row of a demand."""
    source = orders.source[order]
    return order if source == ITSELF else int(source)


@inner
def effectivity_day(choices: Records, parent: Records, order: Records) -> int:
    """Return the day on which an order's BOM lines must be effective (``effectivity_at``)."""
    if parent.is_phantom:
        return int(order.need)
    return int(order.due) if choices.is_effective_at_due else int(order.release)


@njit(inline="always")
def line_share(model: NettingModel, orders: Orders, line: Records, order: int) -> float:
    """Return the part of a line's quantity that an order takes by it: all of it but where the order has a choice."""
    if not line.has_shares:
        return 1.0
    return chosen_share(model, orders, line, order)


@inner
def chosen_share(model: NettingModel, orders: Orders, line: Records, order: int) -> float:
    """Return 1 for the transfer from the source that the order takes, 0 for the others; of an alternate its share."""
    if not line.is_transfer:
        return float(orders.shares[orders.share_first[line.group_line] + order - orders.first[line.parent]])
    offer = orders.rows[order].offer
    if offer < 0:
        return 0.0
    return 1.0 if model.offers[model.offer_indptr[line.parent] + offer].source == line.source else 0.0


@inner
def component_requirement(
    days: WorkingDays,
    choices: Records,
    node: Records,
    parent: Records,
    changes: Records,
    line: Records,
    order: Records,
    share: float,
) -> tuple[int, int, float]:
    """Return what one order needs of ``node`` by one line: its kind, its day before clipping, and its quantity.

    ``changes`` are those of the parent, ``share`` is that of :func:`line_share`.
    """
    if share == 0.0:
        return NO_LINE, 0, 0.0
    effective = effectivity_day(choices, parent, order)
    if effective < line.effective_from or effective >= line.effective_to:
        return NO_LINE, 0, 0.0
    started = order.quantity / yield_on(changes, parent, order.due)
    quantity = (started * line.quantity_per + line.quantity_fixed) * share
    if line.is_by_product:
        return BY_PRODUCT, max(order.due, 0), round_output_down(-quantity, node.decimals)
    if line.is_at_end:
        day = order.due
    else:
        day = order.release
        if line.offset_days != 0:
            day = move_days(days, parent.site_calendar, True, day, line.offset_days)
    return REQUIREMENT, day, round_requirement_up(quantity, node.decimals)


@inner
def count_lines(model: NettingModel, orders: Orders, node: int) -> int:
    """Return how many requirement lines a node can have at most, steps of its safety stock among them."""
    n = model.demand_indptr[node + 1] - model.demand_indptr[node]
    n += model.change_indptr[node + 1] - model.change_indptr[node]
    for line in range(model.parent_indptr[node], model.parent_indptr[node + 1]):
        first, end = orders_of_line(model, orders, model.lines[line])
        n += end - first
    return int(n)


@inner
def gather_by_day(model: NettingModel, orders: Orders, node: int, scratch: Scratch, reach: NDArray[np.int64]) -> None:
    """Add the node's requirements and by-products to the day cells; ``reach`` is widened to the days touched.

    Days outside the scratch are counted in ``reach`` but not added: the caller must come again with more days.
    """
    choices, row, days = model.choices[0], model.nodes[node], working_days_of(model)
    gross_requirements, is_event, first_day = scratch.gross_requirements, scratch.is_event, scratch.first_day
    for k in range(model.demand_indptr[node], model.demand_indptr[node + 1]):
        demand = model.demands[k]
        add_to_day(gross_requirements, is_event, first_day, reach, demand_day(choices, demand), demand.quantity)
    rows = orders.rows
    for k in range(model.parent_indptr[node], model.parent_indptr[node + 1]):
        line = model.lines[k]
        parent, changes = model.nodes[line.parent], changes_of(model, line.parent)
        first, end = orders_of_line(model, orders, line)
        for order in range(first, end):
            share = line_share(model, orders, line, order)
            kind, day, quantity = component_requirement(days, choices, row, parent, changes, line, rows[order], share)
            if kind == REQUIREMENT:
                day = clipped_component_day(choices, day)
                add_to_day(gross_requirements, is_event, first_day, reach, day, quantity)
            elif kind == BY_PRODUCT:
                add_to_day(scratch.supplies, is_event, first_day, reach, day, quantity)


@inner
def add_to_day(
    cells: NDArray[np.float64],
    is_event: NDArray[np.uint64],
    first_day: int,
    reach: NDArray[np.int64],
    day: int,
    quantity: float,
) -> None:
    """Add a quantity to the cell of a day, mark the day and widen the reach."""
    if quantity == 0.0:
        return
    k = day - first_day
    reach[0] = min(reach[0], day)
    reach[1] = max(reach[1], day)
    if 0 <= k < cells.shape[0]:
        cells[k] += quantity
        mark_day(is_event, k)


@inner
def gather_lines(model: NettingModel, orders: Orders, node: int, lines: Records) -> int:
    """Write the node's requirement lines one by one, in their order, and return their number.

    A blown-through order takes over its line's release, due and effectivity day and its source. What a firm planned
    transfer needs has those of the transfer.
    """
    choices, row, days = model.choices[0], model.nodes[node], working_days_of(model)
    n = 0
    for k in range(model.demand_indptr[node], model.demand_indptr[node + 1]):
        demand = model.demands[k]
        if demand.quantity == 0.0:
            continue
        day = demand_day(choices, demand)
        release, due, effective = day, day, day
        if demand.is_dependent:
            release, due = demand.day, demand.due
            effective = due if choices.is_effective_at_due else release
        write_line(lines[n], day, demand.quantity, release, due, effective, -1 - k, False)
        n += 1
    for k in range(model.parent_indptr[node], model.parent_indptr[node + 1]):
        line = model.lines[k]
        parent, changes = model.nodes[line.parent], changes_of(model, line.parent)
        first, end = orders_of_line(model, orders, line)
        for order in range(first, end):
            made = orders.rows[order]
            share = line_share(model, orders, line, order)
            kind, day, quantity = component_requirement(days, choices, row, parent, changes, line, made, share)
            if kind == REQUIREMENT and quantity != 0.0:
                source = top_order(orders, order) if parent.is_phantom else order
                is_at_end = line.is_at_end or (parent.is_phantom and made.is_at_end)
                effective = effectivity_day(choices, parent, made)
                clipped = clipped_component_day(choices, day)
                write_line(lines[n], clipped, quantity, day, made.due, effective, source, is_at_end)
                n += 1
    return n


@inner
def write_line(
    line: Records, day: int, quantity: float, release: int, due: int, effective: int, source: int, is_at_end: bool
) -> None:
    """Write one requirement line."""
    line.day = day
    line.quantity = quantity
    line.release = release
    line.due = due
    line.effective = effective
    line.source = source
    line.is_at_end = is_at_end
