"""The command ``lotwright capacity``, run as a planner runs it."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from api.cli.app import app
from planning.loading.tables import CAPACITY_TABLES

EXAMPLE = Path(__file__).parents[2] / "examples/adventureworks"

ITEMS = "item_id,supply_type,lead_time_days\nbike,make,2\n"
CENTERS = (
    "work_center_id,units,efficiency_fraction,cost_per_hour,labor_skill_id\nbench,0.5,1,40,fitter\nrobot,2,0.5,90,\n"
)
OPERATIONS = """item_id,operation_sequence,work_center_id,setup_minutes,run_minutes_per_unit
bike,10,robot,0,60
bike,20,bench,60,120
"""
CUSTOMERS = "customer_id\nACME\n"
DEMANDS = "demand_id,item_id,due_date,quantity,customer_id\nSO1,bike,2026-03-20,60,ACME\nSO2,bike,2026-03-20,40,\n"


@pytest.fixture
def shop(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    tables = {"items": ITEMS, "work_centers": CENTERS, "operations": OPERATIONS, "demands": DEMANDS}
    for name, text in (tables | {"customers": CUSTOMERS}).items():
        (folder / f"{name}.csv").write_text(text)
    (folder / "settings.toml").write_text("as_of = 2026-03-02\n")
    return folder


def run(*arguments):
    return CliRunner().invoke(app, ["capacity", *map(str, arguments)])


def rows(*arguments):
    result = run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)["rows"]


def test_overloads_are_printed_the_largest_first(shop):
    result = run(shop)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].startswith("As of 2026-03-02, by week: 2 overloads of 1 of 2 work centers")
    found = [(row["work_center_id"], row["period_start"], row["overload_minutes"]) for row in rows(shop)]
    assert found == [("bench", "2026-03-09", 6300.0 - 5040.0), ("bench", "2026-03-16", 5760.0 - 5040.0)]


def test_all_loads_add_up_to_the_work_of_the_order(shop):
    loads = rows(shop, "--all", "--by", "day")
    total = {
        name: sum(r["required_minutes"] for r in loads if r["work_center_id"] == name) for name in ("bench", "robot")
    }
    assert total == {"bench": pytest.approx(60 + 100 * 120), "robot": pytest.approx(100 * 60)}


def test_behind_a_load_stand_its_orders_and_their_customers(shop):
    orders = rows(shop, "--work-center", "bench", "--on", "2026-03-16")
    assert [(r["item_id"], r["order_kind"]) for r in orders] == [("bike", "planned_order")]
    demands = rows(shop, "--work-center", "bench", "--on", "2026-03-16", "--demands")
    assert [(r["demand_id"], r["customer_id"]) for r in demands] == [("SO1", "ACME"), ("SO2", None)]
    assert sum(r["required_minutes"] for r in demands) == pytest.approx(orders[0]["required_minutes"])
    assert demands[0]["required_minutes"] == pytest.approx(1.5 * demands[1]["required_minutes"])


@pytest.mark.parametrize("method", ["overall-factors", "capacity-bill", "resource-profile"])
def test_rough_cut_needs_no_plan(shop, method):
    loads = rows(shop, "--method", method, "--all")
    assert sum(r["required_minutes"] for r in loads) == pytest.approx(60 + 100 * 180)


def test_a_master_schedule_takes_the_place_of_the_demands(shop, tmp_path):
    """Twice 30 bikes, two weeks apart: 60 of setup and 30 x (120 + 60) minutes each, at the bench and the robot."""
    schedule = tmp_path / "schedule.csv"
    schedule.write_text("item_id;due_date;quantity\nbike;2026-03-11;30\nbike;2026-03-25;30\n")
    loads = rows(shop, "--method", "capacity-bill", "--all", "--schedule", schedule)
    found = {(row["work_center_id"], row["period_start"]): row["required_minutes"] for row in loads}
    assert {key: minutes for key, minutes in found.items() if minutes} == {
        ("bench", "2026-03-09"): 60 + 30 * 120.0,
        ("bench", "2026-03-23"): 60 + 30 * 120.0,
        ("robot", "2026-03-09"): 30 * 60.0,
        ("robot", "2026-03-23"): 30 * 60.0,
    }


def test_a_master_schedule_with_an_unknown_item_or_without_a_file_is_told(shop, tmp_path):
    schedule = tmp_path / "schedule.csv"
    schedule.write_text("item_id,due_date,quantity\nbyke,2026-03-11,30\n")
    for path, said in ((schedule, "byke is not in items"), (tmp_path / "no.csv", "the file cannot be read")):
        result = run(shop, "--method", "capacity-bill", "--schedule", path)
        assert result.exit_code == 1
        assert said in result.output


def test_a_plan_folder_gives_the_loads_of_its_data_set(shop, tmp_path):
    out = tmp_path / "plan"
    assert CliRunner().invoke(app, ["plan", str(shop), "--out", str(out)]).exit_code == 0
    assert rows(out, "--all") == rows(shop, "--all")


def test_tables_and_plots_are_written(shop, tmp_path):
    out, page, image = tmp_path / "out", tmp_path / "load.html", tmp_path / "load.png"
    assert run(shop, "--out", out, "--plot", page).exit_code == 0
    assert run(shop, "--plot", image).exit_code == 0
    assert {path.stem for path in out.iterdir()} == set(CAPACITY_TABLES)
    assert pl.read_csv(out / "scheduled_operations.csv").height == 2
    assert "plotly" in page.read_text()[:20_000].lower()
    assert image.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", CAPACITY_TABLES)
def test_each_capacity_table_can_be_printed(shop, name):
    found = rows(shop, "--table", name)
    assert [list(row) for row in found] == [list(CAPACITY_TABLES[name].column_names)] * len(found)
    assert run(shop, "--table", name).stdout.startswith(f"{name}, {len(found)} rows")


def test_hours_by_skill_and_cost_of_labor_and_machines_by_week(shop):
    """The bench takes 60 + 100 x 120 minutes of a fitter at 40 an hour, the robot 100 x 60 / 0.5 at 90."""
    labor = rows(shop, "--table", "labor_loads")
    assert {row["labor_skill_id"] for row in labor} == {"fitter"}
    assert sum(row["labor_hours"] for row in labor) == pytest.approx(201)
    costs = rows(shop, "--table", "capacity_costs")
    assert sum(row["labor_cost"] for row in costs) == pytest.approx(201 * 40)
    assert sum(row["machine_cost"] for row in costs) == pytest.approx(200 * 90)
    assert [row["period_start"] for row in costs] == [row["period_start"] for row in labor]


def test_items_without_a_routing_are_counted_and_named(shop):
    with (shop / "items.csv").open("a") as items, (shop / "demands.csv").open("a") as demands:
        items.write("frame,make,2\n")
        demands.write("SO3,frame,2026-03-20,1,\n")
    result = run(shop)
    assert result.stdout.splitlines()[-2:] == [
        "1 items with orders to make, but without an operation (1 orders)",
        "--table capacity_exceptions names them",
    ]
    (row,) = rows(shop, "--table", "capacity_exceptions")
    assert (row["kind"], row["item_id"], row["orders"]) == ("no_routing", "frame", 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--method", "crystal-ball"), "must be one of crp"),
        (("--schedule", "schedule.csv"), "--schedule needs a data set and one of the methods without a plan"),
        (("--by", "year"), "must be one of week, day, month"),
        (("--on", "2026-03-16"), "--on needs --work-center"),
        (("--work-center", "bench", "--on", "soon"), "must be a date"),
        (("--work-center", "lathe"), "there is no work center lathe"),
        (("--table", "pegging"), "must be one of loads, scheduled_operations"),
        (("--table", "capacity_exceptions", "--method", "capacity-bill"), "must be one of loads, labor_loads"),
        (("--plot", "load.svg"), "must end in .html or .png"),
        (("--set", "capacity.due=end"), "did you mean due_at"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(shop, arguments, said):
    result = run(shop, *arguments)
    assert result.exit_code == 2
    assert said in result.output


def test_a_day_without_a_load_is_told(shop):
    result = run(shop, "--work-center", "bench", "--on", "2027-03-16")
    assert result.exit_code == 2
    assert "lies in no period with a load" in result.output


def test_adventureworks_week_checked_by_hand():
    """500 HB-M918 take 6,155.05 minutes at WC10, 97:13:03 hours of them before the weekend (tutorial)."""
    found = rows(EXAMPLE, "--work-center", "WC10", "--on", "2014-04-21")
    minutes = {row["order_id"]: round(row["required_minutes"], 2) for row in found}
    assert minutes["HB-M918@MAIN/2014-05-07/1"] == 97 * 60 + 13 + 0.05
    assert len(found) == 50
