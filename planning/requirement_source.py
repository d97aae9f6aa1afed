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
    data, table = result.model.data, result.model.event_table
    at = int(table.demand_row[-1 - source])
    if at < table.n_demands:
        name = result.order_index.demand_name(at)
        demands = data.table("demands")
        kind = demands["kind"][at] if "kind" in demands.columns else None
        return ("dependent" if row["is_dependent"] else kind or "sales_order"), name
    at -= table.n_demands
    if at < table.n_allocations:
        return "allocation", str(data.table("allocations")["order_id"][at])
    return "dependent", str(data.table("scheduled_receipts")["order_id"][at - table.n_allocations])
