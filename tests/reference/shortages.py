"""What the reference says about stock that is short: written from docs/concepts/messages.md."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tests.reference.facts import Facts
from tests.reference.inputs import Inputs
from tests.reference.netting import Events
from tests.reference.offers import choose
from tests.reference.orders import PlannedOrder

ZERO = Fraction(0)


@dataclass(frozen=True)
class StockMessage:
    """A message about a node: shortage, below_safety_stock or no_source."""

    kind: str
    item_id: str
    site_id: str
    current: int | None
    suggested: int | None
    quantity: Fraction
    suggested_quantity: Fraction


@dataclass
class Stretch:
    """Days on which a balance stays below its floor; no end when it never comes back."""

    start: int
    end: int | None
    worst: Fraction
    floor: Fraction


def stretches(
    inputs: Inputs, facts: Facts, on_hand: Fraction, events: Events, orders: list[PlannedOrder]
) -> list[Stretch]:
    """Return the stretches of a node, the orders counted on the later of their need and due dates."""
    arriving: dict[int, Fraction] = {}
    for order in orders:
        day = max(order.need, order.due)
        arriving[day] = arriving.get(day, ZERO) + order.quantity
    found: list[Stretch] = []
    is_open = False
    balance = on_hand
    for day in sorted({*events.look_days(inputs), *arriving, *facts.floor_rises(inputs.as_of)}):
        balance += events.opening(day) + arriving.get(day, ZERO) - events.needed(day)
        floor = facts.floor(inputs.as_of, day)
        if balance < floor and not is_open:
            found.append(Stretch(day, None, balance, floor))
        elif balance < floor:
            found[-1].worst = min(found[-1].worst, balance)
            found[-1].floor = max(found[-1].floor, floor)
        elif is_open:
            found[-1].end = day
        is_open = balance < floor
    return found


def stock_messages(
    inputs: Inputs, facts: Facts, on_hand: Fraction, events: Events, orders: list[PlannedOrder]
) -> list[StockMessage]:
    """Return the messages about the stock of a node."""
    item, site = facts.node
    found = stretches(inputs, facts, on_hand, events, orders)
    messages = [
        StockMessage("shortage" if s.worst < 0 else "below_safety_stock", item, site, s.start, s.end, s.worst, s.floor)
        for s in found
    ]
    is_said = any(s.start <= inputs.as_of and (s.end is None or s.end > inputs.as_of) for s in found)
    floor = facts.floor(inputs.as_of, inputs.as_of)
    if on_hand < floor and not is_said:
        messages.append(StockMessage("below_safety_stock", item, site, inputs.as_of, None, on_hand, floor))
    if found and facts.supply_type == "transfer" and not facts.offers:
        messages.append(StockMessage("no_source", item, site, None, None, ZERO, ZERO))
    if facts.supply_type == "transfer" and facts.has_orders:
        cut_off = [s.start for s in found if choose(facts.offers, s.start, ZERO) is None]
        messages += [StockMessage("no_source", item, site, start, None, ZERO, ZERO) for start in cut_off]
    return messages
