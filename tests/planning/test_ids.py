"""The ids of planned orders: what they are made of, and that they stay."""

from __future__ import annotations

from datetime import date

import polars as pl

from tests.asserts import plan_rows

AS_OF = {"as_of": date(2026, 1, 5)}
LATER = date(2026, 1, 21)


def demand(item, quantity=10.0, day=LATER, **more):
    return {"item_id": item, "due_date": day, "quantity": quantity, **more}


def orders(tables, **options):
    return plan_rows(tables, AS_OF, **options).table("planned_orders")


def ids(tables, **options):
    return orders(tables, **options)["order_id"].to_list()


def test_an_id_names_item_site_need_date_and_number():
    assert ids({"items": [{"item_id": "A"}], "demands": [demand("A")]}) == ["A@MAIN/2026-01-21/1"]


def test_orders_for_one_day_are_numbered_from_1_and_each_day_begins_anew():
    items = [{"item_id": "A", "lot_sizing_rule": "fixed_order_quantity", "fixed_order_quantity": 4.0}]
    tables = {"items": items, "demands": [demand("A", 10.0), demand("A", 5.0, date(2026, 1, 23))]}
    assert ids(tables) == [
        "A@MAIN/2026-01-21/1",
        "A@MAIN/2026-01-21/2",
        "A@MAIN/2026-01-21/3",
        "A@MAIN/2026-01-23/1",
    ]


def test_orders_of_each_line_are_numbered_within_their_day():
    tables = {"items": [{"item_id": "A"}], "demands": [demand("A", 1.0), demand("A", 2.0)]}
    assert ids(tables, net_per="line") == ["A@MAIN/2026-01-21/1", "A@MAIN/2026-01-21/2"]


def test_the_need_date_and_not_the_due_date_is_in_the_id():
    items = [{"item_id": "A", "safety_lead_time_days": 3}]
    found = orders({"items": items, "demands": [demand("A")]})
    assert found.select("order_id", "due_date").rows() == [("A@MAIN/2026-01-21/1", date(2026, 1, 18))]


def test_the_number_skips_ids_that_open_orders_have():
    """Firmed orders keep their id; the item's other days are numbered as before, and other items' ids do not count."""
    items = [{"item_id": name, "lot_sizing_rule": "fixed_order_quantity", "fixed_order_quantity": 4.0} for name in "AB"]
    firmed = [("A@MAIN/2026-01-21/2", "A"), ("A@MAIN/2026-01-21/3", "B"), ("A@MAIN/2026-02-30/1", "A")]
    tables = {
        "items": items,
        "demands": [demand("A", 12.0), demand("A", 4.0, date(2026, 1, 23)), demand("B", 4.0)],
        "scheduled_receipts": [
            {"order_id": name, "item_id": item, "due_date": date(2026, 2, 20), "quantity": 1.0} for name, item in firmed
        ],
    }
    assert ids(tables, expedite_window_days=0) == [
        "A@MAIN/2026-01-21/1",
        "A@MAIN/2026-01-21/3",
        "A@MAIN/2026-01-21/4",
        "A@MAIN/2026-01-23/1",
        "B@MAIN/2026-01-21/1",
    ]


def test_an_at_sign_in_an_id_is_doubled():
    tables = {
        "items": [{"item_id": "A@B"}, {"item_id": "A"}],
        "sites": [{"site_id": "C"}, {"site_id": "B@C"}],
        "demands": [demand("A@B", site_id="C"), demand("A", site_id="B@C")],
    }
    assert sorted(ids(tables)) == ["A@@B@C/2026-01-21/1", "A@B@@C/2026-01-21/1"]


BILLS = {
    "items": [{"item_id": name} for name in ("A", "B", "C", "D")],
    "bom_lines": [
        {"parent_item_id": "A", "component_item_id": "C", "quantity_per": 1.0},
        {"parent_item_id": "B", "component_item_id": "D", "quantity_per": 1.0},
    ],
}


def of_a(demands, items=BILLS["items"]):
    """Return the orders and requirements of A and its component, by their ids."""
    result = plan_rows({**BILLS, "items": items, "demands": demands}, AS_OF)
    is_of_a = pl.col("item_id").is_in(["A", "C"])
    return [
        result.table("planned_orders").filter(is_of_a).sort("order_id").drop("low_level_code").rows(),
        result.table("requirements").filter(is_of_a).sort("requirement_id").rows(),
    ]


def test_ids_stay_when_the_demand_of_another_item_changes():
    first = [demand("A", demand_id="1"), demand("A", 5.0, date(2026, 1, 30), demand_id="2")]
    others = [[], [demand("B", demand_id="3")], [demand("B", 99.0, date(2026, 1, 9), demand_id="3")]]
    plans = [of_a([*other, *first]) for other in others]
    assert plans[0] == plans[1] == plans[2]
    assert len(plans[0][0]) == 4


def test_ids_stay_when_rows_change_their_order():
    demands = [demand("A", demand_id="1"), demand("B", demand_id="2")]
    assert of_a(demands) == of_a(demands[::-1], BILLS["items"][::-1])


def test_a_firm_planned_order_keeps_its_own_id_where_its_components_are_required():
    receipt = {"order_id": "MO-7", "item_id": "A", "due_date": LATER, "quantity": 10.0, "status": "firm_planned"}
    result = plan_rows({**BILLS, "demands": [demand("A")], "scheduled_receipts": [receipt]}, AS_OF)
    dependent = result.table("requirements").filter(pl.col("kind") == "dependent")
    assert dependent.select("item_id", "source_id").rows() == [("C", "MO-7")]
    assert result.table("planned_orders")["item_id"].to_list() == ["C"]


def test_each_requirement_has_an_id_of_its_own():
    demands = [demand("A"), demand("A"), demand("A", 1.0, date(2026, 1, 22))]
    found = plan_rows({**BILLS, "demands": demands}, AS_OF).table("requirements")
    of_item = found.filter(pl.col("item_id") == "A")["requirement_id"].to_list()
    assert of_item == ["A@MAIN/2026-01-21/r1", "A@MAIN/2026-01-21/r2", "A@MAIN/2026-01-22/r1"]
    assert found["requirement_id"].is_unique().all()
