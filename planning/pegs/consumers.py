"""Which order a requirement belongs to where the plan's arrays do not say it: open orders and what they still take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.encoding.codes import NO_CODE, IdIndex

if TYPE_CHECKING:
    from planning.mrp import MrpResult  # it keeps what is found here


@dataclass(frozen=True, slots=True)
class Consumers:
    """The open orders as consumers of components.

    Parameters
    ----------
    receipt_order
        int64, shape (n_receipts,): the firm planned order that explodes for each receipt, -1 where none does.
    firm_receipt
        int64, shape (n_firm,): the receipt of each firm planned order, -1 of one that makes no order.
    demand_receipt
        int64, shape (n_demands,): the receipt whose order takes what this row of the model's demands stands for (an
        allocation, a firm planned transfer), -1 where it is a demand, or the order is unknown or not planned higher.
    taken_demands
        int64: the rows of the model's demands that have such a receipt.
    """

    receipt_order: NDArray[np.int64]
    firm_receipt: NDArray[np.int64]
    demand_receipt: NDArray[np.int64]
    taken_demands: NDArray[np.int64]


def find_consumers(result: MrpResult) -> Consumers:
    """Return which receipts explode, and which open orders the allocations and firm transfers belong to.

    Notes
    -----
    A pass over the data set's open orders and demands, once for a plan.
    """
    model, orders = result.model, result.plan.orders
    table = model.event_table
    n_rows = model.data.table("scheduled_receipts").height
    receipt_of_row = np.full(n_rows + 1, NO_CODE, np.int64)
    receipt_of_row[table.receipt_row] = np.arange(table.receipt_row.shape[0])
    firm_node = np.repeat(np.arange(model.nodes.n_nodes), np.diff(table.firm_indptr))
    firm_order = orders.first[firm_node] + np.arange(firm_node.shape[0]) - table.firm_indptr[firm_node]
    firm_receipt = receipt_of_row[table.firm_row]
    receipt_order = np.full(table.receipt_row.shape[0], NO_CODE, np.int64)
    # those of a phantom whose stock is ignored make no orders
    is_made = ~result.netting.nodes["is_phantom"][firm_node] | (result.options.phantom_stock == "net")
    receipt_order[firm_receipt[is_made]] = firm_order[is_made]
    demand_receipt = _demand_receipts(result, receipt_of_row)
    return Consumers(
        receipt_order, np.where(is_made, firm_receipt, NO_CODE), demand_receipt, np.flatnonzero(demand_receipt >= 0)
    )


def _demand_receipts(result: MrpResult, receipt_of_row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the receipt whose order takes each of the model's demands."""
    model = result.model
    table = model.event_table
    found = np.full(table.demand_row.shape[0], NO_CODE, np.int64)
    picked = np.flatnonzero(table.demand_row >= table.n_demands)
    if not picked.size:
        return found
    at = table.demand_row[picked] - table.n_demands
    is_allocation = at < table.n_allocations
    row = np.where(is_allocation, NO_CODE, at - table.n_allocations)
    if is_allocation.any():
        orders = IdIndex(model.data.table("scheduled_receipts")["order_id"].cast(pl.String))
        row[is_allocation] = orders.codes_of(model.data.table("allocations")["order_id"][at[is_allocation]])
    receipt = receipt_of_row[row]
    level = model.structure.graph.item_to_level
    own = np.searchsorted(table.demand_indptr, picked, side="right") - 1
    taker = np.searchsorted(table.receipt_indptr, np.maximum(receipt, 0), side="right") - 1
    is_above = (receipt >= 0) & (level[np.minimum(taker, level.shape[0] - 1)] < level[own])
    found[picked] = np.where(is_above, receipt, NO_CODE)
    return found
