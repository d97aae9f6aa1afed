"""The audit log of the workspace."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from api.deps import Call, Requires
from api.schemas.audit import AuditOut, AuditPage
from api.schemas.fields import Cursor, Limit
from api.store.records import AuditEntry
from api.store.workspace import WorkspaceStore

router = APIRouter(prefix="/v1/audit", tags=["audit"])
_Reads = Annotated[Call, Depends(Requires("audit:read"))]


@router.get("", summary="Read the audit log")
def read_audit_log(call: _Reads, cursor: Cursor = None, limit: Limit = 100) -> AuditPage:
    """Give the writes of the workspace, the oldest first."""
    with call.service.database.read() as session:
        store = WorkspaceStore(session, call.principal.workspace_id)
        query = store.select(AuditEntry).where(AuditEntry.id > (cursor or "")).order_by(AuditEntry.id)
        records = session.scalars(query.limit(limit + 1)).all()
    entries = [AuditOut.of(record) for record in records[:limit]]
    return AuditPage(entries=entries, next_cursor=entries[-1].id if len(records) > limit else None)
