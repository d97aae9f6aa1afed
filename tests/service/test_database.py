"""The database: migrations, transactions, times."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from api.store.database import Database
from api.store.migrating import current_revision, downgrade, newest_revision, upgrade
from api.store.records import Record, Workspace


@pytest.fixture
def database(settings):
    database = Database(settings)
    upgrade(database)
    yield database
    downgrade(database, "base")
    database.close()


def test_migrations_make_the_tables_that_the_records_declare(database):
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Record.metadata) == []


def test_database_goes_back_to_nothing_and_up_again(database):
    assert downgrade(database, "base") == "base"
    assert set(inspect(database.engine).get_table_names()) <= {"alembic_version"}
    assert upgrade(database) == newest_revision() == current_revision(database)


def test_processes_that_start_at_once_migrate_once(settings, database):
    downgrade(database, "base")
    code = (
        "from api.settings import *; from api.store.database import *; from api.store.migrating import *; "
        "print(upgrade(Database(ServiceSettings())))"
    )
    environment = {**os.environ, "LOTWRIGHT_DATABASE_URL": settings.database}
    processes = [subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE) for _ in "ab"]
    answers = [process.communicate(timeout=60)[0].decode().strip() for process in processes]
    assert answers == [newest_revision()] * 2


def test_failed_block_changes_nothing(database):
    def fail():
        with database.write() as session:
            session.add(Workspace(id="ws_1", name="one", created_at=datetime.now(UTC)))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.read() as session:
        assert session.get(Workspace, "ws_1") is None


def test_times_come_back_in_utc(database):
    noon = datetime(2026, 11, 22, 12, tzinfo=timezone(timedelta(hours=2)))
    with database.write() as session:
        session.add(Workspace(id="ws_1", name="one", created_at=noon))
    with database.read() as session:
        found = session.get(Workspace, "ws_1")
        assert found is not None
        assert (found.created_at, found.created_at.tzinfo) == (noon, UTC)


def test_writers_wait_for_each_other(database):
    with database.write() as session:
        session.add(Workspace(id="ws_1", name="0", created_at=datetime.now(UTC)))

    def count():
        for _ in range(5):
            with database.write() as session:
                row = session.get(Workspace, "ws_1", with_for_update=True)
                row.name = str(int(row.name) + 1)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with database.read() as session:
        assert session.get(Workspace, "ws_1").name == "20"


def test_sqlite_keeps_what_was_committed_when_the_power_fails(database):
    if not database.is_sqlite:
        pytest.skip("of SQLite")
    with database.engine.connect() as connection:
        assert connection.execute(text("pragma journal_mode")).scalar_one() == "wal"
        assert connection.execute(text("pragma synchronous")).scalar_one() == 2
        assert connection.execute(text("pragma foreign_keys")).scalar_one() == 1
