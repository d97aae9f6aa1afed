"""Levelling of a plan, and its tables as files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planning.mrp import MrpResult
    from scheduling.levelled_plan import LevelledPlan


_TOLD = 10


def level(
    result: MrpResult, capacity: Mapping[str, Any] | None = None, levelling: Mapping[str, Any] | None = None
) -> LevelledPlan:
    """Return a plan levelled with the options that its data set has for capacity and levelling, those given over them.

    Raises
    ------
    OptionError
        When an option is not one, or has a value that it cannot have.
    """
    # here, because solvers take long to be imported, and most commands need none
    from planning.capacity import CapacityOptions, run_capacity
    from scheduling.levelled_plan import level_plan
    from scheduling.levelling import LevellingOptions

    settings = result.model.data.settings
    options = LevellingOptions.from_mapping({**settings.levelling, **(levelling or {})})
    loads = CapacityOptions.from_mapping({**settings.capacity, **(capacity or {})})
    return level_plan(run_capacity(result, loads), options)


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
            "violation": solution.model.model.violation(solution.result.values),
            "seconds": solution.result.seconds,
            "method": solution.result.method,
            "columns": solution.model.model.n_columns,
            "rows": solution.model.model.n_rows,
            "costs": {
                kind: {"before": was, "after": now} for kind, was, now, _ in levelled.table("levelling_costs").rows()
            },
            "prices": levelled.table("hour_prices")["text"].head(_TOLD).to_list(),
        }
    return facts


def levelling_lines(facts: Mapping[str, Any]) -> list[str]:
    """Return what levelling comes to in sentences: hours before and after, what it costs, what one more is worth."""
    if not facts:
        return []
    lines = [
        f"Overload in the horizon: {facts['overload_hours_before']:,.1f} standard hours before, "
        f"{facts['overload_hours_after']:,.1f} after"
    ]
    if "items" not in facts:
        return [*lines, "nothing to level"]
    total = facts["costs"]["total"]
    lines.append(
        f"{facts['items']:,} items by {facts['periods']} periods, {facts['columns']:,} variables: {facts['status']}, "
        f"gap {facts['gap']:.2%}"
    )
    more = total["after"] - total["before"]
    than = f"{'more' if more >= 0 else 'less'} than the plan before, as if its overload cost nothing"
    lines.append(f"The levelled plan costs {abs(more):,.0f} {than}")
    lines.append(f"seconds: solve                  {facts['seconds']:.3f}")
    return lines + [f"  {text}" for text in facts["prices"]]


def write_levelling(levelled: LevelledPlan, folder: Path) -> None:
    """Write the tables of levelling as CSV, and ``levelling.json`` with what it comes to."""
    from scheduling.leveller.tables import LEVELLING_TABLES

    for name in LEVELLING_TABLES:
        levelled.table(name).write_csv(folder / f"{name}.csv")
    (folder / "levelling.json").write_text(json.dumps(levelling_facts(levelled), indent=2) + "\n")
