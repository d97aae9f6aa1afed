"""The worked data sets of docs/concepts, planned by the engine.

A page says ``<!-- worked -->``, then a block ``csv`` with tables (a line ``# name``, a header, rows) and options
(``# options``, lines ``name = value``), then tables of results. The line before each table names the output table in
backquotes; the headings are its columns. Cells that are empty in the table are empty in the result.
"""

from __future__ import annotations

import io
import re
import tomllib
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from planning.checks import validate
from planning.options import MrpOptions
from planning.plan_tables import OUTPUT_TABLES
from tests.asserts import run_mrp_checked

CONCEPTS = Path(__file__).resolve().parents[2] / "docs" / "concepts"
MARK = "<!-- worked -->"
AS_OF = date(2026, 1, 5)


def worked_cases() -> list:
    found = []
    for path in sorted(CONCEPTS.glob("*.md")):
        for number, text in enumerate(path.read_text().split(MARK)[1:], start=1):
            found.append(pytest.param(text, id=f"{path.stem}-{number}"))
    return found


def data_of(block: str) -> tuple[dict[str, pl.DataFrame], MrpOptions]:
    """The tables and options of a ``csv`` block."""
    parts = dict(re.findall(r"^# (\w+)\n((?:[^#\n].*\n)+)", block, re.MULTILINE))
    options = MrpOptions.from_mapping(tomllib.loads(parts.pop("options", "")))
    return {name: pl.read_csv(io.StringIO(text), infer_schema=False) for name, text in parts.items()}, options


def result_tables(text: str) -> list[tuple[str, list[dict[str, str]]]]:
    """The tables of results: the output table's name, and the rows as texts."""
    found = []
    for line, table in re.findall(r"^(.*)\n\n((?:\|.*\|\n)+)", text, re.MULTILINE):
        names = [name for name in re.findall(r"`(\w+)`", line) if name in OUTPUT_TABLES]
        if names:
            cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()]
            found.append((names[-1], [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]))
    return found


def as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.10g}" if isinstance(value, float) else str(value)


@pytest.mark.parametrize("text", worked_cases())
def test_worked_data_set_gives_the_tables_of_its_page(text):
    block = re.search(r"```csv\n(.*?)```", text, re.DOTALL)
    assert block is not None
    tables, options = data_of(block.group(1))
    result = run_mrp_checked(validate(tables, {"as_of": AS_OF}).data, options)
    expected = result_tables(text[block.end() :])
    assert expected, "the page shows no result"
    for name, rows in expected:
        columns = list(rows[0])
        found = [
            dict(zip(columns, map(as_text, row), strict=True)) for row in result.table(name).select(columns).rows()
        ]
        shown = {key for row in rows for key in [row.get("kind")]} if name == "messages" else None
        if shown and "kind" in columns:
            found = [row for row in found if row["kind"] in shown]
        assert found == rows, name
