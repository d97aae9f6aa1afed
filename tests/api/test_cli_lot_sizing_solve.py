"""The command ``lotwright lot-sizing solve``, run as a planner runs it."""

from __future__ import annotations

import json

import polars as pl
from typer.testing import CliRunner

from api.cli.app import app
from tests.scheduling.test_lot_sized_plan import costly


def run(*arguments):
    return CliRunner().invoke(app, ["lot-sizing", "solve", *map(str, arguments)])


def test_the_lots_of_a_data_set_are_sized_and_written(tmp_path):
    folder, out = tmp_path / "shop", tmp_path / "out"
    folder.mkdir()
    data = costly()
    for name, frame in data.tables.items():
        frame.write_csv(folder / f"{name}.csv")
    (folder / "settings.toml").write_text(f"as_of = {data.settings.as_of}\n")
    found = run(folder, "--scope", "all", "--time-limit", 6, "--out", out)
    assert found.exit_code == 0, found.output
    assert "Overload in the horizon: 10.0 standard hours before" in found.output
    assert "What the lots cost:" in found.output
    facts = json.loads((out / "lot_sizing.json").read_text())
    assert facts["is_better"]
    assert facts["overload_hours_after"] < 0.1 < facts["overload_hours_before"]
    receipts = pl.read_csv(out / "scheduled_receipts.csv")
    assert receipts["status"].unique().to_list() == ["firm_planned"]
    assert facts["orders"] == receipts.height
    assert {"lot_sizing_costs.csv", "lot_sizing_overloads.csv"} <= {file.name for file in out.iterdir()}


def test_a_wrong_scope_is_named(tmp_path):
    found = run(tmp_path, "--scope", "some")
    assert found.exit_code == 2
    assert "--scope some must be one of bottlenecks, all" in found.output
