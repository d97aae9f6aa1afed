"""The command ``lotwright plan``: a data set in, a plan out."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal

import numba
import polars as pl
import typer
from rich.console import Console
from rich.table import Table as RichTable

from api.cli.check import count_line, n_errors, print_findings
from api.io.dataset import DatasetError, read_dataset
from api.io.output import FileFormat, OutputError, plan_folder, write_run, write_table
from api.phases import Phases
from bom.errors import DataError, Finding, OptionError, PlanningError
from planning.arrays import encode
from planning.checks import ValidationResult, validate
from planning.mrp import net_model
from planning.options import MrpOptions
from planning.records import PERIODS
from planning.tables import OUTPUT_TABLES

EXIT_WITH_ERRORS = 1
EXIT_USAGE = 2
EXIT_CANNOT_PLAN = 3

_EPILOG = (
    "Exit codes: 0 the plan is written; 1 the data set has errors; 2 the call cannot be carried out as it is "
    "(no data set, unknown option, --out is not a plan); 3 the data is valid but cannot be planned."
)


def plan(
    dataset: Annotated[Path, typer.Argument(help="A folder of CSV or Parquet files, or an .xlsx file.")],
    out: Annotated[Path, typer.Option("--out", help="The folder that the plan is written to.")],
    as_of: Annotated[str | None, typer.Option(help="The planning date, over the one in settings.toml.")] = None,
    options: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="mrp.KEY=VALUE", help="An option, over the one in settings.toml; repeatable."),
    ] = None,
    form: Annotated[FileFormat, typer.Option("--format", help="How the tables are written.")] = FileFormat.CSV,
    period: Annotated[str, typer.Option(help="The periods of mrp_records: day, week or month.")] = "week",
    threads: Annotated[int | None, typer.Option(min=1, help="Threads; the plan is the same on any number.")] = None,
    tables: Annotated[
        str | None, typer.Option(help=f"The tables to write, with commas; all: {', '.join(OUTPUT_TABLES)}.")
    ] = None,
    on_error: Annotated[
        str, typer.Option(help="error: stop when the data has errors; quarantine: plan the rest.")
    ] = "error",
    as_json: Annotated[bool, typer.Option("--json", help="Print run.json instead of the summary.")] = False,
) -> None:
    """Plan a data set: what to make, buy and transfer, when, and which open orders to move."""
    try:
        run, findings = run_plan(
            dataset, out, as_of, options or [], form, period, threads, tables, on_error, is_shown=not as_json
        )
    except DataError as error:
        print_findings(error.findings)
        typer.echo(f"lotwright: {count_line(error.findings)}", err=True)
        raise typer.Exit(EXIT_WITH_ERRORS) from error
    except (DatasetError, OptionError, OutputError) as error:
        typer.echo(f"lotwright: {error}", err=True)
        raise typer.Exit(EXIT_USAGE) from error
    except PlanningError as error:
        typer.echo(f"lotwright: {error}", err=True)
        raise typer.Exit(EXIT_CANNOT_PLAN) from error
    if as_json:
        typer.echo(json.dumps(run, indent=2, default=str))
    else:
        print_summary(run, findings, out)


def run_plan(
    dataset: Path,
    out: Path,
    as_of: str | None,
    assignments: Sequence[str],
    form: FileFormat,
    period: str,
    threads: int | None,
    tables: str | None,
    on_error: str,
    is_shown: bool,
) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """Read, check, plan and write; return what ``run.json`` says, and the findings.

    Raises
    ------
    DataError
        When the data set has errors.
    OptionError
        When an option, table or period is not one.
    OutputError
        When the plan cannot be written.
    PlanningError
        When the data cannot be planned.
    """
    wanted = _wanted_tables(tables)
    mode = _error_mode(on_error)
    if period not in PERIODS:
        raise OptionError("unknown_period", f"--period {period} must be one of {', '.join(PERIODS)}")
    set_threads(threads)
    with Phases(is_shown) as phases, plan_folder(out) as folder:
        with phases.phase("read"):
            raw = read_dataset(dataset)
        with phases.phase("check"):
            settings = _settings(raw.settings, as_of, assignments)
            checked = validate(raw.tables, settings, mode, problems=raw.problems)
            del raw
        with phases.phase("encode"):
            mrp_options = MrpOptions.from_mapping(checked.data.settings.mrp)
            fingerprint = checked.data.fingerprint()
            model = encode(checked.data)
        with phases.phase("net") as bar:
            result = net_model(model, mrp_options, bar.advance)
        rows: dict[str, int] = {}
        for name in wanted:
            with phases.phase(f"write {name}"):
                rows[name] = write_table(folder, OUTPUT_TABLES[name], result.chunks(name, period), form)
        _write_findings(folder, checked, form)
        run = {
            "engine": f"lotwright {version('lotwright')}",
            "dataset": str(dataset),
            "as_of": checked.data.settings.as_of.isoformat(),
            "options": {"mrp": mrp_options.as_dict(), "period": period, "on_error": mode},
            "input_hash": fingerprint,
            "input_rows": {name: frame.height for name, frame in checked.data.tables.items()},
            "rows": rows,
            "findings": {
                "errors": n_errors(checked.findings),
                "warnings": len(checked.findings) - n_errors(checked.findings),
                "left_out": checked.left_out.height,
                "assumed": checked.assumed.height,
            },
            "kpis": dict(result.table("kpis").select("name", "value").iter_rows()),
            "messages": _message_counts(folder, form, wanted),
            "phases": [phase.as_dict() for phase in phases.done],
        }
        write_run(folder, run)
    return run, checked.findings


def set_threads(threads: int | None) -> None:
    """Let the kernels use so many threads; ``None``: all."""
    if threads is not None:
        numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))


def _wanted_tables(tables: str | None) -> list[str]:
    """Return the tables to write, in their order."""
    if tables is None:
        return list(OUTPUT_TABLES)
    asked = [name.strip() for name in tables.split(",") if name.strip()]
    unknown = [name for name in asked if name not in OUTPUT_TABLES]
    if unknown:
        raise OptionError("unknown_table", f"no such table (there are {', '.join(OUTPUT_TABLES)})", unknown)
    return [name for name in OUTPUT_TABLES if name in asked]


def _error_mode(on_error: str) -> Literal["error", "quarantine"]:
    """Return what to do with errors in the data."""
    if on_error == "quarantine":
        return "quarantine"
    if on_error == "error":
        return "error"
    raise OptionError("invalid_option", f"--on-error {on_error} must be error or quarantine")


def _settings(given: Mapping[str, Any], as_of: str | None, assignments: Sequence[str]) -> dict[str, Any]:
    """Return the settings of the data set with those of the call over them."""
    settings: dict[str, Any] = dict(given)
    if as_of is not None:
        settings["as_of"] = as_of
    for assignment in assignments:
        name, separator, value = assignment.partition("=")
        section, dot, key = name.strip().partition(".")
        if not separator or not dot or section not in ("mrp",):
            raise OptionError("invalid_option", f"--set {assignment} must look like mrp.net_per=line")
        settings[section] = {**settings.get(section, {}), key: value.strip()}
    if assignments:
        MrpOptions.from_mapping(settings["mrp"])
    return settings


def _write_findings(folder: Path, checked: ValidationResult, form: FileFormat) -> None:
    """Write what quarantine left out and assumed, when it did."""
    for name, frame in (("left_out", checked.left_out), ("assumed", checked.assumed)):
        if frame.height:
            path = folder / f"{name}.{form}"
            frame.write_csv(path) if form is FileFormat.CSV else frame.write_parquet(path)


def _message_counts(folder: Path, form: FileFormat, wanted: Sequence[str]) -> dict[str, int]:
    """Return the messages by kind, when they were asked for."""
    if "messages" not in wanted:
        return {}
    path = folder / f"messages.{form}"
    frame = pl.scan_csv(path) if form is FileFormat.CSV else pl.scan_parquet(path)
    counts = frame.group_by("kind").len().sort("kind").collect()
    return dict(counts.iter_rows())


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
