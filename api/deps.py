"""What routes are given: the parts of the service, and who calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from sqlalchemy import select

from api.auth.keys import has_keys, key_of, workspace_named
from api.auth.rate_limit import Allowance, RateLimit
from api.auth.roles import Role, scopes_of
from api.clock import Clock
from api.errors import ServiceError
from api.settings import ServiceSettings, is_loopback
from api.store.database import Database
from api.store.objects import ObjectStore
from api.store.records import ApiKey, Workspace

DEFAULT_WORKSPACE = "default"


@dataclass(frozen=True, slots=True)
class Service:
    """The parts that a process of the service has once.

    Parameters
    ----------
    settings, database, objects, clock
        The settings, the database, the object store, the clock.
    limit, failures
        The limit on the requests of a key, and on failed tries of an address to name one.
    """

    settings: ServiceSettings
    database: Database
    objects: ObjectStore
    clock: Clock
    limit: RateLimit
    failures: RateLimit


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls.

    Parameters
    ----------
    author
        The id that is written beside what they do.
    workspace_id
        The workspace that they see.
    scopes
        What they may do.
    """

    author: str
    workspace_id: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Call:
    """One request: the service, who calls, when, and the request itself."""

    service: Service
    principal: Principal
    at: datetime
    request: Request

    @property
    def request_id(self) -> str:
        """The id under which the logs have it."""
        return str(getattr(self.request.state, "request_id", ""))


def service_of(request: Request) -> Service:
    """Return the parts of the service that a request is to."""
    return cast("Service", request.app.state.service)


_bearer = HTTPBearer(auto_error=False, scheme_name="api_key", description="A key made by `lotwright keys create`.")


class Requires:
    """The dependency of a route on a scope: gives the call, or says that there is no key or it may not do this.

    Parameters
    ----------
    scope
        One of :data:`api.auth.roles.SCOPES`.
    """

    def __init__(self, scope: str) -> None:
        self.scope = scope

    def __call__(self, request: Request, _: Annotated[Any, Depends(_bearer)]) -> Call:
        """Return the call.

        Raises
        ------
        ServiceError
            ``not_authenticated``, ``not_allowed``, ``foreign_origin`` or ``rate_limited``.
        """
        service = service_of(request)
        at = service.clock()
        principal = _principal(service, request, at)
        request.state.workspace_id, request.state.author = principal.workspace_id, principal.author
        request.state.allowance = _count(service.limit, principal.author, at)
        if self.scope not in principal.scopes:
            raise ServiceError("not_allowed", f"this needs the scope {self.scope}", required_scope=self.scope)
        return Call(service, principal, at, request)


def _principal(service: Service, request: Request, at: datetime) -> Principal:
    """Return who calls."""
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    with service.database.read() as session:
        if kind:
            record = key_of(session, text.strip(), at) if kind.lower() == "bearer" else None
            if record is not None:
                return _of_key(record)
        elif service.settings.is_local and not has_keys(session):
            return _of_this_machine(service, request, at)
    address = request.client.host if request.client else "unknown"
    _count(service.failures, address, at)
    raise ServiceError(
        "not_authenticated",
        "the key is not one, or is not in force" if kind else "there is no key in the request",
        {"WWW-Authenticate": 'Bearer realm="lotwright"'},
    )


def _of_key(record: ApiKey) -> Principal:
    """Return who calls with a key."""
    scopes = scopes_of(Role(record.role))
    return Principal(record.id, record.workspace_id, scopes & frozenset(record.scopes) if record.scopes else scopes)


def _of_this_machine(service: Service, request: Request, at: datetime) -> Principal:
    """Return who calls without a key while there are no keys: whoever sits at this machine, but no web page.

    A page of another site can send requests to 127.0.0.1 from the browser; it cannot hide its ``Origin``, and one
    that has its own name lead to 127.0.0.1 cannot hide that name, which is in ``Host``.
    """
    host = request.url.hostname or ""
    origin = request.headers.get("origin")
    if not is_loopback(host) or (origin and origin != f"{request.url.scheme}://{request.url.netloc}"):
        raise ServiceError("foreign_origin", "without keys only this machine's own programs may call")
    with service.database.read() as session:
        workspace = session.scalars(select(Workspace).where(Workspace.name == DEFAULT_WORKSPACE)).one_or_none()
    if workspace is None:
        with service.database.write() as session:
            workspace = workspace_named(session, DEFAULT_WORKSPACE, at, is_made=True)
    return Principal("local", workspace.id, scopes_of(Role.ADMIN))


def _count(limit: RateLimit, caller: str, at: datetime) -> Allowance:
    """Count a request of a caller; return what is left."""
    allowance = limit.take(caller, at)
    if not allowance.is_allowed:
        raise ServiceError(
            "rate_limited",
            f"more than {limit.per_minute:g} requests in a minute",
            {"Retry-After": str(allowance.wait_seconds)},
            retry_after_seconds=allowance.wait_seconds,
        )
    return allowance
