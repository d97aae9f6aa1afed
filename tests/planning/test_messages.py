"""One case by hand for each kind of message, the numbers beside it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.asserts import plan_rows

AS_OF = date(2026, 1, 5)
# every item costs 2 a unit
NO_MOVE = {"expedite_window_days": 0}
ITEM = {"item_id": "A", "unit_cost": 2.0, "lead_time_days": 4}


def on(days):
    """Return the date so many days after the planning date."""
    return AS_OF + timedelta(days=days)


def messages(item=None, *, demands=(), receipts=(), stock=(), demand_rows=(), options=None):
    """Return the messages of one item as dicts; demands are (day, quantity), receipts (id, day, quantity)."""
    rows = {
        "items": [{**ITEM, **(item or {})}],
        "demands": [
            {"demand_id": f"D{n}", "item_id": "A", "due_date": on(day), "quantity": float(quantity)}
            for n, (day, quantity) in enumerate(demands, 1)
        ]
        or demand_rows,
        "scheduled_receipts": [
            {"order_id": name, "item_id": "A", "due_date": on(day), "quantity": float(quantity)}
            for name, day, quantity in receipts
        ],
        "on_hand": [{"item_id": "A", **row} for row in stock],
    }
    result = plan_rows({name: given for name, given in rows.items() if given}, {"as_of": AS_OF}, **(options or {}))
    return result.table("messages").rows(named=True)


def only(found, kind):
    """Return the one message, after asserting that it is the only one and of that kind."""
    assert [message["kind"] for message in found] == [kind]
    return found[0]


def facts(message):
    """Return what a message says in numbers."""
    names = ("order_id", "current_date", "suggested_date", "current_quantity", "suggested_quantity", "days", "value")
    return tuple(message[name] for name in names)


def test_release_is_said_of_an_order_that_is_to_be_released_today():
    found = only(messages(demands=[(4, 10)]), "release")
    assert facts(found) == ("A@MAIN/2026-01-09/1", AS_OF, AS_OF, 10.0, 10.0, 0, 20.0)
    assert found["text"] == "Release 10 of A today."


def test_an_order_that_is_released_tomorrow_has_no_message():
    assert messages(demands=[(5, 10)]) == []


def test_release_past_due_says_since_when():
    found = only(messages(demands=[(1, 2.5)]), "release_past_due")
    assert facts(found) == ("A@MAIN/2026-01-06/1", on(-3), AS_OF, 2.5, 2.5, 3, 5.0)
    assert found["text"] == "Release 2.5 of A at once: it should have been released on 2026-01-02, 3 days ago."


def test_expedite_moves_a_receipt_to_the_day_of_the_shortage():
    found = only(messages(demands=[(6, 10)], receipts=[("PO", 9, 10)]), "expedite")
    assert facts(found) == ("PO", on(9), on(6), 10.0, 10.0, -3, 20.0)
    assert found["text"] == "Expedite PO from 2026-01-14 to 2026-01-11."


def test_defer_moves_a_receipt_to_the_day_on_which_it_is_needed():
    found = only(messages(demands=[(9, 10)], receipts=[("PO", 6, 10)]), "defer")
    assert facts(found) == ("PO", on(6), on(9), 10.0, 10.0, 3, 20.0)
    assert found["text"] == "Defer PO from 2026-01-11 to 2026-01-14."


def test_cancel_suggests_a_quantity_of_nothing_and_no_date():
    found = only(messages(receipts=[("PO", 6, 10)]), "cancel")
    assert facts(found) == ("PO", on(6), None, 10.0, 0.0, None, 20.0)
    assert found["text"] == "Cancel PO: 10 of A is not needed."


@pytest.mark.parametrize(("days", "is_damped"), [(2, False), (3, True), (4, True)])
def test_an_expedite_within_its_tolerance_is_damped(days, is_damped):
    options = {"expedite_tolerance_days": days, "defer_tolerance_days": 0}
    found = messages(demands=[(6, 10)], receipts=[("PO", 9, 10)], options=options)
    assert only(found, "expedite")["is_damped"] is is_damped


@pytest.mark.parametrize(("days", "is_damped"), [(2, False), (3, True), (4, True)])
def test_a_defer_within_its_tolerance_is_damped(days, is_damped):
    options = {"expedite_tolerance_days": 0, "defer_tolerance_days": days}
    found = messages(demands=[(9, 10)], receipts=[("PO", 6, 10)], options=options)
    assert only(found, "defer")["is_damped"] is is_damped


def test_no_tolerance_of_days_damps_a_cancel():
    options = {"expedite_tolerance_days": 999, "defer_tolerance_days": 999}
    assert only(messages(receipts=[("PO", 6, 10)], options=options), "cancel")["is_damped"] is False


@pytest.mark.parametrize(("kind", "demands"), [("expedite", [(3, 10)]), ("defer", [(9, 10)]), ("cancel", [])])
@pytest.mark.parametrize(("least", "is_damped"), [(20.0, False), (20.01, True)])
def test_a_rescheduling_below_the_minimum_value_is_damped(kind, demands, least, is_damped):
    found = messages(demands=demands, receipts=[("PO", 6, 10)], options={"message_minimum_value": least})
    assert only(found, kind)["is_damped"] is is_damped


def test_past_due_receipt_is_counted_today():
    found = only(messages(demands=[(0, 10)], receipts=[("PO", -2, 10)]), "past_due_receipt")
    assert facts(found) == ("PO", on(-2), AS_OF, 10.0, 10.0, 2, 20.0)
    assert found["text"] == "PO was due on 2026-01-03; it is counted today."


def test_past_due_demand_is_still_open():
    found = only(messages(demands=[(-2, 10)], stock=[{"quantity": 10.0}]), "past_due_demand")
    assert facts(found) == ("D1", on(-2), AS_OF, 10.0, 10.0, 2, 20.0)
    assert found["text"] == "D1 was due on 2026-01-03; 10 of A is still open."


def test_a_past_due_demand_without_id_is_named_by_its_row():
    rows = [{"item_id": "A", "due_date": on(day), "quantity": 1.0} for day in (3, -1)]
    found = messages(stock=[{"quantity": 2.0}], demand_rows=rows)
    assert only(found, "past_due_demand")["order_id"] == "demands:2"


def test_below_safety_stock_values_what_is_missing():
    found = messages({"safety_stock": 10.0, "lead_time_days": 0}, stock=[{"quantity": 4.0}])
    assert [message["kind"] for message in found] == ["release", "below_safety_stock"]
    assert facts(found[1]) == (None, AS_OF, None, 4.0, 10.0, None, 12.0)
    assert found[1]["text"] == "Stock of A is 4, below its safety stock of 10."


def test_shortage_says_how_long_and_how_deep():
    item = {"is_planned": False}
    found = messages(item, demands=[(2, 7), (5, 3)], receipts=[("PO", 9, 10)], options={"expedite_window_days": 0})
    shortage = only(found, "shortage")
    assert facts(shortage) == (None, on(2), on(9), -10.0, 0.0, 7, 20.0)
    assert shortage["text"] == "A is short from 2026-01-07 until 2026-01-14: the balance falls to -10."


def test_shortage_without_an_end_has_no_suggested_date():
    shortage = only(messages({"is_planned": False}, demands=[(2, 7)]), "shortage")
    assert facts(shortage) == (None, on(2), None, -7.0, 0.0, None, 14.0)
    assert shortage["text"] == "A is short from 2026-01-07 to the end: the balance falls to -7."


def test_a_balance_between_zero_and_the_safety_stock_is_no_shortage():
    item = {"is_planned": False, "safety_stock": 5.0}
    found = only(messages(item, demands=[(2, 7)], stock=[{"quantity": 9.0}]), "below_safety_stock")
    assert facts(found) == (None, on(2), None, 2.0, 5.0, None, 6.0)


def test_an_unplanned_item_below_its_safety_stock_is_said_once_with_how_long():
    item = {"is_planned": False, "safety_stock": 5.0}
    found = only(
        messages(item, stock=[{"quantity": 4.0}], receipts=[("PO", 3, 2)], options=NO_MOVE), "below_safety_stock"
    )
    assert facts(found) == (None, AS_OF, on(3), 4.0, 5.0, 3, 2.0)


def test_a_bought_item_without_a_supplier_is_ordered_all_the_same():
    assert messages({"supply_type": "buy"}, demands=[(20, 7)]) == []


def test_no_source_is_said_once_of_a_transfer_from_nowhere():
    found = messages({"supply_type": "transfer"}, demands=[(2, 7)])
    assert sorted(message["kind"] for message in found) == ["no_source", "shortage"]
    message = next(message for message in found if message["kind"] == "no_source")
    assert facts(message) == (None, None, None, 0.0, 0.0, None, 0.0)
    assert message["text"] == "A at MAIN is to be transferred, but no lane or source_site_id says from where."


def test_stock_that_has_expired_is_not_counted():
    found = only(messages(stock=[{"quantity": 4.0, "lot_id": "L", "expiry_date": AS_OF}]), "expired_stock")
    assert facts(found) == ("L", AS_OF, None, 4.0, 0.0, None, 8.0)
    assert found["text"] == "4 of A has expired on 2026-01-05 and is not counted."


def test_stock_that_will_expire_unused_is_said_with_what_is_left():
    stock = [{"quantity": 4.0, "lot_id": "L", "expiry_date": on(8)}]
    found = only(messages(demands=[(3, 1)], stock=stock), "expired_stock")
    assert facts(found) == ("L", on(8), None, 3.0, 0.0, None, 6.0)
    assert found["text"] == "3 of A expires unused on 2026-01-13."


def test_a_lot_that_is_used_up_before_its_expiry_has_no_message():
    assert messages(demands=[(3, 4)], stock=[{"quantity": 4.0, "expiry_date": on(8)}]) == []


def test_a_demand_that_comes_out_late_when_releases_are_pushed_is_a_shortage_with_its_late_date():
    found = messages(demands=[(1, 10)], options={"past_release": "push"})
    late = next(message for message in found if message["order_id"] == "D1")
    assert (late["kind"], late["current_date"], late["suggested_date"], late["days"]) == ("shortage", on(1), on(4), 3)
    assert late["text"] == "D1 will be 3 days late: on 2026-01-09."


@pytest.mark.parametrize(
    ("quantity", "written"),
    [
        (12.0, "12"),
        (2.5, "2.5"),
        (1 / 3, "0.3333"),
        (0.00001, "0.00001"),
        (0.00123456, "0.001235"),
        (1e15, "1000000000000000"),
    ],
)
def test_a_quantity_in_a_text_is_short_and_never_lost(quantity, written):
    found = only(messages({"lead_time_days": 0}, demands=[(0, quantity)]), "release")
    assert found["text"] == f"Release {written} of A today."
