"""Messages of changes: applied once each, in the sender's order, all or none."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import func, select

from api.dataset_changes import Changed, TableChange, change_table
from api.deps import Call, Requires
from api.errors import ServiceError
from api.io.dataset import RawDataset
from api.schemas.datasets import AppliedChanges, ChangesIn, TableCounts, findings_out
from api.schemas.fields import DatasetId, IfMatch
from api.store.contents import Content, check_and_keep, read_frames
from api.store.datasets import add_version, get_dataset
from api.store.records import ChangeMessage
from api.store.workspace import WorkspaceStore
from api.uploading import Upload, parse, receive
from api.versioning import etag, from_newest
from api.writing import Answer, Writing, write
from bom.errors import Finding
from planning.tables import INPUT_TABLES

router = APIRouter(prefix="/v1/datasets/{dataset_id}/changes", tags=["changes"])
_WRITES = Requires("datasets:write")
_Writes = Annotated[Call, Depends(_WRITES)]
_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {"schema": ChangesIn.model_json_schema(ref_template="#/components/schemas/{model}")}
    },
}


async def _message(request: Request, _call: _Writes) -> AsyncIterator[Upload]:
    """Give the message of a request; its key was looked at before."""
    async with receive(request) as upload:
        yield upload


@router.post(
    "",
    status_code=201,
    response_model=AppliedChanges,
    summary="Change rows",
    responses={200: {"model": AppliedChanges, "description": "The message had come before; nothing was done."}},
    openapi_extra={
        "requestBody": _BODY,
        "x-errors": [
            "invalid_data",
            "sequence_gap",
            "sequence_number_reused",
            "version_conflict",
            "precondition_failed",
        ],
    },
)
def apply_changes(
    call: _Writes, dataset_id: DatasetId, upload: Annotated[Upload, Depends(_message)], if_match: IfMatch = None
) -> Response:
    """Make a new version with rows put in and taken out by key.

    A sender numbers its messages without gaps. One that came before is answered with the version that it made; one that
    comes too early is refused with the number that is expected, to be sent again after that.
    """
    if upload.body is None:
        raise ServiceError("unsupported_media_type", "a message of changes is JSON")
    message = parse(ChangesIn, upload.body)
    _check_message(message, call.service.settings.max_changes)
    body_hash = hashlib.sha256(message.model_dump_json().encode()).hexdigest()

    def make(number: int, before: Content) -> Response:
        with call.service.database.read() as session:
            repeated = _repeated(WorkspaceStore(session, call.principal.workspace_id), dataset_id, message, body_hash)
        changed = {} if repeated else _changed(call, before, message)
        content, findings = (before, ()) if repeated else _checked(call, before, message, changed)

        def work(writing: Writing) -> Answer:
            get_dataset(writing.store, dataset_id, is_locked=True)
            earlier = _repeated(writing.store, dataset_id, message, body_hash)
            if earlier is not None:
                return Answer(_applied(message, earlier.version, {}, (), is_repeated=True), 200)
            version = add_version(writing, dataset_id, number, content, message.note, "changes.apply")
            writing.store.add(
                ChangeMessage,
                dataset_id=dataset_id,
                sender=message.sender,
                sequence_number=message.sequence_number,
                body_hash=body_hash,
                version=version.number,
                received_at=call.at,
            )
            body = _applied(message, version.number, changed, findings, is_repeated=False)
            return Answer(body, 201, {"ETag": etag(version.number)})

        return write(call, body_hash, work)

    return from_newest(call, dataset_id, if_match, make)


def _check_message(message: ChangesIn, limit: int) -> None:
    """Check what a message names, and that it is not too large."""
    names = [change.table for change in message.changes]
    unknown = [name for name in names if name not in INPUT_TABLES]
    if unknown or len(set(names)) < len(names):
        told = f"there is no table {unknown[0]}" if unknown else "a table is there twice"
        raise ServiceError("invalid_request", told)
    if sum(len(change.upserts) + len(change.deletes) for change in message.changes) > limit:
        raise ServiceError("too_large", f"the message has more than {limit} rows and keys", limit=limit, unit="rows")


def _repeated(store: WorkspaceStore, dataset_id: str, message: ChangesIn, body_hash: str) -> ChangeMessage | None:
    """Return the message when it came before; refuse one that is not the sender's next."""
    sender = message.sender
    earlier = store.find(ChangeMessage, dataset_id=dataset_id, sender=sender, sequence_number=message.sequence_number)
    if earlier is not None and earlier.body_hash != body_hash:
        told = f"{sender} has sent another message {message.sequence_number}"
        raise ServiceError("sequence_number_reused", told, version=earlier.version)
    query = select(func.max(ChangeMessage.sequence_number)).filter_by(
        workspace_id=store.workspace_id, dataset_id=dataset_id, sender=sender
    )
    last = store.session.scalars(query).one()
    if earlier is None and last is not None and message.sequence_number != last + 1:
        told = f"the last message of {sender} was {last}"
        raise ServiceError("sequence_gap", told, expected_sequence_number=last + 1)
    return earlier


def _changed(call: Call, before: Content, message: ChangesIn) -> dict[str, Changed]:
    """Return the tables that a message changes."""
    frames = read_frames(call.service, before, {change.table for change in message.changes})
    return {
        change.table: change_table(frames.get(change.table), TableChange(change.table, change.upserts, change.deletes))
        for change in message.changes
    }


def _checked(
    call: Call, before: Content, message: ChangesIn, changed: dict[str, Changed]
) -> tuple[Content, tuple[Finding, ...]]:
    """Return the content with its changes, and what was noticed."""
    frames = read_frames(call.service, before, before.tables.keys() - changed.keys())
    frames |= {name: change.frame for name, change in changed.items()}
    settings = {name: value for name, value in {**before.settings, **message.settings}.items() if value is not None}
    kept = {name: stored for name, stored in before.tables.items() if name not in changed}
    content, checked = check_and_keep(call.service, RawDataset(frames, settings), "error", kept)
    return content, checked.findings


def _applied(
    message: ChangesIn, version: int, changed: dict[str, Changed], findings: tuple[Finding, ...], is_repeated: bool
) -> AppliedChanges:
    """Return what a message has led to."""
    counts = [
        TableCounts(table=name, inserted=c.inserted, updated=c.updated, deleted=c.deleted, absent=c.absent)
        for name, c in changed.items()
    ]
    return AppliedChanges(
        version=version,
        sender=message.sender,
        sequence_number=message.sequence_number,
        is_repeated=is_repeated,
        tables=counts,
        findings=findings_out(findings),
    )
