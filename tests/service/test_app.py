"""What holds for every answer: headers, problem details, limits, the description."""

from __future__ import annotations

import json
import socket

import pytest

from api.errors import CODES


def test_health_and_readiness_need_no_key(service):
    caller = service.caller(None)
    assert caller.get("/health").json() == {"status": "ok"}
    assert caller.get("/ready").json() == {"status": "ok", "database_revision": "0001"}


def test_every_answer_has_security_headers_and_a_request_id(service):
    for path in ("/health", "/v1/datasets", "/nothing"):
        headers = service.caller(None).get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["X-Request-Id"].startswith("req_")
        assert "server" not in headers or "uvicorn" in headers["server"]


def test_callers_request_id_is_kept_when_it_is_a_plain_text(service):
    caller = service.caller(None)
    assert caller.get("/health", headers={"X-Request-Id": "erp-17"}).headers["X-Request-Id"] == "erp-17"
    assert caller.get("/health", headers={"X-Request-Id": "a b\tc"}).headers["X-Request-Id"].startswith("req_")


def test_errors_are_problem_details(service):
    answer = service.client().get("/nothing")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert {"type", "title", "status", "code", "detail", "instance", "advice", "request_id"} <= body.keys()
    assert body["type"] == "urn:lotwright:problem:not_found"
    assert service.client().patch("/v1/datasets").json()["code"] == "method_not_allowed"


def test_invalid_fields_are_named_and_their_values_not_repeated(service):
    answer = service.client().post("/v1/keys", json={"name": "secret\n", "role": "king"})
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"body.name", "body.role"}
    assert "secret" not in answer.text


def test_a_failure_tells_nothing_but_its_request_id(service, monkeypatch):
    def fail(_self):
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr("api.store.database.Database.is_reachable", fail)
    answer = service.caller(None).get("/ready")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "hunter2" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_body_over_the_limit_is_413_with_the_limit(service):
    answer = service.client().post("/v1/keys", content=b"x" * 20_001, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["limit"]) == (413, 20_000)


def test_body_without_length_is_counted(service):
    parts = (b"x" * 5_000 for _ in range(10))
    answer = service.client().post("/v1/keys", content=parts, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_body_that_comes_too_slowly_is_408(service):
    host, port = service.url.removeprefix("http://").split(":")
    key = service.key()
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        head = f"POST /v1/keys HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n"
        connection.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{".encode())
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 408")


def test_description_is_openapi_3_1_and_has_an_example_of_every_error(service):
    description = service.caller(None).get("/openapi.json").json()
    assert description["openapi"].startswith("3.1")
    examples = json.dumps(description)
    told = {code for code in CODES if f"urn:lotwright:problem:{code}" in examples}
    assert set(CODES) - told <= {"method_not_allowed", "idempotency_in_progress"}
    for path, operations in description["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            assert "500" in operation["responses"], path


def test_every_field_and_parameter_is_described(service):
    description = service.caller(None).get("/openapi.json").json()
    for operations in description["paths"].values():
        for operation in operations.values():
            assert [p["name"] for p in operation.get("parameters", ()) if not p.get("description")] == []


def test_docs_page_asks_no_other_server(service):
    caller = service.caller(None)
    page = caller.get("/docs")
    assert page.status_code == 200
    assert "http:" not in page.text
    assert "https:" not in page.text
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png", "start.js"):
        assert caller.get(f"/docs/{name}").status_code == 200
    assert caller.get("/docs/..%2Fcore.py").status_code == 404


@pytest.mark.parametrize("path", ["/v1/datasets/ds_%00", "/v1/datasets?cursor=%00", "/v1/datasets/ds_x/versions/1e9"])
def test_ids_that_are_none_are_refused(service, path):
    assert service.client().get(path).status_code == 422
