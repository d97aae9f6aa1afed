"""The commands ``lotwright safety-stock``, run as a planner runs them."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
from typer.testing import CliRunner

from api.cli.app import app

EXAMPLE = Path(__file__).parents[2] / "examples/adventureworks"


def run(*arguments):
    return CliRunner().invoke(app, ["safety-stock", *map(str, arguments)])


def test_proposals_are_accepted_one_by_one_and_the_new_data_set_has_them(tmp_path):
    file = tmp_path / "proposals.csv"
    result = run("propose", EXAMPLE, "--service-level", 0.98, "--out", file)
    assert result.exit_code == 0
    assert "238 proposals" in result.stdout
    proposals = pl.read_csv(file)
    assert proposals.height == 238
    proposals.with_columns(is_accepted=pl.col("item_id") == "BK-R89B-58").write_csv(file)
    assert run("accept", EXAMPLE, file, "--out", tmp_path / "new").exit_code == 0
    with (tmp_path / "new/item_sites.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    expected = proposals.filter(item_id="BK-R89B-58")["safety_stock"].item()
    assert [(row["item_id"], float(row["safety_stock"])) for row in rows] == [("BK-R89B-58", expected)]


def test_both_measures_are_a_wrong_call():
    result = run("propose", EXAMPLE, "--service-level", 0.9, "--fill-rate", 0.9)
    assert (result.exit_code, "not both" in result.stderr) == (2, True)


def test_file_that_is_no_table_of_proposals_is_refused(tmp_path):
    file = tmp_path / "proposals.csv"
    file.write_text("colour\nred\n")
    result = run("accept", EXAMPLE, file, "--out", tmp_path / "new")
    assert result.exit_code == 1
    assert "item_id" in result.stderr
    assert not (tmp_path / "new").exists()
