"""The command ``lotwright closed-loop``, and ``lotwright plan --closed-loop``."""

from __future__ import annotations

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from api.cli.app import app
from api.stored_plan import open_plan
from tests.scheduling.closed_loop_cases import AS_OF, one_saw

RUN = CliRunner()


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saw")
    for name, rows in one_saw({"red": 10, "green": 10, "blue": 10}).items():
        pl.DataFrame(rows).write_csv(folder / f"{name}.csv")
    (folder / "settings.toml").write_text(f'as_of = {AS_OF}\n[closed_loop]\nmake_feasible = "queue"\n')
    return folder


def test_a_data_set_says_round_by_round_what_changed_and_why_it_ended(dataset):
    found = RUN.invoke(app, ["closed-loop", str(dataset)])
    assert found.exit_code == 0, found.output
    assert "2 rounds: the shop keeps the lead times that are planned with" in found.stdout
    assert "The plan of round 2 is kept: 2 of 3 lead times are not as given" in found.stdout
    assert "Late demand days: 3 in round 1, 0 in the plan kept" in found.stdout
    told = [line for line in found.stderr.splitlines() if line.startswith("round ")]
    assert told[1].startswith("round 2: 2 lead times moved by 3 days; orders: 0 added, 0 removed, 2 moved")


def test_the_final_plan_is_written_opens_again_and_its_lead_times_are_input(dataset, tmp_path):
    out = tmp_path / "plan"
    found = RUN.invoke(app, ["closed-loop", str(dataset), "--out", str(out), "--json"])
    assert found.exit_code == 0, found.output
    run = json.loads(found.stdout)
    assert run["closed_loop"]["reason"] == "fixed_point"
    assert pl.read_csv(out / "closed_loop_rounds.csv")["late_demand_days"].to_list() == [3, 0]
    assert sorted(pl.read_csv(out / "actual_lead_times.csv")["lead_time_days"]) == [1, 2, 3]
    assert pl.read_csv(out / "order_times.csv").height == 3
    assert sorted(pl.read_csv(out / "item_sites.csv")["lead_time_days"]) == [1, 2, 3]
    planned = pl.read_csv(out / "planned_orders.csv", try_parse_dates=True)
    again = open_plan(out).result.table("planned_orders")
    assert again["release_date"].to_list() == planned["release_date"].to_list()
    as_plan = RUN.invoke(app, ["plan", str(dataset), "--closed-loop", "--out", str(tmp_path / "other")])
    assert as_plan.exit_code == 0, as_plan.output
    assert (tmp_path / "other" / "planned_orders.csv").read_text() == (out / "planned_orders.csv").read_text()


def test_a_plan_goes_through_the_loop_as_its_data_set_does(dataset, tmp_path):
    plan = tmp_path / "plan"
    assert RUN.invoke(app, ["plan", str(dataset), "--out", str(plan)]).exit_code == 0
    found = RUN.invoke(app, ["closed-loop", str(plan), "--json", "--rounds", "1"])
    facts = json.loads(found.stdout)
    assert (facts["reason"], facts["kept_round"], len(facts["rounds"])) == ("round_limit", 1, 1)
    out = tmp_path / "closed"
    assert RUN.invoke(app, ["closed-loop", str(plan), "--out", str(out)]).exit_code == 0
    assert json.loads((out / "closed_loop.json").read_text())["kept_round"] == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--make-feasible", "hope"], "must be one of schedule"),
        (["--set", "closed_loop.rounds=none"], "closed_loop.rounds"),
        (["--set", "constrained.split=any"], "the sections are mrp, capacity, levelling, closed_loop"),
    ],
)
def test_a_call_that_cannot_be_carried_out_ends_with_2(dataset, arguments, told):
    found = RUN.invoke(app, ["closed-loop", str(dataset), *arguments])
    assert found.exit_code == 2
    assert told in found.stderr


def test_a_data_set_with_errors_ends_with_1(dataset, tmp_path):
    (tmp_path / "items.csv").write_text("item_id,lead_time_days\nred,-4\n")
    (tmp_path / "settings.toml").write_text(f"as_of = {AS_OF}\n")
    assert RUN.invoke(app, ["closed-loop", str(tmp_path)]).exit_code == 1
