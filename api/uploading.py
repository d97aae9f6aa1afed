"""Requests that carry tables: read after the key was looked at, file by file into a folder."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TypeVar

from fastapi import Request
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.datastructures import UploadFile

from api.errors import ServiceError, field_errors
from api.io.dataset import RawDataset
from api.io.json_rows import frame_of_rows
from api.io.uploads import UploadedFile, check_rows, read_upload
from api.middleware import allow_upload
from api.schemas.datasets import DatasetCreate
from api.schemas.fields import Name, Note, Settings
from api.settings import ServiceSettings

M = TypeVar("M", bound=BaseModel)

FORMS = {
    "text/csv": ".csv",
    "application/gzip": ".csv.gz",
    "application/vnd.apache.parquet": ".parquet",
    "application/vnd.apache.arrow.file": ".arrow",
    "application/vnd.apache.arrow.stream": ".arrow",
}
"""The forms of one table as the body of a request, by media type."""

_FIELDS: dict[str, TypeAdapter[object]] = {"name": TypeAdapter(Name), "note": TypeAdapter(Note)}


@dataclass(frozen=True, slots=True)
class Upload:
    """What a request carries.

    Parameters
    ----------
    files
        Its files.
    body
        Its body, when it is JSON.
    fields
        The other fields of a form.
    """

    files: tuple[UploadedFile, ...] = ()
    body: bytes | None = None
    fields: Mapping[str, str] = field(default_factory=dict)

    def hash(self) -> str:
        """Return a hash of the content: the same whatever a form puts between its parts."""
        digest = hashlib.sha256(self.body or b"")
        for name, value in sorted(self.fields.items()):
            digest.update(f"{name}\0{value}\0".encode())
        for file in sorted(self.files, key=lambda file: (file.field, file.name)):
            digest.update(f"{file.field}\0{file.name}\0{_hash_of(file.file)}\0".encode())
        return digest.hexdigest()


def _hash_of(file: BinaryIO) -> str:
    """Return the hash of an open file, which is at its start before and after."""
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class UploadedDataset:
    """A data set that was uploaded, before it is checked."""

    name: str
    note: str
    raw: RawDataset


def media_type(request: Request) -> str:
    """Return the media type of a request's body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


@asynccontextmanager
async def receive(request: Request, table: str = "") -> AsyncIterator[Upload]:
    """Give what a request carries: a form, JSON, or with ``table`` the file of one table.

    Raises
    ------
    ServiceError
        ``unsupported_media_type``.
    """
    allow_upload(request)
    kind = media_type(request)
    if kind == "application/json":
        yield Upload(body=await request.body())
    elif kind == "multipart/form-data":
        async with request.form(max_files=100, max_fields=20) as form:
            parts = form.multi_items()
            files = [
                UploadedFile(key, part.filename or key, part.file)
                for key, part in parts
                if isinstance(part, UploadFile)
            ]
            yield Upload(tuple(files), None, {key: part for key, part in parts if isinstance(part, str)})
    elif table and kind in FORMS:
        with tempfile.TemporaryFile() as file:
            async for chunk in request.stream():
                file.write(chunk)
            file.seek(0)
            yield Upload((UploadedFile(table, f"{table}{FORMS[kind]}", file),))
    else:
        known = ["application/json", "multipart/form-data", *(FORMS if table else ())]
        raise ServiceError("unsupported_media_type", f"Content-Type is {kind or 'not there'}", media_types=known)


def parse(model: type[M], body: bytes) -> M:
    """Return a JSON body as its model.

    Raises
    ------
    ServiceError
        ``invalid_request``.
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        errors = field_errors(error.errors(include_input=False, include_url=False)[:1000])
        raise ServiceError("invalid_request", "the request is not as declared", errors=errors) from error


def uploaded_dataset(upload: Upload, folder: Path, settings: ServiceSettings) -> UploadedDataset:
    """Return the data set of an upload.

    Parameters
    ----------
    upload
        What the request carries.
    folder
        An empty folder for its files.
    settings
        The limits.

    Raises
    ------
    ServiceError
        When it is not one, or is too large.
    """
    if upload.body is not None:
        given = parse(DatasetCreate, upload.body)
        raw = RawDataset(
            {name: frame_of_rows(rows) for name, rows in given.tables.items()},
            {name: value for name, value in given.settings.items() if value is not None},
        )
        check_rows(raw.tables, settings.max_rows)
        return UploadedDataset(given.name, given.note, raw)
    unknown = sorted(set(upload.fields) - {"name", "note", "settings"})
    if unknown or not upload.files:
        told = f"the form has unknown fields: {', '.join(unknown)}" if unknown else "the form has no files"
        raise ServiceError("invalid_request", told)
    for name in _FIELDS.keys() & upload.fields.keys():
        _check_field(name, upload.fields[name])
    raw = read_upload(upload.files, folder, settings)
    if "settings" in upload.fields:
        given_settings = _json_settings(upload.fields["settings"])
        raw = RawDataset(raw.tables, {**raw.settings, **given_settings}, raw.problems)
    return UploadedDataset(upload.fields.get("name", "data set"), upload.fields.get("note", ""), raw)


def _check_field(name: str, value: str) -> None:
    """Check a field of a form as the same field of a JSON body is checked."""
    try:
        _FIELDS[name].validate_python(value)
    except ValidationError as error:
        errors = [{**e, "field": name} for e in field_errors(error.errors(include_input=False))]
        raise ServiceError("invalid_request", f"the field {name} is not as declared", errors=errors) from error


def _json_settings(text: str) -> dict[str, object]:
    """Return the settings of a form's field."""
    try:
        return dict(TypeAdapter(Settings).validate_json(text))
    except ValidationError as error:
        told = 'the field settings is not JSON such as {"as_of": "2026-11-22"}'
        raise ServiceError("invalid_request", told, errors=field_errors(error.errors(include_input=False))) from error
