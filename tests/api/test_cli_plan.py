"""The command ``lotwright plan``, run as a user runs it."""

from __future__ import annotations

import csv
import json
import os
import sys
from dataclasses import fields

import polars as pl
import pytest

from bom.errors import PlanningError
from planning.options import MrpOptions
from planning.plan_tables import BY_DEFAULT, OUTPUT_TABLES
from tests.api.plan_folders import TINY, names, plan, run_of, tables_of
from tests.planning.broken_files import RIGHT, cell, write_csv_folder, write_parquet_folder


def made(folder):
    """Return a folder that is there."""
    folder.mkdir()
    return folder


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out" / "plan"


@pytest.fixture
def broken(tmp_path):
    files = cell("demands", 1, quantity="-5")(RIGHT)
    return write_csv_folder(files, made(tmp_path / "broken"))


def test_a_plan_has_five_tables_and_what_was_run(out):
    result = plan(TINY, out)
    assert (result.exit_code, result.stderr) == (0, "")
    assert names(out) == sorted([*(f"{name}.csv" for name in BY_DEFAULT), "run.json"])
    assert names(out.parent) == ["plan"]
    rows = list(csv.DictReader((out / "planned_orders.csv").read_text().splitlines()))
    assert (rows[0]["order_id"], rows[0]["quantity"], len(rows)) == ("BIKE@MAIN/2026-02-02/1", "6.0", 8)


def test_the_summary_says_what_was_planned_and_where_it_lies(out):
    text = plan(TINY, out).stdout
    for line in ("items 5", "BOM lines 4", "levels 3", "planned orders: make 4", "messages: defer 1"):
        assert line in " ".join(text.split())
    assert f"Tables: {os.path.relpath(out)}/ (planned_orders," in text


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_written_tables_have_the_declared_columns(out, form):
    assert plan(TINY, out, "--format", form).exit_code == 0
    for name in BY_DEFAULT:
        table = OUTPUT_TABLES[name]
        path = out / f"{name}.{form}"
        frame = pl.read_parquet(path) if form == "parquet" else pl.read_csv(path, schema=table.empty().schema)
        assert frame.schema == table.empty().schema
        assert frame.height == run_of(out)["rows"][name]


def test_csv_and_parquet_hold_the_same_plan(tmp_path):
    plan(TINY, tmp_path / "a")
    plan(TINY, tmp_path / "b", "--format", "parquet")
    for name in BY_DEFAULT:
        table = OUTPUT_TABLES[name]
        as_csv = pl.read_csv(tmp_path / "a" / f"{name}.csv", schema=table.empty().schema)
        assert as_csv.equals(pl.read_parquet(tmp_path / "b" / f"{name}.parquet")), name


