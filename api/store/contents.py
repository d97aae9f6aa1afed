"""The content of a version: its settings, and for each table the object that holds it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tempfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import polars as pl
from sqlalchemy.dialects import postgresql, sqlite

from api.deps import Service
from api.io.dataset import RawDataset
from api.store.objects import hash_of
from api.store.records import StoredObject, Version, VersionTable
from planning.checks import ValidationResult, validate
from planning.data import Settings


@dataclass(frozen=True, slots=True)
class StoredTable:
    """One table in the object store.

    Parameters
    ----------
    name, object_hash
        The table, and the hash of the Parquet file that holds it.
    rows, bytes
        Its rows, and the size of the file.
    """

    name: str
    object_hash: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Content:
    """What a version holds.

    Parameters
    ----------
    settings
        The settings, as JSON has them.
    tables
        The tables by name.
    """

    settings: Mapping[str, Any]
    tables: Mapping[str, StoredTable]

    def hash(self) -> str:
        """Return a hash that two versions share when they hold the same."""
        hashes = {name: table.object_hash for name, table in sorted(self.tables.items())}
        return hashlib.sha256(json.dumps([self.settings, hashes], sort_keys=True).encode()).hexdigest()


def content_of(version: Version, tables: Iterable[VersionTable]) -> Content:
    """Return the content of a stored version."""
    stored = {t.name: StoredTable(t.name, t.object_hash, t.rows, t.bytes) for t in tables}
    return Content(version.settings, stored)


def check_and_keep(
    service: Service, raw: RawDataset, on_error: Literal["error", "quarantine"], kept: Mapping[str, StoredTable]
) -> tuple[Content, ValidationResult]:
    """Check a data set and put its tables into the object store; return its content and what was found.

    Parameters
    ----------
    service
        The service.
    raw
        The data set as read.
    on_error
        ``error``, or ``quarantine``: what has errors is left out.
    kept
        Tables of the data set that are in the store already, by name.

    Raises
    ------
    DataError
        When the data set has errors, with all findings.
    """
    checked = validate(raw.tables, raw.settings, on_error, problems=raw.problems)
    is_whole = checked.left_out.is_empty() and checked.assumed.is_empty()
    tables = {
        name: kept[name] if is_whole and name in kept else keep_frame(service, name, frame)
        for name, frame in checked.data.tables.items()
    }
    return Content(json_settings(checked.data.settings), tables), checked


def keep_frame(service: Service, name: str, frame: pl.DataFrame) -> StoredTable:
    """Put a frame into the object store as Parquet; equal frames are one object."""
    with tempfile.TemporaryDirectory(prefix="lotwright-") as folder:
        path = Path(folder, "table.parquet")
        frame.rechunk().write_parquet(path)
        digest, n_bytes = hash_of(path), path.stat().st_size
        _touch(service, digest, n_bytes)
        service.objects.put(path, digest)
    return StoredTable(name, digest, frame.height, n_bytes)


def read_frames(service: Service, content: Content, names: Collection[str] | None = None) -> dict[str, pl.DataFrame]:
    """Return the frames of a content, all of them or those that are named."""
    wanted = [table for name, table in content.tables.items() if names is None or name in names]
    return {table.name: pl.read_parquet(service.objects.file(table.object_hash), glob=False) for table in wanted}


def json_settings(settings: Settings) -> dict[str, Any]:
    """Return settings as JSON has them: dates as texts, what is not set left out.

    Examples
    --------
    >>> json_settings(Settings(date(2026, 11, 22), currency="EUR"))
    {'as_of': '2026-11-22', 'currency': 'EUR'}
    """
    values = {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}
    return {name: _json_value(value) for name, value in values.items() if value}


def _json_value(value: Any) -> Any:
    """Return one setting as JSON has it."""
    if isinstance(value, Mapping):
        return {str(name): _json_value(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_json_value(inner) for inner in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


def _touch(service: Service, digest: str, n_bytes: int) -> None:
    """Record that an object is about to be used, before it is looked for: from now on nobody clears it away."""
    insert = sqlite.insert if service.database.is_sqlite else postgresql.insert
    at = service.clock()
    row = insert(StoredObject).values(hash=digest, bytes=n_bytes, touched_at=at)
    with service.database.write() as session:
        session.execute(row.on_conflict_do_update(index_elements=["hash"], set_={"touched_at": at}))
