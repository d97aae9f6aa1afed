"""The constrained plan in a few numbers, and its tables as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from scheduling.constrained_plan import ConstrainedPlan

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
    facts["binding"] = binding_causes(constrained).to_dicts()
    facts["violations"] = constrained.violations
    return facts


def binding_causes(constrained: ConstrainedPlan) -> pl.DataFrame:
    """Return what binds late demands: each cause with its work center or item, and how many demands wait for it."""
    reasons = constrained.table("late_reasons")
    is_full = pl.col("work_center_id").is_not_null()
    is_last = pl.int_range(pl.len()).over("demand_id") == pl.len().over("demand_id") - 1
    bound = reasons.filter(pl.col("demand_id").is_not_null(), is_full | is_last).with_columns(
        cause=pl.when(is_full).then(pl.lit("capacity")).otherwise("reason"),
        what=pl.when(is_full).then("work_center_id").otherwise(pl.format("{}@{}", "item_id", "site_id")),
    )
    counted = bound.group_by("cause", "what").agg(
        demands=pl.col("demand_id").n_unique(), most_days=pl.col("days").max(), minutes=pl.col("missing_minutes").sum()
    )
    worded = counted.with_columns(cause=pl.col("cause").replace(_CAUSE_WORDS))
    return worded.sort(["demands", "most_days", "what"], descending=[True, True, False], nulls_last=True)


def write_constrained(constrained: ConstrainedPlan, folder: Path) -> None:
    """Write the tables as CSV, and ``constrained.json`` with what the plan comes to."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in constrained.table_names:
        constrained.table(name).write_csv(folder / f"{name}.csv")
    (folder / "constrained.json").write_text(json.dumps(constrained_facts(constrained), indent=2, default=str) + "\n")
