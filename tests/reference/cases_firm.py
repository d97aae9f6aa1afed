"""Firm planned orders in random cases that are made where the item is bought or transferred."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from tests.reference.builder import Builder


def make_some_firm_orders(plain: Builder, seed: int) -> None:
    """Let firm planned orders of items with components be made, and count their lines in working days."""
    builder = replace(plain, random=Random(f"firm {seed}"))
    if builder.random.random() < 0.8:
        return
    parents = {row["parent_item_id"] for row in builder.tables.get("bom_lines", [])}
    firm = [row for row in builder.tables.get("scheduled_receipts", []) if row["status"] == "firm_planned"]
    for row in firm:
        if row["item_id"] in parents and row["supply_type"] != "transfer" and builder.random.random() < 0.7:
            row["supply_type"] = "make"
    for row in builder.tables.get("bom_lines", []):
        row["offset_days"] = builder.maybe(0.5, (1, 2, -1, -3))
