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

    @property
    def has_orders(self) -> bool:
        """Whether anything can be ordered."""
        return self.is_planned and not (self.supply_type == "transfer" and not self.offers)

    @property
    def lowered_maximum(self) -> Fraction:
        """The maximum as a multiple of the order multiple."""
        assert self.maximum is not None
        return self.maximum // self.multiple * self.multiple if self.multiple > 0 else self.maximum


def node_facts(inputs: Inputs, calendars: dict[str, Calendar], node: Node, code: int) -> Facts:
    """Return what is known about a node."""
    site_calendar = calendar_of_site(inputs, calendars, node[1])
    unit_cost = exact(cell(inputs.items[node[0]], "unit_cost", 0))
    holding_cost = optional_exact(inputs.parameter(node, "holding_cost_per_unit_day"))
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
        safety_lead_time_days=inputs.parameter(node, "safety_lead_time_days"),
        safety_stock=exact(inputs.parameter(node, "safety_stock")),
        rule=inputs.parameter(node, "lot_sizing_rule"),
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


def calendar_of_worker(
    inputs: Inputs, calendars: dict[str, Calendar], site_calendar: Calendar, offer: Offer
) -> Calendar:
    """Return the calendar of who does the work: the supplier, else the site; or the source site."""
    if offer.source_site_id is not None:
        return calendar_of_site(inputs, calendars, offer.source_site_id)
    suppliers = {row["supplier_id"]: row.get("calendar_id") for row in inputs.rows("suppliers")}
    return calendars.get(suppliers.get(offer.supplier_id) or "", site_calendar)
