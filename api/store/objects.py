"""The object store: files named by the hash of their content, in a folder or in an S3 bucket."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import obstore
from obstore.store import S3Store

from api.settings import ServiceSettings

if TYPE_CHECKING:  # these names are not there at run time
    from obstore.store import ClientConfig, S3Config

_CHUNK = 1 << 20


class BrokenObjectError(Exception):
    """What the store holds under a hash has another hash."""


class ObjectStore(Protocol):
    """Where files are kept by the hash of their content."""

    def put(self, path: Path, digest: str) -> None:
        """Keep a file; nothing happens when it is there already."""

    def file(self, digest: str) -> Path:
        """Return a local file with the content; it must not be changed.

        Raises
        ------
        BrokenObjectError
            When the content is not what was put.
        FileNotFoundError
            When there is no such object.
        """

    def delete(self, digest: str) -> None:
        """Remove an object; nothing happens when there is none."""

    def is_reachable(self) -> bool:
        """Return whether the store answers."""


def object_store(settings: ServiceSettings) -> ObjectStore:
    """Return the store that the settings name."""
    if settings.objects.startswith("s3://"):
        return RemoteObjects(settings)
    return LocalObjects(Path(settings.objects.removeprefix("file://")))


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


class LocalObjects:
    """Objects in a folder.

    Parameters
    ----------
    folder
        The folder; it is made when it is not there.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "table").write_bytes(b"rows")
    ...     objects = LocalObjects(Path(folder, "objects"))
    ...     objects.put(Path(folder, "table"), hash_of(Path(folder, "table")))
    ...     objects.file(hash_of(Path(folder, "table"))).read_bytes()
    b'rows'
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, path: Path, digest: str) -> None:
        """Copy a file into the folder: whole, and on the disk, or not at all."""
        place = self._place(digest)
        if place.exists():
            return
        place.parent.mkdir(exist_ok=True)
        number, temporary = tempfile.mkstemp(dir=self.folder, prefix=".partial-")
        try:
            with os.fdopen(number, "wb") as copy, path.open("rb") as source:
                shutil.copyfileobj(source, copy, _CHUNK)
                copy.flush()
                os.fsync(number)
            os.replace(temporary, place)
        finally:
            Path(temporary).unlink(missing_ok=True)
        _sync_folder(place.parent)
        _sync_folder(self.folder)

    def file(self, digest: str) -> Path:
        """Return the object's file; its content is compared with its name."""
        place = self._place(digest)
        if hash_of(place) != digest:
            raise BrokenObjectError(f"the object {digest} is damaged")
        return place

    def delete(self, digest: str) -> None:
        """Remove the file."""
        self._place(digest).unlink(missing_ok=True)

    def is_reachable(self) -> bool:
        """Return whether the folder can be written to."""
        return os.access(self.folder, os.R_OK | os.W_OK | os.X_OK)

    def _place(self, digest: str) -> Path:
        return self.folder / digest[:2] / f"{digest}.parquet"


def _sync_folder(folder: Path) -> None:
    """Write a folder's entries to the disk, so that a file in it is found after a loss of power."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


class RemoteObjects:
    """Objects in an S3 bucket, kept in a local folder once they were read.

    Parameters
    ----------
    settings
        The bucket, the way to it, and the local folder.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        bucket, _, prefix = settings.objects.removeprefix("s3://").partition("/")
        config: S3Config = {"region": settings.store_region}
        if settings.store_endpoint_url:
            config["endpoint"] = settings.store_endpoint_url
        if settings.store_access_key_id:
            config["access_key_id"] = settings.store_access_key_id
        if settings.store_secret_access_key:
            config["secret_access_key"] = settings.store_secret_access_key.get_secret_value()
        is_plain = (settings.store_endpoint_url or "").startswith("http://")
        options: ClientConfig = {"allow_http": is_plain}
        self._store = S3Store(bucket, prefix=prefix or None, config=config, client_options=options)
        self._cache = LocalObjects(settings.cache)

    def put(self, path: Path, digest: str) -> None:
        """Send a file, unless the bucket has it; the bucket shows it when it is complete."""
        if not self._has(digest):
            with path.open("rb") as file:
                obstore.put(self._store, self._name(digest), file)

    def file(self, digest: str) -> Path:
        """Return the object's file in the local folder, fetched when it is not there or damaged."""
        try:
            return self._cache.file(digest)
        except (FileNotFoundError, BrokenObjectError):
            self._cache.delete(digest)
        with tempfile.NamedTemporaryFile(dir=self._cache.folder, prefix=".partial-") as fetched:
            for chunk in obstore.get(self._store, self._name(digest)).stream(min_chunk_size=_CHUNK):
                fetched.write(chunk)
            fetched.flush()
            if hash_of(Path(fetched.name)) != digest:
                raise BrokenObjectError(f"the object {digest} is damaged")
            self._cache.put(Path(fetched.name), digest)
        return self._cache.file(digest)

    def delete(self, digest: str) -> None:
        """Remove the object from the bucket and the local folder."""
        if self._has(digest):
            obstore.delete(self._store, self._name(digest))
        self._cache.delete(digest)

    def is_reachable(self) -> bool:
        """Return whether the bucket answers."""
        next(iter(obstore.list(self._store, chunk_size=1)), None)
        return True

    def _has(self, digest: str) -> bool:
        try:
            obstore.head(self._store, self._name(digest))
        except FileNotFoundError:
            return False
        return True

    def _name(self, digest: str) -> str:
        return f"{digest[:2]}/{digest}.parquet"
