"""Keys of the workspace: made, listed, rotated, revoked by an admin."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from api.auth.keys import NewKey, create_key, revoke_key, rotate_key
from api.deps import Call, Requires
from api.schemas.keys import KeyCreate, KeyList, KeyOut, KeyRotate, NewKeyOut
from api.store.records import ApiKey
from api.store.workspace import WorkspaceStore
from api.writing import Answer, Writing, write

router = APIRouter(prefix="/v1/keys", tags=["keys"])
_Reads = Annotated[Call, Depends(Requires("keys:read"))]
_Writes = Annotated[Call, Depends(Requires("keys:write"))]
_KeyId = Annotated[
    str, Path(pattern=r"^key_[0-9a-z]{26}$", description="The key.", examples=["key_06g8m1x3kq9v2w7t5r0ncz4b8e"])
]


@router.get("", summary="List the keys of the workspace")
def list_keys(call: _Reads) -> KeyList:
    """Give all keys, those that are no longer in force too; never a secret."""
    with call.service.database.read() as session:
        store = WorkspaceStore(session, call.principal.workspace_id)
        records = session.scalars(store.select(ApiKey).order_by(ApiKey.id)).all()
    return KeyList(keys=[KeyOut.of(record) for record in records])


@router.post("", status_code=201, response_model=NewKeyOut, summary="Make a key")
def make_key(call: _Writes, body: KeyCreate) -> Response:
    """Make a key; the answer is the only place where it can be read."""

    def work(writing: Writing) -> Answer:
        author = call.principal.author
        new = create_key(writing.store, body.name, body.role, call.at, author, body.scopes, body.expires_at)
        writing.audit("keys.create", new.record.id, after=new.record.secret_hash)
        return _shown(new)

    return write(call, body.model_dump_json(), work)


@router.post("/{key_id}/rotate", status_code=201, response_model=NewKeyOut, summary="Replace a key")
def replace_key(call: _Writes, key_id: _KeyId, body: KeyRotate) -> Response:
    """Make a key that takes the place of another, which stays in force for some hours more."""

    def work(writing: Writing) -> Answer:
        overlap = timedelta(hours=body.overlap_hours)
        new = rotate_key(writing.store, key_id, call.at, call.principal.author, overlap)
        writing.audit("keys.rotate", key_id, after=new.record.secret_hash)
        return _shown(new)

    return write(call, body.model_dump_json(), work)


@router.delete("/{key_id}", response_model=KeyOut, summary="Revoke a key")
def end_key(call: _Writes, key_id: _KeyId) -> Response:
    """Put a key out of force at once; it stays in the list."""

    def work(writing: Writing) -> Answer:
        record = revoke_key(writing.store, key_id, call.at)
        writing.audit("keys.revoke", key_id, before=record.secret_hash)
        return Answer(KeyOut.of(record))

    return write(call, "", work)


def _shown(new: NewKey) -> Answer:
    """Return the answer that shows a new key; what is kept of it has no key."""
    body = NewKeyOut(**KeyOut.of(new.record).model_dump(), key=new.text)
    return Answer(body, 201, {"Location": f"/v1/keys/{new.record.id}"}, frozenset({"key"}))
