"""The commands ``lotwright scenario add | list | show | plan | merge | promote``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import polars as pl
import typer

from api.cli.comparison_report import print_comparison
from api.cli.exits import EXIT_WITH_ERRORS, exit_without_plan
from api.cli.frames import FrameFormat, print_frame
from api.cli.what_if import AsJson, EditFile, EditTexts, Form, NearDays, Out, Period, Plan, Top, read_edits
from api.comparison import Asked, compared
from api.io.dataset_output import write_dataset
from api.io.output import FileFormat
from api.phases import Phases
from api.scenario_files import read_scenarios, scenario_folder, scenario_text, write_scenario
from api.stored_plan import open_plan, read_run
from bom.errors import OptionError
from planning.edits import apply_edits
from planning.merge import MergeConflictError
from planning.scenario import Scenario, ScenarioTree, chain_of

if TYPE_CHECKING:
    from planning.merge import Choices, Side

scenario_app = typer.Typer(
    no_args_is_help=True,
    help="Named edits of a plan, kept in PLAN.scenarios beside it. "
    "Exit 0: done; 1: the data has errors, or a merge has conflicts; 2: a wrong call.",
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The scenario.")]
Author = Annotated[str, typer.Option(help="Who made it.")]
Note = Annotated[str, typer.Option(help="Why.")]


@scenario_app.command()
def add(
    plan: Plan,
    name: Name,
    texts: EditTexts = None,
    file: EditFile = None,
    parent: Annotated[str, typer.Option(help="The scenario that it branches off; without it, the plan.")] = "",
    author: Author = "",
    note: Note = "",
) -> None:
    """Keep edits as a scenario, after making them once to see that they can be made."""
    with exit_without_plan():
        tree = _tree(plan).with_scenario(Scenario(name, read_edits(texts or (), file), parent, author, note))
        apply_edits(tree.base.model.data, tree.edits(name))
        path = write_scenario(scenario_folder(plan), tree.scenarios[name])
    typer.echo(f"Scenario: {path}")


@scenario_app.command("list")
def list_scenarios(plan: Plan, form: Annotated[FrameFormat, typer.Option("--format")] = FrameFormat.TABLE) -> None:
    """List the scenarios of a plan."""
    with exit_without_plan():
        read_run(plan)
        found = read_scenarios(scenario_folder(plan))
    rows = [(one.name, one.parent, len(one.edits), one.author, one.note) for one in found]
    schema = {"name": pl.String, "parent": pl.String, "edits": pl.Int64, "author": pl.String, "note": pl.String}
    print_frame(pl.DataFrame(rows, schema=schema, orient="row"), form)


@scenario_app.command()
def show(plan: Plan, name: Name) -> None:
    """Print a scenario and those that it branches off, as their files hold them."""
    with exit_without_plan():
        scenarios = {one.name: one for one in read_scenarios(scenario_folder(plan))}
        chain = chain_of(scenarios, name)
    typer.echo("\n".join(scenario_text(scenario) for scenario in chain), nl=False)


@scenario_app.command("plan")
def plan_scenario(
    plan: Plan,
    name: Name,
    against: Annotated[str, typer.Option(help="The scenario to compare with; without it, the plan.")] = "",
    out: Out = None,
    has_plan: Annotated[bool, typer.Option("--new-plan", help="Write the tables of its plan as well.")] = False,
    form: Form = FileFormat.CSV,
    top: Top = 10,
    near_days: NearDays = 14,
    period: Period = "week",
    as_json: AsJson = False,
) -> None:
    """Plan a scenario and say what differs."""
    with exit_without_plan(), Phases(not as_json) as phases:
        with phases.phase("open plan"):
            tree = _tree(plan)
        with phases.phase("plan again"):
            before, after = tree.plan(against), tree.plan(name)
        told = {"plan": str(plan), "scenario": name, "against": against}
        run = compared(before, after, Asked(near_days, period, top, out, has_plan, form), phases, told)
    print_comparison(run, f"{name} against {against or plan}", out, as_json)


@scenario_app.command()
def merge(
    plan: Plan,
    a: Annotated[str, typer.Argument(metavar="A", help="A scenario.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    name: Name,
    takes: Annotated[
        list[str] | None,
        typer.Option("--take", metavar="a|b|TABLE/KEY/COLUMN=a|b", help="Which side wins, of all conflicts or of one."),
    ] = None,
    author: Author = "",
    note: Note = "",
) -> None:
    """Make one scenario of two; list what both want differently, cell by cell."""
    with exit_without_plan():
        tree = _tree(plan)
        try:
            merged = tree.merge(a, b, name, _choices(takes or ()), author=author, note=note)
        except MergeConflictError as error:
            print_frame(
                error.conflicts, FrameFormat.TABLE, f"{a} and {b} want {error.conflicts.height} cells differently"
            )
            typer.echo("lotwright: choose with --take a, --take b or --take TABLE/KEY/COLUMN=a", err=True)
            raise typer.Exit(EXIT_WITH_ERRORS) from error
        path = write_scenario(scenario_folder(plan), merged.scenarios[name])
    typer.echo(f"Scenario: {path}")


@scenario_app.command()
def promote(
    plan: Plan,
    name: Name,
    out: Annotated[Path, typer.Option("--out", help="A new folder for the data set.")],
    form: Form = FileFormat.CSV,
) -> None:
    """Write the data set that a scenario gives."""
    with exit_without_plan():
        write_dataset(out, _tree(plan).data(name), form)
    typer.echo(f"Data set: {out}; lotwright plan {out} --out DIR")


def _tree(plan: Path) -> ScenarioTree:
    """Return a plan with its scenarios."""
    return ScenarioTree.of(open_plan(plan).result, read_scenarios(scenario_folder(plan)))


def _choices(takes: Sequence[str]) -> Choices | Side | None:
    """Return the sides that ``--take`` names."""
    choices: dict[tuple[str, str, str], Side] = {}
    for text in takes:
        cell, separator, side = text.rpartition("=")
        parts = cell.split("/")
        if side not in ("a", "b") or (separator and len(parts) < 3):
            raise OptionError("invalid_option", f"--take {text} must be a, b or TABLE/KEY/COLUMN=a")
        winner: Literal["a", "b"] = "a" if side == "a" else "b"
        if not separator:
            return winner
        choices[parts[0], "/".join(parts[1:-1]), parts[-1]] = winner
    return choices
