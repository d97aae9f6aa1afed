"""The messages that only one of two plans has."""

from __future__ import annotations

import numpy as np
import polars as pl

from planning.comparing.tables import MESSAGE_CHANGES

# What makes a message another one; its text, value and rank follow from these.
_KEY = (
    "kind", "item_id", "site_id", "order_id", "current_date", "suggested_date", "current_quantity",
    "suggested_quantity", "is_damped",
)  # fmt: skip


def message_changes(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return the table ``message_changes``: those that went in the order of the first plan, then those that came.

    Parameters
    ----------
    before, after
        The tables ``messages`` of both plans.

    Notes
    -----
    Equal messages count: of three equal ones of which two are left, one went.

    Examples
    --------
    >>> from planning.plan_tables import MESSAGES
    >>> one = pl.DataFrame({"kind": ["cancel"], "order_id": ["PO-1"], "is_damped": [False]})
    >>> before = pl.concat([MESSAGES.empty(), one], how="diagonal")
    >>> message_changes(before, MESSAGES.empty()).select("change", "kind", "order_id").rows()
    [('went', 'cancel', 'PO-1')]
    """
    went, came = _surplus(before, after, "went"), _surplus(after, before, "came")
    return pl.concat([went, came]).select(MESSAGE_CHANGES.column_names)


def _surplus(frame: pl.DataFrame, other: pl.DataFrame, change: str) -> pl.DataFrame:
    """Return the messages of one plan that the other one has not, or not as often."""
    keys = [name for name in _KEY if name in frame.columns]
    there = other.group_by(keys).agg(n_there=pl.len())
    found = frame.join(there, on=keys, how="left", nulls_equal=True, maintain_order="left")
    number = (
        found.select(pl.int_range(1, pl.len() + 1).over(keys)).to_series()
        if frame.height
        else pl.Series([], dtype=pl.Int64)
    )
    is_more = number > found["n_there"].fill_null(0)
    rows = np.flatnonzero(is_more.to_numpy())
    return frame[rows].with_columns(change=pl.lit(change))
