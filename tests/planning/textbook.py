"""Textbook examples as data sets, and plans read as textbooks print them: by week, week 1 being the planning week.

Weeks are steps of 7 days and lead times are calendar days, so that a lead time of 2 weeks is 2 columns of a grid.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import polars as pl

from planning.checks import validate
from planning.mrp import MrpResult
from planning.options import MrpOptions
from tests.asserts import run_mrp_checked

AS_OF = date(2026, 1, 5)  # a Monday
CASES = {
    case["id"]: case
    for case in json.loads((Path(__file__).parents[1] / "data" / "textbook_cases.json").read_text())["cases"]
}
LOT_FOR_LOT: dict[str, Any] = {}
NAHMIAS_NET = [42, 42, 32, 12, 26, 112, 45, 14, 76, 38]
Weeks = Mapping[int, float] | Sequence[float]


def fixed(quantity: float) -> dict[str, Any]:
    """Return the parameters of a fixed order quantity."""
    return {"lot_sizing_rule": "fixed_order_quantity", "fixed_order_quantity": float(quantity)}


def weeks_of_supply(weeks: int) -> dict[str, Any]:
    """Return the parameters of a period of supply."""
    return {"lot_sizing_rule": "period_of_supply", "period_of_supply_days": 7 * weeks}


def by_week(quantities: Weeks) -> dict[int, float]:
    """Return quantities by week number; a list starts at week 1, and zeros are left out."""
    if isinstance(quantities, Mapping):
        return {int(week): quantity for week, quantity in quantities.items() if quantity}
    return {week: quantity for week, quantity in enumerate(quantities, start=1) if quantity}


def week_start(week: int) -> date:
    """Return the first day of a week."""
    return AS_OF + timedelta(weeks=week - 1)


def _weekly_sums(frame: pl.DataFrame, day_column: str) -> dict[int, float]:
    week = (pl.col(day_column) - AS_OF).dt.total_days() // 7 + 1
    sums = frame.group_by(week.alias("week")).agg(pl.col("quantity").sum()).sort("week")
    return {int(week): float(quantity) for week, quantity in sums.rows()}


@dataclass(frozen=True)
class WeeklyPlan:
    """A plan by week; every reading is of one item."""

    result: MrpResult
    on_hand: Mapping[str, float]
    scheduled: Mapping[str, Weeks]

    def orders(self, item: str) -> pl.DataFrame:
        """Return its planned orders."""
        return self.result.table("planned_orders").filter(item_id=item)

    def gross_requirements(self, item: str) -> dict[int, float]:
        """Return what is needed of it."""
        needed = self.result.table("requirements").filter(pl.col("item_id") == item, pl.col("kind") != "safety_stock")
        return _weekly_sums(needed, "date")

    def receipts(self, item: str) -> dict[int, float]:
        """Return its planned order receipts."""
        return _weekly_sums(self.orders(item), "due_date")

    def releases(self, item: str) -> dict[int, float]:
        """Return its planned order releases."""
        return _weekly_sums(self.orders(item), "release_date")

    def projected(self, item: str, weeks: int) -> list[float]:
        """Return its projected available balance at the end of each week."""
        scheduled, planned = by_week(self.scheduled.get(item, {})), self.receipts(item)
        gross = self.gross_requirements(item)
        changes = (scheduled.get(w, 0) + planned.get(w, 0) - gross.get(w, 0) for w in range(1, weeks + 1))
        return list(accumulate(changes, initial=self.on_hand.get(item, 0)))[1:]


def plan(
    items: Mapping[str, Mapping[str, Any]],
    demands: Mapping[str, Weeks],
    bom: Mapping[str, Mapping[str, float | Mapping[str, float]]] | None = None,
    on_hand: Mapping[str, float] | None = None,
    scheduled: Mapping[str, Weeks] | None = None,
    allocated: Mapping[str, Weeks] | None = None,
    **options: Any,
) -> WeeklyPlan:
    """Return the engine's plan of a textbook example; ``weeks`` of an item is its lead time."""
    bom, on_hand, scheduled, allocated = bom or {}, on_hand or {}, scheduled or {}, allocated or {}
    tables = {
        "items": [_item(item, **parameters) for item, parameters in items.items()],
        "bom_lines": [
            {"parent_item_id": parent, "component_item_id": component, **_line(quantity)}
            for parent, components in bom.items()
            for component, quantity in components.items()
        ],
        "demands": _dated("demand_id", demands, "due_date"),
        "on_hand": [{"item_id": item, "quantity": float(quantity)} for item, quantity in on_hand.items()],
        "scheduled_receipts": _dated("order_id", scheduled, "due_date"),
        "allocations": _dated("order_id", allocated, "required_date"),
    }
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items() if rows}
    data = validate(frames, {"as_of": AS_OF}).data
    return WeeklyPlan(run_mrp_checked(data, MrpOptions.from_mapping(options)), on_hand, scheduled)


def _item(item: str, weeks: int = 0, **parameters: Any) -> dict[str, Any]:
    return {"item_id": item, "lead_time_days": 7 * weeks, "lead_time_unit": "calendar", **parameters}


def _line(quantity: float | Mapping[str, float]) -> dict[str, float]:
    return dict(quantity) if isinstance(quantity, Mapping) else {"quantity_per": float(quantity)}


def _dated(key: str, quantities: Mapping[str, Weeks], day_column: str) -> list[dict[str, Any]]:
    return [
        {key: f"{item}-{week}", "item_id": item, day_column: week_start(week), "quantity": float(quantity)}
        for item, weeks in quantities.items()
        for week, quantity in by_week(weeks).items()
    ]
