"""Plan material from frames in Python: tables in, planned orders out.

A kit of 2 boards and 1 box; 3 boards are in stock, boxes are bought by the dozen.

    python examples/plan_in_python.py
"""

from __future__ import annotations

from datetime import date

import polars as pl

from planning.checks import validate
from planning.mrp import run_mrp
from planning.options import MrpOptions

TABLES = {
    "items": pl.DataFrame(
        {"item_id": ["kit", "board", "box"], "lead_time_days": [1, 5, 3], "order_multiple": [0.0, 0.0, 12.0]}
    ),
    "bom_lines": pl.DataFrame(
        {
            "parent_item_id": ["kit", "kit"],
            "component_item_id": ["board", "box"],
            "quantity_per": [2.0, 1.0],
        }
    ),
    "demands": pl.DataFrame({"item_id": ["kit"], "due_date": [date(2026, 1, 20)], "quantity": [10.0]}),
    "on_hand": pl.DataFrame({"item_id": ["board"], "quantity": [3.0]}),
}


def main() -> None:
    """Print the planned orders."""
    data = validate(TABLES, {"as_of": date(2026, 1, 5)}).data
    result = run_mrp(data, MrpOptions())
    orders = result.table("planned_orders").select("item_id", "supply_type", "quantity", "release_date", "due_date")
    for item_id, supply_type, quantity, release_date, due_date in orders.rows():
        print(f"{supply_type:5} {quantity:4.0f} {item_id:6} release {release_date} due {due_date}")


if __name__ == "__main__":
    main()
