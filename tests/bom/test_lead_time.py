"""Cumulative lead times along the longest path."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bom.graph import CycleError
from bom.lead_time import cumulative_lead_times, longest_path
from tests.bom.random_bills import ITEM_IDS, bills
from tests.bom.test_explosion import HEIZER


@settings(max_examples=100, deadline=None)
@given(bills())
def test_the_cumulative_lead_time_is_the_longest_path_by_recursion(bill):
    times = cumulative_lead_times(bill.structure())
    assert times["cumulative_lead_time_days"].to_list() == [bill.cumulative(item) for item in ITEM_IDS]


@settings(max_examples=100, deadline=None)
@given(bills(), st.sampled_from(ITEM_IDS))
def test_the_longest_path_follows_the_critical_components(bill, item):
    structure = bill.structure()
    critical = dict(cumulative_lead_times(structure).select("item_id", "critical_component_id").iter_rows())
    path = longest_path(structure, item)
    assert path["item_id"][0] == item
    assert path["level"].to_list() == list(range(path.height))
    assert [critical[step] for step in path["item_id"]] == [*path["item_id"][1:], None]
    assert path["cumulative_lead_time_days"].to_list() == [bill.cumulative(step) for step in path["item_id"]]


def test_the_textbook_product_takes_seven_weeks_through_c_f_and_g(make_structure):
    """Heizer & Render: A 1, C 1, F 3, G 2 weeks; G must be ordered in week 1 for 50 A in week 8."""
    weeks = {"A": 1, "B": 2, "C": 1, "D": 1, "E": 2, "F": 3, "G": 2}
    lines = [(p, c, {"quantity_per": float(n)}) for p, below in HEIZER.items() for c, n in below.items()]
    structure = make_structure({item: {"lead_time_days": n} for item, n in weeks.items()}, lines)
    path = longest_path(structure, "A")
    assert path.select("item_id", "cumulative_lead_time_days").rows() == [("A", 7), ("C", 6), ("F", 5), ("G", 2)]


def test_offsets_at_end_safety_lead_time_and_quantity_count(make_structure):
    """Frame: 3 + ceil(0.3 x 10) = 6 days, + 1 safety. Bike: 5 days; frame needed 2 days in: 5 - 2 + 7 = 10."""
    items = {
        "bike": {"lead_time_days": 5},
        "frame": {"lead_time_days": 3, "lead_time_days_per_unit": 0.3, "safety_lead_time_days": 1},
        "box": {"lead_time_days": 9},
    }
    lines = [("bike", "frame", {"offset_days": 2}), ("bike", "box", {"at_end": True})]
    times = cumulative_lead_times(make_structure(items, lines), lot_quantity=10.0)
    assert times.rows() == [("bike", 5, 0, 10, "frame"), ("frame", 6, 1, 7, None), ("box", 9, 0, 9, None)]


def test_a_cycle_stops_the_lead_times(make_structure):
    structure = make_structure({"a": {}}, [("a", "a", {})])
    with pytest.raises(CycleError, match="a -> a"):
        longest_path(structure, "a")
