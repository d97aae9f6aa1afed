"""The money of a plan by period: stock, backlog, purchases."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.arrays import PlanningModel
from planning.codes import NO_CODE, codes_of
from planning.kernels.figures import N_MONEY_COLUMNS, sum_money
from planning.kernels.netting_arrays import NettingModel, SupplyType
from planning.net import NettedPlan, equal_chunks

MONEY_COLUMNS = ("inventory_value", "backlog_value", "purchase_spend")


def money_by_period(
    model: PlanningModel, netting: NettingModel, plan: NettedPlan, starts: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Return stock and backlog at each period's end and purchases due in it.

    Parameters
    ----------
    model, netting, plan
        The plan.
    starts
        int32, shape (n_periods,): first days, as day numbers of this plan. Earlier days count in the first period.

    Returns
    -------
    numpy.ndarray
        float64, shape (n_periods, 3): as ``MONEY_COLUMNS``.
    """
    first, last = plan.days
    days = np.arange(first, last + 1)
    period_of_day = np.maximum(np.searchsorted(starts, days, side="right") - 1, 0).astype(np.int32)
    nodes = model.level_nodes[~model.node_rows["is_phantom"][model.level_nodes]]
    chunks = equal_chunks(np.ones(nodes.shape[0], np.int64))
    sums = np.zeros((max(chunks.shape[0] - 1, 0), starts.shape[0], N_MONEY_COLUMNS))
    unit_cost = model.sourcing.parameters["unit_cost"].to_numpy().copy()
    price = np.where(model.node_rows["supply_type"] == SupplyType.BUY, purchase_prices(model), 0.0)
    sum_money(
        netting, plan.orders, plan.dated_orders, plan.netted_day, nodes, chunks, first, period_of_day, unit_cost,
        price, sums,
    )  # fmt: skip
    totals: NDArray[np.float64] = sums.sum(axis=0)
    return totals


def purchase_prices(model: PlanningModel) -> NDArray[np.float64]:
    """Return what one unit costs to buy: the price of the node's supplier, else the item's unit_cost.

    Returns
    -------
    numpy.ndarray
        float64, shape (n_nodes,).
    """
    unit_cost: NDArray[np.float64] = model.sourcing.parameters["unit_cost"].to_numpy()
    offers = model.data.filled("item_suppliers", ["item_id", "supplier_id", "site_id", "unit_price", "priority"])
    offers = offers.filter(pl.col("unit_price").is_not_null())
    if offers.is_empty():
        return unit_cost.copy()
    nodes = model.nodes
    wanted = pl.DataFrame({"item": nodes.item, "site": nodes.site, "supplier_id": model.sourcing.supplier_id})
    priced = offers.select(
        "supplier_id",
        "priority",
        price="unit_price",
        item=pl.Series(nodes.item_index.codes_of(offers["item_id"]), dtype=pl.Int32),
        offer_site=pl.Series(codes_of(offers["site_id"], nodes.site_ids), dtype=pl.Int32),
    )
    found = wanted.with_row_index("node").join(priced, on=["item", "supplier_id"])
    found = found.filter((pl.col("offer_site") == NO_CODE) | (pl.col("offer_site") == pl.col("site")))
    found = found.sort("node", pl.col("offer_site") == NO_CODE, "priority").unique("node", keep="first")
    prices = unit_cost.copy()
    prices[found["node"].to_numpy()] = found["price"].to_numpy()
    return prices
