"""Plans on disk: complete or not there, and tables in chunks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from api.io.output import FileFormat, OutputError, plan_folder, write_run, write_table
from planning.plan_tables import KPIS, OUTPUT_TABLES, REQUIREMENTS


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def write_plan(out, text):
    with plan_folder(out) as folder:
        (folder / "kpis.csv").write_text(text)
        write_run(folder, {"as_of": date(2026, 1, 5), "text": text})


def test_a_plan_is_not_there_before_it_is_complete(tmp_path):
    out = tmp_path / "plan"
    with plan_folder(out) as folder:
        (folder / "kpis.csv").write_text("x")
        assert not out.exists()
        assert (folder.parent, folder.name.startswith(".plan.")) == (tmp_path, True)
    assert (names(tmp_path), names(out)) == (["plan"], ["kpis.csv"])


def test_an_old_plan_is_replaced_whole(tmp_path):
    out = tmp_path / "plan"
    write_plan(out, "old")
    (out / "left_out.csv").write_text("of the old one")
    write_plan(out, "new")
    assert (names(tmp_path), names(out)) == (["plan"], ["kpis.csv", "run.json"])
    assert (out / "kpis.csv").read_text() == "new"


def test_an_exception_leaves_the_old_plan_and_nothing_else(tmp_path):
    out = tmp_path / "plan"
    write_plan(out, "old")
    with pytest.raises(IsADirectoryError), plan_folder(out) as folder:
        folder.write_text("a folder cannot be written as a file")
    assert (names(tmp_path), (out / "kpis.csv").read_text()) == (["plan"], "old")


def test_an_exception_without_an_old_plan_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), plan_folder(tmp_path / "plan"):
        raise KeyboardInterrupt
    assert names(tmp_path) == []


def test_an_empty_folder_may_become_a_plan(tmp_path):
    out = tmp_path / "plan"
    out.mkdir()
    write_plan(out, "new")
    assert names(out) == ["kpis.csv", "run.json"]


def test_folders_above_the_plan_are_made(tmp_path):
    write_plan(tmp_path / "a/b/plan", "new")
    assert names(tmp_path / "a/b") == ["plan"]


def test_what_is_not_a_plan_is_refused_and_untouched(tmp_path):
    folder, file = tmp_path / "folder", tmp_path / "file"
    folder.mkdir()
    (folder / "letter.txt").write_text("dear")
    file.write_text("dear")
    for out in (folder, file):
        with pytest.raises(OutputError, match="is not a plan"), plan_folder(out):
            raise AssertionError("must not get here")
    assert (names(tmp_path), (folder / "letter.txt").read_text(), file.read_text()) == (
        ["file", "folder"],
        "dear",
        "dear",
    )


def test_a_folder_under_a_file_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"), plan_folder(tmp_path / "file" / "plan"):
        raise AssertionError("must not get here")


@pytest.mark.parametrize("out", [".", "..", "inner/.."])
def test_the_current_folder_is_refused(tmp_path, monkeypatch, out):
    (tmp_path / "here" / "inner").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "here" / "run.json").write_text("{}")
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(OutputError, match="current folder"), plan_folder(Path(out)):
        raise AssertionError("must not get here")
    assert names(tmp_path) == ["here", "run.json"]


@pytest.fixture
def dead():
    """Return the number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def left_behind(folder, name, text):
    (folder / name).mkdir()
    (folder / name / "run.json").write_text(text)


def test_what_a_killed_run_has_left_is_cleared_up(tmp_path, dead):
    write_plan(tmp_path / "plan", "old")
    left_behind(tmp_path, f".plan.{dead}.partial", "half")
    left_behind(tmp_path, f".plan.{dead}.old", "older")
    write_plan(tmp_path / "plan", "new")
    assert (names(tmp_path), (tmp_path / "plan/kpis.csv").read_text()) == (["plan"], "new")


def test_a_plan_that_a_killed_run_had_moved_away_is_put_back(tmp_path, dead):
    left_behind(tmp_path, f".plan.{dead}.old", "old")
    left_behind(tmp_path, f".plan.{dead}.partial", "half")
    with pytest.raises(KeyboardInterrupt), plan_folder(tmp_path / "plan"):
        raise KeyboardInterrupt
    assert (names(tmp_path), (tmp_path / "plan/run.json").read_text()) == (["plan"], "old")


def test_what_is_not_left_by_a_killed_run_of_this_plan_stays(tmp_path, dead):
    others = [f".other.{dead}.partial", f".plan.{dead}.keep", f".plan.{os.getppid()}.partial", ".plan.x.old"]
    for name in others:
        left_behind(tmp_path, name, "")
    write_plan(tmp_path / "plan", "new")
    assert names(tmp_path) == sorted([*others, "plan"])


def test_signs_of_a_pattern_in_a_folders_name_are_no_pattern(tmp_path, dead):
    left_behind(tmp_path, f".plan.{dead}.partial", "")
    write_plan(tmp_path / "pl[a]n", "new")
    assert names(tmp_path) == [f".plan.{dead}.partial", "pl[a]n"]


ROWS = REQUIREMENTS.empty().vstack(
    pl.DataFrame(
        {
            "requirement_id": [f'A, "{n}"' for n in range(50)],
            "item_id": ["A"] * 50,
            "site_id": ["MAIN"] * 50,
            "date": [date(2026, 1, 5)] * 50,
            "quantity": [n / 3 for n in range(50)],
            "kind": ["dependent"] * 50,
            "source_id": [None if n % 3 else "ö" for n in range(50)],
            "original_date": [None] * 50,
        },
        schema=REQUIREMENTS.empty().schema,
    )
)


def read(folder, table, form):
    path = folder / f"{table.name}.{form}"
    if form is FileFormat.PARQUET:
        return pl.read_parquet(path)
    return pl.read_csv(path, schema=table.empty().schema)


@pytest.mark.parametrize("form", FileFormat)
@pytest.mark.parametrize("size", [1, 7, 50])
def test_a_table_in_chunks_is_the_table_in_one_piece(tmp_path, form, size):
    chunks = (ROWS[begin : begin + size] for begin in range(0, ROWS.height, size))
    assert write_table(tmp_path, REQUIREMENTS, chunks, form) == 50
    assert read(tmp_path, REQUIREMENTS, form).equals(ROWS)


def test_csv_in_chunks_is_the_same_bytes(tmp_path):
    write_table(tmp_path, REQUIREMENTS, iter([ROWS]), FileFormat.CSV)
    whole = (tmp_path / "requirements.csv").read_bytes()
    write_table(tmp_path, REQUIREMENTS, iter([ROWS[:20], ROWS[20:20], ROWS[20:]]), FileFormat.CSV)
    assert (tmp_path / "requirements.csv").read_bytes() == whole
    assert whole.count(b"requirement_id") == 1


@pytest.mark.parametrize("form", FileFormat)
@pytest.mark.parametrize("table", OUTPUT_TABLES.values(), ids=list(OUTPUT_TABLES))
def test_a_table_without_rows_has_its_columns(tmp_path, form, table):
    assert write_table(tmp_path, table, iter([]), form) == 0
    found = read(tmp_path, table, form)
    assert (found.height, found.schema) == (0, table.empty().schema)


def test_the_run_is_json_with_dates_as_text(tmp_path):
    write_run(tmp_path, {"as_of": date(2026, 1, 5), "rows": {KPIS.name: 3}})
    assert json.loads((tmp_path / "run.json").read_text()) == {"as_of": "2026-01-05", "rows": {"kpis": 3}}
