"""The closed loop of a plan, what it comes to in sentences, and its tables as files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from planning.mrp import MrpResult
    from scheduling.closed_loop import ClosedLoopResult

_TOLD = 10
Tell = Callable[[str], None]

_REASONS = {
    "no_capacity": "no order has work at a work center with a limit",
    "fixed_point": "the shop keeps the lead times that are planned with",
    "settled": "the average lead times do not move any more, though the shop takes more or less",
    "cycle": "the lead times come back every {cycle_length} rounds; closed_loop.damping = averages ends that",
    "round_limit": "the limit of rounds is reached; see closed_loop.rounds",
    "stopped": "it was stopped",
}


def close_loop(
    result: MrpResult, given: Mapping[str, Mapping[str, Any]] | None = None, tell: Tell | None = None
) -> ClosedLoopResult:
    """Return the closed loop of a plan with the options that its data set has, those given over them.

    Parameters
    ----------
    result
        The plan to begin with.
    given
        Options of ``capacity``, ``levelling`` and ``closed_loop``.
    tell
        Told of every round in one line.

    Raises
    ------
    OptionError
        When an option is not one, or has a value that it cannot have.
    """
    # here, because solvers take long to be imported, and most commands need none
    from planning.capacity import CapacityOptions
    from scheduling.closed_loop import ClosedLoopOptions, LoopRound, run_closed_loop
    from scheduling.levelling import LevellingOptions

    settings, own = result.model.data.settings, given or {}
    options = ClosedLoopOptions.from_mapping({**settings.closed_loop, **own.get("closed_loop", {})})
    capacity = CapacityOptions.from_mapping({**settings.capacity, **own.get("capacity", {})})
    levelling = LevellingOptions.from_mapping({**settings.levelling, **own.get("levelling", {})})

    def on_round(found: LoopRound) -> bool:
        if tell is not None:
            tell(round_line(found.figures))
        return False

    return run_closed_loop(result, options, capacity, levelling, on_round)


def round_line(figures: Mapping[str, Any]) -> str:
    """Return one round in a line.

    Examples
    --------
    >>> round_line({"round": 2, "lead_times_changed": 3, "lead_time_days_changed": 7, "orders_added": 0,
    ...     "orders_removed": 1, "orders_moved": 4, "lead_times_apart": 2, "most_days_apart": 1, "late_demand_days": 0})
    'round 2: 3 lead times moved by 7 days; orders: 0 added, 1 removed, 4 moved; 2 apart by up to 1 days; 0 late days'
    """
    return (
        f"round {figures['round']}: {figures['lead_times_changed']:,} lead times moved by "
        f"{figures['lead_time_days_changed']:,} days; orders: {figures['orders_added']:,} added, "
        f"{figures['orders_removed']:,} removed, {figures['orders_moved']:,} moved; "
        f"{figures['lead_times_apart']:,} apart by up to {figures['most_days_apart']:,} days; "
        f"{figures['late_demand_days']:,} late days"
    )


def closed_loop_facts(loop: ClosedLoopResult) -> dict[str, Any]:
    """Return what the loop comes to: why it ended, its rounds, and the lead times that changed most."""
    lead_times = loop.table("actual_lead_times")
    changed = lead_times.filter(pl.col("lead_time_days") != pl.col("given_days")).with_columns(
        days=pl.col("lead_time_days") - pl.col("given_days")
    )
    longest = changed.sort([pl.col("days").abs(), "item_id", "site_id"], descending=[True, False, False]).head(_TOLD)
    return {
        "reason": str(loop.reason),
        "cycle_length": loop.cycle_length,
        "kept_round": loop.kept.number,
        "lead_times": lead_times.height,
        "lead_times_changed": changed.height,
        "options": loop.options.as_dict(),
        "lead_time_from": loop.plan.options.lead_time_from,
        "rounds": loop.table("closed_loop_rounds").to_dicts(),
        "longest": longest.select("item_id", "site_id", "given_days", "lead_time_days").to_dicts(),
    }


def closed_loop_lines(facts: Mapping[str, Any]) -> list[str]:
    """Return what the loop comes to in sentences."""
    if not facts:
        return []
    rounds = facts["rounds"]
    first, kept = rounds[0], rounds[facts["kept_round"] - 1]
    why = _REASONS[facts["reason"]].format(**facts)
    lines = [
        f"{len(rounds)} rounds: {why}",
        f"The plan of round {kept['round']} is kept: {facts['lead_times_changed']:,} of {facts['lead_times']:,} lead "
        "times are not as given",
        *(
            f"{name}: {first[key]:,.0f} in round 1, {kept[key]:,.0f} in the plan kept"
            for name, key in (
                ("Late demand days", "late_demand_days"),
                ("Weighted lateness (money-days)", "weighted_lateness"),
                ("Inventory (money-days)", "inventory_value_days"),
                ("Work in process (money-days)", "work_in_process_value_days"),
            )
        ),
    ]
    if facts["lead_times_changed"] and facts["lead_time_from"] != "routing":
        lines.append("To plan with them: item_sites (and parameter_changes), with mrp.lead_time_from = item")
    return lines


def write_closed_loop(loop: ClosedLoopResult, folder: Path) -> None:
    """Write the tables as CSV, the input tables with the lead times in them, and ``closed_loop.json``."""
    for name in loop.table_names:
        loop.table(name).write_csv(folder / f"{name}.csv")
    names = {edit.table for edit in loop.edits}
    if loop.options.make_feasible == "level":
        names.add("scheduled_receipts")
    for name in sorted(names):
        loop.data.table(name).write_csv(folder / f"{name}.csv")
    (folder / "closed_loop.json").write_text(json.dumps(closed_loop_facts(loop), indent=2) + "\n")
