"""The command ``lotwright master-schedule``: production, stock, people and sales by family and period."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from api.capacity_plot import check_plot_path
from api.cli.check import print_findings
from api.cli.exits import exit_without_plan
from api.cli.frames import FrameFormat, print_frame
from api.io.dataset_output import write_dataset
from api.io.output import FileFormat
from api.master_schedule import MasterScheduleRequest, compared, schedule_facts, scheduled, write_schedule
from api.phases import Phases
from bom.errors import OptionError

if TYPE_CHECKING:
    from scheduling.master_schedule_plan import MasterSchedulePlan

EPILOG = (
    "Exit codes: 0 done; 1 the data set has errors; 2 the call cannot be carried out as it is; "
    "3 there is nothing to schedule."
)
_FLAGS = ("by", "period", "strategy", "form")
_LEAST_PRICE = 0.005


def master_schedule(
    dataset: Annotated[Path, typer.Argument(help="A folder of CSV or Parquet files, or an .xlsx file.")],
    by: Annotated[str | None, typer.Option(help="family, or item: every item that is sold.")] = None,
    period: Annotated[str | None, typer.Option(help="month or week.")] = None,
    strategy: Annotated[
        str | None, typer.Option(help="free, level (people as they are after the first period), chase or fixed.")
    ] = None,
    objective: Annotated[
        str | None, typer.Option("--form", help="cost: sell all for the least cost; profit: choose what to sell.")
    ] = None,
    sales_plan: Annotated[
        Path | None, typer.Option(help="A CSV or Parquet file with the table sales_plan, over the demands.")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="The planning date, over the one in settings.toml.")] = None,
    options: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="mrp.… or master_schedule.…, over settings.toml; repeatable."),
    ] = None,
    compare: Annotated[bool, typer.Option("--compare", help="What every strategy comes to, side by side.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="A folder for all tables, scheduled_receipts and demands among them.")
    ] = None,
    out_format: Annotated[FileFormat, typer.Option(help="How these are written.")] = FileFormat.CSV,
    new_dataset: Annotated[
        Path | None, typer.Option("--write-dataset", help="A new data set with the schedule in it as firm orders.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Production, stock, people, loads by period: .html or .png.")
    ] = None,
    write_model: Annotated[
        Path | None, typer.Option(help="Write the linear model too: a file that ends in .lp or .mps.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows that a table shows.")] = 20,
    form: Annotated[FrameFormat, typer.Option("--format", help="How the rows are written.")] = FrameFormat.TABLE,
) -> None:
    """Plan production, stock, people and sales by family and month, and say what one more hour is worth."""
    with exit_without_plan():
        _check_paths(plot, write_model)
        chosen = zip(_FLAGS, (by, period, strategy, objective), strict=True)
        request = _request(dataset, as_of, sales_plan, tuple(options or ()), dict(chosen))
        with Phases(form is FrameFormat.TABLE) as phases:
            plan = scheduled(request, phases)
            table = compared(plan.families.planning.data, plan.options, phases) if compare else None
            _write(plan, out, out_format, new_dataset, plot, write_model)
    if table is not None:
        print_frame(table, form, f"{_headline(plan, with_strategy=False)}, every strategy:", schedule_facts(plan))
    else:
        _print(plan, form, limit, dataset, (out, new_dataset))


def _check_paths(plot: Path | None, write_model: Path | None) -> None:
    """Raise when something cannot be written as its name says."""
    if plot is not None:
        check_plot_path(plot)
    if write_model is not None and write_model.suffix not in (".lp", ".mps"):
        raise OptionError("invalid_option", f"--write-model {write_model} must end in .lp or .mps")


def _request(
    dataset: Path,
    as_of: str | None,
    sales_plan: Path | None,
    assignments: tuple[str, ...],
    flags: dict[str, str | None],
) -> MasterScheduleRequest:
    """Return what the call asks for."""
    mrp: list[str] = []
    given: dict[str, str] = {}
    for text in assignments:
        name, separator, value = text.partition("=")
        section, dot, key = name.strip().partition(".")
        if not separator or not dot or section not in ("mrp", "master_schedule"):
            raise OptionError("invalid_option", f"--set {text} must look like master_schedule.wage_per_hour=25")
        if section == "mrp":
            mrp.append(text)
        else:
            given[key] = value.strip()
    given |= {name: value for name, value in flags.items() if value is not None}
    return MasterScheduleRequest(dataset, as_of, sales_plan, tuple(mrp), tuple(given.items()))


def _write(
    plan: MasterSchedulePlan,
    out: Path | None,
    out_format: FileFormat,
    new_dataset: Path | None,
    plot: Path | None,
    write_model: Path | None,
) -> None:
    """Write what the call asks for."""
    if new_dataset is not None:
        write_dataset(new_dataset, plan.data, out_format)
    if out is not None:
        write_schedule(plan, out, out_format)
    if plot is not None:
        from api.master_schedule_plot import write_schedule_plot

        write_schedule_plot(plan, plot)
    if write_model is not None:
        from scheduling.model_text import lp_lines, mps_lines

        lines = lp_lines if write_model.suffix == ".lp" else mps_lines
        write_model.write_text("\n".join(lines(plan.schedule.model)) + "\n")


def _print(
    plan: MasterSchedulePlan,
    form: FrameFormat,
    limit: int,
    dataset: Path,
    written: tuple[Path | None, Path | None],
) -> None:
    """Print the plan: by family, people, scarce hours, unmet sales, costs, what is assumed, what to do next."""
    production = plan.table("production_plan")
    if form is not FrameFormat.TABLE:
        print_frame(production, form, facts=schedule_facts(plan))
        return
    typer.echo(f"{_headline(plan)}, {plan.schedule.result.status}")
    families = _by_family(production)
    print_frame(families.head(limit), form, _counted("In all periods, by family", families.height, limit))
    print_frame(_rounded(plan.table("workforce_plan").head(limit), 1), form, "\nPeople:")
    _print_hours(plan, limit)
    _print_unmet(plan, limit)
    print_frame(_rounded(plan.table("master_schedule_costs"), 0), form, "\nMoney:")
    _print_notes(plan)
    print_findings(plan.findings[:limit])
    _print_next(dataset, *written)


def _headline(plan: MasterSchedulePlan, *, with_strategy: bool = True) -> str:
    """Return what was planned."""
    families, options = plan.families, plan.options
    aim = "largest profit" if options.form == "profit" else "least cost"
    return (
        f"Master schedule as of {families.planning.as_of}: {len(families.families):,} "
        f"{'families' if options.by == 'family' else 'items'} by {families.n_periods} {options.period}s, {aim}"
        + (f", strategy {options.strategy}" if with_strategy else "")
    )


def _by_family(production: pl.DataFrame) -> pl.DataFrame:
    """Return the production plan added up over the periods."""
    added = ("sales_plan", "sales", "make", "subcontract", "receipts")
    return production.group_by("family", maintain_order=True).agg(
        *(pl.col(name).sum().round(1) for name in added),
        pl.col("stock").last().round(1).alias("stock_at_end"),
        pl.col("backlog").last().round(1).alias("backlog_at_end"),
        pl.col("below_minimum").max().round(1).alias("most_below_minimum"),
    )


def _rounded(frame: pl.DataFrame, decimals: int) -> pl.DataFrame:
    """Return a frame with its numbers rounded."""
    return frame.with_columns(pl.selectors.float().round(decimals))


def _counted(what: str, n_rows: int, limit: int) -> str:
    """Return a title with how many rows of it are shown."""
    return f"{what}, {limit} of {n_rows:,} rows:" if n_rows > limit else f"{what}:"


def _print_hours(plan: MasterSchedulePlan, limit: int) -> None:
    """Print what hours are worth, and the busiest work centers."""
    loads = plan.table("master_schedule_loads")
    busiest = (
        loads.group_by("work_center_id", maintain_order=True)
        .agg(
            (pl.col("required_hours") + pl.col("open_order_hours")).sum().alias("required_hours"),
            pl.col("available_hours").sum(),
            pl.col("overtime_hours").sum(),
            (pl.col("load_fraction").max() * 100).round(0).alias("highest_load_percent"),
        )
        .sort("highest_load_percent", descending=True, maintain_order=True)
    )
    title = _counted("\nWork centers, by their highest load in a period", busiest.height, limit)
    print_frame(_rounded(busiest.head(limit), 1), FrameFormat.TABLE, title)
    priced = loads.filter(pl.col("text").is_not_null()).sort("hour_price", descending=True, maintain_order=True)
    texts = [*_people_texts(plan), *priced["text"].to_list()]
    if plan.options.are_workers_whole:
        typer.echo("\nHours have no prices where workers are whole numbers.")
    elif not texts:
        typer.echo("\nNo hour is scarce.")
    else:
        typer.echo(_counted("\nScarce hours", len(texts), limit))
        for text in texts[:limit]:
            typer.echo(f"  {text}")


def _people_texts(plan: MasterSchedulePlan) -> list[str]:
    """Return what one more hour of people is worth in each period, as sentences."""
    verb = "earns" if plan.options.form == "profit" else "saves"
    named = zip(plan.schedule.problem.periods, plan.table("workforce_plan")["hour_price"], strict=True)
    return [f"one more hour of people in {name} {verb} {price:,.2f}" for name, price in named if price > _LEAST_PRICE]


def _print_unmet(plan: MasterSchedulePlan, limit: int) -> None:
    """Print where the sales plan is not met."""
    unmet = plan.table("unmet_sales")
    if unmet.is_empty():
        typer.echo("\nAll of the sales plan is met in time.")
        return
    typer.echo(_counted("\nThe sales plan is not met", unmet.height, limit))
    for text in unmet["text"].head(limit):
        typer.echo(f"  {text}")


def _print_notes(plan: MasterSchedulePlan) -> None:
    """Print what was assumed and left out."""
    items, units = plan.families.left_out
    short = plan.n_short_items
    typer.echo("")
    for text in plan.assumptions:
        typer.echo(f"Assumed: {text}")
    if items:
        typer.echo(f"Not planned: {items:,} items ({units:,.0f} units) that are sold as they are bought")
    if short:
        typer.echo(
            f"Items: {short:,} of {plan.families.nodes.size:,} run below zero in a period in which their family does "
            "not (table master_schedule, balance)"
        )


def _print_next(dataset: Path, out: Path | None, new_dataset: Path | None) -> None:
    """Print what to do with the schedule."""
    if new_dataset is not None:
        typer.echo(f"Next: lotwright plan {new_dataset} --out PLAN plans with it")
    elif out is not None:
        typer.echo(f"Next: lotwright capacity {dataset} --method capacity-bill --schedule {out}/master_schedule.csv")
    else:
        typer.echo(
            "Next: --compare shows every strategy; --write-dataset NEW puts the schedule into a data set to plan"
        )
