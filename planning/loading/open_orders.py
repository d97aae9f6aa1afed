"""Open orders as they load work centers: what is left of each, and what has been reported."""

from __future__ import annotations

from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.encoding.codes import NO_CODE, codes_of, days_of, grouped_rows, records
from planning.kernels.capacity_arrays import OPEN_ORDER_DTYPE, PROGRESS_DTYPE
from planning.kernels.netting_arrays import NEVER, Records
from planning.mrp import MrpResult

# What a status says; any other text says nothing.
_COMPLETE = ("complete", "completed", "done", "finished", "closed")
_STARTED = ("started", "in_progress", "in progress", "running", "active")


def open_order_rows(
    result: MrpResult, receipt_dates: Literal["given", "netted"], effectivity_at: Literal["release", "due"]
) -> Records:
    """Return the open orders, OPEN_ORDER_DTYPE, in the order of the plan's receipts."""
    model = result.model
    row = model.event_table.receipt_row
    frame = model.data.filled("scheduled_receipts", ["due_date", "supply_type", "status", "release_date"])[row]
    node = np.repeat(np.arange(model.nodes.n_nodes), np.diff(model.event_table.receipt_indptr))
    own = model.sourcing.parameters["supply_type"][node]
    is_made = frame["supply_type"].fill_null(own) == "make"
    due = days_of(frame["due_date"], model.as_of, 0)
    if receipt_dates == "netted":
        netted = result.plan.netted_day
        due = np.where(netted == NEVER, due, netted)
    return records(
        OPEN_ORDER_DTYPE,
        is_made=is_made.to_numpy() & ~model.node_rows["is_phantom"][node],
        is_released=(frame["status"] == "released").to_numpy(),
        due=due,
        effective=due if effectivity_at == "due" else days_of(frame["release_date"], model.as_of, 0),
        quantity=result.netting.receipts["quantity"],
    )


def progress_rows(result: MrpResult) -> tuple[NDArray[np.int64], Records]:
    """Return where the reports of each receipt stand, and the reports, PROGRESS_DTYPE."""
    model = result.model
    row = model.event_table.receipt_row
    frame = model.data.filled(
        "open_operations", ["order_id", "operation_sequence", "completed_quantity", "status", "actual_start"]
    )
    order_ids = model.data.table("scheduled_receipts")["order_id"]
    receipt_of_row = np.full(len(order_ids) + 1, NO_CODE, np.int64)
    receipt_of_row[row] = np.arange(row.shape[0])
    receipt = receipt_of_row[codes_of(frame["order_id"], order_ids)]
    keep = np.flatnonzero(receipt != NO_CODE)
    indptr, order = grouped_rows(receipt[keep].astype(np.int32), row.shape[0])
    frame = frame[keep[order]]
    status = frame["status"].str.to_lowercase()
    is_started = status.is_in(_STARTED).fill_null(False) | frame["actual_start"].is_not_null()
    return indptr, records(
        PROGRESS_DTYPE,
        sequence=frame["operation_sequence"].to_numpy(),
        is_started=is_started.to_numpy(),
        is_complete=status.is_in(_COMPLETE).fill_null(False).to_numpy(),
        completed_quantity=frame["completed_quantity"].cast(pl.Float64).to_numpy(),
    )
