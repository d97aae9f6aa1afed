"""Planning fences and parameters that change with time, in random cases."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from tests.reference.builder import Builder

FENCE_OPTIONS: dict[str, tuple[Any, ...]] = {"planning_fence": ("block",)}


def is_kept_plain(builder: Builder) -> bool:
    """Return whether a case has an option that seldom matters, and would not at all beside a fence."""
    return "expedite_tolerance_days" in builder.options or "increase_window_days" in builder.options


def add_fences(plain: Builder, seed: int) -> None:
    """Give some items a planning fence; the draws are its own."""
    builder = replace(plain, random=Random(f"fences {seed}"))
    if builder.random.random() < 0.8 or is_kept_plain(builder):
        return
    if builder.random.random() < 0.4:
        builder.options["planning_fence"] = "block"
    for row in builder.tables["items"]:
        row["planning_time_fence_days"] = builder.pick((None, 1, 3, 6, 12))
    for row in builder.tables.get("item_sites", []):
        row["planning_time_fence_days"] = builder.maybe(0.3, (0, 2, 5))


def add_parameter_changes(plain: Builder, seed: int) -> None:
    """Change some parameters with time; a maximum stays above every minimum and multiple."""
    builder = replace(plain, random=Random(f"changes {seed}"))
    if builder.random.random() < 0.7 or is_kept_plain(builder):
        return
    keys = set()
    for _ in range(builder.random.randint(1, 12)):
        item = builder.pick(builder.items)
        scale = 2 ** builder.depth(item)
        name, value = builder.pick(
            (
                ("safety_stock", builder.pick((0.0, 4.0, 12.5, builder.amount(0, 20)))),
                ("safety_stock", builder.pick((0.0, 4.0, 12.5, builder.amount(0, 20)))),
                ("lead_time_days", builder.pick((0.0, 1.0, 4.0, 9.0))),
                ("minimum_order_quantity", builder.pick((0.0, 3.0, 7.5))),
                ("order_multiple", builder.pick((0.0, 2.0, 0.5, 5.0))),
                ("maximum_order_quantity", builder.pick((9.0, 14.0, 30.5)) * scale),
                ("order_up_to_level", builder.pick((0.0, 18.0, 30.0))),
                ("yield_fraction", builder.pick((1.0, 0.8, 0.5))),
            )
        )
        site = builder.maybe(0.4, builder.sites)
        day = builder.day(-8, 25)
        if (item, site, day, name) not in keys:
            keys.add((item, site, day, name))
            builder.add(
                "parameter_changes", item_id=item, site_id=site, effective_from=day, parameter=name, value=value
            )
