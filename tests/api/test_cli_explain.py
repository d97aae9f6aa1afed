"""The command ``lotwright explain``."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.app import app
from api.plan_run import PlanRequest, run_plan

TINY = Path(__file__).parents[2] / "examples/tiny"
ORDER = "BIKE@MAIN/2026-02-02/1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explain") / "plan"
    run_plan(PlanRequest(TINY, folder))
    return str(folder)


PAGE = Path(__file__).parents[2] / "docs/concepts/explanation.md"


def shown_calls() -> list[tuple[str, str]]:
    """The ids that the page explains, and what it shows."""
    blocks = re.findall(r"```console\n\$ lotwright explain plan (.*?)\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    return [(str(arguments), str(shown)) for arguments, shown in blocks]


def run(*arguments: str):
    return CliRunner().invoke(app, ["explain", *arguments])


def test_order_is_explained_as_indented_text(folder):
    called = run(folder, ORDER)
    assert called.exit_code == 0
    first, *rest = called.stdout.splitlines()
    assert first.startswith(f"{ORDER}: make 6 of BIKE at MAIN")
    assert all(line.startswith("  ") for line in rest)
    assert any(line.startswith("  end demand") for line in rest)


def test_order_is_explained_as_json(folder):
    told = json.loads(run(folder, ORDER, "--json").stdout)
    assert told["subject_id"] == ORDER
    assert [step["kind"] for step in told["steps"]][:3] == ["requirement", "balance", "shortage"]


def test_unknown_order_is_refused_with_those_that_look_like_it(folder):
    called = run(folder, "BIKE@MAIN/2026-02-03/1")
    assert called.exit_code == 2
    assert ORDER in called.stderr


def test_folder_that_is_no_plan_is_refused(tmp_path):
    called = run(str(tmp_path), ORDER)
    assert called.exit_code == 2
    assert "is not a plan" in called.stderr


@pytest.mark.parametrize(("arguments", "shown"), shown_calls(), ids=[call[0] for call in shown_calls()])
def test_page_shows_what_the_command_prints(folder, arguments, shown):
    assert run(folder, *arguments.split()).stdout == shown
