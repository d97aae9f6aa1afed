"""Where transferred items come from, read off tables that may be broken."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from bom.errors import DataError
from planning.checking.transfers import transfer_sources
from planning.checks import validate

ITEMS = pl.DataFrame({"item_id": ["A"], "supply_type": ["transfer"]})


def test_sites_without_their_id_are_a_finding_and_no_crash():
    checked = validate({"items": ITEMS, "sites": pl.DataFrame()}, {"as_of": date(2026, 1, 5)}, "quarantine")
    assert ("missing_column", "sites", "site_id") in [(f.code, f.table, f.column) for f in checked.findings]


LINES = pl.DataFrame(
    {
        "parent_item_id": ["A", "B", "C"],
        "component_item_id": ["B", "A", "D"],
        "quantity_per": [1.0, 1.0, 1.0],
        "site_id": [None, None, "X"],
    }
)
FULL = {
    "items": pl.DataFrame({"item_id": ["A", "B"], "supply_type": ["transfer", "make"]}),
    "bom_lines": LINES,
    "sites": pl.DataFrame({"site_id": ["X"]}),
    "item_sites": pl.DataFrame({"item_id": ["A"], "site_id": ["X"], "source_site_id": ["X"]}),
    "demands": pl.DataFrame({"item_id": ["A"], "site_id": ["X"], "due_date": [date(2026, 1, 9)], "quantity": [1.0]}),
    "transfer_lanes": pl.DataFrame({"from_site_id": ["X"], "to_site_id": ["X"]}),
    "calendars": pl.DataFrame({"calendar_id": ["C"]}),
    "calendar_exceptions": pl.DataFrame({"calendar_id": ["C"], "date": [date(2026, 1, 9)], "hours": [1.0]}),
    "item_suppliers": pl.DataFrame({"item_id": ["A"], "supplier_id": ["S"]}),
    "on_hand": pl.DataFrame({"item_id": ["A"], "quantity": [1.0]}),
}


@pytest.mark.parametrize("mode", ["error", "quarantine"])
@pytest.mark.parametrize("name", FULL)
def test_a_table_that_lacks_any_or_all_of_its_columns_never_crashes_the_check(name, mode):
    frames = [FULL[name].clear(), *(FULL[name].drop(column) for column in FULL[name].columns)]
    found = [findings_of({**FULL, name: frame}, mode) for frame in (pl.DataFrame(), *frames)]
    assert any(finding.code == "missing_column" for finding in found[0])


def findings_of(tables, mode):
    """Return the findings, whether they stop the check or not."""
    try:
        return validate(tables, {"as_of": date(2026, 1, 5)}, mode).findings
    except DataError as error:
        return error.findings


def test_sites_without_a_row_have_no_transfers():
    sites = pl.DataFrame({"site_id": pl.Series([], dtype=pl.String)})
    assert transfer_sources({"items": ITEMS, "sites": sites}).is_empty()


def test_the_source_of_the_item_stands_above_the_lanes():
    items = ITEMS.with_columns(source_site_id=pl.lit("DC"))
    sites = pl.DataFrame({"site_id": ["SHOP"]})
    lanes = pl.DataFrame({"from_site_id": ["PLANT"], "to_site_id": ["SHOP"]})
    assert transfer_sources({"items": items, "sites": sites, "transfer_lanes": lanes}).rows() == [
        ("A", "SHOP", "DC", "items", 0)
    ]


def test_lanes_of_the_item_and_of_every_item_are_both_possible():
    sites = pl.DataFrame({"site_id": ["SHOP"]})
    lanes = pl.DataFrame(
        {"item_id": [None, "A", "B"], "from_site_id": ["PLANT", "DC", "DC"], "to_site_id": ["SHOP", "SHOP", "SHOP"]}
    )
    found = transfer_sources({"items": ITEMS, "sites": sites, "transfer_lanes": lanes})
    assert sorted(found["source_site_id"]) == ["DC", "PLANT"]
