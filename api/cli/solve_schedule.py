"""``lotwright solve`` for scheduling problems: what is printed, and with which exit code it ends."""

from __future__ import annotations

import json
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import typer

from api.cli.search_watch import SearchWatch
from api.io.problem_formats import ProblemFormat
from api.io.scheduling_files import SchedulingFormat, read_scheduling
from api.json_numbers import finite
from bom.errors import OptionError
from scheduling.dispatch import prepare_dispatch
from scheduling.finite.local import prepare_local_search
from scheduling.problem import NONE, SchedulingDataError, SchedulingProblem
from scheduling.result import ScheduleResult
from scheduling.solve import SolverName, solve

_EXIT_BAD_FILE = 1
_EXIT_USAGE = 2
_EXIT_NO_SCHEDULE = 3


@dataclass(frozen=True, slots=True)
class ScheduleRun:
    """How a problem is solved from the command line."""

    solver: str
    time_limit: float
    threads: int
    seed: int
    is_quiet: bool


def solve_schedule(file: Path, form: ProblemFormat, run: ScheduleRun, is_json: bool) -> int:
    """Print the schedule of a file's problem and return the exit code."""
    started, watch = time.perf_counter(), SearchWatch(run.is_quiet)
    before = signal.signal(signal.SIGINT, watch.interrupt)
    try:
        problem = read_scheduling(file, SchedulingFormat(form.value))
        # compiling, the first time, is not the search's time
        compiling = time.perf_counter()
        prepare_dispatch()
        if run.solver in ("auto", "local_search"):
            prepare_local_search(problem)
        started += time.perf_counter() - compiling
        result = solve(
            problem,
            cast(SolverName, run.solver),
            time_limit=max(0.1, run.time_limit - (time.perf_counter() - started)),
            seed=run.seed,
            threads=run.threads,
            clock=time.perf_counter,
            on_progress=watch,
        )
    except SchedulingDataError as error:
        typer.echo(f"lotwright: {error}", err=True)
        return _EXIT_BAD_FILE
    except OptionError as error:
        typer.echo(f"lotwright: {error}", err=True)
        return _EXIT_USAGE
    finally:
        signal.signal(signal.SIGINT, before)
    seconds = time.perf_counter() - started
    typer.echo(
        json.dumps(_document(problem, result, seconds), indent=1) if is_json else _text(problem, result, seconds)
    )
    return 0 if result.schedule is not None else _EXIT_NO_SCHEDULE


def _document(problem: SchedulingProblem, result: ScheduleResult, seconds: float) -> dict[str, Any]:
    """Return what ``--json`` prints."""
    return {
        "status": str(result.status),
        "objective": finite(result.objective),
        "bound": finite(result.bound),
        "gap": finite(result.gap),
        "seconds": round(seconds, 3),
        "solver": result.solver,
        "n_jobs": problem.n_jobs,
        "n_operations": problem.n_operations,
        "n_machines": problem.n_machines,
        "schedule": _rows(problem, result),
    }


def _rows(problem: SchedulingProblem, result: ScheduleResult) -> list[dict[str, Any]]:
    """Return the operations by job, with where and when they run."""
    schedule = result.schedule
    if schedule is None:
        return []
    unit = schedule.operation_unit
    return [
        {
            "operation": problem.operation_name(one),
            "job": problem.job_name(int(problem.operation_job[one])),
            "machine": None if unit[one] == NONE else problem.machine_name(int(problem.unit_machine[unit[one]])),
            "unit": None if unit[one] == NONE else problem.unit_name(int(unit[one])),
            "start": int(schedule.operation_start[one]),
            "end": int(schedule.operation_end[one]),
        }
        for one in range(problem.n_operations)
    ]


def _text(problem: SchedulingProblem, result: ScheduleResult, seconds: float) -> str:
    """Return the result for people: what it is worth, and what each unit runs in turn."""
    lines = [f"status     {result.status}"]
    if result.values is not None:
        lines.append(f"objective  {result.objective:,.10g} (makespan {result.values.makespan:,})")
    lines.append(f"bound      {result.bound:,.10g}")
    lines.append(f"gap        {100 * result.gap:.2f} %")
    lines.append(f"seconds    {seconds:.1f}")
    if result.schedule is None:
        return "\n".join(lines)
    lines.append(f"solver     {result.solver}")
    rows = sorted(_rows(problem, result), key=lambda row: (row["start"], row["end"]))
    by_unit: dict[str, list[str]] = {}
    for row in rows:
        name = "without a machine" if row["unit"] is None else f"machine {row['unit']}"
        by_unit.setdefault(name, []).append(f"{row['operation']} {row['start']}-{row['end']}")
    lines.append("operations of each machine with start and end:")
    lines.extend(f"{name}: " + ", ".join(runs) for name, runs in sorted(by_unit.items()))
    return "\n".join(lines)
