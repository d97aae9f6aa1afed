"""What the data set says of each node by day: demands, allocations, stock, open orders."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.units import round_quantities
from planning.data import PlanningData
from planning.encoding.codes import NO_CODE, codes_of, days_of, grouped_rows, records
from planning.encoding.demands import Demands
from planning.encoding.nodes import NodeTable
from planning.encoding.parameter_changes import ParameterChanges
from planning.encoding.sourcing import Sourcing
from planning.kernels.calendar import WorkingDays, move_days
from planning.kernels.netting_arrays import (
    ALWAYS,
    DEMAND_DTYPE,
    FIRM_DTYPE,
    LOT_DTYPE,
    NEVER,
    RECEIPT_DTYPE,
    ChangedParameter,
    Records,
)


@dataclass(frozen=True, slots=True)
class EventTable:
    """The events as arrays, and the rows of the tables that they come from.

    Parameters
    ----------
    demand_indptr, demands, receipt_indptr, receipts, lot_indptr, lots, firm_indptr, firm_orders
        The arrays of :class:`planning.kernels.netting_arrays.NettingModel`.
    demand_row
        int64: where each row of ``demands`` comes from. A row of the table demands; from ``n_demands`` on, n_demands
        + a row of allocations; from n_demands + n_allocations on, that + a row of scheduled_receipts (a firm planned
        transfer, at its source).
    n_demands, n_allocations
        The rows of the two tables.
    receipt_row, firm_row
        int64: the row of scheduled_receipts of each receipt and of each firm planned order that explodes.
    lot_row, expired_row
        int64: the row of on_hand of each lot, and the rows that have expired by ``as_of``.
    on_hand
        float64, shape (n_nodes,): usable stock that does not expire.
    """

    demand_indptr: NDArray[np.int64]
    demands: Records
    receipt_indptr: NDArray[np.int64]
    receipts: Records
    lot_indptr: NDArray[np.int64]
    lots: Records
    firm_indptr: NDArray[np.int64]
    firm_orders: Records
    demand_row: NDArray[np.int64]
    n_demands: int
    n_allocations: int
    receipt_row: NDArray[np.int64]
    firm_row: NDArray[np.int64]
    lot_row: NDArray[np.int64]
    on_hand: NDArray[np.float64]
    expired_row: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Lines:
    """Requirement lines in the order in which they count within a day."""

    node: NDArray[np.int32]
    day: NDArray[np.int32]
    quantity: NDArray[np.float64]
    row: NDArray[np.int64]
    due: NDArray[np.int32]  # of the firm planned transfer that needs them, NEVER for others


def find_events(
    data: PlanningData,
    nodes: NodeTable,
    demand_rows: Demands,
    sourcing: Sourcing,
    changes: ParameterChanges,
    working_days: WorkingDays,
) -> EventTable:
    """Return the events of all nodes.

    Parameters
    ----------
    data, nodes, demand_rows
        The data set, its nodes and its demands.
    sourcing
        What an open order without a supply type or source is, and its lead time.
    changes
        The parameters that change with time.
    working_days
        The calendars that lead times count on.
    """
    receipts = _receipts(data, nodes, sourcing.parameters["supply_type"])
    demands, allocations = _open_demands(data, demand_rows), _allocations(data, nodes)
    transfers = _firm_transfers(nodes, receipts, sourcing, changes, data.settings.as_of, working_days)
    n_demands, n_allocations = data.table("demands").height, data.table("allocations").height
    line_indptr, order, lines = _grouped_lines(nodes, [demands, allocations, transfers], n_demands, n_allocations)
    open_receipts = receipts.filter(pl.col("quantity") > 0)
    receipt_indptr, ordered = _by_node(open_receipts, nodes)
    firm_indptr, firm = _firm_orders(open_receipts, nodes, sourcing, changes, working_days)
    on_hand, lots, expired = _stock(data, nodes)
    lot_indptr, lots = _by_node(lots, nodes)
    return EventTable(
        demand_indptr=line_indptr,
        demands=records(
            DEMAND_DTYPE,
            day=lines.day[order],
            due=lines.due[order],
            is_dependent=lines.row[order] >= n_demands + n_allocations,
            quantity=lines.quantity[order],
        ),
        receipt_indptr=receipt_indptr,
        receipts=records(
            RECEIPT_DTYPE, day=np.maximum(ordered["day"].to_numpy(), 0), quantity=ordered["quantity"].to_numpy()
        ),
        lot_indptr=lot_indptr,
        lots=records(LOT_DTYPE, **{name: lots[name].to_numpy() for name in LOT_DTYPE.fields or ()}),
        firm_indptr=firm_indptr,
        firm_orders=records(FIRM_DTYPE, **{name: firm[name].to_numpy() for name in FIRM_DTYPE.fields or ()}),
        demand_row=lines.row[order],
        n_demands=n_demands,
        n_allocations=n_allocations,
        receipt_row=ordered["row"].to_numpy(),
        firm_row=firm["row"].to_numpy(),
        lot_row=lots["row"].to_numpy(),
        on_hand=on_hand,
        expired_row=expired,
    )


def _by_node(frame: pl.DataFrame, nodes: NodeTable) -> tuple[NDArray[np.int64], pl.DataFrame]:
    """Return the offsets by node, and the rows in that order."""
    indptr, rows = grouped_rows(frame["node"].to_numpy(), nodes.n_nodes)
    return indptr, frame[rows]


def _grouped_lines(
    nodes: NodeTable, parts: list[_Lines], n_demands: int, n_allocations: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], _Lines]:
    """Return the offsets by node, the order, and the lines of all parts, their rows numbered through."""
    shifts = (0, n_demands, n_demands + n_allocations)
    lines = _Lines(
        np.concatenate([part.node for part in parts]),
        np.concatenate([part.day for part in parts]),
        np.concatenate([part.quantity for part in parts]),
        np.concatenate([part.row + shift for part, shift in zip(parts, shifts, strict=True)]),
        np.concatenate([part.due for part in parts]),
    )
    indptr, order = grouped_rows(lines.node, nodes.n_nodes)
    return indptr, order, lines


def _open_demands(data: PlanningData, demands: Demands) -> _Lines:
    """Return the open demands up to the horizon, by priority, then row."""
    is_open = demands.quantity > 0
    if data.settings.horizon_end is not None:
        is_open &= demands.day <= (data.settings.horizon_end - data.settings.as_of).days
    node, day, quantity, priority = demands.node, demands.day, demands.quantity, demands.priority
    row = np.arange(node.shape[0])
    if not is_open.all():
        node, day, quantity, row, priority = (
            node[is_open],
            day[is_open],
            quantity[is_open],
            row[is_open],
            priority[is_open],
        )
    if row.size and priority.min() != priority.max():
        order = np.argsort(priority, kind="stable")
        node, day, quantity, row = node[order], day[order], quantity[order], row[order]
    return _Lines(node, day, quantity, row, np.full(row.shape[0], NEVER, np.int32))


def _allocations(data: PlanningData, nodes: NodeTable) -> _Lines:
    """Return the allocations by row."""
    frame = data.filled("allocations", ["required_date", "quantity"])
    row = np.flatnonzero((frame["quantity"] > 0).to_numpy())
    day = days_of(frame["required_date"], data.settings.as_of, 0)
    node, quantity = nodes.of_table(data, "allocations")[row], frame["quantity"].to_numpy()[row]
    return _Lines(node, day[row], quantity, row, np.full(row.shape[0], NEVER, np.int32))


def _receipts(data: PlanningData, nodes: NodeTable, supply_type: pl.Series) -> pl.DataFrame:
    """Return the open orders by due date, then row, with their node and what they are."""
    frame = data.filled(
        "scheduled_receipts",
        ["order_id", "due_date", "quantity", "supply_type", "status", "release_date", "source_site_id"],
    )
    node = nodes.of_table(data, "scheduled_receipts")
    as_of = data.settings.as_of
    allocated = data.table("allocations")["order_id"].unique()
    return frame.select(
        pl.int_range(pl.len()).alias("row"),
        "quantity",
        "source_site_id",
        supply_type=pl.col("supply_type").fill_null(supply_type[node]),
        node=pl.Series(node, dtype=pl.Int32),
        day=pl.Series(days_of(frame["due_date"], as_of, 0), dtype=pl.Int32),
        release=pl.Series(days_of(frame["release_date"], as_of, NEVER), dtype=pl.Int32),
        is_exploded=(pl.col("status") == "firm_planned") & ~pl.col("order_id").is_in(allocated.implode()),
    ).sort("day", "row")


def _firm_transfers(
    nodes: NodeTable,
    receipts: pl.DataFrame,
    sourcing: Sourcing,
    changes: ParameterChanges,
    as_of: date,
    working_days: WorkingDays,
) -> _Lines:
    """Return what firm planned transfers without allocations need at their source on their release date.

    The source is that of the order, else that of the first lane in force on its due date. Its lead time is that of the
    first lane from there, else the node's own, on the source's calendar; what is in force on the due date goes before.
    """
    is_firm = pl.col("is_exploded") & (pl.col("supply_type") == "transfer") & (pl.col("quantity") > 0)
    firm = receipts.filter(is_firm).sort("row")
    firm = firm.with_columns(own=pl.Series(codes_of(firm["source_site_id"], nodes.site_ids), dtype=pl.Int32))
    firm = _with_lanes(firm, sourcing, as_of)
    source = firm["source"].to_numpy()
    at = nodes.of(nodes.item[firm["node"].to_numpy()], np.maximum(source, 0))
    keep = np.flatnonzero((source != NO_CODE) & (at != NO_CODE))
    firm, at, source = firm[keep], at[keep], source[keep]
    node, due = firm["node"].to_numpy(), firm["day"].to_numpy()
    parameters = sourcing.own_parameters[node]
    yields = parameters["yield_fraction"].to_numpy()
    quantity = firm["quantity"].to_numpy() / changes.values(ChangedParameter.YIELD_FRACTION, node, due, yields)
    decimals = sourcing.parameters["quantity_decimals"].fill_null(-1).cast(pl.Int8).to_numpy()
    # nothing is rounded on the way through a phantom
    decimals = np.where(sourcing.parameters["is_phantom"], -1, decimals).astype(np.int8)[at]
    parameters = parameters.with_columns(pl.coalesce(firm["lead_time_days"], "lead_time_days").alias("lead_time_days"))
    parameters = _with_lead_times(parameters, changes, node, due)
    day = _releases(firm, parameters, sourcing.site_calendar[source], working_days)
    row = firm["row"].to_numpy()
    return _Lines(at.astype(np.int32), day, round_quantities(quantity, decimals), row, due.astype(np.int32))


def _with_lanes(firm: pl.DataFrame, sourcing: Sourcing, as_of: date) -> pl.DataFrame:
    """Return firm planned transfers with ``source`` (-1: none) and the ``lead_time_days`` of the lane from there."""
    lanes = sourcing.offers.frame.filter(pl.col("source") != NO_CODE)
    day = pl.lit(as_of) + pl.duration(days=pl.col("day"))
    found = firm.join(
        lanes.select("node", "source", "effective_from", "effective_to"), on="node", maintain_order="left_right"
    )
    in_force = found.filter(
        pl.col("effective_from").is_null() | (pl.col("effective_from") <= day),
        pl.col("effective_to").is_null() | (pl.col("effective_to") > day),
    ).unique("row", keep="first", maintain_order=True)
    firm = firm.join(in_force.select("row", "source"), on="row", how="left", maintain_order="left")
    own = pl.when(pl.col("own") != NO_CODE).then(pl.col("own"))
    firm = firm.with_columns(source=pl.coalesce(own, "source", pl.lit(NO_CODE, pl.Int32)))
    first = lanes.unique(["node", "source"], keep="first", maintain_order=True).select(
        "node", "source", "lead_time_days"
    )
    return firm.join(first, on=["node", "source"], how="left", maintain_order="left")


def _with_lead_times(
    parameters: pl.DataFrame, changes: ParameterChanges, node: NDArray[np.int32], due: NDArray[np.int32]
) -> pl.DataFrame:
    """Return parameters with the lead times in force on due days."""
    own = parameters["lead_time_days"].cast(pl.Float64).to_numpy()
    days = changes.values(ChangedParameter.LEAD_TIME_DAYS, node, due, own)
    return parameters.with_columns(lead_time_days=pl.Series(days).cast(pl.Int64))


def _firm_orders(
    receipts: pl.DataFrame,
    nodes: NodeTable,
    sourcing: Sourcing,
    changes: ParameterChanges,
    working_days: WorkingDays,
) -> tuple[NDArray[np.int64], pl.DataFrame]:
    """Return the firm planned make orders that explode, by node.

    Those of nodes that are not made have no routing: the day on which they start is known now.
    """
    firm = receipts.filter(pl.col("is_exploded") & (pl.col("supply_type") == "make")).sort("row")
    is_elsewhere = (sourcing.parameters["supply_type"] != "make")[firm["node"].to_numpy()]
    others, node = firm.filter(is_elsewhere), firm["node"].to_numpy()[is_elsewhere.to_numpy()]
    parameters = _with_lead_times(sourcing.own_parameters[node], changes, node, others["day"].to_numpy())
    day = _releases(others, parameters, sourcing.site_calendar[nodes.site[node]], working_days)
    release = firm["release"].to_numpy().copy()
    release[is_elsewhere.to_numpy()] = day
    return _by_node(firm.with_columns(release=pl.Series(release)).rename({"day": "due"}), nodes)


def _releases(
    orders: pl.DataFrame, parameters: pl.DataFrame, calendars: NDArray[np.int32], working_days: WorkingDays
) -> NDArray[np.int32]:
    """Return the release day of each open order: as given, else its due day less the lead time."""
    rows = zip(orders.iter_rows(named=True), parameters.iter_rows(named=True), calendars.tolist(), strict=True)
    return np.array([_release(*row, working_days) for row in rows], dtype=np.int32)


def _release(order: dict[str, Any], parameters: dict[str, Any], calendar: int, working_days: WorkingDays) -> int:
    """Return the release day of an open order: as given, else its due day less the lead time."""
    if order["release"] != NEVER:
        return int(order["release"])
    per_unit = math.ceil(order["quantity"] * parameters["lead_time_days_per_unit"] - 1e-9)
    is_working = parameters["lead_time_unit"] == "working"
    return int(move_days(working_days, calendar, is_working, order["day"], -parameters["lead_time_days"] - per_unit))


def _stock(data: PlanningData, nodes: NodeTable) -> tuple[NDArray[np.float64], pl.DataFrame, NDArray[np.int64]]:
    """Return stock that does not expire by node, the lots by expiry, and the rows that have expired (rule 4)."""
    frame = data.filled("on_hand", ["quantity", "expiry_date", "status", "available_date"])
    as_of = data.settings.as_of
    available = days_of(frame["available_date"], as_of, NEVER)
    is_available = (frame["status"] == "available").to_numpy()
    is_quality = (frame["status"] == "quality").to_numpy() & (available != NEVER)
    available = np.where(is_available | (available <= 0), ALWAYS, available).astype(np.int32)
    expiry = days_of(frame["expiry_date"], as_of, NEVER)
    rows = frame.select(
        pl.int_range(pl.len()).alias("row"),
        "quantity",
        node=pl.Series(nodes.of_table(data, "on_hand"), dtype=pl.Int32),
        available=pl.Series(available),
        expiry=pl.Series(np.where(frame["quantity"].to_numpy() < 0, NEVER, expiry).astype(np.int32)),
    ).filter(pl.Series(is_available | is_quality), pl.col("quantity") != 0)
    expired = rows.filter((pl.col("expiry") <= 0) & (pl.col("available") == ALWAYS))
    usable = rows.filter((pl.col("expiry") > 0) & (pl.col("expiry") > pl.col("available")))
    is_pool = (pl.col("expiry") == NEVER) & (pl.col("available") == ALWAYS)
    pool = usable.filter(is_pool)
    on_hand = np.zeros(nodes.n_nodes)
    np.add.at(on_hand, pool["node"].to_numpy(), pool["quantity"].to_numpy())
    lots = usable.filter(~is_pool).sort("expiry", "row")
    return on_hand, lots, expired["row"].to_numpy()
