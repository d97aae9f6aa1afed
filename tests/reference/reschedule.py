"""Rule 6: when each open receipt is needed, whether netting may use that day, and how large it should be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from tests.reference.facts import Facts, with_offer
from tests.reference.fences import arrival
from tests.reference.inputs import Inputs, exact
from tests.reference.network import is_effective
from tests.reference.orders import PlannedOrder, Receipt, days_after, lead_time


@dataclass(frozen=True)
class Message:
    """What a planner is told about one open receipt."""

    kind: str
    item_id: str
    site_id: str
    order_id: str
    current: int
    suggested: int | None
    suggested_quantity: Fraction
    is_damped: bool


def needed_day(inputs: Inputs, facts: Facts, stock_and_earlier: Fraction, changes: dict[int, Fraction]) -> int | None:
    """Return the first look day on which the floor and what was needed exceed what was there before."""
    days = set(changes) | set(facts.floor_rises(inputs.as_of))
    if inputs.options["safety_stock_at_start"]:
        days.add(inputs.as_of)
    needed = Fraction(0)
    for day in sorted(days):
        needed += changes.get(day, Fraction(0))
        if facts.floor(inputs.as_of, day) + needed > stock_and_earlier:
            return max(day, inputs.as_of)
    return None


def most_needed(inputs: Inputs, facts: Facts, on_hand: Fraction, changes: dict[int, Fraction]) -> Fraction:
    """Return the most that open orders must have brought by any look."""
    days = set(changes) | ({inputs.as_of} if inputs.options["safety_stock_at_start"] else set())
    days |= set(facts.floor_rises(inputs.as_of))
    most, needed = Fraction(0), -on_hand
    for day in sorted(days):
        needed += changes.get(day, Fraction(0))
        most = max(most, needed + facts.floor(inputs.as_of, day))
    return most


def is_minor(inputs: Inputs, facts: Facts, quantity: Fraction, day: int) -> bool:
    """Return whether a change is too small, or too far off, to act on."""
    horizon = inputs.options["message_horizon_days"]
    return (
        quantity * facts.unit_cost < exact(inputs.options["message_minimum_value"])
        or quantity < exact(inputs.options["message_minimum_quantity"])
        or (horizon != "unlimited" and day - inputs.as_of > int(horizon))
    )


def reschedule(
    inputs: Inputs, facts: Facts, on_hand: Fraction, receipts: list[Receipt], changes: dict[int, Fraction]
) -> list[Message]:
    """Set the netting day and the settled day of each receipt and return the messages.

    `changes` has, by day, requirements plus write-offs less by-products and later quality stock.
    """
    messages: list[Message] = []
    supplies = on_hand
    for receipt in receipts:
        needed = needed_day(inputs, facts, supplies, changes)
        supplies += receipt.quantity
        receipt.settled_day = receipt.day
        if receipt.due < inputs.as_of:
            messages.append(message("past_due_receipt", facts, receipt, inputs.as_of, False))
        if needed is None:
            is_small = is_minor(inputs, facts, receipt.quantity, receipt.day)
            messages.append(message("cancel", facts, receipt, None, is_small))
            receipt.settled_day = None
            continue
        is_small = is_minor(inputs, facts, receipt.quantity, min(receipt.day, needed))
        if needed > receipt.day:
            is_near = needed - receipt.day <= inputs.options["defer_tolerance_days"]
            messages.append(message("defer", facts, receipt, needed, is_near or is_small))
            receipt.settled_day = needed
        elif needed < receipt.day and is_in_window(inputs, facts, receipt, needed):
            receipt.counted_day = needed
            receipt.netting_day = receipt.settled_day = arrival(inputs, facts, needed, receipt.day)
            if receipt.netting_day < receipt.day:
                is_near = receipt.day - receipt.netting_day <= inputs.options["expedite_tolerance_days"]
                is_small = is_minor(inputs, facts, receipt.quantity, min(receipt.day, receipt.netting_day))
                messages.append(message("expedite", facts, receipt, receipt.netting_day, is_near or is_small))
            if receipt.netting_day > needed:
                messages.append(message("time_fence_conflict", facts, receipt, needed, False))
    return messages


def is_in_window(inputs: Inputs, facts: Facts, receipt: Receipt, needed: int) -> bool:
    """Return whether a receipt may be moved up to the day on which it is needed."""
    window = inputs.options["expedite_window_days"]
    if window == "unlimited":
        return True
    start = needed
    if inputs.options["expedite_window_from"] == "lead_time":
        offered = limits_on(inputs, facts, needed)
        wait = lead_time(inputs, offered, receipt.quantity, facts.supply_type)
        start = max(needed, days_after(offered, inputs.as_of, wait))
    return receipt.day - start <= int(window)


def limits_on(inputs: Inputs, facts: Facts, day: int) -> Facts:
    """Return the facts that an order due on a day reads which takes the first offer in force then."""
    in_force = [offer for offer in facts.offers if is_effective(offer.row, day)]
    return with_offer(inputs, facts, in_force[0] if in_force else None).at(day)


def resize(
    inputs: Inputs, facts: Facts, most: Fraction, receipts: list[Receipt], orders: list[PlannedOrder]
) -> list[Message]:
    """Return decrease and increase, when the options and the lot-sizing rule allow them."""
    sets_own_lots = facts.rule in ("fixed_order_quantity", "economic_order_quantity", "order_up_to")
    if not inputs.options["resize_receipts"] or sets_own_lots or not receipts:
        return []
    messages: list[Message] = []
    needed = [receipt for receipt in receipts if receipt.settled_day is not None]
    if needed:
        rest = most - sum((receipt.quantity for receipt in needed[:-1]), Fraction(0))
        lot = smallest_lot(inputs, limits_on(inputs, facts, needed[-1].day), rest)
        if lot < needed[-1].quantity:
            messages.append(resizing_message(inputs, "decrease", facts, needed[-1], lot))
    if len(needed) == len(receipts):
        day = max(receipt.settled_day or 0 for receipt in receipts)
        latest = [receipt for receipt in receipts if receipt.settled_day == day][-1]
        near = [order for order in orders if day <= order.need <= day + inputs.options["increase_window_days"]]
        if near:
            added = sum((order.quantity for order in near[:-1]), Fraction(0)) + near[-1].net_requirement
            limits = limits_on(inputs, facts, latest.day)
            lot = smallest_lot(inputs, limits, latest.quantity + added)
            if limits.maximum is None or lot <= limits.lowered_maximum:
                messages.append(resizing_message(inputs, "increase", facts, latest, lot))
    return messages


def smallest_lot(inputs: Inputs, facts: Facts, quantity: Fraction) -> Fraction:
    """Return the smallest quantity from `quantity` on that minimum and multiple allow."""
    lot = max(quantity, facts.minimum)
    is_raw = inputs.options["minimum_rounding"] == "raw" and quantity < facts.minimum
    if facts.multiple > 0 and not is_raw:
        lot = math.ceil(lot / facts.multiple) * facts.multiple
    return lot


def resizing_message(inputs: Inputs, kind: str, facts: Facts, receipt: Receipt, lot: Fraction) -> Message:
    """Return a message to change a quantity."""
    change = abs(lot - receipt.quantity)
    is_small = change < exact(inputs.options["message_minimum_fraction"]) * receipt.quantity
    is_damped = is_small or is_minor(inputs, facts, change, receipt.day)
    return message(kind, facts, receipt, receipt.due, is_damped, lot)


def message(
    kind: str, facts: Facts, receipt: Receipt, suggested: int | None, is_damped: bool, quantity: Fraction | None = None
) -> Message:
    """Return a message about one receipt; the quantity stays unless another is given, or it is cancelled."""
    item, site = facts.node
    if quantity is None:
        quantity = Fraction(0) if kind == "cancel" else receipt.quantity
    return Message(kind, item, site, receipt.order_id, receipt.due, suggested, quantity, is_damped)
