"""The structure of one site: parameters, supply types and what its operations are."""

from __future__ import annotations

import polars as pl
import pytest

from bom.parameters import item_parameters
from bom.routing import operations_in_force
from bom.routing_tables import OPERATIONS, WORK_CENTERS
from bom.structure import build_structure
from bom.tables import BOM_LINES, ITEM_SITES, ITEMS
from tests.bom.conftest import ON, frame


def test_a_sites_parameters_override_the_items_cell_by_cell():
    items = frame(ITEMS, [{"item_id": "a", "safety_stock": 5.0, "is_phantom": True}, {"item_id": "b"}])
    sites = frame(ITEM_SITES, [{"item_id": "a", "site_id": "NORTH", "safety_stock": 0.0}])
    names = ["safety_stock", "is_phantom", "unit"]
    assert item_parameters(items, names, sites, "NORTH").rows() == [("a", 0.0, True, "EA"), ("b", 0.0, False, "EA")]
    assert item_parameters(items, names, sites, "SOUTH").rows() == [("a", 5.0, True, "EA"), ("b", 0.0, False, "EA")]
    assert item_parameters(items, names).rows() == item_parameters(items, names, sites, "SOUTH").rows()


@pytest.mark.parametrize(
    ("site", "expected"),
    [("MAIN", ["make", "buy", "buy"]), ("NORTH", ["make", "make", "buy"]), ("SOUTH", ["transfer", "buy", "buy"])],
)
def test_the_supply_type_is_the_sites_else_the_items_else_make_where_it_has_a_line(site, expected):
    """A line at the site makes its parent a made item on every day; lines of other sites don't."""
    items = frame(ITEMS, [{"item_id": "a"}, {"item_id": "b"}, {"item_id": "c", "supply_type": "buy"}])
    sites = frame(ITEM_SITES, [{"item_id": "a", "site_id": "SOUTH", "supply_type": "transfer"}])
    lines = [
        {"parent_item_id": "a", "component_item_id": "b", "effective_to": ON},
        {"parent_item_id": "b", "component_item_id": "c", "site_id": "NORTH"},
        {"parent_item_id": "c", "component_item_id": "d"},
    ]
    items = pl.concat([items, frame(ITEMS, [{"item_id": "d"}])])
    structure = build_structure(items, frame(BOM_LINES, lines), ON, site, sites)
    assert structure.items["supply_type"].to_list()[:3] == expected


def test_of_alternate_operations_the_first_effective_one_is_used():
    rows = [
        {
            "operation_sequence": 10,
            "work_center_id": "new",
            "alternate_priority": 1,
            "effective_from": ON.replace(year=2030),
        },
        {"operation_sequence": 10, "work_center_id": "old", "alternate_priority": 3},
        {"operation_sequence": 10, "work_center_id": "spare", "alternate_priority": 2},
        {"operation_sequence": 20, "work_center_id": "old"},
        {"operation_sequence": 30, "work_center_id": "old", "site_id": "NORTH"},
    ]
    operations = frame(OPERATIONS, [{"item_id": "a", **row} for row in rows])
    centers = frame(WORK_CENTERS, [{"work_center_id": name} for name in ("new", "old", "spare")])
    found = operations_in_force(operations, centers, ON).select("operation_sequence", "work_center_id", "row").rows()
    assert found == [(10, "spare", 3), (20, "old", 4)]
    assert operations_in_force(operations, centers, ON, "NORTH")["row"].to_list() == [5]
