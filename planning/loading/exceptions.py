"""What could not be loaded, or not in time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.loading.encode import LoadingModel
from planning.loading.listing import orders_of_nodes
from planning.loading.tables import CAPACITY_EXCEPTIONS
from planning.mrp import MrpResult


def capacity_exceptions(
    plan: MrpResult, model: LoadingModel, unplaced: NDArray[np.float64], counts: NDArray[np.int64]
) -> pl.DataFrame:
    """Return the table ``capacity_exceptions``: made items without a routing, work that is in no period, late orders.

    Parameters
    ----------
    unplaced, counts
        ``unplaced_minutes`` and ``order_counts`` of :class:`planning.capacity.CapacityResult`.
    """
    rows = [*_unplaced(model, unplaced), *_items(plan, model, counts)]
    schema = {column.name: column.dtype.polars for column in CAPACITY_EXCEPTIONS.columns}
    return pl.DataFrame(rows, schema=schema)


def _unplaced(model: LoadingModel, unplaced: NDArray[np.float64]) -> Iterator[dict[str, Any]]:
    """Yield the work centers of which work lies behind the tabulated time."""
    has_time = np.diff(model.times.indptr)[model.centers.rows["calendar"]] > 0
    for center in np.flatnonzero(unplaced > 0):
        name, minutes = model.centers.ids[int(center)], float(unplaced[center])
        kind = "beyond_horizon" if has_time[center] else "no_working_time"
        why = "is not done by the end of its calendar" if has_time[center] else "has no working time"
        text = f"{name}: {minutes:,.0f} minutes of work; it {why}"
        if has_time[center]:
            text = f"{name}: {minutes:,.0f} minutes are not done within the tabulated working time"
        yield {"kind": kind, "work_center_id": name, "minutes": minutes, "text": text}


def _items(plan: MrpResult, model: LoadingModel, counts: NDArray[np.int64]) -> Iterator[dict[str, Any]]:
    """Yield the items that have orders to make without an operation, or orders that come late."""
    nodes, has_routing = plan.model.nodes, np.diff(model.routings.indptr) > 0
    without = np.where(has_routing, counts[:, 4], _made_orders(plan, model))
    for kind, number in (("no_routing", without), ("late", counts[:, 3])):
        for node in np.flatnonzero(number > 0):
            item = nodes.item_ids[int(nodes.item[node])]
            n_orders = f"{number[node]} order{'' if number[node] == 1 else 's'}"
            what = "without an operation in force" if kind == "no_routing" else "done after they are due"
            yield {
                "kind": kind,
                "item_id": item,
                "site_id": nodes.site_ids[int(nodes.site[node])],
                "orders": int(number[node]),
                "text": f"{item}: {n_orders} {what}",
            }


def _made_orders(plan: MrpResult, model: LoadingModel) -> NDArray[np.int64]:
    """Return how many orders to make each node has."""
    not_made = (~model.kernel.open_orders["is_made"]).astype(np.int64)
    node = np.repeat(np.arange(plan.model.nodes.n_nodes), np.diff(plan.netting.receipt_indptr))
    counts: NDArray[np.int64] = orders_of_nodes(plan) - np.bincount(node, not_made, plan.model.nodes.n_nodes).astype(
        np.int64
    )
    return counts
