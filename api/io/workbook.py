"""Data sets in one workbook: a sheet per table, and a sheet with the settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl

from api.io.error_cells import error_cells, with_errors
from api.io.file_problems import ReadTable, named_columns, without_blank_rows

SUFFIXES = (".xlsx", ".xlsm")
SETTINGS_SHEET = "settings"


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheets of a workbook.

    Parameters
    ----------
    sheets
        What was read from each sheet that is not empty, but the settings.
    settings
        What the sheet ``settings`` says; ``None`` when there is no such sheet.
    """

    sheets: dict[str, ReadTable]
    settings: dict[str, Any] | None


def read_workbook(path: Path) -> Workbook:
    """Return the sheets of a workbook, every cell as text, so that ids stay as they are written.

    Raises
    ------
    fastexcel.FastExcelError
        When the file is not a workbook, is cut off, or needs a password.
    """
    reader = fastexcel.read_excel(path)
    frames = {name: _cells(reader, name) for name in reader.sheet_names}
    frames |= {name: with_errors(frames[name], errors) for name, errors in error_cells(path).items()}
    settings = frames.pop(SETTINGS_SHEET, None)
    sheets = {name.strip(): _table(frame, name.strip()) for name, frame in frames.items() if frame.width}
    return Workbook(sheets, None if settings is None else _settings(settings))


def _cells(reader: fastexcel.ExcelReader, name: str) -> pl.DataFrame:
    """Return the cells of one sheet, the header among them."""
    sheet = reader.load_sheet(name, header_row=None, dtypes="string")
    cells: pl.DataFrame = sheet.to_polars()
    return cells


def _table(cells: pl.DataFrame, name: str) -> ReadTable:
    """Return the rows below the header with the header's names."""
    header = [(text or "").strip() for text in cells.row(0)]
    named = named_columns(cells.slice(1), header, name)
    return ReadTable(without_blank_rows(named.frame), named.problems)


def _settings(cells: pl.DataFrame) -> dict[str, Any]:
    """Return the settings of a sheet with two columns; ``mrp.net_per`` names an option of the section ``mrp``."""
    settings: dict[str, Any] = {}
    for key, value, *_ in cells.rows() if cells.width > 1 else ():
        if key is None or (key, value) == ("key", "value"):
            continue
        section, _, option = key.strip().partition(".")
        text = (value or "").strip().removesuffix(" 00:00:00")
        if option:
            settings.setdefault(section, {})[option] = text
        else:
            settings[section] = text
    return settings
