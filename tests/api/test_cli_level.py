"""The command ``lotwright level``."""

from __future__ import annotations

import json
import shutil

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


def test_the_model_is_written_as_mps_too(dataset, tmp_path):
    found = RUN.invoke(app, ["level", str(dataset), "--write-model", str(tmp_path / "m.mps")])
    assert found.exit_code == 0, found.output
    assert (tmp_path / "m.mps").read_text().rstrip().endswith("ENDATA")


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


def test_options_stand_in_the_settings_of_the_data_set(dataset, tmp_path):
    folder = tmp_path / "shop"
    shutil.copytree(dataset, folder)
    (folder / "settings.toml").write_text('as_of = 2026-03-02\n[levelling]\nscope = "all"\nhorizon_periods = 4\n')
    from_settings = RUN.invoke(app, ["level", str(folder), "--format", "json"])
    content = json.loads(from_settings.stdout)
    assert (content["items"], content["periods"]) == (3, 4)
    from_call = RUN.invoke(app, ["level", str(folder), "--format", "json", "--set", "levelling.horizon_periods=5"])
    assert json.loads(from_call.stdout)["periods"] == 5
    (folder / "settings.toml").write_text('as_of = 2026-03-02\n[levelling]\nscope = "some"\n')
    found = RUN.invoke(app, ["level", str(folder)])
    assert found.exit_code == 2
    assert "levelling.scope" in found.output


def test_a_plan_that_is_levelled_says_what_it_costs_and_what_an_hour_is_worth(dataset, tmp_path):
    out = tmp_path / "plan"
    found = RUN.invoke(
        app, ["plan", str(dataset), "--level", "--out", str(out), "--set", "levelling.scope=all", "--tables", "kpis"]
    )
    assert found.exit_code == 0, found.output
    assert "standard hours before, " in found.output
    assert "The levelled plan costs " in found.output
    assert "one more hour on assembly in week 2026-W" in found.output
    run = json.loads((out / "run.json").read_text())
    assert run["levelling"]["items"] == 3
    assert run["levelling"]["costs"]["total"]["after"] > 0


@pytest.mark.parametrize("ending", ["html", "png"])
def test_load_before_and_after_is_drawn(dataset, tmp_path, ending):
    path = tmp_path / f"load.{ending}"
    found = RUN.invoke(app, ["level", str(dataset), "--plot", str(path)])
    assert found.exit_code == 0, found.output
    content = path.read_bytes()
    if ending == "png":
        assert content.startswith(b"\x89PNG")
    else:
        assert b"before" in content
        assert b"after" in content
        assert b"assembly" in content


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--write-model", "model.txt"], "must end in .lp or .mps"),
        (["--set", "levelling.scope=some"], "levelling.scope"),
        (["--set", "scope=all"], "must look like"),
        (["--by", "year"], "capacity.period"),
        (["--plot", "load.pdf"], "must end in .html or .png"),
        (["--set", "levelling.method=sifting", "--set", "levelling.solver=pulp:GLPK"], "needs levelling.solver highs"),
    ],
)
def test_a_call_that_cannot_be_carried_out_says_why(dataset, arguments, said):
    found = RUN.invoke(app, ["level", str(dataset), *arguments])
    assert found.exit_code == 2
    assert said in found.output


def changed(dataset, tmp_path, name, **columns):
    """The shop with other values in a table's columns, by a function of the row."""
    folder = tmp_path / "shop"
    shutil.copytree(dataset, folder)
    frame = pl.read_csv(folder / f"{name}.csv")
    frame.with_columns(**columns).write_csv(folder / f"{name}.csv")
    return folder


TRIKE = pl.col("item_id") == "trike"


@pytest.mark.parametrize("place", ["nowhere", None])
def test_a_routing_without_a_work_center_is_a_finding(dataset, tmp_path, place):
    center = pl.when(TRIKE).then(pl.lit(place, pl.String)).otherwise("work_center_id")
    found = RUN.invoke(app, ["level", str(changed(dataset, tmp_path, "operations", work_center_id=center))])
    assert found.exit_code == 1
    assert "operations.work_center_id row 2" in found.output


def test_a_calendar_without_working_time_is_a_finding(dataset, tmp_path):
    folder = changed(dataset, tmp_path, "calendars", monday=pl.lit(None, pl.Float64))
    frame = pl.read_csv(folder / "calendars.csv")
    hours = [column for column in frame.columns if column.endswith("day")]
    frame.with_columns(pl.lit(0.0).alias(day) for day in hours).write_csv(folder / "calendars.csv")
    found = RUN.invoke(app, ["level", str(folder)])
    assert found.exit_code == 1
    assert "has no working day in the week" in found.output


def test_an_operation_longer_than_the_horizon_is_late_and_named(dataset, tmp_path):
    minutes = pl.when(pl.col("item_id") == "bike").then(600_000.0).otherwise("run_minutes_per_unit")
    folder = changed(dataset, tmp_path, "operations", run_minutes_per_unit=minutes)
    found = RUN.invoke(app, ["level", str(folder), "--out", str(tmp_path / "out")])
    assert found.exit_code == 0, found.output
    assert "Overload in the horizon" in found.output
    late = pl.read_csv(tmp_path / "out" / "levelled_quantities.csv").filter(pl.col("item_id") == "bike")
    assert late["backlog"].max() > 0


def test_what_cannot_be_made_at_all_is_released_when_the_horizon_ends(dataset, tmp_path):
    folder, out = changed(dataset, tmp_path, "work_centers", utilization_fraction=pl.lit(0.0)), tmp_path / "out"
    found = RUN.invoke(app, ["level", str(folder), "--out", str(out), "--set", "levelling.horizon_periods=8"])
    assert found.exit_code == 0, found.output
    assert "one more hour on assembly in week" in found.output
    overloads = pl.read_csv(out / "overloads.csv").filter(pl.col("period_start") < "2026-04-06")
    assert overloads["overload_before"].sum() > 0
    assert overloads["overload_after"].sum() == 0
    assert pl.read_csv(out / "levelled_orders.csv")["due_date"].unique().to_list() == ["2026-04-29"]


def test_any_solver_of_pulp_can_be_named(dataset):
    found = RUN.invoke(app, ["level", str(dataset), "--set", "levelling.solver=pulp:PULP_CBC_CMD"])
    assert found.exit_code == 0, found.output
    assert ", 0.0 after" in found.output


def test_a_solver_that_is_not_there_is_named(dataset):
    found = RUN.invoke(app, ["level", str(dataset), "--set", "levelling.solver=pulp:NOPE"])
    assert found.exit_code == 2
    assert "NOPE" in found.output
