"""The service on SQLite and on a real PostgreSQL, for every test that asks for it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import structlog

from api.settings import ServiceSettings
from tests.service.servers import RunningService, postgres, postgres_binaries, running


@pytest.fixture(scope="session", autouse=True)
def _plain_logs() -> None:
    """Logs without colours and without the variables of every frame, which takes seconds."""
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()])


@pytest.fixture(scope="session")
def postgres_folder() -> Iterator[Path]:
    """The folder of the socket of a PostgreSQL server that the tests have started."""
    if postgres_binaries() is None:
        assert not os.environ.get("CI"), "CI tests on PostgreSQL: .ci/run installs it"
        pytest.skip("PostgreSQL is not installed")
    with postgres() as folder:
        yield folder


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database_url(request, tmp_path_factory) -> str:
    """A new, empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('database')}/lotwright.sqlite"
    folder = request.getfixturevalue("postgres_folder")
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(f"host={folder} user=tests dbname=postgres", autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
    return f"postgresql+psycopg://tests@/{name}?host={folder}"


@pytest.fixture(scope="module")
def settings(database_url, tmp_path_factory) -> ServiceSettings:
    """Settings with low limits."""
    return ServiceSettings(
        data_dir=tmp_path_factory.mktemp("data"),
        database_url=database_url,
        requests_per_minute=100_000,
        max_body_bytes=20_000,
        max_json_bytes=100_000,
        max_upload_bytes=300_000,
        max_unpacked_bytes=1_000_000,
        max_rows=1000,
        max_changes=50,
        body_seconds=2,
    )


@pytest.fixture(scope="module")
def service(settings) -> Iterator[RunningService]:
    """The service, listening."""
    with running(settings) as started:
        yield started
