"""Planned orders, open receipts, requirement lines, and the dates of an order."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.reference.calendars import EVERY_DAY, WEEKDAYS, Calendar
from tests.reference.facts import Facts
from tests.reference.fences import fence_end, first_day_after
from tests.reference.inputs import Inputs, Row, cell, exact


@dataclass
class Lateness:
    """How many days late the components of an order come, at its release and at its end."""

    at_release: int = 0
    at_end: int = 0

    def note(self, days: int, at_end: bool) -> None:
        """Remember the worst."""
        if at_end:
            self.at_end = max(self.at_end, days)
        else:
            self.at_release = max(self.at_release, days)


@dataclass
class PlannedOrder:
    """An order that the plan proposes."""

    facts: Facts
    order_id: str
    quantity: Fraction
    start_quantity: Fraction
    release: int
    due: int
    need: int
    net_requirement: Fraction
    lateness: Lateness
    moved_from: int | None  # the due day inside the planning fence that it should have had


@dataclass
class Consumption:
    """What needs components: an order, or a line on a phantom that is blown through."""

    source_id: str
    start_quantity: Fraction
    release: int
    due: int
    effectivity_day: int
    is_at_end: bool
    lateness: Lateness | None
    sequence: int


@dataclass
class Line:
    """One requirement line of a node."""

    day: int
    own_day: int  # before it was moved to as_of
    quantity: Fraction
    kind: str
    source_id: str
    place: tuple[Any, ...]  # among the lines of the same day
    due: int  # what a phantom hands down
    effectivity_day: int
    is_at_end: bool = False
    lateness: Lateness | None = None  # of the order at the top


@dataclass
class Receipt:
    """An open order; netting counts on it on `counted_day`, and it comes on `netting_day`."""

    row: Row
    number: int
    order_id: str
    quantity: Fraction
    due: int
    day: int  # due, not before as_of
    netting_day: int
    counted_day: int
    settled_day: int | None = None  # when its message is followed; None: cancelled


def lead_time(inputs: Inputs, facts: Facts, quantity: Fraction, kind: str) -> int:
    """Return the days from release to due; by the routing for an order that is made at a node that makes."""
    is_made = facts.supply_type == "make" and kind == "make"
    if inputs.options["lead_time_from"] == "routing" and is_made and facts.operations:
        return routing_lead_time(inputs, facts, quantity / facts.yield_fraction)
    return facts.lead_time_days + math.ceil(quantity * facts.lead_time_days_per_unit)


def routing_lead_time(inputs: Inputs, facts: Facts, start_quantity: Fraction) -> int:
    """Return the days that the operations take, the first alternate of each."""
    days = Fraction(0)
    for sequence in {row["operation_sequence"] for row in facts.operations}:
        alternates = [row for row in facts.operations if row["operation_sequence"] == sequence]
        row = min(alternates, key=lambda other: int(cell(other, "alternate_priority", 1)))
        between = sum((exact(cell(row, f"{name}_minutes", 0)) for name in ("queue", "wait", "move")), Fraction(0))
        work = exact(cell(row, "setup_minutes", 0)) + start_quantity * exact(cell(row, "run_minutes_per_unit", 0))
        hours, efficiency = work_center_hours(inputs, row["work_center_id"])
        days += between / 1440 + work / (60 * hours * efficiency)
    return math.ceil(days)


def work_center_hours(inputs: Inputs, work_center_id: str) -> tuple[Fraction, Fraction]:
    """Return a work center's hours a day, by its own calendar or its site's, and its efficiency."""
    row = next(row for row in inputs.rows("work_centers") if row["work_center_id"] == work_center_id)
    sites = {site["site_id"]: site.get("calendar_id") for site in inputs.rows("sites")}
    calendar_id = row.get("calendar_id") or sites.get(inputs.site_of(row))
    calendar = EVERY_DAY
    for other in inputs.rows("calendars"):
        if other["calendar_id"] == calendar_id:
            calendar = Calendar([exact(cell(other, name, 24)) for name in WEEKDAYS], {})
    return calendar.mean_open_hours(), exact(cell(row, "efficiency_fraction", 1))


def days_before(facts: Facts, day: int, count: int) -> int:
    """Return the day less a number of days, counted as the node's lead time is."""
    return facts.worker_calendar.back(day, count) if facts.is_lead_time_working else day - count


def days_after(facts: Facts, day: int, count: int) -> int:
    """Return the day plus a number of days, counted as the node's lead time is."""
    return facts.worker_calendar.forward(day, count) if facts.is_lead_time_working else day + count


def unfenced_due_day(inputs: Inputs, facts: Facts, need: int) -> int:
    """Return the due day of an order, were there no fence."""
    due = days_before(facts, need, facts.safety_lead_time_days)
    return facts.worker_calendar.on_or_before(due) if inputs.options["due_on_working_day"] else due


def due_day(inputs: Inputs, facts: Facts, need: int) -> int:
    """Return the due day of an order made for a day: not inside the planning fence."""
    due, end = unfenced_due_day(inputs, facts, need), fence_end(inputs, facts)
    return due if end is None or due > end else first_day_after(inputs, facts, end)


def make_order(
    inputs: Inputs, facts: Facts, need: int, order_id: str, quantity: Fraction, net_requirement: Fraction
) -> PlannedOrder:
    """Return an order of so many good units, made for a day."""
    due, wanted = due_day(inputs, facts, need), unfenced_due_day(inputs, facts, need)
    facts = facts.at(due)
    return PlannedOrder(
        facts=facts,
        order_id=order_id,
        quantity=quantity,
        start_quantity=quantity / facts.yield_fraction,
        release=days_before(facts, due, lead_time(inputs, facts, quantity, facts.supply_type)),
        due=due,
        need=need,
        net_requirement=net_requirement,
        lateness=Lateness(),
        moved_from=wanted if wanted < due else None,
    )
