"""The rank of a message: 1 is where a planner looks first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

# The worst first: what a customer feels, what is to be done today, what costs money, what is only to be known.
KINDS_BY_SEVERITY = (
    "shortage",
    "no_source",
    "past_due_demand",
    "past_due_receipt",
    "release_past_due",
    "expedite",
    "time_fence_conflict",
    "increase",
    "below_safety_stock",
    "release",
    "cancel",
    "decrease",
    "defer",
    "expired_stock",
    "forecast_ignored",
    "data",
)


def ranked(chunks: Sequence[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield the chunks of messages with the column ``rank``.

    Notes
    -----
    Sorted by: not damped before damped; the kind's place in ``KINDS_BY_SEVERITY``; value x days, the largest first, a
    message without days or of 0 days counting as one of 1 day; item, site, order and dates as text, empty ones
    first; the place in the table.
    """
    if not chunks:
        return
    severity = pl.col("kind").cast(pl.Enum(KINDS_BY_SEVERITY)).to_physical()
    days = pl.col("days").fill_null(1).abs().clip(lower_bound=1)
    keys = pl.concat(
        chunk.select(
            "is_damped",
            "item_id",
            "site_id",
            "order_id",
            "current_date",
            "suggested_date",
            severity=severity,
            weight=-(pl.col("value") * days),
        )
        for chunk in chunks
    )
    by = ["is_damped", "severity", "weight", "item_id", "site_id", "order_id", "current_date", "suggested_date"]
    order = keys.select(pl.arg_sort_by(by, nulls_last=False, maintain_order=True)).to_series().to_numpy()
    rank = np.empty(order.shape[0], np.int64)
    rank[order] = np.arange(1, order.shape[0] + 1)
    begin = 0
    for chunk in chunks:
        yield chunk.with_columns(rank=pl.Series(rank[begin : begin + chunk.height])).select(
            *chunk.columns[:-1], "rank", "text"
        )
        begin += chunk.height
