"""The commands ``lotwright what-if`` and ``lotwright compare``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.comparison_report import print_comparison
from api.cli.exits import exit_without_plan
from api.comparison import Asked, compared, what_if
from api.io.output import FileFormat
from api.phases import Phases
from api.stored_plan import open_plan
from bom.errors import OptionError
from planning.editing.text import parse_edits, parse_statement

if TYPE_CHECKING:
    from planning.edits import Edit

EPILOG = (
    "Exit codes: 0 done; 1 the edits give data with errors; 2 the call cannot be carried out as it is "
    "(no plan, an edit that cannot be read, --out is not a plan); 3 the edited data cannot be planned."
)

Plan = Annotated[Path, typer.Argument(metavar="PLAN", help="A folder that lotwright plan has written.")]
EditTexts = Annotated[
    list[str] | None, typer.Option("--edit", metavar="TEXT", help="An edit; repeatable. See docs/concepts/what_if.md.")
]
EditFile = Annotated[Path | None, typer.Option("--edits", help="A file with one edit a line.")]
Out = Annotated[Path | None, typer.Option("--out", help="The folder that the tables of the comparison are written to.")]
Form = Annotated[FileFormat, typer.Option("--format", help="How the tables are written.")]
Top = Annotated[int, typer.Option(min=0, help="Changed orders to print, those with the most money first.")]
NearDays = Annotated[int, typer.Option(min=0, help="A release before as_of + so many days is near.")]
Period = Annotated[str, typer.Option(help="The periods of period_changes: day, week or month.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def read_edits(texts: Sequence[str], file: Path | None) -> tuple[Edit, ...]:
    """Return the edits of a file, then those of the call.

    Raises
    ------
    EditTextError
        When one cannot be read.
    OptionError
        When there are none, or the file cannot be read.
    """
    edits: tuple[Edit, ...] = ()
    if file is not None:
        try:
            edits = parse_edits(file.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            raise OptionError("unreadable_file", f"--edits cannot be read ({error})", [str(file)]) from error
    edits += tuple(edit for text in texts for edit in parse_statement(text))
    if not edits:
        raise OptionError("no_edits", "there is nothing to change; give --edit or --edits")
    return edits


def what_if_command(
    plan: Plan,
    texts: EditTexts = None,
    file: EditFile = None,
    out: Out = None,
    has_plan: Annotated[bool, typer.Option("--new-plan", help="Write the tables of the new plan as well.")] = False,
    form: Form = FileFormat.CSV,
    top: Top = 10,
    near_days: NearDays = 14,
    period: Period = "week",
    as_json: AsJson = False,
) -> None:
    """Change the data of a plan, plan again, and say what differs; the plan on disk stays as it is."""
    with exit_without_plan():
        edits = read_edits(texts or (), file)
        asked = Asked(near_days, period, top, out, has_plan, form)
        with Phases(not as_json) as phases:
            with phases.phase("open plan"):
                base = open_plan(plan).result
            run = what_if(base, edits, asked, phases, plan)
    print_comparison(run, f"{plan} with {len(edits)} edit{'s' if len(edits) > 1 else ''}", out, as_json)


def compare_command(
    before: Annotated[Path, typer.Argument(metavar="PLAN_A", help="A folder that lotwright plan has written.")],
    after: Annotated[Path, typer.Argument(metavar="PLAN_B", help="Another one, of the same data set or of another.")],
    out: Out = None,
    form: Form = FileFormat.CSV,
    top: Top = 10,
    near_days: NearDays = 14,
    period: Period = "week",
    as_json: AsJson = False,
) -> None:
    """Say what differs between two plans: orders, messages, money, service."""
    with exit_without_plan(), Phases(not as_json) as phases:
        with phases.phase("open plans"):
            first, second = open_plan(before).result, open_plan(after).result
        told = {"before": str(before), "after": str(after)}
        run = compared(first, second, Asked(near_days, period, top, out, False, form), phases, told)
    print_comparison(run, f"{before} (before) and {after} (after)", out, as_json)
