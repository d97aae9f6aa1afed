"""One planning run: read, check, plan, write, and say what it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numba
import polars as pl

from api.call_settings import settings_of
from api.closed_loop import Tell, close_loop, closed_loop_facts, write_closed_loop
from api.io.dataset import RawDataset, read_dataset
from api.io.output import FileFormat, plan_folder, write_run, write_table
from api.levelling import level, levelling_facts, write_levelling
from api.phases import Phases
from bom.errors import Finding, OptionError, Severity
from planning.arrays import encode
from planning.checks import ValidationResult, validate
from planning.mrp import MrpResult, net_model, run_mrp
from planning.options import MrpOptions
from planning.plan_tables import BY_DEFAULT, OUTPUT_TABLES
from planning.records import PERIODS


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What to plan, how, and where to write it.

    Parameters
    ----------
    dataset, out
        The data set, and the folder that the plan is written to.
    as_of
        The planning date, over the one in the settings.
    assignments
        Options as ``mrp.key=value`` (also ``capacity.``, ``levelling.``, ``closed_loop.``), over those of the settings.
    form, period, tables
        How tables are written, the periods of mrp_records, and the tables to write (``None``: all by default).
    threads
        Threads of the kernels; ``None``: all cores.
    on_error
        ``error`` or ``quarantine``.
    is_levelled
        Orders are moved until no work center has more than its hours.
    is_closed_loop
        Lead times are those that orders need in the shop.
    """

    dataset: Path
    out: Path
    as_of: str | None = None
    assignments: tuple[str, ...] = ()
    form: FileFormat = FileFormat.CSV
    period: str = "week"
    tables: str | None = None
    threads: int | None = None
    on_error: str = "error"
    is_levelled: bool = False
    is_closed_loop: bool = False


def run_plan(
    request: PlanRequest, is_shown: bool = False, tell: Tell | None = None
) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """Read, check, plan and write; return what ``run.json`` says, and the findings.

    Parameters
    ----------
    request
        What to plan.
    is_shown
        Show progress on a terminal.
    tell
        Told of every round of the closed loop in one line.

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
    wanted, mode = wanted_tables(request.tables), error_mode(request.on_error)
    if request.period not in PERIODS:
        raise OptionError("unknown_period", f"--period {request.period} must be one of {', '.join(PERIODS)}")
    if request.threads is not None:
        numba.set_num_threads(min(request.threads, numba.config.NUMBA_NUM_THREADS))
    with Phases(is_shown) as phases, plan_folder(request.out) as folder:
        with phases.phase("read"):
            raw = read_input(request.dataset, request.as_of, request.assignments)
        with phases.phase("check"):
            checked = validate(raw.tables, raw.settings, mode, problems=raw.problems)
            del raw
        with phases.phase("encode"):
            model = encode(checked.data)
        with phases.phase("net") as bar:
            result = net_model(model, MrpOptions.from_mapping(checked.data.settings.mrp), bar.advance)
        further: dict[str, Any] = {}
        if request.is_levelled:
            with phases.phase("level"):
                levelled = level(result)
                result = levelled.plan
                write_levelling(levelled, folder)
                further["levelling"] = levelling_facts(levelled)
        if request.is_closed_loop:
            with phases.phase("close the loop"):
                loop = close_loop(result, tell=tell)
                result = loop.plan
                write_closed_loop(loop, folder)
                further["closed_loop"] = closed_loop_facts(loop)
        rows: dict[str, int] = {}
        for name in wanted:
            with phases.phase(f"write {name}"):
                rows[name] = write_table(folder, OUTPUT_TABLES[name], result.chunks(name, request.period), request.form)
        _write_quarantine(folder, checked, request.form)
        with phases.phase("hash input"):
            run = _run(request, checked, result, rows)
        run |= further
        run["messages"] = _message_counts(folder, request.form, wanted)
        run["phases"] = [phase.as_dict() for phase in phases.done]
        write_run(folder, run)
    return run, checked.findings


def _run(request: PlanRequest, checked: ValidationResult, result: MrpResult, rows: Mapping[str, int]) -> dict[str, Any]:
    """Return what ``run.json`` says of the input, the options and the plan."""
    return {
        "engine": f"lotwright {version('lotwright')}",
        "dataset": str(request.dataset),
        "call": {
            "dataset": str(request.dataset.resolve()),
            "as_of": request.as_of,
            "assignments": list(request.assignments),
            "on_error": request.on_error,
            **({"is_levelled": True} if request.is_levelled else {}),
            **({"is_closed_loop": True} if request.is_closed_loop else {}),
        },
        "as_of": checked.data.settings.as_of.isoformat(),
        "options": {"mrp": result.options.as_dict(), "period": request.period, "on_error": request.on_error},
        "input_hash": checked.data.fingerprint(),
        "input_rows": {name: frame.height for name, frame in checked.data.tables.items()},
        "rows": dict(rows),
        "findings": {
            "errors": _count(checked.findings, Severity.ERROR),
            "warnings": _count(checked.findings, Severity.WARNING),
            "left_out": checked.left_out.height,
            "assumed": checked.assumed.height,
        },
        "kpis": dict(result.table("kpis").select("name", "value").iter_rows()),
    }


def _count(findings: Sequence[Finding], severity: Severity) -> int:
    """Return how many rows the findings of one severity stand for."""
    return sum(finding.count for finding in findings if finding.severity is severity)


def wanted_tables(tables: str | None) -> list[str]:
    """Return the tables to write, in their order."""
    if tables is None:
        return list(BY_DEFAULT)
    asked = [name.strip() for name in tables.split(",") if name.strip()]
    unknown = [name for name in asked if name not in OUTPUT_TABLES]
    if unknown:
        raise OptionError("unknown_table", f"no such table (there are {', '.join(OUTPUT_TABLES)})", unknown)
    return [name for name in OUTPUT_TABLES if name in asked]


def error_mode(on_error: str) -> Literal["error", "quarantine"]:
    """Return what to do with errors in the data."""
    if on_error == "quarantine":
        return "quarantine"
    if on_error == "error":
        return "error"
    raise OptionError("invalid_option", f"--on-error {on_error} must be error or quarantine")


def read_input(dataset: Path, as_of: str | None = None, assignments: Sequence[str] = ()) -> RawDataset:
    """Return a data set as it is on disk, with the settings of a call over its own."""
    raw = read_dataset(dataset)
    return replace(raw, settings=settings_of(raw.settings, as_of, assignments))


def plan_unwritten(dataset: Path, as_of: str | None = None, assignments: Sequence[str] = ()) -> MrpResult:
    """Return the plan of a data set for a question; nothing is written.

    Raises
    ------
    DataError
        When the data set has errors.
    DatasetError
        When the path is not a data set.
    """
    raw = read_input(dataset, as_of, assignments)
    return run_mrp(validate(raw.tables, raw.settings, problems=raw.problems).data)


def _write_quarantine(folder: Path, checked: ValidationResult, form: FileFormat) -> None:
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
