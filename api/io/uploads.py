"""Data sets as they are uploaded: files with the names of tables, or one workbook, kept small when unpacked."""

from __future__ import annotations

import gzip
import re
import shutil
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import polars as pl

from api.errors import ServiceError
from api.io.dataset import DatasetError, RawDataset, read_dataset
from api.io.file_problems import unreadable_file
from api.io.workbook import SUFFIXES
from api.settings import ServiceSettings
from bom.errors import DataError
from bom.findings import findings_of
from planning.tables import INPUT_TABLES

_FORMS = (".csv", ".csv.gz", ".parquet", ".arrow", ".feather", ".ipc", ".xlsx", ".xlsm", ".toml")
_ARROW = (".arrow", ".feather", ".ipc")
_STEM = re.compile(r"[A-Za-z0-9_]{1,60}")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """One file of an upload.

    Parameters
    ----------
    field
        The name of the form's field; when it is a table, the file is that table.
    name
        The name of the file.
    file
        Its content.
    """

    field: str
    name: str
    file: BinaryIO


def read_upload(files: Sequence[UploadedFile], folder: Path, settings: ServiceSettings) -> RawDataset:
    """Return the tables of uploaded files.

    Parameters
    ----------
    files
        The files.
    folder
        An empty folder for them.
    settings
        The limits.

    Raises
    ------
    ServiceError
        ``unsupported_media_type``, ``invalid_request`` or ``too_large``.
    DataError
        When a file cannot be read.
    """
    paths = [_saved(file, folder) for file in files]
    for path in paths:
        _check_unpacked(path, settings.max_unpacked_bytes)
    for path in paths:
        if path.suffix in _ARROW:
            _convert_arrow(path)
    for path in folder.glob("*.parquet"):
        _check_parquet(path, settings.max_rows)
    books = [path for path in paths if path.suffix in SUFFIXES]
    if len(books) > 1 or (books and any(path.suffix not in (*SUFFIXES, ".toml") for path in paths)):
        raise ServiceError("invalid_request", "a workbook is a whole data set: send it alone, or with settings.toml")
    try:
        raw = read_dataset(books[0] if books else folder)
    except DatasetError as error:
        raise ServiceError("invalid_request", error.message.replace(str(folder), "")) from error
    check_rows(raw.tables, settings.max_rows)
    return raw


def check_rows(tables: dict[str, pl.DataFrame], limit: int) -> None:
    """Check that no table has too many rows.

    Raises
    ------
    ServiceError
        ``too_large``.
    """
    for name, frame in tables.items():
        if frame.height > limit:
            raise _too_many_rows(name, limit)


def _saved(file: UploadedFile, folder: Path) -> Path:
    """Write a file into the folder, under the name of its table; return its path."""
    name = file.name.replace("\\", "/").rsplit("/", 1)[-1]
    form = next((form for form in sorted(_FORMS, key=len, reverse=True) if name.lower().endswith(form)), None)
    if form is None:
        raise ServiceError("unsupported_media_type", f"{name!r:.80} is not one of {', '.join(_FORMS)}", forms=_FORMS)
    stem = file.field if file.field in INPUT_TABLES else name[: -len(form)]
    if form == ".toml":
        stem = "settings"
    if not _STEM.fullmatch(stem):
        raise ServiceError("invalid_request", f"the file {name!r:.80} is not named as a table")
    path = folder / f"{stem}{form}"
    if path.exists():
        raise ServiceError("invalid_request", f"{path.name} is there twice")
    with path.open("wb") as copy:
        shutil.copyfileobj(file.file, copy, _CHUNK)
    return path


def _check_unpacked(path: Path, limit: int) -> None:
    """Unpack a compressed file as far as the limit: what it says of its own size may be wrong."""
    try:
        if path.suffix == ".gz":
            with gzip.open(path) as packed:
                _count(packed, limit)
        elif path.suffix in SUFFIXES:
            left = limit
            with zipfile.ZipFile(path) as book:
                for entry in book.infolist():
                    with book.open(entry) as packed:
                        left -= _count(packed, left)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return  # the reader says what is wrong with it


def _count(packed: object, limit: int) -> int:
    """Return how many bytes there are in a compressed file."""
    count = 0
    while chunk := packed.read(_CHUNK):  # type: ignore[attr-defined]
        count += len(chunk)
        if count > limit:
            told = f"a file has more than {limit} bytes when unpacked"
            raise ServiceError("too_large", told, limit=limit, unit="bytes unpacked")
    return count


def _convert_arrow(path: Path) -> None:
    """Write an Arrow file as Parquet beside it, and remove it."""
    try:
        with path.open("rb") as file:
            is_file = file.read(6) == b"ARROW1"
        frame = pl.read_ipc(path) if is_file else pl.read_ipc_stream(path)
        frame.write_parquet(path.with_suffix(".parquet"))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise _unreadable(path, "Arrow") from error
    path.unlink()


def _check_parquet(path: Path, limit: int) -> None:
    """Check a Parquet file's own count of rows before its rows are read."""
    try:
        n_rows = pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()
    except pl.exceptions.PanicException as error:
        raise _unreadable(path, "Parquet") from error
    except (pl.exceptions.PolarsError, OSError):
        return  # the reader says what is wrong with it
    if n_rows > limit:
        raise _too_many_rows(path.stem, limit)


def _unreadable(path: Path, form: str) -> DataError:
    """Return the error of a file that is not what its name says."""
    read = unreadable_file(path.stem, path.name, f"the file is not {form}, or is cut off")
    return DataError(findings_of(read.problems, list(INPUT_TABLES)))


def _too_many_rows(table: str, limit: int) -> ServiceError:
    """Return the error of a table with too many rows."""
    return ServiceError("too_large", f"{table} has more than {limit} rows", limit=limit, unit="rows", table=table)
