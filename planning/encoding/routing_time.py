"""Lead times from the routing: a fixed part and a part per unit started (rule 8, ``lead_time_from`` = routing)."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.calendar import Calendars
from planning.data import PlanningData
from planning.encoding.codes import NO_CODE, codes_of
from planning.encoding.nodes import NodeTable

_MINUTES = ["setup_minutes", "run_minutes_per_unit", "queue_minutes", "wait_minutes", "move_minutes"]
_COLUMNS = [
    "item_id",
    "site_id",
    "operation_sequence",
    "work_center_id",
    "alternate_priority",
    "effective_from",
    "effective_to",
    *_MINUTES,
]
_MINUTES_PER_DAY = 1440.0


def routing_times(
    data: PlanningData, nodes: NodeTable, calendars: Calendars
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the days of each node's routing: fixed, and per unit started.

    Returns
    -------
    fixed, per_unit
        float64, shape (n_nodes,); ``fixed`` is NaN for a node without operations.

    Notes
    -----
    Queue, wait and move time run around the clock; setup and run time run in the hours of the work center's calendar
    (the mean of its open weekdays) at its efficiency. Of alternates the first by priority counts.
    """
    frame = data.filled("operations", _COLUMNS)
    fixed = np.full(nodes.n_nodes, np.nan)
    per_unit = np.zeros(nodes.n_nodes)
    if frame.is_empty():
        return fixed, per_unit
    frame = frame.with_columns(
        node=pl.Series(nodes.of_table(data, "operations")),
        minutes_a_day=pl.Series(_minutes_a_day(data, frame, calendars)),
    )
    as_of = data.settings.as_of
    in_force = frame.filter(
        pl.col("node") != NO_CODE,
        pl.col("effective_from").is_null() | (pl.col("effective_from") <= as_of),
        pl.col("effective_to").is_null() | (pl.col("effective_to") > as_of),
    )
    first = in_force.sort("alternate_priority", maintain_order=True).unique(
        ["node", "operation_sequence"], keep="first", maintain_order=True
    )
    waiting = (pl.col("queue_minutes") + pl.col("wait_minutes") + pl.col("move_minutes")) / _MINUTES_PER_DAY
    totals = (
        first.sort("node", "operation_sequence")
        .group_by("node", maintain_order=True)
        .agg(
            fixed=(waiting + pl.col("setup_minutes") / pl.col("minutes_a_day")).sum(),
            per_unit=(pl.col("run_minutes_per_unit") / pl.col("minutes_a_day")).sum(),
        )
    )
    at = totals["node"].to_numpy()
    fixed[at], per_unit[at] = totals["fixed"].to_numpy(), totals["per_unit"].to_numpy()
    return fixed, per_unit


def _minutes_a_day(data: PlanningData, operations: pl.DataFrame, calendars: Calendars) -> NDArray[np.float64]:
    """Return the standard minutes that each operation's work center does in a working day."""
    centers = data.filled("work_centers", ["work_center_id", "site_id", "calendar_id", "efficiency_fraction"])
    sites = data.filled("sites", ["site_id", "calendar_id"])
    with_site = centers.join(sites, on="site_id", how="left", suffix="_site", maintain_order="left")
    calendar = pl.coalesce("calendar_id", "calendar_id_site")
    code = codes_of(with_site.select(calendar).to_series(), pl.Series(list(calendars.codes), dtype=pl.String))
    hours = np.append(calendars.hours_per_day, 24.0)[code]
    minutes = hours * 60.0 * centers["efficiency_fraction"].to_numpy()
    by_operation: NDArray[np.float64] = minutes[codes_of(operations["work_center_id"], centers["work_center_id"])]
    return by_operation
