"""Data sets on disk: a folder of CSV and Parquet files, or one workbook."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl

from api.io.csv_tables import read_csv_table
from api.io.file_problems import ReadTable, file_problem, unreadable_file
from api.io.workbook import SUFFIXES, read_workbook
from bom.errors import Finding, PlanningError, Severity
from bom.findings import Problem, Remedy, findings_of
from bom.hints import did_you_mean
from planning.tables import INPUT_TABLES

SETTINGS_FILE = "settings.toml"
_READ = (".csv", ".csv.gz", ".parquet")
# Files that hold tables, but not in a form that is read here.
_OTHER_TABLES = (".tsv", ".txt", ".xls", ".xlsx", ".xlsm", ".ods", ".json", ".jsonl", ".feather", ".arrow", ".csv.zip")


class DatasetError(PlanningError):
    """A path is not a data set."""


@dataclass(frozen=True, slots=True)
class RawDataset:
    """What the files of a data set hold, before it is checked.

    Parameters
    ----------
    tables
        The frames by table name, as read.
    settings
        What ``settings.toml`` or the sheet ``settings`` says.
    problems
        What is wrong with the files.
    """

    tables: dict[str, pl.DataFrame]
    settings: dict[str, Any]
    problems: tuple[Problem, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the files, one by one."""
        return findings_of(self.problems, ["settings", *INPUT_TABLES])


def read_dataset(path: Path) -> RawDataset:
    """Return the tables and settings of a data set, with what is wrong with its files.

    Parameters
    ----------
    path
        A folder with ``<table>.csv``, ``<table>.csv.gz`` or ``<table>.parquet`` and ``settings.toml``; or a workbook
        with a sheet per table and a sheet ``settings``, or with ``settings.toml`` beside it.

    Raises
    ------
    DatasetError
        When the path is not a data set.
    """
    if path.is_dir():
        return _read_folder(path)
    if not path.exists():
        raise DatasetError("not_a_data_set", "there is no such folder or workbook", [str(path)])
    if path.suffix.lower() in SUFFIXES:
        return _read_workbook(path)
    raise DatasetError(
        "not_a_data_set", "a data set is a folder of CSV or Parquet files, or an .xlsx file", [str(path)]
    )


def _read_folder(folder: Path) -> RawDataset:
    """Return the data set of a folder."""
    files, problems = _table_files(folder)
    if not files:
        expected = "the folder has no tables (items.csv, demands.csv, ...; see docs/tables.md)"
        raise DatasetError("not_a_data_set", expected, [str(folder)])
    read = {name: read_table(name, paths) for name, paths in files.items()}
    settings, found = read_settings_file(folder / SETTINGS_FILE)
    return _dataset(read, settings, [*problems, *found])


def _dataset(read: Mapping[str, ReadTable], settings: dict[str, Any], problems: list[Problem]) -> RawDataset:
    """Return the frames that could be read, in the order of the declarations, with all problems."""
    tables = {name: read[name].frame for name in INPUT_TABLES if name in read}
    found = [*problems, *(problem for table in read.values() for problem in table.problems)]
    return RawDataset({name: frame for name, frame in tables.items() if frame is not None}, settings, tuple(found))


def _table_files(folder: Path) -> tuple[dict[str, list[Path]], list[Problem]]:
    """Return the files of each table, and warnings about files that look like tables and are not read."""
    files: defaultdict[str, list[Path]] = defaultdict(list)
    problems: list[Problem] = []
    for path in sorted(folder.iterdir()):
        stem, form = _form(path.name)
        if path.is_dir() or path.name.startswith("."):
            continue
        if form in _READ and stem in INPUT_TABLES:
            files[stem].append(path)
        elif form in _READ:
            message = f"this is not a table of the data set, it is not read{did_you_mean(stem, list(INPUT_TABLES))}"
            problems.append(file_problem("unknown_table", stem, path.name, message, Severity.WARNING))
        elif form in _OTHER_TABLES and stem in INPUT_TABLES:
            message = f"this form is not read; save it as {stem}.csv or {stem}.parquet"
            problems.append(file_problem("unread_file", stem, path.name, message, Severity.WARNING))
    return dict(files), problems


def _form(name: str) -> tuple[str, str]:
    """Return the name of a file without its ending, and the ending in lower case."""
    for ending in sorted((*_READ, *_OTHER_TABLES), key=len, reverse=True):
        if name.lower().endswith(ending):
            return name[: -len(ending)], ending
    return name, ""


def read_table(name: str, paths: list[Path]) -> ReadTable:
    """Return the table of its one file."""
    if len(paths) > 1:
        names = " and ".join(path.name for path in paths)
        return unreadable_file(name, names, "the table is there twice; keep one of the files", "two_files")
    if paths[0].suffix.lower() == ".parquet":
        return _read_parquet(name, paths[0])
    return read_csv_table(paths[0], INPUT_TABLES[name])


def _read_parquet(name: str, path: Path) -> ReadTable:
    """Return the table of a Parquet file."""
    try:
        return ReadTable(pl.read_parquet(path, glob=False))
    except (pl.exceptions.PolarsError, OSError) as error:
        if path.stat().st_size == 0:
            return unreadable_file(name, path.name, "the file is empty", "empty_file")
        reason = str(error).split("\n", maxsplit=1)[0]
        return unreadable_file(name, path.name, f"the file is not Parquet, or is cut off ({reason})")


def read_settings_file(path: Path) -> tuple[dict[str, Any], list[Problem]]:
    """Return what a settings file says, nothing when there is none, and the error when it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig")), []
    except FileNotFoundError:
        return {}, []
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        message = f"{path.name}: this is not TOML: {error}"
        return {}, [Problem("unreadable_settings", "settings", "", message, values=(path.name,), remedy=Remedy.STOP)]


def _read_workbook(path: Path) -> RawDataset:
    """Return the data set of a workbook."""
    try:
        workbook = read_workbook(path)
    except fastexcel.FastExcelError as error:
        reason = str(error).split("\n", maxsplit=1)[0]
        raise DatasetError("unreadable_file", f"the workbook cannot be read ({reason})", [str(path)]) from error
    known = {name: sheet for name, sheet in workbook.sheets.items() if name in INPUT_TABLES}
    if not known:
        raise DatasetError("not_a_data_set", "the workbook has no sheet with the name of a table", [str(path)])
    problems = list(_unknown_sheets(workbook.sheets))
    if workbook.settings is not None:
        return _dataset(known, workbook.settings, problems)
    settings, found = read_settings_file(path.parent / SETTINGS_FILE)
    return _dataset(known, settings, [*problems, *found])


def _unknown_sheets(sheets: Mapping[str, ReadTable]) -> Iterator[Problem]:
    """Yield a warning for each sheet that is not a table of the data set."""
    for name in sheets:
        if name not in INPUT_TABLES:
            message = f"this is not a table of the data set, it is not read{did_you_mean(name, list(INPUT_TABLES))}"
            yield file_problem("unknown_table", name, f"sheet {name}", message, Severity.WARNING)
