"""The plan in numbers, against sums by hand."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl

from api.io.dataset import read_dataset
from planning.checks import validate
from planning.mrp import run_mrp
from tests.asserts import plan_rows

AS_OF = date(2026, 1, 5)
ROOT = Path(__file__).parents[2]


def figures(result):
    return dict(result.table("kpis").select("name", "value").rows())


def test_the_figures_of_the_tiny_bike():
    raw = read_dataset(ROOT / "examples/tiny")
    found = figures(run_mrp(validate(raw.tables, raw.settings).data))
    assert found == {
        "items": 5.0,
        "item_sites": 5.0,
        "bom_lines": 4.0,
        "levels": 3.0,
        "demands": 2.0,
        "scheduled_receipts": 1.0,
        "planned_orders": 8.0,
        "planned_orders_make": 4.0,
        "planned_value_make": 21 * 180 + 36 * 25.0,
        "planned_orders_buy": 4.0,
        "planned_value_buy": 13 * 60 + 40 * 8 + 1000 * 0.1,
        "planned_orders_transfer": 0.0,
        "planned_value_transfer": 0.0,
        "past_due_releases": 0.0,
        "past_due_release_value": 0.0,
        "receipts_to_expedite": 0.0,
        "receipts_to_defer": 1.0,
        "receipts_to_cancel": 0.0,
        "item_sites_short": 0.0,
        "on_hand_value": 4 * 180 + 6 * 25 + 200 * 0.1,
    }


def on(days):
    return AS_OF + timedelta(days=days)


def demand(item, day, quantity):
    return {"item_id": item, "due_date": on(day), "quantity": quantity}


def receipt(name, item, day, quantity, **more):
    return {"order_id": name, "item_id": item, "due_date": on(day), "quantity": quantity, **more}


def test_past_due_releases_are_counted_and_valued():
    tables = {
        "items": [{"item_id": "A", "lead_time_days": 5, "unit_cost": 3.0}],
        "demands": [demand("A", 4, 10.0), demand("A", 5, 7.0)],
    }
    found = figures(plan_rows(tables, {"as_of": AS_OF}))
    assert (found["planned_orders"], found["past_due_releases"], found["past_due_release_value"]) == (2.0, 1.0, 30.0)


def test_receipts_to_move_are_counted_by_what_is_to_be_done():
    tables = {
        "items": [{"item_id": name} for name in "ABC"],
        "demands": [demand("A", 3, 10.0), demand("B", 9, 10.0)],
        "scheduled_receipts": [
            receipt("R1", "A", 6, 10.0),
            receipt("R2", "B", 6, 10.0),
            receipt("R3", "C", 6, 10.0),
            receipt("R4", "C", 7, 10.0),
        ],
    }
    found = figures(plan_rows(tables, {"as_of": AS_OF}))
    names = ("scheduled_receipts", "receipts_to_expedite", "receipts_to_defer", "receipts_to_cancel")
    assert [found[name] for name in names] == [4.0, 1.0, 1.0, 2.0]


def test_the_receipts_to_move_are_as_many_as_their_messages():
    raw = read_dataset(ROOT / "examples/adventureworks")
    result = run_mrp(validate(raw.tables, raw.settings).data)
    messages = dict(result.table("messages").group_by("kind").len().rows())
    found = figures(result)
    for kind in ("expedite", "defer", "cancel"):
        assert found[f"receipts_to_{kind}"] == messages.get(kind, 0)
    assert found["past_due_releases"] == messages.get("release_past_due", 0)
    orders = result.table("planned_orders")
    assert found["planned_orders"] == orders.height
    for kind in ("make", "buy", "transfer"):
        assert found[f"planned_orders_{kind}"] == orders.filter(pl.col("supply_type") == kind).height


def test_firm_planned_orders_and_phantoms_are_no_planned_orders():
    tables = {
        "items": [{"item_id": "A", "is_phantom": False}, {"item_id": "P", "is_phantom": True}, {"item_id": "C"}],
        "bom_lines": [
            {"parent_item_id": "A", "component_item_id": "P", "quantity_per": 1.0},
            {"parent_item_id": "P", "component_item_id": "C", "quantity_per": 1.0},
        ],
        "demands": [demand("A", 9, 10.0)],
        "scheduled_receipts": [receipt("F", "A", 9, 4.0, status="firm_planned")],
    }
    found = figures(plan_rows(tables, {"as_of": AS_OF}))
    # A: 6 beside the firm 4; C: one order of 10 for both; P is blown through
    assert (found["planned_orders_make"], found["planned_orders_buy"], found["levels"]) == (1.0, 1.0, 3.0)


def test_stock_is_valued_when_it_is_usable_now_or_later():
    tables = {
        "items": [{"item_id": "A", "unit_cost": 2.0}],
        "on_hand": [
            {"item_id": "A", "quantity": 5.0, "status": "available"},
            {"item_id": "A", "quantity": 100.0, "status": "blocked"},
            {"item_id": "A", "quantity": 3.0, "status": "quality", "available_date": on(4)},
            {"item_id": "A", "quantity": 50.0, "status": "quality"},
            {"item_id": "A", "quantity": 70.0, "status": "available", "expiry_date": AS_OF},
            {"item_id": "A", "quantity": 1.0, "status": "available", "expiry_date": on(4)},
        ],
    }
    assert figures(plan_rows(tables, {"as_of": AS_OF}))["on_hand_value"] == 18.0


def test_item_sites_that_are_short_are_counted():
    tables = {
        "items": [{"item_id": "A", "is_planned": False}, {"item_id": "B", "is_planned": False}, {"item_id": "C"}],
        "demands": [demand("A", 3, 1.0), demand("B", 3, 1.0), demand("C", 3, 1.0)],
        "on_hand": [{"item_id": "B", "quantity": 1.0}],
    }
    assert figures(plan_rows(tables, {"as_of": AS_OF}))["item_sites_short"] == 1.0
