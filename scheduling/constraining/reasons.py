"""Reasons in words."""

from __future__ import annotations

from datetime import date

import polars as pl


def reason_texts(reasons: pl.DataFrame, as_of: date) -> pl.Series:
    """Return one sentence for each row of ``late_reasons``; ``text`` itself is not read."""
    item = pl.format("{}@{}", "item_id", "site_id")
    amount = pl.col("quantity").round(3).cast(pl.String).str.replace(r"\.0$", "")
    of_order = pl.format("{} of {}", amount, item)
    unit = pl.when(pl.col("days") == 1).then(pl.lit("day")).otherwise(pl.lit("days"))
    late = pl.format("{} {} late, {} instead of {}", "days", unit, "date", "wanted_date")
    full = pl.format(
        "work center {} is full from {} to {}: {} minutes more were needed",
        "work_center_id", "full_from", "full_to", pl.col("missing_minutes").round(0).cast(pl.Int64),
    )  # fmt: skip
    and_full = pl.when(pl.col("work_center_id").is_null()).then(pl.lit("")).otherwise(pl.format(", and {}", full))
    known = pl.col("date").is_not_null() & pl.col("wanted_date").is_not_null()
    texts = {
        "component": pl.when(known)
        .then(pl.format("{}: {}, a component comes late{}", of_order, late, and_full))
        .otherwise(pl.format("{}: a component cannot be had", of_order)),
        "capacity": pl.format("{}: {}, {}", of_order, late, full),
        "lead_time": pl.format("{}: {}, started on {} at the earliest", of_order, late, pl.lit(as_of.isoformat())),
        "planning_fence": pl.format("{}: {}, nothing new inside the planning fence", of_order, late),
        "waits_for_supply": pl.format("{}: {}, waits for {}", of_order, late, "supply_id"),
        "not_planned": pl.format("{}: there is none, and it is not planned or has no source", of_order),
        "beyond_horizon": pl.format("{}: no time or capacity is left in the tabulated days", of_order),
        "on_time": pl.format("{}: on time by {}", of_order, "date"),
    }
    text = pl.lit(None, pl.String)
    for reason, words in texts.items():
        text = pl.when(pl.col("reason") == reason).then(words).otherwise(text)
    return reasons.select(text.alias("text")).to_series()


def binding_reasons(reasons: pl.DataFrame, want: pl.Series) -> pl.DataFrame:
    """Return ``want`` and ``reason``: for each the last step, after the full work centers on the way to it."""
    is_full = pl.col("work_center_id").is_not_null()
    is_last = pl.int_range(pl.len()).over("want") == pl.len().over("want") - 1
    return (
        reasons.with_columns(want=want)
        .filter(is_full | is_last)
        .group_by("want", maintain_order=True)
        .agg(pl.col("text").str.join("; ").alias("reason"))
    )
