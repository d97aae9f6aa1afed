"""Finite scheduling measured: objective, bound and gap to best known after 10 and 60 seconds, beside CP-SAT alone.

Run as ``python -m benchmarks.scheduling [--data FOLDER] [--seconds 10 60] [--threads 2] [--solvers auto cpsat]
[--instances ta51js mk10 flow ...]``. The folder has ``jobshop``, ``flexible_jobshop``, ``large`` and
``best_known.json`` as in ScheduleOpt/benchmarks; they are not part of the project. ``flow`` is made here: 100,000
operations on 300 work centers with calendars, setup groups and due dates. Each line is printed when it is known; with
``--write`` all go to ``benchmarks/results/scheduling.json``, and ``--plot`` draws the objective over time.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from api.kernel_cache import prepare_kernels
from benchmarks.inside import keep_figures

if TYPE_CHECKING:
    from scheduling.problem import SchedulingProblem

HERE = Path(__file__).resolve().parent
DATA = HERE.parent.parent / "shared" / "data" / "scheduling"
CLASSIC = ("ft10", "la38", "ta01js", "ta11js", "ta21js", "ta31js", "ta41js", "ta51js", "ta61js", "ta71js", "dmu41")
FLEXIBLE = ("mk02", "mk05", "mk06", "mk07", "mk10")
LARGE = ("tai_100_100_1", "dct-short-100-10000-1")
FLOW = "flow"
MINUTES_OF_DAY = 1440


def flow_problem(
    n_jobs: int = 10_000, n_operations: int = 10, n_work_centers: int = 300, seed: int = 1
) -> SchedulingProblem:
    """Return a generated flow: random routings, two shift patterns, 8 setup groups, due dates, weights of 1 to 5."""
    from scheduling.finite.make import make_problem
    from scheduling.objective import Measure, Objective

    rng = np.random.default_rng(seed)
    machine = rng.integers(0, n_work_centers, (n_jobs, n_operations))
    duration = rng.integers(5, 60, (n_jobs, n_operations))
    horizon = int(duration.sum() / n_work_centers * 1.35 * 1.5)
    release = rng.integers(0, int(horizon * 0.7), n_jobs)
    due = release + (duration.sum(axis=1) * rng.uniform(3, 12, n_jobs)).astype(np.int64)
    setup = rng.integers(5, 40, (8, 8))
    np.fill_diagonal(setup, 0)
    days = np.arange(20 * horizon // MINUTES_OF_DAY + 200) * MINUTES_OF_DAY
    two_shifts = [(int(day) + 360, int(day) + 1320) for day in days]
    with_break = [pair for day in days for pair in ((int(day), int(day) + 720), (int(day) + 780, int(day) + 1440))]
    return make_problem(
        job_indptr=np.arange(n_jobs + 1) * n_operations,
        mode_indptr=np.arange(n_jobs * n_operations + 1),
        mode_machine=machine.ravel(),
        mode_duration=duration.ravel(),
        n_machines=n_work_centers,
        job_release=release,
        job_due=due,
        job_weight=rng.integers(1, 6, n_jobs),
        operation_setup_group=rng.integers(0, 8, (n_jobs, n_operations)).ravel(),
        machine_setup_matrix=0,
        setup_time=setup,
        calendars=[two_shifts, with_break],
        machine_calendar=rng.integers(0, 2, n_work_centers),
        machine_pauses=np.arange(n_work_centers) % 2 == 0,
        objective=Objective(((Measure.WEIGHTED_TARDINESS, 1.0), (Measure.SETUP_TIME, 1.0))),
    )


def read_instance(data: Path, name: str) -> SchedulingProblem:
    """Return the problem of a name."""
    from api.io.scheduling_files import SchedulingFormat, read_scheduling

    if name == FLOW:
        return flow_problem()
    if name.startswith("mk"):
        return read_scheduling(data / "flexible_jobshop" / f"{name}.txt", SchedulingFormat.FJSP)
    if (packed := data / "large" / f"{name}.zip").is_file():
        with TemporaryDirectory() as folder, zipfile.ZipFile(packed) as archive:
            return read_scheduling(Path(archive.extract(archive.namelist()[0], folder)), SchedulingFormat.JSP)
    return read_scheduling(data / "jobshop" / f"{name}.txt", SchedulingFormat.JSP)


def measure(
    problem: SchedulingProblem, name: str, solver: str, seconds: float, threads: int, best_known: float | None
) -> dict[str, Any]:
    """Return what a solver finds in so many seconds; its schedule is checked."""
    from scheduling.check import check
    from scheduling.solve import solve

    processor = time.process_time()
    result = solve(problem, solver, time_limit=seconds, threads=threads, clock=time.perf_counter)  # type: ignore[arg-type]
    if result.schedule is not None and not check(problem, result.schedule).is_feasible:
        raise RuntimeError(f"{name}: a schedule that breaks a rule")
    reference = best_known or None
    return {
        "instance": name,
        "solver": solver,
        "limit_seconds": seconds,
        "threads": threads,
        "objective": None if result.schedule is None else result.objective,
        "bound": result.bound,
        "best_known": reference,
        "gap_to_best_known_percent": None
        if reference is None or result.schedule is None
        else round(100 * (result.objective / reference - 1), 2),
        "best_rule": best_rule(result.log),
        "seconds": round(result.seconds, 1),
        "processor_seconds": round(time.process_time() - processor, 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "log": [(round(one.seconds, 2), one.objective) for one in result.log],
    }


def best_rule(log: tuple[Any, ...]) -> float | None:
    """Return the best objective of the rules alone, before anything is fitted or searched."""
    by_rule = [one.objective for one in log if one.step.isupper()]
    return min(by_rule) if by_rule else None


def line(found: dict[str, Any]) -> str:
    """Return one line of the table."""
    objective = "none" if found["objective"] is None else f"{found['objective']:,.0f}"
    known = "" if found["best_known"] is None else f"{found['best_known']:,.0f}"
    gap = "" if found["gap_to_best_known_percent"] is None else f"{found['gap_to_best_known_percent']:.2f} %"
    rule = "" if found["best_rule"] is None else f"{found['best_rule']:,.0f}"
    return (
        f"{found['instance']:22} {found['solver']:12} {found['limit_seconds']:4.0f} s {objective:>12} "
        f"bound {found['bound']:12,.0f}  best known {known:>9} {gap:>9}  rule {rule:>12} "
        f"{found['seconds']:6.1f} s {found['processor_seconds']:6.1f} s CPU {found['peak_mib']:6} MiB\n"
    )


def plot(rows: list[dict[str, Any]], path: Path) -> None:
    """Draw the objective over time, in percent of the best one, one panel an instance."""
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(row["instance"] for row in rows))
    figure = Figure(figsize=(4.0 * min(3, len(names)), 3.0 * -(-len(names) // 3)), layout="constrained")
    for place, name in enumerate(names):
        axes = figure.add_subplot(-(-len(names) // 3), min(3, len(names)), place + 1)
        own = [row for row in rows if row["instance"] == name and row["objective"] is not None]
        longest = max((row["limit_seconds"] for row in own), default=0.0)
        least = min((row["best_known"] or row["objective"] for row in own), default=1.0)
        for row in own:
            if row["limit_seconds"] == longest:
                points = [(at, value) for at, value in row["log"] if value < float("inf")]
                points.append((row["seconds"], row["objective"]))
                axes.step(
                    [at for at, _ in points],
                    [100 * (value / least - 1) for _, value in points],
                    where="post",
                    label=row["solver"],
                )
        axes.set(title=name, xlabel="seconds", ylabel="% above best known")
        axes.legend()
    figure.savefig(path, dpi=110)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--seconds", type=float, nargs="+", default=[10.0, 60.0])
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--solvers", nargs="+", default=["auto", "cpsat"])
    parser.add_argument("--instances", nargs="+", default=[*CLASSIC, *FLEXIBLE, *LARGE, FLOW])
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    prepare_kernels()
    from bom.errors import OptionError
    from scheduling.finite.local import prepare_local_search

    known_file = arguments.data / "best_known.json"
    known = json.loads(known_file.read_text()) if known_file.is_file() else {}
    rows = []
    for name in arguments.instances:
        if name != FLOW and not known:
            sys.stdout.write(f"{arguments.data} is not there; name the folder of the instances by --data\n")
            continue
        problem = read_instance(arguments.data, name)
        prepare_local_search(problem)
        reference = known.get(name, {}).get("upper_bound")
        for solver in arguments.solvers:
            for seconds in arguments.seconds:
                try:
                    rows.append(measure(problem, name, solver, seconds, arguments.threads, reference))
                    sys.stdout.write(line(rows[-1]))
                except OptionError as error:
                    sys.stdout.write(f"{name:22} {solver:12} {seconds:4.0f} s {error}\n")
                sys.stdout.flush()
    if arguments.plot and rows:
        plot(rows, arguments.plot)
    if arguments.write:
        keep_figures("scheduling", {"instances": rows})


if __name__ == "__main__":
    main()
