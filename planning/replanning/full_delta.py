"""What a plan that was netted in full has otherwise than the plan before, node by node."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bom.ranges import ranges
from planning.arrays import PlanningModel
from planning.kernels.net_change import find_changed
from planning.kernels.netting_arrays import NettingModel
from planning.net import NettedPlan
from planning.replanning.plan_delta import WORD_MASK, PlanDelta, row_words


def full_delta(
    base: NettedPlan,
    base_receipt_indptr: NDArray[np.int64],
    model: PlanningModel,
    netting: NettingModel,
    plan: NettedPlan,
    at: NDArray[np.int32],
    causes: NDArray[np.uint64],
) -> PlanDelta:
    """Return the delta of a full run: all nodes are listed, those with other orders as changed.

    Parameters
    ----------
    base, base_receipt_indptr
        The plan before, and where the open receipts of its nodes stand.
    model, netting, plan
        The edited data set, the same as the kernels read it, and its plan as netted.
    at
        int32, shape (n_nodes,): each node's code in the plan before, -1 for a new one.
    causes
        uint64, shape (n_nodes,): the bits of the edits behind each node, in the order of ``model.level_nodes``.
    """
    before = np.maximum(at, 0)
    base_first = base.orders.first[before]
    base_counts = np.where(at >= 0, base.orders.counts[before], 0)
    is_changed = np.empty(at.shape[0], np.bool_)
    find_changed(
        row_words(base.orders.rows), base_first, base_counts,
        row_words(plan.orders.rows), plan.orders.first, plan.orders.counts, WORD_MASK, is_changed,
    )  # fmt: skip
    nodes = model.level_nodes
    counts = np.where(is_changed[nodes], plan.orders.counts[nodes], 0)
    n_receipts = np.diff(netting.receipt_indptr)[nodes]
    places = ranges(netting.receipt_indptr[nodes], n_receipts)
    is_identity = at.shape[0] == base.orders.first.shape[0] and bool((at == np.arange(at.shape[0])).all())
    return PlanDelta(
        base_plan=base,
        base_receipt_indptr=base_receipt_indptr,
        base_nodes=None if is_identity else at,
        nodes=nodes,
        is_changed=is_changed[nodes],
        base_first=base_first[nodes],
        base_counts=base_counts[nodes],
        order_indptr=np.concatenate(([0], np.cumsum(counts))),
        rows=plan.orders.rows[ranges(plan.orders.first[nodes], counts)],
        is_short=plan.is_short[nodes],
        receipt_indptr=np.concatenate(([0], np.cumsum(n_receipts))),
        needed_day=plan.needed_day[places],
        netted_day=plan.netted_day[places],
        root_edits=causes,
        days=plan.days,
    )
