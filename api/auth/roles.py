"""Roles and scopes: what a key may do."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a caller is; each may do what those before it may."""

    VIEWER = "viewer"
    PLANNER = "planner"
    INTEGRATOR = "integrator"
    ADMIN = "admin"


SCOPES: dict[str, tuple[Role, str]] = {
    "datasets:read": (Role.VIEWER, "Read data sets and their versions."),
    "datasets:write": (Role.INTEGRATOR, "Make, change and delete data sets."),
    "keys:read": (Role.ADMIN, "List keys."),
    "keys:write": (Role.ADMIN, "Make, rotate and revoke keys."),
    "audit:read": (Role.ADMIN, "Read the audit log."),
}
"""Each scope with the lowest role that has it, and what it allows."""

_ORDER = tuple(Role)


def scopes_of(role: Role) -> frozenset[str]:
    """Return the scopes of a role.

    Examples
    --------
    >>> sorted(scopes_of(Role.VIEWER))
    ['datasets:read']
    """
    rank = _ORDER.index(role)
    return frozenset(scope for scope, (lowest, _) in SCOPES.items() if _ORDER.index(lowest) <= rank)
