"""The orders that a schedule is about: those to make that are released within the horizon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bom.ranges import ranges
from planning.encoding.codes import days_of
from planning.kernels.netting_arrays import SupplyType
from planning.loading.encode import LoadingModel
from planning.mrp import MrpResult

Days = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class FloorOrders:
    """Orders to make, open ones first, then planned ones, each by its place in the plan.

    Parameters
    ----------
    key
        int64, shape (n,): the receipt of an open order; the number of receipts + the place of a planned one. Ascending.
    node
        int32, shape (n,).
    release_day, due_day
        int32, shape (n,): as the plan has them; an open order without a release day is released.
    quantity
        float64, shape (n,): good output that is still to come.
    is_open
        bool, shape (n,): an open order.
    n_receipts
        The number of receipts of the plan.
    """

    key: NDArray[np.int64]
    node: NDArray[np.int32]
    release_day: Days
    due_day: Days
    quantity: NDArray[np.float64]
    is_open: NDArray[np.bool_]
    n_receipts: int

    @property
    def n_orders(self) -> int:
        """The number of orders."""
        return int(self.key.shape[0])

    def at(self, key: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where orders stand here, -1 for others."""
        if not self.n_orders:
            return np.full(key.shape, -1, np.int64)
        place = np.minimum(np.searchsorted(self.key, key), self.n_orders - 1)
        return np.where(self.key[place] == key, place, -1).astype(np.int64)

    def taken(self, keep: NDArray[np.bool_] | NDArray[np.int64]) -> FloorOrders:
        """Return some of the orders."""
        return FloorOrders(
            self.key[keep],
            self.node[keep],
            self.release_day[keep],
            self.due_day[keep],
            self.quantity[keep],
            self.is_open[keep],
            self.n_receipts,
        )


def find_floor_orders(plan: MrpResult, loading: LoadingModel, horizon_days: int) -> FloorOrders:
    """Return the orders to make that are released before the horizon ends.

    Notes
    -----
    Phantoms are not ordered. Firm planned orders count as open ones, as in loading.
    """
    opened, planned = _open_orders(plan, loading), _planned_orders(plan)
    columns = (np.concatenate([one, other]) for one, other in zip(opened, planned, strict=True))
    key, node, release, due, quantity = columns
    n_receipts = int(plan.netting.receipt_indptr[-1])
    orders = FloorOrders(key, node, release, due, quantity, key < n_receipts, n_receipts)
    return orders.taken(release < horizon_days)


Columns = tuple[NDArray[np.int64], NDArray[np.int32], Days, Days, NDArray[np.float64]]


def _open_orders(plan: MrpResult, loading: LoadingModel) -> Columns:
    """Return key, node, release, due and quantity of the open orders to make."""
    table, rows = plan.model.event_table, loading.kernel.open_orders
    receipt = np.flatnonzero(rows["is_made"])
    node = np.repeat(np.arange(plan.model.nodes.n_nodes, dtype=np.int32), np.diff(table.receipt_indptr))[receipt]
    dates = plan.model.data.filled("scheduled_receipts", ["release_date"])["release_date"][table.receipt_row[receipt]]
    release = days_of(dates, plan.model.as_of, 0)
    # what is due before it is released is released on its due day
    due = rows["due"][receipt].astype(np.int32)
    return receipt.astype(np.int64), node, np.minimum(release, np.maximum(due, 0)), due, rows["quantity"][receipt]


def _planned_orders(plan: MrpResult) -> Columns:
    """Return the same of the planned orders to make; firm ones count as open."""
    netting, orders = plan.netting, plan.plan.orders
    n_firm = np.diff(netting.firm_indptr)
    makes = (netting.nodes["supply_type"] == SupplyType.MAKE) & ~netting.nodes["is_phantom"]
    node = np.flatnonzero(makes & (orders.counts > n_firm)).astype(np.int32)
    n_orders = orders.counts[node] - n_firm[node]
    first = orders.first[node] + n_firm[node]
    node, place = np.repeat(node, n_orders), ranges(first, n_orders)
    order = np.argsort(place, kind="stable")
    node, place = node[order], place[order]
    rows = plan.plan.dated_orders[place]
    key = place + int(netting.receipt_indptr[-1])
    return key, node, rows["release"].copy(), rows["due"].copy(), rows["quantity"].copy()
