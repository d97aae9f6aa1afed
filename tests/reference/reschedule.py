"""Rule 6: when each open receipt is needed, and whether netting may use that day."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tests.reference.facts import Facts
from tests.reference.inputs import Inputs
from tests.reference.orders import Receipt


@dataclass(frozen=True)
class Message:
    """What a planner is told about one open receipt."""

    kind: str
    item_id: str
    site_id: str
    order_id: str
    current: int
    suggested: int | None
    is_damped: bool


def needed_day(inputs: Inputs, facts: Facts, stock_and_earlier: Fraction, changes: dict[int, Fraction]) -> int | None:
    """Return the first look day on which the floor and what was needed exceed what was there before."""
    days = set(changes)
    if inputs.options["safety_stock_at_start"]:
        days.add(inputs.as_of)
    needed = Fraction(0)
    for day in sorted(days):
        needed += changes.get(day, Fraction(0))
        floor = facts.safety_stock if day >= inputs.as_of else Fraction(0)
        if floor + needed > stock_and_earlier:
            return max(day, inputs.as_of)
    return None


def reschedule(
    inputs: Inputs, facts: Facts, on_hand: Fraction, receipts: list[Receipt], changes: dict[int, Fraction]
) -> list[Message]:
    """Set the netting day of each receipt and return the messages.

    `changes` has, by day, requirements plus write-offs less by-products and later quality stock.
    """
    messages: list[Message] = []
    supplies = on_hand
    for receipt in receipts:
        needed = needed_day(inputs, facts, supplies, changes)
        supplies += receipt.quantity
        window = inputs.options["expedite_window_days"]
        if receipt.due < inputs.as_of:
            messages.append(message("past_due_receipt", facts, receipt, inputs.as_of, False))
        is_small = receipt.quantity * facts.unit_cost < Fraction(str(inputs.options["message_minimum_value"]))
        if needed is None:
            messages.append(message("cancel", facts, receipt, None, is_small))
        elif needed > receipt.day:
            is_near = needed - receipt.day <= inputs.options["defer_tolerance_days"]
            messages.append(message("defer", facts, receipt, needed, is_near or is_small))
        elif needed < receipt.day and (window == "unlimited" or receipt.day - needed <= int(window)):
            is_near = receipt.day - needed <= inputs.options["expedite_tolerance_days"]
            messages.append(message("expedite", facts, receipt, needed, is_near or is_small))
            receipt.netting_day = needed
    return messages


def message(kind: str, facts: Facts, receipt: Receipt, suggested: int | None, is_damped: bool) -> Message:
    """Return a message about one receipt."""
    item, site = facts.node
    return Message(kind, item, site, receipt.order_id, receipt.due, suggested, is_damped)
