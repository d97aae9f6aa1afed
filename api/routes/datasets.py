"""Data sets: uploaded, listed, deleted, and one table of them replaced."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from api.deps import Call, Requires
from api.errors import ServiceError
from api.io.dataset import RawDataset
from api.io.json_rows import frame_of_rows
from api.io.uploads import read_upload
from api.schemas.datasets import (
    DatasetCreate,
    DatasetOut,
    DatasetPage,
    NewDataset,
    VersionOut,
    WrittenVersion,
    findings_out,
)
from api.schemas.fields import Body, Cursor, DatasetId, IfMatch, Limit, Note, Row, TableName
from api.settings import ServiceSettings
from api.store.contents import Content, check_and_keep, read_frames
from api.store.datasets import add_dataset, add_version, delete_dataset, get_dataset
from api.store.records import Dataset
from api.store.workspace import WorkspaceStore
from api.uploading import FORMS, Upload, parse, receive, uploaded_dataset
from api.versioning import check_match, etag, from_newest
from api.writing import Answer, Writing, write
from planning.tables import INPUT_TABLES

router = APIRouter(prefix="/v1/datasets", tags=["data sets"])
READS, WRITES = Requires("datasets:read"), Requires("datasets:write")
_Reads = Annotated[Call, Depends(READS)]
_Writes = Annotated[Call, Depends(WRITES)]
_OnError = Annotated[
    Literal["error", "quarantine"],
    Query(description="error: data with errors are refused; quarantine: what has errors is left out."),
]


class TableRows(Body):
    """One table as JSON."""

    rows: list[Row]


async def _upload(request: Request, _call: _Writes) -> AsyncIterator[Upload]:
    """Give the data set of a request; its key was looked at before."""
    async with receive(request) as upload:
        yield upload


async def _table_upload(request: Request, table: TableName, _call: _Writes) -> AsyncIterator[Upload]:
    """Give the one table of a request."""
    async with receive(request, table) as upload:
        yield upload


_FILES = {"type": "string", "format": "binary"}
_FORM: dict[str, Any] = {
    "schema": {
        "type": "object",
        "properties": {
            "name": {"type": "string", "maxLength": 200},
            "note": {"type": "string", "maxLength": 2000},
            "settings": {"type": "string", "description": "Settings as JSON, over those of settings.toml."},
            "settings.toml": _FILES,
            **dict.fromkeys(INPUT_TABLES, _FILES),
        },
        "additionalProperties": _FILES,
    }
}
_DATASET_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {"schema": DatasetCreate.model_json_schema(ref_template="#/components/schemas/{model}")},
        "multipart/form-data": _FORM,
    },
}
_TABLE_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["rows"],
                "properties": {"rows": {"type": "array", "items": {"type": "object"}}},
                "examples": [{"rows": [{"item_id": "BIKE"}, {"item_id": "WHEEL"}]}],
            }
        },
        **{kind: {"schema": _FILES} for kind in FORMS},
    },
}


@router.post(
    "",
    status_code=201,
    response_model=NewDataset,
    summary="Upload a data set",
    openapi_extra={"requestBody": _DATASET_BODY, "x-errors": ["invalid_data"]},
)
def make_dataset(call: _Writes, upload: Annotated[Upload, Depends(_upload)], on_error: _OnError = "error") -> Response:
    """Make a data set of files (CSV, Parquet, Arrow or one workbook) or of JSON; all findings come back at once."""
    service = call.service
    with tempfile.TemporaryDirectory(prefix="lotwright-") as folder:
        given = uploaded_dataset(upload, Path(folder), service.settings)
        content, checked = check_and_keep(service, given.raw, on_error, {})

    def work(writing: Writing) -> Answer:
        dataset, version = add_dataset(writing, given.name, content, given.note)
        body = NewDataset(
            dataset=DatasetOut.of(dataset),
            version=VersionOut.of(version, content),
            is_new=True,
            findings=findings_out(checked.findings),
            left_out=checked.left_out.height,
            assumed=checked.assumed.height,
        )
        return Answer(body, 201, {"Location": f"/v1/datasets/{dataset.id}", "ETag": etag(dataset.head)})

    return write(call, f"{on_error} {upload.hash()}", work)


@router.get("", summary="List the data sets")
def list_datasets(call: _Reads, cursor: Cursor = None, limit: Limit = 100) -> DatasetPage:
    """Give the data sets of the workspace, the oldest first."""
    with call.service.database.read() as session:
        store = WorkspaceStore(session, call.principal.workspace_id)
        query = store.select(Dataset).where(Dataset.id > (cursor or "")).order_by(Dataset.id).limit(limit + 1)
        records = session.scalars(query).all()
    page = [DatasetOut.of(record) for record in records[:limit]]
    return DatasetPage(datasets=page, next_cursor=page[-1].id if len(records) > limit else None)


@router.get("/{dataset_id}", summary="Read a data set")
def read_dataset(call: _Reads, dataset_id: DatasetId, response: Response) -> DatasetOut:
    """Give a data set and the number of its newest version."""
    with call.service.database.read() as session:
        record = get_dataset(WorkspaceStore(session, call.principal.workspace_id), dataset_id)
    response.headers["ETag"] = etag(record.head)
    return DatasetOut.of(record)


@router.delete(
    "/{dataset_id}", status_code=204, summary="Delete a data set", openapi_extra={"x-errors": ["precondition_failed"]}
)
def remove_dataset(call: _Writes, dataset_id: DatasetId, if_match: IfMatch = None) -> Response:
    """Delete a data set with all its versions."""

    def work(writing: Writing) -> Answer:
        check_match(if_match, get_dataset(writing.store, dataset_id, is_locked=True).head)
        delete_dataset(writing, dataset_id)
        return Answer(None, 204)

    return write(call, "", work)


@router.put(
    "/{dataset_id}/tables/{table}",
    response_model=WrittenVersion,
    summary="Replace one table",
    openapi_extra={"requestBody": _TABLE_BODY, "x-errors": ["invalid_data", "precondition_failed", "version_conflict"]},
)
def replace_table(
    call: _Writes,
    dataset_id: DatasetId,
    table: TableName,
    upload: Annotated[Upload, Depends(_table_upload)],
    if_match: IfMatch = None,
    on_error: _OnError = "error",
    note: Annotated[Note, Query(description="What the new version is.")] = "",
) -> Response:
    """Make a new version with another table; the other tables are shared with the version before."""
    if table not in INPUT_TABLES:
        raise ServiceError("not_found", f"there is no table {table}")
    given = _given_table(upload, table, call.service.settings)

    def make(number: int, before: Content) -> Response:
        frames = read_frames(call.service, before, before.tables.keys() - {table})
        raw = RawDataset({**frames, **given.tables}, dict(before.settings), given.problems)
        kept = {name: stored for name, stored in before.tables.items() if name != table}
        content, checked = check_and_keep(call.service, raw, on_error, kept)

        def work(writing: Writing) -> Answer:
            version = add_version(writing, dataset_id, number, content, note, "tables.replace")
            body = WrittenVersion(
                version=VersionOut.of(version, content),
                is_new=version.number != number,
                findings=findings_out(checked.findings),
                left_out=checked.left_out.height,
                assumed=checked.assumed.height,
            )
            return Answer(body, 200, {"ETag": etag(version.number)})

        return write(call, f"{on_error} {note} {upload.hash()}", work)

    return from_newest(call, dataset_id, if_match, make)


def _given_table(upload: Upload, table: str, settings: ServiceSettings) -> RawDataset:
    """Return the one table of an upload."""
    if upload.body is not None:
        return RawDataset({table: frame_of_rows(parse(TableRows, upload.body).rows)}, {})
    if len(upload.files) != 1:
        raise ServiceError("invalid_request", "send one file")
    with tempfile.TemporaryDirectory(prefix="lotwright-") as folder:
        raw = read_upload(upload.files, Path(folder), settings)
    if raw.tables.keys() - {table}:
        raise ServiceError("invalid_request", f"the file is not named {table}")
    return raw
