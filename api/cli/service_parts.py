"""The parts of the service, for commands that work on its data without a server."""

from __future__ import annotations

from api.auth.rate_limit import RateLimit
from api.clock import system_clock
from api.deps import Service
from api.settings import ServiceSettings
from api.store.database import Database
from api.store.migrating import upgrade
from api.store.objects import object_store


def service_parts() -> Service:
    """Return the parts of the service of the environment's settings, its database up to date."""
    settings = ServiceSettings()
    database = Database(settings)
    upgrade(database)
    limit = RateLimit(settings.requests_per_minute)
    return Service(settings, database, object_store(settings), system_clock, limit, limit)
