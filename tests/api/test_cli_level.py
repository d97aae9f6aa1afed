"""The command ``lotwright level``."""

from __future__ import annotations

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from api.cli.app import app
from api.stored_plan import open_plan
from tests.scheduling.test_levelling import shop

RUN = CliRunner()


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    data = shop()
    for name, frame in data.tables.items():
        frame.write_csv(folder / f"{name}.csv")
    (folder / "settings.toml").write_text(f"as_of = {data.settings.as_of}\n")
    return folder


def test_a_data_set_is_levelled_and_the_orders_plan_again(dataset, tmp_path):
    found = RUN.invoke(
        app, ["level", str(dataset), "--out", str(tmp_path / "out"), "--write-model", str(tmp_path / "m.lp")]
    )
    assert found.exit_code == 0, found.output
    assert "standard hours before, 0.0 after" in found.output
    assert "one more hour on assembly in week 2026-W" in found.output
    assert "capacity(assembly,2026_W12):" in (tmp_path / "m.lp").read_text()
    overloads = pl.read_csv(tmp_path / "out" / "overloads.csv")
    assert overloads["overload_before"].sum() > 300
    receipts = pl.read_csv(tmp_path / "out" / "scheduled_receipts.csv")
    assert set(receipts["status"]) == {"firm_planned"}
    facts = json.loads((tmp_path / "out" / "levelling.json").read_text())
    assert facts["status"] == "optimal"


def test_a_plan_is_levelled_in_one_go_and_opens_as_it_was_written(dataset, tmp_path):
    out = tmp_path / "plan"
    found = RUN.invoke(app, ["plan", str(dataset), "--level", "--out", str(out)])
    assert found.exit_code == 0, found.output
    overloads = pl.read_csv(out / "overloads.csv")
    assert overloads["overload_after"].sum() < 30 < overloads["overload_before"].sum()
    opened = open_plan(out)
    assert opened.data.table("scheduled_receipts")["status"].unique().to_list() == ["firm_planned"]
    written = pl.read_csv(out / "planned_orders.csv")
    assert opened.result.table("planned_orders")["order_id"].to_list() == written["order_id"].to_list()
    again = RUN.invoke(app, ["level", str(out)])
    assert "Overload in the horizon: 0" in again.output


def test_prices_come_as_json_too(dataset):
    found = RUN.invoke(app, ["level", str(dataset), "--format", "json", "--set", "levelling.scope=all"])
    content = json.loads(found.stdout)
    assert content["gap"] == 0
    assert content["rows"] is not None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--write-model", "model.txt"], "must end in .lp or .mps"),
        (["--set", "levelling.scope=some"], "levelling.scope"),
        (["--set", "scope=all"], "must look like"),
        (["--by", "year"], "capacity.period"),
    ],
)
def test_a_call_that_cannot_be_carried_out_says_why(dataset, arguments, said):
    found = RUN.invoke(app, ["level", str(dataset), *arguments])
    assert found.exit_code == 2
    assert said in found.output
