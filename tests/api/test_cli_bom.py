"""The commands of ``lotwright bom``: what they print, and how they exit."""

from __future__ import annotations

import io
import json
from datetime import date

import polars as pl
import pytest
from typer.testing import CliRunner

from api.cli.bom import bom_app
from api.cli.bom_data import nearest_ids
from api.cli.frames import cell

FILES = {
    "items.csv": """
        item_id,description,quantity_decimals,unit_cost,lead_time_days,is_phantom,yield_fraction
        bike,City bike,0,,2,,0.8
        wheel,,0,,1,,
        kit,Small parts,,,,true,
        nut,Nut M5,0,0.05,4,,
        spoke,,0,0.10,3,,
        swarf,,,0.01,,,
    """,
    "bom_lines.csv": """
        parent_item_id,component_item_id,quantity_per,effective_from,effective_to,revision
        bike,wheel,2,,,
        bike,kit,1,,,
        wheel,spoke,36,,2026-06-01,A
        wheel,spoke,32,2026-06-01,,B
        kit,nut,6.3,,,
        wheel,nut,1,2026-06-01,,B
        wheel,swarf,-0.25,,,
    """,
    "operations.csv": """
        item_id,operation_sequence,work_center_id,setup_minutes,run_minutes_per_unit
        bike,10,bench,0,24
        wheel,10,bench,5,10
    """,
    "work_centers.csv": "work_center_id,cost_per_hour\nbench,30",
    "settings.toml": 'as_of = 2026-01-05\ncurrency = "EUR"',
}


@pytest.fixture
def dataset(tmp_path):
    """A bike of two wheels and a phantom kit of nuts; its wheels change on 1 June."""
    for name, text in FILES.items():
        (tmp_path / name).write_text("\n".join(line.strip() for line in text.strip().splitlines()) + "\n")
    return tmp_path


@pytest.fixture
def run(dataset):
    """Return a function that runs a command on the data set and gives its output."""

    def call(command: str, *arguments: str, exit_code: int = 0):
        result = CliRunner().invoke(bom_app, [command, str(dataset), *arguments])
        assert result.exit_code == exit_code, result.output
        return result

    return call


def table(text: str) -> list[list[str]]:
    """Return the words of each line of a table."""
    return [line.split() for line in text.splitlines()]


def test_explode_prints_the_indented_bill_of_the_planning_date(run):
    assert run("explode", "bike", "--quantity", "8").stdout.splitlines() == [
        "bike: components for 8, on 2026-01-05 at MAIN",
        "level  item_id  description  quantity  unit  supply_type  is_phantom  is_by_product",
        "    1  wheel                       20  EA    make",
        "    2    spoke                    720  EA    buy",
        "    2    swarf                     -5  EA    buy                      yes",
        "    1  kit      Small parts        10  EA    make         yes",
        "    2    nut    Nut M5             63  EA    buy",
    ]


def test_explode_single_level_and_summarised(run):
    single = run("explode", "bike", "--single-level", "--format", "csv").stdout
    assert pl.read_csv(io.StringIO(single)).select("item_id", "quantity").rows() == [("wheel", 3.0), ("kit", 1.25)]
    summarised = run("explode", "bike", "--summarised", "--format", "csv").stdout
    totals = dict(pl.read_csv(io.StringIO(summarised)).select("item_id", "quantity").rows())
    assert totals == {"wheel": 3.0, "kit": 1.25, "nut": 8.0, "spoke": 108.0, "swarf": -0.75}


def test_explode_can_leave_quantities_unrounded(run):
    rows = json.loads(run("explode", "bike", "--summarised", "--unrounded", "--json").stdout)["rows"]
    totals = {row["item_id"]: row["quantity"] for row in rows}
    assert totals == {"wheel": 2.5, "kit": 1.25, "nut": 7.875, "spoke": 90.0, "swarf": -0.625}


def test_json_says_what_was_asked(run):
    answer = json.loads(run("explode", "wheel", "--on", "2026-07-01", "--quantity", "3", "--json").stdout)
    assert {name: answer[name] for name in answer if name != "rows"} == {
        "item_id": "wheel", "on": "2026-07-01", "site": "MAIN", "quantity": 3.0, "view": "indented",
    }  # fmt: skip
    assert [(row["item_id"], row["quantity"]) for row in answer["rows"]] == [
        ("spoke", 96),
        ("nut", 3),
        ("swarf", -0.75),
    ]


