"""The command ``lotwright solve``: one file of a published problem, lots or a schedule."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.io.problem_formats import ProblemFormat
from api.json_numbers import finite

if TYPE_CHECKING:
    from scheduling.lot_sizing.problem import LotSizingProblem
    from scheduling.lot_sizing.search import LotSizingProgress
    from scheduling.lot_sizing_mip import LotSizingResult

_EXIT_BAD_FILE = 1
_EXIT_USAGE = 2
_EXIT_NO_PLAN = 3
_TOLD_EVERY = 1.0


def solve(
    file: Annotated[Path, typer.Argument(help="The file; of mlclsp any of the five, or folder/instance.")],
    form: Annotated[ProblemFormat, typer.Option("--format", help="The format of the file.")],
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds after which the best so far is told.")] = 60.0,
    threads: Annotated[int, typer.Option(min=1, help="Threads of the solver and of the search.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="The seed of random choices.")] = 0,
    gap: Annotated[float, typer.Option(min=0.0, help="A proven gap that is good enough, as a fraction.")] = 1e-4,
    ignores_lead_times: Annotated[
        bool, typer.Option("--ignore-lead-times", help="Components are there in the period in which they are made.")
    ] = False,
    solver: Annotated[str, typer.Option(help="Of schedules: auto, dispatch, local_search or cpsat.")] = "auto",
    is_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    is_quiet: Annotated[bool, typer.Option("--quiet", help="No progress on standard error.")] = False,
) -> None:
    """Solve a lot-sizing or scheduling problem: lots or a schedule, and how much better any could be.

    Lot sizing: trigeiro, mlclsp. Schedules of least makespan: jsp (job shop), fjsp (flexible job shop), hfsp (hybrid
    flow shop), rcpsp (projects: PSPLIB or Patterson).

    Exit 0: a solution was found; 1: the file has errors; 2: a wrong call; 3: none keeps every limit, or none was found.
    """
    if form.is_scheduling:
        from api.cli.solve_schedule import ScheduleRun, solve_schedule

        run = ScheduleRun(solver, time_limit, threads, seed, is_quiet)
        raise typer.Exit(solve_schedule(file, form, run, is_json))
    # the solver takes a second to import, which --help should not pay
    from api.io.lot_sizing_files import LotSizingFormat, read_lot_sizing
    from bom.errors import OptionError
    from scheduling.lot_sizing.problem import LotSizingDataError
    from scheduling.lot_sizing.search import LotSizingOptions
    from scheduling.lot_sizing_mip import prepare_lot_sizing, solve_lot_sizing

    try:
        problem = read_lot_sizing(file, LotSizingFormat(form.value), not ignores_lead_times)
    except LotSizingDataError as error:
        typer.echo(f"lotwright: {error}", err=True)
        raise typer.Exit(_EXIT_BAD_FILE) from error
    except OptionError as error:
        typer.echo(f"lotwright: {error}", err=True)
        raise typer.Exit(_EXIT_USAGE) from error
    options = LotSizingOptions(time_limit, threads, seed, gap)
    watch = _Watch(is_quiet)
    prepare_lot_sizing(problem)
    result = solve_lot_sizing(problem, options, clock=time.perf_counter, watch=watch)
    typer.echo(json.dumps(_document(problem, result), indent=1) if is_json else _text(problem, result))
    if result.status in ("overloaded", "infeasible"):
        raise typer.Exit(_EXIT_NO_PLAN)


class _Watch:
    """Tells how the search gets on: a new step at once, else once a second."""

    def __init__(self, is_quiet: bool) -> None:
        self._is_quiet, self._step, self._told = is_quiet, "", -_TOLD_EVERY

    def __call__(self, progress: LotSizingProgress) -> None:
        """Write a line on standard error."""
        is_due = progress.step != self._step or progress.seconds - self._told >= _TOLD_EVERY
        if self._is_quiet or not is_due:
            return
        self._step, self._told = progress.step, progress.seconds
        line = f"{progress.seconds:7.1f} s  {progress.step:14} objective {progress.objective:14,.2f}"
        print(f"{line}  bound {progress.bound:14,.2f}", file=sys.stderr, flush=True)


def _document(problem: LotSizingProblem, result: LotSizingResult) -> dict[str, Any]:
    """Return what ``--json`` prints."""
    cost, schedule = result.cost, result.schedule
    return {
        "status": str(result.status),
        "objective": finite(result.objective),
        "bound": finite(result.bound),
        "gap": finite(result.gap),
        "seconds": round(result.seconds, 3),
        "cost": None
        if cost is None
        else {name: getattr(cost, name) for name in ("setup", "holding", "production", "backlog", "overtime")},
        "reasons": list(result.reasons),
        "n_items": problem.n_items,
        "n_periods": problem.n_periods,
        "lots": []
        if schedule is None
        else [
            {
                "item": problem.item_ids[item],
                "period": int(period) + 1,
                "quantity": float(schedule.production[item, period]),
                "is_set_up": bool(schedule.is_set_up[item, period]),
            }
            for item in range(problem.n_items)
            for period in range(problem.n_periods)
            if schedule.production[item, period] > 0 or schedule.is_set_up[item, period]
        ],
    }


def _text(problem: LotSizingProblem, result: LotSizingResult) -> str:
    """Return the result for people: what it costs, and the lots of each item by period."""
    lines = [f"status     {result.status}"]
    if result.cost is not None:
        kinds = ("setup", "holding", "production", "backlog", "overtime")
        parts = [f"{kind} {getattr(result.cost, kind):,.2f}" for kind in kinds if getattr(result.cost, kind)]
        lines.append(f"objective  {result.objective:,.2f} ({', '.join(parts)})")
    lines.append(f"bound      {result.bound:,.2f}")
    lines.append(f"gap        {100 * result.gap:.2f} %")
    lines.append(f"seconds    {result.seconds:.1f}")
    lines.extend(result.reasons)
    if result.schedule is not None:
        lines.append("lots by item and period:")
        width = max(len(name) for name in problem.item_ids)
        for name, row in zip(problem.item_ids, result.schedule.production, strict=True):
            lines.append(f"{name:>{width}}  " + " ".join(f"{lot:6g}" if lot else "     ." for lot in row.round(2)))
    return "\n".join(lines)
