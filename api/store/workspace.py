"""The records of one workspace: the only way in which routes reach records, so that no other workspace is seen."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from api.errors import ServiceError
from api.store.records import InWorkspace

R = TypeVar("R", bound=InWorkspace)


class WorkspaceStore:
    """A session that sees one workspace.

    Parameters
    ----------
    session
        A session of the database.
    workspace_id
        The workspace.
    """

    def __init__(self, session: Session, workspace_id: str) -> None:
        self.session = session
        self.workspace_id = workspace_id

    def select(self, record: type[R]) -> Select[R]:
        """Return a query for the workspace's records of one class."""
        return select(record).where(record.workspace_id == self.workspace_id)

    def find(self, record: type[R], *, is_locked: bool = False, **values: Any) -> R | None:
        """Return the one record with these values, ``None`` when the workspace has none.

        A locked record is not changed by others before the transaction ends.
        """
        query = self.select(record).filter_by(**values)
        return self.session.scalars(query.with_for_update() if is_locked else query).one_or_none()

    def get(self, record: type[R], name: str, *, is_locked: bool = False, **values: Any) -> R:
        """Return the one record with these values.

        Raises
        ------
        ServiceError
            ``not_found`` when the workspace has none, whatever another workspace has.
        """
        found = self.find(record, is_locked=is_locked, **values)
        if found is None:
            told = "/".join(str(value) for value in values.values())
            raise ServiceError("not_found", f"there is no {name} {told}")
        return found

    def add(self, record: type[R], **values: Any) -> R:
        """Return a new record of the workspace."""
        made = record(**values)
        made.workspace_id = self.workspace_id
        self.session.add(made)
        self.session.flush()
        return made
