"""The command ``lotwright closed-loop``: a plan whose lead times are those that its orders take in the shop."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import polars as pl
import typer

from api.call_settings import by_section
from api.cli.exits import exit_without_plan
from api.cli.frames import FrameFormat, print_frame
from api.cli.plan import print_summary
from api.closed_loop import close_loop, closed_loop_facts, closed_loop_lines
from api.io.output import RUN_FILE
from api.plan_run import PlanRequest, run_plan
from api.stored_plan import plan_at, read_run, request_of
from bom.errors import OptionError

if TYPE_CHECKING:
    from scheduling.closed_loop import ClosedLoopResult

EPILOG = (
    "Exit codes: 0 done; 1 the data set has errors; 2 the call cannot be carried out as it is; "
    "3 the data is valid but cannot be planned."
)
_SECTIONS = ("mrp", "capacity", "levelling", "closed_loop")
_FLOW = ("round", "is_kept", "overload_minutes", "overload_minutes_left", "demands_late", "late_demand_days")
_MONEY = ("weighted_lateness", "inventory_value_days", "work_in_process_value_days")


def closed_loop(
    place: Annotated[Path, typer.Argument(metavar="DATASET|PLAN", help="A data set to plan, or a plan.")],
    make_feasible: Annotated[
        str | None,
        typer.Option(help="schedule: by dispatching rules; queue: first come, first served; level: levelled before."),
    ] = None,
    rounds: Annotated[int | None, typer.Option(min=1, help="Rounds at most.")] = None,
    by: Annotated[
        str | None, typer.Option(help="item, month, week or day: one lead time for the orders due in each.")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="The planning date, over the one in settings.toml.")] = None,
    options: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="mrp.…, capacity.…, levelling.… or closed_loop.…; repeatable."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="A folder for the final plan, the rounds, the lead times and the order times."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows that a table shows.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of the summary.")] = False,
) -> None:
    """Plan, put the orders through the shop, plan again with the lead times that they need, until both agree."""
    own = {"make_feasible": make_feasible, "rounds": rounds, "lead_times_by": by}
    given = [f"closed_loop.{name}={value}" for name, value in own.items() if value is not None]
    assignments = (*(options or ()), *given)
    tell = None if as_json else _tell
    with exit_without_plan():
        by_section(assignments, *_SECTIONS)
        if out is not None:
            run, findings = run_plan(_request(place, as_of, assignments, out), not as_json, tell)
            if as_json:
                typer.echo(json.dumps(run, indent=2, default=str))
            else:
                print_summary(run, findings, out)
            return
        loop = close_loop(*_planned(place, as_of, assignments), tell)
    if as_json:
        typer.echo(json.dumps(closed_loop_facts(loop), indent=2))
    else:
        _print(loop, limit, place)


def _tell(line: str) -> None:
    """Tell of a round on standard error."""
    typer.echo(line, err=True)


def _planned(place: Path, as_of: str | None, assignments: tuple[str, ...]) -> tuple[Any, dict[str, dict[str, str]]]:
    """Return the plan to begin with, and the options of the other sections."""
    given = by_section(assignments, *_SECTIONS)
    return plan_at(place, as_of, [f"mrp.{key}={value}" for key, value in given["mrp"].items()]), given


def _request(place: Path, as_of: str | None, assignments: tuple[str, ...], out: Path) -> PlanRequest:
    """Return the call that writes the plan of a data set, or that of a plan with the loop closed."""
    if not (place / RUN_FILE).is_file():
        return PlanRequest(place, out, as_of, assignments, is_closed_loop=True)
    if as_of is not None or by_section(assignments, *_SECTIONS)["mrp"]:
        raise OptionError("invalid_option", "a plan has its planning date and mrp options; name its data set")
    made = request_of(place, read_run(place))
    return PlanRequest(
        made.dataset, out, made.as_of, (*made.assignments, *assignments), on_error=made.on_error,
        is_levelled=made.is_levelled, is_closed_loop=True,
    )  # fmt: skip


def _print(loop: ClosedLoopResult, limit: int, place: Path) -> None:
    """Print why it ended, what the rounds came to, and the lead times that changed most."""
    for line in closed_loop_lines(closed_loop_facts(loop)):
        typer.echo(line)
    rounds = loop.table("closed_loop_rounds")
    others = [name for name in rounds.columns if name not in (*_FLOW, *_MONEY)]
    print_frame(rounds.select("round", *(name for name in others if name != "round")), FrameFormat.TABLE, "Changes:")
    rounded = rounds.select(*_FLOW, *_MONEY).with_columns(pl.col(pl.Float64).round(0))
    print_frame(rounded, FrameFormat.TABLE, "What the shop makes of it:")
    lead_times = loop.table("actual_lead_times").filter(pl.col("lead_time_days") != pl.col("given_days"))
    order = (pl.col("lead_time_days") - pl.col("given_days")).abs()
    shown = lead_times.sort([order, "item_id", "site_id"], descending=[True, False, False]).head(limit)
    title = f"Lead times, the {min(limit, lead_times.height)} most changed of {lead_times.height}:"
    print_frame(shown.with_columns(pl.col("mean_days").round(1)), FrameFormat.TABLE, title)
    typer.echo(f"next: lotwright closed-loop {place} --out DIR")
