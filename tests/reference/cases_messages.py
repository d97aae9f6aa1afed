"""What random cases need to reach the rules of messages and of ids."""

from __future__ import annotations

from tests.reference.builder import Builder


def firm_some_orders(builder: Builder) -> None:
    """Give some open orders the id that a planned order could have, as firming one does."""
    taken = set()
    for row in builder.tables.get("scheduled_receipts", []):
        if builder.chance(0.1):
            day = builder.pick(
                [demand["due_date"] for demand in builder.tables.get("demands", [])] or [row["due_date"]]
            )
            name = f"{row['item_id']}@{row['site_id'] or 'MAIN'}/{day.isoformat()}/{builder.pick((1, 2))}"
            if name not in taken:
                taken.add(name)
                row["order_id"] = name
