"""Versions of a data set: listed, read, compared, deleted; their tables downloaded."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import FileResponse

from api.dataset_diff import TableDiff, diff_tables
from api.deps import Call, Requires
from api.errors import ServiceError
from api.schemas.datasets import RowDiff, TableDiffOut, VersionDiff, VersionOut, VersionPage
from api.schemas.fields import Cursor, DatasetId, Limit, TableName, VersionNumber
from api.store.contents import Content, read_frames
from api.store.datasets import delete_version, get_dataset, get_version
from api.store.records import Version
from api.store.workspace import WorkspaceStore
from api.writing import Answer, Writing, write
from planning.tables import INPUT_TABLES

router = APIRouter(prefix="/v1/datasets/{dataset_id}/versions", tags=["versions"])
_Reads = Annotated[Call, Depends(Requires("datasets:read"))]
_Writes = Annotated[Call, Depends(Requires("datasets:write"))]
_LARGEST = 2**31 - 1  # of the integers that PostgreSQL compares with a version's number
_Table = Annotated[
    str | None, Query(pattern=r"^[a-z_]{1,40}$", description="The table whose rows are given.", examples=["items"])
]


@router.get("", summary="List the versions of a data set")
def list_versions(call: _Reads, dataset_id: DatasetId, cursor: Cursor = None, limit: Limit = 100) -> VersionPage:
    """Give the versions, the newest first."""
    before = _number(cursor, _LARGEST)
    with call.service.database.read() as session:
        store = WorkspaceStore(session, call.principal.workspace_id)
        get_dataset(store, dataset_id)
        query = store.select(Version).filter_by(dataset_id=dataset_id).where(Version.number < before)
        numbers = [v.number for v in session.scalars(query.order_by(Version.number.desc()).limit(limit + 1))]
        page = [VersionOut.of(*get_version(store, dataset_id, number)) for number in numbers[:limit]]
    return VersionPage(versions=page, next_cursor=str(page[-1].number) if len(numbers) > limit else None)


@router.get("/{number}", summary="Read a version")
def read_version(call: _Reads, dataset_id: DatasetId, number: VersionNumber, response: Response) -> VersionOut:
    """Give a version: its settings, and the rows and hash of each table."""
    version, content = _version(call, dataset_id, number)
    response.headers["ETag"] = f'"{content.hash()}"'
    return VersionOut.of(version, content)


@router.delete("/{number}", status_code=204, summary="Delete a version", openapi_extra={"x-errors": ["version_in_use"]})
def remove_version(call: _Writes, dataset_id: DatasetId, number: VersionNumber) -> Response:
    """Delete a version that is not the newest one."""

    def work(writing: Writing) -> Answer:
        delete_version(writing, dataset_id, number)
        return Answer(None, 204)

    return write(call, "", work)


@router.get(
    "/{number}/tables/{table}",
    response_class=FileResponse,
    responses={
        200: {"content": {"application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}}}}
    },
    summary="Download a table",
)
def download_table(call: _Reads, dataset_id: DatasetId, number: VersionNumber, table: TableName) -> FileResponse:
    """Give one table of a version as Parquet."""
    _, content = _version(call, dataset_id, number)
    stored = content.tables.get(table)
    if stored is None:
        raise ServiceError("not_found", f"version {number} has no table {table}")
    return FileResponse(
        call.service.objects.file(stored.object_hash),
        media_type="application/vnd.apache.parquet",
        filename=f"{table}.parquet",
        headers={"ETag": f'"{stored.object_hash}"'},
    )


@router.get("/{number}/diff", summary="Compare two versions")
def compare_versions(
    call: _Reads,
    dataset_id: DatasetId,
    number: VersionNumber,
    before: Annotated[int, Query(ge=1, le=2**31 - 1, description="The version to compare with.", examples=[1])],
    table: _Table = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> VersionDiff:
    """Give what a version has added, removed and changed since another one: counts, and the rows of one table."""
    contents = [_version(call, dataset_id, each)[1] for each in (before, number)]
    differing = _differing(*contents)
    diffs = {name: _diff(call, contents, name) for name in differing}
    start = _number(cursor, 0)
    rows = list(islice(diffs[table].rows(), start, start + limit + 1)) if table in diffs else []
    counts = [
        TableDiffOut(table=name, added=d.added.height, removed=d.removed.height, changed=d.changed.height)
        for name, d in diffs.items()
    ]
    settings = [dict(content.settings) for content in contents]
    names = sorted(
        name for name in settings[0].keys() | settings[1].keys() if settings[0].get(name) != settings[1].get(name)
    )
    return VersionDiff(
        before=before,
        after=number,
        tables=counts,
        settings=names,
        rows=[RowDiff(**row) for row in rows[:limit]],
        next_cursor=str(start + limit) if len(rows) > limit else None,
    )


def _version(call: Call, dataset_id: str, number: int) -> tuple[Version, Content]:
    """Return a version and its content."""
    with call.service.database.read() as session:
        return get_version(WorkspaceStore(session, call.principal.workspace_id), dataset_id, number)


def _differing(before: Content, after: Content) -> list[str]:
    """Return the tables that are not the same object in both versions."""
    hashes = [{name: table.object_hash for name, table in content.tables.items()} for content in (before, after)]
    return sorted(name for name in hashes[0].keys() | hashes[1].keys() if hashes[0].get(name) != hashes[1].get(name))


def _diff(call: Call, contents: list[Content], name: str) -> TableDiff:
    """Return what differs in one table of two versions."""
    frames = [read_frames(call.service, content, {name}).get(name) for content in contents]
    declared = INPUT_TABLES[name]
    before, after = (declared.empty() if frame is None else frame for frame in frames)
    return diff_tables(before, after, declared)


def _number(cursor: str | None, default: int) -> int:
    """Return a cursor that is a number."""
    if cursor is None:
        return default
    if not cursor.isdecimal() or len(cursor) > 12:
        raise ServiceError("invalid_request", "the cursor is not one of this list")
    return min(int(cursor), _LARGEST)
