"""Netting of one node: walk through the days, look, order."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from tests.reference.cost_lots import DYNAMIC_RULES, covered, economic_days, economic_lot
from tests.reference.facts import Facts, with_offer
from tests.reference.fences import is_inside
from tests.reference.inputs import Inputs, day_number
from tests.reference.lot_sizing import next_order, share_net_requirement
from tests.reference.offers import choose
from tests.reference.orders import Line, PlannedOrder, Receipt, due_day, make_order, unfenced_due_day

ZERO = Fraction(0)


@dataclass
class Events:
    """What happens at a node, by day; lines in the order in which they count."""

    lines: dict[int, list[Line]] = field(default_factory=dict)
    supplies: dict[int, Fraction] = field(default_factory=dict)
    write_offs: dict[int, Fraction] = field(default_factory=dict)

    def look_days(self, inputs: Inputs) -> list[int]:
        """Return the days on which netting looks."""
        days = set(self.lines) | set(self.supplies) | set(self.write_offs)
        if inputs.options["safety_stock_at_start"]:
            days.add(inputs.as_of)
        return sorted(days)

    def needed(self, day: int) -> Fraction:
        """Return all requirements of a day."""
        return sum((line.quantity for line in self.lines.get(day, [])), ZERO)

    def opening(self, day: int) -> Fraction:
        """Return what a day's write-offs and supplies change."""
        return self.supplies.get(day, ZERO) - self.write_offs.get(day, ZERO)


