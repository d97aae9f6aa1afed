"""Data sets and their versions in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, exists, select

from api.deps import Service
from api.errors import ServiceError
from api.sortable_ids import new_id
from api.store.contents import Content, content_of
from api.store.records import ChangeMessage, Dataset, StoredObject, Version, VersionTable
from api.store.workspace import WorkspaceStore
from api.writing import Writing

GRACE = timedelta(hours=1)
"""An object that no version holds is kept for this long: an upload may be about to use it."""


class HeadMovedError(Exception):
    """The data set has a newer version than the one that a new version was made from."""


def get_dataset(store: WorkspaceStore, dataset_id: str, is_locked: bool = False) -> Dataset:
    """Return a data set of the workspace, or raise ``not_found``."""
    return store.get(Dataset, "data set", id=dataset_id, is_locked=is_locked)


def get_version(store: WorkspaceStore, dataset_id: str, number: int) -> tuple[Version, Content]:
    """Return a version and its content, or raise ``not_found``."""
    version = store.get(Version, "version", dataset_id=dataset_id, number=number)
    query = store.select(VersionTable).filter_by(dataset_id=dataset_id, number=number).order_by(VersionTable.name)
    return version, content_of(version, store.session.scalars(query))


def add_dataset(writing: Writing, name: str, content: Content, note: str) -> tuple[Dataset, Version]:
    """Return a new data set with its first version."""
    author, at = writing.call.principal.author, writing.call.at
    dataset = writing.store.add(Dataset, id=new_id("ds", at), name=name, head=0, created_at=at, created_by=author)
    return dataset, _insert(writing, dataset, None, content, note, "datasets.create")


def add_version(writing: Writing, dataset_id: str, parent: int, content: Content, note: str, action: str) -> Version:
    """Return a new version of a data set, or its newest one when that holds the same.

    Raises
    ------
    HeadMovedError
        When the newest version is not the one that the content was made from.
    """
    dataset = get_dataset(writing.store, dataset_id, is_locked=True)
    if dataset.head != parent:
        raise HeadMovedError
    head, before = get_version(writing.store, dataset_id, parent)
    if before.hash() == content.hash():
        return head
    version = _insert(writing, dataset, before, content, note, action)
    kept = writing.call.service.settings.versions_kept
    if kept:
        _delete_versions(writing, dataset_id, _numbers(writing.store, dataset_id)[:-kept])
    return version


def _insert(
    writing: Writing, dataset: Dataset, before: Content | None, content: Content, note: str, action: str
) -> Version:
    """Return the version that follows the newest one."""
    number = dataset.head + 1
    version = writing.store.add(
        Version,
        dataset_id=dataset.id,
        number=number,
        parent=dataset.head or None,
        author=writing.call.principal.author,
        note=note,
        settings=dict(content.settings),
        created_at=writing.call.at,
    )
    for table in content.tables.values():
        writing.store.add(
            VersionTable,
            dataset_id=dataset.id,
            number=number,
            name=table.name,
            object_hash=table.object_hash,
            rows=table.rows,
            bytes=table.bytes,
        )
    dataset.head = number
    writing.audit(action, f"{dataset.id}/{number}", before.hash() if before else None, content.hash())
    return version


def delete_version(writing: Writing, dataset_id: str, number: int) -> None:
    """Delete a version that is not the newest one.

    Raises
    ------
    ServiceError
        ``version_in_use`` or ``not_found``.
    """
    dataset = get_dataset(writing.store, dataset_id, is_locked=True)
    get_version(writing.store, dataset_id, number)
    if number == dataset.head:
        raise ServiceError("version_in_use", f"version {number} is the newest of {dataset_id}")
    _delete_versions(writing, dataset_id, [number])


def delete_dataset(writing: Writing, dataset_id: str) -> None:
    """Delete a data set with all its versions."""
    dataset = get_dataset(writing.store, dataset_id, is_locked=True)
    _delete_versions(writing, dataset_id, _numbers(writing.store, dataset_id))
    session = writing.store.session
    session.execute(delete(ChangeMessage).where(ChangeMessage.dataset_id == dataset_id))
    session.delete(dataset)
    writing.audit("datasets.delete", dataset_id)


def _numbers(store: WorkspaceStore, dataset_id: str) -> list[int]:
    """Return the numbers of a data set's versions, the oldest first."""
    versions = store.session.scalars(store.select(Version).filter_by(dataset_id=dataset_id).order_by(Version.number))
    return [version.number for version in versions]


def _delete_versions(writing: Writing, dataset_id: str, numbers: Sequence[int]) -> None:
    """Delete versions; the objects that nobody else holds are cleared away later."""
    for number in numbers:
        _, content = get_version(writing.store, dataset_id, number)
        for record in (VersionTable, Version):
            query = delete(record).where(record.dataset_id == dataset_id, record.number == number)
            writing.store.session.execute(query)
        writing.audit("versions.delete", f"{dataset_id}/{number}", before=content.hash())


def clear_objects(service: Service) -> int:
    """Remove the objects that no version holds, and that nobody is about to use; return how many."""
    oldest = service.clock() - GRACE
    is_free = ~exists().where(VersionTable.object_hash == StoredObject.hash)
    query = select(StoredObject).where(is_free, StoredObject.touched_at < oldest)
    with service.database.read() as session:
        hashes = [record.hash for record in session.scalars(query)]
    n_cleared = 0
    for digest in hashes:
        with service.database.write() as session:
            record = session.scalars(query.where(StoredObject.hash == digest).with_for_update()).one_or_none()
            if record is None:
                continue
            session.delete(record)
            session.flush()
            # before the transaction ends: an upload of the same content waits for it, and then puts the object anew
            service.objects.delete(digest)
            n_cleared += 1
    return n_cleared
