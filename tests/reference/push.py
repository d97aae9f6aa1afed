"""Orders that would have to be released before as_of, moved forward, and what that does to their parents."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tests.reference.inputs import Inputs
from tests.reference.orders import Line, PlannedOrder, days_after, lead_time

ZERO = Fraction(0)


@dataclass
class Supply:
    """What serves lines: a quantity, its place in the order of supplies, and the day it arrives."""

    day: int
    place: tuple[int, int]
    quantity: Fraction
    arrival: int


def push_order(inputs: Inputs, order: PlannedOrder) -> None:
    """Move an order so that it is not released before as_of and not before its components are there."""
    calendar = order.facts.worker_calendar
    due = order.due
    late = order.lateness
    if order.release < inputs.as_of or late.at_release > 0:
        order.release = calendar.on_or_after(max(order.release + late.at_release, inputs.as_of))
        days = lead_time(inputs, order.facts, order.quantity, order.facts.supply_type)
        order.due = days_after(order.facts, order.release, days)
    if late.at_end > 0:
        order.due = max(order.due, calendar.on_or_after(due + late.at_end))


def serve(backlog: Fraction, lines: list[Line], supplies: list[Supply]) -> list[int | None]:
    """Return for each line the latest arrival of what serves it, first come first served."""
    waiting = [supply for supply in sorted(supplies, key=lambda s: (s.day, s.place)) if supply.quantity > 0]
    arrivals: list[int | None] = []
    for quantity in [backlog, *(line.quantity for line in lines)]:
        open_quantity, latest = quantity, None
        while open_quantity > 0 and waiting:
            supply = waiting[0]
            taken = min(open_quantity, supply.quantity)
            open_quantity -= taken
            supply.quantity -= taken
            latest = supply.arrival if latest is None else max(latest, supply.arrival)
            if supply.quantity == 0:
                waiting.pop(0)
        arrivals.append(latest)
    return arrivals[1:]
