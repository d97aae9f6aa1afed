"""Tables in CSV files: every cell as text, the separator found from the header, odd rows named."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from api.io.file_problems import ReadTable, named_columns, unreadable_file, without_blank_rows
from bom.findings import Problem, Remedy
from bom.schema import Table

_SEPARATORS = (",", ";", "\t", "|")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_BLANK_LINE = re.compile(rb"\n\r?(?=\n)")
# A text as long as a page is a missing quote, but let Python's reader come to its end to say so.
csv.field_size_limit(2**27)


@dataclass(frozen=True, slots=True)
class _Csv:
    """The bytes of a file and what its header says."""

    data: bytes
    separator: str
    header: tuple[str, ...]


def read_csv_table(path: Path, table: Table) -> ReadTable:
    """Return the table of one CSV file, all columns as texts, and what is wrong with the file.

    Parameters
    ----------
    path
        A file in UTF-8, with or without byte order mark, separated by comma, semicolon, tab or bar; ``.gz`` is
        decompressed.
    table
        The declaration that the file's columns are compared with, to find the separator.
    """
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix.lower() == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        return unreadable_file(table.name, path.name, f"the file cannot be read: {error}")
    data = data.removeprefix(_BYTE_ORDER_MARK).strip(b"\r\n")
    if not data.strip():
        return unreadable_file(table.name, path.name, "the file is empty, not even a header is there", "empty_file")
    if data.startswith(_WIDE_MARKS):
        return unreadable_file(table.name, path.name, "the file is UTF-16, not UTF-8; save it as UTF-8", "not_utf8")
    source = _with_header(data, table)
    try:
        frame, has_long_rows = _read(source)
    except pl.exceptions.ComputeError:
        line = _line_that_is_not_utf8(data)
        if line:
            message = f"line {line} of the file is not UTF-8; save it as UTF-8"
            return unreadable_file(table.name, path.name, message, "not_utf8")
        return unreadable_file(table.name, path.name, _quote_problem(source))
    ragged = _ragged_rows(source, frame, table.name) if has_long_rows or _may_have_short_rows(source, frame) else []
    named = named_columns(frame, source.header, table.name)
    return ReadTable(without_blank_rows(named.frame), (*named.problems, *ragged))


def _line_that_is_not_utf8(data: bytes) -> int:
    """Return the first line that is not UTF-8, counted from 1; 0 when all are."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return data.count(b"\n", 0, error.start) + 1
    return 0


def _with_header(data: bytes, table: Table) -> _Csv:
    """Return the file with the separator that gives the header most of the table's column names."""
    first = data[: 1 << 20].decode("utf-8", errors="replace")
    read = {separator: _header(first, separator) for separator in _SEPARATORS}
    names = set(table.column_names)
    best = max(_SEPARATORS, key=lambda separator: (len(names.intersection(read[separator])), len(read[separator])))
    return _Csv(data, best, read[best])


def _header(text: str, separator: str) -> tuple[str, ...]:
    """Return the names in the first row."""
    return tuple(name.strip() for name in next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), []))


def _read(source: _Csv) -> tuple[pl.DataFrame, bool]:
    """Return the cells as texts, and whether there are rows with more cells than the header."""
    try:
        return pl.read_csv(source.data, separator=source.separator, infer_schema=False), False
    except pl.exceptions.NoDataError:
        return pl.DataFrame(schema=dict.fromkeys(source.header, pl.String)), False
    except pl.exceptions.ComputeError:
        return (
            pl.read_csv(source.data, separator=source.separator, infer_schema=False, truncate_ragged_lines=True),
            True,
        )


def _may_have_short_rows(source: _Csv, frame: pl.DataFrame) -> bool:
    """Return whether the separators in the file are fewer or more than its rows need.

    A row with too few cells reads as one with empty cells at its end; counting bytes tells them apart at 1 GB/s.
    """
    separator = source.separator
    has_blank = frame.select(pl.all_horizontal(pl.all().is_null()).any()).item()
    n_inside = 0
    if b'"' in source.data:
        if has_blank:
            return True  # a blank line may stand inside a quoted cell: let the cells be counted
        cells = frame.select(pl.all().str.count_matches(separator, literal=True).sum())
        n_inside = sum(count or 0 for count in cells.row(0)) + sum(name.count(separator) for name in source.header)
    n_blank = len(_BLANK_LINE.findall(source.data)) if has_blank else 0
    n_rows = 1 + frame.height - n_blank
    return source.data.count(separator.encode()) - n_inside != n_rows * (frame.width - 1)


def _ragged_rows(source: _Csv, frame: pl.DataFrame, table: str) -> list[Problem]:
    """Return the problem of the rows that have more or fewer cells than the header."""
    n_columns = frame.width
    odd = [(row, count) for row, count in _cell_counts(source) if count != n_columns]
    if not odd:
        return []
    rows = np.array([row for row, _ in odd], dtype=np.int64)
    details = tuple(f"the row has {count} cells, the header {n_columns}" for _, count in odd[:1000])
    message = "the row has not as many cells as the header"
    values = tuple(str(count) for _, count in odd[:1000])
    return [Problem("ragged_row", table, "", message, rows, values, details, remedy=Remedy.ROW)]


def _cell_counts(source: _Csv) -> Iterator[tuple[int, int]]:
    """Yield the number of each data row, blank ones not counted, and its count of cells."""
    lines = io.StringIO(source.data.decode("utf-8"), newline="")
    row = -1
    for cells in csv.reader(lines, delimiter=source.separator):
        if any(cells):
            if row >= 0:
                yield row, len(cells)
            row += 1


def _quote_problem(source: _Csv) -> str:
    """Return where the quotes of a file go wrong."""
    reader = csv.reader(io.StringIO(source.data.decode("utf-8"), newline=""), delimiter=source.separator, strict=True)
    try:
        for _ in reader:
            pass
    except csv.Error:
        return f"the file is not CSV: look at the quotes in line {reader.line_num}"
    return "the file is not CSV: look at its quotes"
