"""What an order needs: its components, its by-products, its item at the source; phantoms blown through."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.reference.facts import Facts
from tests.reference.inputs import Inputs, Node, Row, cell, exact
from tests.reference.network import is_effective
from tests.reference.orders import Consumption, Line, Receipt

AFTER_FIRM_ORDERS = 1_000_000


@dataclass
class Choice:
    """An order and one of its alternate groups."""

    facts: Facts
    lines: list[tuple[int, Row]]
    consumption: Consumption
    place: tuple[Any, ...]


@dataclass
class Needs:
    """What the nodes planned so far need of, or give to, the nodes that come after them."""

    lines: dict[Node, list[Line]] = field(default_factory=dict)
    by_products: dict[Node, list[tuple[int, Fraction]]] = field(default_factory=dict)
    groups: set[tuple[Node, str]] = field(default_factory=set)  # of alternates that share what is there
    clusters: dict[Node, frozenset[Node]] = field(default_factory=dict)
    choices: dict[frozenset[Node], list[Choice]] = field(default_factory=dict)


def effective_lines(inputs: Inputs, facts: Facts, day: int) -> list[tuple[int, Row]]:
    """Return the BOM lines that count on a day, the first one of each alternate group, or all with fixed_usage."""
    effective = [(number, row) for number, row in facts.lines if is_effective(row, day)]
    if inputs.options["alternates"] == "fixed_usage":
        return effective
    chosen = []
    for number, row in effective:
        group = row.get("alternate_group")
        rivals = [
            (cell(other, "alternate_priority", 1), other_number)
            for other_number, other in effective
            if other.get("alternate_group") == group
        ]
        if group is None or min(rivals)[1] == number:
            chosen.append((number, row))
    return chosen


def line_quantity(inputs: Inputs, row: Row, start_quantity: Fraction) -> Fraction:
    """Return what a BOM line needs for so many units started; negative for a by-product."""
    scrap = exact(cell(row, "scrap_fraction", 0))
    factor = 1 / (1 - scrap) if inputs.options["scrap_convention"] == "divide" else 1 + scrap
    per_unit = exact(cell(row, "quantity_per", 1)) * exact(cell(row, "usage_fraction", 1)) * factor
    return start_quantity * per_unit + exact(cell(row, "quantity_fixed", 0))


def is_by_product(row: Row) -> bool:
    """Return whether a BOM line gives instead of taking."""
    per, fixed = exact(cell(row, "quantity_per", 1)), exact(cell(row, "quantity_fixed", 0))
    return per < 0 or (per == 0 and fixed < 0)


def rounded(facts: Facts, quantity: Fraction, rounding: Callable[[Any], int]) -> Fraction:
    """Return a quantity in the item's decimals; phantoms are not rounded."""
    if facts.quantity_decimals is None or facts.is_phantom:
        return quantity
    factor = 10**facts.quantity_decimals
    return Fraction(rounding(quantity * factor), factor)


def explode(inputs: Inputs, all_facts: dict[Node, Facts], facts: Facts, consumption: Consumption, needs: Needs) -> None:
    """Put the lines of an order of a made node, or of a phantom, to its components."""
    for number, row in effective_lines(inputs, facts, consumption.effectivity_day):
        if (facts.node, row.get("alternate_group")) not in needs.groups:
            add_component(inputs, all_facts, facts, consumption, number, row, Fraction(1), needs)
    for node, group in needs.groups:
        lines = [(number, row) for number, row in facts.lines if row.get("alternate_group") == group]
        if node == facts.node and any(is_candidate(inputs, row, consumption) for _, row in lines):
            cluster = needs.clusters[lines[0][1]["component_item_id"], facts.node[1]]
            place = (inputs.node_order(facts.node), lines[0][0], consumption.sequence)
            needs.choices.setdefault(cluster, []).append(Choice(facts, lines, consumption, place))


def is_candidate(inputs: Inputs, row: Row, consumption: Consumption) -> bool:
    """Return whether an alternate is in force for an order and would need something."""
    needed = line_quantity(inputs, row, consumption.start_quantity)
    return is_effective(row, consumption.effectivity_day) and needed > 0


