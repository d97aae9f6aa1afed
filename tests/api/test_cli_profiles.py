"""The command ``lotwright profiles``, and a plan that is made by one."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from api.cli.app import app
from planning.profiles import PROFILES


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_list_has_every_option_of_every_profile_with_its_reason():
    rows = json.loads(run("profiles", "--format", "json").stdout)["rows"]
    assert {(row["profile"], row["option"]) for row in rows} == {
        (profile.name, option) for profile in PROFILES.values() for option in profile.options
    }
    assert all(row["why"] for row in rows)
    assert "Odoo" in run("profiles").stdout


def test_a_plan_by_a_profile_says_so_and_other_options_go_over_it(tmp_path):
    (tmp_path / "settings.toml").write_text('as_of = 2026-01-05\n[mrp]\nprofile = "sap_mrp"\n')
    (tmp_path / "items.csv").write_text("item_id\nA\n")
    result = run("plan", tmp_path, "--out", tmp_path / "plan", "--set", "mrp.past_release=keep")
    assert result.exit_code == 0
    options = json.loads((tmp_path / "plan/run.json").read_text())["options"]["mrp"]
    named = {name: options[name] for name in ("profile", "scrap_convention", "past_release")}
    assert named == {"profile": "sap_mrp", "scrap_convention": "multiply", "past_release": "keep"}
