"""The command ``lotwright serve``: the service, until it is stopped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.exits import EXIT_USAGE, leave

EPILOG = (
    "Settings are environment variables, LOTWRIGHT_DATABASE_URL and so on: docs/service/settings.md lists them. The "
    "options here go before them."
)


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on; 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The port; 8000.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes that answer requests; 1.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="The folder of all data; ./lotwright-data.")] = None,
) -> None:
    """Run the service: HTTP on 127.0.0.1:8000, SQLite and a folder for the data, unless told otherwise."""
    # the libraries of the service take a second to import, which no other command should wait for
    import uvicorn

    from api.logs import configure_logs

    options = {"host": host, "port": port, "workers": workers, "data_dir": data_dir}
    given = {name: value for name, value in options.items() if value is not None}
    settings = _checked_settings(given)
    # the processes that answer requests read their settings from the environment
    os.environ.update({f"LOTWRIGHT_{name.upper()}": str(value) for name, value in given.items()})
    configure_logs(settings.log_level)
    typer.echo(f"Lotwright listens on http://{settings.host}:{settings.port}, description at /docs", err=True)
    uvicorn.run(
        "api.app:service_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=30,
    )


def _checked_settings(given: dict[str, Any]) -> Any:
    """Return the settings, the given ones before those of the environment; leave when they are wrong or unsafe."""
    from pydantic import ValidationError

    from api.auth.keys import has_keys
    from api.settings import ServiceSettings
    from api.store.database import Database
    from api.store.migrating import upgrade

    try:
        settings = ServiceSettings(**given)
    except ValidationError as error:
        told = "; ".join(f"LOTWRIGHT_{e['loc'][0]}: {e['msg']}".replace("\n", " ") for e in error.errors())
        leave(error, EXIT_USAGE, told)
    database = Database(settings)
    upgrade(database)
    with database.read() as session:
        is_open = not has_keys(session)
    database.close()
    if is_open and not settings.is_local:
        told = (
            f"there is no key, and {settings.host} can be reached by others: make one with "
            "`lotwright keys create --name admin --role admin --create-workspace`, or listen on 127.0.0.1"
        )
        leave(RuntimeError(told), EXIT_USAGE)
    return settings
