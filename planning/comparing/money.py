"""The money of a plan by period: stock, backlog, purchases."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bom.ranges import ranges
from planning.arrays import PlanningModel
from planning.kernels.figures import N_MONEY_COLUMNS, SPEND, sum_money
from planning.kernels.netting_arrays import CHOSEN_PER_ORDER, NettingModel, SupplyType
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
    spend = chosen_spend(model, plan, period_of_day)
    totals[: spend.shape[0], SPEND] += spend
    return totals


def purchase_prices(model: PlanningModel) -> NDArray[np.float64]:
    """Return what one unit costs to buy, where all orders take the same supplier: its price, else the item's unit_cost.

    Returns
    -------
    numpy.ndarray
        float64, shape (n_nodes,): 0 where each order chooses.
    """
    offers, offer = model.sourcing.offers, model.sourcing.offer
    prices: NDArray[np.float64] = model.sourcing.parameters["unit_cost"].to_numpy().copy()
    taken = np.flatnonzero(offer == 0)
    prices[taken] = offer_prices(model)[offers.indptr[taken]]
    prices[offer == CHOSEN_PER_ORDER] = 0.0
    return prices


def offer_prices(model: PlanningModel) -> NDArray[np.float64]:
    """Return the price of each offer, the item's unit_cost where it has none.

    Returns
    -------
    numpy.ndarray
        float64, shape (n_offers,).
    """
    offers = model.sourcing.offers
    node = np.repeat(np.arange(model.nodes.n_nodes), np.diff(offers.indptr))
    unit_cost: NDArray[np.float64] = model.sourcing.parameters["unit_cost"].to_numpy()[node]
    row = offers.frame["row"].to_numpy()
    is_priced = (offers.rows["source"] < 0) & (row >= 0)
    given = model.data.filled("item_suppliers", ["unit_price"])["unit_price"].fill_null(np.nan).to_numpy()
    prices = np.append(given, np.nan)[np.where(is_priced, row, -1)]
    return np.where(np.isnan(prices), unit_cost, prices)


def chosen_spend(model: PlanningModel, plan: NettedPlan, period_of_day: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return what the orders cost, by period, that choose their supplier one by one.

    Returns
    -------
    numpy.ndarray
        float64, shape (n_periods,).
    """
    offers, orders = model.sourcing.offers, plan.orders
    is_bought = model.node_rows["supply_type"] == SupplyType.BUY
    nodes = np.flatnonzero(is_bought & (model.sourcing.offer == CHOSEN_PER_ORDER))
    n_firm = np.diff(model.event_table.firm_indptr)[nodes]
    counts = orders.counts[nodes] - n_firm
    first = orders.first[nodes] + n_firm
    place = ranges(first, counts)
    node, rows = np.repeat(nodes, counts), plan.dated_orders[place]
    unit_cost = model.sourcing.parameters["unit_cost"].to_numpy()
    at = np.maximum(offers.indptr[node] + rows["offer"], 0)
    price = np.where(rows["offer"] < 0, unit_cost[node], np.append(offer_prices(model), 0.0)[at])
    period = period_of_day[np.maximum(rows["due"] - plan.days[0], 0)]
    spend = np.zeros(int(period_of_day.max(initial=0)) + 1)
    np.add.at(spend, period, rows["quantity"] * price)
    return spend
