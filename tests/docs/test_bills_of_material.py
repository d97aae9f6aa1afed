"""The page on bills of material: its commands print what it shows, its arithmetic is what the engine computes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.bom import bom_app

PAGE = (Path(__file__).resolve().parents[2] / "docs/concepts/bills_of_material.md").read_text()
FILES = re.findall(r"^`(\w+\.\w+)`\n```\w+\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)
COMMANDS = re.findall(r"```console\n\$ lotwright bom (.*?)\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def lamp(tmp_path, monkeypatch):
    """The page's data set, in a folder of the name that the page uses."""
    (tmp_path / "lamp").mkdir()
    for name, text in FILES:
        (tmp_path / "lamp" / name).write_text(text)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("lamp")
@pytest.mark.parametrize(("command", "output"), COMMANDS)
def test_the_commands_of_the_page_print_what_it_shows(command, output):
    result = CliRunner().invoke(bom_app, shlex.split(command))
    assert result.exit_code == 0, result.output
    assert result.stdout == output


def test_the_page_has_its_files_and_a_command_of_each_kind():
    assert [name for name, _ in FILES] == [
        "items.csv", "bom_lines.csv", "operations.csv", "work_centers.csv", "settings.toml",
    ]  # fmt: skip
    assert {command.split()[0] for command, _ in COMMANDS} == {"explode", "compare", "where-used", "cost", "lead-time"}


@pytest.mark.parametrize("row", re.findall(r"^\| (\S+) +\| (.+?) +\| +(-?[\d.]+) \|$", PAGE, re.MULTILINE))
def test_the_cost_of_the_arm_is_its_arithmetic(row):
    name, arithmetic, amount = row
    assert re.fullmatch(r"[\d. x/()+-]*", arithmetic), name
    if arithmetic.strip():
        assert eval(arithmetic.replace("x", "*")) == pytest.approx(float(amount))


@pytest.mark.usefixtures("lamp")
def test_the_cost_of_the_arm_is_the_last_row_of_its_table():
    [total] = re.findall(r"^\| ARM +\| +\| +([\d.]+) \|$", PAGE, re.MULTILINE)
    amounts = re.findall(r"^\| (?:TUBE|BOLT|PAINT|CHIPS|routing) .*\| +(-?[\d.]+) \|$", PAGE, re.MULTILINE)
    assert sum(map(float, amounts)) == pytest.approx(float(total))
    result = CliRunner().invoke(bom_app, ["cost", "lamp", "ARM"])
    assert result.stdout.startswith("ARM: 5.4 EUR per unit in lots of 40")
