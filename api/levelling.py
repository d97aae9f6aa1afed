"""Levelling of a plan, and its tables as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planning.mrp import MrpResult
    from scheduling.levelled_plan import LevelledPlan


def level(result: MrpResult) -> LevelledPlan:
    """Return a plan levelled with the options that its data set has for capacity, and the defaults for levelling."""
    # here, because solvers take long to be imported, and most commands need none
    from planning.capacity import run_capacity
    from scheduling.levelled_plan import level_plan

    return level_plan(run_capacity(result))


def levelling_facts(levelled: LevelledPlan) -> dict[str, Any]:
    """Return what levelling comes to, in a few numbers."""
    before, after = levelled.overload_hours
    solution = levelled.levelling.solution
    facts: dict[str, Any] = {"overload_hours_before": before, "overload_hours_after": after, "rounds": levelled.rounds}
    if solution is not None:
        facts |= {
            "items": solution.problem.n_items,
            "periods": solution.problem.n_periods,
            "status": str(solution.result.status),
            "cost": solution.result.objective,
            "bound": solution.result.bound,
            "gap": solution.result.gap,
            "seconds": solution.result.seconds,
            "method": solution.result.method,
            "columns": solution.model.model.n_columns,
            "rows": solution.model.model.n_rows,
        }
    return facts


def write_levelling(levelled: LevelledPlan, folder: Path) -> None:
    """Write the tables of levelling as CSV, and ``levelling.json`` with what it comes to."""
    from scheduling.leveller.tables import LEVELLING_TABLES

    for name in LEVELLING_TABLES:
        levelled.table(name).write_csv(folder / f"{name}.csv")
    (folder / "levelling.json").write_text(json.dumps(levelling_facts(levelled), indent=2) + "\n")
