"""Small random data sets for the constrained plan against its reference; days stand beside dates."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

AS_OF = date(2026, 3, 2)
Rows = list[dict[str, Any]]


def constrained_tables(seed: int) -> dict[str, Rows]:
    """Return tables: up to three levels, stock, receipts, lead times, fences, alternates, finite minutes by day."""
    random = np.random.default_rng(seed)
    ids = [f"i{k}" for k in range(int(random.integers(2, 5)))]
    lines: Rows = [
        {"parent_item_id": ids[int(random.integers(0, k))], "component_item_id": ids[k],
         "quantity_per": float(random.choice([1, 2, 0.5]))}
        for k in range(1, len(ids))
    ]  # fmt: skip
    made = sorted({row["parent_item_id"] for row in lines})
    tables: dict[str, Rows] = {
        "items": [_item(random, item, item in made) for item in ids],
        "bom_lines": lines,
        "demands": [_demand(random, k, ids) for k in range(int(random.integers(1, 4)))],
        "on_hand": [
            {"item_id": item, "quantity": float(random.integers(1, 12))} for item in ids if random.random() < 0.3
        ],
        "scheduled_receipts": [_receipt(random, item) for item in ids if random.random() < 0.3],
        "work_centers": [
            {"work_center_id": name, "units": int(random.integers(1, 3)), "is_finite": bool(random.random() < 0.9),
             "efficiency_fraction": float(random.choice([1.0, 0.5]))}
            for name in ("w0", "w1")
        ],
        "operations": [row for item in made for row in _steps(random, item)],
    }  # fmt: skip
    _add_alternates(random, tables, made)
    return {name: rows for name, rows in tables.items() if rows}


def _item(random: np.random.Generator, item: str, is_made: bool) -> dict[str, Any]:
    """Return one item."""
    row: dict[str, Any] = {"item_id": item, "supply_type": "make" if is_made else "buy"}
    row |= {"lead_time_days": int(random.integers(0, 6)), "is_planned": bool(random.random() < 0.95)}
    if random.random() < 0.2:
        row["safety_lead_time_days"] = int(random.integers(1, 3))
    if random.random() < 0.2:
        row["planning_time_fence_days"] = int(random.integers(1, 8))
    if random.random() < 0.3:
        row["quantity_decimals"] = 0
    if random.random() < 0.2:
        row["yield_fraction"] = float(random.choice([0.8, 0.5]))
    lots: list[dict[str, Any]] = [
        {"lot_sizing_rule": "fixed_order_quantity", "fixed_order_quantity": float(random.integers(3, 9))},
        {"lot_sizing_rule": "order_up_to", "order_up_to_level": float(random.integers(2, 9))},
        {"minimum_order_quantity": 8.0, "order_multiple": 4.0, "maximum_order_quantity": 16.0},
    ]
    kind = int(random.integers(0, 7))
    return row | (lots[kind] if kind < len(lots) else {})


def _demand(random: np.random.Generator, k: int, ids: list[str]) -> dict[str, Any]:
    """Return one demand, more often for the first items."""
    row = _on_day(random, {"demand_id": f"d{k}", "item_id": ids[int(len(ids) * random.random() ** 2)]}, -1, 14)
    return row | {"quantity": float(random.integers(1, 16)), "priority": int(random.integers(1, 4))}


def _receipt(random: np.random.Generator, item: str) -> dict[str, Any]:
    """Return one open order."""
    row = {"order_id": f"r-{item}", "item_id": item, "status": "released", "supply_type": "buy"}
    return _on_day(random, row, 0, 12) | {"quantity": float(random.integers(1, 12))}


def _on_day(random: np.random.Generator, row: dict[str, Any], first: int, end: int) -> dict[str, Any]:
    """Return a row with a day and its date."""
    day = int(random.integers(first, end))
    return row | {"day": day, "due_date": AS_OF + timedelta(days=day)}


def _steps(random: np.random.Generator, item: str) -> Rows:
    """Return the operations of an item, some with a second work center."""
    return [
        {"item_id": item, "operation_sequence": sequence, "work_center_id": center, "alternate_priority": priority,
         "setup_minutes": float(random.integers(0, 100)), "run_minutes_per_unit": float(random.integers(1, 200)),
         "queue_minutes": float(random.choice([0, 0, 120])), "wait_minutes": float(random.choice([0, 0, 360])),
         "yield_fraction": 1.0}
        for sequence in range(10, 10 + 10 * int(random.integers(0, 3)), 10)
        for priority, center in enumerate(("w0", "w1")[: int(random.integers(1, 3))], 1)
    ]  # fmt: skip


def _add_alternates(random: np.random.Generator, tables: dict[str, Rows], made: list[str]) -> None:
    """Add second suppliers and alternate components."""
    tables["suppliers"] = [{"supplier_id": name} for name in ("s1", "s2")]
    tables["item_suppliers"] = [
        {"item_id": row["item_id"], "supplier_id": name, "priority": k, "lead_time_days": int(random.integers(0, 8))}
        for row in tables["items"]
        if row["item_id"] not in made and random.random() < 0.4
        for k, name in enumerate(("s1", "s2"), 1)
    ]
    for row in list(tables["bom_lines"]):
        if row["component_item_id"] not in made and random.random() < 0.3:
            name = f"alt-{row['component_item_id']}"
            tables["items"].append(
                {"item_id": name, "supply_type": "buy", "lead_time_days": int(random.integers(0, 6))}
            )
            group = {"alternate_group": name}
            tables["bom_lines"].append(row | group | {"component_item_id": name, "alternate_priority": 2})
            row.update(group | {"alternate_priority": 1})
