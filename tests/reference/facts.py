"""What is known about a node before its plan is made: how it is replenished, in what lots, on whose calendar."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from tests.reference.calendars import EVERY_DAY, Calendar
from tests.reference.inputs import Inputs, Node, Row, cell, exact, optional_exact
from tests.reference.network import (
    lines_of,
    supply_type,
)
from tests.reference.offers import Offer, read_offers
from tests.reference.parameter_changes import Changes, read_changes


@dataclass(frozen=True)
class BufferFacts:
    """The parameters of a buffer."""

    average_daily_usage: Fraction | None
    decoupled_lead_time_days: Fraction | None
    lead_time_factor: Fraction
    variability_factor: Fraction
    order_cycle_days: Fraction
    spike_horizon_days: int | None
    spike_threshold: Fraction


@dataclass(frozen=True)
class Facts:
    """One node with every parameter filled in."""

    node: Node
    low_level_code: int
    supply_type: str
    supplier_id: str | None
    source_site_id: str | None
    is_phantom: bool
    is_planned: bool
    lead_time_days: int
    is_lead_time_working: bool
    lead_time_days_per_unit: Fraction
    safety_lead_time_days: int
    safety_stock: Fraction
    rule: str
    fixed_order_quantity: Fraction | None
    period_of_supply_days: int
    order_up_to_level: Fraction | None
    order_point: Fraction | None
    minimum: Fraction
    multiple: Fraction
    maximum: Fraction | None
    yield_fraction: Fraction
    unit_cost: Fraction
    ordering_cost: Fraction
    holding_cost: Fraction  # of one unit and day
    quantity_decimals: int | None
    worker_calendar: Calendar
    site_calendar: Calendar
    lines: list[tuple[int, Row]]
    operations: list[Row]
    offers: list[Offer]
    calendars: dict[str, Calendar]
    buffer: BufferFacts | None
    planning_time_fence_days: int
    changes: Changes

    def at(self, due: int) -> Facts:
        """Return the facts as an order reads them that is due on a day."""
        multiple = self.changes.on("order_multiple", due, self.multiple)
        maximum = self.changes.on("maximum_order_quantity", due, self.maximum)
        return replace(
            self,
            lead_time_days=int(self.changes.on("lead_time_days", due, self.lead_time_days)),
            minimum=self.changes.on("minimum_order_quantity", due, self.minimum),
            multiple=multiple,
            maximum=maximum,
            order_up_to_level=self.changes.on("order_up_to_level", due, self.order_up_to_level),
            yield_fraction=self.changes.on("yield_fraction", due, self.yield_fraction),
        )

    def floor(self, as_of: int, day: int) -> Fraction:
        """Return the floor under the projected available balance."""
        return self.changes.on("safety_stock", day, self.safety_stock) if day >= as_of else Fraction(0)

    def floor_steps(self, as_of: int) -> list[tuple[int, Fraction]]:
        """Return the floor as requirements: that of as_of, and what later days lift it above all it was before."""
        steps: list[tuple[int, Fraction]] = []
        highest = Fraction(0)
        for day in [as_of, *self.floor_rises(as_of)]:
            rise = self.floor(as_of, day) - highest
            if rise > 0:
                highest += rise
                steps.append((day, rise))
        return steps

    def floor_rises(self, as_of: int) -> list[int]:
        """Return the days after as_of on which the floor rises."""
        days = sorted(self.changes.by_parameter.get("safety_stock", {}))
        return [day for day in days if day > as_of and self.floor(as_of, day) > self.floor(as_of, day - 1)]

    @property
    def has_orders(self) -> bool:
        """Whether anything can be ordered."""
        return self.is_planned and not (self.supply_type == "transfer" and not self.offers)

    @property
    def lowered_maximum(self) -> Fraction:
        """The maximum as a multiple of the order multiple."""
        assert self.maximum is not None
        return max(1, self.maximum // self.multiple) * self.multiple if self.multiple > 0 else self.maximum


def node_facts(inputs: Inputs, calendars: dict[str, Calendar], node: Node, code: int) -> Facts:
    """Return what is known about a node."""
    site_calendar = calendar_of_site(inputs, calendars, node[1])
    unit_cost = exact(cell(inputs.items[node[0]], "unit_cost", 0))
    holding_cost = optional_exact(inputs.parameter(node, "holding_cost_per_unit_day"))
    buffer = buffer_facts(inputs, node)
    return Facts(
        node=node,
        low_level_code=code,
        supply_type=supply_type(inputs, node),
        supplier_id=None,
        source_site_id=None,
        is_phantom=inputs.parameter(node, "is_phantom"),
        is_planned=inputs.parameter(node, "is_planned"),
        lead_time_days=inputs.parameter(node, "lead_time_days"),
        is_lead_time_working=inputs.parameter(node, "lead_time_unit") == "working",
        lead_time_days_per_unit=exact(inputs.parameter(node, "lead_time_days_per_unit")),
        safety_lead_time_days=0 if buffer else inputs.parameter(node, "safety_lead_time_days"),
        safety_stock=Fraction(0) if buffer else exact(inputs.parameter(node, "safety_stock")),
        rule="lot_for_lot" if buffer else inputs.parameter(node, "lot_sizing_rule"),
        fixed_order_quantity=optional_exact(inputs.parameter(node, "fixed_order_quantity")),
        period_of_supply_days=cell({"days": inputs.parameter(node, "period_of_supply_days")}, "days", 1),
        order_up_to_level=optional_exact(inputs.parameter(node, "order_up_to_level")),
        order_point=optional_exact(inputs.parameter(node, "order_point")),
        minimum=exact(inputs.parameter(node, "minimum_order_quantity")),
        multiple=exact(inputs.parameter(node, "order_multiple")),
        maximum=optional_exact(inputs.parameter(node, "maximum_order_quantity")),
        yield_fraction=exact(inputs.parameter(node, "yield_fraction")),
        unit_cost=unit_cost,
        ordering_cost=exact(inputs.parameter(node, "ordering_cost")),
        holding_cost=unit_cost * inputs.holding_rate_per_year / 365 if holding_cost is None else holding_cost,
        quantity_decimals=inputs.items[node[0]].get("quantity_decimals"),
        worker_calendar=site_calendar,
        site_calendar=site_calendar,
        lines=lines_of(inputs, node),
        operations=[row for row in inputs.rows("operations") if inputs.node_of(row) == node],
        offers=read_offers(inputs, node),
        calendars=calendars,
        planning_time_fence_days=0
        if buffer
        else cell({"days": inputs.parameter(node, "planning_time_fence_days")}, "days", 0),
        changes=Changes() if buffer else read_changes(inputs, node),
        buffer=buffer,
    )


def buffer_facts(inputs: Inputs, node: Node) -> BufferFacts | None:
    """Return the parameters of a node's buffer, None when it has none."""
    if inputs.parameter(node, "planning_method") != "ddmrp" or inputs.parameter(node, "is_phantom"):
        return None
    return BufferFacts(
        optional_exact(inputs.parameter(node, "average_daily_usage")),
        optional_exact(inputs.parameter(node, "decoupled_lead_time_days")),
        exact(inputs.parameter(node, "lead_time_factor")),
        exact(inputs.parameter(node, "variability_factor")),
        exact(inputs.parameter(node, "order_cycle_days")),
        inputs.parameter(node, "spike_horizon_days"),
        exact(inputs.parameter(node, "spike_threshold")),
    )


