"""Small random shops: items with routings, planned and open orders, shifts, exceptions, reported progress."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from planning.mrp import MrpResult

Tables = dict[str, list[dict[str, Any]]]
_SHIFTS = (None, "06:00-14:00;14:00-22:00", "22:00-06:00", "07:30-15:45", "00:00-08:00;08:00-16:00;16:00-24:00")


@dataclass(frozen=True)
class CapacityCase:
    """One random shop with its options."""

    tables: Tables
    as_of: date
    mrp: dict[str, Any]
    capacity: dict[str, Any]

    def orders(self, plan: MrpResult) -> Iterator[dict[str, Any]]:
        """Yield the orders to make, as the reference reads them."""
        yields = {row["item_id"]: Fraction(str(row["yield_fraction"])) for row in self.tables["items"]}
        is_at_due = self.mrp["effectivity_at"] == "due"
        for row in plan.table("planned_orders").filter(supply_type="make").to_dicts():
            quantity = Fraction(row["quantity"]) / yields[row["item_id"]]
            effective = row["due_date"] if is_at_due else row["release_date"]
            yield {**row, "start_quantity": quantity, "effective": effective, "due": row["due_date"]}
        for row in self.tables["scheduled_receipts"]:
            effective = row["due_date"] if is_at_due else row["release_date"] or self.as_of
            yield {
                "order_id": row["order_id"],
                "item_id": row["item_id"],
                "site_id": "MAIN",
                "start_quantity": Fraction(str(row["quantity"])) / yields[row["item_id"]],
                "effective": effective,
                "due": row["due_date"],
                "receipt": row,
            }


def capacity_case(seed: int, n_items: int = 3) -> CapacityCase:
    """Return the shop of a seed."""
    pick = random.Random(seed)
    as_of = date(2026, 3, 2) + timedelta(days=pick.randrange(10))
    items: list[dict[str, Any]] = [
        {"item_id": f"I{n}", "supply_type": "make", "lead_time_days": pick.randrange(4)}
        | {"yield_fraction": pick.choice((1.0, 1.0, 0.9, 0.8))}
        for n in range(n_items)
    ]
    tables: Tables = {
        "items": items,
        "calendars": [_calendar(pick, n) for n in range(2)],
        "calendar_exceptions": [_exception(pick, as_of, n) for n in range(6)],
        "sites": [{"site_id": "MAIN", "calendar_id": pick.choice((None, "C0"))}],
        "work_centers": [_center(pick, n) for n in range(3)],
        "operations": [row for item in items for row in _routing(pick, item["item_id"], as_of)],
        "demands": [_demand(pick, items, as_of) for _ in range(4 * n_items)],
        "scheduled_receipts": [_receipt(pick, items, as_of, n) for n in range(pick.randrange(1, 5))],
    }
    tables["open_operations"] = [row for order in tables["scheduled_receipts"] for row in _progress(pick, order)]
    capacity = {"period": pick.choice(("week", "day", "month")), "due_at": pick.choice(("start", "end"))}
    mrp = {"effectivity_at": pick.choice(("release", "due")), "lead_time_from": pick.choice(("item", "routing"))}
    return CapacityCase(tables, as_of, mrp, capacity)


def _calendar(pick: random.Random, number: int) -> dict[str, Any]:
    week = {day: pick.choice((24.0, 8.0, 7.5)) for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
    return {"calendar_id": f"C{number}", **week, "saturday": pick.choice((0.0, 4.0)), "sunday": 0.0} | {
        "shifts": pick.choice(_SHIFTS)
    }


def _exception(pick: random.Random, as_of: date, number: int) -> dict[str, Any]:
    shifts = pick.choice((None, None, "10:00-12:00"))
    day = as_of + timedelta(days=number * 5 + pick.randrange(5) - 2)
    hours = pick.choice((0.0, 0.0, 24.0, 6.0))
    return {"calendar_id": pick.choice(("C0", "C1")), "date": day, "hours": hours, "shifts": shifts}


def _center(pick: random.Random, number: int) -> dict[str, Any]:
    return {
        "work_center_id": f"W{number}",
        "calendar_id": pick.choice((None, "C0", "C1")),
        "units": pick.choice((1.0, 2.0, 0.5)),
        "efficiency_fraction": pick.choice((1.0, 0.9, 1.25)),
        "utilization_fraction": pick.choice((1.0, 0.85)),
    }


def _routing(pick: random.Random, item_id: str, as_of: date) -> Iterator[dict[str, Any]]:
    for sequence in range(10, 10 * pick.randrange(1, 6) + 1, 10):
        for priority in range(1, pick.choice((1, 1, 1, 2)) + 1):
            yield {
                "item_id": item_id,
                "operation_sequence": sequence,
                "work_center_id": f"W{pick.randrange(3)}",
                "alternate_priority": pick.choice((priority, 1)),
                "setup_minutes": pick.choice((0.0, 15.0, 90.5)),
                "run_minutes_per_unit": pick.choice((0.0, 0.1, 3.0, 11.7)),
                "queue_minutes": pick.choice((0.0, 0.0, 240.0)),
                "wait_minutes": pick.choice((0.0, 60.0)),
                "move_minutes": pick.choice((0.0, 12.5)),
                "transfer_batch_quantity": pick.choice((None, None, 2.0, 7.0, 50.0)),
                "yield_fraction": pick.choice((1.0, 1.0, 0.95)),
                "effective_from": pick.choice((None, None, as_of + timedelta(days=pick.randrange(20)))),
                "effective_to": pick.choice((None, None, as_of + timedelta(days=20 + pick.randrange(20)))),
            }


def _demand(pick: random.Random, items: list[dict[str, Any]], as_of: date) -> dict[str, Any]:
    due = as_of + timedelta(days=pick.randrange(-3, 45))
    quantity = pick.choice((1.0, 12.0, 40.0, 155.0, 2.5))
    return {"item_id": pick.choice(items)["item_id"], "due_date": due, "quantity": quantity}


def _receipt(pick: random.Random, items: list[dict[str, Any]], as_of: date, number: int) -> dict[str, Any]:
    due = as_of + timedelta(days=pick.randrange(-2, 25))
    return {
        "order_id": f"WO{number}",
        "item_id": pick.choice(items)["item_id"],
        "due_date": due,
        "quantity": pick.choice((5.0, 20.0, 80.0)),
        "status": pick.choice(("released", "released", "firm_planned")),
        "release_date": pick.choice((None, min(due, as_of + timedelta(days=pick.randrange(-5, 5))))),
    }


def _progress(pick: random.Random, order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for sequence in (10, 20, 30):
        if pick.random() < 0.3:
            yield {
                "order_id": order["order_id"],
                "operation_sequence": sequence,
                "completed_quantity": pick.choice((0.0, 3.0, 20.0)),
                "status": pick.choice((None, "started", "Completed", "waiting")),
                "actual_start": pick.choice((None, datetime(2026, 3, 1, 8))),
            }
