"""Messages that are followed: dates, quantities and allocations by hand, and nothing left to do on random data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest

from bom.errors import PlanningError
from planning.apply_messages import APPLICABLE_KINDS, apply_messages
from planning.checks import validate
from planning.mrp import run_mrp
from planning.options import MrpOptions
from tests.reference.cases import generate
from tests.reference.compare import data_of

AS_OF = date(2026, 1, 5)  # a Monday
PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "messages.md"


def on(days):
    """Return the date so many days after the planning date."""
    return AS_OF + timedelta(days=days)


def data_set(**tables):
    """Return a data set; items A and B, of which A takes two, unless given."""
    tables.setdefault("items", [{"item_id": "A"}, {"item_id": "B"}])
    tables.setdefault("bom_lines", [{"parent_item_id": "A", "component_item_id": "B", "quantity_per": 2.0}])
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}
    return validate(frames, {"as_of": AS_OF}).data


def demand(item, day, quantity):
    return {"item_id": item, "due_date": on(day), "quantity": float(quantity)}


def receipt(order, item, day, quantity, **more):
    return {"order_id": order, "item_id": item, "due_date": on(day), "quantity": float(quantity), **more}


def open_orders(data, *columns):
    """Return id, days from the planning date to the due date, quantity and more of the open orders."""
    rows = data.table("scheduled_receipts").rows(named=True)
    return [(r["order_id"], (r["due_date"] - AS_OF).days, r["quantity"], *(r[name] for name in columns)) for r in rows]


def left(data, options=None, including_damped=False):
    """Return kind and order of what could still be followed."""
    messages = run_mrp(data, options).table("messages").filter(pl.col("kind").is_in(APPLICABLE_KINDS))
    return messages.filter(~pl.col("is_damped") | including_damped).select("kind", "order_id").rows()


def test_orders_move_to_where_they_are_needed_and_a_cancelled_one_keeps_no_quantity():
    data = data_set(
        demands=[demand("A", 10, 5), demand("A", 20, 5)],
        scheduled_receipts=[receipt("R1", "A", 15, 5), receipt("R2", "A", 16, 5), receipt("R3", "A", 30, 5)],
    )
    assert left(data) == [("expedite", "R1"), ("defer", "R2"), ("cancel", "R3")]
    followed = apply_messages(data)
    assert open_orders(followed) == [("R1", 10, 5.0), ("R2", 20, 5.0), ("R3", 30, 0.0)]
    assert left(followed) == []
    assert open_orders(data)[0] == ("R1", 15, 5.0)


def test_a_firm_order_that_moves_takes_its_components_with_it():
    """A's order moves from day 15 to 10; its 10 B, on the way for day 15, are needed on day 10 only then."""
    firm = {"status": "firm_planned"}
    data = data_set(
        demands=[demand("A", 10, 5)],
        scheduled_receipts=[
            receipt("FA", "A", 15, 5, **firm),
            receipt("PB", "B", 15, 10, status="released"),
        ],
    )
    assert left(data) == [("expedite", "FA")]
    followed = apply_messages(data)
    assert open_orders(followed) == [("FA", 10, 5.0), ("PB", 10, 10.0)]


def test_the_table_of_the_page_is_what_is_done():
    lines = PAGE.read_text().split("<!-- applied -->\n")[1].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    data = data_set(
        demands=[demand("A", 10, 5)],
        scheduled_receipts=[
            {"order_id": o, "item_id": i, "status": s, "quantity": float(q), "due_date": date.fromisoformat(due)}
            for o, i, s, q, due, *_ in cells
        ],
    )
    assert left(data) == [(kind, order) for order, *_, kind, _ in cells if kind]
    followed = apply_messages(data)
    assert [str(due) for due in followed.table("scheduled_receipts")["due_date"]] == [row[-1] for row in cells]


def test_release_dates_and_allocations_keep_their_working_days_to_the_due_date():
    """From Thursday 15 to Tuesday 20 January; the release from Friday 9 (4 days before) to Wednesday 14."""
    data = data_set(
        calendars=[{"calendar_id": "C", "saturday": 0.0, "sunday": 0.0}],
        sites=[{"site_id": "MAIN", "calendar_id": "C"}],
        demands=[demand("A", 15, 5)],
        scheduled_receipts=[
            {**receipt("R", "A", 10, 5), "release_date": on(4)},
            {**receipt("S", "B", 2, 3), "release_date": None},
        ],
        allocations=[
            {"order_id": "R", "item_id": "B", "required_date": on(7), "quantity": 3.0},
            {"order_id": "other", "item_id": "B", "required_date": on(7), "quantity": 0.0},
        ],
    )
    followed = apply_messages(data)
    assert open_orders(followed, "release_date") == [("R", 15, 5.0, on(9)), ("S", 10, 3.0, None)]
    assert followed.table("allocations")["required_date"].to_list() == [on(10), on(7)]


def test_calendar_days_are_kept_where_the_lead_time_counts_them():
    data = data_set(
        items=[{"item_id": "A", "lead_time_unit": "calendar"}, {"item_id": "B"}],
        calendars=[{"calendar_id": "C", "saturday": 0.0, "sunday": 0.0}],
        sites=[{"site_id": "MAIN", "calendar_id": "C"}],
        demands=[demand("A", 15, 5)],
        scheduled_receipts=[{**receipt("R", "A", 10, 5), "release_date": on(4)}],
    )
    assert open_orders(apply_messages(data), "release_date") == [("R", 15, 5.0, on(9))]


