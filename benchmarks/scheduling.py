"""Finite scheduling measured: objective, bound and gap to best known after 10 and 60 seconds, beside CP-SAT alone.

Run as ``python -m benchmarks.scheduling [--data FOLDER] [--seconds 10 60] [--threads 2] [--solvers auto cpsat]
[--instances ta51js mk10 flow million ...] [--plot FILE] [--write]``. The folder has ``jobshop``, ``flexible_jobshop``,
``large`` and ``best_known.json`` as in ScheduleOpt/benchmarks; they are not part of the project. ``flow`` is made here:
100,000 operations on 300 work centers with calendars, setup groups and due dates; ``million`` is the same with
1,000,000 operations on 1,000 work centers, on which every rule is run. So are flow lines (``benchmarks.flow_lines``):
Taillard's flow shops, parallel machines, setups, due dates; and shops with operators, tools, batches and maximum lags
(``benchmarks.tool_shops``).

Each solver runs once an instance, with the longest limit; what it had after the shorter ones is read from its log.
CP-SAT begins with the best rule's schedule. Each line is printed when it is known. ``--write`` joins the figures with
those of earlier runs in ``benchmarks/results/scheduling.json``, so that a run can be split by ``--instances``, and
draws the objective over time.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.kernel_cache import prepare_kernels
from benchmarks.flow_lines import best_known_flow
from benchmarks.inside import PeakMemory, keep_figures
from benchmarks.scheduling_instances import ALL, GENERATED, MILLION, flow_problem, million_problem, read_instance
from benchmarks.scheduling_report import Row, found_by, gap, joined_traces, joined_with_file, plot, rows_of
from benchmarks.scheduling_rules import measure_rules

if TYPE_CHECKING:
    from scheduling.problem import SchedulingProblem
    from scheduling.result import ScheduleProgress

HERE = Path(__file__).resolve().parent
DATA = HERE.parent.parent / "shared" / "data" / "scheduling"
RESULTS = HERE / "results"


def measure(
    problem: SchedulingProblem, name: str, solver: str, seconds: float, threads: int, best_known: float | None
) -> Row:
    """Return what a solver finds in so many seconds; its schedule is checked."""
    from bom.errors import OptionError
    from scheduling.check import check
    from scheduling.solve import solve

    processor, memory = time.process_time(), PeakMemory()
    run: Row = {
        "instance": name,
        "operations": problem.n_operations,
        "solver": solver,
        "limit_seconds": seconds,
        "threads": threads,
        "best_known": best_known or None,
    }
    none: Row = {"objective": None, "bound": None, "best_rule": None, "seconds": 0.0, "log": []}
    log: list[tuple[float, float]] = []

    def watch(progress: ScheduleProgress) -> bool:
        if progress.objective < (log[-1][1] if log else float("inf")):
            log.append((round(progress.seconds, 2), progress.objective))
        return False

    options: dict[str, Any] = {"time_limit": seconds, "threads": threads, "clock": time.perf_counter}
    try:
        result = solve(problem, solver, on_progress=watch, **options)  # type: ignore[arg-type]
    except OptionError as error:
        return run | none | {"processor_seconds": 0.0, "peak_mib": memory.mib(), "why_none": str(error)}
    if result.schedule is not None and not check(problem, result.schedule).is_feasible:
        raise RuntimeError(f"{name}: a schedule that breaks a rule")
    return run | {
        "objective": None if result.schedule is None else result.objective,
        "bound": result.bound,
        "best_rule": best_rule(result.log),
        "seconds": round(result.seconds, 1),
        "processor_seconds": round(time.process_time() - processor, 1),
        "peak_mib": memory.mib(),
        "log": log,
    }


def best_rule(log: tuple[Any, ...]) -> float | None:
    """Return the best objective of the rules alone, before anything is fitted or searched."""
    by_rule = [one.objective for one in log if one.step.isupper()]
    return min(by_rule) if by_rule else None


def line(run: Row, limits: list[float]) -> str:
    """Return one line of the table."""

    def text(value: float | None, form: str = ",.0f") -> str:
        return "none" if value is None else format(value, form)

    found = "  ".join(f"{at:g} s {text(found_by(run, at)):>12}" for at in limits)
    above = gap(run["objective"], run["best_known"])
    return (
        f"{run['instance']:22} {run['solver']:12} {found}  bound {text(run['bound']):>12}  "
        f"best known {text(run['best_known']):>9} {text(above, '.2f'):>6} %  rule {text(run['best_rule']):>12} "
        f"{run['seconds']:6.1f} s {run['processor_seconds']:6.1f} s CPU {run['peak_mib']:6} MiB "
        f"{run.get('why_none', '')}\n"
    )


def measured(arguments: argparse.Namespace, known: dict[str, Any]) -> Iterator[Row]:
    """Return the runs of all instances that are there, each when it is known."""
    # numba, which this imports, reads where its cache is when it is imported
    from scheduling.finite.local import prepare_local_search

    for name in arguments.instances:
        if name == MILLION:
            continue
        if name not in GENERATED and not known:
            sys.stdout.write(f"{arguments.data} is not there; name the folder of the instances by --data\n")
            continue
        problem = read_instance(arguments.data, name)
        prepare_local_search(problem)
        reference = best_known_flow(name) or known.get(name, {}).get("upper_bound")
        for solver in arguments.solvers:
            yield measure(problem, name, solver, max(arguments.seconds), arguments.threads, reference)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--seconds", type=float, nargs="+", default=[10.0, 60.0])
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--solvers", nargs="+", default=["auto", "cpsat"])
    parser.add_argument("--instances", nargs="+", default=list(ALL))
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    prepare_kernels()
    known_file = arguments.data / "best_known.json"
    known = json.loads(known_file.read_text()) if known_file.is_file() else {}
    runs: list[Row] = []
    by_rule: dict[str, Any] = {}
    for run in measured(arguments, known):
        runs.append(run)
        _tell(line(run, arguments.seconds))
        if arguments.write:
            _keep(arguments, runs, by_rule)
    if MILLION in arguments.instances:
        small, large = measure_rules(flow_problem, _tell), measure_rules(million_problem, _tell)
        by_rule = {"made": small["made"] | large["made"], "rules": small["rules"] + large["rules"]}
    if arguments.write and (runs or by_rule):
        _keep(arguments, runs, by_rule)
    if arguments.plot and any(run["log"] for run in runs):
        plot(joined_traces({}, runs), {run["instance"]: run["best_known"] for run in runs}, arguments.plot)


def _tell(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


def _keep(arguments: argparse.Namespace, runs: list[Row], by_rule: dict[str, Any]) -> None:
    """Join what is known so far with the results of earlier runs, and draw all of them."""
    rows = rows_of(runs, arguments.seconds)
    found = joined_with_file(RESULTS / "scheduling.json", {"instances": rows, **by_rule})
    file = RESULTS / "traces" / "scheduling.json"
    traces = joined_traces(json.loads(file.read_text()) if file.is_file() else {}, runs)
    if traces:
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(traces) + "\n")
        plot(traces, {row["instance"]: row["best_known"] for row in found["instances"]}, RESULTS / "scheduling.png")
    keep_figures("scheduling", found)


if __name__ == "__main__":
    main()
