"""The routing in force: the operations of each item at a site on a day, with the rate of their work center."""

from __future__ import annotations

from datetime import date

import polars as pl

from bom.routing_tables import OPERATIONS, WORK_CENTERS

_RANK = ("item_id", "operation_sequence", "alternate_priority", "row")
_COLUMNS = (
    "item_id",
    "site_id",
    "operation_sequence",
    "work_center_id",
    "alternate_priority",
    "setup_minutes",
    "run_minutes_per_unit",
    "effective_from",
    "effective_to",
)


def operations_in_force(
    operations: pl.DataFrame, work_centers: pl.DataFrame, on: date, site: str = "MAIN"
) -> pl.DataFrame:
    """Return the operations in force at one site on one day, of alternates the first, by item and sequence.

    Parameters
    ----------
    operations, work_centers
        The tables of these names.
    on, site
        The day and the site.

    Returns
    -------
    pl.DataFrame
        The columns of operations that time and cost need, ``row`` (the data row, counted from 1), and the work center's
        ``cost_per_hour`` and ``efficiency_fraction``.

    Notes
    -----
    Alternates are rows of one item, site and operation_sequence; the first is by (alternate_priority, row) among those
    effective on the day.

    Examples
    --------
    >>> operations = pl.DataFrame({
    ...     "item_id": ["bike", "bike"],
    ...     "operation_sequence": [10, 10],
    ...     "work_center_id": ["robot", "bench"],
    ...     "alternate_priority": [2, 1],
    ... })
    >>> work_centers = pl.DataFrame({"work_center_id": ["robot", "bench"], "cost_per_hour": [90.0, 30.0]})
    >>> operations_in_force(operations, work_centers, date(2026, 1, 1)).select("work_center_id", "cost_per_hour").rows()
    [('bench', 30.0)]
    """
    filled = OPERATIONS.filled(operations, _COLUMNS).with_row_index("row", offset=1)
    in_force = filled.filter(
        pl.col("site_id") == site,
        pl.col("effective_from").is_null() | (pl.col("effective_from") <= on),
        pl.col("effective_to").is_null() | (pl.col("effective_to") > on),
    )
    first = in_force.sort(_RANK).unique(["item_id", "operation_sequence"], keep="first", maintain_order=True)
    rates = WORK_CENTERS.filled(work_centers, ["work_center_id", "cost_per_hour", "efficiency_fraction"])
    return first.join(rates, on="work_center_id", how="left", maintain_order="left").with_columns(
        pl.col("cost_per_hour").fill_null(0.0), pl.col("efficiency_fraction").fill_null(1.0)
    )
