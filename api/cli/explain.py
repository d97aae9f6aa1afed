"""The command ``lotwright explain``: why an order is as it is, how a demand is served."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from api.cli.exits import exit_on_error
from api.stored_plan import open_plan
from planning.explain import explain_any


def explain(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="A folder that lotwright plan has written.")],
    name: Annotated[
        str, typer.Argument(metavar="ORDER|DEMAND", help="The id of a planned order, an open order or a demand.")
    ],
    depth: Annotated[int, typer.Option(min=0, help="How many levels of orders are explained.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say why an order is as it is, or how a demand is served: each step with its numbers."""
    with exit_on_error():
        told = explain_any(open_plan(plan).result, name, depth)
    if as_json:
        typer.echo(json.dumps(told.as_dict(), indent=2, default=str, ensure_ascii=False))
    else:
        typer.echo(str(told))
