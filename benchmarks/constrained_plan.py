"""The constrained plan at the size of a plant: python -m benchmarks.constrained_plan [--write]."""

from __future__ import annotations

import argparse
import json
import resource
import time
from typing import Any

from api.kernel_cache import prepare_kernels

prepare_kernels()

from benchmarks.constrained_data import constrained_data  # noqa: E402 - the kernels' folder is set before numba comes
from benchmarks.inside import keep_figures  # noqa: E402
from planning.mrp import run_mrp  # noqa: E402
from scheduling.constrained_plan import ConstrainedOptions, run_constrained_plan  # noqa: E402

_SEED = 1
_SMALL = 200


def measure(n_items: int, n_demands: int, n_centers: int) -> dict[str, Any]:
    """Return the figures of one plan: sizes, seconds by phase, service, violations."""
    run_constrained_plan(run_mrp(constrained_data(_SMALL, _SMALL, 5, _SEED)))  # compiles
    data = constrained_data(n_items, n_demands, n_centers, _SEED)
    begin = time.perf_counter()
    plan = run_mrp(data)
    netted, begin_cpu = time.perf_counter(), time.process_time()
    constrained = run_constrained_plan(plan, ConstrainedOptions(compare=False))
    promised, cpu_seconds = time.perf_counter(), time.process_time() - begin_cpu
    violations = constrained.violations
    checked = time.perf_counter()
    figures = {row["name"]: row["value"] for row in constrained.table("service_figures").to_dicts()}
    return {
        "items": n_items,
        "levels": plan.model.level_indptr.shape[0] - 1,
        "work_centers": n_centers,
        "mrp_orders": int(plan.plan.orders.rows.shape[0]),
        "mrp_seconds": netted - begin,
        "constrained_seconds": promised - netted,
        "constrained_cpu_seconds": cpu_seconds,
        "check_seconds": checked - promised,
        "violations": violations,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        **figures,
    }


def main() -> None:
    """Measure and print; with ``--write`` into benchmarks/results/constrained_plan.json too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--demands", type=int, default=50_000)
    parser.add_argument("--work-centers", type=int, default=300)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    figures = measure(given.items, given.demands, given.work_centers)
    print(json.dumps(figures, indent=2))
    if given.write:
        keep_figures("constrained_plan", figures)


if __name__ == "__main__":
    main()
