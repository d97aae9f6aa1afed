"""The service as an ASGI app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from api.auth.rate_limit import RateLimit
from api.clock import Clock, system_clock
from api.deps import Service
from api.errors import install_error_handlers
from api.logs import configure_logs
from api.middleware import RequestFrame
from api.openapi import describe
from api.routes import audit, changes, datasets, docs_page, health, keys, versions
from api.settings import ServiceSettings
from api.store.database import Database
from api.store.migrating import upgrade
from api.store.objects import object_store

_FAILURES_PER_MINUTE = 60


def create_app(settings: ServiceSettings, clock: Clock = system_clock) -> FastAPI:
    """Return the app of the service; its database is brought up to date when it starts.

    Parameters
    ----------
    settings
        The settings.
    clock
        What gives the time.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(settings)
        upgrade(database)
        limit = RateLimit(settings.requests_per_minute / settings.workers)
        failures = RateLimit(_FAILURES_PER_MINUTE)
        app.state.service = Service(settings, database, object_store(settings), clock, limit, failures)
        try:
            yield
        finally:
            database.close()

    app = FastAPI(
        title="Lotwright",
        version=version("lotwright"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
    )
    for routes in (datasets, versions, changes, keys, audit, health, docs_page):
        app.include_router(routes.router)
    install_error_handlers(app)
    describe(app)
    app.add_middleware(RequestFrame, settings=settings)
    return app


def service_app() -> FastAPI:
    """Return the app of the environment's settings, for a server that starts worker processes."""
    settings = ServiceSettings()
    configure_logs(settings.log_level)
    return create_app(settings)
