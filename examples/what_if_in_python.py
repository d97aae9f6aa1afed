"""What if, in Python: edits as text, a plan made anew for what they reach, and what differs.

A kit and its box; more kits are sold, and the supplier of boxes gets slower.

    python examples/what_if_in_python.py
"""

from __future__ import annotations

from datetime import date

import polars as pl

from planning.checks import validate
from planning.compare import compare
from planning.editing.text import parse_edits
from planning.mrp import run_mrp
from planning.net_change import replan

TABLES = {
    "items": pl.DataFrame(
        {"item_id": ["kit", "box"], "lead_time_days": [1, 3], "unit_cost": [20.0, 2.0], "order_multiple": [0.0, 12.0]}
    ),
    "bom_lines": pl.DataFrame({"parent_item_id": ["kit"], "component_item_id": ["box"]}),
    "demands": pl.DataFrame({"item_id": ["kit"], "due_date": [date(2026, 1, 20)], "quantity": [10.0]}),
}
EDITS = """
demands where item_id = 'kit': quantity * 1.5   # a better year
items where item_id = 'box': lead_time_days + 2   # a slower supplier
"""


def main() -> None:
    """Print every order that the edits change, and the figures that differ."""
    plan = run_mrp(validate(TABLES, {"as_of": "2026-01-05"}).data)
    found = compare(plan, replan(plan, parse_edits(EDITS)))
    for row in found.orders().iter_rows(named=True):
        print(
            f"{row['change']:18}{row['item_id']:5}{row['quantity_before']:g} -> {row['quantity_after']:g}, release "
            f"{row['release_date_before']} -> {row['release_date_after']}, by edit {row['edits']}"
        )
    for name, before, after in found.table("kpi_changes").select("name", "before", "after").rows():
        if before != after:
            print(f"{name:24}{before:12.2f}{after:12.2f}")


if __name__ == "__main__":
    main()
