"""The commands of the service, in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import httpx
from typer.testing import CliRunner

from api.auth.keys import workspace_named
from api.cli.app import app
from api.cli.service_parts import service_parts
from api.schemas.datasets import VersionOut
from api.store.contents import read_frames
from api.store.datasets import get_version
from api.store.workspace import WorkspaceStore
from tests.service.servers import wait_for
from tests.service.test_every_route import DATASET

RUN = "import sys; from api.cli.entry import main; sys.argv[0] = 'lotwright'; main()"


def call(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, result.output
    return result.output.strip()


@contextmanager
def serving(log, *arguments: str):
    """The service as a user starts it; gives its address; killed at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", RUN, "serve", "--port", str(port), *arguments]
    with log.open("ab") as file:
        process = subprocess.Popen(command, stderr=file, start_new_session=True)
    url = f"http://127.0.0.1:{port}"

    def is_ready() -> bool:
        try:
            return httpx.get(f"{url}/ready", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    try:
        wait_for(is_ready, 60)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def test_what_was_accepted_is_there_after_kill_9(tmp_path, monkeypatch):
    monkeypatch.setenv("LOTWRIGHT_DATA_DIR", str(tmp_path / "data"))
    key = call("keys", "create", "--name", "erp", "--role", "integrator", "--create-workspace")
    headers, log = {"Authorization": f"Bearer {key}"}, tmp_path / "log"
    with serving(log, "--workers", "2") as url:
        made = httpx.post(f"{url}/v1/datasets", json=DATASET, headers=headers, trust_env=False, timeout=60).json()
        wait_for(lambda: '"/v1/datasets"' in log.read_text())  # a request is logged when its answer is out
    service = service_parts()
    with service.database.read() as session:
        store = WorkspaceStore(session, workspace_named(session, "default", service.clock()).id)
        version, content = get_version(store, made["dataset"]["id"], 1)
    assert VersionOut.of(version, content).model_dump(mode="json") == made["version"]
    assert read_frames(service, content)["items"].height == 2
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert "/v1/datasets" in {line.get("route") for line in lines}
    assert key not in log.read_text()
    assert key.split("_", 2)[2] not in log.read_text()


def test_service_without_keys_does_not_listen_to_others(tmp_path, monkeypatch):
    monkeypatch.setenv("LOTWRIGHT_DATA_DIR", str(tmp_path))
    assert "there is no key" in call("serve", "--host", "0.0.0.0", code=2)


def test_wrong_setting_is_named(monkeypatch):
    monkeypatch.setenv("LOTWRIGHT_MAX_ROWS", "many")
    assert "LOTWRIGHT_max_rows" in call("serve", code=2)


def test_keys_are_made_listed_rotated_and_revoked(tmp_path, monkeypatch):
    monkeypatch.setenv("LOTWRIGHT_DATA_DIR", str(tmp_path))
    assert "no workspace" in call("keys", "create", "--name", "a", "--role", "viewer", code=2)
    assert "must be one of" in call("keys", "create", "--name", "a", "--role", "king", code=2)
    first = call("keys", "create", "--name", "erp", "--role", "viewer", "--create-workspace")
    key_id = f"key_{first.split('_')[1]}"
    second = call("keys", "rotate", key_id)
    assert second != first
    assert "revoked" in call("keys", "revoke", key_id)
    assert call("keys", "list").count("erp") == 2
    assert "there is no key" in call("keys", "revoke", "key_none", code=2)


def test_database_is_brought_up_and_down(tmp_path, monkeypatch):
    monkeypatch.setenv("LOTWRIGHT_DATA_DIR", str(tmp_path))
    assert call("db", "upgrade") == "0001"
    assert call("db", "current") == "0001 of 0001"
    assert call("db", "clear-objects") == "0 objects removed"
    assert call("db", "downgrade", "base") == "base"


def test_help_does_not_wait_for_the_libraries_of_the_service():
    code = (
        "import sys; import api.cli.app; print([n for n in ('fastapi', 'sqlalchemy', 'uvicorn') if n in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.strip() == b"[]"
