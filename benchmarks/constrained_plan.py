"""The constrained plan at the size of a plant: python -m benchmarks.constrained_plan [--write]."""

from __future__ import annotations

import argparse
import json
import sys
from importlib import import_module

from api.kernel_cache import prepare_kernels
from benchmarks.inside import keep_figures


def main() -> None:
    """Measure and print; with ``--write`` into benchmarks/results/constrained_plan.json too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--demands", type=int, default=50_000)
    parser.add_argument("--work-centers", type=int, default=300)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    prepare_kernels()
    figures = import_module("benchmarks.constrained_plan_figures").figures  # imports numba, which reads its cache
    found = figures(given.items, given.demands, given.work_centers)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    if given.write:
        keep_figures("constrained_plan", found)


if __name__ == "__main__":
    main()
