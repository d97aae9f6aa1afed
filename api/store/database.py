"""The database of the service: SQLite or PostgreSQL, read and written in short transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from api.settings import ServiceSettings


class Database:
    """The connections to one database.

    Parameters
    ----------
    settings
        Where the database is.

    Examples
    --------
    >>> database = Database(ServiceSettings(database_url="sqlite://"))
    >>> with database.read() as session:
    ...     session.execute(text("select 1")).scalar_one()
    1
    """

    def __init__(self, settings: ServiceSettings) -> None:
        self.engine = _engine(settings)
        self._writing = self.engine.execution_options(is_writing=True)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is SQLite."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session that sees one state of the database and changes nothing."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session whose changes are all kept when the block ends, and none when it fails."""
        with Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    def is_reachable(self) -> bool:
        """Return whether a query is answered."""
        with self.engine.connect() as connection:
            return bool(connection.execute(text("select 1")).scalar_one() == 1)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _engine(settings: ServiceSettings) -> Engine:
    """Return the engine of the database that the settings name."""
    url = make_url(settings.database)
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_size=settings.database_pool_size, pool_pre_ping=True)
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": settings.database_wait_seconds})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Set what a connection to SQLite needs: readers beside a writer, foreign keys, commits that outlive a crash."""
    # the driver's own way of beginning transactions would begin them too late: see _begin_sqlite
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    """Begin a transaction; one that writes takes the lock at once, for a reader that starts to write may not wait."""
    is_writing = connection.get_execution_options().get("is_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")
