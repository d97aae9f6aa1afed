"""Forecasts in random cases: buckets, customers and segments, forecast items, demand fences."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from tests.reference.builder import Builder

FORECAST_OPTIONS: dict[str, tuple[Any, ...]] = {
    "consume_by": ("open_and_shipped", "none"),
    "consume_backward_days": (1, 5, 12),
    "consume_forward_days": (1, 4, 15),
    "consume_first": ("forward",),
    "forecast_bucket": ("day", "week", "month"),
    "past_forecast": ("ignore",),
}


def add_forecast(plain: Builder, seed: int) -> None:
    """Make some demands of a case a series of forecasts; its draws are its own: the rest stays as it was."""
    builder = replace(plain, random=Random(f"forecast {seed}"))
    demands = builder.tables.get("demands", [])
    if builder.random.random() < 0.65 or not demands:
        return
    choose_forecast_options(builder)
    items = {row["item_id"]: row for row in builder.tables["items"]}
    for number, item in enumerate(builder.items[1:], start=1):
        items[item]["forecast_item_id"] = builder.maybe(0.3, builder.items[:number])
    for row in builder.tables["items"] + builder.tables.get("item_sites", []):
        row["demand_time_fence_days"] = builder.maybe(0.3, (1, 2, 5, 9))
    has_segments = builder.chance(0.5)
    for row in builder.tables.get("customers", []):
        row["segment"] = builder.maybe(0.7, ("retail", "export")) if has_segments else None
    add_series(builder, demands, has_segments)


def choose_forecast_options(builder: Builder) -> None:
    """Choose some options; an order of the windows needs windows."""
    for name, values in FORECAST_OPTIONS.items():
        if builder.random.random() < 0.4:
            builder.options[name] = builder.pick(values)
    if "consume_first" in builder.options:
        builder.options |= {"consume_backward_days": 12, "consume_forward_days": 15, "forecast_bucket": "day"}
        builder.options.pop("consume_by", None)


def add_series(builder: Builder, demands: list[dict[str, Any]], has_segments: bool) -> None:
    """Make about half of the demands forecasts, most of them of one item, and the others mostly orders."""
    first, interval = builder.day(-20, 6), builder.pick((1, 3, 7, 7, 10, 30))
    for row in demands:
        is_forecast = builder.random.random() < 0.5
        orders = (None, "sales_order", "sales_order", "service", "independent")
        row["kind"] = "forecast" if is_forecast else builder.pick(orders)
        row["shipped_quantity"] = builder.maybe(0.3, (1.0, 2.5, 10.0))
        if builder.random.random() < 0.6:
            row |= {name: demands[0][name] for name in ("item_id", "site_id")}
        if is_forecast:
            row["due_date"] = first + timedelta(days=interval * builder.random.randint(0, 6))
            row["bucket_end_date"] = builder.maybe(0.15, [row["due_date"] + timedelta(builder.random.randint(0, 9))])
            row["customer_id"] = row.get("customer_id") if builder.chance(0.4) else None
            row["segment"] = builder.maybe(0.3, ("retail", "export")) if has_segments else None
        elif has_segments:
            row["segment"] = builder.maybe(0.1, ("retail", "export"))
