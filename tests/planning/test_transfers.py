"""Where transferred items come from, read off tables that may be broken."""

from __future__ import annotations

from datetime import date

import polars as pl

from planning.checks import validate
from planning.transfers import transfer_sources

ITEMS = pl.DataFrame({"item_id": ["A"], "supply_type": ["transfer"]})


def test_sites_without_their_id_are_a_finding_and_no_crash():
    checked = validate({"items": ITEMS, "sites": pl.DataFrame()}, {"as_of": date(2026, 1, 5)}, "quarantine")
    assert ("missing_column", "sites", "site_id") in [(f.code, f.table, f.column) for f in checked.findings]


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
