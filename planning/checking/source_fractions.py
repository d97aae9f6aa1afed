"""The check of the fractions by which suppliers or lanes share what is ordered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from bom.errors import Severity
from bom.findings import Problem, Remedy
from bom.rules import told

_KEYS = {"item_suppliers": ("item_id", "site_id"), "transfer_lanes": ("item_id", "to_site_id")}


def zero_fractions(tables: Mapping[str, pl.DataFrame]) -> Iterator[Problem]:
    """Yield the warnings about suppliers or lanes of which none has a fraction above 0, but some have one of 0.

    Examples
    --------
    >>> offers = pl.DataFrame({"item_id": ["A"], "supplier_id": ["S"], "split_fraction": [0.0]})
    >>> [problem.message for problem in zero_fractions({"item_suppliers": offers})]
    ['the fractions add up to 0: the first by priority gets everything']
    """
    for table, keys in _KEYS.items():
        frame = tables.get(table, pl.DataFrame())
        if "split_fraction" not in frame.columns or "item_id" not in frame.columns:
            continue
        present = [key for key in keys if key in frame.columns]
        is_zero = (pl.col("split_fraction") == 0) & (pl.col("split_fraction").sum().over(present) == 0)
        rows = frame.with_row_index("row").filter(is_zero.fill_null(value=False))["row"].to_numpy().astype("int64")
        if len(rows):
            message = "the fractions add up to 0: the first by priority gets everything"
            values = ("0",) * min(len(rows), 1000)
            yield Problem(
                "zero_fractions", table, "split_fraction", message, rows, values, told(message, values),
                Severity.WARNING, Remedy.NOTHING,
            )  # fmt: skip
