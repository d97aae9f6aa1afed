"""The command ``lotwright clear-to-build``: which orders have their components now."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.exits import exit_on_error
from api.cli.frames import FrameFormat, print_frame
from api.stored_plan import open_plan
from bom.errors import PlanningError
from planning.clear_to_build import clear_to_build as find_clear


def clear_to_build(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="A folder that lotwright plan has written.")],
    demands: Annotated[bool, typer.Option("--demands", help="What each demand gets now, not each order.")] = False,
    components: Annotated[bool, typer.Option("--components", help="Each order's components, short or not.")] = False,
    horizon: Annotated[int | None, typer.Option(min=0, help="Days from as_of: releases or demands.")] = None,
    item: Annotated[str | None, typer.Option(help="Only the orders or demands of this item.")] = None,
    form: Annotated[FrameFormat, typer.Option("--format", help="Text, or rows for a program.")] = FrameFormat.TABLE,
) -> None:
    """Show which orders can be built with what is on hand; scarce stock goes by the priority of the end demands."""
    with exit_on_error():
        if demands and components:
            raise PlanningError("invalid_option", "--demands and --components exclude each other")
        found = find_clear(open_plan(plan).result, horizon, item)
    if demands:
        print_frame(found.demands, form, "Demands by priority: what serves them now, what can be built for them now")
    elif components:
        print_frame(found.components, form, "Components of the orders, in the turns in which stock is given out")
    else:
        print_frame(found.orders, form, "Orders in the turns in which stock is given out")
