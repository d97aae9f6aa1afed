"""API keys: made once, shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.auth.roles import Role, scopes_of
from api.errors import ServiceError
from api.sortable_ids import new_id
from api.store.records import ApiKey, Workspace
from api.store.workspace import WorkspaceStore

_MARK = "lw_"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as it is shown, once.

    Parameters
    ----------
    record
        What is stored of it.
    text
        The key as its user sends it.
    """

    record: ApiKey
    text: str


def create_key(
    store: WorkspaceStore,
    name: str,
    role: Role,
    at: datetime,
    author: str,
    scopes: Sequence[str] = (),
    expires_at: datetime | None = None,
) -> NewKey:
    """Return a new key of the workspace.

    Raises
    ------
    ServiceError
        ``invalid_request`` when the role does not have one of the scopes, or the key would be expired.
    """
    beyond = sorted(set(scopes) - scopes_of(role))
    if beyond:
        raise ServiceError("invalid_request", f"the role {role} does not have {', '.join(beyond)}")
    if expires_at is not None and expires_at <= at:
        raise ServiceError("invalid_request", "expires_at is not in the future")
    secret = secrets.token_urlsafe(32)
    record = store.add(
        ApiKey,
        id=new_id("key", at),
        name=name,
        role=role.value,
        scopes=sorted(set(scopes)),
        secret_hash=hash_of_secret(secret),
        created_at=at,
        created_by=author,
        expires_at=expires_at,
    )
    return NewKey(record, f"{_MARK}{record.id.removeprefix('key_')}_{secret}")


def rotate_key(store: WorkspaceStore, key_id: str, at: datetime, author: str, overlap: timedelta) -> NewKey:
    """Return a key that takes the place of another, which stays in force for the time of the overlap.

    Raises
    ------
    ServiceError
        ``not_found`` when there is no such key; ``version_conflict`` when it is not in force.
    """
    old = store.get(ApiKey, "key", id=key_id, is_locked=True)
    if not is_in_force(old, at):
        raise ServiceError("version_conflict", f"the key {key_id} is not in force")
    lifetime = old.expires_at - old.created_at if old.expires_at else None
    expires_at = at + lifetime if lifetime else None
    new = create_key(store, old.name, Role(old.role), at, author, old.scopes, expires_at)
    end = at + overlap
    old.expires_at = min(old.expires_at, end) if old.expires_at else end
    old.replaced_by = new.record.id
    return new


def revoke_key(store: WorkspaceStore, key_id: str, at: datetime) -> ApiKey:
    """Put a key out of force at once; return it.

    Raises
    ------
    ServiceError
        ``not_found`` when there is no such key.
    """
    record = store.get(ApiKey, "key", id=key_id, is_locked=True)
    record.revoked_at = record.revoked_at or at
    return record


def key_of(session: Session, text: str, at: datetime) -> ApiKey | None:
    """Return the key that a caller sent when it is one and is in force."""
    key_id, _, secret = text.removeprefix(_MARK).partition("_")
    record = session.get(ApiKey, f"key_{key_id}") if text.startswith(_MARK) else None
    # the same work for a key that is not there, so that the time tells nothing
    is_right = hmac.compare_digest(record.secret_hash if record else "", hash_of_secret(secret))
    return record if record and is_right and is_in_force(record, at) else None


def is_in_force(record: ApiKey, at: datetime) -> bool:
    """Return whether a key is neither revoked nor expired."""
    return record.revoked_at is None and (record.expires_at is None or at < record.expires_at)


def has_keys(session: Session) -> bool:
    """Return whether a key was ever made: from then on every caller needs one."""
    return session.scalars(select(ApiKey.id).limit(1)).first() is not None


def hash_of_secret(secret: str) -> str:
    """Return what is stored of a secret; it has 256 random bits, so a slow hash would add nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def workspace_named(session: Session, name: str, at: datetime, is_made: bool = False) -> Workspace:
    """Return the workspace of a name; made when asked for and not there.

    Raises
    ------
    ServiceError
        ``not_found`` when it is not there and is not to be made.
    """
    found = session.scalars(select(Workspace).where(Workspace.name == name)).one_or_none()
    if found is None and not is_made:
        raise ServiceError("not_found", f"there is no workspace {name}")
    if found is None:
        found = Workspace(id=new_id("ws", at), name=name, created_at=at)
        session.add(found)
        session.flush()
    return found
