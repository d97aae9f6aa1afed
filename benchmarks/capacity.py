"""Loads measured: the operations of a whole plan in time and added up by day, week and month.

Run as ``python -m benchmarks.capacity [--case million] [--size 1000000] [--threads 2]``. The figures are printed, and
written to ``benchmarks/results/capacity-<case>-<size>-<seed>.json`` with ``--write``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from api.kernel_cache import prepare_kernels
from benchmarks.registry import CASES, SEED

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", choices=CASES, default="million")
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--data", type=Path, default=HERE / "data")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    prepare_kernels()
    from benchmarks.capacity_figures import figures  # imports numba, which reads where its cache is

    case = CASES[arguments.case]
    figures(case.folder(arguments.data, case.sizes[0], arguments.seed), arguments.seed, 1)  # compiles
    folder = case.folder(arguments.data, arguments.size, arguments.seed)
    found = figures(folder, arguments.seed, arguments.threads)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    if arguments.write:
        name = f"capacity-{arguments.case}-{arguments.size}-{arguments.seed}.json"
        (HERE / "results" / name).write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