class Netting:
    """The walk through one node's days."""

    def __init__(
        self, inputs: Inputs, facts: Facts, on_hand: Fraction, events: Events, receipts: list[Receipt]
    ) -> None:
        self.inputs = inputs
        self.options = inputs.options
        self.facts = facts
        self.events = events
        self.receipts = receipts
        self.days = sorted({*events.look_days(inputs), *facts.floor_rises(inputs.as_of)})
        self.projected = on_hand
        self.window_end: int | None = None  # of period_of_supply with window_need = end
        self.orders: list[PlannedOrder] = []
        self.balances: list[tuple[int, Fraction]] = []

    def run(self) -> None:
        """Net every day."""
        for day in self.days:
            self.projected += self.events.opening(day)
            self.net_day(day)
            self.balances.append((day, self.projected))

    def net_day(self, day: int) -> None:
        """Look once after all requirements of the day, or after each of them."""
        lines = self.events.lines.get(day, [])
        rest_of_day = self.events.needed(day)
        if self.options["net_per"] == "date":
            self.projected -= rest_of_day
            self.look(day, ZERO)
            return
        is_start = day == self.inputs.as_of and self.options["safety_stock_at_start"]
        if not lines or is_start:
            self.look(day, rest_of_day)
        for line in lines:
            self.projected -= line.quantity
            rest_of_day -= line.quantity
            self.look(day, rest_of_day)

    def floor(self, day: int) -> Fraction:
        """Return the floor under the projected available balance."""
        return self.facts.floor(self.inputs.as_of, day)

    def trigger(self, day: int) -> Fraction:
        """Return the balance below which an order is made."""
        if self.facts.rule == "order_up_to" and self.facts.order_point is not None:
            return max(self.facts.order_point, self.floor(day))
        return self.floor(day)

    def look(self, day: int, rest_of_day: Fraction) -> None:
        """Order what is short; `rest_of_day` is what the later lines of the day will take."""
        shortage = self.trigger(day) - self.projected
        if shortage <= 0 or not self.facts.has_orders or self.is_awaiting(day):
            return
        if self.facts.supply_type == "transfer" and choose(self.facts.offers, day, shortage) is None:
            return
        if self.window_end is not None and day < self.window_end:
            return
        first = with_offer(self.inputs, self.facts, choose(self.facts.offers, day, shortage))
        unfenced = unfenced_due_day(self.inputs, first, day)
        if self.options["planning_fence"] == "block" and is_inside(self.inputs, first, unfenced):
            return
        at_due = self.facts.at(due_day(self.inputs, first, day))
        rule = self.facts.rule
        if rule == "fixed_order_quantity":
            self.modify_and_add(day, shortage, shortage)
        elif rule == "order_up_to":
            level = max(at_due.order_up_to_level or ZERO, self.floor(day))
            self.modify_and_add(day, level - self.projected, shortage)
        elif rule in ("period_of_supply", "period_order_quantity"):
            self.order_for_window(day, rest_of_day)
        elif rule == "economic_order_quantity":
            self.order_economic_lots(day, shortage)
        elif rule in DYNAMIC_RULES:
            quantity = self.covered_quantity(day, shortage + rest_of_day)
            self.modify_and_add(day, quantity, quantity)
        elif rule == "lot_for_lot":
            self.modify_and_add(day, shortage, shortage)
        else:
            raise ValueError(f"the reference does not know the rule {rule}")

    def is_awaiting(self, day: int) -> bool:
        """Return whether an open receipt comes so soon that no order is made."""
        days = self.options["await_receipts_days"]
        return any(day < receipt.netting_day <= day + days for receipt in self.receipts)

    def end_of_window(self, day: int) -> int:
        """Return the first day after the window that opens on a day."""
        length = self.facts.period_of_supply_days
        if self.facts.rule == "period_order_quantity":
            length = economic_days(self.facts, self.daily_requirements())
        anchor = self.options["grid_anchor"]
        if anchor is None:
            return day + length
        end = day + 1
        while (end - day_number(anchor)) % length != 0:
            end += 1
        return end

    def order_for_window(self, day: int, rest_of_day: Fraction) -> None:
        """Order what the window that opens on a day is short of."""
        end = self.end_of_window(day)
        balance = self.projected - rest_of_day
        shortages = [self.floor(day) - balance]
        for later in self.days:
            if day < later < end:
                balance += self.events.opening(later) - self.events.needed(later)
                shortages.append(self.floor(later) - balance)
        if self.options["window_need"] == "max":
            self.modify_and_add(day, max(shortages), max(shortages))
            return
        self.window_end = end
        if shortages[-1] > 0:
            is_cut = self.modify_and_add(day, shortages[-1], shortages[-1])
            if is_cut:
                self.window_end = None

    def daily_requirements(self) -> Fraction:
        """Return the mean daily requirements from as_of to the horizon's end, else to the last requirement."""
        days = [day for day in self.events.lines if self.events.needed(day) > 0]
        last = max([self.inputs.as_of, self.inputs.horizon_end or 0, *days])
        return sum(map(self.events.needed, days), ZERO) / (last - self.inputs.as_of + 1)

    def order_economic_lots(self, day: int, shortage: Fraction) -> None:
        """Order as many economic lots, each through the modifiers, as it takes."""
        lot = economic_lot(self.facts, self.daily_requirements())
        if lot is None:
            self.modify_and_add(day, shortage, shortage)
            return
        self.modify_and_add(day, shortage, shortage, lot)

    def covered_quantity(self, day: int, shortage: Fraction) -> Fraction:
        """Return what an order covers by a rule with costs."""
        series = self.net_requirements(day, shortage)
        count = covered(self.facts.rule, self.facts.ordering_cost, self.facts.holding_cost, series)
        return sum((quantity for _, quantity in series[:count]), ZERO)

    def net_requirements(self, day: int, shortage: Fraction) -> list[tuple[int, Fraction]]:
        """Return what is short at the end of a day, and what each later day makes it worse, new orders not counted."""
        series, worst, balance = [(day, shortage)], shortage, self.floor(day) - shortage
        for later in self.days:
            if later > day:
                balance += self.events.opening(later) - self.events.needed(later)
                if self.floor(later) - balance > worst:
                    series.append((later, self.floor(later) - balance - worst))
                    worst = self.floor(later) - balance
        return series

    def modify_and_add(self, day: int, wanted: Fraction, answered: Fraction, lot: Fraction | None = None) -> bool:
        """Make the orders for a quantity, each from the offer whose turn it is; return whether a part is left."""
        orders: list[tuple[Facts, Fraction]] = []
        rest = wanted
        is_capped = self.options["maximum_split"] == "cap" and self.facts.rule != "fixed_order_quantity" and lot is None
        while rest > 0 and not (is_capped and orders):
            offer = choose(self.facts.offers, day, rest)
            facts = with_offer(self.inputs, self.facts, offer)
            at_due = facts.at(due_day(self.inputs, facts, day))
            orders.append((facts, next_order(at_due, self.options, rest if lot is None else lot)))
            rest -= orders[-1][1]
            if offer is not None:
                offer.given += orders[-1][1]
        shares = share_net_requirement([quantity for _, quantity in orders], answered)
        for (facts, quantity), share in zip(orders, shares, strict=True):
            order_id = self.next_id(day)
            self.orders.append(make_order(self.inputs, facts, day, order_id, quantity, share))
            self.projected += quantity
        return rest > 0

    def next_id(self, day: int) -> str:
        """Return item@site/day/number with the first number that neither an order nor an open order has."""
        taken = {order.order_id for order in self.orders}
        taken |= {receipt.order_id for receipt in self.receipts}
        item, site = (text.replace("@", "@@") for text in self.facts.node)
        names = (f"{item}@{site}/{date.fromordinal(day).isoformat()}/{number}" for number in itertools.count(1))
        return next(name for name in names if name not in taken)
