"""Buffers of demand driven MRP, written from docs/concepts/ddmrp.md alone."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from datetime import date
from fractions import Fraction

from tests.reference.explosion import is_by_product
from tests.reference.facts import Facts, with_offer
from tests.reference.inputs import Inputs, Node
from tests.reference.lot_sizing import next_order, share_net_requirement
from tests.reference.netting import Events
from tests.reference.network import is_effective
from tests.reference.orders import PlannedOrder, Receipt, days_after, make_order

ZERO = Fraction(0)


def on_as_of(inputs: Inputs, facts: Facts) -> Facts:
    """Return a node's facts with those of its first offer in force on as_of over them, if any."""
    in_force = [offer for offer in facts.offers if is_effective(offer.row, inputs.as_of)]
    if not in_force:
        return replace(facts, offers=[])
    always = replace(in_force[0], row={**in_force[0].row, "effective_from": None, "effective_to": None})
    return replace(with_offer(inputs, facts, always), offers=[always])


def buffered_facts(inputs: Inputs, facts: Facts) -> Facts:
    """Return the facts of a buffer, all of whose orders take one offer; those of other nodes as they are."""
    return facts if facts.buffer is None else on_as_of(inputs, facts)


def decoupled_lead_time(inputs: Inputs, all_facts: dict[Node, Facts], facts: Facts) -> Fraction:
    """Return a node's lead time and the longest of those that it waits for, down to the next buffers."""
    if facts.buffer is not None and facts.buffer.decoupled_lead_time_days is not None:
        return facts.buffer.decoupled_lead_time_days
    return computed_lead_time(inputs, all_facts, facts)


def computed_lead_time(inputs: Inputs, all_facts: dict[Node, Facts], facts: Facts) -> Fraction:
    """Return the same whatever the node's own parameter says."""
    facts = on_as_of(inputs, facts)
    needed: list[Node] = []
    if facts.is_phantom or facts.supply_type == "make":
        lines = [row for _, row in facts.lines if is_effective(row, inputs.as_of) and not is_by_product(row)]
        needed = [(str(row["component_item_id"]), facts.node[1]) for row in lines]
    elif facts.supply_type == "transfer" and facts.source_site_id is not None:
        needed = [(facts.node[0], facts.source_site_id)]
    waits = [ZERO]
    for node in needed:
        if all_facts[node].buffer is None:
            waits.append(computed_lead_time(inputs, all_facts, all_facts[node]))
    own = 0 if facts.is_phantom else facts.lead_time_days
    return own + max(waits)


