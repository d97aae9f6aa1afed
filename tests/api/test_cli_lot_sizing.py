"""The command ``lotwright lot-sizing compare``, run as a planner runs it."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from api.cli.app import app
from planning.lot_sizing_comparison import RULE_NAMES

EXAMPLE = Path(__file__).parents[2] / "examples/adventureworks"
ASSUMED = ("--ordering-cost", "45", "--holding-rate", "0.2")


def run(*arguments):
    return CliRunner().invoke(app, ["lot-sizing", "compare", *map(str, arguments)])


def test_adventureworks_has_no_costs_and_gets_assumed_ones(tmp_path):
    """Its tables name neither an ordering cost nor a holding rate."""
    assert "without an ordering cost (--ordering-cost assumes one)" in run(EXAMPLE).stdout
    result = run(EXAMPLE, *ASSUMED, "--out", tmp_path / "out", "--limit", 3)
    assert result.exit_code == 0
    for title in ("Every rule over all items", "The best rule by family", "The best rule by item"):
        assert title in result.stdout
    by_rule = pl.read_csv(tmp_path / "out" / "lot_sizing_by_rule.csv")
    assert by_rule["lot_sizing_rule"].to_list() == [*RULE_NAMES, "as planned"]
    totals = dict(by_rule.select("lot_sizing_rule", "total_cost").iter_rows())
    assert totals["wagner_whitin"] == min(totals.values())
    assert totals["silver_meal"] < totals["lot_for_lot"]
    by_family = pl.read_csv(tmp_path / "out" / "lot_sizing_by_family.csv")
    by_item = pl.read_csv(tmp_path / "out" / "lot_sizing_by_item.csv")
    assert by_family["item_sites"].sum() == by_item.height == by_rule["best_items"].sum()
    for name in RULE_NAMES:
        assert by_family[name].sum() == pytest.approx(totals[name])


def test_one_family_as_json():
    families = json.loads(run(EXAMPLE, *ASSUMED, "--by", "family", "--format", "json").stdout)["rows"]
    first = next(family for family in families if family["family"])
    name = first["family"]
    rows = json.loads(run(EXAMPLE, *ASSUMED, "--family", name, "--format", "json").stdout)["rows"]
    assert {row["family"] for row in rows} == {name}
    assert len(rows) == first["item_sites"]
    assert sum(row["wagner_whitin"] for row in rows) == pytest.approx(first["wagner_whitin"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("--by", "site"), "must be one of rule, family, item"), (("--family", "none"), "no item of family none")],
)
def test_what_cannot_be_compared_is_a_wrong_call(arguments, message):
    result = run(EXAMPLE, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
