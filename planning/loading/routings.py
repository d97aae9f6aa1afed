"""Work centers and the routing of each node as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.data import PlanningData
from planning.encoding.codes import NO_CODE, codes_of, days_of, grouped_rows, records
from planning.encoding.nodes import NodeTable
from planning.kernels.capacity_arrays import CENTER_DTYPE, NO_LIMIT, OPERATION_DTYPE
from planning.kernels.netting_arrays import ALWAYS, NEVER, Records
from planning.loading.working_times import WorkingTimes

_CENTER = [
    "work_center_id",
    "site_id",
    "calendar_id",
    "units",
    "efficiency_fraction",
    "utilization_fraction",
    "cost_per_hour",
    "overtime_cost_per_hour",
    "overtime_hours_per_day",
    "is_finite",
    "labor_skill_id",
]
_OPERATION = [
    "item_id",
    "operation_sequence",
    "work_center_id",
    "alternate_priority",
    "setup_minutes",
    "run_minutes_per_unit",
    "queue_minutes",
    "wait_minutes",
    "move_minutes",
    "transfer_batch_quantity",
    "yield_fraction",
    "effective_from",
    "effective_to",
]


@dataclass(frozen=True, slots=True)
class WorkCenters:
    """The work centers, in the order of their table.

    Parameters
    ----------
    frame
        Their columns, defaults filled in, and ``calendar``: the number of their calendar.
    rows
        CENTER_DTYPE.
    """

    frame: pl.DataFrame
    rows: Records

    @property
    def ids(self) -> pl.Series:
        """Their ids."""
        return self.frame["work_center_id"]

    def column(self, name: str) -> NDArray[np.float64]:
        """Return a column of numbers."""
        return self.frame[name].cast(pl.Float64).to_numpy()


@dataclass(frozen=True, slots=True)
class Routings:
    """The operations of each node, by sequence, alternate priority and row.

    Parameters
    ----------
    indptr, rows
        int64, shape (n_nodes + 1,), and OPERATION_DTYPE.
    table_row
        int64: the row of the table operations that each comes from.
    """

    indptr: NDArray[np.int64]
    rows: Records
    table_row: NDArray[np.int64]

    @property
    def nodes(self) -> NDArray[np.int32]:
        """The nodes that have a routing."""
        return np.flatnonzero(np.diff(self.indptr) > 0).astype(np.int32)

    @property
    def most(self) -> int:
        """The most operations of any node."""
        return int(np.diff(self.indptr).max(initial=0))


def find_work_centers(data: PlanningData, times: WorkingTimes) -> WorkCenters:
    """Return the work centers; a calendar that is not given is the site's, else every hour works."""
    frame = data.filled("work_centers", _CENTER)
    sites = data.filled("sites", ["site_id", "calendar_id"])
    of_site = frame.join(sites, on="site_id", how="left", suffix="_site", maintain_order="left")
    calendar = times.calendar_of(of_site.select(pl.coalesce("calendar_id", "calendar_id_site")).to_series())
    efficiency = frame["efficiency_fraction"].to_numpy()
    rows = records(
        CENTER_DTYPE, calendar=calendar, efficiency_fraction=efficiency, seconds_per_minute=60.0 / efficiency
    )
    return WorkCenters(frame.with_columns(calendar=pl.Series(calendar)), rows)


def find_routings(data: PlanningData, nodes: NodeTable, centers: WorkCenters) -> Routings:
    """Return the operations of each node."""
    frame = data.filled("operations", _OPERATION)
    node = nodes.of_table(data, "operations")
    center = codes_of(frame["work_center_id"], centers.ids)
    is_known = (node != NO_CODE) & (center != NO_CODE)
    keep = _in_order(is_known, node, frame["operation_sequence"].to_numpy(), frame["alternate_priority"].to_numpy())
    if not np.array_equal(keep, np.arange(frame.height)):
        frame, node, center = frame[keep], node[keep], center[keep]
    indptr, _ = grouped_rows(node, nodes.n_nodes)
    as_of = data.settings.as_of
    after = frame["wait_minutes"] + frame["move_minutes"]
    rows = records(
        OPERATION_DTYPE,
        sequence=frame["operation_sequence"].to_numpy(),
        work_center=center,
        effective_from=days_of(frame["effective_from"], as_of, ALWAYS),
        effective_to=days_of(frame["effective_to"], as_of, NEVER),
        setup_minutes=frame["setup_minutes"].to_numpy(),
        run_minutes_per_unit=frame["run_minutes_per_unit"].to_numpy(),
        queue_seconds=_seconds(frame["queue_minutes"]),
        after_seconds=_seconds(after),
        transfer_batch=frame["transfer_batch_quantity"].fill_null(NO_LIMIT).to_numpy(),
        yield_fraction=frame["yield_fraction"].to_numpy(),
    )
    return Routings(indptr, rows, keep)


def _in_order(is_known: NDArray[np.bool_], *keys: NDArray[Any]) -> NDArray[np.int64]:
    """Return the rows that are known by the keys, the first one first; most tables stand in that order already."""
    keep = np.flatnonzero(is_known)
    is_before, is_same = np.zeros(max(0, keep.shape[0] - 1), np.bool_), np.ones(max(0, keep.shape[0] - 1), np.bool_)
    ordered = [key if keep.shape[0] == key.shape[0] else key[keep] for key in keys]
    for key in ordered:
        is_before |= is_same & (key[:-1] < key[1:])
        is_same &= key[:-1] == key[1:]
    return keep if (is_before | is_same).all() else keep[np.lexsort(ordered[::-1])]


def _seconds(minutes: pl.Series) -> NDArray[np.int64]:
    """Return minutes as whole seconds."""
    return np.rint(minutes.to_numpy() * 60.0).astype(np.int64)
