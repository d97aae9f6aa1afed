"""Real servers that the tests start: PostgreSQL, and the service itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.auth.keys import create_key, workspace_named
from api.auth.roles import Role
from api.settings import ServiceSettings
from api.store.workspace import WorkspaceStore


def postgres_binaries() -> Path | None:
    """The folder of the newest PostgreSQL server that is installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    found = [folder for folder in folders if (folder / "initdb").exists()]
    on_path = shutil.which("initdb")
    return found[-1] if found else Path(on_path).parent if on_path else None


@contextmanager
def postgres() -> Iterator[Path]:
    """A PostgreSQL server of the tests' own; gives the folder of its socket."""
    binaries = postgres_binaries()
    assert binaries is not None
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="lotwright-pg-") as folder:
        if user:
            shutil.chown(folder, "postgres", "postgres")
        data = f"{folder}/data"
        init = [binaries / "initdb", "-D", data, "-U", "tests", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]
        subprocess.run(init, check=True, capture_output=True, cwd=folder, **user)
        options = ["-F", "-k", folder, "-c", "listen_addresses=", "-c", "max_connections=60"]
        server = subprocess.Popen(
            [binaries / "postgres", "-D", data, *options], cwd=folder, stderr=subprocess.DEVNULL, **user
        )
        try:
            ready = [binaries / "pg_isready", "-q", "-h", folder, "-U", "tests", "-d", "postgres"]
            wait_for(lambda: subprocess.run(ready, check=False).returncode == 0)
            yield Path(folder)
        finally:
            server.terminate()
            server.wait(10)


def wait_for(condition, seconds: float = 20) -> None:
    """Wait until something is true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.02)


@dataclass
class TestClock:
    """A clock that goes on as fast as time does, and can be put forward."""

    __test__ = False
    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class RunningService:
    """The service, listening, and the keys that the tests make."""

    app: FastAPI
    url: str
    clock: TestClock
    clients: dict[tuple[str, str], httpx.Client] = field(default_factory=dict)
    callers: list[httpx.Client] = field(default_factory=list)

    @property
    def parts(self):
        return self.app.state.service

    def key(self, role: str = "admin", workspace: str = "default", **options) -> str:
        """A new key."""
        with self.parts.database.write() as session:
            at = self.clock()
            store = WorkspaceStore(session, workspace_named(session, workspace, at, is_made=True).id)
            return create_key(store, f"{role} of {workspace}", Role(role), at, "tests", **options).text

    def client(self, role: str = "admin", workspace: str = "default") -> httpx.Client:
        """A caller with a key of a role in a workspace."""
        if (role, workspace) not in self.clients:
            self.clients[role, workspace] = self.caller(self.key(role, workspace))
        return self.clients[role, workspace]

    def caller(self, key: str | None) -> httpx.Client:
        """A caller with a key, or without."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        client = httpx.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False)
        self.callers.append(client)
        return client


@contextmanager
def running(settings: ServiceSettings) -> Iterator[RunningService]:
    """The service on a free port of this machine, in a thread."""
    clock = TestClock()
    app = create_app(settings, clock)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False, lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for(lambda: server.started or not thread.is_alive())
    port = server.servers[0].sockets[0].getsockname()[1]
    service = RunningService(app, f"http://127.0.0.1:{port}", clock)
    try:
        yield service
    finally:
        for client in service.callers:
            client.close()
        server.should_exit = True
        thread.join(10)
