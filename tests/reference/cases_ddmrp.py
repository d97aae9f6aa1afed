"""Buffers of demand driven MRP in random cases."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from tests.reference.builder import Builder

DDMRP_OPTIONS: dict[str, tuple[Any, ...]] = {"usage_window_days": (1, 10, 30, 45)}


def add_buffers(plain: Builder, seed: int) -> None:
    """Plan some items of a case by buffers; its draws are its own: the rest stays as it was."""
    builder = replace(plain, random=Random(f"buffers {seed}"))
    if builder.random.random() < 0.7:
        return
    if builder.random.random() < 0.6:
        builder.options["usage_window_days"] = builder.pick(DDMRP_OPTIONS["usage_window_days"])
    for row in builder.tables["items"]:
        row["planning_method"] = "ddmrp" if builder.random.random() < 0.5 else None
        row.update(buffer_parameters(builder))
    for row in builder.tables.get("item_sites", []):
        row["planning_method"] = builder.maybe(0.3, ("mrp", "ddmrp"))
        if builder.chance(0.3):
            row.update(buffer_parameters(builder))


def buffer_parameters(builder: Builder) -> dict[str, Any]:
    """Return the parameters of a buffer."""
    return {
        "average_daily_usage": builder.maybe(0.4, (0.0, 0.5, 1.0, 2.5)),
        "decoupled_lead_time_days": builder.maybe(0.3, (0.0, 2.0, 2.5, 6.0)),
        "lead_time_factor": builder.maybe(0.5, (0.0, 0.25, 0.7, 1.0)),
        "variability_factor": builder.maybe(0.5, (0.0, 0.3, 1.0)),
        "order_cycle_days": builder.maybe(0.4, (3.0, 7.5)),
        "spike_horizon_days": builder.maybe(0.5, (0, 1, 5, 20)),
        "spike_threshold": builder.maybe(0.4, (0.0, 0.2, 1.0)),
    }
