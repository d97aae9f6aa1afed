"""The commands ``lotwright keys``: who may call the service."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.exits import EXIT_USAGE, leave

if TYPE_CHECKING:
    from api.auth.keys import NewKey
    from api.store.workspace import WorkspaceStore

keys_app = typer.Typer(no_args_is_help=True, help="Make, list, rotate and revoke keys of the service.")
_Workspace = Annotated[str, typer.Option(help="The workspace.")]
_AUTHOR = "command line"


@keys_app.command("create")
def create_command(
    name: Annotated[str, typer.Option(help="What the key is for.")],
    role: Annotated[str, typer.Option(help="viewer, planner, integrator or admin.")],
    workspace: _Workspace = "default",
    scopes: Annotated[
        list[str] | None, typer.Option("--scope", help="Only this scope of the role; repeatable; all.")
    ] = None,
    expires_in_days: Annotated[int | None, typer.Option(min=1, help="Days until it expires; never.")] = None,
    create_workspace: Annotated[
        bool, typer.Option("--create-workspace", help="Make the workspace when it is not there.")
    ] = False,
) -> None:
    """Make a key and print it: this is the only time that it can be read."""
    from api.auth.keys import create_key
    from api.auth.roles import Role
    from api.cli.service_parts import service_parts
    from api.errors import ServiceError

    if role not in tuple(Role):
        leave(ValueError(f"--role {role} must be one of {', '.join(Role)}"), EXIT_USAGE)
    service = service_parts()
    at = service.clock()
    expires_at = at + timedelta(days=expires_in_days) if expires_in_days else None
    try:
        with service.database.write() as session:
            store = _store(session, workspace, at, create_workspace)
            new = create_key(store, name, Role(role), at, _AUTHOR, scopes or (), expires_at)
            _audit(store, "keys.create", new, at)
    except ServiceError as error:
        leave(error, EXIT_USAGE, str(error.detail))
    typer.echo(new.text)


@keys_app.command("list")
def list_command(workspace: _Workspace = "default") -> None:
    """List the keys of a workspace, without their secrets."""
    import polars as pl

    from api.auth.keys import is_in_force
    from api.cli.frames import FrameFormat, print_frame
    from api.cli.service_parts import service_parts
    from api.errors import ServiceError
    from api.store.records import ApiKey

    service = service_parts()
    at = service.clock()
    try:
        with service.database.read() as session:
            store = _store(session, workspace, at, False)
            records = list(session.scalars(store.select(ApiKey).order_by(ApiKey.id)))
    except ServiceError as error:
        leave(error, EXIT_USAGE, str(error.detail))
    columns = ("id", "name", "role", "expires_at", "revoked_at", "replaced_by")
    rows = [{name: str(getattr(r, name) or "") for name in columns} for r in records]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String))
    in_force = pl.Series("in_force", [is_in_force(record, at) for record in records], pl.Boolean)
    print_frame(frame.with_columns(in_force), FrameFormat.TABLE, f"Keys of {workspace}")


@keys_app.command("rotate")
def rotate_command(
    key_id: Annotated[str, typer.Argument(help="The id of the key, key_…")],
    workspace: _Workspace = "default",
    overlap_hours: Annotated[float, typer.Option(min=0, help="Hours for which the old key stays in force.")] = 24,
) -> None:
    """Make a key that takes the place of another one, and print it."""
    from api.auth.keys import rotate_key
    from api.cli.service_parts import service_parts
    from api.errors import ServiceError

    service = service_parts()
    at = service.clock()
    try:
        with service.database.write() as session:
            store = _store(session, workspace, at, False)
            new = rotate_key(store, key_id, at, _AUTHOR, timedelta(hours=overlap_hours))
            _audit(store, "keys.rotate", new, at)
    except ServiceError as error:
        leave(error, EXIT_USAGE, str(error.detail))
    typer.echo(new.text)


@keys_app.command("revoke")
def revoke_command(
    key_id: Annotated[str, typer.Argument(help="The id of the key, key_…")], workspace: _Workspace = "default"
) -> None:
    """Put a key out of force at once."""
    from api.auth.keys import NewKey, revoke_key
    from api.cli.service_parts import service_parts
    from api.errors import ServiceError

    service = service_parts()
    at = service.clock()
    try:
        with service.database.write() as session:
            store = _store(session, workspace, at, False)
            _audit(store, "keys.revoke", NewKey(revoke_key(store, key_id, at), ""), at)
    except ServiceError as error:
        leave(error, EXIT_USAGE, str(error.detail))
    typer.echo(f"{key_id} is revoked")


def _store(session: object, workspace: str, at: object, is_made: bool) -> WorkspaceStore:
    """Return the records of a workspace."""
    from api.auth.keys import workspace_named
    from api.store.workspace import WorkspaceStore

    return WorkspaceStore(session, workspace_named(session, workspace, at, is_made).id)  # type: ignore[arg-type]


def _audit(store: WorkspaceStore, action: str, new: NewKey, at: object) -> None:
    """Write a line of the audit log."""
    from api.sortable_ids import new_id
    from api.store.records import AuditEntry

    entry = {"at": at, "author": _AUTHOR, "action": action, "resource": new.record.id, "request_id": ""}
    store.add(AuditEntry, id=new_id("aud", at), after_hash=new.record.secret_hash, **entry)  # type: ignore[arg-type]
