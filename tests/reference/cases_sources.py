"""The part of a random case that gives items several suppliers and lanes, with dates and fractions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.reference.builder import Builder


def add_sources(builder: Builder) -> None:
    """Add more offers, of bought items above all, and dates and fractions to offers and lanes."""
    names = [row["supplier_id"] for row in builder.tables.get("suppliers", [])]
    for row in builder.tables["items"] if names and builder.random.random() < 0.7 else []:
        for _ in range(builder.pick((0, 1, 2, 3))):
            builder.add(
                "item_suppliers",
                item_id=row["item_id"],
                supplier_id=builder.pick(names),
                lead_time_days=builder.maybe(0.6, (0, 1, 5)),
                minimum_order_quantity=builder.maybe(0.2, (4.0,)),
                order_multiple=builder.maybe(0.2, (2.0, 5.0)),
                maximum_order_quantity=builder.maybe(0.2, (15.0 * 2 ** builder.depth(row["item_id"]),)),
                priority=builder.maybe(0.7, (1, 2, 3)),
            )
    is_split = builder.random.random() < 0.6
    for table in ("item_suppliers", "transfer_lanes"):
        for row in builder.tables.get(table, []):
            row["split_fraction"] = builder.maybe(0.8, (0.5, 0.3, 0.7, 0.25, 0.0)) if is_split else None
            add_dates(builder, row)


def add_dates(builder: Builder, row: dict[str, Any]) -> None:
    """Put dates within the time of the plan on a row, often none."""
    if builder.chance(0.3):
        start = builder.maybe(0.6, [builder.day(-5, 25)])
        row["effective_from"] = start
        row["effective_to"] = builder.maybe(0.6, [(start or builder.as_of) + timedelta(builder.random.randint(1, 25))])
