"""``lotwright solve`` on scheduling instances."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from api.cli.app import app

INSTANCES = Path(__file__).parents[2] / "benchmarks" / "instances"


def run(*arguments: str):
    return CliRunner().invoke(app, ["solve", *arguments])


def test_json_has_objective_bound_gap_and_the_checked_schedule():
    done = run(str(INSTANCES / "ft06.txt"), "--format", "jsp", "--solver", "dispatch", "--json", "--quiet")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["status"] == "feasible"
    assert 55 <= told["objective"] <= 61
    assert told["bound"] >= 47
    assert abs(told["gap"] - (told["objective"] - told["bound"]) / told["objective"]) < 1e-9
    assert len(told["schedule"]) == 36
    assert told["schedule"][0] == {**told["schedule"][0], "operation": "1.1", "job": "1", "machine": "3"}
    assert max(row["end"] for row in told["schedule"]) == told["objective"]


def test_text_tells_what_each_machine_runs():
    done = run(str(INSTANCES / "hfsp_small.txt"), "--format", "hfsp", "--solver", "dispatch")
    assert done.exit_code == 0, done.output
    assert "machine 1/2: " in done.stdout
    assert "status     feasible" in done.stdout
    assert "objective" in done.stderr


def test_a_bad_file_a_missing_file_and_an_unknown_solver_have_their_exit_codes(tmp_path):
    (tmp_path / "bad.txt").write_text("2 2\n0 1 1\n")
    bad = run(str(tmp_path / "bad.txt"), "--format", "jsp")
    assert bad.exit_code == 1
    assert "bad.txt line 2" in bad.output
    assert run(str(tmp_path / "none.txt"), "--format", "jsp").exit_code == 2
    assert run(str(INSTANCES / "ft06.txt"), "--format", "jsp", "--solver", "magic").exit_code == 2
