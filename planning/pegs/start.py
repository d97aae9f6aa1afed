"""Where a question about pegging begins: an order or a demand, found by its id."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bom.errors import PlanningError
from planning.encoding.codes import NO_CODE
from planning.kernels.supply_rows import SupplyKind
from planning.mrp import MrpResult


@dataclass(frozen=True, slots=True)
class Asked:
    """An order or a demand that was asked for.

    Parameters
    ----------
    kind, name
        ``planned_order``, ``scheduled_receipt`` or ``demand``, and its id.
    node
        The item at a site that it supplies, or demands.
    supply
        The kind of supply, ``None`` of a demand.
    place
        The order, the receipt, or the row of the model's demands.
    """

    kind: str
    name: str
    node: int
    supply: SupplyKind | None
    place: int


def find_asked(result: MrpResult, name: str) -> Asked:
    """Return the planned order, open order or demand with an id.

    Raises
    ------
    PlanningError
        When the plan has none; it says which ids are near.
    """
    index, table, netting = result.order_index, result.model.event_table, result.netting
    planned = index.planned(name)
    if planned is not None:
        return Asked("planned_order", name, planned.node, SupplyKind.PLANNED_ORDER, planned.order)
    row = index.receipt_row(name)
    receipts = np.flatnonzero(table.receipt_row == row) if row != NO_CODE else np.zeros(0, np.int64)
    if receipts.size:
        node = int(np.searchsorted(netting.receipt_indptr, receipts[0], side="right")) - 1
        return Asked("scheduled_receipt", name, node, SupplyKind.SCHEDULED_RECEIPT, int(receipts[0]))
    row = index.demand_row(name)
    demands = np.flatnonzero(table.demand_row == row) if row != NO_CODE else np.zeros(0, np.int64)
    if not demands.size:
        raise unknown(result, name)
    node = int(np.searchsorted(netting.demand_indptr, demands[0], side="right")) - 1
    return Asked("demand", name, node, None, int(demands[0]))


def unknown(result: MrpResult, name: str) -> PlanningError:
    """Return the error for an id that the plan does not have."""
    near = result.order_index.near(name)
    return PlanningError("unknown_order", f"the plan has no order or demand {name}; near are", near)
