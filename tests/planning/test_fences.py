"""The planning fence and firm orders (rule 12), and parameters that change with time, case by case."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bom.errors import DataError
from tests.asserts import plan_rows

AS_OF = date(2026, 1, 5)


def on(days):
    return AS_OF + timedelta(days=days)


def plan(item, demands, receipts=(), changes=(), lines=(), **options):
    """Return the plan of item A (and of B, its component); demands are (day, quantity), receipts rows."""
    tables = {
        "items": [{"item_id": "A", **item}, {"item_id": "B"}],
        "bom_lines": list(lines),
        "demands": [
            {"demand_id": f"D{n}", "item_id": "A", "due_date": on(day), "quantity": float(quantity)}
            for n, (day, quantity) in enumerate(demands, 1)
        ],
        "scheduled_receipts": [{"item_id": "A", **row} for row in receipts],
        "parameter_changes": [
            {"item_id": "A", "site_id": site, "effective_from": on(day), "parameter": name, "value": float(value)}
            for day, name, value, site in changes
        ],
    }
    return plan_rows({name: rows for name, rows in tables.items() if rows}, {"as_of": AS_OF}, **options)


def orders(result, item="A"):
    """Return (quantity, start quantity, release, due, need) of the planned orders, days counted from as_of."""
    frame = result.table("planned_orders").filter(item_id=item)
    days = [[(value - AS_OF).days for value in frame[name]] for name in ("release_date", "due_date", "need_date")]
    return list(zip(frame["quantity"], frame["start_quantity"], *days, strict=True))


def kinds(result):
    return result.table("messages")["kind"].to_list()


def test_an_order_inside_the_fence_is_due_on_the_first_day_after_it_and_late():
    result = plan({"planning_time_fence_days": 4, "lead_time_days": 2}, [(3, 10), (6, 5)])
    assert orders(result) == [(10, 10, 3, 5, 3), (5, 5, 4, 6, 6)]
    assert sorted(kinds(result)) == ["shortage", "time_fence_conflict"]
    text = result.table("messages").filter(kind="time_fence_conflict")["text"].item()
    assert (
        text
        == "A@MAIN/2026-01-08/1 should be due on 2026-01-08, inside the planning fence; it is planned for 2026-01-10."
    )


def test_a_need_on_the_last_day_of_the_fence_is_inside_and_one_a_day_later_is_not():
    assert orders(plan({"planning_time_fence_days": 4}, [(4, 1), (5, 1)])) == [(1, 1, 5, 5, 4), (1, 1, 5, 5, 5)]


def test_safety_lead_time_that_reaches_into_the_fence_is_cut_short_without_a_shortage():
    result = plan({"planning_time_fence_days": 4, "safety_lead_time_days": 3}, [(6, 10)])
    assert orders(result) == [(10, 10, 5, 5, 6)]
    assert kinds(result) == ["time_fence_conflict"]


def test_components_are_needed_on_the_release_of_the_moved_order():
    line = {"parent_item_id": "A", "component_item_id": "B", "quantity_per": 2.0}
    result = plan({"planning_time_fence_days": 4, "lead_time_days": 1}, [(2, 10)], lines=[line])
    assert orders(result, "B") == [(20, 20, 4, 4, 4)]


def test_a_receipt_inside_the_fence_stays_and_still_covers_the_need():
    receipt = {"order_id": "R", "due_date": on(3), "quantity": 10.0}
    result = plan({"planning_time_fence_days": 4}, [(1, 10)], [receipt])
    assert orders(result) == []
    assert sorted(kinds(result)) == ["shortage", "time_fence_conflict"]


def test_a_receipt_beyond_the_fence_moves_in_to_its_end():
    receipt = {"order_id": "R", "due_date": on(9), "quantity": 10.0}
    result = plan({"planning_time_fence_days": 4}, [(1, 10)], [receipt])
    assert orders(result) == []
    dates = result.table("messages").filter(kind="expedite")["suggested_date"].to_list()
    assert dates == [on(5)]
    assert orders(plan({"planning_time_fence_days": 4}, [(1, 10)], [receipt], expedite_window_days=7)) != []


def test_a_receipt_in_the_fence_that_is_not_needed_may_be_deferred_or_cancelled():
    receipts = [
        {"order_id": "R1", "due_date": on(1), "quantity": 10.0},
        {"order_id": "R2", "due_date": on(2), "quantity": 1.0},
    ]
    result = plan({"planning_time_fence_days": 4}, [(8, 10)], receipts)
    assert sorted(kinds(result)) == ["cancel", "defer"]


def test_a_firm_planned_receipt_keeps_its_quantity_and_dates_and_explodes_inside_the_fence():
    line = {"parent_item_id": "A", "component_item_id": "B", "quantity_per": 1.0}
    receipt = {"order_id": "R", "due_date": on(3), "quantity": 10.0, "status": "firm_planned", "release_date": on(1)}
    result = plan({"planning_time_fence_days": 4, "lead_time_days": 2}, [(2, 10)], [receipt], lines=[line])
    assert orders(result) == []
    assert orders(result, "B") == [(10, 10, 1, 1, 1)]
    assert "time_fence_conflict" in kinds(result)


def test_a_pushed_order_starts_from_the_dates_that_the_fence_gave_it():
    result = plan({"planning_time_fence_days": 4, "lead_time_days": 7}, [(3, 10)], past_release="push")
    assert orders(result) == [(10, 10, 0, 7, 3)]


def test_yield_minimum_and_lead_time_follow_the_due_date():
    changes = [(10, name, value, None) for name, value in (("yield_fraction", 0.5), ("minimum_order_quantity", 8))]
    changes.append((10, "lead_time_days", 4, None))
    result = plan({"lead_time_days": 2}, [(9, 4), (10, 4)], changes=changes)
    assert orders(result) == [(4, 4, 7, 9, 9), (8, 16, 6, 10, 10)]


def test_the_yield_of_the_due_date_counts_for_components():
    line = {"parent_item_id": "A", "component_item_id": "B", "quantity_per": 1.0}
    result = plan({}, [(9, 4), (10, 4)], changes=[(10, "yield_fraction", 0.5, None)], lines=[line])
    assert [order[0] for order in orders(result, "B")] == [4, 8]


def test_a_maximum_is_lowered_to_the_multiple_of_the_same_day():
    changes = [(5, "order_multiple", 5, None)]
    item = {"maximum_order_quantity": 10.0, "order_multiple": 4.0}
    result = plan(item, [(4, 10), (8, 18)], changes=changes)
    assert [order[0] for order in orders(result)] == [8, 4, 10, 10]


def test_a_change_for_the_site_stands_above_one_for_every_site_from_the_same_day():
    changes = [(5, "safety_stock", 7, None), (5, "safety_stock", 3, "MAIN"), (8, "safety_stock", 9, None)]
    assert [order[0] for order in orders(plan({}, [(20, 1)], changes=changes))] == [3, 6, 1]


def test_a_change_before_as_of_is_in_force_and_one_after_the_horizon_is_not():
    result = plan({"safety_stock": 2.0}, [(9, 1)], changes=[(-3, "safety_stock", 6, None)])
    assert [order[0] for order in orders(result)] == [6, 1]
    floors = result.table("requirements").filter(kind="safety_stock")["quantity"].to_list()
    assert floors == [6]


def test_the_same_change_twice_is_an_error():
    with pytest.raises(DataError, match="is there already"):
        plan({}, [(9, 1)], changes=[(5, "safety_stock", 7, None), (5, "safety_stock", 8, None)])


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("maximum_order_quantity", 0),  # nothing could be ordered
        ("yield_fraction", 0),  # nothing would come out
        ("lead_time_days", 1.5),  # whole days only
        ("safety_stock", -1),
        ("lead_tme_days", 1),  # no such parameter
    ],
)
def test_a_change_to_an_impossible_value_is_an_error(parameter, value):
    with pytest.raises(DataError, match="parameter_changes"):
        plan({}, [(9, 1)], changes=[(5, parameter, value, None)])
