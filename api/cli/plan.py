"""The command ``lotwright plan``: a data set in, a plan out."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table as RichTable

from api.cli.check import count_line
from api.cli.exits import exit_without_plan
from api.closed_loop import closed_loop_lines
from api.io.output import FileFormat
from api.levelling import levelling_lines
from api.plan_run import PlanRequest, run_plan
from bom.errors import Finding
from planning.plan_tables import ON_REQUEST, OUTPUT_TABLES

EPILOG = (
    "Exit codes: 0 the plan is written; 1 the data set has errors; 2 the call cannot be carried out as it is "
    "(no data set, unknown option, --out is not a plan); 3 the data is valid but cannot be planned."
)

_TABLES_HELP = (
    f"The tables to write, with commas, of {', '.join(OUTPUT_TABLES)}; without it all but {', '.join(ON_REQUEST)}."
)


def plan(
    dataset: Annotated[Path, typer.Argument(help="A folder of CSV or Parquet files, or an .xlsx file.")],
    out: Annotated[Path, typer.Option("--out", help="The folder that the plan is written to.")],
    as_of: Annotated[str | None, typer.Option(help="The planning date, over the one in settings.toml.")] = None,
    options: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="mrp.KEY=VALUE",
            help="An option, over the one in settings.toml; with --level also capacity.… and levelling.…, with "
            "--closed-loop these and closed_loop.…; repeatable.",
        ),
    ] = None,
    form: Annotated[FileFormat, typer.Option("--format", help="How the tables are written.")] = FileFormat.CSV,
    period: Annotated[str, typer.Option(help="The periods of mrp_records: day, week or month.")] = "week",
    threads: Annotated[int | None, typer.Option(min=1, help="Threads; the plan is the same on any number.")] = None,
    tables: Annotated[str | None, typer.Option(help=_TABLES_HELP)] = None,
    on_error: Annotated[
        str, typer.Option(help="error: stop when the data has errors; quarantine: plan the rest.")
    ] = "error",
    is_levelled: Annotated[
        bool,
        typer.Option("--level", help="Move orders until no work center has more than its hours; see lotwright level."),
    ] = False,
    is_closed_loop: Annotated[
        bool,
        typer.Option("--closed-loop", help="Plan with the lead times that orders need; see lotwright closed-loop."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print run.json instead of the summary.")] = False,
) -> None:
    """Plan a data set: what to make, buy and transfer, when, and which open orders to move."""
    request = PlanRequest(
        dataset, out, as_of, tuple(options or ()), form, period, tables, threads, on_error, is_levelled, is_closed_loop
    )
    with exit_without_plan(advises_quarantine=True):
        run, findings = run_plan(request, is_shown=not as_json)
    if as_json:
        typer.echo(json.dumps(run, indent=2, default=str))
    else:
        print_summary(run, findings, out)


def print_summary(run: Mapping[str, Any], findings: Sequence[Finding], out: Path) -> None:
    """Print what was planned, what it took, and where it is."""
    console = Console()
    figures = run["kpis"]
    table = RichTable(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    for label, name in _SUMMARY:
        if name in figures:
            table.add_row(label, f"{figures[name]:,.0f}")
    for kind, count in run["messages"].items():
        table.add_row(f"messages: {kind}", f"{count:,}")
    for phase in run["phases"]:
        table.add_row(f"seconds: {phase['name']}", f"{phase['seconds']:.3f}")
    console.print(f"Plan of {run['dataset']} as of {run['as_of']}")
    console.print(table)
    for line in (*levelling_lines(run.get("levelling", {})), *closed_loop_lines(run.get("closed_loop", {}))):
        console.print(line, soft_wrap=True, highlight=False)
    if findings:
        console.print(f"{count_line(findings)}; lotwright check {run['dataset']} lists them")
    console.print(f"Tables: {os.path.relpath(out)}/ ({', '.join(run['rows'])}, run.json)", soft_wrap=True)


_SUMMARY = (
    ("items", "items"),
    ("BOM lines", "bom_lines"),
    ("levels", "levels"),
    ("demands", "demands"),
    ("planned orders: make", "planned_orders_make"),
    ("planned orders: buy", "planned_orders_buy"),
    ("planned orders: transfer", "planned_orders_transfer"),
    ("past-due releases", "past_due_releases"),
)
