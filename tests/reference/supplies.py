"""What is there and what comes: the pool, lots that expire, later quality stock, open receipts."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from tests.reference.inputs import Inputs, Node, Row, cell, day_number, exact, optional_day
from tests.reference.orders import Line, Receipt


@dataclass
class Lot:
    """Stock with an end; `available` is None for stock that is there on as_of."""

    expiry: int
    available: int | None
    quantity: Fraction
    left: Fraction
    lost: Fraction = Fraction(0)

    @property
    def used(self) -> Fraction:
        """What requirements took."""
        return self.quantity - self.lost


@dataclass
class Stock:
    """The stock of a node."""

    pool: Fraction = Fraction(0)
    lots: list[Lot] = field(default_factory=list)
    later: dict[int, Fraction] = field(default_factory=dict)  # quality stock without an end, by day
    expired: list[tuple[int, Fraction]] = field(default_factory=list)  # on or before as_of

    @property
    def on_hand(self) -> Fraction:
        """The usable stock on as_of."""
        return self.pool + sum((lot.quantity for lot in self.lots if lot.available is None), Fraction(0))


def read_stock(inputs: Inputs, node: Node) -> Stock:
    """Return the stock of a node, row by row."""
    stock = Stock()
    for row in inputs.rows("on_hand"):
        if inputs.node_of(row) == node and exact(row["quantity"]) != 0:
            add_stock_row(stock, row, inputs.as_of)
    return stock


def add_stock_row(stock: Stock, row: Row, as_of: int) -> None:
    """Put one row where it belongs, if it counts."""
    quantity, status = exact(row["quantity"]), cell(row, "status", "available")
    expiry, available = optional_day(row.get("expiry_date")), None
    if status == "blocked":
        return
    if status == "quality":
        if row.get("available_date") is None:
            return
        day = day_number(row["available_date"])
        available = day if day > as_of else None
    if available is None and (expiry is None or quantity < 0):
        stock.pool += quantity
    elif available is None and expiry is not None and expiry <= as_of:
        stock.expired.append((expiry, quantity))
    elif available is not None and (expiry is None or quantity < 0):
        stock.later[available] = stock.later.get(available, Fraction(0)) + quantity
    elif expiry is not None and (available is None or expiry > available):
        stock.lots.append(Lot(expiry, available, quantity, quantity))


def write_off_lots(stock: Stock, lines: list[Line]) -> None:
    """Set what each lot loses on its expiry day, when requirements take the earliest expiry first."""
    days = {line.day for line in lines} | {lot.expiry for lot in stock.lots}
    for day in sorted(days):
        for lot in stock.lots:
            if lot.expiry == day:
                lot.left, lot.lost = Fraction(0), lot.left
        needed = sum((line.quantity for line in lines if line.day == day), Fraction(0))
        for lot in sorted(stock.lots, key=lambda lot: lot.expiry):
            if lot.available is None or lot.available <= day:
                taken = min(lot.left, needed)
                lot.left -= taken
                needed -= taken


def read_receipts(inputs: Inputs, node: Node) -> list[Receipt]:
    """Return the open receipts of a node by (due date, row), not yet moved."""
    receipts = []
    for number, row in enumerate(inputs.rows("scheduled_receipts")):
        quantity = exact(row["quantity"])
        if inputs.node_of(row) == node and quantity != 0:
            due = day_number(row["due_date"])
            day = max(due, inputs.as_of)
            receipts.append(Receipt(row, number, row["order_id"], quantity, due, day, day, day))
    return sorted(receipts, key=lambda receipt: (receipt.due, receipt.number))
