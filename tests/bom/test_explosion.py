"""Explosions, against textbooks and against plain recursion."""

from __future__ import annotations

from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bom.errors import PlanningError
from bom.explosion import explode_indented, explode_single_level, explode_summarised
from bom.graph import CycleError
from tests.bom.random_bills import ITEM_IDS, bills

# Heizer & Render, Operations Management, MRP chapter, examples 1-3: product A, 50 units.
HEIZER = {"A": {"B": 2, "C": 3}, "B": {"D": 2, "E": 2}, "C": {"E": 2, "F": 2}, "F": {"D": 2, "G": 1}}
HEIZER_TOTALS = {"B": 100, "C": 150, "D": 800, "E": 500, "F": 300, "G": 300}

KEY = ("item_id", "is_by_product")


@pytest.fixture
def heizer(make_structure):
    lines = [(p, c, {"quantity_per": float(n)}) for p, below in HEIZER.items() for c, n in below.items()]
    return make_structure({item: {} for item in ITEM_IDS}, lines)


def quantities(frame: pl.DataFrame) -> dict[str, float]:
    return dict(frame.select("item_id", "quantity").iter_rows())


def test_the_summarised_explosion_gives_the_textbook_totals(heizer):
    assert quantities(explode_summarised(heizer, "A", 50)) == HEIZER_TOTALS


def test_the_indented_explosion_adds_up_to_the_textbook_totals_in_the_order_of_the_bill(heizer):
    rows = explode_indented(heizer, "A", 50)
    assert rows.select("level", "item_id", "quantity").rows() == [
        (1, "B", 100), (2, "D", 200), (2, "E", 200),
        (1, "C", 150), (2, "E", 300), (2, "F", 300), (3, "D", 600), (3, "G", 300),
    ]  # fmt: skip
    assert quantities(rows.group_by("item_id").agg(pl.col("quantity").sum())) == HEIZER_TOTALS


def test_the_single_level_explosion_has_the_items_own_lines_only(heizer):
    rows = explode_single_level(heizer, "C", 10)
    assert rows.select("level", "item_id", "quantity", "parent_item_id").rows() == [
        (1, "E", 20, "C"),
        (1, "F", 20, "C"),
    ]
    assert explode_single_level(heizer, "G").is_empty()


tops = st.sampled_from(ITEM_IDS)


@settings(max_examples=150, deadline=None)
@given(bills(), tops, st.sampled_from([1.0, 2.5, 8.0]), st.booleans())
def test_the_indented_explosion_is_every_path_in_order(bill, item, quantity, is_rounded):
    rows = explode_indented(bill.structure(), item, quantity, is_rounded)
    assert rows.select("level", "row", "quantity").rows() == bill.paths(item, quantity, is_rounded)


@settings(max_examples=150, deadline=None)
@given(bills(), tops, st.sampled_from([1.0, 2.5, 8.0]), st.booleans())
def test_the_summarised_explosion_is_what_the_parents_ask_for(bill, item, quantity, is_rounded):
    rows = explode_summarised(bill.structure(), item, quantity, is_rounded)
    expected = bill.totals(item, quantity, is_rounded)
    found = {(item_id, is_given): amount for item_id, is_given, amount in rows.select(*KEY, "quantity").iter_rows()}
    assert {key: amount for key, amount in found.items() if amount} == {k: a for k, a in expected.items() if a}
    assert {item_id for item_id, _ in found} == {item_id for item_id, _ in expected}


@settings(max_examples=100, deadline=None)
@given(bills(has_fixed=False), tops, st.sampled_from([1.0, 3.0]))
def test_without_fixed_quantities_and_rounding_the_paths_add_up_to_the_totals(bill, item, quantity):
    structure = bill.structure()
    paths = explode_indented(structure, item, quantity, is_rounded=False)
    by_item = paths.group_by(KEY).agg(pl.col("quantity").sum()).filter(pl.col("quantity") != 0)
    totals = explode_summarised(structure, item, quantity, is_rounded=False).filter(pl.col("quantity") != 0)
    assert sorted(by_item.rows()) == sorted(totals.select(*KEY, "quantity").rows())


