"""The command ``lotwright schedule``."""

from __future__ import annotations

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from api.cli.app import app
from planning.loading.tables import SCHEDULED_OPERATIONS
from tests.scheduling.shop_floor.test_from_plan import AS_OF, bikes

RUN = CliRunner()
BY_RULE = ("--solver", "dispatch", "--quiet")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bikes")
    for name, rows in bikes().items():
        pl.DataFrame(rows).write_csv(folder / f"{name}.csv")
    (folder / "settings.toml").write_text(f"as_of = {AS_OF}\n")
    return folder


def test_a_data_set_is_scheduled_and_the_tables_are_written(dataset, tmp_path):
    out = tmp_path / "out"
    found = RUN.invoke(app, ["schedule", str(dataset), "--horizon", "2w", *BY_RULE, "--out", str(out)])
    assert found.exit_code == 0, found.output
    assert "4 orders with 4 operations on 2 work centers, 0 late; the check finds no violation" in found.output
    assert pl.read_csv(out / "scheduled_operations.csv").columns == SCHEDULED_OPERATIONS.column_names
    facts = json.loads((out / "schedule.json").read_text())
    assert facts["violations"] == []
    assert facts["figures"]["orders"]["found"] == 4
    pinned = RUN.invoke(
        app, ["schedule", str(dataset), *BY_RULE, "--pins", str(out / "scheduled_operations.csv"), "--json"]
    )
    assert pinned.exit_code == 0, pinned.output
    rows = json.loads(pinned.output)["scheduled_operations"]
    assert [row["setup_start"] for row in rows] == pl.read_csv(out / "scheduled_operations.csv")[
        "setup_start"
    ].to_list()


def test_a_plan_is_scheduled_like_its_data_set(dataset, tmp_path):
    plan = tmp_path / "plan"
    assert RUN.invoke(app, ["plan", str(dataset), "--out", str(plan)]).exit_code == 0
    documents = [
        json.loads(RUN.invoke(app, ["schedule", str(place), *BY_RULE, "--json"]).output) for place in (plan, dataset)
    ]
    assert documents[0] == documents[1]
    assert documents[0]["time_unit"] == "second"


@pytest.mark.parametrize("form", ["html", "png"])
def test_a_gantt_chart_is_written(dataset, tmp_path, form):
    path = tmp_path / f"chart.{form}"
    found = RUN.invoke(app, ["schedule", str(dataset), *BY_RULE, "--gantt", str(path), "--color", "item"])
    assert found.exit_code == 0, found.output
    if form == "png":
        assert path.read_bytes().startswith(b"\x89PNG")
        return
    page = path.read_text().replace("\\u002f", "/")
    assert "bike@MAIN/2026-03-12/1" in page
    assert "work center / unit" in page
    assert "truing/1" in page
    assert '<script src="http' not in page


def test_progress_goes_to_standard_error_in_days(dataset):
    found = RUN.invoke(app, ["schedule", str(dataset), "--solver", "dispatch"])
    assert "objective" in found.stderr
    assert "days" in found.stderr
    assert "objective" not in found.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--horizon", "soon"], "days or weeks such as 14d"),
        (["--objective", "speed"], "must be measures"),
        (["--solver", "magic"], "must be one of auto"),
        (["--gantt", "chart.pdf"], "must end in .html or .png"),
        (["--pins", "nowhere.csv"], "there is no such file"),
        (["--set", "capacity.period=day"], "the sections are mrp, schedule"),
    ],
)
def test_a_call_that_cannot_be_carried_out_ends_with_2(dataset, arguments, told):
    found = RUN.invoke(app, ["schedule", str(dataset), *BY_RULE[2:], *arguments])
    assert found.exit_code == 2
    assert told in found.stderr
