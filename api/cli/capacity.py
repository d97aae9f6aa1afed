"""The command ``lotwright capacity``: loads of work centers against what they can do."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import polars as pl
import typer

from api.call_settings import by_section
from api.capacity_plot import check_plot_path, write_load_plot
from api.cli.exits import exit_on_error
from api.cli.frames import FrameFormat, print_frame
from api.io.dataset import read_table
from api.io.output import RUN_FILE
from api.plan_run import read_input
from api.stored_plan import plan_at
from bom.errors import OptionError
from planning.checks import validate
from planning.data import PlanningData
from planning.loading.tables import CAPACITY_TABLES
from planning.tables import INPUT_TABLES

if TYPE_CHECKING:
    from planning.capacity import CapacityResult
    from planning.rough_cut import RoughCutResult

_METHODS = ("crp", "overall-factors", "capacity-bill", "resource-profile")
_SHOWN = (
    *("period_start", "work_center_id", "required_hours", "available_hours", "load_percent", "overload_hours"),
    "cumulative_percent",
)
EPILOG = "Exit codes: 0 done; 1 the data set has errors; 2 the call cannot be carried out as it is."


def capacity(
    place: Annotated[Path, typer.Argument(metavar="DATASET|PLAN", help="A data set to plan, or a plan.")],
    method: Annotated[
        str, typer.Option(help="crp (operations of the plan's orders) or, without a plan, " + ", ".join(_METHODS[1:]))
    ] = "crp",
    by: Annotated[str | None, typer.Option(help="week, day or month, over the one in settings.toml.")] = None,
    schedule: Annotated[
        Path | None,
        typer.Option("--schedule", help="Rough-cut: a CSV or Parquet file like the table demands in place of it."),
    ] = None,
    work_center: Annotated[
        str | None, typer.Option(help="All periods of this work center; with --on the orders behind one.")
    ] = None,
    on: Annotated[str | None, typer.Option(help="A day: the orders behind the load of its period.")] = None,
    demands: Annotated[bool, typer.Option("--demands", help="With --on: the demands and customers behind it.")] = False,
    every: Annotated[bool, typer.Option("--all", help="All loads, not overloads only.")] = False,
    table: Annotated[str | None, typer.Option(help="This table as it is: " + ", ".join(CAPACITY_TABLES))] = None,
    as_of: Annotated[str | None, typer.Option(help="The planning date, over the one in settings.toml.")] = None,
    options: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="mrp.… or capacity.…, over settings.toml; repeatable."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A folder for all capacity tables as CSV.")] = None,
    plot: Annotated[Path | None, typer.Option("--plot", help="A plot of load against capacity: .html or .png.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows that a table shows.")] = 30,
    form: Annotated[FrameFormat, typer.Option("--format", help="How the rows are written.")] = FrameFormat.TABLE,
) -> None:
    """Say where work centers are overloaded, by which orders, and for which demands and customers."""
    with exit_on_error():
        _check_call(method, work_center, on, demands, plot)
        result = _loaded(place, method, schedule, by, as_of, tuple(options or ()))
        if table is not None:
            _print_one(result, table, form, limit)
            return
        loads = result.table("loads")
        if out is not None:
            _write(result, out)
        if plot is not None:
            write_load_plot({"load": loads}, plot, f"Load against capacity, {place.name}, as of {result.as_of}")
        if on is not None and work_center is not None:
            _print_behind(result, work_center, _day(on), demands, form, limit)
            return
        _print_loads(result, loads, work_center, every, form, limit)


def _check_call(method: str, work_center: str | None, on: str | None, demands: bool, plot: Path | None) -> None:
    """Raise when the options of the call do not fit together."""
    if method not in _METHODS:
        raise OptionError("invalid_option", f"--method {method} must be one of {', '.join(_METHODS)}")
    if (on is not None or demands) and (work_center is None or on is None or method != "crp"):
        raise OptionError("invalid_option", "--on needs --work-center and the method crp, --demands needs --on")
    if plot is not None:
        check_plot_path(plot)


def _day(text: str) -> date:
    """Return a day of the call."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise OptionError("invalid_option", f"--on {text} must be a date such as 2026-11-22") from error


def _loaded(
    place: Path, method: str, schedule: Path | None, by: str | None, as_of: str | None, assignments: tuple[str, ...]
) -> CapacityResult | RoughCutResult:
    """Return the loads of a plan, or of the plan of a data set; without a plan for the rough-cut methods."""
    from planning.capacity import CapacityOptions, run_capacity
    from planning.rough_cut import RoughCutOptions, run_rough_cut

    sections = by_section(assignments, "mrp", "capacity")
    others = tuple(f"mrp.{key}={value}" for key, value in sections["mrp"].items())
    given: dict[str, Any] = {**sections["capacity"], **({} if by is None else {"period": by})}
    if schedule is not None and (method == "crp" or (place / RUN_FILE).is_file()):
        raise OptionError("invalid_option", "--schedule needs a data set and one of the methods without a plan")
    if method == "crp":
        plan = plan_at(place, as_of, others)
        return run_capacity(plan, CapacityOptions.from_mapping({**plan.model.data.settings.capacity, **given}))
    data = _scheduled(place, schedule, as_of, others)
    return run_rough_cut(data, RoughCutOptions.from_mapping({"method": method.replace("-", "_"), **given}))


