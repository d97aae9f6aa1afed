"""What a single requirement row comes from, by kind and id."""

from __future__ import annotations

from planning.kernels.netting_arrays import Records
from planning.kernels.requirement_rows import SAFETY_STOCK
from planning.mrp import MrpResult


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
