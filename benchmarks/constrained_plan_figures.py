"""The figures of the constrained plan; imported after the kernels' cache is set."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.constrained_data import constrained_data
from benchmarks.inside import against_targets, peak_memory_mib, seconds
from planning.mrp import run_mrp
from scheduling.constrained_plan import ConstrainedOptions, run_constrained_plan

_SEED = 1
_SMALL = 200
_MOST_SECONDS = 60.0


def figures(n_items: int, n_demands: int, n_centers: int) -> dict[str, Any]:
    """Return the figures of one plan: sizes, seconds by phase, service, violations."""
    run_constrained_plan(run_mrp(constrained_data(_SMALL, _SMALL, 5, _SEED)))  # compiles
    data = constrained_data(n_items, n_demands, n_centers, _SEED)
    mrp_seconds, plan = seconds(lambda: run_mrp(data))
    begin_cpu = time.process_time()
    taken, constrained = seconds(lambda: run_constrained_plan(plan, ConstrainedOptions(compare=False)))
    cpu_seconds = time.process_time() - begin_cpu
    check_seconds, violations = seconds(lambda: constrained.violations)
    service = {row["name"]: row["value"] for row in constrained.table("service_figures").to_dicts()}
    return {
        "targets": against_targets({"constrained plan, s": (_MOST_SECONDS, taken)}),
        "items": n_items,
        "levels": plan.model.level_indptr.shape[0] - 1,
        "work_centers": n_centers,
        "mrp_orders": int(plan.plan.orders.rows.shape[0]),
        "mrp_seconds": mrp_seconds,
        "constrained_seconds": taken,
        "constrained_cpu_seconds": cpu_seconds,
        "check_seconds": check_seconds,
        "violations": len(violations),
        "peak_memory_mib": peak_memory_mib(),
        **service,
    }
