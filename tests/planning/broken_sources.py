"""Broken files, settings and columns."""

from __future__ import annotations

import io

import polars as pl

from tests.planning.broken_case import Case, error, warning
from tests.planning.broken_files import both, cell, file, in_text, renamed, settings, without, without_column


def parquet_bytes() -> bytes:
    out = io.BytesIO()
    pl.DataFrame({"site_id": ["MAIN"]}).write_parquet(out)
    return out.getvalue()


BROKEN_SOURCES: dict[str, Case] = {
    # files
    "empty file": (  # 0 bytes
        file("demands.csv", b""),
        [error("demands", "", 0, "empty_file", "demands.csv: the file is empty")],
    ),
    "file of line ends": (  # nothing but line ends
        file("demands.csv", b"\r\n\n"),
        [error("demands", "", 0, "empty_file", "not even a header")],
    ),
    "empty parquet": (  # 0 bytes
        both(without("demands"), file("demands.parquet", b"")),
        [error("demands", "", 0, "empty_file", "demands.parquet")],
    ),
    "truncated parquet": (  # footer lost
        both(without("setup_times"), file("setup_times.parquet", parquet_bytes()[:-9])),
        [error("setup_times", "", 0, "unreadable_file", "cut off")],
    ),
    "csv named parquet": (  # wrong ending
        both(without("setup_times"), file("setup_times.parquet", b"work_center_id\nweld\n")),
        [error("setup_times", "", 0, "unreadable_file", "not Parquet")],
    ),
    "not utf-8": (  # ü in Latin-1
        file("customers.csv", "customer_id,description\n0042,Müller\n".encode("latin-1")),
        [error("customers", "", 0, "not_utf8", "line 2")],
    ),
    "utf-16": (  # a spreadsheet's "Unicode text"
        file("customers.csv", "customer_id\n0042\n".encode("utf-16")),
        [error("customers", "", 0, "not_utf8", "UTF-16")],
    ),
    "open quote": (  # never closed
        in_text("customers", "0042,1", '"0042,1'),
        [error("customers", "", 0, "unreadable_file", "quotes in line")],
    ),
    "quote inside": (  # text after the closing quote
        in_text("customers", "0042,1", '"0042"x,1'),
        [error("customers", "", 0, "unreadable_file", "quotes in line 2")],
    ),
    "not gzip": (  # named .gz, not compressed
        both(without("customers"), file("customers.csv.gz", b"customer_id\n0042\n")),
        [error("customers", "", 0, "unreadable_file", "customers.csv.gz")],
    ),
    "two files": (  # which one counts?
        file("sites.parquet", parquet_bytes()),
        [error("sites", "", 0, "two_files", "sites.csv and sites.parquet")],
    ),
    "short row": (  # too few cells
        in_text("on_hand", "wheel,7", "wheel"),
        [
            error("on_hand", "", 1, "ragged_row", "1 cells, the header 2"),
            error("on_hand", "quantity", 1, "missing_value", "quantity is empty"),
        ],
    ),
    "long row": (  # an unquoted decimal comma
        in_text("on_hand", "wheel,7", "wheel,7,5"),
        [error("on_hand", "", 1, "ragged_row", "3 cells, the header 2")],
    ),
    "unknown file": (  # typing error in the name
        file("itmes.csv", b"item_id\n"),
        [warning("itmes", "", 0, "unknown_table", "did you mean items?")],
    ),
    "file in another form": (  # .tsv is not read
        file("sites.tsv", b"site_id\n"),
        [warning("sites", "", 0, "unread_file", "save it as sites.csv")],
    ),
    "settings not toml": (  # YAML
        settings("as_of: 2026-01-05\n"),
        [error("settings", "", 0, "unreadable_settings", "settings.toml: this is not TOML")],
    ),
    # settings
    "no as_of": (  # the one required setting
        settings(""),
        [error("settings", "as_of", 0, "missing_as_of", "--as-of")],
    ),
    "as_of unreadable": (  # not ISO
        settings("as_of = '05.01.2026'"),
        [error("settings", "as_of", 0, "unreadable_date", "2026-11-22")],
    ),
    "as_of misspelt": (  # typing error in the key
        settings("as_off = 2026-01-05"),
        [
            error("settings", "as_of", 0, "missing_as_of", "as_of"),
            warning("settings", "as_off", 0, "unknown_setting", "did you mean as_of?"),
        ],
    ),
    "as_of far away": (  # digits swapped
        settings("as_of = 0206-01-05"),
        [error("settings", "as_of", 0, "out_of_range", "1900-01-01")],
    ),
    "horizon unreadable": (  # a month's name
        settings("as_of = 2026-01-05\nhorizon_end = 'June'"),
        [error("settings", "horizon_end", 0, "unreadable_date", "horizon_end")],
    ),
    "horizon in the past": (  # nothing would be planned
        settings("as_of = 2026-01-05\nhorizon_end = 2025-06-30"),
        [error("settings", "horizon_end", 0, "wrong_order", "before as_of")],
    ),
    "holding rate negative": (  # a rate below 0
        settings("as_of = 2026-01-05\nholding_rate_per_year = -0.2"),
        [error("settings", "holding_rate_per_year", 0, "out_of_range", ">= 0")],
    ),
    "holding rate a word": (  # not a number
        settings("as_of = 2026-01-05\nholding_rate_per_year = 'high'"),
        [error("settings", "holding_rate_per_year", 0, "out_of_range", "number")],
    ),
    "unknown option": (  # typing error in the option
        settings("as_of = 2026-01-05\n[mrp]\nnet_pre = 'date'"),
        [error("settings", "mrp.net_pre", 0, "invalid_option", "did you mean net_per?")],
    ),
    "option value": (  # not one of its values
        settings("as_of = 2026-01-05\n[mrp]\nnet_per = 'week'"),
        [error("settings", "mrp.net_per", 0, "invalid_option", "date, line")],
    ),
    "section not a table": (  # a text for options
        settings("as_of = 2026-01-05\nmrp = 'line'"),
        [error("settings", "mrp", 0, "unreadable_section", "[mrp]")],
    ),
    # tables and columns
    "no items": (  # the one required table
        without("items"),
        [error("items", "", 0, "missing_table", "no table items")],
    ),
    "required column": (  # left out by the export
        without_column("demands", "due_date"),
        [error("demands", "due_date", 0, "missing_column", "due_date is missing")],
    ),
    "key column": (  # no finding per reference
        without_column("items", "item_id"),
        [error("items", "item_id", 0, "missing_column", "item_id is missing")],
    ),
    "required column misspelt": (  # and so unknown
        renamed("demands", "quantity", "quanttiy"),
        [
            error("demands", "quantity", 0, "missing_column", "quantity"),
            warning("demands", "quanttiy", 0, "unknown_column", "it is kept, not read; did you mean quantity?"),
        ],
    ),
    "unknown column": (  # bom_lines carry nothing extra
        cell("bom_lines", 1, qty_per="1"),
        [warning("bom_lines", "qty_per", 0, "unknown_column", "it is not read")],
    ),
    "column in capitals": (  # names are lower case
        renamed("items", "unit_cost", "Unit_Cost"),
        [warning("items", "Unit_Cost", 0, "unknown_column", "did you mean unit_cost?")],
    ),
    "column twice": (  # which one counts?
        file("sites.csv", b"site_id,calendar_id,site_id\nMAIN,week,MAIN\nSHOP,,SHOP\n"),
        [error("sites", "site_id", 0, "duplicate_column", "twice")],
    ),
    "column without name": (  # filled, but what is it?
        file("customers.csv", b"customer_id,\n0042,5\n"),
        [warning("customers", "column_2", 0, "unknown_column", "column_2 is not a column")],
    ),
}
