"""A small right data set as rows of text, and the ways in which the cases break it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl
import xlsxwriter

Row = dict[str, str]


@dataclass(frozen=True)
class Files:
    """The files of a data set: tables as rows of text, whole files as bytes, ``settings.toml``."""

    tables: dict[str, tuple[Row, ...]]
    settings: str = "as_of = 2026-01-05\n"
    raw: dict[str, bytes] = field(default_factory=dict)


Breakage = Callable[[Files], Files]

RIGHT = Files(
    {
        "items": (
            {"item_id": "bike", "unit_cost": "250", "lead_time_days": "2", "lot_sizing_rule": "lot_for_lot"},
            {"item_id": "frame", "unit_cost": "90", "lead_time_days": "5", "supplier_id": "ACME"},
            {"item_id": "wheel", "unit_cost": "30", "lead_time_days": "3", "safety_stock": "4"},
            {"item_id": "spoke", "unit_cost": "0.1", "lead_time_days": "9", "order_multiple": "100"},
        ),
        "sites": ({"site_id": "MAIN", "calendar_id": "week"}, {"site_id": "SHOP"}),
        "item_sites": ({"item_id": "bike", "site_id": "SHOP", "supply_type": "transfer", "source_site_id": "MAIN"},),
        "bom_lines": (
            {"parent_item_id": "bike", "component_item_id": "frame", "quantity_per": "1"},
            {"parent_item_id": "bike", "component_item_id": "wheel", "quantity_per": "2"},
            {"parent_item_id": "wheel", "component_item_id": "spoke", "quantity_per": "32", "scrap_fraction": "0.02"},
        ),
        "suppliers": ({"supplier_id": "ACME"},),
        "item_suppliers": ({"item_id": "frame", "supplier_id": "ACME", "priority": "1"},),
        "transfer_lanes": ({"from_site_id": "MAIN", "to_site_id": "SHOP", "lead_time_days": "1"},),
        "customers": ({"customer_id": "0042", "priority": "1"},),
        "demands": (
            {"demand_id": "1", "item_id": "bike", "site_id": "MAIN", "due_date": "2026-02-02", "quantity": "10"},
            {"demand_id": "2", "item_id": "bike", "site_id": "SHOP", "due_date": "2026-02-09", "quantity": "3"},
        ),
        "on_hand": ({"item_id": "wheel", "quantity": "7"}, {"item_id": "spoke", "quantity": "-20"}),
        "scheduled_receipts": (
            {"order_id": "W1", "item_id": "wheel", "due_date": "2026-01-12", "quantity": "20"},
            {"order_id": "P1", "item_id": "frame", "due_date": "2026-01-20", "quantity": "5"},
        ),
        "allocations": ({"order_id": "W1", "item_id": "spoke", "required_date": "2026-01-08", "quantity": "640"},),
        "calendars": ({"calendar_id": "week", "saturday": "0", "sunday": "0", "shifts": "06:00-14:00;14:00-22:00"},),
        "calendar_exceptions": ({"calendar_id": "week", "date": "2026-01-06", "hours": "0"},),
        "work_centers": ({"work_center_id": "weld", "cost_per_hour": "60"},),
        "operations": (
            {"item_id": "wheel", "operation_sequence": "10", "work_center_id": "weld", "setup_minutes": "30"},
        ),
        "setup_times": (
            {"work_center_id": "weld", "from_setup_group": "*", "to_setup_group": "A", "setup_minutes": "5"},
        ),
        "open_operations": ({"order_id": "W1", "operation_sequence": "10", "completed_quantity": "4"},),
    }
)


def cell(table: str, row: int, **values: str) -> Breakage:
    """Change cells of one row, counted from 1; a column that is not there is added."""

    def broken(files: Files) -> Files:
        rows = list(files.tables[table])
        rows[row - 1] = {**rows[row - 1], **values}
        return replace(files, tables={**files.tables, table: tuple(rows)})

    return broken


def plus(table: str, *rows: Row) -> Breakage:
    """Add rows."""
    return lambda files: replace(files, tables={**files.tables, table: (*files.tables.get(table, ()), *rows)})


def without_column(table: str, column: str) -> Breakage:
    """Take a column away."""

    def broken(files: Files) -> Files:
        rows = tuple({name: value for name, value in row.items() if name != column} for row in files.tables[table])
        return replace(files, tables={**files.tables, table: rows})

    return broken


def renamed(table: str, column: str, name: str) -> Breakage:
    """Give a column another name."""

    def broken(files: Files) -> Files:
        rows = tuple(
            {name if key == column else key: value for key, value in row.items()} for row in files.tables[table]
        )
        return replace(files, tables={**files.tables, table: rows})

    return broken


def without(*tables: str) -> Breakage:
    """Take tables away."""
    return lambda files: replace(
        files, tables={name: rows for name, rows in files.tables.items() if name not in tables}
    )


def settings(text: str) -> Breakage:
    """Write another ``settings.toml``."""
    return lambda files: replace(files, settings=text)


def file(name: str, data: bytes) -> Breakage:
    """Write a file as it is, in place of a table of that name."""

    def broken(files: Files) -> Files:
        tables = {table: rows for table, rows in files.tables.items() if f"{table}.csv" != name}
        return replace(files, tables=tables, raw={**files.raw, name: data})

    return broken


def in_text(table: str, old: str, new: str) -> Breakage:
    """Replace text in a table's CSV file."""

    def broken(files: Files) -> Files:
        text = csv_text(files.tables[table])
        assert old in text
        return file(f"{table}.csv", text.replace(old, new, 1).encode())(files)

    return broken


def both(*breakages: Breakage) -> Breakage:
    """Break in several ways at once."""

    def broken(files: Files) -> Files:
        for breakage in breakages:
            files = breakage(files)
        return files

    return broken


def columns_of(rows: tuple[Row, ...]) -> list[str]:
    """Return every column of the rows, in the order in which they first appear."""
    return list(dict.fromkeys(name for row in rows for name in row))


def csv_text(rows: tuple[Row, ...]) -> str:
    """Return rows as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns_of(rows), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write_csv_folder(files: Files, folder: Path) -> Path:
    """Write the data set as CSV files and return the folder."""
    for name, rows in files.tables.items():
        (folder / f"{name}.csv").write_text(csv_text(rows), encoding="utf-8")
    return _write_rest(files, folder)


def write_parquet_folder(files: Files, folder: Path) -> Path:
    """Write the data set as Parquet files of texts and return the folder."""
    for name, rows in files.tables.items():
        columns = columns_of(rows)
        schema = dict.fromkeys(columns, pl.String)
        texts = [{column: row.get(column) or None for column in columns} for row in rows]
        pl.DataFrame(texts, schema=schema).write_parquet(folder / f"{name}.parquet")
    return _write_rest(files, folder)


def write_workbook(files: Files, folder: Path) -> Path:
    """Write the data set as a workbook of texts and return its path."""
    path = folder / "data.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        for name, rows in files.tables.items():
            sheet = workbook.add_worksheet(name)
            columns = columns_of(rows)
            for column, title in enumerate(columns):
                sheet.write_string(0, column, title)
                for number, row in enumerate(rows, 1):
                    if row.get(title):
                        sheet.write_string(number, column, row[title])
    _write_rest(files, folder)
    return path


def _write_rest(files: Files, folder: Path) -> Path:
    """Write the settings and the whole files."""
    (folder / "settings.toml").write_text(files.settings, encoding="utf-8")
    for name, data in files.raw.items():
        (folder / name).write_bytes(data)
    return folder
