"""Gross requirements of a node, pulled from its demands and from its parents' orders (rules 3, 9 and 10)."""

from __future__ import annotations

import numpy as np
from numba import njit

from bom.kernels.units import round_output_down, round_requirement_up
from planning.kernels.calendar import move_days
from planning.kernels.event_days import mark_day
from planning.kernels.netting_arrays import (
    ITSELF,
    NettingChoices,
    NettingModel,
    Orders,
    Scratch,
    SupplyType,
    working_days_of,
)

NO_LINE = 0
REQUIREMENT = 1
BY_PRODUCT = 2
_MAKE = int(SupplyType.MAKE)


@njit(cache=True)
def clipped_component_day(choices: NettingChoices, day: int) -> int:
    """Return the day on which a dependent requirement counts (``component_date``)."""
    return day if day >= 0 or choices.is_component_date_kept else 0


@njit(cache=True)
def line_day(model: NettingModel, choices: NettingChoices, k: int) -> int:
    """Return the day on which line ``k`` of the data set counts (``past_demand``, ``component_date``)."""
    day = model.demands[k].day
    if model.demands[k].is_dependent:
        return clipped_component_day(choices, day)
    return day if day >= 0 or choices.is_past_demand_kept else 0


@njit(cache=True)
def orders_of_line(model: NettingModel, orders: Orders, line: int) -> tuple[int, int]:
    """Return the first and the end of the parent's orders that a BOM line or transfer explodes."""
    nodes = model.nodes
    parent = model.lines[line].parent
    first = orders.first[parent]
    end = first + orders.count[parent]
    firm_end = first + model.firm_indptr[parent + 1] - model.firm_indptr[parent]
    if model.lines[line].is_transfer:
        return firm_end, end
    if nodes[parent].is_phantom or nodes[parent].supply_type == _MAKE:
        return first, end
    return first, firm_end


@njit(cache=True)
def top_order(orders: Orders, order: int) -> int:
    """Return where a blown-through order comes from: the order at the top, or -1 - row of a demand."""
    source = orders.source[order]
    return order if source == ITSELF else int(source)


@njit(cache=True)
def component_requirement(
    model: NettingModel, choices: NettingChoices, orders: Orders, node: int, line: int, order: int
) -> tuple[int, int, float]:
    """Return what one order needs of ``node`` by one line: its kind, its day before clipping, and its quantity."""
    lines = model.lines
    parent = lines[line].parent
    release, due = orders.rows[order].release, orders.rows[order].due
    if model.nodes[parent].is_phantom:
        effective = orders.rows[order].need
    else:
        effective = due if choices.is_effective_at_due else release
    if effective < lines[line].effective_from or effective >= lines[line].effective_to:
        return NO_LINE, 0, 0.0
    start_quantity = orders.rows[order].quantity / model.nodes[parent].yield_fraction
    quantity = start_quantity * lines[line].quantity_per + lines[line].quantity_fixed
    decimals = -1 if model.nodes[node].is_phantom else model.nodes[node].decimals
    if lines[line].is_by_product:
        return BY_PRODUCT, max(due, 0), round_output_down(-quantity, decimals)
    day = due if lines[line].is_at_end else release
    if lines[line].offset_days != 0 and not lines[line].is_at_end:
        calendar = model.nodes[parent].calendar
        day = move_days(working_days_of(model), calendar, True, release, lines[line].offset_days)
    return REQUIREMENT, day, round_requirement_up(quantity, decimals)


@njit(cache=True)
def count_lines(model: NettingModel, orders: Orders, node: int) -> int:
    """Return how many requirement lines a node can have at most."""
    n = model.demand_indptr[node + 1] - model.demand_indptr[node]
    for line in range(model.parent_indptr[node], model.parent_indptr[node + 1]):
        first, end = orders_of_line(model, orders, line)
        n += end - first
    return int(n)


@njit(cache=True)
def gather_by_day(
    model: NettingModel, choices: NettingChoices, orders: Orders, node: int, scratch: Scratch, reach: np.ndarray
) -> None:
    """Add the node's requirements and by-products to the day cells; ``reach`` is widened to the days touched.

    Days outside the scratch are counted in ``reach`` but not added: the caller must come again with more days.
    """
    for k in range(model.demand_indptr[node], model.demand_indptr[node + 1]):
        day = line_day(model, choices, k)
        add_to_day(scratch.gross_requirements, scratch, reach, day, model.demands[k].quantity)
    for line in range(model.parent_indptr[node], model.parent_indptr[node + 1]):
        first, end = orders_of_line(model, orders, line)
        for order in range(first, end):
            kind, day, quantity = component_requirement(model, choices, orders, node, line, order)
            if kind == REQUIREMENT:
                day = clipped_component_day(choices, day)
                add_to_day(scratch.gross_requirements, scratch, reach, day, quantity)
            elif kind == BY_PRODUCT:
                add_to_day(scratch.supplies, scratch, reach, day, quantity)


@njit(cache=True)
def add_to_day(cells: np.ndarray, scratch: Scratch, reach: np.ndarray, day: int, quantity: float) -> None:
    """Add a quantity to the cell of a day, mark the day and widen the reach."""
    if quantity == 0.0:
        return
    k = day - scratch.first_day
    reach[0] = min(reach[0], day)
    reach[1] = max(reach[1], day)
    if 0 <= k < cells.shape[0]:
        cells[k] += quantity
        mark_day(scratch.is_event, k)


@njit(cache=True)
def gather_lines(
    model: NettingModel, choices: NettingChoices, orders: Orders, node: int, scratch: Scratch
) -> int:
    """Write the node's requirement lines one by one, in their order, and return their number.

    A blown-through order takes over its line's release, due and effectivity day and its source.
    """
    n = 0
    lines = model.lines
    for k in range(model.demand_indptr[node], model.demand_indptr[node + 1]):
        day = line_day(model, choices, k)
        write_line(scratch, n, day, model.demands[k].quantity, day, day, day, -1 - k, False)
        n += 1
    for line in range(model.parent_indptr[node], model.parent_indptr[node + 1]):
        parent = lines[line].parent
        is_blown_through = model.nodes[parent].is_phantom
        first, end = orders_of_line(model, orders, line)
        for order in range(first, end):
            kind, day, quantity = component_requirement(model, choices, orders, node, line, order)
            if kind != REQUIREMENT or quantity == 0.0:
                continue
            due = orders.rows[order].due
            effective = due if choices.is_effective_at_due else orders.rows[order].release
            source = order
            is_at_end = lines[line].is_at_end
            if is_blown_through:
                effective = orders.rows[order].need
                source = top_order(orders, order)
                is_at_end = is_at_end or orders.rows[order].is_at_end
            write_line(scratch, n, clipped_component_day(choices, day), quantity, day, due, effective, source, is_at_end)
            n += 1
    return n


@njit(cache=True)
def write_line(
    scratch: Scratch, n: int, day: int, quantity: float, release: int, due: int, effective: int, source: int, is_at_end: bool
) -> None:
    """Write one requirement line."""
    scratch.single_lines[n].day = day
    scratch.single_lines[n].quantity = quantity
    scratch.single_lines[n].release = release
    scratch.single_lines[n].due = due
    scratch.single_lines[n].effective = effective
    scratch.single_lines[n].source = source
    scratch.single_lines[n].is_at_end = is_at_end
