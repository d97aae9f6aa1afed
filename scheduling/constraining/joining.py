"""How the orders of each node become one when they are due on the same day."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planning.kernels.netting_arrays import ALWAYS, NEVER, LotSizingRule, NettingModel, Records
from scheduling.kernels.constraining_arrays import Joining


def joining_of(
    netting: NettingModel,
    part_indptr: NDArray[np.int64],
    parts: Records,
    operation_indptr: NDArray[np.int64],
    operations: Records,
    offer_node: NDArray[np.int32],
) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """Return how orders of each node are joined, and which nodes have something that is effective for a time.

    Notes
    -----
    Orders stay apart when each has a quantity of its own (fixed_order_quantity, order_up_to), gives by-products, or
    takes alternates of BOM lines, itself or below a phantom.
    """
    n_nodes = part_indptr.shape[0] - 1
    owner = np.repeat(np.arange(n_nodes), np.diff(part_indptr))
    is_phantom = netting.nodes["is_phantom"]
    below = is_phantom[parts["component"]]
    keeps_apart = parts["is_by_product"] | (parts["group"] >= 0)
    keeps_apart |= is_phantom[owner] & (parts["quantity_fixed"] != 0.0)
    has_phantom = np.zeros(n_nodes, np.bool_)
    has_phantom[owner[below]] = True
    keeps_apart |= below & _has(n_nodes, owner[parts["quantity_fixed"] != 0.0])[owner]
    apart = _has(n_nodes, owner[keeps_apart])
    while True:
        wider = apart | _has(n_nodes, owner[below & apart[parts["component"]]])
        if (wider == apart).all():
            break
        apart = wider
    offer_owner = np.repeat(np.arange(n_nodes), np.diff(netting.offer_indptr))
    from_phantom = (offer_node >= 0) & is_phantom[np.maximum(offer_node, 0)]
    apart |= _has(n_nodes, offer_owner[from_phantom]) | is_phantom
    rule = netting.nodes["lot_sizing_rule"]
    apart |= (rule == LotSizingRule.FIXED_ORDER_QUANTITY) | (rule == LotSizingRule.ORDER_UP_TO)
    joining = np.where(apart, Joining.NEVER, np.where(has_phantom, Joining.AS_ADDED, Joining.COUNTED))
    is_dated = _has(n_nodes, owner[_is_limited(parts)]) | (np.diff(netting.change_indptr) > 0)
    routed = np.repeat(np.arange(n_nodes), np.diff(operation_indptr))
    is_dated |= _has(n_nodes, routed[_is_limited(operations)])
    return joining.astype(np.int8), is_dated


def _is_limited(rows: Records) -> NDArray[np.bool_]:
    """Return which rows are effective for a time only."""
    return np.asarray((rows["effective_from"] != ALWAYS) | (rows["effective_to"] != NEVER))


def _has(n_nodes: int, nodes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which nodes are among some."""
    found = np.zeros(n_nodes, np.bool_)
    found[nodes] = True
    return found
