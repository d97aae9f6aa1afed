"""Data sets read from folders and workbooks."""

from __future__ import annotations

import gzip
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.io.dataset import DatasetError, read_dataset
from bom.errors import DataError, Finding
from planning.checks import validate

ITEMS = pl.DataFrame(
    {
        "item_id": ["007", "A b", "ß;1"],
        "description": ["a, b", 'say "no"', "two\nlines"],
        "unit_cost": [1.5, 0.1, 3.0],
        "is_phantom": [True, False, None],
        "lead_time_days": [3, 0, None],
    }
)
DEMANDS = pl.DataFrame(
    {"item_id": ["007", "ß;1"], "due_date": [date(2026, 2, 1), date(2026, 3, 1)], "quantity": [5.0, 2.25]}
)
AS_OF = "as_of = 2026-01-05\n"


def write_workbook(path: Path, tables: dict[str, pl.DataFrame], settings: list[tuple[str, object]]) -> Path:
    """Write frames as a spreadsheet holds them: ids as texts, numbers as numbers, dates as dates."""
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, frame in tables.items():
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, frame.columns)
            for number, row in enumerate(frame.rows(), 1):
                for column, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(number, column, value)
                    elif value is not None:
                        sheet.write(number, column, value)
        if settings:
            sheet = book.add_worksheet("settings")
            for number, row in enumerate(settings):
                sheet.write_row(number, 0, row)
    return path


def write(folder: Path, form: str, tables: dict[str, pl.DataFrame]) -> Path:
    folder.mkdir(exist_ok=True)
    if form == "xlsx":
        return write_workbook(folder / "data.xlsx", tables, [("as_of", date(2026, 1, 5))])
    (folder / "settings.toml").write_text(AS_OF)
    for name, frame in tables.items():
        if form == "parquet":
            frame.write_parquet(folder / f"{name}.parquet")
        else:
            frame.write_csv(folder / f"{name}.csv", separator=";" if form == "semicolon" else ",")
    return folder


@pytest.mark.parametrize("form", ["csv", "semicolon", "parquet", "xlsx"])
def test_the_same_data_comes_from_every_format(tmp_path, form):
    raw = read_dataset(write(tmp_path / form, form, {"items": ITEMS, "demands": DEMANDS}))
    assert raw.problems == ()
    data = validate(raw.tables, raw.settings).data
    assert data.table("items").equals(ITEMS)
    assert data.table("demands").equals(DEMANDS)
    assert data.settings.as_of == date(2026, 1, 5)


def test_the_fingerprint_does_not_depend_on_the_format(tmp_path):
    tables = {"demands": DEMANDS.select("quantity", "item_id", "due_date"), "items": ITEMS}
    raws = [read_dataset(write(tmp_path / form, form, tables)) for form in ("csv", "parquet", "xlsx")]
    assert len({validate(raw.tables, raw.settings).data.fingerprint() for raw in raws}) == 1


NUMBERS = st.one_of(st.none(), st.sampled_from([0.0, 1.0, -1.0, 2.5, 1e16, -3.25]))
DAYS = st.one_of(st.none(), st.dates(date(1890, 1, 1), date(2210, 1, 1)))
ROWS = st.tuples(st.sampled_from(["007", "7", "A b"]), DAYS, NUMBERS, st.sampled_from([None, "service", "srevice"]))


@given(st.lists(ROWS, min_size=1, max_size=6))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_findings_on_typed_data_do_not_depend_on_the_format(tmp_path, rows):
    schema = {"item_id": pl.String, "due_date": pl.Date, "quantity": pl.Float64, "kind": pl.String}
    # a spreadsheet has no days before 1900
    rows = [row for row in rows if row[1] is None or row[1].year > 1900] or [("007", None, 1.0, None)]
    tables = {"items": ITEMS, "demands": pl.DataFrame(rows, schema=schema, orient="row")}
    found = [findings(write(tmp_path / form, form, tables)) for form in ("csv", "parquet", "xlsx")]
    assert found[0] == found[1] == found[2]


def findings(path: Path) -> tuple[Finding, ...]:
    raw = read_dataset(path)
    try:
        return validate(raw.tables, raw.settings, problems=raw.problems).findings
    except DataError as error:
        return error.findings


def folder_with(tmp_path: Path, **files: bytes) -> Path:
    (tmp_path / "items.csv").write_bytes(b"item_id\nA\n")
    for name, data in files.items():
        (tmp_path / name.replace("__", ".")).write_bytes(data)
    return tmp_path


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfsite_id,description\n01,x\n",  # byte order mark
        b"site_id;description\n01;x\n",  # as spreadsheets in Europe write it
        b"site_id\tdescription\n01\tx\n",
        b"site_id|description\n01|x\n",
        b"site_id,description\r\n01,x\r\n",  # line ends of Windows
        b"site_id,description\n01,x",  # no line end at the end
        b"\n\nsite_id,description\n\n01,x\n\n,\n",  # blank lines
        b'"site_id" ,"description"\n"01","x"\n',  # all quoted
        b" site_id , description \n01,x\n",  # names with blanks around
    ],
)
def test_csv_is_read_however_it_is_written(tmp_path, data):
    raw = read_dataset(folder_with(tmp_path, sites__csv=data))
    assert raw.problems == ()
    assert raw.tables["sites"].rows(named=True) == [{"site_id": "01", "description": "x"}]


