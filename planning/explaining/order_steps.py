"""The steps from a shortage to one planned order: what it covers, lot sizing, modifiers, dates (rules 5 to 8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bom.tables import COST_RULES
from planning.decoding.order_index import OrderPlace
from planning.explaining.explanation import Step, StepKind, days_text, number
from planning.explaining.ledger import Ledger
from planning.kernels.netting_arrays import NODE_DTYPE, Records, SupplyType
from planning.kernels.offers import fill_offered
from planning.kernels.order_steps import N_DAYS, N_QUANTITIES, list_days, list_quantities
from planning.kernels.requirement_rows import SAFETY_STOCK
from planning.mrp import MrpResult

_RULES = {
    "lot_for_lot": "lot_for_lot: what is short",
    "order_up_to": "order_up_to: up to {order_up_to_level}, or the floor when that is higher",
    "period_of_supply": "period_of_supply: the window of {period_of_supply_days} days before {until}",
    "economic_order_quantity": "economic_order_quantity: what is short, in lots",
    **{
        rule: f"{rule}: what is needed before {{until}}; {{ordering_cost}} an order, {{holding_cost}} a unit and day"
        for rule in COST_RULES
        if rule != "economic_order_quantity"
    },
}
_NUMBERS = ("order_up_to_level", "period_of_supply_days", "ordering_cost", "holding_cost")


class OrderSteps:
    """The steps of one planned order.

    Parameters
    ----------
    result
        The plan.
    ledger
        What happens at its node.
    place
        Where it stands.
    """

    def __init__(self, result: MrpResult, ledger: Ledger, place: OrderPlace) -> None:
        self.result, self.ledger, self.place = result, ledger, place
        position = place.order - int(result.plan.orders.first[place.node])
        self.order = ledger.made[position]
        self.first, self.look = ledger.look_of(position)
        self.earlier = ledger.made["quantity"][self.first : position].tolist()
        self.need = int(self.order["need"])

    def sizes(self) -> Iterator[Step]:
        """Yield the steps up to the quantity, in the order in which the rules work."""
        yield self.flow() if self.is_buffered else self.balance()
        yield self.lack() if self.is_buffered else self.shortage()
        yield from self.quantities()
        yield from self.start()

    @property
    def is_buffered(self) -> bool:
        """Whether the order fills up a buffer (``planning_method`` = ddmrp)."""
        indptr = self.result.model.buffers.indptr
        return bool(indptr[self.place.node] < indptr[self.place.node + 1])

    def flow(self) -> Step:
        """Return the net flow position that the look found."""
        flow, spikes = float(self.look["projected"]), float(self.look["rest_of_day"])
        day = self._date(int(self.look["day"]))
        text = f"stock and all open supply less what is needed up to {day}"
        if spikes > 0:
            text += f", less {number(spikes)} of spikes ahead"
        text += f": the net flow position is {number(flow)}"
        return Step(StepKind.BALANCE, text, quantity_before=self.ledger.stock, quantity_after=flow)

    def lack(self) -> Step:
        """Return what a buffer lacks to the top of green."""
        flow, missing = float(self.look["projected"]), float(self.look["trigger"] - self.look["projected"])
        text = (
            f"{number(flow)} is not above the top of yellow {number(self.look['floor'])}: {number(missing)} are missing"
        )
        text += f" to the top of green {number(self.look['trigger'])}"
        return Step(StepKind.SHORTAGE, text, quantity_before=flow, quantity_after=missing)

    def balance(self) -> Step:
        """Return how the balance came about that the look found."""
        ledger, day = self.ledger, self.need
        needed = ledger.requirements["quantity"][self._is_counted]
        supplied = ledger.supplies_until(day)
        ordered = ledger.made["quantity"][self._first_planned : self.first]
        parts = [f"{number(ledger.stock)} in stock"]
        if supplied:
            parts.append(f"{number(supplied)} from open orders and other supplies")
        if ordered.size:
            parts.append(f"{number(ordered.sum())} from planned orders before this one")
        taken = needed.sum() - self.look["rest_of_day"]
        parts.append(f"less {number(taken)} needed up to {self._date(day)}")
        projected = float(self.look["projected"])
        text = f"{', '.join(parts)}: the balance is {number(projected)}"
        return Step(StepKind.BALANCE, text, quantity_before=ledger.stock, quantity_after=projected)

    @property
    def _is_counted(self) -> NDArray[np.bool_]:
        """Which requirement rows lie on or before the day of the look; safety stock is a floor, not one of them."""
        rows = self.ledger.requirements
        is_counted: NDArray[np.bool_] = (rows["day"] <= self.need) & (rows["source"] != SAFETY_STOCK)
        return is_counted

    @property
    def _first_planned(self) -> int:
        """The position of the node's first planned order."""
        first, _ = self.result.order_index.planned_range(self.place.node)
        return first - int(self.result.plan.orders.first[self.place.node])

    def shortage(self) -> Step:
        """Return how much is missing to the floor, or to the order point."""
        trigger, floor = float(self.look["trigger"]), float(self.look["floor"])
        what = f"the order point {number(trigger)}" if trigger > floor else f"the floor {number(floor)}"
        if trigger == floor:
            what += " (safety stock)" if floor > 0 else ""
        projected = float(self.look["projected"])
        missing = trigger - projected
        text = f"{number(projected)} is below {what} on {self._date(self.need)}: {number(missing)} short"
        return Step(StepKind.SHORTAGE, text, quantity_before=projected, quantity_after=missing)

    def quantities(self) -> Iterator[Step]:
        """Yield what the rule orders, and each modifier that changes it (rule 7)."""
        look = self.look
        missing = float(look["trigger"] - look["projected"])
        wanted = float(look["quantity"])
        yield Step(StepKind.LOT_SIZING, f"{self._rule_text()}: {number(wanted)}", missing, wanted)
        total = 0.0
        for quantity in self.earlier:
            total += quantity
        rest = wanted - total if self.earlier else wanted
        if self.earlier:
            text = f"{len(self.earlier)} orders of this day before it have {number(total)}: {number(rest)} are left"
            yield Step(StepKind.EARLIER_ORDERS, text, wanted, rest)
        row = self.node_rows[0]
        if look["lot"] > 0:
            text = f"orders of the economic order quantity {number(look['lot'])}, as many as it takes"
            yield Step(StepKind.FIXED_LOT, text, rest, float(look["lot"]))
            rest = float(look["lot"])
        sizes = np.empty(N_QUANTITIES)
        list_quantities(self.result.netting, self.node_rows, rest, sizes)
        if self.rule == "fixed_order_quantity":
            text = f"orders of {number(sizes[0])}, as many as it takes"
            yield Step(StepKind.FIXED_LOT, text, rest, float(sizes[0]))
            return
        limits = (
            (StepKind.MINIMUM, f"raised to the minimum {number(row['minimum_order_quantity'])}"),
            (StepKind.MULTIPLE, f"rounded up to a multiple of {number(row['order_multiple'])}"),
            (StepKind.MAXIMUM, f"cut at the maximum, {self._cut_text}"),
        )
        before = rest
        for (kind, text), after in zip(limits, sizes.tolist(), strict=True):
            if after != before:
                yield Step(kind, f"{text}: {number(after)}", before, after)
            before = after

    @cached_property
    def node_rows(self) -> Records:
        """The node as it counts for the order, with the values of the offer that it takes; NODE_DTYPE, shape (1,)."""
        rows = np.empty(1, NODE_DTYPE)
        fill_offered(self.result.netting, self.place.node, int(self.order["offer"]), int(self.order["due"]), rows)
        return rows

    @cached_property
    def rule(self) -> str:
        """The lot-sizing rule of the node; a buffer has none."""
        if self.is_buffered:
            return "ddmrp"
        return str(self.result.model.sourcing.parameters["lot_sizing_rule"][self.place.node])

    def _rule_text(self) -> str:
        """Return what the lot-sizing rule does, with its numbers."""
        if self.is_buffered:
            return "ddmrp: up to the top of green"
        row = self.result.netting.nodes[self.place.node]
        values = {name: number(row[name]) for name in _NUMBERS}
        return _RULES.get(self.rule, self.rule).format(until=self._date(int(self.look["until"])), **values)

    @property
    def _cut_text(self) -> str:
        """What becomes of the rest above the maximum."""
        is_cap = self.result.options.maximum_split == "cap"
        return "one order only, netting looks again" if is_cap else "the rest becomes further orders"

    def start(self) -> Iterator[Step]:
        """Yield how much is started, when not all of it comes out good."""
        node, due = np.array([self.place.node], np.int32), np.array([self.order["due"]], np.int32)
        share = float(self.result.model.yields(node, due)[0])
        quantity = float(self.order["quantity"])
        if share != 1.0:
            text = f"a yield of {number(share)}: {number(quantity / share)} are started"
            yield Step(StepKind.YIELD, text, quantity, quantity / share)

    @cached_property
    def _days(self) -> list[int]:
        """The day after safety lead time, the due and release days, the lead time, the due day without a fence."""
        days = np.empty(N_DAYS, np.int64)
        list_days(self.result.netting, self.node_rows, self.need, float(self.order["quantity"]), days)
        return days.tolist()

    @property
    def lead_time(self) -> str:
        """The lead time."""
        row = self.node_rows[0]
        return days_text(self._days[3], "working" if row["is_lead_time_working"] else "calendar")

    def days(self) -> Iterator[Step]:
        """Yield how the need day becomes a due and a release day (rule 8)."""
        safe, due, release, _, unfenced = self._days
        row = self.node_rows[0]
        unit = "working" if row["is_lead_time_working"] else "calendar"
        if self.is_buffered:
            text = f"the decoupled lead time after the look: {self._date(self.need)}"
            yield self._dated(StepKind.DECOUPLED_LEAD_TIME, text, int(self.look["day"]), self.need)
        if row["safety_lead_time_days"]:
            text = f"{days_text(int(row['safety_lead_time_days']), unit)} of safety lead time: {self._date(safe)}"
            yield self._dated(StepKind.SAFETY_LEAD_TIME, text, self.need, safe)
        if unfenced != safe:
            text = f"{self._date(safe)} is no working day{self._calendar_text}: {self._date(unfenced)}"
            yield self._dated(StepKind.WORKING_DAY, text, safe, unfenced)
        if due != unfenced:
            fence = self._date(int(row["planning_fence_day"]))
            text = f"{self._date(unfenced)} lies inside the planning fence, which ends on {fence}: {self._date(due)}"
            yield self._dated(StepKind.PLANNING_FENCE, text, unfenced, due)
        text = f"{self.lead_time}{self._calendar_text}{self._lead_time_text}: {self._date(release)}"
        yield self._dated(StepKind.LEAD_TIME, text, due, release)
        if release < 0:
            text = f"the release lies {days_text(-release, 'calendar')} before {self._date(0)}"
            yield self._dated(StepKind.PAST_DUE, text, release, release)
        dated = self.result.plan.dated_orders[self.place.order]
        for name, day in (("release", release), ("due", due)):
            if dated[name] != day:
                text = f"the {name} is pushed to {self._date(int(dated[name]))}: no earlier release is possible"
                yield self._dated(StepKind.PUSH, text, day, int(dated[name]))

    @property
    def _calendar_text(self) -> str:
        """On whose calendar days are counted, when on one."""
        code = int(self.node_rows["calendar"][0])
        names = list(self.result.model.calendars.codes)
        return f" on calendar {names[code]}" if code >= 0 else ""

    @property
    def _lead_time_text(self) -> str:
        """What the lead time is made of, when it is not one number."""
        row, quantity = self.node_rows[0], float(self.order["quantity"])
        is_from_routing = self.result.options.lead_time_from == "routing" and row["supply_type"] == SupplyType.MAKE
        if is_from_routing and not np.isnan(row["routing_days"]):
            per_unit = number(row["routing_days_per_unit"])
            return f" of the routing ({number(row['routing_days'])} + {per_unit} for each unit started)"
        if row["lead_time_days_per_unit"] > 0:
            return f" ({row['lead_time_days']} + {number(quantity)} x {number(row['lead_time_days_per_unit'])})"
        return ""

    def _dated(self, kind: StepKind, text: str, before: int, after: int) -> Step:
        """Return a step from one day to another."""
        return Step(kind, text, date_before=self._date(before), date_after=self._date(after))

    def _date(self, day: int) -> date:
        """Return a day number as a date."""
        return self.result.order_index.date_of(day)
