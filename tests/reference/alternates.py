"""Rule 11 for BOM alternates: clusters, their levels, and what each order takes of what is there."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from tests.reference.explosion import Choice, Needs, add_component, is_by_product, line_quantity, own_day_of, rounded
from tests.reference.facts import Facts
from tests.reference.inputs import Inputs, Node, Row, cell
from tests.reference.network import is_effective, lines_of, low_level_codes, needed_nodes
from tests.reference.supplies import Lot, Stock, read_receipts, read_stock

if TYPE_CHECKING:
    from tests.reference.orders import Line

ZERO = Fraction(0)
Group = tuple[Node, str]


@dataclass
class Network:
    """The low-level codes, the groups that share, and the cluster of each of their components."""

    codes: dict[Node, int] = field(default_factory=dict)
    groups: set[Group] = field(default_factory=set)
    clusters: dict[Node, frozenset[Node]] = field(default_factory=dict)


def members_of(inputs: Inputs, node: Node) -> dict[str, list[Row]]:
    """Return the lines of each alternate group of a node."""
    groups: dict[str, list[Row]] = {}
    for _, row in lines_of(inputs, node):
        if row.get("alternate_group") is not None:
            groups.setdefault(row["alternate_group"], []).append(row)
    return groups


def find_network(inputs: Inputs, nodes: list[Node]) -> Network:
    """Return the codes of all nodes; groups whose clusters need themselves do not share."""
    components: dict[Group, set[Node]] = {}
    for node in nodes:
        for group, rows in members_of(inputs, node).items():
            found = {(row["component_item_id"], node[1]) for row in rows}
            if len(found) > 1 and not any(map(is_by_product, rows)):
                components[node, group] = found
    while True:
        clusters = connect(components)
        circular = [cluster for cluster in set(clusters.values()) if needs_itself(inputs, clusters, cluster)]
        if not circular:
            return Network(low_level_codes(inputs, nodes, clusters), set(components), clusters)
        bad = frozenset().union(*circular)
        components = {group: found for group, found in components.items() if not found & bad}


def connect(components: dict[Group, set[Node]]) -> dict[Node, frozenset[Node]]:
    """Return the cluster of each component: all that groups connect with it."""
    clusters: list[set[Node]] = []
    for found in components.values():
        touching = [cluster for cluster in clusters if cluster & found]
        clusters = [cluster for cluster in clusters if not cluster & found]
        clusters.append(found.union(*touching))
    return {node: frozenset(cluster) for cluster in clusters for node in cluster}


def needs_itself(inputs: Inputs, clusters: dict[Node, frozenset[Node]], cluster: frozenset[Node]) -> bool:
    """Return whether what the members need leads back to one of them, clusters taken as one."""
    seen: set[Node] = set()
    waiting = [needed for node in cluster for needed in needed_nodes(inputs, node)]
    while waiting:
        node = waiting.pop()
        if node in cluster:
            return True
        if node not in seen:
            seen.add(node)
            for other in clusters.get(node, frozenset([node])):
                waiting += needed_nodes(inputs, other)
    return False


class Walk:
    """The walk through the days of one cluster: what is free of each member, and who takes it."""

    def __init__(self, inputs: Inputs, all_facts: dict[Node, Facts], needs: Needs, cluster: frozenset[Node]) -> None:
        self.inputs, self.facts, self.needs, self.cluster = inputs, all_facts, needs, cluster
        self.stock: dict[Node, Stock] = {}
        self.supplies: dict[Node, list[tuple[int, Fraction]]] = {}
        self.dedicated: dict[Node, list[Line]] = {}

    def run(self, dedicated: dict[Node, list[Line]]) -> None:
        """Give every choice its shares, day by day, and put what they come to, to the components."""
        for node in self.cluster:
            self.stock[node] = read_stock(self.inputs, node)
            receipts = [(receipt.day, receipt.quantity) for receipt in read_receipts(self.inputs, node)]
            later = list(self.stock[node].later.items())
            self.supplies[node] = [*receipts, *later, *self.needs.by_products.get(node, [])]
        self.dedicated = dedicated
        choices = sorted(self.needs.choices.pop(self.cluster, []), key=lambda choice: choice.place)
        by_day = [(self.day_of(choice), choice) for choice in choices]
        days = {day for day, _ in by_day}
        days |= {day for supplies in self.supplies.values() for day, _ in supplies}
        days |= {line.day for lines in dedicated.values() for line in lines}
        for stock in self.stock.values():
            days |= {day for lot in stock.lots for day in (lot.expiry, lot.available) if day is not None}
        for day in sorted(days):
            for node in self.cluster:
                self.open_day(node, day)
            for when, choice in by_day:
                if when == day:
                    self.share_out(choice, day)

    def day_of(self, choice: Choice) -> int:
        """Return the first day on which a candidate is needed."""
        days = [own_day_of(choice.facts, row, choice.consumption) for _, row in self.candidates(choice)]
        first = min(days)
        return first if self.inputs.options["component_date"] == "keep" else max(first, self.inputs.as_of)

    def candidates(self, choice: Choice) -> list[tuple[int, Row]]:
        """Return the lines of a choice that are in force and need something, by priority."""
        found = [
            (number, row)
            for number, row in choice.lines
            if is_effective(row, choice.consumption.effectivity_day)
            and line_quantity(self.inputs, row, choice.consumption.start_quantity) > 0
        ]
        return sorted(found, key=lambda entry: (cell(entry[1], "alternate_priority", 1), entry[0]))

    def open_day(self, node: Node, day: int) -> None:
        """Write off, receive, and let the dedicated lines of a day take what they need."""
        stock = self.stock[node]
        for lot in stock.lots:
            if lot.expiry == day:
                lot.left = ZERO
        stock.pool += sum((quantity for when, quantity in self.supplies[node] if when == day), ZERO)
        for line in self.dedicated[node]:
            if line.day == day:
                self.take(node, day, line.quantity)

    def lots_on(self, node: Node, day: int) -> list[Lot]:
        """Return the lots that are there, the earliest expiry first."""
        lots = [lot for lot in self.stock[node].lots if lot.available is None or lot.available <= day]
        return sorted((lot for lot in lots if day < lot.expiry), key=lambda lot: lot.expiry)

    def take(self, node: Node, day: int, quantity: Fraction) -> None:
        """Take of the lots, then of the pool."""
        for lot in self.lots_on(node, day):
            taken = min(lot.left, quantity)
            lot.left -= taken
            quantity -= taken
        self.stock[node].pool -= quantity

    def free(self, node: Node, day: int) -> Fraction:
        """Return what lies above the floor; a phantom has nothing."""
        facts = self.facts[node]
        if facts.is_phantom:
            return ZERO
        there = self.stock[node].pool + sum((lot.left for lot in self.lots_on(node, day)), ZERO)
        return max(ZERO, there - facts.floor(self.inputs.as_of, day))

    def share_out(self, choice: Choice, day: int) -> None:
        """Give the candidates of one order their shares."""
        candidates = self.candidates(choice)
        site = choice.facts.node[1]
        shares = {number: ZERO for number, _ in candidates}
        rest = Fraction(1)
        is_main_last = self.inputs.options["alternates"] == "alternates_first"
        for number, row in [*candidates[1:], candidates[0]] if is_main_last else candidates:
            node = (row["component_item_id"], site)
            full = line_quantity(self.inputs, row, choice.consumption.start_quantity)
            needed = rounded(self.facts[node], rest * full, math.ceil)
            free = self.free(node, day)
            if free >= needed:
                shares[number], taken = rest, needed
            else:
                taken = rounded(self.facts[node], free, math.floor)
                shares[number] = taken / full
            self.take(node, day, taken)
            rest -= shares[number]
        if rest > 0:
            orderable = [
                entry for entry in candidates if self.can_order(self.facts[entry[1]["component_item_id"], site])
            ]
            number, row = (orderable or candidates)[0]
            node = (row["component_item_id"], site)
            full = line_quantity(self.inputs, row, choice.consumption.start_quantity)
            before = rounded(self.facts[node], shares[number] * full, math.ceil)
            shares[number] += rest
            self.take(node, day, rounded(self.facts[node], shares[number] * full, math.ceil) - before)
        for number, row in candidates:
            if shares[number] > 0:
                add_component(
                    self.inputs, self.facts, choice.facts, choice.consumption, number, row, shares[number], self.needs
                )

    @staticmethod
    def can_order(facts: Facts) -> bool:
        """Return whether anything can be ordered, or blown through."""
        return facts.is_phantom or facts.has_orders
