"""Who serves whom, unit by unit: pegging of one node in fractions, written from docs/concepts/pegging.md alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from tests.reference.inputs import Node
from tests.reference.mrp import Planner

ZERO = Fraction(0)


@dataclass
class PeggedSupply:
    """A supply: its name, the day in whose turn it serves, the day it is there, and what is left of it."""

    kind: str
    name: str
    turn: tuple[int, int, int]
    arrival: int
    left: Fraction


@dataclass
class Need:
    """A requirement: its day and what is still open of it."""

    day: int
    open: Fraction
    is_floor: bool = False
    served: list[tuple[PeggedSupply, Fraction]] = field(default_factory=list)

    def take(self, supply: PeggedSupply, most: Fraction) -> None:
        """Take what is there, at most so much."""
        taken = min(most, self.open, supply.left)
        if taken > 0:
            self.served.append((supply, taken))
            self.open -= taken
            supply.left -= taken


def pegged(planner: Planner, node: Node) -> tuple[list[Need], list[tuple[Need, PeggedSupply, Fraction]]]:
    """Return the requirements of a node that is no phantom, and who serves whom."""
    facts, as_of = planner.facts[node], planner.inputs.as_of
    needs = [Need(line.day, line.quantity) for line in planner.lines[node]]
    for day, rise in facts.floor_steps(as_of):
        place = sum(1 for need in needs if need.day < day)
        needs.insert(place, Need(day, rise, is_floor=True))
    serve_lots(planner, node, needs)
    debt, supplies = waiting_supplies(planner, node)
    for supply in supplies:
        taken = min(debt, supply.left)
        supply.left -= taken
        debt -= taken
    serve_in_turn(needs, supplies, as_of)
    return needs, [(need, supply, quantity) for need in needs for supply, quantity in need.served]


def serve_lots(planner: Planner, node: Node, needs: list[Need]) -> None:
    """Let the lots serve, the earliest expiry first."""
    lots = planner.stocks[node].lots
    for number, lot in sorted(enumerate(lots), key=lambda pair: pair[1].expiry):
        first = planner.inputs.as_of if lot.available is None else lot.available
        supply = PeggedSupply("on_hand", f"lot {number}", (0, 0, 0), first, lot.quantity)
        for need in needs:
            is_there = lot.available is None or lot.available <= need.day
            if is_there and need.day < lot.expiry and not need.is_floor:
                need.take(supply, supply.left)


def waiting_supplies(planner: Planner, node: Node) -> tuple[Fraction, list[PeggedSupply]]:
    """Return what negative stock owes, and all supplies that do not expire, in their order."""
    stock, as_of = planner.stocks[node], planner.inputs.as_of
    first = -(10**9)
    supplies = [PeggedSupply("on_hand", "pool", (first, 0, 0), as_of, max(stock.pool, ZERO))]
    for day, quantity in stock.later.items():
        supplies.append(PeggedSupply("on_hand", f"later {day}", (day, 1, 0), day, quantity))
    for number, receipt in enumerate(planner.receipts[node]):
        day = receipt.netting_day
        supplies.append(PeggedSupply("scheduled_receipt", receipt.order_id, (day, 2, number), day, receipt.quantity))
    for number, (day, quantity) in enumerate(planner.needs.by_products.get(node, [])):
        supplies.append(PeggedSupply("by_product", "", (day, 3, number), day, quantity))
    for number, order in enumerate(planner.orders[node]):
        arrival = max(order.need, order.due)
        turn = (order.need, 4, number)
        supplies.append(PeggedSupply("planned_order", order.order_id, turn, arrival, order.quantity))
    return max(-stock.pool, ZERO), sorted((s for s in supplies if s.left > 0), key=lambda supply: supply.turn)


def held_back(needs: list[Need], supplies: list[PeggedSupply], floor: Need, before: Fraction, as_of: int) -> Fraction:
    """Return what a safety stock can hold back without making a later requirement late or short."""
    held, required = floor.open, before
    place = next(number for number, need in enumerate(needs) if need is floor)
    for number, need in enumerate(needs):
        if need.is_floor:
            continue
        required += need.open
        there = sum((supply.left for supply in leading(supplies, max(need.day, as_of))), ZERO)
        if number > place and need.open > 0:
            held = min(held, there - required)
    return max(held, ZERO)


def leading(supplies: list[PeggedSupply], day: int) -> Iterator[PeggedSupply]:
    """Yield the supplies in their order up to the first one that is not there by a day."""
    for supply in supplies:
        if supply.name != "pool" and supply.arrival > day:
            return
        yield supply


def serve_in_turn(needs: list[Need], supplies: list[PeggedSupply], as_of: int) -> None:
    """Serve the requirements in their order, the rest of the safety stock last."""
    floors = [need for need in needs if need.is_floor]
    rests, before = [], ZERO
    for floor in floors:
        held = held_back(needs, supplies, floor, before, as_of)
        rests.append(floor.open - held)
        floor.open = held
        before += held
    for need in needs:
        for supply in supplies:
            need.take(supply, need.open)
    for floor, rest in zip(floors, rests, strict=True):
        floor.open += rest
        for supply in supplies:
            floor.take(supply, floor.open)


def pegging_rows(planner: Planner) -> list[tuple[tuple[str, str, str, date], Fraction]]:
    """Return requirement, supply kind, supply id (of orders) and supply date, with the quantity; phantoms left out."""
    rows: list[tuple[tuple[str, str, str, date], Fraction]] = []
    for node in planner.nodes:
        if planner.facts[node].is_phantom:
            continue
        item, site = node
        needs, served = pegged(planner, node)
        names: dict[int, str] = {}
        for number, need in enumerate(needs):
            of_day = sum(1 for other in needs[:number] if other.day == need.day)
            names[id(need)] = f"{item}@{site}/{date.fromordinal(need.day)}/r{of_day + 1}"
        for need, supply, quantity in served:
            name = supply.name if supply.kind in ("scheduled_receipt", "planned_order") else ""
            rows.append(((names[id(need)], supply.kind, name, date.fromordinal(supply.arrival)), quantity))
    return rows
