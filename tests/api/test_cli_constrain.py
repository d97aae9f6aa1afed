"""The command ``lotwright constrain``."""

from __future__ import annotations

import json
import shutil

import polars as pl
import pytest
from typer.testing import CliRunner

from api.cli.app import app
from tests.scheduling.test_constrained_plan import AS_OF, bikes

RUN = CliRunner()


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bikes")
    for name, rows in bikes(A=(4, 10.0), B=(20, 5.0)).items():
        pl.DataFrame(rows).write_csv(folder / f"{name}.csv")
    (folder / "settings.toml").write_text(f"as_of = {AS_OF}\n")
    return folder


def test_a_data_set_is_promised_and_the_next_step_named(dataset, tmp_path):
    found = RUN.invoke(app, ["constrain", str(dataset), "--out", str(tmp_path / "out")])
    assert found.exit_code == 0, found.output
    assert "2 demands: 1 on time, 1 late, 0 not possible" in found.output
    assert "the check of the plan finds no violation" in found.output
    assert f"next: lotwright constrain {dataset} --explain A" in found.output
    promises = pl.read_csv(tmp_path / "out" / "promises.csv")
    assert promises["days_late"].to_list() == [3, 0]
    facts = json.loads((tmp_path / "out" / "constrained.json").read_text())
    assert facts["violations"] == []
    assert facts["figures"]["demands_late"]["value"] == 1


def test_one_demand_is_explained_step_by_step(dataset):
    found = RUN.invoke(app, ["constrain", str(dataset), "--explain", "A"])
    assert found.exit_code == 0, found.output
    lines = found.output.splitlines()
    assert lines[0] == "10 of bike@MAIN, wanted 2026-03-06: promised for 2026-03-09"
    assert "20 of wheel@MAIN: 3 days late" in lines[2]


def test_rows_come_as_json(dataset):
    found = RUN.invoke(app, ["constrain", str(dataset), "--split", "any", "--evaluations", "1", "--format", "json"])
    assert found.exit_code == 0, found.output
    assert [row["demand_id"] for row in json.loads(found.output)["rows"]] == ["A", "B"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--explain", "nobody"], "there is no such demand"),
        (["--split", "half"], "must be one of none"),
        (["--set", "levelling.rounds=1"], "the sections are mrp, constrained"),
    ],
)
def test_a_call_that_cannot_be_carried_out_ends_with_2(dataset, arguments, told):
    found = RUN.invoke(app, ["constrain", str(dataset), *arguments])
    assert found.exit_code == 2
    assert told in found.stderr


def test_options_in_the_settings_count_unless_the_call_says_otherwise(dataset, tmp_path):
    folder = tmp_path / "bikes"
    shutil.copytree(dataset, folder)
    (folder / "settings.toml").write_text(f'as_of = {AS_OF}\n[constrained]\nsequence = "first"\n')
    refused = RUN.invoke(app, ["constrain", str(folder)])
    assert refused.exit_code == 2
    assert "constrained.sequence" in refused.stderr
    found = RUN.invoke(app, ["constrain", str(folder), "--set", "constrained.sequence=priority"])
    assert found.exit_code == 0, found.output