def test_a_changed_quantity_scales_what_is_allocated_up_to_whole_units():
    data = data_set(
        items=[{"item_id": "A"}, {"item_id": "B", "quantity_decimals": 0}],
        demands=[demand("A", 10, 5)],
        scheduled_receipts=[receipt("R", "A", 10, 8), receipt("X", "A", 12, 8)],
        allocations=[
            {"order_id": order, "item_id": "B", "required_date": on(10), "quantity": 11.0} for order in ("R", "X")
        ],
    )
    followed = apply_messages(data, options=MrpOptions(resize_receipts=True))
    assert open_orders(followed) == [("R", 10, 5.0), ("X", 12, 0.0)]
    assert followed.table("allocations")["quantity"].to_list() == [7.0, 0.0]


def test_an_increase_saves_the_new_order():
    data = data_set(demands=[demand("A", 10, 5)], scheduled_receipts=[receipt("R", "A", 10, 4, buyer="Ann")])
    options = MrpOptions(resize_receipts=True)
    followed = apply_messages(data, options=options)
    assert open_orders(followed, "buyer") == [("R", 10, 5.0, "Ann")]
    assert run_mrp(followed, options).table("planned_orders").filter(item_id="A").is_empty()


def test_two_orders_that_come_to_one_day_change_places_and_still_nothing_is_left():
    """R1 and R2 move to day 5, where the row counts: R2, in the first row, covers all, and R1 has nothing to do."""
    data = data_set(
        demands=[demand("A", 5, 12)],
        scheduled_receipts=[receipt("R2", "A", 20, 100), receipt("R1", "A", 10, 10)],
    )
    assert left(data) == [("expedite", "R1"), ("expedite", "R2")]
    followed = apply_messages(data)
    assert open_orders(followed) == [("R2", 5, 100.0), ("R1", 5, 0.0)]


def test_damped_messages_are_followed_only_when_asked_for():
    data = data_set(demands=[demand("A", 10, 5)], scheduled_receipts=[receipt("R", "A", 12, 5)])
    options = MrpOptions(expedite_tolerance_days=2)
    assert open_orders(apply_messages(data, options=options)) == [("R", 12, 5.0)]
    assert open_orders(apply_messages(data, options=options, including_damped=True)) == [("R", 10, 5.0)]


def test_only_the_given_messages_and_what_they_bring_about_are_followed():
    """FA moves in, and takes PB with it, which had no message before; R stays, as its message is not given."""
    data = data_set(
        items=[{"item_id": name} for name in "ABC"],
        demands=[demand("A", 10, 5), demand("C", 3, 1)],
        scheduled_receipts=[
            receipt("FA", "A", 15, 5, status="firm_planned"),
            receipt("PB", "B", 15, 10, status="released"),
            receipt("R", "C", 9, 1, status="released"),
        ],
    )
    messages = run_mrp(data).table("messages")
    followed = apply_messages(data, messages.filter(order_id="FA"))
    assert open_orders(followed) == [("FA", 10, 5.0), ("PB", 10, 10.0), ("R", 9, 1.0)]
    assert left(followed) == [("expedite", "R")]


def test_a_message_that_is_not_the_plans_is_refused():
    data = data_set(scheduled_receipts=[receipt("R", "A", 9, 1)])
    stale = pl.DataFrame({"kind": ["expedite", "release"], "order_id": ["R", "X"]})
    with pytest.raises(PlanningError, match="expedite R"):
        apply_messages(data, stale)


def random_case(seed):
    """Return data and options of a random case that resizes more often than not, no order allocating in a circle."""
    case = generate(seed)
    options = {**case.options, "resize_receipts": seed % 4 != 0}
    made = {row["order_id"]: row["item_id"] for row in case.tables.get("scheduled_receipts", [])}
    kept = [row for row in case.tables.get("allocations", []) if row["item_id"] > made.get(row["order_id"], "")]
    return data_of(replace(case, options=options, tables={**case.tables, "allocations": kept})), MrpOptions(**options)


def test_an_order_that_allocates_its_own_item_may_have_no_end():
    data = data_set(
        scheduled_receipts=[receipt("R", "A", 10, 8)],
        demands=[demand("A", 10, 2)],
        allocations=[{"order_id": "R", "item_id": "A", "required_date": on(10), "quantity": 4.0}],
    )
    with pytest.raises(PlanningError, match=r"in a circle.*R"):
        apply_messages(data, options=MrpOptions(resize_receipts=True))


@pytest.mark.parametrize("seeds", [range(start, start + 10) for start in range(0, 30, 10)], ids=str)
def test_nothing_is_left_to_follow_on_random_data(seeds):
    for seed in seeds:
        data, options = random_case(seed)
        for including_damped in (False, True):
            followed = apply_messages(data, options=options, including_damped=including_damped)
            assert left(followed, options, including_damped) == [], seed


def test_of_random_messages_only_those_that_were_not_given_are_left():
    """An order's date and its quantity are two things: leaving out the one message does not stop the other."""
    for seed in range(100, 112):
        data, options = random_case(seed)
        messages = run_mrp(data, options).table("messages").filter(pl.col("kind").is_in(APPLICABLE_KINDS))
        random = Random(seed)
        is_given = [random.random() < 0.5 for _ in range(messages.height)]
        followed = apply_messages(data, messages.filter(pl.Series(is_given, dtype=pl.Boolean)), options, True)
        pairs = messages.select("kind", "order_id").rows()
        left_out = {subject(*pair) for pair, given in zip(pairs, is_given, strict=True) if not given}
        assert {subject(*pair) for pair in left(followed, options, True)} <= left_out, seed
        for before, after in zip(open_orders(data), open_orders(followed), strict=True):
            assert before[1] == after[1] or (before[0], "date") not in left_out, seed
            assert before[2] == after[2] or after[2] == 0 or (before[0], "quantity") not in left_out, seed


def subject(kind, order_id):
    """Return what of an order a message is about."""
    return order_id, "quantity" if kind in ("increase", "decrease") else "date"
