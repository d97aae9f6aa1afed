"""Alternates of a bill: who uses what is there, by hand (rule 11)."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from planning.explaining.sourcing_choices import explain_alternates, explain_offer
from planning.mrp import run_mrp
from planning.options import MrpOptions
from tests.asserts import plan_rows
from tests.reference.cases import generate
from tests.reference.compare import data_of

AS_OF = date(2026, 1, 5)


def on(days):
    """Return the date so many days after the planning date."""
    return AS_OF + timedelta(days=days)


def line(component, priority, **cells):
    """Return a line of P's only group."""
    return {
        "parent_item_id": "P",
        "component_item_id": component,
        "alternate_group": "g",
        "alternate_priority": priority,
        "quantity_per": 1.0,
        **cells,
    }


def planned(lines, demands, stock=(), items=None, receipts=(), **options):
    """Return the plan of P, made of the lines; demands are (item, day, quantity), stock (item, quantity)."""
    names = dict.fromkeys([item for item, *_ in demands] + [row["parent_item_id"] for row in lines])
    names |= dict.fromkeys(row["component_item_id"] for row in lines)
    rows = {
        "items": [{"item_id": name, **(items or {}).get(name, {})} for name in names],
        "bom_lines": lines,
        "demands": [{"item_id": i, "due_date": on(day), "quantity": float(q)} for i, day, q in demands],
        "on_hand": [{"item_id": row[0], "quantity": float(row[1]), **dict(row[2:])} for row in stock],
        "scheduled_receipts": [
            {"order_id": f"R{n}", "item_id": i, "due_date": on(day), "quantity": float(q)}
            for n, (i, day, q) in enumerate(receipts)
        ],
    }
    return plan_rows({name: given for name, given in rows.items() if given}, {"as_of": AS_OF}, **options)


def needed(result):
    """Return (component, day, quantity) of the dependent requirements."""
    rows = result.table("requirements").filter(kind="dependent").sort("date", "item_id")
    return [((item), (day - AS_OF).days, q) for item, day, q in rows.select("item_id", "date", "quantity").rows()]


A_OR_B = [line("A", 1), line("B", 2)]


def test_a_dedicated_line_of_the_same_day_comes_first():
    result = planned(A_OR_B, [("P", 5, 10), ("B", 5, 6), ("B", 6, 2)], [("B", 10)])
    assert needed(result) == [("A", 5, 6.0), ("B", 5, 4.0)]
    assert result.table("planned_orders").filter(item_id="B").select("need_date", "quantity").rows() == [(on(6), 2.0)]


def test_a_receipt_counts_from_its_date():
    result = planned(A_OR_B, [("P", 5, 10), ("P", 7, 10)], receipts=[("B", 6, 8)])
    assert needed(result) == [("A", 5, 10.0), ("A", 7, 2.0), ("B", 7, 8.0)]


def test_the_floor_is_not_free():
    result = planned(A_OR_B, [("P", 5, 10)], [("B", 10)], {"B": {"safety_stock": 7.0}})
    assert needed(result) == [("A", 5, 7.0), ("B", 5, 3.0)]


def test_a_lot_is_free_until_it_expires():
    result = planned(A_OR_B, [("P", 5, 10), ("P", 8, 10)], [("B", 14, ("expiry_date", on(7)))])
    assert needed(result) == [("B", 5, 10.0), ("A", 8, 10.0)]


def test_an_item_that_is_no_longer_planned_is_used_up_and_the_next_one_ordered():
    result = planned(A_OR_B, [("P", 5, 10)], [("A", 4)], {"A": {"is_planned": False}})
    assert needed(result) == [("A", 5, 4.0), ("B", 5, 6.0)]
    assert result.table("planned_orders").filter(item_id="B")["quantity"].to_list() == [6.0]


def test_only_lines_in_force_are_candidates():
    lines = [line("A", 1, effective_from=on(6)), line("B", 2), line("C", 3, effective_to=on(6))]
    result = planned(lines, [("P", 5, 10), ("P", 6, 10)], [("C", 20)])
    assert needed(result) == [("C", 5, 10.0), ("A", 6, 10.0)]


