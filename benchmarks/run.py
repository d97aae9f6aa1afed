"""The driver: measures `lotwright plan` on the registered cases, phase by phase and as a whole process.

Run as ``python -m benchmarks.run [--case million] [--size 1000000] [--seed 1] [--repeats 3]`` (``make bench``).
``--smoke`` runs each case at its smallest size, on one thread and on two, and fails unless both give the same bytes; it
writes no results.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import report
from benchmarks.measure import Measurement, measure
from benchmarks.registry import CASES, SEED, Case

HERE = Path(__file__).resolve().parent
DATA, RESULTS = HERE / "data", HERE / "results"
LOTWRIGHT = Path(sys.executable).with_name("lotwright")
TABLES = "planned_orders"


class BenchmarkError(Exception):
    """A benchmark did not give what it must."""


def plan(
    dataset: Path, out: Path, threads: int | None = None, cache: Path | None = None
) -> tuple[Measurement, dict[str, Any]]:
    """Return what one `lotwright plan` took and its ``run.json``; ``cache`` is where compiled kernels are kept."""
    command: list[str | Path] = [LOTWRIGHT, "plan", dataset, "--out", out, "--format", "parquet", "--tables", TABLES]
    if threads is not None:
        command += ["--threads", str(threads)]
    measured = measure(command, {"NUMBA_CACHE_DIR": str(cache)} if cache else None)
    run: dict[str, Any] = json.loads((out / "run.json").read_text())
    return measured, run


def run_size(case: Case, size: int, seed: int, repeats: int) -> dict[str, Any]:
    """Return the figures of one case at one size: each repeat's measurement and phases, and the baseline's."""
    dataset = case.folder(DATA, size, seed)
    with TemporaryDirectory() as folder:
        out = Path(folder) / "plan"
        plan(dataset, out)  # what is compiled and in the file cache from here on is steady
        runs = [plan(dataset, out) for _ in range(repeats)]
        baseline = run_baseline(dataset, out / "planned_orders.parquet", Path(folder), repeats)
    measurements = [asdict(measured) for measured, _ in runs]
    return {
        "size": size,
        "seed": seed,
        "rows": runs[0][1]["rows"],
        "repeats": measurements,
        **{name: median(row[name] for row in measurements) for name in measurements[0]},
        "phases": report.median_phases([run for _, run in runs]),
        "baseline": baseline,
    }


def run_baseline(dataset: Path, planned_orders: Path, folder: Path, repeats: int) -> dict[str, float]:
    """Return what polars alone takes to read the data set and to write the orders: medians."""
    figures = []
    for _ in range(repeats):
        seconds = folder / "baseline.json"
        arguments = (dataset, planned_orders, folder / "again.parquet", seconds)
        measured = measure([sys.executable, "-m", "benchmarks.baseline", *arguments])
        figures.append({**json.loads(seconds.read_text()), **asdict(measured)})
    return {name: median(row[name] for row in figures) for name in figures[0]}


def run_first_call(case: Case, seed: int) -> dict[str, float]:
    """Return the seconds of the first call, which compiles, and of the second, at the smallest size."""
    dataset = case.folder(DATA, case.sizes[0], seed)
    with TemporaryDirectory() as folder:
        cache, out = Path(folder) / "cache", Path(folder) / "plan"
        seconds = [plan(dataset, out, cache=cache)[0].wall_seconds for _ in range(2)]
    return {"size": case.sizes[0], "first_call_seconds": seconds[0], "second_call_seconds": seconds[1]}


def smoke(case: Case) -> None:
    """Plan the case at its smallest size on one thread and on two.

    Raises
    ------
    BenchmarkError
        When nothing is planned, or the two plans differ.
    """
    with TemporaryDirectory() as folder:
        dataset = case.folder(Path(folder), case.sizes[0], SEED)
        plans = [Path(folder) / f"threads-{threads}" for threads in (1, 2)]
        runs = [plan(dataset, out, threads)[1] for threads, out in enumerate(plans, start=1)]
        if not runs[0]["rows"]["planned_orders"]:
            raise BenchmarkError(f"{case.name}: nothing is planned")
        for name in TABLES.split(","):
            first, second = ((out / f"{name}.parquet").read_bytes() for out in plans)
            if first != second:
                raise BenchmarkError(f"{case.name}: {name} differs between one thread and two")
    planned_orders = runs[0]["rows"]["planned_orders"]
    print(f"{case.name} at {case.sizes[0]:,} items: {planned_orders:,} planned orders, equal on 1 and 2 threads")


def main() -> None:
    """Run the cases that the command line names."""
    parser = argparse.ArgumentParser(description="Measure `lotwright plan` on the registered cases.")
    parser.add_argument("--case", choices=CASES, action="append", help="a case; default: all")
    parser.add_argument("--size", type=int, action="append", help="a number of items; default: the case's sizes")
    parser.add_argument("--seed", type=int, default=SEED, help=f"default: {SEED}")
    parser.add_argument("--repeats", type=int, default=3, help="measured runs after one that is not; default: 3")
    parser.add_argument("--smoke", action="store_true", help="run the smallest size once and compare, measure nothing")
    arguments = parser.parse_args()
    for case in [CASES[name] for name in arguments.case or CASES]:
        if arguments.smoke:
            smoke(case)
            continue
        sizes = [run_size(case, size, arguments.seed, arguments.repeats) for size in arguments.size or case.sizes]
        first_call = run_first_call(case, arguments.seed)
        result = {"case": case.name, "machine": report.machine(), "first_call": first_call, "sizes": sizes}
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{case.name}.json").write_text(json.dumps(result, indent=2) + "\n")
    if not arguments.smoke:
        report.write(HERE / "README.md", RESULTS)


if __name__ == "__main__":
    main()
