"""``lotwright late``: late demands with what they wait for and what they earn."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from api.cli.app import app

TABLES = {
    "items": "item_id,supply_type,lead_time_days,unit_cost\nbike,make,2,\nframe,buy,20,9\nbell,buy,1,2\n",
    "bom_lines": "parent_item_id,component_item_id,quantity_per\nbike,frame,1\n",
    "customers": "customer_id\nACME\nZEBRA\n",
    "demands": (
        "demand_id,item_id,due_date,quantity,customer_id,unit_price\n"
        "SO1,bike,2026-03-13,2,ACME,100\nSO2,bike,2026-03-17,5,ZEBRA,100\nSO3,bell,2026-03-20,1,ACME,5\n"
    ),
}


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("late")
    for name, text in TABLES.items():
        (folder / f"{name}.csv").write_text(text)
    (folder / "settings.toml").write_text("as_of = 2026-03-02\n")
    result = CliRunner().invoke(app, ["plan", str(folder), "--out", str(folder / "plan")])
    assert result.exit_code == 0, result.output
    return folder / "plan"


def run(*arguments):
    return CliRunner().invoke(app, ["late", *map(str, arguments)])


def rows(*arguments):
    return json.loads(run(*arguments, "--format", "json").stdout)["rows"]


def test_late_demands_are_listed_the_latest_first(stored):
    """The frames come on 22 March, the bikes on the 24th: 11 and 7 days late."""
    found = rows(stored)
    assert [(row["demand_id"], row["days_late"], row["late_date"]) for row in found] == [
        ("SO1", 11, "2026-03-24"),
        ("SO2", 7, "2026-03-24"),
    ]
    assert {row["binding_item_id"] for row in found} == {"frame"}


def test_the_largest_margin_comes_first_when_asked_for(stored):
    found = rows(stored, "--by-margin")
    assert [(row["demand_id"], row["revenue"], row["margin"]) for row in found] == [
        ("SO2", 500.0, 5 * (100 - 9.0)),
        ("SO1", 200.0, 2 * (100 - 9.0)),
    ]


def test_one_customer_and_the_line_above_the_table(stored):
    lines = run(stored, "--customer", "ACME").stdout.splitlines()
    assert lines[0] == "1 demands are late or short (0 short), 1 customers; revenue 200.00, margin 182.00"
    assert lines[2].split()[:3] == ["SO1", "bike", "ACME"]
    assert run(stored, "--customer", "NOBODY").stdout.splitlines()[1] == "nothing"