def test_quantities_convert_by_what_each_line_would_need():
    """Of A 10 x 2 + 1 = 21 would be needed; 7 are a third, so of B two thirds of 10 x 4 / 0.8 = 50."""
    lines = [line("A", 1, quantity_per=2.0, quantity_fixed=1.0), line("B", 2, quantity_per=4.0, scrap_fraction=0.2)]
    result = planned(lines, [("P", 5, 10)], [("A", 7), ("B", 100)])
    assert [row[2] for row in needed(result)] == pytest.approx([7.0, 100 / 3])


def test_what_is_free_is_used_in_whole_units():
    result = planned(
        [line("A", 1, quantity_per=0.5), line("B", 2)],
        [("P", 5, 10)],
        [("A", 2.5)],
        {"A": {"quantity_decimals": 0}, "B": {"quantity_decimals": 0}},
    )
    assert needed(result) == [("A", 5, 5.0)]
    result = planned(A_OR_B, [("P", 5, 10)], [("B", 2.5)], {"B": {"quantity_decimals": 0}})
    assert needed(result) == [("A", 5, 8.0), ("B", 5, 2.0)]


def test_a_phantom_has_nothing_free_but_can_be_blown_through():
    lines = [line("A", 1), line("F", 2), {"parent_item_id": "F", "component_item_id": "C", "quantity_per": 3.0}]
    items = {"A": {"is_planned": False}, "F": {"is_phantom": True}}
    result = planned(lines, [("P", 5, 10)], [("A", 4), ("F", 100)], items)
    assert needed(result) == [("A", 5, 4.0), ("C", 5, 18.0), ("F", 5, 6.0)]


def test_items_of_one_cluster_lie_on_one_level():
    lines = [*A_OR_B, {"parent_item_id": "Q", "component_item_id": "P", "quantity_per": 1.0}]
    lines.append({"parent_item_id": "P", "component_item_id": "M", "quantity_per": 1.0})
    lines.append({"parent_item_id": "M", "component_item_id": "B", "quantity_per": 1.0})
    result = planned(lines, [("Q", 5, 10), ("A", 9, 1)], items={"Q": {}})
    codes = dict(result.table("planned_orders").select("item_id", "low_level_code").unique().rows())
    assert codes["A"] == codes["M"] + 1


def test_alternates_that_need_each_other_do_not_share():
    lines = [*A_OR_B, {"parent_item_id": "A", "component_item_id": "B", "quantity_per": 1.0}]
    result = planned(lines, [("P", 5, 10)], [("B", 4)])
    assert needed(result) == [("A", 5, 10.0), ("B", 5, 10.0)]
    [message] = result.table("messages").filter(kind="data").rows(named=True)
    assert message["item_id"] == "P"
    assert message["text"] == "The alternates g of P need each other: the first in force is used, whatever is there."


def test_an_explanation_of_alternates_says_what_was_free():
    result = planned(A_OR_B, [("P", 5, 10), ("P", 6, 10)], [("A", 4), ("B", 9)])
    order = result.order_index.planned("P@MAIN/2026-01-11/1").order
    steps = explain_alternates(result, order, "g")
    facts = [(s.component_item_id, s.full, s.free, s.taken, s.share) for s in steps]
    assert [name for name, *_ in facts] == ["A", "B"]
    np.testing.assert_allclose([numbers for _, *numbers in facts], [(10, 0, 0, 0.7), (10, 3, 3, 0.3)])
    assert {s.day for s in steps} == {on(6)}
    with pytest.raises(KeyError):
        explain_alternates(result, order, "h")


def test_explained_offers_are_those_that_the_orders_take():
    """On random data: one offer is chosen, it is in force, and none is further behind."""
    n_orders = n_shared = 0
    for seed in range(100):
        case = generate(seed)
        result = run_mrp(data_of(case), MrpOptions(**case.options))
        for name in result.table("planned_orders").filter(supply_type="buy")["order_id"].to_list():
            order = result.order_index.planned(name).order
            steps = explain_offer(result, order)
            chosen = [step for step in steps if step.is_chosen]
            assert len(chosen) <= 1
            assert bool(chosen) == any(step.is_in_force for step in steps)
            n_orders += 1
            if chosen and chosen[0].behind is not None:
                behind = [step.behind for step in steps if step.behind is not None]
                assert chosen[0].behind == pytest.approx(max(behind))
                n_shared += len(behind) > 1
    assert n_orders > 100
    assert n_shared > 10