class Buffer:
    """One buffer, looked at day by day."""

    def __init__(
        self,
        inputs: Inputs,
        facts: Facts,
        lead_time_days: Fraction,
        on_hand: Fraction,
        events: Events,
        receipts: list[Receipt],
    ) -> None:
        assert facts.buffer is not None
        self.inputs, self.facts, self.buffer = inputs, facts, facts.buffer
        self.lead_time_days = lead_time_days
        self.on_hand, self.events, self.receipts = on_hand, events, receipts
        self.orders: list[PlannedOrder] = []
        self.usage = self.average_daily_usage()
        self.red_base = self.usage * lead_time_days * self.buffer.lead_time_factor
        self.red_safety = self.red_base * self.buffer.variability_factor
        self.yellow = self.usage * lead_time_days
        self.green = max(self.buffer.order_cycle_days * self.usage, self.red_base, facts.minimum)
        self.threshold = self.buffer.spike_threshold * (self.red_base + self.red_safety)
        given = self.buffer.spike_horizon_days
        self.horizon = math.ceil(lead_time_days) if given is None else given

    @property
    def top_of_yellow(self) -> Fraction:
        return self.red_base + self.red_safety + self.yellow

    @property
    def top_of_green(self) -> Fraction:
        return self.top_of_yellow + self.green

    def average_daily_usage(self) -> Fraction:
        """Return the usage as given, else that of the window."""
        if self.buffer.average_daily_usage is not None:
            return self.buffer.average_daily_usage
        first = self.inputs.as_of
        window = range(first, first + self.inputs.options["usage_window_days"])
        counted = [
            day for day in window if not self.facts.is_lead_time_working or self.facts.worker_calendar.is_working(day)
        ]
        return sum((self.events.needed(day) for day in window), ZERO) / max(len(counted), 1)

    def spikes_after(self, day: int) -> Fraction:
        """Return the requirements of the days ahead that are spikes."""
        needed = [self.events.needed(day + ahead) for ahead in range(1, self.horizon + 1)]
        return sum((quantity for quantity in needed if quantity > self.threshold), ZERO)

    def look_days(self) -> list[int]:
        """Return the days on which the buffer is looked at, and those before as_of on which something happens."""
        as_of = self.inputs.as_of
        days = set(self.events.lines) | set(self.events.supplies) | set(self.events.write_offs) | {as_of}
        days |= {receipt.day for receipt in self.receipts}
        spikes = [day for day in self.events.lines if day > as_of and self.events.needed(day) > self.threshold]
        days |= {max(as_of, day - self.horizon) for day in spikes}
        return sorted(days)

    def run(self) -> None:
        """Look at each day; order up to the top of green."""
        position = self.on_hand + sum((receipt.quantity for receipt in self.receipts), ZERO)
        for day in self.look_days():
            position += self.events.opening(day) - self.events.needed(day)
            if day < self.inputs.as_of:
                continue
            wanted = self.wanted(position - self.spikes_after(day))
            quantities = self.quantities(wanted)
            due = self.due_day(day)
            for quantity, share in zip(quantities, share_net_requirement(quantities, wanted), strict=True):
                self.orders.append(make_order(self.inputs, self.facts, due, self.next_id(due), quantity, share))
                position += quantity

    def quantities(self, wanted: Fraction) -> list[Fraction]:
        """Return the orders for a quantity."""
        orders: list[Fraction] = []
        while sum(orders, ZERO) < wanted:
            orders.append(next_order(self.facts, self.inputs.options, wanted - sum(orders, ZERO)))
            if self.inputs.options["maximum_split"] == "cap":
                break
        return orders

    def next_id(self, day: int) -> str:
        """Return item@site/day/number with the first number that neither an order nor an open order has."""
        taken = {order.order_id for order in self.orders} | {receipt.order_id for receipt in self.receipts}
        item, site = (text.replace("@", "@@") for text in self.facts.node)
        names = (f"{item}@{site}/{date.fromordinal(day).isoformat()}/{number}" for number in itertools.count(1))
        return next(name for name in names if name not in taken)

    def wanted(self, flow: Fraction) -> Fraction:
        """Return what is ordered at a net flow position."""
        if not self.facts.has_orders or flow > self.top_of_yellow:
            return ZERO
        return max(self.top_of_green - flow, ZERO)

    def due_day(self, day: int) -> int:
        """Return when an order of a day comes."""
        due = days_after(self.facts, day, math.ceil(self.lead_time_days))
        return self.facts.worker_calendar.on_or_after(due) if self.inputs.options["due_on_working_day"] else due

    def facts_on_as_of(self) -> tuple[Fraction, ...]:
        """Return the numbers of the table buffers."""
        as_of = self.inputs.as_of
        days = set(self.events.lines) | set(self.events.supplies) | set(self.events.write_offs)
        on_hand = self.on_hand + sum((self.events.opening(day) for day in days if day <= as_of), ZERO)
        open_supply = sum((receipt.quantity for receipt in self.receipts), ZERO)
        due = sum((self.events.needed(day) for day in days if day <= as_of), ZERO)
        qualified = due + self.spikes_after(as_of)
        flow = on_hand + open_supply - qualified
        return (
            self.usage,
            self.lead_time_days,
            self.red_base,
            self.red_safety,
            self.yellow,
            self.green,
            self.threshold,
            on_hand,
            open_supply,
            qualified,
            flow,
            self.wanted(flow),
        )
