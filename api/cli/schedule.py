"""The command ``lotwright schedule``: the near term of a plan on machines, order by order."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import polars as pl
import typer

from api.call_settings import by_section
from api.cli.exits import exit_on_error
from api.cli.frames import FrameFormat, print_frame
from api.cli.search_watch import SearchWatch
from api.schedule_gantt import check_gantt_path, write_gantt
from api.scheduling import late_orders, read_pins, schedule_facts, write_schedule
from api.stored_plan import plan_at
from bom.errors import OptionError

if TYPE_CHECKING:
    from scheduling.from_plan import ScheduleOptions
    from scheduling.shop_schedule import ShopSchedule

EPILOG = "Exit codes: 0 done; 1 the data set has errors; 2 the call cannot be carried out as it is."
_DAYS = {"": 1, "d": 1, "w": 7}
_SHOWN = ("order_id", "item_id", "quantity", "due_date", "start", "end", "days_late")
_REASONS = {
    "no_routing": "without an operation in force",
    "finished": "reported as done",
    "no_capacity": "on a work center without units, utilization, working time or people",
    "no_finite_work_center": "on work centers whose capacity is no limit",
}


def schedule(
    place: Annotated[Path, typer.Argument(metavar="PLAN|DATASET", help="A plan, or a data set to plan.")],
    horizon: Annotated[
        str | None, typer.Option(help="Orders released before so many days from as_of, such as 14d or 2w.")
    ] = None,
    objective: Annotated[
        str | None,
        typer.Option(help="Measures with + (sum) or > (one after the other), such as weighted_tardiness+0.5*makespan."),
    ] = None,
    solver: Annotated[str | None, typer.Option(help="auto, dispatch, local_search or cpsat.")] = None,
    time_limit: Annotated[float | None, typer.Option(min=0.1, help="Seconds for the search.")] = None,
    threads: Annotated[int, typer.Option(min=1, help="Threads of the search.")] = 1,
    seed: Annotated[int | None, typer.Option(min=0, help="The seed of random choices.")] = None,
    pins: Annotated[
        Path | None,
        typer.Option("--pins", "--lock", help="A CSV or Parquet file of what is fixed: rows of scheduled_operations."),
    ] = None,
    gantt: Annotated[Path | None, typer.Option("--gantt", help="A Gantt chart: .html or .png.")] = None,
    color: Annotated[str, typer.Option("--color", help="The bars of the chart by lateness or item.")] = "lateness",
    as_of: Annotated[str | None, typer.Option(help="The planning date, over the one in settings.toml.")] = None,
    options: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="mrp.… or schedule.…; repeatable."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A folder for all tables.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows that a table shows.")] = 20,
    is_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    is_quiet: Annotated[bool, typer.Option("--quiet", help="No progress on standard error.")] = False,
) -> None:
    """Schedule the orders that are released soon on machines, and say which are late; Ctrl-C gives the best so far."""
    given = {"objective": objective, "solver": solver, "time_limit": time_limit, "seed": seed}
    with exit_on_error():
        if gantt is not None:
            check_gantt_path(gantt, color)
        if horizon is not None:
            given["horizon_days"] = read_days(horizon)
        found = _scheduled(place, as_of, tuple(options or ()), given, pins, threads, is_quiet)
        if out is not None:
            write_schedule(found, out)
        if gantt is not None:
            write_gantt(found, gantt, f"Schedule of {place.resolve().name}, as of {found.floor.as_of}", color)
    if is_json:
        rows = found.table("scheduled_operations").to_dicts()
        typer.echo(json.dumps({**schedule_facts(found), "scheduled_operations": rows}, indent=1, default=_json_value))
    else:
        _print(found, limit, place, out)


def _json_value(value: object) -> str:
    """Return what JSON cannot hold as text."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def read_days(text: str) -> int:
    """Return the days of a text such as ``14d``, ``2w`` or ``14``.

    Raises
    ------
    OptionError
        When it is none of these.

    Examples
    --------
    >>> read_days("14d"), read_days("2w")
    (14, 14)
    """
    number = text.strip().lower().rstrip("dw")
    unit = text.strip().lower()[len(number) :]
    if not number.isdigit() or unit not in _DAYS or int(number) == 0:
        raise OptionError("invalid_option", f"--horizon {text} must be days or weeks such as 14d or 2w")
    return int(number) * _DAYS[unit]


