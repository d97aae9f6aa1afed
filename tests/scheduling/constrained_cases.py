"""Random small data sets for the constrained plan: levels, lots, calendars, fences, alternates, work centers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from planning.checks import validate
from planning.data import PlanningData

AS_OF = date(2026, 3, 2)
Rows = list[dict[str, Any]]


def random_tables(seed: int, is_plain: bool = False) -> dict[str, Rows]:
    """Return the tables of a random data set.

    Parameters
    ----------
    is_plain
        Neither lead times nor work centers: what is left is netting, with safety stocks or, for odd seeds, limits.
    """
    random = np.random.default_rng(seed)
    n_items = int(random.integers(2, 8))
    ids = [f"i{k}" for k in range(n_items)]
    lines = [
        {"parent_item_id": ids[parent], "component_item_id": ids[k], "quantity_per": float(random.choice([1, 2, 0.5]))}
        for k in range(1, n_items)
        for parent in sorted({int(random.integers(0, k)) for _ in range(int(random.integers(1, 3)))})
    ]
    tables: dict[str, Rows] = {
        "items": [_plain_item(random, item, seed % 2 == 1) if is_plain else _item(random, item) for item in ids],
        "bom_lines": lines,
        "demands": _demands(random, ids),
        "on_hand": [
            {"item_id": item, "quantity": float(random.integers(-3, 20))} for item in ids if random.random() < 0.4
        ],
        "scheduled_receipts": [
            {"order_id": f"r-{item}", "item_id": item, "due_date": _day(random, 0, 20),
             "quantity": float(random.integers(1, 20)), "status": str(random.choice(["released", "firm_planned"]))}
            for item in ids if random.random() < 0.3
        ],
    }  # fmt: skip
    if is_plain:
        for row in tables["scheduled_receipts"]:
            row["status"] = "released"
    else:
        _add_features(random, ids, tables)
    return {name: rows for name, rows in tables.items() if rows}


def random_data(seed: int, is_plain: bool = False) -> PlanningData:
    """Return a random data set."""
    frames = {
        name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in random_tables(seed, is_plain).items()
    }
    return validate(frames, {"as_of": AS_OF}).data


def _item(random: np.random.Generator, item: str) -> dict[str, Any]:
    """Return one item."""
    row: dict[str, Any] = {"item_id": item, "unit_cost": float(random.integers(1, 20))}
    if random.random() < 0.3:
        row["safety_stock"] = float(random.integers(1, 10))
    row["lead_time_days"] = int(random.integers(0, 6))
    if random.random() < 0.2:
        row["lead_time_days_per_unit"] = 0.1
    if random.random() < 0.2:
        row["safety_lead_time_days"] = int(random.integers(1, 3))
    if random.random() < 0.2:
        row["planning_time_fence_days"] = int(random.integers(1, 8))
    if random.random() < 0.2:
        row["yield_fraction"] = 0.8
    if random.random() < 0.1:
        row["is_planned"] = False
    if random.random() < 0.2:
        row["quantity_decimals"] = 0
    return row | _lots(random)


def _plain_item(random: np.random.Generator, item: str, has_limits: bool) -> dict[str, Any]:
    """Return an item with a safety stock or order limits."""
    row: dict[str, Any] = {"item_id": item, "unit_cost": float(random.integers(1, 20))}
    lots: list[dict[str, Any]] = [
        {"minimum_order_quantity": 8.0, "order_multiple": 4.0},
        {"minimum_order_quantity": 15.0},
        {"quantity_decimals": 0},
    ]
    kind = int(random.integers(0, 4))
    if has_limits:
        return row | (lots[kind] if kind < len(lots) else {})
    return row | ({"safety_stock": float(random.integers(1, 10))} if kind == 0 else {})


def _lots(random: np.random.Generator) -> dict[str, Any]:
    """Return the lot sizing of one item."""
    kind = int(random.integers(0, 6))
    if kind == 0:
        return {"lot_sizing_rule": "fixed_order_quantity", "fixed_order_quantity": float(random.integers(3, 15))}
    if kind == 1:
        return {"lot_sizing_rule": "order_up_to", "order_up_to_level": float(random.integers(15, 30))}
    if kind == 2:
        return {"minimum_order_quantity": 8.0, "order_multiple": 4.0, "maximum_order_quantity": 16.0}
    return {}


def _demands(random: np.random.Generator, ids: list[str]) -> Rows:
    """Return demands, more for the first items."""
    rows: Rows = []
    for k in range(int(random.integers(1, 8))):
        item = ids[int(len(ids) * random.random() ** 2)]
        row = {"demand_id": f"d{k}", "item_id": item, "due_date": _day(random, -2, 30)}
        rows.append(row | {"quantity": float(random.integers(1, 25)), "priority": int(random.integers(1, 4))})
    return rows


def _add_features(random: np.random.Generator, ids: list[str], tables: dict[str, Rows]) -> None:
    """Add calendars, work centers, routings, suppliers, lots that expire, phantoms and alternates."""
    if random.random() < 0.5:
        tables["calendars"] = [{"calendar_id": "week", "saturday": 0.0, "sunday": 0.0, "monday": 8.0, "tuesday": 8.0}]
        tables["sites"] = [{"site_id": "MAIN", "calendar_id": "week"}]
    centers = [f"w{k}" for k in range(int(random.integers(1, 3)))]
    tables["work_centers"] = [
        {"work_center_id": center, "units": int(random.integers(1, 3)),
         "efficiency_fraction": float(random.choice([1.0, 0.8])), "is_finite": bool(random.random() < 0.9)}
        for center in centers
    ]  # fmt: skip
    parents = {row["parent_item_id"] for row in tables["bom_lines"]}
    tables["operations"] = [
        _operation(random, item, sequence, center, priority)
        for item in sorted(parents)
        for sequence in range(10, 10 + 10 * int(random.integers(0, 3)), 10)
        for priority, center in enumerate(centers[: int(random.integers(1, len(centers) + 1))], 1)
    ]
    bought = [item for item in ids if item not in parents]
    tables["suppliers"] = [{"supplier_id": name} for name in ("s1", "s2")]
    tables["item_suppliers"] = [
        {"item_id": item, "supplier_id": name, "priority": k, "lead_time_days": int(random.integers(0, 8))}
        for item in bought if random.random() < 0.5 for k, name in enumerate(("s1", "s2"), 1)
    ]  # fmt: skip
    for row in tables["on_hand"]:
        if row["quantity"] > 0 and random.random() < 0.3:
            row["expiry_date"] = _day(random, 3, 20)
    phantom = str(random.choice(ids[1:]))
    if phantom in parents and random.random() < 0.3:
        for row in tables["items"]:
            row["is_phantom"] = row["item_id"] == phantom
    _add_lines(random, tables, bought)


def _add_lines(random: np.random.Generator, tables: dict[str, Rows], bought: list[str]) -> None:
    """Give some lines offsets, dates and alternates, and some parents a by-product."""
    for row in list(tables["bom_lines"]):
        row["offset_days"] = int(random.integers(0, 3)) if random.random() < 0.2 else 0
        row["at_end"] = bool(random.random() < 0.1)
        if random.random() < 0.1:
            row["effective_to"] = _day(random, 5, 25)
        if row["component_item_id"] in bought and random.random() < 0.3:
            tables["items"].append(
                {"item_id": f"alt-{row['component_item_id']}", "lead_time_days": int(random.integers(0, 6))}
            )
            group = {"alternate_group": row["component_item_id"], "alternate_priority": 1}
            other = row | {"component_item_id": f"alt-{row['component_item_id']}"}
            row.update(group)
            tables["bom_lines"].append(other | group | {"alternate_priority": 2})
    seen: dict[str, dict[str, Any]] = {}
    for row in tables["items"]:
        seen.setdefault(row["item_id"], row)
    tables["items"] = list(seen.values())


def _operation(random: np.random.Generator, item: str, sequence: int, center: str, priority: int) -> dict[str, Any]:
    """Return one operation."""
    return {
        "item_id": item,
        "operation_sequence": sequence,
        "work_center_id": center,
        "alternate_priority": priority,
        "setup_minutes": float(random.integers(0, 100)),
        "run_minutes_per_unit": float(random.integers(1, 120)),
        "queue_minutes": float(random.choice([0, 0, 120])),
        "wait_minutes": float(random.choice([0, 0, 300])),
        "yield_fraction": float(random.choice([1.0, 1.0, 0.9])),
    }


def _day(random: np.random.Generator, first: int, end: int) -> date:
    """Return a day."""
    return AS_OF + timedelta(days=int(random.integers(first, end)))
