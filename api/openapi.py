"""What the OpenAPI description says of every route: its errors, with an example of each."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.errors import CODES, MEDIA_TYPE, problem

DESCRIPTION = """Plan material from an ERP's tables.

Every error is a problem detail (RFC 9457) with a stable `code`. A POST may carry an `Idempotency-Key`: the same request
with the same key is done once, and answered with the same answer. Dates are ISO 8601, times are in UTC.
A field or route that is to go away is marked `deprecated` here for at least two minor versions, and its answers carry
the headers `Deprecation` and `Sunset`; new members may be added to any object without notice."""

_ALWAYS = ("malformed_request", "invalid_request", "internal", "unavailable")
_WITH_KEY = ("not_authenticated", "not_allowed", "foreign_origin", "rate_limited")
_WITH_BODY = ("too_large", "body_too_slow", "unsupported_media_type")


def describe(app: FastAPI) -> None:
    """Let the app describe itself with its errors."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _description(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _description(app: FastAPI) -> dict[str, Any]:
    """Return the description of all routes."""
    description = get_openapi(
        title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes, openapi_version="3.1.0"
    )
    schemas = description.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = _problem_schema()
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            _add_errors(path, method, operation)
    return description


def _problem_schema() -> dict[str, Any]:
    """Return the schema of problem details."""
    texts = ("type", "title", "detail", "instance", "advice", "request_id")
    return {
        "type": "object",
        "required": ["type", "title", "status", "code", "detail", "instance", "advice", "request_id"],
        "properties": {
            **{name: {"type": "string"} for name in texts},
            "status": {"type": "integer"},
            "code": {"type": "string", "enum": list(CODES)},
            "errors": {"type": "array", "items": {"type": "object"}, "description": "Fields that are wrong."},
            "findings": {"type": "array", "items": {"type": "object"}, "description": "Rows that are wrong."},
        },
    }


def _add_errors(path: str, method: str, operation: dict[str, Any]) -> None:
    """Add the errors that an operation may answer with."""
    codes = [*_ALWAYS, *operation.pop("x-errors", ())]
    if operation.get("security"):
        codes += _WITH_KEY
    if "{" in path:
        codes.append("not_found")
    if "requestBody" in operation:
        codes += _WITH_BODY
    if method == "post" and operation.get("security"):
        codes.append("idempotency_key_reused")
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
    responses = operation.setdefault("responses", {})
    responses.pop("422", None)
    for code in dict.fromkeys(codes):
        status = str(CODES[code].status)
        response = responses.setdefault(status, {"description": CODES[code].title, "content": {}})
        schema: dict[str, Any] = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}
        content = response.setdefault("content", {}).setdefault(MEDIA_TYPE, schema)
        example = problem(code, CODES[code].title, path, request_id="req_5f0c8d3e9b7a4c2d1e6f8a9b")
        content["examples"][code] = {"summary": CODES[code].advice, "value": example}


_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A text that the caller makes new for each new request, and repeats when it repeats the request.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    "example": "5d0e2f6c-3a1b-4a53-9a3c-0a4f1f2b7c11",
}
