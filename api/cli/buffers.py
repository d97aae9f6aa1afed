"""The command ``lotwright buffers``: the items planned by buffers, the emptiest first."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.exits import exit_on_error
from api.cli.frames import FrameFormat, print_frame
from api.stored_plan import plan_at

_SHOWN = [
    "item_id",
    "site_id",
    "planning_color",
    "net_flow_fraction",
    "net_flow_position",
    "order_recommendation",
    "execution_color",
    "on_hand",
    "open_supply",
    "qualified_demand",
    "top_of_red",
    "top_of_yellow",
    "top_of_green",
]


def buffers(
    plan: Annotated[Path, typer.Argument(metavar="PLAN|DATASET", help="A plan, or a data set to plan.")],
    form: Annotated[FrameFormat, typer.Option("--format", help="table, csv or json.")] = FrameFormat.TABLE,
) -> None:
    """Print the buffers (planning_method = ddmrp): zones, net flow position, what to order today."""
    with exit_on_error():
        frame = plan_at(plan).table("buffers")
    print_frame(frame, form, shown=frame.select(_SHOWN))
