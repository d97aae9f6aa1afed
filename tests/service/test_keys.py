"""Keys: who may call, what they may, and for how long."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from api.settings import ServiceSettings
from api.store.records import ApiKey, IdempotentAnswer
from tests.service.servers import running


def test_without_keys_this_machine_may_do_everything(tmp_path):
    with running(ServiceSettings(data_dir=tmp_path)) as service:
        caller = service.caller(None)
        assert caller.get("/v1/keys").json() == {"keys": []}
        assert caller.post("/v1/keys", json={"name": "first", "role": "admin"}).status_code == 201
        assert caller.get("/v1/keys").status_code == 401  # from the first key on everyone needs one


@pytest.mark.parametrize("headers", [{"Origin": "https://example.com"}, {"Host": "evil.example:8000"}])
def test_without_keys_web_pages_of_others_may_do_nothing(tmp_path, headers):
    with running(ServiceSettings(data_dir=tmp_path)) as service:
        answer = service.caller(None).get("/v1/keys", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


def test_only_hashes_are_stored(service):
    made = service.client().post("/v1/keys", json={"name": "a", "role": "viewer"}, headers={"Idempotency-Key": "k-1"})
    secret = made.json()["key"].split("_", 2)[2]
    with service.parts.database.read() as session:
        stored = [repr(vars(record)) for kind in (ApiKey, IdempotentAnswer) for record in session.query(kind)]
    assert stored
    assert not any(secret in text for text in stored)


def test_key_is_shown_once(service):
    request = {"json": {"name": "b", "role": "viewer"}, "headers": {"Idempotency-Key": "k-2"}}
    first, again = (service.client().post("/v1/keys", **request) for _ in range(2))
    assert first.json()["key"].startswith("lw_")
    assert again.json() == {**first.json(), "key": None}
    assert again.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("key", ["x", "lw_", "lw_x_y", "Bearer", "lw_01m82r36aka9a3hqwwx2pvtkzt_wrong", "é"])
def test_what_is_no_key_is_401(service, key):
    service.client()
    answer = service.caller(None).get("/v1/datasets", headers={"Authorization": f"Bearer {key}".encode()})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_expired_and_revoked_keys_are_401(service):
    text = service.key(expires_at=service.clock() + timedelta(hours=1))
    caller = service.caller(text)
    assert caller.get("/v1/datasets").status_code == 200
    service.clock.ahead += timedelta(hours=2)
    assert caller.get("/v1/datasets").status_code == 401
    made = service.client().post("/v1/keys", json={"name": "c", "role": "viewer"}).json()
    assert service.caller(made["key"]).get("/v1/datasets").status_code == 200
    assert service.client().delete(f"/v1/keys/{made['id']}").json()["revoked_at"] is not None
    assert service.caller(made["key"]).get("/v1/datasets").status_code == 401


def test_rotated_key_stays_in_force_for_the_overlap(service):
    old = service.client().post("/v1/keys", json={"name": "d", "role": "planner"}).json()
    new = service.client().post(f"/v1/keys/{old['id']}/rotate", json={"overlap_hours": 1}).json()
    assert (new["name"], new["role"]) == ("d", "planner")
    assert [service.caller(key["key"]).get("/v1/datasets").status_code for key in (old, new)] == [200, 200]
    service.clock.ahead += timedelta(hours=1, seconds=1)
    assert [service.caller(key["key"]).get("/v1/datasets").status_code for key in (old, new)] == [401, 200]
    assert service.client().post(f"/v1/keys/{old['id']}/rotate", json={}).status_code == 409


def test_scopes_narrow_a_role_and_never_widen_it(service):
    caller = service.caller(service.key("admin", scopes=["audit:read"]))
    assert caller.get("/v1/audit").status_code == 200
    refused = caller.get("/v1/keys")
    assert (refused.status_code, refused.json()["required_scope"]) == (403, "keys:read")
    wide = service.client().post("/v1/keys", json={"name": "e", "role": "viewer", "scopes": ["keys:write"]})
    assert (wide.status_code, wide.json()["code"]) == (422, "invalid_request")


def test_every_write_is_in_the_audit_log(service):
    made = service.client().post("/v1/keys", json={"name": "f", "role": "viewer"}, headers={"X-Request-Id": "audited"})
    entries, cursor = [], None
    while True:
        page = service.client().get("/v1/audit", params={"limit": 3, **({"cursor": cursor} if cursor else {})}).json()
        entries += page["entries"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len({entry["id"] for entry in entries}) == len(entries)
    mine = [entry for entry in entries if entry["request_id"] == "audited"]
    assert [(entry["action"], entry["resource"]) for entry in mine] == [("keys.create", made.json()["id"])]
    assert re.fullmatch("key_[0-9a-z]{26}", mine[0]["author"])


def test_too_many_requests_of_a_key_are_429(tmp_path):
    with running(ServiceSettings(data_dir=tmp_path, requests_per_minute=3)) as service:
        caller, other = service.caller(service.key()), service.caller(service.key())
        statuses = [caller.get("/v1/keys").status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        assert int(caller.get("/v1/keys").headers["Retry-After"]) in range(1, 21)
        assert other.get("/v1/keys").status_code == 200
        service.clock.ahead += timedelta(seconds=21)
        assert caller.get("/v1/keys").status_code == 200


def test_idempotency_key_with_another_request_is_refused(service):
    headers = {"Idempotency-Key": "k-3"}
    service.client().post("/v1/keys", json={"name": "g", "role": "viewer"}, headers=headers)
    answer = service.client().post("/v1/keys", json={"name": "h", "role": "viewer"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    other = service.client("admin", "other").post("/v1/keys", json={"name": "h", "role": "viewer"}, headers=headers)
    assert other.status_code == 201  # another workspace has its own keys
    service.clock.ahead += timedelta(hours=25)
    late = service.client().post("/v1/keys", json={"name": "h", "role": "viewer"}, headers=headers)
    assert late.status_code == 201


def test_failed_write_keeps_no_answer(service):
    headers = {"Idempotency-Key": "k-4"}
    wrong = {"name": "i", "role": "viewer", "scopes": ["keys:write"]}
    assert service.client().post("/v1/keys", json=wrong, headers=headers).status_code == 422
    right = {"name": "i", "role": "viewer"}
    assert service.client().post("/v1/keys", json=right, headers=headers).status_code == 201
