"""An independent, slow and exact material plan: the second witness for the engine's netting.

It is written from docs/concepts/netting.md alone and shares no code with the engine. Numbers are fractions, days are
counted one by one, and nothing is done cleverly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any

from tests.reference.alternates import Walk, find_network
from tests.reference.calendars import read_calendars
from tests.reference.ddmrp import Buffer, buffered_facts, decoupled_lead_time
from tests.reference.explosion import AFTER_FIRM_ORDERS, Needs, blow_through, explode, require_at_source
from tests.reference.facts import Facts, calendar_of_site, node_facts, with_only_offer
from tests.reference.forecast import ForecastPlan, plan_forecast
from tests.reference.inputs import Inputs, Node, cell, optional_day
from tests.reference.netting import Events, Netting
from tests.reference.network import find_nodes, is_firm_without_allocations, low_level_codes, receipt_source
from tests.reference.orders import (
    Consumption,
    Lateness,
    Line,
    PlannedOrder,
    Receipt,
    days_before,
    lead_time,
)
from tests.reference.push import Supply, push_order, serve
from tests.reference.requirements import external_lines
from tests.reference.reschedule import Message, message, most_needed, reschedule, resize
from tests.reference.shortages import StockMessage, stock_messages
from tests.reference.supplies import Stock, read_receipts, read_stock, write_off_lots

ZERO = Fraction(0)


@dataclass(frozen=True)
class Requirement:
    """One row of the requirements table."""

    item_id: str
    site_id: str
    day: int
    quantity: Fraction
    kind: str
    source_id: str | None
    original_day: int | None


@dataclass
class ReferencePlan:
    """Everything that the reference says about a data set."""

    as_of: int
    forecast: ForecastPlan = field(default_factory=lambda: ForecastPlan({}, {}, []))
    low_level_codes: dict[Node, int] = field(default_factory=dict)
    planned_orders: list[PlannedOrder] = field(default_factory=list)
    requirements: list[Requirement] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    past_due_demands: list[str] = field(default_factory=list)
    expired_stock: list[tuple[str, str, int, Fraction]] = field(default_factory=list)
    late_demands: list[tuple[str, int]] = field(default_factory=list)
    stock_messages: list[StockMessage] = field(default_factory=list)
    balances: dict[Node, list[tuple[int, Fraction]]] = field(default_factory=dict)
    buffers: dict[Node, tuple[Fraction, ...]] = field(default_factory=dict)
    events: dict[Node, tuple[Fraction, Events]] = field(default_factory=dict)  # stock on as_of, and what happens after


def plan(
    tables: Mapping[str, list[dict[str, Any]]],
    as_of: date,
    options: Mapping[str, Any],
    horizon_end: date | None = None,
    holding_rate_per_year: float = 0.0,
) -> ReferencePlan:
    """Return the plan of a data set."""
    return Planner(Inputs(tables, as_of, options, horizon_end, holding_rate_per_year)).run()


class Planner:
    """One run over all nodes, level by level."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.needs = Needs()
        self.result = ReferencePlan(inputs.as_of)
        self.result.forecast = plan_forecast(inputs)
        nodes = find_nodes(inputs)
        low_level_codes(inputs, nodes)  # a cycle stops here
        network = find_network(inputs, nodes)
        self.result.low_level_codes = network.codes
        self.needs.clusters = network.clusters
        if inputs.options["alternates"] != "fixed_usage":
            self.needs.groups = network.groups
        calendars = read_calendars(inputs)
        codes = self.result.low_level_codes
        self.own_facts = {node: node_facts(inputs, calendars, node, codes[node]) for node in nodes}
        self.facts = {node: buffered_facts(inputs, facts) for node, facts in self.own_facts.items()}
        self.nodes = sorted(nodes, key=lambda node: (self.facts[node].low_level_code, inputs.node_order(node)))
        self.lines: dict[Node, list[Line]] = {}
        self.supplies: dict[Node, list[Supply]] = {}
        self.on_hand: dict[Node, Fraction] = {}
        self.orders: dict[Node, list[PlannedOrder]] = {}
        self.stocks: dict[Node, Stock] = {}
        self.receipts: dict[Node, list[Receipt]] = {}

    def run(self) -> ReferencePlan:
        """Plan every node after everything that can need it."""
        for node in self.nodes:
            self.explode_firm_receipts(self.own_facts[node])
        for node in self.nodes:
            self.plan_node(node)
        if self.inputs.options["past_release"] == "push":
            self.push()
        self.result.planned_orders = [order for node in self.nodes for order in self.orders[node]]
        for node in self.nodes:
            if not self.facts[node].is_phantom:
                stock, events = self.result.events[node]
                found = stock_messages(self.inputs, self.facts[node], stock, events, self.orders[node])
                self.result.stock_messages += found
        return self.result

    def plan_node(self, node: Node) -> None:
        """Gather a node's lines and supplies, net them or blow them through, and explode its orders."""
        facts = self.facts[node]
        if (cluster := self.needs.clusters.get(node)) in self.needs.choices:
            self.share_alternates(cluster)
        lines = external_lines(self.inputs, node, self.result.forecast) + self.needs.lines.get(node, [])
        lines.sort(key=lambda line: (line.day, line.place))
        self.lines[node] = lines
        self.note_requirements(facts, lines)
        stock, receipts = read_stock(self.inputs, node), read_receipts(self.inputs, node)
        self.orders[node] = []
        if facts.is_phantom:
            self.note_expired(facts, stock.expired)
            blow_through(self.inputs, self.facts, facts, lines, stock.on_hand, receipts, self.needs)
            return
        self.net_node(facts, lines, stock, receipts)
        for number, order in enumerate(self.orders[node]):
            self.consume(
                facts,
                facts.supply_type,
                order.facts.source_site_id,
                Consumption(
                    source_id=order.order_id,
                    start_quantity=order.start_quantity,
                    release=order.release,
                    due=order.due,
                    effectivity_day=self.effectivity_day(order.release, order.due),
                    is_at_end=False,
                    lateness=order.lateness,
                    sequence=AFTER_FIRM_ORDERS + number,
                ),
            )

    def share_alternates(self, cluster: frozenset[Node]) -> None:
        """Let the orders that have a choice take what is there of a cluster's members."""
        dedicated = {
            node: external_lines(self.inputs, node, self.result.forecast) + self.needs.lines.get(node, [])
            for node in cluster
        }
        Walk(self.inputs, self.facts, self.needs, cluster).run(dedicated)

    def net_node(self, facts: Facts, lines: list[Line], stock: Stock, receipts: list[Receipt]) -> None:
        """Move the receipts, then net."""
        events = Events()
        for line in lines:
            events.lines.setdefault(line.day, []).append(line)
        write_off_lots(stock, lines)
        for lot in stock.lots:
            events.write_offs[lot.expiry] = events.write_offs.get(lot.expiry, ZERO) + lot.lost
        arrivals = self.arrivals(facts.node, stock)
        for day, quantity in arrivals:
            events.supplies[day] = events.supplies.get(day, ZERO) + quantity
        if facts.buffer is not None:
            self.net_buffer(facts, stock, events, receipts)
            return
        changes = {
            day: events.needed(day) - events.opening(day)
            for day in set(events.lines) | set(events.supplies) | set(events.write_offs)
        }
        self.result.messages += reschedule(
            self.inputs, with_only_offer(self.inputs, facts), stock.on_hand, receipts, changes
        )
        shown = Events(events.lines, dict(events.supplies), events.write_offs)
        for receipt in receipts:
            for supplies, day in ((events.supplies, receipt.counted_day), (shown.supplies, receipt.netting_day)):
                supplies[day] = supplies.get(day, ZERO) + receipt.quantity
        netting = Netting(self.inputs, facts, stock.on_hand, events, receipts)
        netting.run()
        most = most_needed(self.inputs, facts, stock.on_hand, changes)
        self.result.messages += resize(self.inputs, with_only_offer(self.inputs, facts), most, receipts, netting.orders)
        self.orders[facts.node] = netting.orders
        self.result.balances[facts.node] = netting.balances
        self.result.events[facts.node] = stock.on_hand, shown
        self.note_expired(facts, stock.expired + [(lot.expiry, lot.lost) for lot in stock.lots])
        self.keep_supplies(facts.node, stock, receipts)

    def net_buffer(self, facts: Facts, stock: Stock, events: Events, receipts: list[Receipt]) -> None:
        """Replenish a buffer; its receipts keep their dates."""
        days = decoupled_lead_time(self.inputs, self.facts, facts)
        buffer = Buffer(self.inputs, facts, days, stock.on_hand, events, receipts)
        buffer.run()
        self.orders[facts.node] = buffer.orders
        self.result.buffers[facts.node] = buffer.facts_on_as_of()
        late = [receipt for receipt in receipts if receipt.due < self.inputs.as_of]
        self.result.messages += [
            message("past_due_receipt", facts, receipt, self.inputs.as_of, False) for receipt in late
        ]
        for receipt in receipts:
            events.supplies[receipt.day] = events.supplies.get(receipt.day, ZERO) + receipt.quantity
        self.result.events[facts.node] = stock.on_hand, events
        self.note_expired(facts, stock.expired + [(lot.expiry, lot.lost) for lot in stock.lots])
        self.keep_supplies(facts.node, stock, receipts)

    def arrivals(self, node: Node, stock: Stock) -> list[tuple[int, Fraction]]:
        """Return later quality stock and by-products, by day."""
        lots = [(lot.available, lot.quantity) for lot in stock.lots if lot.available is not None]
        return [*stock.later.items(), *lots, *self.needs.by_products.get(node, [])]

    def explode_firm_receipts(self, facts: Facts) -> None:
        """Explode the firm planned receipts for which nothing is allocated, a phantom's when they count."""
        if facts.is_phantom and self.inputs.options["phantom_stock"] == "ignore":
            return
        for receipt in sorted(read_receipts(self.inputs, facts.node), key=lambda other: other.number):
            if not is_firm_without_allocations(self.inputs, receipt.row):
                continue
            kind = cell(receipt.row, "supply_type", facts.supply_type)
            source = receipt_source(self.inputs, receipt.row)
            release = optional_day(receipt.row.get("release_date"))
            if release is None:
                way = facts if source is None or kind != "transfer" else self.on_lane(facts, source)
                days = lead_time(self.inputs, way.at(receipt.due), receipt.quantity, kind)
                release = days_before(way, receipt.due, days)
            consumption = Consumption(
                source_id=receipt.order_id,
                start_quantity=receipt.quantity / facts.at(receipt.due).yield_fraction,
                release=release,
                due=receipt.due,
                effectivity_day=self.effectivity_day(release, receipt.due),
                is_at_end=False,
                lateness=Lateness(),
                sequence=receipt.number,
            )
            self.consume(facts, kind, source, consumption)

    def on_lane(self, facts: Facts, source: str) -> Facts:
        """Return the facts of an open transfer: the lead time of the first lane from its source, on its calendar."""
        rows = [offer.row for offer in facts.offers if offer.source_site_id == source]
        return replace(
            facts,
            lead_time_days=cell(rows[0] if rows else {}, "lead_time_days", facts.lead_time_days),
            worker_calendar=calendar_of_site(self.inputs, facts.calendars, source),
        )

    def consume(self, facts: Facts, kind: str, source: str | None, consumption: Consumption) -> None:
        """Put what an order needs to its components, or to its source."""
        if kind == "make":
            explode(self.inputs, self.facts, facts, consumption, self.needs)
        elif kind == "transfer" and source is not None:
            require_at_source(self.inputs, self.facts[facts.node[0], source], facts, consumption, self.needs)

    def effectivity_day(self, release: int, due: int) -> int:
        """Return the day on which a BOM line must be effective."""
        return due if self.inputs.options["effectivity_at"] == "due" else release

    def note_requirements(self, facts: Facts, lines: list[Line]) -> None:
        """Write the requirement rows of a node."""
        item, site = facts.node
        for line in lines:
            original = line.own_day if line.own_day != line.day else None
            self.result.requirements.append(
                Requirement(item, site, line.day, line.quantity, line.kind, line.source_id, original)
            )
            if line.place[0] == 0 and line.own_day < self.inputs.as_of:
                self.result.past_due_demands.append(line.source_id)
        for day, rise in [] if facts.is_phantom else facts.floor_steps(self.inputs.as_of):
            self.result.requirements.append(Requirement(item, site, day, rise, "safety_stock", None, None))

    def note_expired(self, facts: Facts, expired: list[tuple[int, Fraction]]) -> None:
        """Write what expired unused, summed by expiry day."""
        by_day: dict[int, Fraction] = {}
        for day, quantity in expired:
            by_day[day] = by_day.get(day, ZERO) + quantity
        item, site = facts.node
        self.result.expired_stock += [(item, site, day, q) for day, q in sorted(by_day.items()) if q != 0]

    def keep_supplies(self, node: Node, stock: Stock, receipts: list[Receipt]) -> None:
        """Remember what serves lines, for pushing: what is written off serves nothing."""
        self.stocks[node], self.receipts[node] = stock, receipts
        self.on_hand[node] = stock.pool + sum((lot.used for lot in stock.lots if lot.available is None), ZERO)
        supplies: list[Supply] = []
        later_lots = [(lot.available, lot.used) for lot in stock.lots if lot.available is not None]
        for number, (day, quantity) in enumerate([*stock.later.items(), *later_lots]):
            supplies.append(Supply(day, (0, number), quantity, day))
        for number, receipt in enumerate(receipts):
            supplies.append(Supply(receipt.counted_day, (1, number), receipt.quantity, receipt.netting_day))
        for number, (day, quantity) in enumerate(self.needs.by_products.get(node, [])):
            supplies.append(Supply(day, (2, number), quantity, day))
        self.supplies[node] = supplies

    def push(self) -> None:
        """Move orders level by level from the deepest, and pass the lateness up."""
        for node in reversed(self.nodes):
            if self.facts[node].is_phantom:
                continue
            supplies = self.supplies[node]
            for number, order in enumerate(self.orders[node]):
                push_order(self.inputs, order)
                supplies.append(Supply(order.need, (3, number), order.quantity, order.due))
            on_hand = self.on_hand[node]
            if on_hand > 0:
                first = min([self.inputs.as_of, *(line.day for line in self.lines[node])]) - 1
                supplies.append(Supply(first, (0, 0), on_hand, first))
            arrivals = serve(max(-on_hand, ZERO), self.lines[node], supplies)
            for line, arrival in zip(self.lines[node], arrivals, strict=True):
                if arrival is not None and arrival > line.day and line.lateness is not None:
                    self.pass_up(line, arrival)
        self.note_late_demands()

    def pass_up(self, line: Line, arrival: int) -> None:
        """Tell the order at the top, or the demand, how late a line is."""
        assert line.lateness is not None
        if line.kind == "dependent":
            line.lateness.note(arrival - line.own_day, line.is_at_end)
        else:
            line.lateness.note(arrival - line.day, False)

    def note_late_demands(self) -> None:
        """Write the demands that come out late, with the day on which they are served."""
        for lines in self.lines.values():
            for line in lines:
                if line.place[0] == 0 and line.lateness is not None:
                    days = max(line.lateness.at_release, line.lateness.at_end)
                    if days > 0:
                        self.result.late_demands.append((line.source_id, line.day + days))
