"""The priority of orders: that of the end demands that they are pegged to, carried down level by level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planning.encoding.demands import demand_priorities
from planning.kernels.netting_arrays import NEVER
from planning.kernels.supply_rows import SupplyKind
from planning.mrp import MrpResult
from planning.pegs.levels import PegLevels

_DAYS = 1 << 32


@dataclass(frozen=True, slots=True)
class OrderPriorities:
    """The best priority of what each order is for, and the first day of that priority.

    Parameters
    ----------
    priority, day
        int32, shape (n_orders,): of the end demands; ``NEVER`` for an order that serves none.
    of_demand
        int32, shape (n_demands,): the priority of each row of the model's demands, ``NEVER`` of what is none.
    """

    priority: NDArray[np.int32]
    day: NDArray[np.int32]
    of_demand: NDArray[np.int32]


def order_priorities(result: MrpResult) -> OrderPriorities:
    """Return the best priority, and its first day, among the end demands that each order is pegged to."""
    model = result.model
    table = model.event_table
    priorities = demand_priorities(model.data).astype(np.int64)
    is_demand = table.demand_row < table.n_demands
    of_demand = np.full(is_demand.shape[0], NEVER, np.int64)
    of_demand[is_demand] = priorities[table.demand_row[is_demand]]
    day = np.where(is_demand, table.demands["day"].astype(np.int64), NEVER)
    demand_key = of_demand * _DAYS + day
    none = NEVER * _DAYS + NEVER
    order_key = np.full(result.plan.orders.rows.shape[0], none, np.int64)
    receipt_key = np.full(table.receipts.shape[0], none, np.int64)
    levels = PegLevels(result)
    taker = levels.consumers.demand_receipt
    for level in levels.highest_first():
        key = np.full(level.requirements.shape[0], none, np.int64)
        rows, order = level.by_order
        key[rows] = order_key[order]
        rows, demand = level.by_demand
        is_taken = taker[demand] >= 0
        own = demand_key[demand]
        own[is_taken] = receipt_key[taker[demand[is_taken]]]
        key[rows] = own
        of_supply = np.full(level.supplies.shape[0], none, np.int64)
        np.minimum.at(of_supply, level.links["supply"], key[level.links["requirement"]])
        has_order = np.flatnonzero(level.order >= 0)
        order_key[level.order[has_order]] = of_supply[has_order]
        receipts = np.flatnonzero(level.supplies["kind"] == SupplyKind.SCHEDULED_RECEIPT)
        receipt_key[level.supplies["source"][receipts]] = of_supply[receipts]
    # days may be negative, so the priority is the key less its day, rounded
    priority = (order_key + (_DAYS >> 1)) >> 32
    order_day = order_key - (priority << 32)
    return OrderPriorities(priority.astype(np.int32), order_day.astype(np.int32), of_demand.astype(np.int32))
