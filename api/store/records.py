"""The records of the database, one class per table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, ForeignKey, ForeignKeyConstraint, Index, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC: PostgreSQL keeps the zone, SQLite does not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time as it is stored."""
        if value is None:
            return None
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the stored time with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Record(DeclarativeBase):
    """What all records are."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime(), dict[str, Any]: JSON(), list[str]: JSON(), str: String()}  # noqa: RUF012


class InWorkspace:
    """What a record of one workspace has; :class:`api.store.workspace.WorkspaceStore` reads it."""

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), index=True)


class Workspace(Record):
    """What belongs together and is seen by nobody else."""

    __tablename__ = "workspaces"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]


class ApiKey(InWorkspace, Record):
    """A key; of its secret only the hash."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[str]
    scopes: Mapped[list[str]]
    secret_hash: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    replaced_by: Mapped[str | None]


class Dataset(InWorkspace, Record):
    """A data set; its content is in its versions."""

    __tablename__ = "datasets"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    head: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class StoredObject(Record):
    """A file of the object store, named by the hash of its content."""

    __tablename__ = "objects"

    hash: Mapped[str] = mapped_column(primary_key=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    touched_at: Mapped[datetime]


class Version(InWorkspace, Record):
    """One state of a data set, which does not change."""

    __tablename__ = "versions"

    dataset_id: Mapped[str] = mapped_column(ForeignKey("datasets.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    parent: Mapped[int | None]
    author: Mapped[str]
    note: Mapped[str]
    settings: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class VersionTable(InWorkspace, Record):
    """One table of a version: which object it is."""

    __tablename__ = "version_tables"
    __table_args__ = (ForeignKeyConstraint(["dataset_id", "number"], ["versions.dataset_id", "versions.number"]),)

    dataset_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    object_hash: Mapped[str] = mapped_column(ForeignKey("objects.hash"), index=True)
    rows: Mapped[int] = mapped_column(BigInteger)
    bytes: Mapped[int] = mapped_column(BigInteger)


class ChangeMessage(InWorkspace, Record):
    """A message of changes that was applied, so that it is applied once."""

    __tablename__ = "change_messages"

    dataset_id: Mapped[str] = mapped_column(ForeignKey("datasets.id"), primary_key=True)
    sender: Mapped[str] = mapped_column(primary_key=True)
    sequence_number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    body_hash: Mapped[str]
    version: Mapped[int]
    received_at: Mapped[datetime]


class AuditEntry(InWorkspace, Record):
    """One write: who did what, when, and what it was before and after."""

    __tablename__ = "audit_log"

    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    author: Mapped[str]
    action: Mapped[str]
    resource: Mapped[str]
    before_hash: Mapped[str | None]
    after_hash: Mapped[str | None]
    request_id: Mapped[str]


class IdempotentAnswer(InWorkspace, Record):
    """The answer to a request with an Idempotency-Key, to be given again when the request comes again."""

    __tablename__ = "idempotent_answers"
    __table_args__ = (Index("ix_idempotent_answers_created_at", "created_at"),)

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str]
    status: Mapped[int]
    headers: Mapped[dict[str, Any]]
    body: Mapped[str]
    created_at: Mapped[datetime]
