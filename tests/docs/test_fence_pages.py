"""The worked cases of docs/concepts/time_fences.md and parameter_changes.md, planned by the engine."""

from __future__ import annotations

from datetime import date

import pytest

from tests.asserts import plan_rows
from tests.docs.test_concepts import cases, day

AS_OF = date(2026, 1, 5)


def fenced(rows, **options):
    demands = [
        {"item_id": "A", "due_date": day(row["need"]), "quantity": float(row["requirement"]), "demand_id": row["need"]}
        for row in rows
    ]
    tables = {
        "items": [{"item_id": "A", "lead_time_days": 1, "planning_time_fence_days": 5}],
        "sites": [{"site_id": "MAIN", "calendar_id": "work"}],
        "calendars": [{"calendar_id": "work", "saturday": 0.0, "sunday": 0.0}],
        "demands": demands,
        "scheduled_receipts": [{"order_id": "R1", "item_id": "A", "due_date": date(2026, 1, 20), "quantity": 10.0}],
    }
    return plan_rows(tables, {"as_of": AS_OF}, **options)


def test_time_fences_page_is_what_the_engine_computes():
    ((_, rows),) = cases("time_fences.md")
    result = fenced(rows)
    orders = {row["order_id"]: row for row in result.table("planned_orders").rows(named=True)}
    messages = result.table("messages").filter(kind="time_fence_conflict").rows(named=True)
    conflicts = {row["order_id"]: row["suggested_date"] for row in messages}
    expedited = result.table("messages").filter(kind="expedite").select("order_id", "suggested_date").rows()
    assert expedited == [("R1", day(rows[0]["due date"]))]
    for row in rows[1:]:
        order = orders.pop(row["supply"])
        assert (order["quantity"], order["due_date"]) == (float(row["quantity"]), day(row["due date"]))
    assert orders == {}
    assert conflicts == {row["supply"]: day(row["need"]) for row in rows if row["message"]}
    balances = dict(result.table("mrp_records", "day").select("period_start", "projected_available_balance").rows())
    assert [balances[date(2026, 1, n)] for n in (6, 7, 8, 12, 13)] == [0, -10, -15, -15, 0]


def test_a_blocking_fence_orders_at_the_first_look_after_it():
    ((_, rows),) = cases("time_fences.md")
    result = fenced(rows, planning_fence="block")
    orders = result.table("planned_orders").select("need_date", "quantity").rows()
    assert orders == [(date(2026, 1, 14), 13.0)]
    shortage = result.table("messages").filter(kind="shortage").row(0, named=True)
    assert (shortage["current_date"], shortage["current_quantity"]) == (date(2026, 1, 7), -15)


def test_parameter_changes_page_is_what_the_engine_computes():
    ((_, rows),) = cases("parameter_changes.md")
    demands = [
        {"demand_id": row["date"], "item_id": "A", "due_date": day(row["date"]), "quantity": float(row["requirement"])}
        for row in rows
        if row["requirement"]
    ]
    changes = [(10, "safety_stock", 25), (18, "safety_stock", 5), (12, "order_multiple", 8), (19, "lead_time_days", 4)]
    tables = {
        "items": [{"item_id": "A", "lead_time_days": 2, "safety_stock": 10.0}],
        "demands": demands,
        "on_hand": [{"item_id": "A", "quantity": 20.0}],
        "parameter_changes": [
            {"item_id": "A", "effective_from": date(2026, 1, n), "parameter": parameter, "value": float(value)}
            for n, parameter, value in changes
        ],
    }
    result = plan_rows(tables, {"as_of": AS_OF})
    orders = {row["need_date"]: row for row in result.table("planned_orders").rows(named=True)}
    projected = 20.0
    for row in rows:
        projected -= float(row["requirement"] or 0)
        assert projected == float(row["projected before"])
        order = orders.pop(day(row["date"]), None)
        assert (order is None) == (row["order"] == "")
        if order is not None:
            assert order["quantity"] == float(row["order"])
            assert order["release_date"] == day(row["release"])
            assert order["net_requirement"] == pytest.approx(float(row["floor"]) - projected)
            projected += order["quantity"]
        assert projected == float(row["projected after"])
    assert orders == {}
    floors = result.table("requirements").filter(kind="safety_stock").select("date", "quantity").rows()
    assert floors == [(AS_OF, 10.0), (date(2026, 1, 10), 15.0)]
