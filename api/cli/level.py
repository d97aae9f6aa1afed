"""The command ``lotwright level``: a plan that keeps to the hours that there are, and what one more is worth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.call_settings import by_section
from api.capacity_plot import check_plot_path, write_load_plot
from api.cli.exits import exit_on_error
from api.cli.frames import FrameFormat, print_frame
from api.levelling import level as run_level
from api.levelling import levelling_facts, levelling_lines, write_levelling
from api.stored_plan import plan_at
from bom.errors import OptionError

if TYPE_CHECKING:
    from scheduling.levelled_plan import LevelledPlan

EPILOG = "Exit codes: 0 done; 1 the data set has errors; 2 the call cannot be carried out as it is."


def level(
    place: Annotated[Path, typer.Argument(metavar="DATASET|PLAN", help="A data set to plan, or a plan.")],
    by: Annotated[str | None, typer.Option(help="week, day or month, over the one in settings.toml.")] = None,
    as_of: Annotated[str | None, typer.Option(help="The planning date, over the one in settings.toml.")] = None,
    options: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="mrp.…, capacity.… or levelling.…; repeatable."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="A folder for all tables, and scheduled_receipts with the orders in it."),
    ] = None,
    write_model: Annotated[
        Path | None, typer.Option(help="Write the linear model too: a file that ends in .lp or .mps.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="A plot of load against capacity, before and after: .html or .png.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows that a table shows.")] = 20,
    form: Annotated[FrameFormat, typer.Option("--format", help="How the rows are written.")] = FrameFormat.TABLE,
) -> None:
    """Move orders and work until no work center has more than its hours, and say what one more hour would save."""
    with exit_on_error():
        if write_model is not None and write_model.suffix not in (".lp", ".mps"):
            raise OptionError("invalid_option", f"--write-model {write_model} must end in .lp or .mps")
        if plot is not None:
            check_plot_path(plot)
        levelled = _levelled(place, by, as_of, tuple(options or ()))
        if out is not None:
            _write(levelled, out)
        if write_model is not None:
            _write_model(levelled, write_model)
        if plot is not None:
            title = f"Load against capacity before and after levelling, {place.name}, as of {levelled.before.as_of}"
            write_load_plot(levelled.loads, plot, title)
    _print(levelled, form, limit)


def _levelled(place: Path, by: str | None, as_of: str | None, assignments: tuple[str, ...]) -> LevelledPlan:
    """Return the levelled plan of a data set, or of a plan."""
    given = by_section(assignments, "mrp", "capacity", "levelling")
    plan = plan_at(place, as_of, [f"mrp.{key}={value}" for key, value in given["mrp"].items()])
    period = {} if by is None else {"period": by}
    return run_level(plan, {**given["capacity"], **period}, given["levelling"])


def _write(levelled: LevelledPlan, out: Path) -> None:
    """Write the tables of levelling and the data set's open orders with the levelled ones."""
    out.mkdir(parents=True, exist_ok=True)
    write_levelling(levelled, out)
    levelled.data.table("scheduled_receipts").write_csv(out / "scheduled_receipts.csv")


def _write_model(levelled: LevelledPlan, path: Path) -> None:
    """Write the linear model."""
    from scheduling.model_text import lp_lines, mps_lines

    solution = levelled.levelling.solution
    if solution is None:
        raise OptionError("nothing_to_level", "no work center is overloaded: there is no model to write")
    lines = lp_lines if path.suffix == ".lp" else mps_lines
    path.write_text("\n".join(lines(solution.model.model)) + "\n")


def _print(levelled: LevelledPlan, form: FrameFormat, limit: int) -> None:
    """Print the overloads before and after, and the prices of hours."""
    facts, prices = levelling_facts(levelled), levelled.table("hour_prices")
    if form is not FrameFormat.TABLE:
        print_frame(prices, form, facts=facts)
        return
    for line in levelling_lines({**facts, "prices": []}):
        typer.echo(line)
    if levelled.levelling.solution is None:
        return
    print_frame(levelled.table("levelling_costs"), form, "What it costs:")
    overloads = levelled.table("overloads").filter(levelled.table("overloads")["overload_before"] > 0)
    hours = overloads.sort("overload_before", descending=True).head(limit)
    shown = hours.select(
        "period_start",
        "work_center_id",
        **{
            name.replace("_minutes", "") + "_hours": (hours[name] / 60.0).round(1)
            for name in hours.columns
            if hours[name].dtype.is_float()
        },
    )
    print_frame(shown, form, f"Overloads before, the {min(limit, overloads.height)} largest of {overloads.height}:")
    typer.echo(f"Prices of hours, the {min(limit, prices.height)} highest of {prices.height}:")
    for text in prices["text"].head(limit):
        typer.echo(f"  {text}")
