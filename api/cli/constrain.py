"""The command ``lotwright constrain``: every demand promised against material, lead times and capacity at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from api.call_settings import by_section
from api.cli.exits import exit_on_error
from api.cli.frames import FrameFormat, print_frame
from api.constraining import binding_causes, constrained_facts, improvement_facts, write_constrained
from api.phases import Phases
from api.stored_plan import plan_at
from bom.errors import OptionError, PlanningError

if TYPE_CHECKING:
    from scheduling.constrained_plan import ConstrainedPlan
    from scheduling.constraining.improve import Improvement

EPILOG = "Exit codes: 0 done; 1 the data set has errors; 2 the call cannot be carried out as it is."
_SHOWN = ("demand_id", "part", "item_id", "quantity", "due_date", "promised_date", "days_late", "reason")


def constrain(
    place: Annotated[Path, typer.Argument(metavar="DATASET|PLAN", help="A data set to plan, or a plan.")],
    split: Annotated[
        str | None, typer.Option(help="none, stock_and_rest or any: how a demand that would be late is split.")
    ] = None,
    sequence: Annotated[str | None, typer.Option(help="priority or first_come: who is promised first.")] = None,
    evaluations: Annotated[
        int | None, typer.Option(min=0, help="Other sequences of the demands to try, to lower lateness and inventory.")
    ] = None,
    explain: Annotated[str | None, typer.Option(metavar="DEMAND_ID", help="All reasons of one demand.")] = None,
    as_of: Annotated[str | None, typer.Option(help="The planning date, over the one in settings.toml.")] = None,
    options: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="mrp.… or constrained.…; repeatable."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A folder for all tables.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows that a table shows.")] = 20,
    form: Annotated[FrameFormat, typer.Option("--format", help="How the rows are written.")] = FrameFormat.TABLE,
) -> None:
    """Promise every demand against stock, orders, components, lead times, fences and capacity, and say what binds."""
    given = {"split": split, "sequence": sequence, "evaluations": evaluations}
    with exit_on_error():
        constrained = _constrained(place, as_of, tuple(options or ()), given)
        if constrained.violations:
            raise PlanningError("plan_not_possible", "the check of the plan failed", constrained.violations)
        if out is not None:
            write_constrained(constrained, out)
        if explain is not None:
            _print_demand(constrained, explain, form)
            return
    _print(constrained, form, limit, place, out)


def _constrained(
    place: Path, as_of: str | None, assignments: tuple[str, ...], given: dict[str, str | int | None]
) -> ConstrainedPlan:
    """Return the constrained plan of a data set, or of a plan's."""
    from scheduling.constrained_plan import run_constrained_plan
    from scheduling.constraining.options import ConstrainedOptions

    sections = by_section(assignments, "mrp", "constrained")
    own = {name: value for name, value in given.items() if value is not None}
    with Phases(True) as phases:
        with phases.phase("plan"):
            plan = plan_at(place, as_of, [f"mrp.{key}={value}" for key, value in sections["mrp"].items()])
        settings = plan.model.data.settings.constrained
        options = ConstrainedOptions.from_mapping({**settings, **sections["constrained"], **own})
        with phases.phase("promise") as bar:
            return run_constrained_plan(plan, options, bar.advance)


def _print_demand(constrained: ConstrainedPlan, demand_id: str, form: FrameFormat) -> None:
    """Print what one demand gets, and each step of why it is late."""
    promises = constrained.table("promises").filter(pl.col("demand_id") == demand_id)
    if promises.is_empty():
        raise OptionError("unknown_demand", f"--explain {demand_id}: there is no such demand")
    reasons = constrained.table("late_reasons").filter(pl.col("demand_id") == demand_id)
    if form is not FrameFormat.TABLE:
        print_frame(reasons, form, facts={"promises": promises.to_dicts()})
        return
    for row in promises.iter_rows(named=True):
        when = f"promised for {row['promised_date']}" if row["promised_date"] else "cannot be had"
        typer.echo(f"{row['quantity']:g} of {row['item_id']}@{row['site_id']}, wanted {row['due_date']}: {when}")
    if reasons.is_empty():
        typer.echo("On time.")
    for row in reasons.iter_rows(named=True):
        typer.echo(f"{'  ' * row['step']}{row['text']}")


def _print_improvement(improvement: Improvement, form: FrameFormat) -> None:
    """Print what other sequences brought."""
    facts = improvement_facts(improvement)
    rows = [(name, value, facts["after"][name]) for name, value in facts["before"].items()]
    frame = pl.DataFrame(rows, schema=["name", "before", "after"], orient="row").with_columns(
        pl.col("before", "after").round(0), change=pl.col("after") - pl.col("before")
    )
    title = (
        f"{facts['evaluations']} other sequences of the demands, {facts['accepted']} of them better than all before; "
        f"{facts['replanned_demands']:,} demands promised anew:"
    )
    print_frame(frame, form, title)


def _print(constrained: ConstrainedPlan, form: FrameFormat, limit: int, place: Path, out: Path | None) -> None:
    """Print the figures, what binds, and the late demands."""
    promises = constrained.table("promises")
    late = promises.filter(pl.col("kind") == "demand", pl.col("reason").is_not_null())
    if form is not FrameFormat.TABLE:
        print_frame(promises, form, facts=constrained_facts(constrained))
        return
    figures = {row["name"]: row["value"] for row in constrained.table("service_figures").to_dicts()}
    typer.echo(
        f"{figures['demands']:,.0f} demands: {figures['demands'] - figures['demands_late']:,.0f} on time, "
        f"{figures['demands_late'] - figures['demands_short']:,.0f} late, "
        f"{figures['demands_short']:,.0f} not possible; "
        f"{figures['planned_orders']:,.0f} orders; the check of the plan finds no violation"
    )
    table = constrained.table("service_figures")
    number = pl.col("value", "first_come")
    shown = table.with_columns(pl.when(number.abs() < 1000.0).then(number.round(3)).otherwise(number.round(0)))
    print_frame(shown, form, "Beside a first-come plan:")
    if constrained.improvement is not None:
        _print_improvement(constrained.improvement, form)
    causes = binding_causes(constrained)
    print_frame(
        causes.head(limit), form, f"What binds, the {min(limit, causes.height)} most frequent of {causes.height}:"
    )
    shown = late.sort("days_late", "demand_id", descending=[True, False], nulls_last=False).select(_SHOWN).head(limit)
    print_frame(shown, form, f"Late demands, the {min(limit, late.height)} latest of {late.height}:")
    if late.height:
        first = shown["demand_id"][0]
        typer.echo(f"next: lotwright constrain {place} --explain {first}")
    elif out is None:
        typer.echo(f"next: lotwright constrain {place} --out DIR")
