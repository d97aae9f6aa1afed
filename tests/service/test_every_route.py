"""Every route of the app, those of tomorrow too: without a key, with too small a role, with another workspace's key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute

from api.app import create_app
from api.auth.roles import SCOPES
from api.deps import Requires
from api.settings import ServiceSettings

OPEN = {"/health", "/ready", "/docs", "/docs/{name}"}


def api_routes(routes) -> Iterator[APIRoute]:
    """The routes of an app, those in included routers too."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif inner := getattr(getattr(route, "original_router", None), "routes", None):
            yield from api_routes(inner)


def scopes_in(dependant) -> Iterator[str]:
    """The scopes that a route asks for."""
    if isinstance(dependant.call, Requires):
        yield dependant.call.scope
    for inner in dependant.dependencies:
        yield from scopes_in(inner)


APP = create_app(ServiceSettings())
OPERATIONS = [
    (method.upper(), path, operation)
    for path, operations in APP.openapi()["paths"].items()
    for method, operation in operations.items()
]
DATASET = APP.openapi()["paths"]["/v1/datasets"]["post"]["requestBody"]["content"]["application/json"]["schema"][
    "examples"
][0]
NAMES = [f"{method} {path}" for method, path, _ in OPERATIONS]


def test_all_routes_are_looked_at():
    routes = {(m, route.path) for route in api_routes(APP.routes) if route.include_in_schema for m in route.methods}
    assert routes == {(method, path) for method, path, _ in OPERATIONS}
    assert len(OPERATIONS) > 10


def things_of(service, workspace: str) -> dict[str, Any]:
    """Ids of what a workspace has, for every path parameter there is."""
    caller = service.client("admin", workspace)
    dataset = caller.post("/v1/datasets", json=DATASET).json()["dataset"]["id"]
    caller.put(f"/v1/datasets/{dataset}/tables/items", json={"rows": [{"item_id": "BIKE"}, {"item_id": "WHEEL"}]})
    key = caller.post("/v1/keys", json={"name": "theirs", "role": "viewer"}).json()["id"]
    return {"dataset_id": dataset, "number": 1, "table": "items", "key_id": key}


@pytest.fixture(scope="module")
def theirs(service) -> dict[str, Any]:
    """What another workspace has."""
    return things_of(service, "theirs")


def request(method: str, path: str, operation: dict[str, Any], ids: dict[str, Any]) -> dict[str, Any]:
    """A right request, from the examples of the description."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = content.get("schema", {})
    if "$ref" in schema:
        schema = APP.openapi()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    body = {"json": schema["examples"][0]} if content else {}
    needed = [p for p in operation.get("parameters", ()) if p["in"] == "query" and p.get("required")]
    query = {p["name"]: p["schema"].get("examples", p.get("examples", [None]))[0] for p in needed}
    return {"method": method, "url": path.format(**ids), "params": query, **body}


def test_right_requests_are_answered(service):
    """What the others say would prove nothing if the requests were wrong."""
    for method, path, operation in OPERATIONS:
        ids, caller = things_of(service, "right"), service.client("admin", "right")
        answer = caller.request(**request(method, path, operation, ids))
        assert answer.status_code < 300, (method, path, answer.text)


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=NAMES)
class TestOperation:
    def test_without_a_key_it_is_401(self, service, theirs, method, path, operation):
        answer = service.caller(None).request(**request(method, path, operation, theirs))
        assert answer.status_code == (200 if path in OPEN else 401), answer.text

    def test_with_too_small_a_role_it_is_403(self, service, theirs, method, path, operation):
        route = next(r for r in api_routes(APP.routes) if r.path == path and method in r.methods)
        scopes = set(scopes_in(route.dependant))
        assert len(scopes) == (path not in OPEN)
        roles = ["viewer", "planner", "integrator", "admin"]
        for scope in scopes:
            for role in roles[: roles.index(SCOPES[scope][0])]:
                answer = service.client(role, "theirs").request(**request(method, path, operation, theirs))
                assert (answer.status_code, answer.json()["required_scope"]) == (403, scope)

    def test_of_another_workspace_nothing_is_seen_or_changed(self, service, theirs, method, path, operation):
        mine = service.client("admin", "mine")
        before = service.client("admin", "theirs").get(f"/v1/datasets/{theirs['dataset_id']}/versions").json()
        answer = mine.request(**request(method, path, operation, theirs))
        if "{" in path:
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        elif path not in OPEN:
            assert answer.status_code < 300
            assert theirs["dataset_id"] not in answer.text
            assert theirs["key_id"] not in answer.text
        after = service.client("admin", "theirs").get(f"/v1/datasets/{theirs['dataset_id']}/versions").json()
        assert after == before
