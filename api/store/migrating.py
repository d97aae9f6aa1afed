"""The migrations of the database: run on start, or by ``lotwright db``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from api.store.database import Database
from api.store.records import Record

_LOCK = 0x6C6F7477  # of PostgreSQL's advisory locks the one that migrations take
_ALONE = Lock()  # alembic keeps the migration under way in a global variable
_Steps = Callable[[Any, MigrationContext], Iterable[Any]]


def upgrade(database: Database, revision: str = "head") -> str:
    """Bring the database to a revision, one process at a time; return the revision.

    Examples
    --------
    >>> from api.settings import ServiceSettings
    >>> upgrade(Database(ServiceSettings(database_url="sqlite://"))) == newest_revision()
    True
    """
    scripts = _scripts()
    return _migrate(database, scripts, lambda current, _: scripts._upgrade_revs(revision, current))


def downgrade(database: Database, revision: str) -> str:
    """Take the database back to a revision (``base``: to nothing); return the revision."""
    scripts = _scripts()
    return _migrate(database, scripts, lambda current, _: scripts._downgrade_revs(revision, current))


def current_revision(database: Database) -> str:
    """Return the revision of the database, ``base`` when it is empty."""
    with database.engine.connect() as connection:
        return _current(connection)


def newest_revision() -> str:
    """Return the revision that this version of the service needs."""
    return _scripts().get_current_head() or "base"


def _scripts() -> ScriptDirectory:
    """Return the folder of migrations."""
    return ScriptDirectory(str(Path(__file__).parent / "migrations"))


def _current(connection: Connection) -> str:
    """Return the revision that a connection sees."""
    return MigrationContext.configure(connection).get_current_revision() or "base"


def _migrate(database: Database, scripts: ScriptDirectory, steps: _Steps) -> str:
    """Run the steps of a migration in one transaction that no other process enters."""
    with _ALONE, database.write() as session, EnvironmentContext(Config(), scripts, fn=steps) as environment:
        connection = session.connection()
        if not database.is_sqlite:  # SQLite's writing transaction is a lock by itself
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        environment.configure(connection=connection, target_metadata=Record.metadata)
        environment.run_migrations()
        return _current(connection)
