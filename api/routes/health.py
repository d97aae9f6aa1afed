"""Whether the service is alive and can work."""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends
from obstore.exceptions import BaseError
from sqlalchemy.exc import SQLAlchemyError

from api.deps import Service, service_of
from api.errors import ServiceError
from api.schemas.health import Health, Readiness
from api.store.migrating import current_revision, newest_revision

router = APIRouter(tags=["health"])


@router.get("/health", summary="Is the process alive?")
def health() -> Health:
    """Say that the process answers; nothing else is looked at."""
    return Health(status="ok")


@router.get("/ready", summary="Can it work?")
def ready(service: Annotated[Service, Depends(service_of)]) -> Readiness:
    """Say that the database has the right tables and that the object store answers, or answer 503."""
    try:
        is_current = service.database.is_reachable() and current_revision(service.database) == newest_revision()
        is_reachable = service.objects.is_reachable()
    except (SQLAlchemyError, BaseError, OSError) as error:
        structlog.get_logger("lotwright").warning("not ready", error=type(error).__name__)
        is_current = is_reachable = False
    if not (is_current and is_reachable):
        raise ServiceError("unavailable", "the database or the object store does not answer", {"Retry-After": "5"})
    return Readiness(status="ok", database_revision=newest_revision())