def test_where_used_prints_the_way_up(run):
    assert table(run("where-used", "nut", "--on", "2026-06-01").stdout) == [
        ["nut:", "where", "used,", "on", "2026-06-01", "at", "MAIN;", "quantity", "of", "nut", "per", "unit"],
        ["level", "item_id", "description", "quantity", "unit", "supply_type", "is_phantom"],
        ["1", "kit", "Small", "parts", "6.3", "EA", "make", "yes"],
        ["2", "bike", "City", "bike", "7.875", "EA", "make"],
        ["1", "wheel", "1", "EA", "make"],
        ["2", "bike", "City", "bike", "2.5", "EA", "make"],
    ]
    assert table(run("where-used", "nut", "--on", "2026-06-01", "--summarised").stdout)[2][:4] == [
        "bike", "City", "bike", "10.375",
    ]  # fmt: skip
    assert len(table(run("where-used", "nut", "--single-level").stdout)) == 3


def test_cost_prints_the_roll_up_of_one_unit(run):
    """Wheel: 36 x 0.10 - 0.25 x 0.01 = 3.5975, (5 + 10) / 60 x 30 = 7.50. Bike: (2 x 11.0975 + 0.315 + 12) / 0.8."""
    lines = table(run("cost", "bike").stdout)
    assert lines[0] == [
        "bike:",
        "43.1375",
        "EUR",
        "per",
        "unit",
        "in",
        "lots",
        "of",
        "1,",
        "on",
        "2026-01-05",
        "at",
        "MAIN",
    ]
    assert ["routing_this_level", "15"] in lines
    assert ["routing_lower_levels", "18.75"] in lines
    assert ["material_cost", "9.3875"] in lines
    in_tens = json.loads(run("cost", "wheel", "--lot", "10", "--json").stdout)
    assert in_tens["total_cost"] == pytest.approx(3.5975 + 5.25)
    assert in_tens["currency"] == "EUR"
    assert in_tens["rows"][0]["routing_this_level"] == pytest.approx(5.25)


def test_cost_by_level_adds_up(run):
    answer = json.loads(run("cost", "bike", "--by-level", "--json").stdout)
    assert sum(row["total"] for row in answer["rows"]) == pytest.approx(answer["total_cost"]) == pytest.approx(43.1375)
    shown = table(run("cost", "bike", "--by-level").stdout)
    assert shown[2] == ["0", "bike", "1", "0", "15", "15"]


def test_lead_time_prints_the_longest_path(run):
    assert table(run("lead-time", "bike").stdout) == [
        ["bike:", "6", "days", "with", "everything", "below", "it,", "on", "2026-01-05", "at", "MAIN"],
        ["level", "item_id", "lead_time_days", "safety_lead_time_days", "cumulative_lead_time_days"],
        ["0", "bike", "2", "0", "6"],
        ["1", "wheel", "1", "0", "4"],
        ["2", "spoke", "3", "0", "3"],
    ]


@pytest.mark.parametrize(
    ("options", "title"),
    [
        (["--to-date", "2026-06-01"], "wheel on 2026-01-05 -> wheel on 2026-06-01 at MAIN"),
        (["--revision", "A", "--to-revision", "B"], "wheel revision A -> wheel revision B at MAIN"),
        (["--to-revision", "B"], "wheel on 2026-01-05 -> wheel revision B at MAIN"),
        (["--revision", "A", "--on", "2026-06-01"], "wheel revision A -> wheel on 2026-06-01 at MAIN"),
    ],
)
def test_compare_shows_what_changed(run, options, title):
    assert run("compare", "wheel", *options).stdout.splitlines() == [
        title,
        "change   component_item_id  column        old_value  new_value",
        "added    nut                quantity_per             1",
        "changed  spoke              quantity_per  36         32",
    ]


def test_compare_summarised_shows_the_totals_of_all_levels(run):
    rows = json.loads(run("compare", "bike", "--to-date", "2026-06-01", "--summarised", "--json").stdout)["rows"]
    found = [(row["change"], row["component_item_id"], row["old_quantity"], row["new_quantity"]) for row in rows]
    assert found == [("changed", "nut", 7.875, 10.375), ("changed", "spoke", 90.0, 80.0)]


