"""One write: its records, its line in the audit log and the answer kept for its Idempotency-Key, all or none."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from fastapi import Response
from pydantic import BaseModel
from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from api.deps import Call
from api.errors import ServiceError
from api.sortable_ids import new_id
from api.store.records import AuditEntry, IdempotentAnswer
from api.store.workspace import WorkspaceStore

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write answers.

    Parameters
    ----------
    body
        The body; ``None`` for a 204.
    status
        The status.
    headers
        Further headers.
    secrets
        The fields of the body that are not kept.
    """

    body: BaseModel | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()

    def text(self, is_kept: bool = False) -> str:
        """Return the body as JSON; when it is kept, without the secrets."""
        if self.body is None:
            return ""
        body = self.body.model_copy(update=dict.fromkeys(self.secrets)) if is_kept and self.secrets else self.body
        return body.model_dump_json()


class Writing:
    """A transaction of one call.

    Parameters
    ----------
    call
        Who writes, when.
    session
        The session of the transaction.
    """

    def __init__(self, call: Call, session: Session) -> None:
        self.call = call
        self.store = WorkspaceStore(session, call.principal.workspace_id)

    def audit(self, action: str, resource: str, before: str | None = None, after: str | None = None) -> None:
        """Write a line of the audit log."""
        self.store.add(
            AuditEntry,
            id=new_id("aud", self.call.at),
            at=self.call.at,
            author=self.call.principal.author,
            action=action,
            resource=resource,
            before_hash=before,
            after_hash=after,
            request_id=self.call.request_id,
        )


def write(call: Call, content: str, work: Callable[[Writing], Answer]) -> Response:
    """Return the answer of a write that is done once for each Idempotency-Key.

    Parameters
    ----------
    call
        The call.
    content
        What is asked for, as text; with another one the key may not come again.
    work
        What is to be done; its changes are undone when it raises.

    Raises
    ------
    ServiceError
        ``idempotency_key_reused``, ``malformed_request``, and what the work raises.
    """
    key = _key_of(call)
    with call.service.database.write() as session:
        writing = Writing(call, session)
        if key is None:
            return _response(work(writing))
        request_hash = text_hash(f"{call.request.method} {call.request.url.path}\n{content}")
        earlier = _claim(writing, key, request_hash)
        if earlier is not None:
            return _repeated(earlier, request_hash)
        answer = work(writing)
        kept = writing.store.get(IdempotentAnswer, "answer", key=key)
        kept.status, kept.headers, kept.body = answer.status, dict(answer.headers), answer.text(is_kept=True)
        return _response(answer)


def text_hash(text: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _key_of(call: Call) -> str | None:
    """Return the Idempotency-Key of a call."""
    key = call.request.headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        raise ServiceError("malformed_request", "an Idempotency-Key has 1 to 255 printable characters, no spaces")
    return key


def _claim(writing: Writing, key: str, request_hash: str) -> IdempotentAnswer | None:
    """Take the key for this request; return the answer that was given for it before.

    A request with the same key at the same time waits here until the first one is done.
    """
    call, store = writing.call, writing.store
    oldest = call.at - timedelta(hours=call.service.settings.idempotency_hours)
    store.session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.created_at < oldest))
    values: dict[str, Any] = {
        "workspace_id": store.workspace_id,
        "key": key,
        "request_hash": request_hash,
        "status": 0,
        "headers": {},
        "body": "",
        "created_at": call.at,
    }
    insert = sqlite.insert if call.service.database.is_sqlite else postgresql.insert
    row = insert(IdempotentAnswer).values(values).on_conflict_do_nothing().returning(IdempotentAnswer.key)
    is_new = store.session.execute(row).first() is not None
    return None if is_new else store.get(IdempotentAnswer, "answer", key=key)


def _repeated(earlier: IdempotentAnswer, request_hash: str) -> Response:
    """Return the answer that was given before."""
    if earlier.request_hash != request_hash:
        raise ServiceError("idempotency_key_reused", "the key was used for another request of this workspace")
    headers = {**earlier.headers, "Idempotency-Replayed": "true"}
    return Response(earlier.body, earlier.status, headers, "application/json" if earlier.body else None)


def _response(answer: Answer) -> Response:
    """Return an answer as a response."""
    text = answer.text()
    return Response(text, answer.status, dict(answer.headers), "application/json" if text else None)
