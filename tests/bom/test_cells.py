"""Cells read as their declared dtype."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from bom.cells import read_column
from bom.schema import Column, Dtype

S, N, F, B, D, T = Dtype.STRING, Dtype.INTEGER, Dtype.FLOAT, Dtype.BOOLEAN, Dtype.DATE, Dtype.DATETIME
DAY = date(2026, 11, 22)
SIX = datetime(2026, 11, 22, 6)


@pytest.mark.parametrize(
    ("dtype", "cells", "expected"),
    [
        (S, ["007", " a b ", ""], ["007", "a b", None]),  # leading zeros stay, white space around goes
        (S, [1001.0, 2.5], ["1001", "2.5"]),  # an id that a spreadsheet made a number
        (S, [1001, None], ["1001", None]),  # an id that an exporter made a number
        (S, [Decimal("1001.0")], ["1001"]),  # an id from a database's NUMERIC
        (S, [DAY], ["2026-11-22"]),  # a revision that looks like a day
        (S, [datetime(2026, 11, 22), SIX], ["2026-11-22", "2026-11-22T06:00:00"]),  # midnight is a day
        (S, [True], ["true"]),  # a text column of true and false
        (S, [b"a"], ["a"]),  # Parquet texts without their annotation
        (N, ["7", " 7 ", "7.0", "7e0", "+7"], [7, 7, 7, 7, 7]),  # whole in every spelling
        (N, [7.0, None], [7, None]),  # pandas makes integers with gaps floats
        (F, ["1.5", ".5", "1e3", " 2 ", ""], [1.5, 0.5, 1000.0, 2.0, None]),
        (F, [Decimal("1.5")], [1.5]),  # a database's NUMERIC
        (F, [1, 2], [1.0, 2.0]),
        (B, ["TRUE", "yes", "Y", "1", "1.0"], [True] * 5),
        (B, ["False", "no", "n", "0", ""], [False, False, False, False, None]),
        (B, [1, 0], [True, False]),
        (D, ["2026-11-22", "2026-11-22T06:00:00", "2026-11-22 00:00"], [DAY] * 3),  # a time of day is dropped
        (D, [SIX], [DAY]),
        (T, ["2026-11-22T06:00:00", "2026-11-22 06:00", "2026-11-22"], [SIX, SIX, datetime(2026, 11, 22)]),
        (T, [datetime(2026, 11, 22, 6, tzinfo=UTC)], [SIX]),
        (T, [DAY], [datetime(2026, 11, 22)]),
    ],
)
def test_cells_are_read(dtype, cells, expected):
    read = read_column(pl.Series("cell", cells), Column("cell", dtype, ""))
    assert read.values.to_list() == expected
    assert read.values.dtype == dtype.polars
    assert read.is_bad is None or not read.is_bad.any()


@pytest.mark.parametrize(
    ("dtype", "cells"),
    [
        (S, [[1]]),  # a list is no text
        (S, [b"\xff"]),  # not UTF-8
        (N, ["7.5", "seven", "1,000", "inf", "99999999999999999999"]),
        (N, [7.5, float("nan"), 1e30]),
        (N, [True]),
        (N, [2**64 - 1]),  # beyond int64
        (F, ["1,5", "0x1", "1_000", "$5", "N/A"]),
        (F, [DAY]),
        (B, ["maybe", "2"]),
        (B, [2]),
        (D, ["2026-02-30", "22/11/2026", "2026-1-5", "20261122", "12026-01-01", "today"]),
        (D, [46040]),  # a spreadsheet's day number
        (T, ["2026-11-22T25:00:00", "noon"]),
    ],
)
def test_cells_that_cannot_be_read_are_named_and_empty(dtype, cells):
    read = read_column(pl.Series("cell", cells), Column("cell", dtype, ""))
    assert read.is_bad is not None
    assert read.is_bad.all()
    assert read.values.null_count() == len(cells)


@pytest.mark.parametrize("dtype", list(Dtype))
def test_a_column_in_its_dtype_is_not_copied(dtype):
    values = pl.Series("cell", [None, None], dtype.polars)
    assert read_column(values, Column("cell", dtype, "")).values is values


@pytest.mark.parametrize("dtype", list(Dtype))
def test_a_column_without_dtype_gets_the_declared_one(dtype):
    read = read_column(pl.Series("cell", [None, None]), Column("cell", dtype, ""))
    assert (read.values.dtype, read.is_bad) == (dtype.polars, None)


def test_categories_are_read_as_texts():
    read = read_column(pl.Series("kind", ["7", "8"], pl.Categorical), Column("kind", N, ""))
    assert read.values.to_list() == [7, 8]
