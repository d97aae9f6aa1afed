"""Suppliers and lanes: which one an order takes, by hand (rule 11)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.asserts import plan_rows

AS_OF = date(2026, 1, 5)
SUPPLIERS = [{"supplier_id": name} for name in ("near", "far", "spare")]


def on(days):
    """Return the date so many days after the planning date."""
    return AS_OF + timedelta(days=days)


def bought(offers, demands, item=None, **options):
    """Return the plan of one bought item; demands are (day, quantity)."""
    rows: dict[str, list[dict[str, Any]]] = {
        "items": [{"item_id": "A", "lead_time_days": 9, **(item or {})}],
        "suppliers": SUPPLIERS,
        "item_suppliers": [{"item_id": "A", **offer} for offer in offers],
        "demands": [{"item_id": "A", "due_date": on(day), "quantity": float(q)} for day, q in demands],
    }
    return plan_rows(rows, {"as_of": AS_OF}, **options)


def taken(result):
    """Return supplier, quantity and lead time in days of each order."""
    orders = result.table("planned_orders")
    days = (orders["due_date"] - orders["release_date"]).dt.total_days()
    return list(zip(orders["supplier_id"], orders["quantity"], days, strict=True))


def test_an_order_takes_the_first_supplier_in_force_on_its_need():
    offers = [
        {"supplier_id": "far", "priority": 2, "lead_time_days": 20},
        {"supplier_id": "near", "priority": 1, "lead_time_days": 2, "effective_to": on(10)},
        {"supplier_id": "spare", "priority": 1, "effective_from": on(20)},
    ]
    result = bought(offers, [(9, 1), (10, 1), (20, 1)])
    assert taken(result) == [("near", 1.0, 2), ("far", 1.0, 20), ("spare", 1.0, 9)]
    assert result.table("messages").filter(kind="no_source").is_empty()


def test_a_need_without_a_supplier_in_force_is_ordered_by_the_item_s_own_parameters():
    offers = [{"supplier_id": "near", "lead_time_days": 2, "minimum_order_quantity": 50.0, "effective_to": on(10)}]
    result = bought(offers, [(9, 1), (12, 1), (60, 60)], {"order_multiple": 4.0})
    assert taken(result) == [("near", 52.0, 2), (None, 12.0, 9)]
    [message] = result.table("messages").filter(kind="no_source").rows(named=True)
    assert (message["order_id"], message["current_date"]) == ("A@MAIN/2026-03-06/1", on(60))
    assert message["text"] == "No supplier of A is in force on 2026-03-06; A@MAIN/2026-03-06/1 has none."


def test_a_fixed_supplier_stays_outside_the_dates_of_its_rows():
    offers = [
        {"supplier_id": "near", "priority": 1, "lead_time_days": 1},
        {"supplier_id": "far", "priority": 2, "lead_time_days": 3, "effective_to": on(10)},
    ]
    result = bought(offers, [(9, 1), (10, 1)], {"supplier_id": "far"})
    assert taken(result) == [("far", 1.0, 3), ("far", 1.0, 9)]
    assert result.table("messages").filter(kind="no_source").is_empty()


def test_each_order_of_a_cut_quantity_takes_its_turn():
    """100: near is 60 behind and takes its 30; near 30 and far 40 behind, far takes 25; near 30 again; the rest far."""
    offers = [
        {"supplier_id": "near", "split_fraction": 0.6, "maximum_order_quantity": 30.0},
        {"supplier_id": "far", "split_fraction": 0.4, "maximum_order_quantity": 25.0},
        {"supplier_id": "spare", "priority": 1},
    ]
    result = bought(offers, [(40, 100)])
    assert [(supplier, quantity) for supplier, quantity, _ in taken(result)] == [
        ("near", 30.0),
        ("far", 25.0),
        ("near", 30.0),
        ("far", 15.0),
    ]


def test_fractions_of_those_out_of_force_do_not_count():
    offers = [
        {"supplier_id": "near", "split_fraction": 0.5, "effective_to": on(10)},
        {"supplier_id": "far", "split_fraction": 0.25},
        {"supplier_id": "spare", "split_fraction": 0.25, "effective_from": on(10)},
    ]
    result = bought(offers, [(1, 10), (2, 10), (3, 10), (11, 10), (12, 10), (13, 10)])
    assert [supplier for supplier, *_ in taken(result)] == ["near", "far", "near", "spare", "far", "spare"]


def moved(lanes, demands, site=None, **options):
    """Return the plan of an item that a shop gets from two warehouses; demands are (day, quantity)."""
    rows: dict[str, list[dict[str, Any]]] = {
        "items": [{"item_id": "A"}],
        "sites": [{"site_id": name} for name in ("shop", "east", "west")],
        "item_sites": [{"item_id": "A", "site_id": "shop", "supply_type": "transfer", **(site or {})}],
        "transfer_lanes": [{"to_site_id": "shop", **lane} for lane in lanes],
        "demands": [
            {"item_id": "A", "site_id": "shop", "due_date": on(day), "quantity": float(q)} for day, q in demands
        ],
    }
    return plan_rows(rows, {"as_of": AS_OF}, **options)


def test_a_transfer_is_needed_at_the_source_that_it_takes_and_nowhere_else():
    lanes = [
        {"from_site_id": "east", "lead_time_days": 2, "effective_to": on(10)},
        {"from_site_id": "west", "lead_time_days": 5, "priority": 2},
    ]
    result = moved(lanes, [(9, 3), (11, 4)])
    orders = result.table("planned_orders").sort("low_level_code", "need_date")
    assert orders.select("site_id", "source_site_id", "quantity", "need_date").rows() == [
        ("shop", "east", 3.0, on(9)),
        ("shop", "west", 4.0, on(11)),
        ("west", None, 4.0, on(6)),
        ("east", None, 3.0, on(7)),
    ]


def test_nothing_is_transferred_while_no_lane_is_in_force():
    lanes = [{"from_site_id": "east", "effective_from": on(10)}]
    result = moved(lanes, [(3, 3), (11, 4)])
    shop = result.table("planned_orders").filter(site_id="shop")
    assert shop.select("quantity", "need_date").rows() == [(7.0, on(11))]
    messages = result.table("messages").filter(site_id="shop")
    found = messages.filter(messages["kind"].is_in(["shortage", "no_source"]))
    assert found.select("kind", "current_date", "suggested_date").rows() == [
        ("shortage", on(3), on(11)),
        ("no_source", on(3), None),
    ]
    assert found["text"][1] == "A is to be transferred to shop, but no lane is in force on 2026-01-08."


def test_a_fixed_source_stays_outside_the_dates_of_its_lane():
    lanes = [
        {"from_site_id": "east", "lead_time_days": 2, "effective_to": on(10)},
        {"from_site_id": "west", "lead_time_days": 5},
    ]
    result = moved(lanes, [(9, 3), (11, 4)], {"source_site_id": "east", "lead_time_days": 1})
    shop = result.table("planned_orders").filter(site_id="shop")
    assert shop.select("source_site_id", "release_date").rows() == [("east", on(7)), ("east", on(10))]


@pytest.mark.parametrize("per", ["date", "line"])
def test_a_pushed_order_keeps_the_lead_time_of_its_supplier(per):
    offers = [
        {"supplier_id": "near", "lead_time_days": 4, "effective_to": on(3)},
        {"supplier_id": "far", "lead_time_days": 7, "priority": 2},
    ]
    result = bought(offers, [(2, 1), (3, 1)], past_release="push", net_per=per)
    orders = result.table("planned_orders")
    assert orders.select("supplier_id", "release_date", "due_date").rows() == [
        ("near", on(0), on(4)),
        ("far", on(0), on(7)),
    ]


@pytest.mark.parametrize("supply_type", ["buy", "transfer"])
def test_what_is_made_here_for_once_counts_its_components_on_the_calendar_of_its_site(supply_type):
    """The supplier and the source work on weekends and not on Mondays and Tuesdays; the site from Monday to Friday."""
    rows: dict[str, list[dict[str, Any]]] = {
        "sites": [{"site_id": "here", "calendar_id": "weekdays"}, {"site_id": "there", "calendar_id": "late"}],
        "calendars": [
            {"calendar_id": "weekdays", "saturday": 0.0, "sunday": 0.0},
            {"calendar_id": "late", "monday": 0.0, "tuesday": 0.0},
        ],
        "suppliers": [{"supplier_id": "there", "calendar_id": "late"}],
        "item_suppliers": [{"item_id": "A", "supplier_id": "there", "lead_time_days": 4}],
        "transfer_lanes": [{"from_site_id": "there", "to_site_id": "here", "lead_time_days": 4}],
        "items": [{"item_id": "A", "supply_type": supply_type, "lead_time_days": 1}, {"item_id": "B"}],
        "bom_lines": [{"parent_item_id": "A", "component_item_id": "B", "quantity_per": 1.0, "offset_days": 2}],
        "scheduled_receipts": [
            {
                "order_id": "R",
                "item_id": "A",
                "site_id": "here",
                "due_date": date(2026, 1, 16),
                "quantity": 5.0,
                "status": "firm_planned",
                "supply_type": "make",
            }
        ],
    }
    requirements = plan_rows(rows, {"as_of": AS_OF}).table("requirements")
    # due on Friday 16, one working day earlier on Thursday 15, two later over the weekend on Monday 19
    assert requirements.select("item_id", "date").rows() == [("B", date(2026, 1, 19))]
