"""The command ``lotwright master-schedule``, run as a planner runs it."""

from __future__ import annotations

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from api.cli.app import app
from scheduling.master_scheduler.tables import MASTER_SCHEDULE_TABLES
from tests.scheduling.master_schedule_case import radio_tables, write_radio_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return write_radio_shop(tmp_path_factory.mktemp("radios"))


def run(*arguments, command="master-schedule"):
    return CliRunner().invoke(app, [command, *map(str, arguments)])


def test_the_plan_is_printed_with_what_was_assumed_and_what_to_do_next(shop):
    result = run(shop)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "Master schedule as of 2026-04-01: 2 families by 3 months, least cost, strategy free, optimal"
    assert "Assumed: master_schedule.wage_per_hour = 25.00: the mean of cost_per_hour of the work centers" in lines
    assert "All of the sales plan is met in time." in lines
    assert "Not planned: 1 items (500 units) that are sold as they are bought" in lines
    assert lines[-1].startswith("Next: --compare shows every strategy")


def test_tables_model_and_plots_are_written(shop, tmp_path):
    out, page, image, model = (tmp_path / name for name in ("out", "plan.html", "plan.png", "model.lp"))
    assert run(shop, "--out", out, "--plot", page, "--write-model", model).exit_code == 0
    assert run(shop, "--plot", image).exit_code == 0
    tables = {path.stem for path in out.iterdir()}
    assert tables == {*MASTER_SCHEDULE_TABLES, "scheduled_receipts", "demands"}
    for name, table in MASTER_SCHEDULE_TABLES.items():
        assert pl.read_csv(out / f"{name}.csv").columns == table.column_names
    assert "Load of assembly" in page.read_text()
    assert image.read_bytes().startswith(b"\x89PNG")
    assert "capacity(assembly,2026_05):" in model.read_text()
    facts = json.loads((out / "master_schedule.json").read_text())
    assert (facts["families"], facts["status"]) == (2, "optimal")


def test_the_schedule_is_loaded_again_and_planned_again(shop, tmp_path):
    out, new = tmp_path / "out", tmp_path / "new"
    assert run(shop, "--out", out, "--out-format", "parquet", "--write-dataset", new).exit_code == 0
    schedule = out / "master_schedule.parquet"
    call = (shop, "--method", "capacity-bill", "--by", "month", "--schedule", schedule, "--all", "--format", "json")
    rows = json.loads(run(*call, command="capacity").stdout)["rows"]
    loads = pl.read_parquet(out / "master_schedule_loads.parquet")
    required = {(row["work_center_id"], row["period_start"]): row["required_minutes"] / 60 for row in rows}
    for center, start, hours in loads.select("work_center_id", "period_start", "required_hours").iter_rows():
        assert required.get((center, str(start)), 0.0) == pytest.approx(hours)
    planned = run(new, "--out", tmp_path / "plan", command="plan")
    assert planned.exit_code == 0, planned.output
    orders = pl.read_csv(tmp_path / "plan" / "planned_orders.csv")
    assert not set(orders["item_id"]) & {"car", "table-red", "table-blue"}


def test_strategies_stand_side_by_side(shop):
    rows = json.loads(run(shop, "--compare", "--form", "profit", "--format", "json").stdout)["rows"]
    assert {row["strategy"] for row in rows} == {"free", "level", "chase", "fixed"}
    profits = [row["profit"] for row in rows]
    assert profits == sorted(profits, reverse=True)
    assert "every strategy:" in run(shop, "--compare").stdout


def test_a_sales_plan_of_ones_own_goes_over_the_demands(shop, tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text("family,period_start,quantity\ntable,2026-04-01,100\ntable,2026-05-01,50\n")
    result = run(shop, "--sales-plan", path, "--format", "csv", "--strategy", "fixed")
    assert [line.split(",")[2] for line in result.stdout.splitlines()[1:]] == ["100.0", "50.0"]
    path.write_text("family,period_start,quantity\ntabel,2026-04-01,100\n")
    result = run(shop, "--sales-plan", path)
    assert result.exit_code == 1
    assert "tabel" in result.output


def test_settings_and_the_call_set_options(tmp_path):
    shop = write_radio_shop(tmp_path / "shop", "[master_schedule]\nby = 'item'\nwage_per_hour = 30\n")
    options = json.loads(run(shop, "--set", "master_schedule.hiring_cost=500", "--format", "json").stdout)["options"]
    assert (options["by"], options["wage_per_hour"], options["hiring_cost"]) == ("item", 30.0, 500.0)
    wrong = write_radio_shop(tmp_path / "wrong", "[master_schedule]\nstrategy = 'chaos'\n")
    result = run(wrong)
    assert result.exit_code == 1
    assert "must be one of free, level, chase, fixed" in " ".join(result.output.split())


def test_the_profit_form_names_what_has_no_price(tmp_path):
    items = radio_tables()["items"].with_columns(unit_price=0.0)
    result = run(write_radio_shop(tmp_path / "shop", items=items), "--form", "profit")
    assert result.exit_code == 1
    assert "unit_price" in result.output


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--strategy", "chaos"], 2, "must be one of free, level, chase, fixed"),
        (["--set", "wage=3"], 2, "must look like master_schedule.wage_per_hour=25"),
        (["--set", "master_schedule.wage_per_hours=3"], 2, "did you mean wage_per_hour"),
        (["--plot", "plan.svg"], 2, "must end in .html or .png"),
        (["--write-model", "model.txt"], 2, "must end in .lp or .mps"),
        (["--sales-plan", "nothing.csv"], 2, "there is no such file"),
        (["--as-of", "2026-13-01"], 1, "2026-13-01"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(shop, arguments, code, said):
    result = run(shop, *arguments)
    assert result.exit_code == code
    assert said in " ".join(result.output.split())


def test_nothing_to_schedule_is_told(tmp_path):
    result = run(write_radio_shop(tmp_path / "shop", demands=None))
    assert result.exit_code == 3
    assert "neither open demands nor a sales_plan" in result.output
