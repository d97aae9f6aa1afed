"""Levelling at the size of a plant: python -m benchmarks.levelling [--write]."""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

from benchmarks.inside import keep_figures
from benchmarks.levelling_data import levelling_problem
from scheduling.leveller.model import levelling_model
from scheduling.leveller.options import LevellingOptions
from scheduling.leveller.solution import solve_levelling

_LOAD = 0.8
_SEED = 1


def measure(n_items: int, n_periods: int, n_centers: int, options: LevellingOptions) -> dict[str, Any]:
    """Return the figures of one solve: size, seconds on the clock and of the processors, cost, gap."""
    problem = levelling_problem(n_items, n_periods, n_centers, _LOAD, _SEED)
    begin, begin_cpu = time.perf_counter(), time.process_time()
    model = levelling_model(problem).model
    built = time.perf_counter() - begin
    solution = solve_levelling(problem, options)
    overloaded = (problem.load_minutes(problem.planned) > problem.available_minutes).mean()
    return {
        "items": n_items,
        "periods": n_periods,
        "work_centers": n_centers,
        "overloaded_before": float(overloaded),
        "columns": model.n_columns,
        "rows": model.n_rows,
        "coefficients": int(model.matrix.nnz),
        "method": solution.result.method,
        "window_periods": options.window_periods,
        "build_seconds": built,
        "seconds": time.perf_counter() - begin,
        "cpu_seconds": time.process_time() - begin_cpu,
        "cost": solution.result.objective,
        "gap": solution.result.gap,
        "cost_by_kind": solution.cost_by_kind,
    }


def main() -> None:
    """Measure and print; with ``--write`` into benchmarks/results/levelling.json too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--periods", type=int, default=26)
    parser.add_argument("--work-centers", type=int, default=50)
    parser.add_argument("--method", default="auto")
    parser.add_argument("--window", type=int, default=0)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    options = LevellingOptions(method=given.method, window_periods=given.window, threads=2)
    figures = measure(given.items, given.periods, given.work_centers, options)
    print(json.dumps(figures, indent=2))
    if given.write:
        keep_figures("levelling", figures)


if __name__ == "__main__":
    main()
