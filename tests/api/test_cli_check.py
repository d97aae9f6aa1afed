"""The command ``lotwright check``."""

from __future__ import annotations

import csv
import io
import json

import pytest
from typer.testing import CliRunner, Result

from api.cli import check as command
from api.cli.app import app
from bom.errors import Finding, Severity
from tests.planning.broken_files import RIGHT, cell, settings, write_csv_folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


@pytest.fixture
def right(tmp_path):
    return write_csv_folder(RIGHT, tmp_path)


@pytest.fixture
def broken(tmp_path):
    files = cell("demands", 1, quantity="-5", item_id="bkie")(RIGHT)
    return write_csv_folder(cell("items", 1, shelf_life_days="5")(files), tmp_path)


def test_right_data_has_no_findings_and_exit_0(right):
    result = run(right)
    assert (result.exit_code, result.stderr) == (0, "no errors, no warnings\n")
    assert result.stdout == "severity,table,row,column,value,code,message\n"


def test_errors_give_exit_1_and_what_to_do_next(broken):
    result = run(broken)
    assert result.exit_code == 1
    assert result.stderr == "2 errors, 1 warning: fix the errors, or plan the rest with --on-error quarantine\n"


def test_a_pipe_gets_csv_that_a_program_can_read(broken):
    rows = list(csv.DictReader(io.StringIO(run(broken).stdout)))
    assert [(row["severity"], row["table"], row["row"], row["column"], row["value"]) for row in rows] == [
        ("warning", "items", "0", "shelf_life_days", ""),
        ("error", "demands", "1", "item_id", "bkie"),
        ("error", "demands", "1", "quantity", "-5"),
    ]


def test_json_has_counts_and_findings(broken):
    for arguments in (["--json"], ["--format", "json"]):
        result = run(broken, *arguments)
        told = json.loads(result.stdout)
        assert (result.exit_code, told["errors"], told["warnings"]) == (1, 2, 1)
        assert told["findings"][2] == {
            "severity": "error",
            "code": "out_of_range",
            "table": "demands",
            "column": "quantity",
            "row": 1,
            "value": "-5",
            "message": "-5 is less than 0",
            "count": 1,
        }


def test_a_table_names_place_value_and_hint(broken, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    result = run(broken, "--format", "table")
    assert "demands    1  item_id" in result.stdout
    assert "bkie is not in items; did you mean bike?" in result.stdout
    assert result.stdout.endswith("plan the rest with --on-error quarantine\n")


def test_markup_in_a_value_is_printed_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    folder = write_csv_folder(cell("demands", 1, item_id="[red]bike[/red]")(RIGHT), tmp_path)
    assert "[red]bike[/red]" in run(folder, "--format", "table").stdout


def test_as_of_may_come_from_the_command_line(tmp_path):
    folder = write_csv_folder(settings("")(RIGHT), tmp_path)
    assert run(folder).exit_code == 1
    assert run(folder, "--as-of", "2026-01-05").exit_code == 0
    assert "soon is not a date" in run(folder, "--as-of", "soon").stdout


@pytest.mark.parametrize("name", ["nowhere", ""])
def test_what_is_no_data_set_gives_exit_2(tmp_path, name):
    result = run(tmp_path / name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("lotwright: ")


def test_a_warning_alone_gives_exit_0(tmp_path):
    folder = write_csv_folder(cell("items", 1, colour="red")(RIGHT), tmp_path)
    result = run(folder)
    assert (result.exit_code, result.stderr) == (0, "no errors, 1 warning\n")


def test_the_count_line_counts_rows_that_are_only_summed_up():
    finding = Finding(Severity.WARNING, "c", "t", "x", 1, "", "m")
    more = Finding(Severity.WARNING, "c", "t", "x", 1, "", "4000 more", 4000)
    assert command.count_line([finding, more]) == "no errors, 4,001 warnings"
