"""Messages to increase and decrease open orders, and their damping."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.asserts import plan_rows

AS_OF = date(2026, 1, 5)
PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "messages.md"


def on(days):
    """Return the date so many days after the planning date."""
    return AS_OF + timedelta(days=days)


def plan(item, demands, receipts, **options):
    """Return the plan of item A at 2 a unit; demands are (day, quantity), receipts (id, day, quantity)."""
    tables = {
        "items": [{"item_id": "A", "unit_cost": 2.0, **item}],
        "demands": [{"item_id": "A", "due_date": on(day), "quantity": float(quantity)} for day, quantity in demands],
        "scheduled_receipts": [
            {"order_id": name, "item_id": "A", "due_date": on(day), "quantity": float(quantity)}
            for name, day, quantity in receipts
        ],
    }
    filled = {name: rows for name, rows in tables.items() if rows}
    return plan_rows(filled, {"as_of": AS_OF}, resize_receipts=True, **options)


def resized(item, demands, receipts, **options):
    """Return order, new quantity and whether it is damped of the messages that resize."""
    messages = plan(item, demands, receipts, **options).table("messages")
    found = messages.filter(kind="increase").vstack(messages.filter(kind="decrease"))
    return found.select("order_id", "suggested_quantity", "is_damped").rows()


def test_the_table_of_the_page_is_what_the_engine_says():
    lines = PAGE.read_text().split("<!-- resizing -->\n")[1].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    tables = {
        "items": [{"item_id": "A", "minimum_order_quantity": 5.0, "order_multiple": 4.0}, {"item_id": "B"}],
        "demands": [
            {"item_id": item, "due_date": on(day), "quantity": quantity}
            for item, day, quantity in [("A", 5, 10.0), ("A", 15, 13.0), ("B", 5, 10.0), ("B", 7, 4.0), ("B", 8, 6.0)]
        ],
        "scheduled_receipts": [
            {"order_id": order, "item_id": item, "due_date": date.fromisoformat(due), "quantity": float(quantity)}
            for item, order, due, quantity, *_ in cells
        ],
    }
    result = plan_rows(tables, {"as_of": AS_OF}, resize_receipts=True, increase_window_days=2)
    messages = {row["order_id"]: row for row in result.table("messages").rows(named=True)}
    for _, order, due, quantity, kind, to_quantity, _ in cells:
        if not kind:
            assert order not in messages
            continue
        message = messages[order]
        assert (message["kind"], str(message["current_date"])) == (kind, due)
        assert message["suggested_quantity"] == float(to_quantity or quantity)


def test_resizing_is_off_unless_asked_for():
    result = plan_rows(
        {
            "items": [{"item_id": "A"}],
            "demands": [{"item_id": "A", "due_date": on(5), "quantity": 4.0}],
            "scheduled_receipts": [{"order_id": "R", "item_id": "A", "due_date": on(5), "quantity": 9.0}],
        },
        {"as_of": AS_OF},
    )
    assert result.table("messages").is_empty()


def test_an_order_that_is_needed_in_part_is_decreased_to_that_part():
    messages = plan({"safety_stock": 1.0}, [(5, 4)], [("R1", 0, 1), ("R2", 5, 9)]).table("messages")
    message = messages.filter(kind="decrease").row(0, named=True)
    assert (message["order_id"], message["current_quantity"], message["suggested_quantity"]) == ("R2", 9.0, 4.0)
    assert (message["value"], message["days"], message["current_date"]) == (10.0, 0, on(5))
    assert message["text"] == "Decrease R2 from 9 to 4: the rest of A is not needed."


def test_an_increase_takes_the_place_of_a_new_order_once_it_is_followed():
    before = plan({}, [(5, 9)], [("R", 5, 4)])
    message = before.table("messages").row(0, named=True)
    assert (message["kind"], message["suggested_quantity"], message["value"]) == ("increase", 9.0, 10.0)
    assert message["text"] == "Increase R from 4 to 9 instead of ordering more A anew."
    assert before.table("planned_orders")["quantity"].to_list() == [5.0]
    assert plan({}, [(5, 9)], [("R", 5, 9)]).table("planned_orders").is_empty()


@pytest.mark.parametrize("rule", ["fixed_order_quantity", "order_up_to"])
def test_a_rule_that_sets_the_lot_gives_no_advice_on_quantities(rule):
    item = {"lot_sizing_rule": rule, "fixed_order_quantity": 7.0, "order_up_to_level": 7.0}
    assert resized(item, [(5, 4)], [("R", 5, 9)]) == []
    assert resized(item, [(5, 14)], [("R", 5, 9)]) == []


def test_an_order_is_not_increased_above_the_maximum():
    item = {"maximum_order_quantity": 10.0}
    assert resized(item, [(5, 10)], [("R", 5, 8)]) == [("R", 10.0, False)]
    assert resized(item, [(5, 11)], [("R", 5, 8)]) == []


@pytest.mark.parametrize(
    ("options", "is_damped"),
    [
        ({"message_minimum_quantity": 5.0}, False),
        ({"message_minimum_quantity": 5.01}, True),
        ({"message_minimum_fraction": 0.5}, False),
        ({"message_minimum_fraction": 0.51}, True),
        ({"message_minimum_value": 10.0}, False),
        ({"message_minimum_value": 10.01}, True),
        ({"message_horizon_days": 5}, False),
        ({"message_horizon_days": 4}, True),
    ],
)
def test_a_small_or_distant_decrease_is_damped(options, is_damped):
    """Of 10, 5 are needed: the change is 5, half of the order, and worth 10."""
    assert resized({}, [(5, 5)], [("R", 5, 10)], **options) == [("R", 5.0, is_damped)]


@pytest.mark.parametrize(("kind", "demands"), [("expedite", [(3, 10)]), ("defer", [(9, 10)]), ("cancel", [])])
def test_quantity_and_horizon_damp_the_messages_that_move_and_cancel_too(kind, demands):
    def is_damped(**options):
        messages = plan({}, demands, [("R", 6, 10)], **options).table("messages")
        return messages.filter(kind=kind)["is_damped"].to_list()

    earlier = min(6, *(day for day, _ in demands), 6)
    assert is_damped(message_minimum_quantity=10.0, message_horizon_days=earlier) == [False]
    assert is_damped(message_minimum_quantity=10.5) == [True]
    assert is_damped(message_horizon_days=earlier - 1) == [True]