def _scheduled(place: Path, schedule: Path | None, as_of: str | None, assignments: tuple[str, ...]) -> PlanningData:
    """Return the data set of a plan, or a data set with a master schedule in the place of its demands."""
    if (place / RUN_FILE).is_file():
        return plan_at(place, as_of, assignments).model.data
    raw = read_input(place, as_of, assignments)
    tables, problems = dict(raw.tables), list(raw.problems)
    if schedule is not None:
        read = read_table("demands", [schedule])
        problems += read.problems
        tables["demands"] = INPUT_TABLES["demands"].empty() if read.frame is None else read.frame
    return validate(tables, raw.settings, problems=problems).data


def _print_one(result: CapacityResult | RoughCutResult, name: str, form: FrameFormat, limit: int) -> None:
    """Print one capacity table, numbers with two decimals."""
    if name not in result.table_names:
        raise OptionError("invalid_option", f"--table {name} must be one of {', '.join(result.table_names)}")
    frame = result.table(name)
    shown = frame.head(limit).with_columns(pl.selectors.float().round(2))
    print_frame(frame, form, f"{name}, {frame.height:,} rows{_more(frame.height, limit)}", shown=shown)


def _write(result: CapacityResult | RoughCutResult, out: Path) -> None:
    """Write all tables of the result."""
    out.mkdir(parents=True, exist_ok=True)
    for name in result.table_names:
        result.table(name).write_csv(out / f"{name}.csv")


def _print_behind(
    result: CapacityResult | RoughCutResult, work_center: str, day: date, demands: bool, form: FrameFormat, limit: int
) -> None:
    """Print the orders behind one load, or the demands behind these."""
    from planning.capacity import CapacityResult as Loads
    from planning.load_sources import load_demands, load_sources

    if not isinstance(result, Loads):
        raise OptionError("invalid_option", "--on needs the method crp")
    frame = load_sources(result, work_center, day)
    if demands:
        frame = load_demands(result, frame)
    what = "demands" if demands else "orders"
    more = _more(frame.height, limit)
    title = f"{frame.height:,} {what} behind the load of {work_center} in the {result.options.period} of {day}{more}"
    shown = frame.with_columns(required_hours=(pl.col("required_minutes") / 60).round(1)).drop("required_minutes")
    print_frame(frame, form, title, shown=shown.head(limit))


def _print_loads(
    result: CapacityResult | RoughCutResult,
    loads: pl.DataFrame,
    work_center: str | None,
    every: bool,
    form: FrameFormat,
    limit: int,
) -> None:
    """Print the overloads, or all loads."""
    if work_center is not None:
        if result.work_center_ids.index_of(work_center) is None:
            raise OptionError("unknown_work_center", f"there is no work center {work_center}")
        frame = loads.filter(pl.col("work_center_id") == work_center)
    elif every:
        frame = loads
    else:
        frame = loads.filter(pl.col("overload_minutes") > 0).sort(
            ["overload_minutes", "work_center_id", "period_start"], descending=[True, False, False]
        )
    shown = frame.head(limit).with_columns(
        required_hours=(pl.col("required_minutes") / 60).round(1),
        available_hours=(pl.col("available_minutes") / 60).round(1),
        load_percent=(pl.col("load_fraction") * 100).round(0),
        overload_hours=(pl.col("overload_minutes") / 60).round(1),
        cumulative_percent=(pl.col("cumulative_load_fraction") * 100).round(0),
    )
    print_frame(frame, form, _title(result, loads, frame.height, limit), shown=shown.select(_SHOWN))
    if form is FrameFormat.TABLE:
        _print_exceptions(result)


def _title(result: CapacityResult | RoughCutResult, loads: pl.DataFrame, n_rows: int, limit: int) -> str:
    """Return the line above the table."""
    over = loads.filter(pl.col("overload_minutes") > 0)
    hours = over["overload_minutes"].sum() / 60
    centers = over["work_center_id"].n_unique()
    return (
        f"As of {result.as_of}, by {result.options.period}: {over.height:,} overloads of {centers} of "
        f"{len(result.work_center_ids)} work centers, {hours:,.1f} standard hours too much{_more(n_rows, limit)}"
    )


def _more(n_rows: int, limit: int) -> str:
    """Return what the line above a table says when it shows the first rows only."""
    return f"; {limit} of {n_rows:,} rows" if n_rows > limit else ""


def _print_exceptions(result: CapacityResult | RoughCutResult) -> None:
    """Print what could not be loaded, or not in time, in one line for each kind."""
    if "capacity_exceptions" not in result.table_names:
        return
    found = result.table("capacity_exceptions").group_by("kind", maintain_order=True).agg(pl.len(), pl.sum("orders"))
    words = {
        "no_routing": "items with orders to make, but without an operation",
        "no_working_time": "work centers without working time",
        "beyond_horizon": "work centers with work beyond the tabulated time",
        "late": "items with orders that are done after they are due",
    }
    for kind, count, orders in found.iter_rows():
        typer.echo(f"{count:,} {words[kind]}" + (f" ({orders:,} orders)" if orders else ""))
    if found.height:
        typer.echo("--table capacity_exceptions names them")
