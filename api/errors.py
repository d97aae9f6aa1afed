"""What goes wrong with a request, as problem details (RFC 9457) with codes that stay."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from bom.errors import DataError, Finding, PlanningError

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its status, its title, and what the caller can do about it."""

    status: int
    title: str
    advice: str


CODES: dict[str, Kind] = {
    "malformed_request": Kind(400, "The request cannot be read", "Correct what `detail` names."),
    "not_authenticated": Kind(401, "No valid key", "Send `Authorization: Bearer lw_…` with a key that is in force."),
    "not_allowed": Kind(403, "The key may not do this", "Use a key whose role or scopes hold `required_scope`."),
    "foreign_origin": Kind(
        403, "A page of another origin calls a service without keys", "Make a key: `lotwright keys create`."
    ),
    "not_found": Kind(404, "There is no such thing in this workspace", "Look at the id and at the key's workspace."),
    "method_not_allowed": Kind(405, "The route has no such method", "See `Allow`."),
    "body_too_slow": Kind(408, "The body took too long", "Send it faster, or in parts; `limit_seconds` is the limit."),
    "version_conflict": Kind(409, "Someone else changed it at the same time", "Read it again and repeat."),
    "idempotency_in_progress": Kind(409, "The same request is under way", "Repeat after a second."),
    "sequence_gap": Kind(
        409, "A message before this one is missing", "Send the message `expected_sequence_number` first, then repeat."
    ),
    "sequence_number_reused": Kind(
        409, "The sequence number was used for another message", "Number messages anew; nothing was changed."
    ),
    "version_in_use": Kind(409, "The version is the newest", "Delete the data set, or make a newer version first."),
    "precondition_failed": Kind(412, "It has changed since it was read", "Read it again; `etag` is what it has now."),
    "too_large": Kind(413, "Too much in one request", "Send less, or raise the setting; `limit` is the limit."),
    "unsupported_media_type": Kind(415, "The body is of a form that is not read", "See the route's request body."),
    "invalid_request": Kind(422, "The request is not as declared", "`errors` names every field that is wrong."),
    "invalid_data": Kind(422, "The data set has errors", "`findings` names every row; correct them and send again."),
    "idempotency_key_reused": Kind(
        422, "The Idempotency-Key was used for another request", "Use a new key for a new request."
    ),
    "rate_limited": Kind(429, "Too many requests", "Wait for the seconds in `Retry-After`."),
    "internal": Kind(500, "The service failed", "Repeat; if it fails again, report the `request_id`."),
    "unavailable": Kind(503, "The service is not ready", "Repeat after the seconds in `Retry-After`."),
}


class ServiceError(HTTPException):
    """A request cannot be carried out.

    Parameters
    ----------
    code
        One of :data:`CODES`.
    detail
        What is wrong with this request.
    headers
        Headers of the answer.
    facts
        Further members of the problem details.
    """

    def __init__(self, code: str, detail: str, headers: Mapping[str, str] | None = None, **facts: Any) -> None:
        super().__init__(CODES[code].status, detail, dict(headers) if headers else None)
        self.code = code
        self.facts = facts


def problem(code: str, detail: str, instance: str, **facts: Any) -> dict[str, Any]:
    """Return the members of problem details.

    Examples
    --------
    >>> problem("not_found", "there is no data set ds_1", "/v1/datasets/ds_1")["status"]
    404
    """
    kind = CODES[code]
    return {
        "type": f"urn:lotwright:problem:{code}",
        "title": kind.title,
        "status": kind.status,
        "code": code,
        "detail": detail,
        "instance": instance,
        "advice": kind.advice,
        **facts,
    }


def problem_response(request: Request, code: str, detail: str, **facts: Any) -> JSONResponse:
    """Return problem details as an answer."""
    facts.setdefault("request_id", getattr(request.state, "request_id", ""))
    body = problem(code, detail, request.url.path, **facts)
    return JSONResponse(body, CODES[code].status, media_type=MEDIA_TYPE)


def data_error(findings: Sequence[Finding]) -> ServiceError:
    """Return the error of a data set with errors, with all its findings."""
    error = DataError(findings)
    told = [dataclasses.asdict(finding) for finding in findings]
    return ServiceError("invalid_data", error.message, findings=told)


def install_error_handlers(app: FastAPI) -> None:
    """Make every error of the app problem details."""
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(PlanningError, _planning_error)


_BY_STATUS = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type"}


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    """Answer an error that was raised on purpose."""
    assert isinstance(error, HTTPException)
    if isinstance(error, ServiceError):
        response = problem_response(request, error.code, str(error.detail), **error.facts)
    else:
        response = problem_response(request, _BY_STATUS.get(error.status_code, "malformed_request"), str(error.detail))
    response.headers.update(error.headers or {})
    return response


async def _validation_error(request: Request, error: Exception) -> JSONResponse:
    """Answer a request whose fields are not as declared; what was sent is not repeated, it may be a secret."""
    assert isinstance(error, RequestValidationError)
    return problem_response(
        request, "invalid_request", "the request is not as declared", errors=field_errors(error.errors())
    )


def field_errors(errors: Sequence[Any]) -> list[dict[str, str]]:
    """Return where and why fields are not as declared.

    Examples
    --------
    >>> field_errors([{"loc": ("body", "name"), "msg": "Field required", "type": "missing", "input": {}}])
    [{'field': 'body.name', 'message': 'Field required', 'kind': 'missing'}]
    """
    return [{"field": ".".join(str(part) for part in e["loc"]), "message": e["msg"], "kind": e["type"]} for e in errors]


async def _planning_error(request: Request, error: Exception) -> JSONResponse:
    """Answer an error of the engine: data with errors, or a call that it cannot carry out."""
    if isinstance(error, DataError):
        return await _http_error(request, data_error(error.findings))
    assert isinstance(error, PlanningError)
    return problem_response(
        request, "invalid_request", str(error), errors=[{"field": "", "message": str(error), "kind": error.code}]
    )
