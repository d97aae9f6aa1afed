"""The command ``lotwright apply-messages``: the open orders of a data set changed as its plan's messages say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.exits import exit_on_error


def apply_messages(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="A folder that lotwright plan has written.")],
    out: Annotated[Path, typer.Option("--out", help="A new folder for the data set with the changed orders.")],
    kinds: Annotated[
        str | None, typer.Option(help="Kinds to follow, with commas: expedite, defer, cancel, increase, decrease.")
    ] = None,
    items: Annotated[str | None, typer.Option(help="Items whose messages to follow, with commas.")] = None,
    including_damped: Annotated[bool, typer.Option(help="Follow damped messages too.")] = False,
) -> None:
    """Write the data set anew, its open orders moved, cancelled and resized as the plan's messages say.

    Exit 0: written; 1: the data set has errors; 2: a wrong call.
    """
    import polars as pl

    from api.io.dataset_output import write_dataset
    from api.stored_plan import open_plan
    from bom.errors import OptionError
    from planning.apply_messages import APPLICABLE_KINDS
    from planning.apply_messages import apply_messages as changed_data

    with exit_on_error():
        wanted = kinds.split(",") if kinds else list(APPLICABLE_KINDS)
        if unknown := [kind for kind in wanted if kind not in APPLICABLE_KINDS]:
            raise OptionError("invalid_option", f"--kinds {unknown[0]} must be one of {', '.join(APPLICABLE_KINDS)}")
        stored = open_plan(plan)
        found = stored.result.table("messages").filter(
            pl.col("kind").is_in(wanted), ~pl.col("is_damped") | including_damped
        )
        if items is not None:
            found = found.filter(pl.col("item_id").is_in(items.split(",")))
        changed = changed_data(stored.data, found, stored.result.options, including_damped)
        write_dataset(out, changed)
    before, after = (data.table("scheduled_receipts") for data in (stored.data, changed))
    is_changed = (before["due_date"] != after["due_date"]) | (before["quantity"] != after["quantity"])
    typer.echo(
        f"Data set: {out} ({found.height} messages, {is_changed.sum()} open orders changed); "
        f"lotwright plan {out} --out DIR"
    )