def test_only_the_tables_asked_for_are_written(out):
    assert plan(TINY, out, "--tables", "kpis, planned_orders").exit_code == 0
    assert names(out) == ["kpis.csv", "planned_orders.csv", "run.json"]
    assert list(run_of(out)["rows"]) == ["planned_orders", "kpis"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--tables", "planned_orders,orders"], "there are planned_orders, requirements, pegging, messages"),
        (["--period", "year"], "must be one of day, week, month"),
        (["--set", "net_per=line"], "must look like mrp.net_per=line"),
        (["--set", "mrp.net_per"], "must look like mrp.net_per=line"),
        (["--set", "schedule.net_per=line"], "must look like mrp.net_per=line"),
        (["--set", "mrp.net_pr=line"], "did you mean net_per?"),
        (["--set", "mrp.net_per=week"], "must be one of date, line"),
        (["--set", "mrp.defer_tolerance_days=-1"], "must be zero or more"),
        (["--set", "mrp.defer_tolerance_days=soon"], "defer_tolerance_days"),
        (["--on-error", "ignore"], "must be error or quarantine"),
        (["--format", "xlsx"], "'csv', 'parquet'"),
        (["--threads", "0"], "--threads"),
        (["--colour"], "--colour"),
    ],
)
def test_a_call_that_cannot_be_carried_out_gives_exit_2_and_says_why(out, options, told, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    result = plan(TINY, out, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr
    assert not out.exists()


def test_no_data_set_gives_exit_2(tmp_path, out):
    result = plan(tmp_path / "nowhere", out)
    assert (result.exit_code, result.stdout, out.exists()) == (2, "", False)
    assert result.stderr.startswith("lotwright: ")


def test_errors_in_the_data_give_exit_1_with_the_findings_and_no_folder(broken, out):
    result = plan(broken, out)
    assert result.exit_code == 1
    assert "demands" in result.stdout
    assert "-5 is less than 0" in result.stdout
    assert result.stderr.startswith("lotwright: 1 error, no warnings")
    assert names(out.parent) == []


def test_errors_in_the_data_leave_an_old_plan(broken, out):
    plan(TINY, out)
    before = tables_of(out), run_of(out)
    assert plan(broken, out).exit_code == 1
    assert (tables_of(out), run_of(out), names(out.parent)) == (*before, ["plan"])


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_quarantine_plans_the_rest_and_says_what_was_left_out(broken, out, form):
    result = plan(broken, out, "--on-error", "quarantine", "--format", form)
    assert result.exit_code == 0
    path = out / f"left_out.{form}"
    left_out = pl.read_csv(path) if form == "csv" else pl.read_parquet(path)
    assert "demands" in left_out["table"]
    found = run_of(out)["findings"]
    assert (found["errors"], found["left_out"]) == (1, left_out.height)


def test_quarantine_says_what_was_assumed(tmp_path, out):
    folder = write_csv_folder(cell("items", 1, lead_time_days="soon")(RIGHT), made(tmp_path / "data"))
    assert plan(folder, out).exit_code == 1
    assert plan(folder, out, "--on-error", "quarantine").exit_code == 0
    assumed = pl.read_csv(out / "assumed.csv")
    assert "items" in assumed["table"]
    assert run_of(out)["findings"]["assumed"] == assumed.height


def test_the_date_of_the_call_stands_above_that_of_the_settings(out):
    assert plan(TINY, out, "--as-of", "2026-01-28").exit_code == 0
    assert run_of(out)["as_of"] == "2026-01-28"
    orders = pl.read_csv(out / "planned_orders.csv")
    assert orders.filter(pl.col("release_date") < "2026-01-28")["is_past_due"].to_list() == [True]


def test_a_date_that_cannot_be_read_is_a_finding(out):
    result = plan(TINY, out, "--as-of", "soon")
    assert (result.exit_code, out.exists()) == (1, False)
    assert "soon is not a date" in result.stdout


def test_netting_by_line_gives_each_line_its_order(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "items.csv").write_text("item_id\nA\n")
    (folder / "demands.csv").write_text("item_id,due_date,quantity\nA,2026-02-02,3\nA,2026-02-02,4\n")
    (folder / "settings.toml").write_text('as_of = 2026-01-05\n[mrp]\nnet_per = "date"\n')
    found = {}
    for net_per in ("date", "line"):
        plan(folder, tmp_path / net_per, "--set", f"mrp.net_per={net_per}")
        found[net_per] = pl.read_csv(tmp_path / net_per / "planned_orders.csv")["quantity"].to_list()
        assert run_of(tmp_path / net_per)["options"]["mrp"]["net_per"] == net_per
    assert found == {"date": [7.0], "line": [3.0, 4.0]}


@pytest.mark.parametrize(("period", "first"), [("day", "2026-01-05"), ("week", "2026-01-05"), ("month", "2026-01-01")])
def test_the_periods_of_the_grid(out, period, first):
    plan(TINY, out, "--period", period)
    starts = pl.read_csv(out / "mrp_records.csv").filter(pl.col("item_id") == "BIKE")["period_start"].to_list()
    assert (starts[0], len(starts)) == (first, {"day": 36, "week": 6, "month": 2}[period])
    assert run_of(out)["options"]["period"] == period


def test_json_prints_what_the_run_says(out):
    result = plan(TINY, out, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == run_of(out)


def test_the_run_says_what_was_planned_how_and_what_it_took(out):
    plan(TINY, out)
    run = run_of(out)
    assert run["engine"].startswith("lotwright ")
    assert (run["as_of"], run["options"]["period"]) == ("2026-01-05", "week")
    assert list(run["options"]["mrp"]) == [field.name for field in fields(MrpOptions)]
    assert len(run["input_hash"]) == 64
    assert run["rows"]["planned_orders"] == 8
    assert run["kpis"]["planned_orders"] == 8.0
    assert [phase["name"] for phase in run["phases"]] == [
        *("read", "check", "encode", "net"),
        *(f"write {name}" for name in BY_DEFAULT),
        "hash input",
    ]
    assert all(phase["seconds"] >= 0 and phase["peak_memory_mib"] > 1 for phase in run["phases"])


def test_the_input_hash_is_that_of_the_data_and_not_of_the_folder(tmp_path):
    folder = tmp_path / "copy"
    folder.mkdir()
    for path in TINY.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    hashes = []
    for number, dataset in enumerate((TINY, folder, folder)):
        if number == 2:
            (folder / "on_hand.csv").write_text("item_id,quantity\nBIKE,5\n")
        plan(dataset, tmp_path / f"plan{number}")
        hashes.append(run_of(tmp_path / f"plan{number}")["input_hash"])
    assert hashes[0] == hashes[1] != hashes[2]


def test_the_input_hash_is_that_of_the_data_and_not_of_its_format(tmp_path):
    folders = [
        write_csv_folder(RIGHT, made(tmp_path / "csv")),
        write_parquet_folder(RIGHT, made(tmp_path / "parquet")),
    ]
    for number, folder in enumerate(folders):
        assert plan(folder, tmp_path / f"plan{number}").exit_code == 0
    assert run_of(tmp_path / "plan0")["input_hash"] == run_of(tmp_path / "plan1")["input_hash"]


def test_an_old_plan_is_replaced_whole(out):
    plan(TINY, out)
    assert plan(TINY, out, "--format", "parquet", "--tables", "kpis").exit_code == 0
    assert (names(out), names(out.parent)) == (["kpis.parquet", "run.json"], ["plan"])


def test_a_folder_that_is_not_a_plan_is_refused_and_untouched(out):
    out.mkdir(parents=True)
    (out / "letter.txt").write_text("dear")
    result = plan(TINY, out)
    assert (result.exit_code, names(out), names(out.parent)) == (2, ["letter.txt"], ["plan"])
    assert "is not a plan" in result.stderr


def test_the_data_set_is_not_overwritten(tmp_path):
    folder = write_csv_folder(RIGHT, made(tmp_path / "data"))
    before = names(folder)
    assert (plan(folder, folder).exit_code, names(folder)) == (2, before)


def test_the_current_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = plan(TINY, ".")
    assert (result.exit_code, names(tmp_path)) == (2, [])
    assert "holds the current folder" in result.stderr


def test_data_that_cannot_be_planned_has_an_exit_code_of_its_own(out, monkeypatch):
    def cannot(*_arguments, **_named):
        raise PlanningError("too_many_orders", "lot sizes are too small", ["A"])

    monkeypatch.setattr(sys.modules["api.cli.plan"], "run_plan", cannot)
    result = plan(TINY, out)
    assert (result.exit_code, "lot sizes are too small" in result.stderr) == (3, True)


ONE_ITEM = {"items.csv": "item_id\nA\n", "demands.csv": "item_id,due_date,quantity\nA,2026-01-09,3\n"}


def write_files(folder, settings_text):
    for name, text in {**ONE_ITEM, "settings.toml": settings_text}.items():
        (folder / name).write_text(text)
    return folder


def test_options_that_are_no_table_are_a_finding_also_beside_an_option_of_the_call(tmp_path, out):
    folder = write_files(made(tmp_path / "data"), 'as_of = 2026-01-05\nmrp = "x"\n')
    for options in ([], ["--set", "mrp.net_per=line"]):
        result = plan(folder, out, *options)
        assert (result.exit_code, out.exists()) == (1, False)
        assert "mrp must be a table of options" in " ".join(result.stdout.split())


def test_a_wrong_option_in_the_settings_is_a_finding_also_beside_an_option_of_the_call(tmp_path, out):
    folder = write_files(made(tmp_path / "data"), 'as_of = 2026-01-05\n[mrp]\nnet_per = "week"\n')
    option = ["--set", "mrp.defer_tolerance_days=3"]
    assert plan(folder, out, *option).exit_code == 1
    assert plan(folder, out, *option, "--on-error", "quarantine").exit_code == 0
    options = run_of(out)["options"]["mrp"]
    assert (options["net_per"], options["defer_tolerance_days"]) == ("date", 3)


def test_an_option_of_the_call_stands_above_a_wrong_one_in_the_settings(tmp_path, out):
    folder = write_files(made(tmp_path / "data"), 'as_of = 2026-01-05\n[mrp]\nnet_per = "week"\n')
    assert plan(folder, out, "--set", "mrp.net_per=line").exit_code == 0
    assert run_of(out)["options"]["mrp"]["net_per"] == "line"
