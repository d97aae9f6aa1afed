"""The commands ``lotwright db``: the service's database."""

from __future__ import annotations

from typing import Annotated

import typer

db_app = typer.Typer(no_args_is_help=True, help="Bring the service's database up to date, or back.")


@db_app.command("upgrade")
def upgrade_command(
    revision: Annotated[str, typer.Argument(help="The revision; head: the newest.")] = "head",
) -> None:
    """Bring the database to a revision; `lotwright serve` does so when it starts."""
    from api.settings import ServiceSettings
    from api.store.database import Database
    from api.store.migrating import upgrade

    typer.echo(upgrade(Database(ServiceSettings()), revision))


@db_app.command("downgrade")
def downgrade_command(
    revision: Annotated[str, typer.Argument(help="The revision; base: no tables at all, and no data.")],
) -> None:
    """Take the database back to a revision; what only later revisions can hold is lost."""
    from api.settings import ServiceSettings
    from api.store.database import Database
    from api.store.migrating import downgrade

    typer.echo(downgrade(Database(ServiceSettings()), revision))


@db_app.command("current")
def current_command() -> None:
    """Print the revision of the database, and the newest one."""
    from api.settings import ServiceSettings
    from api.store.database import Database
    from api.store.migrating import current_revision, newest_revision

    typer.echo(f"{current_revision(Database(ServiceSettings()))} of {newest_revision()}")


@db_app.command("clear-objects")
def clear_objects_command() -> None:
    """Remove the tables that no version holds any more; run it once a day."""
    from api.cli.service_parts import service_parts
    from api.store.datasets import clear_objects

    typer.echo(f"{clear_objects(service_parts())} objects removed")