def test_compressed_csv_and_parquet_stand_side_by_side(tmp_path):
    (tmp_path / "sites.parquet").write_bytes(b"")
    pl.DataFrame({"site_id": ["01"]}).write_parquet(tmp_path / "sites.parquet")
    raw = read_dataset(folder_with(tmp_path, customers__csv__gz=gzip.compress(b"customer_id\n042\n")))
    assert {name: frame.rows() for name, frame in raw.tables.items()} == {
        "items": [("A",)],
        "sites": [("01",)],
        "customers": [("042",)],
    }


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b"site_id,description\n1,\n2\n", [1]),
        (b"site_id,description\n1,\n\n2,\n\n3\n", [2]),  # blank lines are not counted
        (b'site_id,description\n"1,a",x\n2,"b,c,d"\n3\n', [2]),  # separators in quotes
        (b'site_id,description\n1,"a\n\nb"\n\n2\n', [1]),  # line ends in quotes
        (b"site_id,description\n1,2,3\n4\n5,6\n", [0, 1]),
        (b"site_id,description\n1\n2,3,4\n", [0, 1]),  # one too few, one too many
    ],
)
def test_rows_with_too_few_or_too_many_cells_are_named(tmp_path, data, rows):
    raw = read_dataset(folder_with(tmp_path, sites__csv=data))
    assert [(problem.code, problem.rows.tolist()) for problem in raw.problems] == [("ragged_row", rows)]


def test_a_header_alone_is_a_table_without_rows(tmp_path):
    raw = read_dataset(folder_with(tmp_path, sites__csv=b"site_id"))
    assert (raw.problems, raw.tables["sites"].columns, raw.tables["sites"].height) == ((), ["site_id"], 0)


def test_other_files_in_the_folder_are_no_matter(tmp_path):
    folder = folder_with(tmp_path, README__md=b"# x", LICENSE=b"MIT", run__json=b"{}", __hidden__csv=b"x\n1\n")
    (folder / "demands").mkdir()
    assert read_dataset(folder).problems == ()


@pytest.mark.parametrize(
    ("name", "piece"),
    [
        ("nowhere", "no such folder"),
        ("empty", "has no tables"),
        ("note.txt", "or an .xlsx file"),
        ("bad.xlsx", "cannot be read"),
        ("other.xlsx", "no sheet"),
    ],
)
def test_what_is_no_data_set_is_an_error_that_names_the_path(tmp_path, name, piece):
    (tmp_path / "empty").mkdir()
    (tmp_path / "note.txt").write_text("x")
    (tmp_path / "bad.xlsx").write_bytes(b"PK\x03\x04 cut off")
    write_workbook(tmp_path / "other.xlsx", {"Sheet1": ITEMS}, [])
    with pytest.raises(DatasetError, match=piece) as caught:
        read_dataset(tmp_path / name)
    assert caught.value.ids == (str(tmp_path / name),)


def test_a_workbook_keeps_ids_dates_and_numbers(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "data.xlsx", {"default_date_format": "dd.mm.yyyy"}) as book:
        sheet = book.add_worksheet("items")
        sheet.write_row(0, 0, ["item_id", "unit_cost", "is_phantom"])
        sheet.write_row(1, 0, [1001.0, 1234567.25, True])
        sheet.write_string(2, 0, "007")
        sheet = book.add_worksheet("demands")
        sheet.write_row(0, 0, ["item_id", "due_date", "quantity"])
        sheet.write_row(1, 0, ["1001", datetime(2026, 2, 1), 3])
        book.add_worksheet("Remarks").write(0, 0, "free text")
        book.add_worksheet("empty")
    (tmp_path / "settings.toml").write_text(AS_OF)
    raw = read_dataset(tmp_path / "data.xlsx")
    assert [(f.code, f.message) for f in raw.findings] == [
        ("unknown_table", "sheet Remarks: this is not a table of the data set, it is not read")
    ]
    data = validate(raw.tables, raw.settings).data
    assert data.table("items").rows() == [("1001", 1234567.25, True), ("007", None, None)]
    assert data.table("demands").rows() == [("1001", date(2026, 2, 1), 3.0)]


def test_a_workbook_may_hold_its_settings(tmp_path):
    rows = [
        ("key", "value"),
        ("as_of", date(2026, 1, 5)),
        ("mrp.net_per", "line"),
        ("mrp.expedite_window_days", 7),
        ("currency", "EUR"),
    ]
    raw = read_dataset(write_workbook(tmp_path / "data.xlsx", {"items": ITEMS}, rows))
    settings = validate(raw.tables, raw.settings).data.settings
    assert (settings.as_of, settings.currency) == (date(2026, 1, 5), "EUR")
    assert settings.mrp == {"net_per": "line", "expedite_window_days": "7"}


def test_errors_in_cells_of_a_workbook_are_found_where_they_stand(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "data.xlsx") as book:
        sheet = book.add_worksheet("items")
        sheet.write(4, 2, "item_id")
        sheet.write(4, 3, "unit_cost")
        sheet.write(5, 2, "A")
        sheet.write_formula(5, 3, "=1/2", value=0.5)
        sheet.write(6, 2, "B")
        sheet.write_formula(6, 3, "=NA()", value="#N/A")
    raw = read_dataset(tmp_path / "data.xlsx")
    with pytest.raises(DataError) as caught:
        validate(raw.tables, {"as_of": date(2026, 1, 5)})
    assert [(f.row, f.column, f.value) for f in caught.value.findings] == [(2, "unit_cost", "#N/A")]
