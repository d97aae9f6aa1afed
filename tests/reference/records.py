"""The MRP record of the reference, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tests.reference.inputs import Node
from tests.reference.mrp import ReferencePlan

ZERO = Fraction(0)


@dataclass
class RecordRow:
    """One day of one node."""

    gross_requirements: Fraction = ZERO
    scheduled_receipts: Fraction = ZERO
    balance: Fraction = ZERO
    net_requirements: Fraction = ZERO
    planned_order_receipts: Fraction = ZERO
    planned_order_releases: Fraction = ZERO

    @property
    def cells(self) -> tuple[Fraction, ...]:
        """The numbers in the order of the table mrp_records."""
        return (
            self.gross_requirements,
            self.scheduled_receipts,
            self.balance,
            self.net_requirements,
            self.planned_order_receipts,
            self.planned_order_releases,
        )


def daily_records(reference: ReferencePlan, node: Node, as_of: int, last: int) -> dict[int, RecordRow]:
    """Return a row for each day from as_of to the last; what lies before as_of counts on it."""
    rows = {day: RecordRow() for day in range(as_of, last + 1)}
    on_hand, events = reference.events[node]
    for day, lines in events.lines.items():
        rows[max(day, as_of)].gross_requirements += sum((line.quantity for line in lines), ZERO)
    for day, quantity in events.supplies.items():
        rows[max(day, as_of)].scheduled_receipts += quantity
    for day, quantity in events.write_offs.items():
        rows[day].scheduled_receipts -= quantity  # what expires goes off what comes in
    for order in reference.planned_orders:
        if order.facts.node == node:
            rows[max(order.need, as_of)].net_requirements += order.net_requirement
            rows[max(order.due, as_of)].planned_order_receipts += order.quantity
            rows[max(order.release, as_of)].planned_order_releases += order.quantity
    balance = on_hand
    for row in rows.values():
        balance += row.scheduled_receipts + row.planned_order_receipts - row.gross_requirements
        row.balance = balance
    return rows
