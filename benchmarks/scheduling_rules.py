"""The rules on 100,000 and 1,000,000 operations: seconds of each, of its check, and memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from benchmarks.inside import PeakMemory, seconds

if TYPE_CHECKING:
    from scheduling.problem import SchedulingProblem


def measure_rules(build: Callable[[], SchedulingProblem], tell: Callable[[str], Any]) -> dict[str, Any]:
    """Return what every rule takes on a problem, and its schedule's check; each is told when it is known."""
    from scheduling.check import check
    from scheduling.dispatch import Rule, prepare_dispatch, run_dispatch
    from scheduling.finite.shop import make_shop

    prepare_dispatch()
    memory = PeakMemory()
    making, problem = seconds(build)
    readying, shop = seconds(lambda: make_shop(problem))
    size = f"{problem.n_operations:,} x {problem.n_machines:,}"
    made = {"make_problem_seconds": round(making, 2), "make_shop_seconds": round(readying, 2)}
    tell(f"{problem.n_operations:,} operations: made in {making:.2f} s, made ready in {readying:.2f} s\n")
    rules = []
    for rule in Rule:
        processor = time.process_time()
        taken, schedule = seconds(lambda rule=rule: run_dispatch(problem, rule, shop=shop))  # type: ignore[misc]
        processor = time.process_time() - processor
        checking, checked = seconds(lambda schedule=schedule: check(problem, schedule))  # type: ignore[misc]
        if not checked.is_feasible:
            raise RuntimeError(f"{rule}: a schedule that breaks a rule")
        row = {
            "rule": f"{rule}, {size}",
            "seconds": round(taken, 2),
            "processor_seconds": round(processor, 2),
            "check_seconds": round(checking, 2),
            "weighted_tardiness": checked.values.weighted_tardiness,
            "setup_time": checked.values.setup_time,
            "peak_mib": memory.mib(),
        }
        rules.append(row)
        tell(
            f"{rule:6} {taken:6.2f} s, {processor:6.2f} s CPU, check {checking:5.2f} s, "
            f"weighted tardiness {row['weighted_tardiness']:18,.0f}, "
            f"setup time {row['setup_time']:12,}, {row['peak_mib']:6,} MiB\n"
        )
    return {"made": {size: made}, "rules": rules}
