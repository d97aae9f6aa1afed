"""Where-used: the mirror of the explosion."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bom.explosion import explode_summarised
from bom.graph import CycleError
from bom.where_used import where_used_indented, where_used_single_level, where_used_summarised
from tests.bom.random_bills import ITEM_IDS, bills


@settings(max_examples=150, deadline=None)
@given(bills(has_fixed=False), st.sampled_from(ITEM_IDS))
def test_where_used_names_exactly_the_end_items_and_what_their_explosion_says(bill, component):
    structure = bill.structure()
    expected = {}
    for item in ITEM_IDS:
        rows = explode_summarised(structure, item, is_rounded=False).filter(item_id=component)
        is_used = any(line["component_item_id"] == item and not bill.is_by_product(line) for line in bill.lines)
        if not rows.is_empty() and not (bill.is_exploded(item) and is_used):
            expected[item] = rows["quantity"].sum()
    assert dict(where_used_summarised(structure, component).select("item_id", "quantity").rows()) == expected


@settings(max_examples=100, deadline=None)
@given(bills(), st.sampled_from(ITEM_IDS))
def test_the_indented_rows_climb_one_line_at_a_time(bill, component):
    path = []
    for row in where_used_indented(bill.structure(), component).iter_rows(named=True):
        path = [*path[: row["level"] - 1], row]
        assert row["component_item_id"] == (path[-2]["item_id"] if row["level"] > 1 else component)
        below = path[-2]["quantity"] if row["level"] > 1 else 1.0
        assert row["quantity"] == below * bill.per(bill.lines[row["row"] - 1])
        assert row["level"] == 1 or not row["is_by_product"]


@settings(max_examples=50, deadline=None)
@given(bills())
def test_the_single_level_rows_are_the_first_level_of_the_indented_ones(bill):
    structure = bill.structure()
    for component in ITEM_IDS:
        single = where_used_single_level(structure, component)
        assert single["row"].to_list() == [
            n for n, r in enumerate(bill.lines, 1) if r["component_item_id"] == component
        ]
        assert single.equals(where_used_indented(structure, component).filter(level=1))


def test_a_bought_parent_is_shown_but_not_climbed(make_structure):
    lines = [("lamp", "bulb", {}), ("bulb", "wire", {"quantity_per": 2.0})]
    structure = make_structure({"lamp": {}, "bulb": {"supply_type": "buy"}, "wire": {}}, lines)
    assert where_used_indented(structure, "wire")["item_id"].to_list() == ["bulb"]
    assert where_used_summarised(structure, "wire").select("item_id", "quantity").rows() == [("bulb", 2.0)]


def test_a_by_product_is_found_with_a_quantity_below_zero(make_structure):
    lines = [("board", "chips", {"quantity_per": -0.5}), ("shelf", "board", {"quantity_per": 3.0})]
    structure = make_structure({"shelf": {}, "board": {}, "chips": {}}, lines)
    rows = where_used_indented(structure, "chips").select("level", "item_id", "quantity", "is_by_product").rows()
    assert rows == [(1, "board", -0.5, True), (2, "shelf", -1.5, False)]
    assert where_used_summarised(structure, "chips").select("item_id", "quantity").rows() == [("shelf", -1.5)]


def test_what_goes_into_a_by_product_is_not_used_by_the_order_that_gives_it(make_structure):
    lines = [("board", "chips", {"quantity_per": -0.5}), ("chips", "sack", {})]
    structure = make_structure({"board": {}, "chips": {}, "sack": {}}, lines)
    assert where_used_indented(structure, "sack")["item_id"].to_list() == ["chips"]


def test_an_item_that_nothing_uses_has_no_where_used(make_structure):
    structure = make_structure({"a": {}, "b": {}}, [("a", "b", {})])
    assert where_used_single_level(structure, "a").is_empty()
    assert where_used_indented(structure, "a").is_empty()
    assert where_used_summarised(structure, "a").is_empty()


def test_a_cycle_above_the_item_is_named(make_structure):
    structure = make_structure({item: {} for item in "abc"}, [("a", "b", {}), ("b", "a", {}), ("b", "c", {})])
    with pytest.raises(CycleError, match="a -> b -> a"):
        where_used_summarised(structure, "c")
