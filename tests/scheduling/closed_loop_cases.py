"""Small shops for the closed loop, given as rows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from planning.checks import validate
from planning.data import PlanningData

AS_OF = date(2026, 3, 2)  # a Monday
A_DAY = 1440.0

Rows = dict[str, list[dict[str, Any]]]


def day(number: int) -> date:
    """Return the date so many days after the planning date."""
    return AS_OF + timedelta(days=number)


def data_of(tables: Rows, **settings: Any) -> PlanningData:
    """Return the checked data set of tables given as rows."""
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}
    return validate(frames, {"as_of": AS_OF, **settings}).data


def one_saw(due: dict[str, int], lead_time_days: int = 1, minutes: float = A_DAY, **center: Any) -> Rows:
    """Return items that take a day each at one saw that never rests, one of each due so many days after as_of."""
    return {
        "items": [
            {"item_id": item, "supply_type": "make", "lead_time_days": lead_time_days, "unit_cost": 10.0}
            for item in due
        ],
        "demands": [
            {"demand_id": f"for {item}", "item_id": item, "due_date": day(at), "quantity": 1.0}
            for item, at in due.items()
        ],
        "work_centers": [{"work_center_id": "saw", **center}],
        "operations": [
            {"item_id": item, "operation_sequence": 10, "work_center_id": "saw", "run_minutes_per_unit": minutes}
            for item in due
        ],
    }


def random_shop(seed: int) -> Rows:
    """Return a shop of three levels and three work centers, with weekday calendars, stock and open orders."""
    rng = np.random.default_rng(seed)
    made, bought = [f"M{number}" for number in range(6)], ["B0", "B1"]
    items = [
        {
            "item_id": item,
            "supply_type": "make",
            "lead_time_days": int(rng.integers(1, 6)),
            "lead_time_unit": str(rng.choice(["calendar", "working"])),
            "unit_cost": float(rng.integers(5, 50)),
            "lot_sizing_rule": str(rng.choice(["lot_for_lot", "period_of_supply"])),
            "period_of_supply_days": int(rng.integers(2, 8)),
            "safety_stock": float(rng.integers(0, 4)),
        }
        for item in made
    ]
    items += [{"item_id": item, "supply_type": "buy", "lead_time_days": 4, "unit_cost": 2.0} for item in bought]
    lines = [
        {
            "parent_item_id": made[at],
            "component_item_id": component,
            "quantity_per": float(rng.integers(1, 3)),
            "at_end": bool(rng.random() < 0.2),
            "offset_days": int(rng.integers(0, 2)),
        }
        for at in range(6)
        for component in sorted({made[min(at + 2, 5)], str(rng.choice(bought))} - {made[at]})
    ]
    operations = [
        {
            "item_id": item,
            "operation_sequence": 10 * step,
            "work_center_id": f"W{int(rng.integers(3))}",
            "setup_minutes": float(rng.integers(0, 120)),
            "run_minutes_per_unit": float(rng.integers(5, 40)),
            "move_minutes": float(rng.choice([0.0, 60.0])),
        }
        for item in made
        for step in range(1, int(rng.integers(2, 4)))
    ]
    demands = [
        {
            "item_id": str(rng.choice(made[:3])),
            "due_date": day(int(rng.integers(-2, 60))),
            "quantity": float(rng.integers(1, 20)),
            "priority": int(rng.integers(1, 4)),
        }
        for _ in range(25)
    ]
    weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday")
    hours = dict.fromkeys(weekdays, 8.0) | {"saturday": 0.0, "sunday": 0.0}
    return {
        "items": items,
        "bom_lines": lines,
        "operations": operations,
        "demands": demands,
        "calendars": [{"calendar_id": "shop", **hours}],
        "sites": [{"site_id": "MAIN", "calendar_id": "shop"}],
        "work_centers": [
            {"work_center_id": f"W{number}", "units": float(rng.choice([1.0, 1.5, 2.0])), "is_finite": number < 2}
            for number in range(3)
        ],
        "on_hand": [{"item_id": item, "quantity": float(rng.integers(0, 10))} for item in made],
        "scheduled_receipts": [
            {
                "order_id": f"R{number}",
                "item_id": str(rng.choice(made)),
                "due_date": day(int(rng.integers(0, 12))),
                "quantity": float(rng.integers(1, 10)),
                "status": str(rng.choice(["released", "firm_planned"])),
            }
            for number in range(4)
        ],
    }
