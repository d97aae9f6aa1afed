"""What happens at one node, day by day, computed again by the kernels that planned it: read by explanations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planning.kernels.balance import N_RECORD_COLUMNS, RECEIPTS, record_periods
from planning.kernels.net_level import count_level, net_level
from planning.kernels.netting_arrays import ALWAYS, LOOK_DTYPE, NEVER, ORDER_DTYPE, NettingModel, Orders, Records
from planning.kernels.requirement_rows import REQUIREMENT_DTYPE, list_requirements
from planning.net import NettedPlan


@dataclass(frozen=True, slots=True)
class Ledger:
    """One node's events, orders and looks.

    Parameters
    ----------
    node
        The node.
    stock
        Usable stock on day 0.
    first_day
        The day number of the first cell.
    supplies
        float64, shape (n_days,): receipts on the days that netting uses, by-products, stock that comes later, less
        what expires.
    requirements
        Its requirement rows, by day.
    made
        Its orders as netting makes them again: firm planned, then planned.
    looks
        LOOK_DTYPE, beside ``made``: the look that made the order, on the first order of each look; day ``NEVER`` else.
    """

    node: int
    stock: float
    first_day: int
    supplies: NDArray[np.float64]
    requirements: Records
    made: Records
    looks: Records

    def look_of(self, position: int) -> tuple[int, Records]:
        """Return the position of the first order of the look that made an order, and what the look found."""
        while self.looks[position]["day"] == NEVER:
            position -= 1
        return position, self.looks[position]

    def supplies_until(self, day: int) -> float:
        """Return the sum of the supplies up to a day, planned orders and stock on day 0 not counted."""
        return float(self.supplies[: max(0, day + 1 - self.first_day)].sum())


def read_ledger(netting: NettingModel, plan: NettedPlan, node: int) -> Ledger:
    """Return one node's ledger.

    Notes
    -----
    The node is netted again by the kernel that netted all. It fills the same needed and netted days of the node's
    receipts with what stands there; so it does in a copy.
    """
    orders, nodes = plan.orders, np.array([node], np.int32)
    first_day, n_days = plan.days[0], plan.days[1] - plan.days[0] + 1
    n_lines, capacity = np.empty((2, 1), np.int64)
    count_level(netting, orders, nodes, n_days, n_lines, capacity)
    made, looks = _net_again(netting, plan, nodes, n_lines, int(capacity[0]))
    return Ledger(
        node,
        stock_of(netting, node),
        first_day,
        _supplies(netting, plan, nodes, n_days),
        _requirements(netting, orders, nodes, int(n_lines[0])),
        made,
        looks,
    )


def stock_of(netting: NettingModel, node: int) -> float:
    """Return the usable stock of a node on day 0."""
    lots = netting.lots[netting.lot_indptr[node] : netting.lot_indptr[node + 1]]
    stock = float(netting.nodes["on_hand"][node])
    for quantity in lots["quantity"][lots["available"] == ALWAYS].tolist():
        stock += quantity
    return stock


def _net_again(
    netting: NettingModel, plan: NettedPlan, nodes: NDArray[np.int32], n_lines: NDArray[np.int64], capacity: int
) -> tuple[Records, Records]:
    """Return the node's orders, and the look that made each."""
    looks = np.zeros(capacity, LOOK_DTYPE)
    looks["day"] = NEVER
    none = np.zeros(0, np.int64)
    source = np.empty(capacity if plan.orders.source.shape[0] else 0, np.int64)
    made = Orders(none, none, np.empty(capacity, ORDER_DTYPE), source)
    count, is_short, reach = np.zeros(1, np.int64), np.zeros(1, np.bool_), np.zeros((1, 2), np.int64)
    net_level(
        netting, plan.orders, nodes, np.array([0, 1]), n_lines, plan.days[0], plan.days[1] - plan.days[0] + 1,
        np.array([0, capacity]), made, looks, plan.needed_day.copy(), plan.netted_day.copy(), count, is_short, reach,
    )  # fmt: skip
    return made.rows[: count[0]], looks[: count[0]]


def _supplies(netting: NettingModel, plan: NettedPlan, nodes: NDArray[np.int32], n_days: int) -> NDArray[np.float64]:
    """Return the node's supplies by day."""
    cells = np.zeros((1, n_days, N_RECORD_COLUMNS))
    record_periods(
        netting,
        plan.orders,
        plan.dated_orders,
        plan.netted_day,
        nodes,
        np.array([0, 1]),
        plan.days[0],
        np.arange(n_days, dtype=np.int32),
        cells,
        np.empty(1, np.int32),
    )
    return cells[0, :, RECEIPTS]


def _requirements(netting: NettingModel, orders: Orders, nodes: NDArray[np.int32], n_lines: int) -> Records:
    """Return the node's requirement rows by day."""
    rows = np.empty(n_lines + 1, REQUIREMENT_DTYPE)
    order, count = np.empty(n_lines + 1, np.int64), np.empty(1, np.int64)
    list_requirements(netting, orders, nodes, np.array([0, n_lines + 1]), rows, order, count)
    return rows[order[: count[0]]]