def test_yield_scrap_usage_and_fixed_quantity_make_the_quantity(make_structure):
    """10 good at yield 0.8 are 12.5 started; x 2 x 0.5 / (1 - 0.2) = 15.625, + 3 per order = 18.625, up to 18.7."""
    line = {"quantity_per": 2.0, "usage_fraction": 0.5, "scrap_fraction": 0.2, "quantity_fixed": 3.0}
    items = {"tray": {"yield_fraction": 0.8}, "sheet": {"quantity_decimals": 1}}
    structure = make_structure(items, [("tray", "sheet", line)])
    assert quantities(explode_summarised(structure, "tray", 10)) == {"sheet": 18.7}
    assert quantities(explode_summarised(structure, "tray", 10, is_rounded=False)) == {"sheet": pytest.approx(18.625)}
    multiplied = make_structure(items, [("tray", "sheet", line)], scrap_convention="multiply")
    assert quantities(explode_single_level(multiplied, "tray", 10)) == {"sheet": 18.0}  # 12.5 x 2 x 0.5 x 1.2 + 3


def test_a_by_product_is_below_zero_rounded_down_and_not_exploded(make_structure):
    lines = [
        ("board", "plank", {"quantity_per": 1.5}),
        ("board", "chips", {"quantity_per": -0.45}),
        ("chips", "sack", {}),
        ("plank", "chips", {"quantity_per": 2.0}),
    ]
    structure = make_structure({"board": {}, "plank": {}, "chips": {"quantity_decimals": 1}, "sack": {}}, lines)
    assert explode_indented(structure, "board", 1).select("item_id", "quantity", "is_by_product").rows() == [
        ("plank", 1.5, False), ("chips", 3.0, False), ("sack", 3.0, False), ("chips", -0.4, True),
    ]  # fmt: skip
    summarised = explode_summarised(structure, "board", 1).select("item_id", "quantity", "is_by_product").rows()
    assert summarised == [("plank", 1.5, False), ("chips", 3.0, False), ("chips", -0.4, True), ("sack", 3.0, False)]


def test_a_fixed_quantity_counts_per_order_and_for_a_phantom_once_per_line(make_structure):
    lines = [
        ("desk", "kit", {"quantity_per": 1.0}),
        ("desk", "drawer", {"quantity_per": 2.0}),
        ("drawer", "kit", {"quantity_per": 1.0}),
        ("kit", "glue", {"quantity_per": 0.0, "quantity_fixed": 5.0}),
    ]
    for is_phantom, expected in ((True, 10.0), (False, 5.0)):
        structure = make_structure({"desk": {}, "kit": {"is_phantom": is_phantom}, "drawer": {}, "glue": {}}, lines)
        assert quantities(explode_summarised(structure, "desk", 7))["glue"] == expected


def test_bought_items_are_not_exploded_unless_asked_for_themselves(make_structure):
    lines = [("lamp", "bulb", {}), ("bulb", "wire", {})]
    structure = make_structure({"lamp": {}, "bulb": {"supply_type": "buy"}, "wire": {}}, lines)
    assert explode_indented(structure, "lamp")["item_id"].to_list() == ["bulb"]
    assert explode_summarised(structure, "lamp")["item_id"].to_list() == ["bulb"]
    assert explode_indented(structure, "bulb")["item_id"].to_list() == ["wire"]


def test_a_structure_with_more_paths_than_rows_are_allowed_is_refused_but_adds_up(make_structure):
    """60 levels with two lines each have 2^60 paths to the deepest item, and a total of 2^60."""
    names = [f"L{level}" for level in range(61)]
    lines = [(above, below, {}) for above, below in pairwise(names) for _ in range(2)]
    structure = make_structure({name: {} for name in names}, lines)
    with pytest.raises(PlanningError, match="summarised") as caught:
        explode_indented(structure, "L0")
    assert caught.value.code == "too_many_rows"
    assert quantities(explode_summarised(structure, "L0"))["L60"] == 2.0**60


def test_a_cycle_is_named_only_when_the_item_reaches_it(make_structure):
    lines = [("a", "b", {}), ("b", "c", {}), ("c", "b", {}), ("d", "e", {})]
    structure = make_structure({item: {} for item in "abcde"}, lines)
    for explode in (explode_indented, explode_summarised):
        with pytest.raises(CycleError, match="b -> c -> b"):
            explode(structure, "a")
        assert explode(structure, "d")["item_id"].to_list() == ["e"]


def test_an_unknown_item_is_an_error_that_names_it(heizer):
    with pytest.raises(PlanningError, match="there is no such item: Z") as caught:
        explode_summarised(heizer, "Z")
    assert (caught.value.code, caught.value.ids) == ("unknown_item", ("Z",))


def test_a_line_with_an_unknown_item_is_an_error_that_names_it(make_structure):
    with pytest.raises(PlanningError, match="not in items: bolt"):
        make_structure({"a": {}}, [("a", "bolt", {})])