def add_component(
    inputs: Inputs,
    all_facts: dict[Node, Facts],
    facts: Facts,
    consumption: Consumption,
    number: int,
    row: Row,
    share: Fraction,
    needs: Needs,
) -> None:
    """Put one BOM line of an order, or a share of it, to its component."""
    component = (row["component_item_id"], facts.node[1])
    quantity = share * line_quantity(inputs, row, consumption.start_quantity)
    if is_by_product(row):
        given = rounded(all_facts[component], -quantity, math.floor)
        if given != 0:
            day = max(consumption.due, inputs.as_of)
            needs.by_products.setdefault(component, []).append((day, given))
        return
    is_at_end = bool(cell(row, "at_end", False))
    own_day = own_day_of(facts, row, consumption)
    add_line(inputs, all_facts[component], facts, consumption, number, own_day, quantity, is_at_end, needs)


def own_day_of(facts: Facts, row: Row, consumption: Consumption) -> int:
    """Return the day on which a line is needed, before clipping."""
    if cell(row, "at_end", False):
        return consumption.due
    return offset_day(facts, consumption.release, cell(row, "offset_days", 0))


def offset_day(facts: Facts, day: int, offset: int) -> int:
    """Return the day so many working days later, or earlier."""
    if offset < 0:
        return facts.site_calendar.back(day, -offset)
    return facts.site_calendar.forward(day, offset)


def require_at_source(inputs: Inputs, source: Facts, facts: Facts, consumption: Consumption, needs: Needs) -> None:
    """Put the line of a transfer to the same item at its source."""
    quantity = consumption.start_quantity
    add_line(inputs, source, facts, consumption, -1, consumption.release, quantity, False, needs)


def add_line(
    inputs: Inputs,
    component: Facts,
    parent: Facts,
    consumption: Consumption,
    number: int,
    own_day: int,
    quantity: Fraction,
    is_at_end: bool,
    needs: Needs,
) -> None:
    """Put one dependent requirement to a component."""
    quantity = rounded(component, quantity, math.ceil)
    if quantity == 0:
        return
    line = Line(
        day=own_day if inputs.options["component_date"] == "keep" else max(own_day, inputs.as_of),
        own_day=own_day,
        quantity=quantity,
        kind="dependent",
        source_id=consumption.source_id,
        place=(2, *line_place(inputs, parent, consumption, number)),
        due=consumption.due,
        effectivity_day=consumption.effectivity_day,
        is_at_end=is_at_end or consumption.is_at_end,
        lateness=consumption.lateness,
    )
    needs.lines.setdefault(component.node, []).append(line)


def line_place(inputs: Inputs, parent: Facts, consumption: Consumption, number: int) -> tuple[Any, ...]:
    """Return where a dependent line stands among those of its day: those of open transfers are first, by row."""
    is_open_transfer = number < 0 and consumption.sequence < AFTER_FIRM_ORDERS
    if is_open_transfer:
        return (0, consumption.sequence)
    return (1, inputs.node_order(parent.node), number, consumption.sequence)


def blow_through(
    inputs: Inputs,
    all_facts: dict[Node, Facts],
    facts: Facts,
    lines: list[Line],
    on_hand: Fraction,
    receipts: list[Receipt],
    needs: Needs,
) -> None:
    """Hand each line on a phantom down to its components, less the stock when it counts."""
    available, waiting = on_hand, sorted(receipts, key=lambda receipt: receipt.day)
    for sequence, line in enumerate(lines):
        quantity = line.quantity
        if inputs.options["phantom_stock"] == "net":
            while waiting and waiting[0].day <= line.day:
                available += waiting.pop(0).quantity
            used = min(quantity, max(available, Fraction(0)))
            available -= used
            quantity -= used
        if quantity > 0:
            consumption = Consumption(
                source_id=line.source_id,
                start_quantity=quantity / facts.at(line.due).yield_fraction,
                release=line.own_day if line.kind == "dependent" else line.day,
                due=line.due,
                effectivity_day=line.effectivity_day,
                is_at_end=line.is_at_end,
                lateness=line.lateness,
                sequence=AFTER_FIRM_ORDERS + sequence,
            )
            explode(inputs, all_facts, facts, consumption, needs)
