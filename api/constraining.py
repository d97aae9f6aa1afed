"""The constrained plan in a few numbers, and its tables as files."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from scheduling.constrained_plan import ConstrainedPlan
    from scheduling.constraining.improve import Improvement

_CAUSE_WORDS = {
    "capacity": "work center",
    "lead_time": "lead time of",
    "planning_fence": "planning fence of",
    "waits_for_supply": "supply of",
    "not_planned": "no source for",
    "beyond_horizon": "no time for",
}


def constrained_facts(constrained: ConstrainedPlan) -> dict[str, Any]:
    """Return what a constrained plan comes to, and what binds most."""
    figures = constrained.table("service_figures")
    facts: dict[str, Any] = {"figures": {row["name"]: row for row in figures.to_dicts()}}
    if constrained.improvement is not None:
        facts["improvement"] = improvement_facts(constrained.improvement)
    facts["binding"] = binding_causes(constrained).to_dicts()
    facts["violations"] = constrained.violations
    return facts


def improvement_facts(improvement: Improvement) -> dict[str, Any]:
    """Return what other sequences brought: the figures before and after, and how many were tried."""
    return {
        "before": asdict(improvement.before),
        "after": asdict(improvement.after),
        "evaluations": improvement.evaluations,
        "accepted": improvement.accepted,
        "replanned_demands": improvement.replanned,
    }


def binding_causes(constrained: ConstrainedPlan) -> pl.DataFrame:
    """Return what binds late demands: each cause with its work center or item, and which demands wait for it.

    ``quantity`` is that of the demands, ``most_days`` by how much the latest of them is late, ``minutes`` what full
    work centers lacked.
    """
    promises, reasons = constrained.table("promises"), constrained.table("late_reasons")
    is_late = pl.col("reason").is_not_null() & pl.col("demand_id").is_not_null()
    late = (
        promises.filter(is_late)
        .group_by("demand_id")
        .agg(pl.col("quantity").sum().alias("late"), pl.col("days_late").max())
    )
    is_full = pl.col("work_center_id").is_not_null()
    is_last = pl.int_range(pl.len()).over("demand_id") == pl.len().over("demand_id") - 1
    bound = reasons.filter(pl.col("demand_id").is_not_null(), is_full | is_last).with_columns(
        cause=pl.when(is_full).then(pl.lit("capacity")).otherwise("reason"),
        what=pl.when(is_full).then("work_center_id").otherwise(pl.format("{}@{}", "item_id", "site_id")),
    )
    by_demand = bound.group_by("cause", "what", "demand_id", maintain_order=True).agg(pl.col("missing_minutes").sum())
    counted = (
        by_demand.join(late, on="demand_id", maintain_order="left")
        .group_by("cause", "what", maintain_order=True)
        .agg(
            demands=pl.len(), quantity=pl.col("late").sum(), most_days=pl.col("days_late").max(),
            minutes=pl.col("missing_minutes").sum(),
        )
        .with_columns(minutes=pl.when(pl.col("cause") == "capacity").then("minutes"))
    )  # fmt: skip
    worded = counted.with_columns(cause=pl.col("cause").replace(_CAUSE_WORDS))
    return worded.sort(["demands", "most_days", "what"], descending=[True, True, False], nulls_last=True)


def write_constrained(constrained: ConstrainedPlan, folder: Path) -> None:
    """Write the tables as CSV, and ``constrained.json`` with what the plan comes to."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in constrained.table_names:
        constrained.table(name).write_csv(folder / f"{name}.csv")
    (folder / "constrained.json").write_text(json.dumps(constrained_facts(constrained), indent=2, default=str) + "\n")
