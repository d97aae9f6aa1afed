"""What happens around every request: an id, a limit on its body, security headers, one line in the log."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import ServiceError, problem_response
from api.settings import ServiceSettings

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class RequestFrame:
    """The outermost layer of the app.

    Parameters
    ----------
    app
        What is inside.
    settings
        The limits.
    """

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self._app = app
        self._settings = settings
        self._log = structlog.get_logger("lotwright")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0
        state: dict[str, Any] = scope.setdefault("state", {})
        state["request_id"] = _request_id(Headers(scope=scope))
        state["body"] = body = _Body(scope, receive, self._settings)

        async def send_framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, state)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=state["request_id"]):
            try:
                await self._app(scope, body, send_framed)
            except Exception as error:  # the last place where it can be answered
                response = _answer_to(Request(scope), error)
                if status:
                    raise  # half an answer is out already: the connection breaks, and the client sees that
                await response(scope, receive, send_framed)
            finally:
                self._tell(scope, state, status, time.perf_counter() - started)

    def _tell(self, scope: Scope, state: dict[str, Any], status: int, seconds: float) -> None:
        """Write the request's line in the log: its route, not its query or headers, which may hold secrets."""
        route = getattr(scope.get("route"), "path", scope["path"])
        self._log.info(
            "request",
            method=scope["method"],
            route=route,
            status=status,
            seconds=round(seconds, 6),
            workspace_id=state.get("workspace_id"),
            author=state.get("author"),
        )


def _answer_to(request: Request, error: Exception) -> JSONResponse:
    """Answer an error that no route has answered; the text of one that nobody expected may hold what none must see."""
    if isinstance(error, ServiceError):  # the body went over its limit where no route was to see it
        return problem_response(request, error.code, str(error.detail), **error.facts)
    structlog.get_logger("lotwright").error("request failed", exc_info=error)
    return problem_response(request, "internal", "the service failed; its log has the reason under the request_id")


def allow_upload(request: Request) -> None:
    """Let a request carry tables: its body may be as large as an upload, or as JSON is read into memory at once."""
    settings: ServiceSettings = request.app.state.service.settings
    is_json = request.headers.get("content-type", "").startswith("application/json")
    request.state.body.limit = settings.max_json_bytes if is_json else settings.max_upload_bytes


def _request_id(headers: Headers) -> str:
    """Return the caller's id of a request, or a new one."""
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else f"req_{secrets.token_hex(12)}"


def _add_headers(message: Message, state: dict[str, Any]) -> None:
    """Add what every answer has, where the route did not say otherwise."""
    headers = MutableHeaders(scope=message)
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    headers["X-Request-Id"] = state["request_id"]
    if allowance := state.get("allowance"):
        headers["RateLimit-Remaining"] = str(allowance.remaining)


class _Body:
    """The body of a request as it comes in, never more or slower than allowed."""

    def __init__(self, scope: Scope, receive: Receive, settings: ServiceSettings) -> None:
        self.limit = settings.max_body_bytes
        self._receive = receive
        self._seconds = settings.body_seconds
        self._end: float | None = None
        self._n_bytes = 0
        self._is_complete = False
        length = Headers(scope=scope).get("content-length", "0")
        self._declared = int(length) if length.isdigit() else 0

    async def __call__(self) -> Message:
        """Return the next part.

        Raises
        ------
        ServiceError
            ``too_large`` or ``body_too_slow``.
        """
        if self._is_complete:
            return await self._receive()
        if self._declared > self.limit:
            raise _too_large(self.limit)
        message = await self._next()
        self._n_bytes += len(message.get("body", b""))
        if self._n_bytes > self.limit:
            raise _too_large(self.limit)
        self._is_complete = not message.get("more_body", False)
        return message

    async def _next(self) -> Message:
        """Return the next part, in the time that is left."""
        loop_time = asyncio.get_running_loop().time()
        self._end = self._end or loop_time + self._seconds
        try:
            return await asyncio.wait_for(self._receive(), max(0.0, self._end - loop_time))
        except TimeoutError:
            told = f"the body did not come within {self._seconds:g} seconds"
            raise ServiceError("body_too_slow", told, {"Connection": "close"}, limit_seconds=self._seconds) from None


def _too_large(limit: int) -> ServiceError:
    """Return the error of a body that is too large."""
    told = f"the body has more than {limit} bytes"
    return ServiceError("too_large", told, {"Connection": "close"}, limit=limit, unit="bytes")