def _scheduled(
    place: Path,
    as_of: str | None,
    assignments: tuple[str, ...],
    given: dict[str, Any],
    pins: Path | None,
    threads: int,
    is_quiet: bool,
) -> ShopSchedule:
    """Return the schedule of a plan, or of a data set's."""
    from scheduling.from_plan import ScheduleOptions, plan_shop
    from scheduling.shop_schedule import schedule_shop

    sections = by_section(assignments, "mrp", "schedule")
    own = {name: value for name, value in given.items() if value is not None}
    ScheduleOptions.from_mapping({**sections["schedule"], **own})  # a wrong call is told before a plan is made
    fixed = None if pins is None else read_pins(pins)
    plan = plan_at(place, as_of, [f"mrp.{key}={value}" for key, value in sections["mrp"].items()])
    chosen = ScheduleOptions.from_mapping({**plan.model.data.settings.schedule, **sections["schedule"], **own})
    floor = plan_shop(plan, chosen, fixed)
    _prepare(floor.problem, chosen)
    watch = SearchWatch(is_quiet, 86_400.0, "days")
    with watch.catching():
        return schedule_shop(floor, threads=threads, clock=time.perf_counter, on_progress=watch)


def _prepare(problem: Any, options: ScheduleOptions) -> None:
    """Compile, the first time, before the search's time begins."""
    from scheduling.dispatch import prepare_dispatch
    from scheduling.finite.local import prepare_local_search

    prepare_dispatch()
    if options.solver in ("auto", "local_search"):
        prepare_local_search(problem)


def _print(found: ShopSchedule, limit: int, place: Path, out: Path | None) -> None:
    """Print the figures, the work centers and the late orders."""
    floor, late = found.floor, late_orders(found)
    problem = floor.problem
    centers = found.table("work_center_use").filter(pl.col("operations") > 0)
    typer.echo(
        f"As of {floor.as_of}, orders released within {floor.options.horizon_days} days: {problem.n_jobs:,} orders "
        f"with {problem.n_operations:,} operations on {centers.height} work centers, {late.height:,} late; "
        "the check finds no violation"
    )
    if not problem.n_operations:
        _print_unscheduled(floor.unscheduled)
        return
    result = found.found
    typer.echo(f"{result.status}, by {result.solver}; no schedule is more than {100 * result.gap:.1f} % better")
    figures = found.table("schedule_figures").with_columns(pl.col("rule", "found").round(1))
    print_frame(figures, FrameFormat.TABLE, "Beside the best rule:")
    print_frame(_rounded(centers), FrameFormat.TABLE, f"Work centers, hours up to {_horizon_end(floor)}:")
    shown = late.head(limit).select(_SHOWN).with_columns(pl.col("days_late").round(1), *_minutes("start", "end"))
    if late.height:
        print_frame(shown, FrameFormat.TABLE, f"Late orders, the {min(limit, late.height)} latest of {late.height:,}:")
    _print_unscheduled(floor.unscheduled)
    if out is None:
        typer.echo(f"next: lotwright schedule {place} --out DIR --gantt FILE.html")


def _horizon_end(floor: Any) -> str:
    """Return the day on which the horizon ends."""
    return str(pl.select(pl.lit(floor.as_of).dt.offset_by(f"{floor.options.horizon_days}d")).item())


def _minutes(*names: str) -> list[pl.Expr]:
    """Return times without their seconds."""
    return [pl.col(name).dt.strftime("%Y-%m-%d %H:%M") for name in names]


def _rounded(centers: pl.DataFrame) -> pl.DataFrame:
    """Return the work centers with rounded hours and percent."""
    return centers.select(
        "work_center_id",
        "units",
        "operations",
        pl.col("run_hours", "setup_hours", "open_hours").round(1),
        (100 * pl.col("used_fraction")).round(0).alias("used_percent"),
        *_minutes("last_end"),
    )


def _print_unscheduled(orders: pl.DataFrame) -> None:
    """Print how many orders have no place in the schedule, by reason."""
    for reason, count in orders.group_by("reason").len().sort("len", descending=True).iter_rows():
        items = orders.filter(pl.col("reason") == reason)["item_id"].n_unique()
        typer.echo(f"not scheduled: {count:,} orders of {items:,} items {_REASONS[reason]}")