def test_compare_of_two_items_and_of_equal_bills(run):
    assert "removed  wheel" in run("compare", "bike", "--other-item", "kit").stdout
    assert run("compare", "kit", "--to-date", "2026-06-01").stdout.splitlines()[1] == "nothing"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["explode", "bkie"], "lotwright: there is no item bkie; did you mean bike?"),
        (["where-used", "zzz"], "lotwright: there is no item zzz"),
        (["cost", "BIKE"], "lotwright: there is no item BIKE; did you mean bike?"),
        (["compare", "bike", "--other-item", "whel"], "lotwright: there is no item whel; did you mean wheel?"),
        (["compare", "wheel", "--to-revision", "C"], "lotwright: wheel has no revision C; it has: A, B"),
        (["compare", "bike", "--to-date", "soon"], "lotwright: --to-date soon is not a date; write year-month-day"),
        (["explode", "bike", "--on", "5.6.2026"], "lotwright: --on 5.6.2026 is not a date; write year-month-day"),
        (["explode", "bike", "--site", "NORTH"], "lotwright: there is no site NORTH; give --site, one of: MAIN"),
    ],
)
def test_a_wrong_call_exits_2_with_one_line(run, arguments, message):
    assert run(*arguments, exit_code=2).stderr == message + "\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["explode", "bike", "--summarised", "--indented"],
        ["explode", "bike", "--quantity", "0"],
        ["compare", "bike"],
        ["compare", "bike", "--to-date", "2026-06-01", "--single-level", "--summarised"],
        ["explode"],
    ],
)
def test_options_that_do_not_go_together_exit_2(run, arguments):
    assert "Usage" in run(*arguments, exit_code=2).stderr


def test_no_data_set_exits_2(tmp_path):
    result = CliRunner().invoke(bom_app, ["explode", str(tmp_path / "nowhere"), "bike"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("lotwright: there is no such folder")


def test_a_data_set_with_errors_exits_1(run, dataset):
    with (dataset / "bom_lines.csv").open("a") as file:
        file.write("nut,bike,1,,,\n")
    result = run("explode", "bike", exit_code=1)
    assert result.stderr.startswith("lotwright: the data set has 1 error(s)")
    assert result.stderr.endswith("lotwright check lists all\n")
    assert result.stderr.count("\n") == 1


def test_the_day_given_is_enough_without_a_planning_date(run, dataset):
    (dataset / "settings.toml").unlink()
    assert run("explode", "wheel", "--on", "2026-06-01").stdout.startswith("wheel: components for 1, on 2026-06-01")
    assert "as_of" in run("explode", "wheel", exit_code=1).stderr


def test_a_bought_item_is_exploded_with_a_note(run, dataset):
    (dataset / "item_sites.csv").write_text("item_id,site_id,supply_type\nwheel,MAIN,buy\n")
    result = run("explode", "wheel")
    assert "spoke" in result.stdout
    assert result.stderr == "note: wheel is bought at MAIN; the plan does not use its lines\n"
    assert "spoke" not in run("explode", "bike").stdout


def test_the_only_site_is_taken_and_of_several_main(run, dataset):
    for name in ("operations.csv", "work_centers.csv"):  # they name no site, which means MAIN
        (dataset / name).unlink()
    (dataset / "sites.csv").write_text("site_id\nPLANT\n")
    assert "at PLANT" in run("explode", "kit").stdout
    (dataset / "sites.csv").write_text("site_id\nPLANT\nMAIN\n")
    assert "at MAIN" in run("explode", "kit").stdout
    assert "at PLANT" in run("explode", "kit", "--site", "PLANT").stdout


def test_scrap_follows_the_option_of_the_plan(run, dataset):
    lines = "parent_item_id,component_item_id,scrap_fraction\nwheel,spoke,0.5\n"
    (dataset / "bom_lines.csv").write_text(lines)
    assert table(run("explode", "wheel").stdout)[2][2] == "2"
    (dataset / "settings.toml").write_text('as_of = 2026-01-05\n[mrp]\nscrap_convention = "multiply"\n')
    assert table(run("explode", "wheel", "--unrounded").stdout)[2][2] == "1.5"


def test_of_many_ids_only_those_with_the_same_beginning_are_suggested():
    known = pl.Series([f"A{number:05}" for number in range(15_000)] + [f"B{number:05}" for number in range(15_000)])
    assert nearest_ids("b00001x", known)[0] == "B00001"
    assert nearest_ids("xyz", known) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (0.1 + 0.2, "0.3"),
        (-1e-9, "0"),
        (None, ""),
        (False, ""),
        (True, "yes"),
        (date(2026, 1, 5), "2026-01-05"),
    ],
)
def test_cells_are_short(value, text):
    assert cell(value) == text
