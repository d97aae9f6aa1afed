"""The page on data sets: its files give what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.app import app
from api.io.dataset import read_dataset
from planning.checks import validate
from tests.planning.test_broken_data import CASES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "concepts" / "data_sets.md").read_text()


def block(mark: str) -> str:
    """The fenced block or table after a mark."""
    text = PAGE.split(f"<!-- {mark} -->\n", 1)[1]
    return text.split("```")[1].split("\n", 1)[1] if text.startswith("```") else text.split("\n\n")[0]


@pytest.fixture
def folder(tmp_path):
    for name in ("items.csv", "demands.csv"):
        (tmp_path / name).write_text(block(name))
    (tmp_path / "settings.toml").write_text("as_of = 2026-01-05\n")
    return tmp_path


def test_check_prints_what_the_page_says(folder):
    assert CliRunner().invoke(app, ["check", str(folder)]).stdout == block("check")


@pytest.mark.parametrize("mark", ["left_out", "assumed"])
def test_quarantine_lists_what_the_page_says(folder, mark):
    raw = read_dataset(folder)
    result = validate(raw.tables, raw.settings, on_error="quarantine", problems=raw.problems)
    rows = getattr(result, mark).select("table", "row", "column", "value", "message").rows()
    assert ["| " + " | ".join(map(str, row)) + " |" for row in rows] == block(mark).splitlines()[2:]


def test_the_settings_on_the_page_are_right(tmp_path):
    (tmp_path / "items.csv").write_text(block("items.csv").splitlines()[0] + "\n")
    (tmp_path / "settings.toml").write_text(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0])
    raw = read_dataset(tmp_path)
    assert validate(raw.tables, raw.settings).data.settings.mrp == {"net_per": "line", "expedite_window_days": 7}


def test_the_page_names_every_code():
    told = set(re.findall(r"`([a-z_0-9]+)`", PAGE))
    assert {expected.code for _, findings in CASES.values() for expected in findings} - told == set()
