"""Late releases pushed to the planning date, and what that does to parents and demands (rule 8)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from planning.arrays import PlanningModel
from planning.kernels.balance import list_write_offs
from planning.kernels.netting_arrays import NettingModel, Orders
from planning.kernels.pushing import push_levels
from planning.net import NettedPlan, with_orders


def push(model: PlanningModel, netting: NettingModel, plan: NettedPlan) -> NettedPlan:
    """Return the plan with no release before ``as_of``, and with the lateness that this brings up to the demands.

    Notes
    -----
    Quantities and requirements stay as netted. An order waits for the last of the supplies that serve its
    components first come, first served; its new due date makes the requirements late that it serves, and so on.
    """
    rows = plan.orders.rows.copy()
    demand_late = np.zeros(netting.demands.shape[0], np.int32)
    left = written_off(netting, plan.orders, plan.days)
    deepest_first = model.level_nodes[::-1].copy()
    push_levels(
        netting, plan.orders, plan.needed_day, plan.netted_day, left, deepest_first, rows, demand_late
    )  # fmt: skip
    is_short = plan.is_short.copy()
    is_late = rows["due"] > rows["need"]
    owner = np.repeat(model.level_nodes, plan.orders.counts[model.level_nodes])
    is_short[owner[is_late]] = True
    is_short &= ~netting.nodes["is_phantom"]
    return replace(
        plan, dated_orders=rows, is_short=is_short, days=with_orders(plan.days, rows), demand_lateness=demand_late
    )


def written_off(netting: NettingModel, orders: Orders, days: tuple[int, int]) -> NDArray[np.float64]:
    """Return what expires unused of each lot.

    Returns
    -------
    numpy.ndarray
        float64, shape (n_lots,).
    """
    left = np.zeros(netting.lots.shape[0])
    nodes = np.flatnonzero(np.diff(netting.lot_indptr) > 0).astype(np.int32)
    if nodes.size:
        list_write_offs(netting, orders, nodes, days[0], days[1] - days[0] + 1, left)
    return left
