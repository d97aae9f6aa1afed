"""Cells of a workbook that hold an error such as #N/A, which the reader of sheets gives as empty cells."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import polars as pl

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PLACE = re.compile(r"^([A-Z]+)(\d+)$")

Cells = Mapping[tuple[int, int], str]


def error_cells(path: Path) -> dict[str, Cells]:
    """Return for each sheet with errors their texts by row and column, counted from the sheet's first used cell."""
    found: dict[str, Cells] = {}
    with zipfile.ZipFile(path) as archive:
        for name, part in _sheet_parts(archive).items():
            data = archive.read(part)
            if b't="e"' in data:
                found[name] = _errors_in(data)
    return found


def with_errors(cells: pl.DataFrame, errors: Cells) -> pl.DataFrame:
    """Return the cells of a sheet with the texts of its errors.

    Examples
    --------
    >>> with_errors(pl.DataFrame({"a": ["quantity", None]}), {(1, 0): "#N/A"}).to_series().to_list()
    ['quantity', '#N/A']
    """
    columns = [values.to_list() for values in cells.get_columns()]
    for (row, column), text in errors.items():
        columns[column][row] = text
    return pl.DataFrame(dict(zip(cells.columns, columns, strict=True)), schema=cells.schema)


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the part of the archive in which each sheet stands."""
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.attrib["Id"]: relation.attrib["Target"] for relation in relations}
    sheets = ElementTree.fromstring(archive.read("xl/workbook.xml")).iter(f"{_MAIN}sheet")
    return {
        sheet.attrib["name"]: posixpath.normpath(posixpath.join("/xl", targets[sheet.attrib[_RELATION]])).lstrip("/")
        for sheet in sheets
    }


def _errors_in(data: bytes) -> Cells:
    """Return the errors of one sheet."""
    used: list[tuple[int, int]] = []
    errors: dict[tuple[int, int], str] = {}
    for cell in ElementTree.fromstring(data).iter(f"{_MAIN}c"):
        if len(cell):
            place = _place(cell.attrib["r"])
            used.append(place)
            if cell.attrib.get("t") == "e":
                errors[place] = cell.findtext(f"{_MAIN}v") or "#ERROR"
    first_row, first_column = min(row for row, _ in used), min(column for _, column in used)
    return {(row - first_row, column - first_column): text for (row, column), text in errors.items()}


def _place(name: str) -> tuple[int, int]:
    """Return row and column of a cell such as ``AB12``."""
    match = _PLACE.match(name)
    if match is None:
        return 0, 0
    column = 0
    for letter in match[1]:
        column = 26 * column + ord(letter) - ord("A") + 1
    return int(match[2]), column