def calendar_of_site(inputs: Inputs, calendars: dict[str, Calendar], site: str) -> Calendar:
    """Return the calendar of a site, every day when it has none."""
    named = {row["site_id"]: row.get("calendar_id") for row in inputs.rows("sites")}
    return calendars.get(named.get(site) or "", EVERY_DAY)


def with_offer(inputs: Inputs, facts: Facts, offer: Offer | None) -> Facts:
    """Return a node's facts with those of an offer over them."""
    if offer is None:
        return facts

    def offered(name: str, otherwise: Fraction | None) -> Fraction | None:
        value = offer.row.get(name)
        return otherwise if value is None else exact(value)

    calendar = calendar_of_worker(inputs, facts.calendars, facts.site_calendar, offer)
    return replace(
        facts,
        supplier_id=offer.supplier_id,
        source_site_id=offer.source_site_id,
        lead_time_days=int(cell(offer.row, "lead_time_days", facts.lead_time_days)),
        minimum=offered("minimum_order_quantity", facts.minimum) or Fraction(0),
        multiple=offered("order_multiple", facts.multiple) or Fraction(0),
        maximum=offered("maximum_order_quantity", facts.maximum),
        worker_calendar=calendar,
    )


def with_only_offer(inputs: Inputs, facts: Facts) -> Facts:
    """Return a node's facts with its first offer's over them, where orders have no choice: for its open orders."""
    if not facts.offers:
        return facts
    row = facts.offers[0].row
    is_always = row.get("effective_from") is None and row.get("effective_to") is None
    is_shared = len(facts.offers) > 1 and any(offer.fraction > 0 for offer in facts.offers)
    return with_offer(inputs, facts, facts.offers[0]) if is_always and not is_shared else facts


def calendar_of_worker(
    inputs: Inputs, calendars: dict[str, Calendar], site_calendar: Calendar, offer: Offer
) -> Calendar:
    """Return the calendar of who does the work: the supplier, else the site; or the source site."""
    if offer.source_site_id is not None:
        return calendar_of_site(inputs, calendars, offer.source_site_id)
    suppliers = {row["supplier_id"]: row.get("calendar_id") for row in inputs.rows("suppliers")}
    return calendars.get(suppliers.get(offer.supplier_id) or "", site_calendar)
