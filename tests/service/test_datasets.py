"""Data sets: uploads in every form, versions, findings, limits."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from api.io.dataset import read_dataset
from api.store.datasets import clear_objects
from planning.checks import validate
from tests.service.test_every_route import DATASET

TINY = Path(__file__).resolve().parents[2] / "examples" / "tiny"
ITEMS = pl.DataFrame({"item_id": ["BIKE", "WHEEL"], "lead_time_days": [2, 5]})


def file_of(frame: pl.DataFrame, form: str) -> bytes:
    """A frame as a file."""
    buffer = io.BytesIO()
    if form == "csv":
        frame.write_csv(buffer)
    elif form == "csv.gz":
        return gzip.compress(file_of(frame, "csv"))
    elif form == "parquet":
        frame.write_parquet(buffer)
    elif form == "arrow":
        frame.write_ipc(buffer)
    elif form == "feather":
        frame.write_ipc_stream(buffer)
    else:
        with xlsxwriter.Workbook(buffer) as book:
            sheet = book.add_worksheet("items")
            for number, row in enumerate([frame.columns, *frame.rows()]):
                sheet.write_row(number, 0, row)
    return buffer.getvalue()


def upload(caller, files, settings=None, **fields):
    """Upload files by name."""
    form = {"settings": json.dumps(settings or {"as_of": "2026-11-22"}), **fields}
    return caller.post("/v1/datasets", files=[(name, (name, data)) for name, data in files.items()], data=form)


@pytest.mark.parametrize("form", ["csv", "csv.gz", "parquet", "arrow", "feather", "xlsx"])
def test_every_form_gives_the_same_object(service, form):
    made = upload(service.client(), {f"items.{form}": file_of(ITEMS, form)})
    assert made.status_code == 201, made.text
    as_json = {**DATASET, "tables": {"items": ITEMS.to_dicts()}}
    other = service.client().post("/v1/datasets", json=as_json)
    assert made.json()["version"]["tables"] == other.json()["version"]["tables"]


def test_uploaded_folder_is_what_the_command_line_plans(service):
    files = {path.name: path.read_bytes() for path in TINY.iterdir() if path.suffix in (".csv", ".toml")}
    made = service.client().post("/v1/datasets", files=[(name, (name, data)) for name, data in files.items()])
    assert made.status_code == 201, made.text
    version = made.json()["version"]
    raw = read_dataset(TINY)
    expected = validate(raw.tables, raw.settings).data
    assert version["settings"]["as_of"] == expected.settings.as_of.isoformat()
    assert {table["name"] for table in version["tables"]} == set(expected.tables)
    for name, frame in expected.tables.items():
        path = f"/v1/datasets/{version['dataset_id']}/versions/1/tables/{name}"
        answer = service.client().get(path)
        assert answer.headers["Content-Type"] == "application/vnd.apache.parquet"
        assert pl.read_parquet(io.BytesIO(answer.content)).equals(frame)


def test_all_findings_come_back_at_once(service):
    tables = {"items": [{"item_id": "A"}, {"item_id": "A"}], "demands": [{"item_id": "B", "due_date": "soon"}]}
    answer = service.client().post("/v1/datasets", json={"settings": {"as_of": "x"}, "tables": tables})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_data")
    found = {(finding["table"], finding["code"]) for finding in answer.json()["findings"]}
    assert {("items", "duplicate_key"), ("demands", "missing_column"), ("demands", "unknown_id")} <= found
    assert "settings" in {table for table, _ in found}


def test_quarantine_leaves_out_what_has_errors(service):
    tables = {"items": [{"item_id": "A"}], "on_hand": [{"item_id": "B", "quantity": 1}]}
    body = {"settings": {"as_of": "2026-11-22"}, "tables": tables}
    answer = service.client().post("/v1/datasets", params={"on_error": "quarantine"}, json=body)
    assert (answer.status_code, answer.json()["left_out"]) == (201, 1)


def test_repeated_upload_with_its_key_makes_one_data_set(service):
    made = []
    for _ in range(2):  # each with another boundary between the parts of its form
        form = {
            "files": [("items.csv", ("items.csv", b"item_id\nA\n"))],
            "data": {"settings": '{"as_of": "2026-11-22"}'},
        }
        made.append(service.client().post("/v1/datasets", headers={"Idempotency-Key": "up-1"}, **form).json())
    assert made[0] == made[1]


def test_version_shares_the_tables_that_did_not_change(service):
    caller = service.client()
    made = caller.post("/v1/datasets", json=DATASET)
    path = made.headers["Location"]
    rows = [*DATASET["tables"]["items"], {"item_id": "SADDLE"}]
    put = caller.put(f"{path}/tables/items", json={"rows": rows}, headers={"If-Match": made.headers["ETag"]})
    assert (put.status_code, put.headers["ETag"], put.json()["is_new"]) == (200, '"v2"', True)
    before, after = ({t["name"]: t["hash"] for t in v.json()["version"]["tables"]} for v in (made, put))
    assert {name for name in before if before[name] != after[name]} == {"items"}
    again = caller.put(f"{path}/tables/items", json={"rows": rows})
    assert (again.json()["is_new"], again.json()["version"]["number"]) == (False, 2)
    stale = caller.put(f"{path}/tables/items", json={"rows": rows}, headers={"If-Match": '"v1"'})
    assert (stale.status_code, stale.json()["etag"]) == (412, '"v2"')


@pytest.mark.parametrize("kind", ["text/csv", "application/vnd.apache.parquet", "application/vnd.apache.arrow.file"])
def test_one_table_is_replaced_by_a_file(service, kind):
    path = service.client().post("/v1/datasets", json=DATASET).headers["Location"]
    form = {"text/csv": "csv", "application/vnd.apache.parquet": "parquet"}.get(kind, "arrow")
    content = file_of(ITEMS.with_columns(unit_cost=pl.lit(2.5)), form)
    answer = service.client().put(f"{path}/tables/items", content=content, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["version"]["number"]) == (200, 2)


def test_versions_are_compared_listed_and_deleted(service):
    caller = service.client()
    path = caller.post("/v1/datasets", json=DATASET).headers["Location"]
    for days in (3, 4):
        items = [{"item_id": "BIKE", "lead_time_days": days}, {"item_id": "WHEEL", "lead_time_days": 5}]
        caller.put(f"{path}/tables/items", json={"rows": items})
    diff = caller.get(f"{path}/versions/3/diff", params={"before": 1, "table": "items"}).json()
    assert diff["tables"] == [{"table": "items", "added": 0, "removed": 0, "changed": 1}]
    assert [(row["before"]["lead_time_days"], row["after"]["lead_time_days"]) for row in diff["rows"]] == [(2, 4)]
    page = caller.get(f"{path}/versions", params={"limit": 2}).json()
    assert [version["number"] for version in page["versions"]] == [3, 2]
    rest = caller.get(f"{path}/versions", params={"cursor": page["next_cursor"]}).json()
    assert [version["number"] for version in rest["versions"]] == [1]
    assert caller.delete(f"{path}/versions/3").json()["code"] == "version_in_use"
    assert caller.delete(f"{path}/versions/1").status_code == 204
    assert caller.get(f"{path}/versions/1").status_code == 404
    assert caller.delete(path).status_code == 204
    assert caller.get(f"{path}/versions").status_code == 404


def test_objects_that_no_version_holds_are_cleared_after_an_hour(service):
    caller = service.client()
    only = {**DATASET, "tables": {"items": [{"item_id": "only here"}]}}
    made = caller.post("/v1/datasets", json=only)
    digest = made.json()["version"]["tables"][0]["hash"]
    caller.delete(made.headers["Location"])
    clear_objects(service.parts)
    assert service.parts.objects.file(digest).exists()
    service.clock.ahead += timedelta(hours=1, minutes=1)
    clear_objects(service.parts)
    with pytest.raises(FileNotFoundError):
        service.parts.objects.file(digest)
    assert caller.post("/v1/datasets", json=only).status_code == 201
    assert service.parts.objects.file(digest).exists()


def zip_bomb() -> bytes:
    """A workbook that is small, and is large when unpacked."""
    buffer = io.BytesIO(file_of(ITEMS, "xlsx"))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet2.xml", b" " * 2_000_000)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "unit"),
    [
        ("items.xlsx", zip_bomb(), "bytes unpacked"),
        ("items.csv.gz", gzip.compress(b"item_id\n" + b"A\n" * 1_000_000), "bytes unpacked"),
        ("items.csv", b"item_id\n" + b"".join(b"%d\n" % n for n in range(1001)), "rows"),
        ("items.parquet", file_of(pl.DataFrame({"item_id": ["A"] * 1001}), "parquet"), "rows"),
        ("items.csv", b"x" * 300_001, "bytes"),
    ],
)
def test_too_much_is_413_with_the_limit(service, name, data, unit):
    answer = upload(service.client(), {name: data})
    assert (answer.status_code, answer.json()["unit"]) == (413, unit)
    assert answer.json()["limit"] > 0


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("items.parquet", file_of(ITEMS, "parquet")[:-20], "invalid_data"),  # cut off
        ("items.parquet", b"PAR1", "invalid_data"),
        ("items.arrow", file_of(ITEMS, "arrow")[:100], "invalid_data"),
        ("items.arrow", b"nothing", "invalid_data"),
        ("items.xlsx", b"PK\x03\x04 no workbook", "invalid_request"),
        ("items.csv", b"", "invalid_data"),
        ("items.csv", b"\xff\xfeitem_id", "invalid_data"),
        ("items.csv.gz", b"not packed", "invalid_data"),
        ("items.pdf", b"%PDF", "unsupported_media_type"),
        ("nothing.csv", b"a\n1\n", "invalid_request"),
        ("../../items.csv", b"item_id\nA\nA\n", "invalid_data"),  # only the name counts, not the folder
        ("it ems.csv", b"item_id\nA\n", "invalid_request"),
        ("settings.toml", b"as_of = ", "invalid_request"),
    ],
)
def test_broken_files_are_told(service, name, data, code):
    answer = upload(service.client(), {name: data})
    assert answer.json().get("code") == code, answer.text
    assert "/tmp" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"settings": {}, "tables": {"items": [[1]]}}',
        b'{"settings": {}, "tables": {}, "extra": 1}',
        b'{"settings": {"as_of": "2026-11-22"}, "tables": {"items": [{"item_id": {"a": 1}}]}}',
        b'{"settings": {"as_of": "2026-11-22"}, "name": "\\u0000", "tables": {"items": [{"item_id": "A"}]}}',
    ],
)
def test_broken_json_is_told(service, body):
    answer = service.client().post("/v1/datasets", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_unauthorised_upload_is_refused_before_it_is_read(service):
    parts = (b"x" * 1000 for _ in range(3))
    answer = service.caller("lw_x_y").post("/v1/datasets", content=parts, headers={"Content-Type": "application/json"})
    assert answer.status_code == 401


def test_dates_and_numbers_of_json_are_read_as_declared(service):
    tables = {
        "items": [
            {"item_id": 7, "is_phantom": True},
            {"item_id": "A", "unit_cost": 2},
            {"item_id": "B", "unit_cost": 0.5},
        ],
        "demands": [{"demand_id": 1, "item_id": 7, "due_date": "2027-01-15", "quantity": 2}],
    }
    body = {"settings": {"as_of": "2026-11-22", "mrp": {"net_per": "line"}}, "tables": tables}
    made = service.client().post("/v1/datasets", json=body)
    assert made.status_code == 201, made.text
    content = service.client().get(f"{made.headers['Location']}/versions/1/tables/demands").content
    assert pl.read_parquet(io.BytesIO(content)).rows() == [("1", "7", date(2027, 1, 15), 2.0)]
