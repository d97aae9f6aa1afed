"""Bill comparison: added, removed, changed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings

from bom.compare import compare_bills, compare_explosions
from bom.effectivity import lines_in_force, with_revision
from bom.explosion import explode_summarised
from tests.bom.conftest import ON
from tests.bom.random_bills import ITEM_IDS, bills
from tests.bom.test_alternates import make_lines

BEFORE, AFTER = date(2026, 1, 1), date(2026, 7, 1)
CHANGE = date(2026, 6, 1)


def bill(*rows):
    return lines_in_force(make_lines(list(rows)), ON)


def test_two_days_show_what_was_added_removed_and_changed():
    lines = make_lines(
        [
            {"component_item_id": "chain", "quantity_per": 1.0, "effective_to": CHANGE},
            {"component_item_id": "belt", "quantity_per": 1.0, "effective_from": CHANGE},
            {"component_item_id": "bolt", "quantity_per": 8.0, "scrap_fraction": 0.02, "effective_to": CHANGE},
            {"component_item_id": "bolt", "quantity_per": 6.5, "scrap_fraction": 0.01, "effective_from": CHANGE},
            {"component_item_id": "frame", "quantity_per": 1.0},
        ]
    )
    changes = compare_bills(lines_in_force(lines, BEFORE), lines_in_force(lines, AFTER), "P")
    assert changes.rows() == [
        ("added", "belt", 1, "quantity_per", None, "1"),
        ("changed", "bolt", 1, "quantity_per", "8", "6.5"),
        ("changed", "bolt", 1, "scrap_fraction", "0.02", "0.01"),
        ("removed", "chain", 1, "quantity_per", "1", None),
    ]


@pytest.mark.parametrize(
    ("column", "old", "new", "shown"),
    [
        ("quantity_per", 1.0, 2.0, ("1", "2")),
        ("quantity_fixed", 0.5, 10.0, ("0.5", "10")),
        ("scrap_fraction", 0.0, 0.1, ("0", "0.1")),
        ("usage_fraction", 1.0, 0.25, ("1", "0.25")),
        ("offset_days", 0, 3, ("0", "3")),
        ("at_end", False, True, ("false", "true")),
        ("operation_sequence", None, 10, (None, "10")),
        ("alternate_group", "g", None, ("g", None)),
        ("alternate_priority", 1, 2, ("1", "2")),
    ],
)
def test_every_column_that_counts_is_compared(column, old, new, shown):
    changes = compare_bills(bill({column: old}), bill({column: new}), "P")
    assert changes.rows() == [("changed", "C0", 1, column, *shown)]


def test_an_empty_cell_and_its_default_are_the_same():
    assert compare_bills(bill({"quantity_per": None}), bill({"quantity_per": 1.0}), "P").is_empty()


def test_lines_of_the_same_component_are_matched_by_operation():
    twice = [
        {"component_item_id": "bolt", "operation_sequence": n, "quantity_per": q} for n, q in ((20, 4.0), (10, 2.0))
    ]
    changes = compare_bills(bill(*twice), bill(twice[1]), "P")
    assert changes.rows() == [("removed", "bolt", 2, "quantity_per", "4", None)]


def test_two_items_are_compared_by_their_components():
    lines = bill({"component_item_id": "x"}, {"parent_item_id": "Q", "component_item_id": "y"})
    changes = compare_bills(lines, lines, "P", "Q")
    assert changes.select("change", "component_item_id").rows() == [("removed", "x"), ("added", "y")]


def test_two_revisions_are_compared_whatever_their_dates():
    lines = make_lines(
        [
            {"revision": "A", "component_item_id": "x", "effective_to": BEFORE},
            {"revision": "B", "component_item_id": "x", "quantity_per": 2.0},
        ]
    )
    old, new = (lines_in_force(with_revision(lines, "P", revision), ON) for revision in "AB")
    assert compare_bills(old, new, "P").rows() == [("changed", "x", 1, "quantity_per", "1", "2")]


@settings(max_examples=40, deadline=None)
@given(bills())
def test_a_bill_does_not_differ_from_itself(random_bill):
    structure = random_bill.structure()
    for item in ITEM_IDS:
        explosion = explode_summarised(structure, item)
        assert compare_bills(structure.lines, structure.lines, item).is_empty()
        assert compare_explosions(explosion, explosion).is_empty()


def test_explosions_are_compared_by_their_totals(make_structure):
    items = {item: {} for item in ("bike", "wheel", "spoke", "bell", "lock")}
    old = make_structure(
        items,
        [("bike", "wheel", {"quantity_per": 2.0}), ("wheel", "spoke", {"quantity_per": 36.0}), ("bike", "bell", {})],
    )
    new = make_structure(
        items,
        [("bike", "wheel", {"quantity_per": 2.0}), ("wheel", "spoke", {"quantity_per": 32.0}), ("bike", "lock", {})],
    )
    assert compare_explosions(explode_summarised(old, "bike"), explode_summarised(new, "bike")).rows() == [
        ("removed", "bell", False, 1.0, None, -1.0),
        ("added", "lock", False, None, 1.0, 1.0),
        ("changed", "spoke", False, 72.0, 64.0, -8.0),
    ]
