"""What a single requirement row comes from, by kind and id."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.kernels.netting_arrays import Records
from planning.kernels.requirement_rows import SAFETY_STOCK
from planning.mrp import MrpResult
from planning.tables import INPUT_TABLES


def source_of(result: MrpResult, row: Records) -> tuple[str, str]:
    """Return the kind and the source id of one requirement row, as the table ``requirements`` has them."""
    source = int(row["source"])
    if source == SAFETY_STOCK:
        return "safety_stock", ""
    if source >= 0:
        return "dependent", result.order_index.name(result.order_index.place(source))
    kind, name = _kind_and_name(result, -1 - source)
    return ("dependent" if row["is_dependent"] else kind), name


def name_of_demand(result: MrpResult, k: int) -> str:
    """Return the id of a demand, allocation or firm planned transfer: the k-th of the model's demands."""
    return _kind_and_name(result, k)[1]


def _kind_and_name(result: MrpResult, k: int) -> tuple[str, str]:
    """Return the kind and id of the k-th of the model's demands."""
    data, table = result.model.data, result.model.event_table
    row = int(table.demand_row[k])
    if row < table.n_demands:
        demands = data.table("demands")
        kind = demands["kind"][row] if "kind" in demands.columns else None
        return kind or "sales_order", result.order_index.demand_name(row)
    row -= table.n_demands
    if row < table.n_allocations:
        return "allocation", str(data.table("allocations")["order_id"][row])
    return "dependent", str(data.table("scheduled_receipts")["order_id"][row - table.n_allocations])


def sources_of(result: MrpResult, rows: Records) -> tuple[pl.Series, pl.Series]:
    """Return the kind and the source id of requirement rows, ``""`` of a safety stock, as :func:`source_of` does."""
    source = rows["source"]
    kind, name = np.full((2, source.shape[0]), "", object)
    at = np.flatnonzero(source == SAFETY_STOCK)
    kind[at] = "safety_stock"
    at = np.flatnonzero(source >= 0)
    kind[at], name[at] = "dependent", result.order_index.names(source[at]).to_numpy()
    at = np.flatnonzero((source < 0) & (source != SAFETY_STOCK))
    kind[at], name[at] = _kinds_and_names(result, -1 - source[at])
    kind[at[rows["is_dependent"][at]]] = "dependent"
    return pl.Series(kind, dtype=pl.String), pl.Series(name, dtype=pl.String)


def _kinds_and_names(result: MrpResult, demands: NDArray[np.int64]) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Return the kinds and ids of some of the model's demands."""
    data, table = result.model.data, result.model.event_table
    row = table.demand_row[demands]
    kind, name = np.full((2, row.shape[0]), "", object)
    at = np.flatnonzero(row < table.n_demands)
    picked = INPUT_TABLES["demands"].filled(data.table("demands")[row[at]], ["demand_id", "kind"])
    generated = "demands:" + pl.Series(row[at] + 1).cast(pl.String)
    kind[at], name[at] = (
        picked["kind"].to_numpy(),
        picked["demand_id"].zip_with(picked["demand_id"].is_not_null(), generated).to_numpy(),
    )
    row = row - table.n_demands
    at = np.flatnonzero((row >= 0) & (row < table.n_allocations))
    kind[at], name[at] = "allocation", data.table("allocations")["order_id"][row[at]].to_numpy()
    at = np.flatnonzero(row >= table.n_allocations)
    row = row - table.n_allocations
    kind[at], name[at] = "dependent", data.table("scheduled_receipts")["order_id"][row[at]].to_numpy()
    return kind, name
