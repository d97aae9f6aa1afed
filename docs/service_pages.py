"""The generated pages of the service: its settings and its errors."""

from __future__ import annotations

from pydantic_core import PydanticUndefined

from api.errors import CODES
from api.settings import ServiceSettings


def settings_page() -> str:
    """Return the reference of the settings, from their declaration."""
    lines = [
        "# Settings of the service",
        "",
        "Environment variables that `lotwright serve`, `lotwright keys` and `lotwright db` read.",
        "",
        "| variable | default | what it is |",
        "|---|---|---|",
    ]
    for name, field in ServiceSettings.model_fields.items():
        default = "" if field.default in (None, PydanticUndefined) else f"`{field.default}`"
        lines.append(f"| `LOTWRIGHT_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


def errors_page() -> str:
    """Return the list of the codes of problem details."""
    lines = [
        "# Errors of the service",
        "",
        "Every error is a problem detail (RFC 9457, `application/problem+json`) with `type`, `title`, `status`,",
        "`code`, `detail`, `instance`, `advice` and `request_id`. Codes stay; texts may change.",
        "",
        "| code | status | what it means | what to do |",
        "|---|---:|---|---|",
    ]
    for code, kind in sorted(CODES.items(), key=lambda entry: (entry[1].status, entry[0])):
        lines.append(f"| `{code}` | {kind.status} | {kind.title} | {kind.advice} |")
    return "\n".join(lines) + "\n"
