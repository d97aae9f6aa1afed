"""``lotwright peg`` and ``lotwright clear-to-build`` on the tiny example."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from api.cli.app import app
from api.cli.peg import tree_lines
from planning.full_pegging import peg_tree
from tests.asserts import plan_rows
from tests.planning.test_full_pegging import AS_OF, bikes

ROOT = Path(__file__).parents[2]
TINY = ROOT / "examples/tiny"


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("peg") / "plan"
    result = run("plan", TINY, "--out", folder, "--tables", "planned_orders,pegging")
    assert result.exit_code == 0, result.output
    return folder


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_an_order_goes_up_to_its_demands(stored):
    orders = pl.read_csv(stored / "planned_orders.csv")
    bought = orders.filter(supply_type="buy")["order_id"][0]
    lines = run("peg", stored, bought).stdout.splitlines()
    assert bought in lines[0]
    assert lines[0].split()[1:3] == ["planned", "order"]
    assert any("sales order" in line for line in lines[1:])


def test_the_ends_of_an_order_add_up_to_it(stored):
    orders = pl.read_csv(stored / "planned_orders.csv")
    for order_id, quantity in orders.select("order_id", "quantity").rows():
        rows = json.loads(run("peg", stored, order_id, "--ends", "--format", "json").stdout)["rows"]
        assert sum(row["quantity"] for row in rows) == pytest.approx(quantity)


def test_depth_cuts_the_tree(stored):
    orders = pl.read_csv(stored / "planned_orders.csv")
    bought = orders.filter(supply_type="buy")["order_id"][0]
    shallow = run("peg", stored, bought, "--depth", "1").stdout.splitlines()
    assert max(len(line) - len(line.lstrip()) for line in shallow) == 2


def test_an_item_gives_its_rows_of_the_table(stored):
    item = pl.read_csv(stored / "planned_orders.csv")["item_id"][0]
    printed = run("peg", stored, item, "--format", "csv").stdout
    expected = pl.read_csv(stored / "pegging.csv").filter(item_id=item)
    assert printed.splitlines()[1:] == expected.write_csv().splitlines()[1:]


def test_what_is_not_there_gives_exit_2(stored):
    result = run("peg", stored, "nothing")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no order or demand nothing" in result.stderr


def test_clear_to_build_lists_orders_components_and_demands(stored):
    for options, column in (
        ((), "can_build_quantity"),
        (("--components",), "short_quantity"),
        (("--demands",), "demand_id"),
    ):
        result = run("clear-to-build", stored, *options, "--format", "csv")
        assert result.exit_code == 0
        assert column in result.stdout.splitlines()[0]
    assert run("clear-to-build", stored, "--demands", "--components").exit_code == 2


def test_the_tree_of_the_concept_page_is_what_is_printed():
    result = plan_rows(bikes(), {"as_of": AS_OF})
    order = result.table("planned_orders").filter(item_id="tube")["order_id"].item()
    shown = "\n".join(tree_lines(peg_tree(result, order, is_up=True)))
    assert f"```text\n{shown}\n```" in (ROOT / "docs/concepts/pegging.md").read_text()
