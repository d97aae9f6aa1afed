"""New versions of a data set, made from its newest one while others may do the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from api.deps import Call
from api.errors import ServiceError
from api.store.contents import Content
from api.store.datasets import HeadMovedError, get_dataset, get_version
from api.store.workspace import WorkspaceStore

_TRIES = 5
A = TypeVar("A")


def etag(number: int) -> str:
    """Return the ETag of a data set whose newest version has a number.

    Examples
    --------
    >>> etag(3)
    '"v3"'
    """
    return f'"v{number}"'


def check_match(if_match: str | None, number: int) -> None:
    """Check the ETag that a caller has read.

    Raises
    ------
    ServiceError
        ``precondition_failed`` when the data set has changed since.
    """
    tags = [tag.strip() for tag in (if_match or "*").split(",")]
    if "*" not in tags and etag(number) not in tags:
        raise ServiceError("precondition_failed", f"the newest version is {number}", etag=etag(number))


def from_newest(call: Call, dataset_id: str, if_match: str | None, make: Callable[[int, Content], A]) -> A:
    """Return what is made from the newest version of a data set; made again when another one was faster.

    Parameters
    ----------
    call
        The call.
    dataset_id
        The data set.
    if_match
        The ETag that the caller has read.
    make
        What makes it, from the number and content of the newest version; it raises :class:`HeadMovedError` when that is
        no longer the newest.

    Raises
    ------
    ServiceError
        ``not_found``, ``precondition_failed``, and ``version_conflict`` when others were faster five times.
    """
    for _ in range(_TRIES):
        with call.service.database.read() as session:
            store = WorkspaceStore(session, call.principal.workspace_id)
            number = get_dataset(store, dataset_id).head
            check_match(if_match, number)
            _, content = get_version(store, dataset_id, number)
        try:
            return make(number, content)
        except HeadMovedError:
            continue
    raise ServiceError("version_conflict", f"{dataset_id} was changed by others {_TRIES} times meanwhile")
