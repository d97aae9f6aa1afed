"""Quantities carried through the pegging of some nodes: up to what needs their supplies, or down to what serves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bom.kernels.inner import inner
from planning.kernels.netting_arrays import NettingModel, Orders, Records
from planning.kernels.requirement_rows import SAFETY_STOCK

NOTHING, ORDER, RECEIPT = 0, 1, 2


class Takers(NamedTuple):
    """What finds the supply that a requirement's source makes.

    Parameters
    ----------
    level_nodes, order_starts
        int32 and int64, shape (n_nodes,): the nodes by level, and where the orders of each of them stand.
    firm_receipt
        int64, shape (n_firm,): the receipt of each firm planned order, -1 of one that makes no orders.
    demand_receipt
        int64, shape (n_demands,): the receipt that takes what a row of the model's demands stands for, -1 of a demand.
    """

    level_nodes: NDArray[np.int32]
    order_starts: NDArray[np.int64]
    firm_receipt: NDArray[np.int64]
    demand_receipt: NDArray[np.int64]


class NodeList(NamedTuple):
    """Nodes to come to, each once.

    Parameters
    ----------
    is_listed
        bool, shape (n_nodes,).
    nodes
        int32, shape (n_nodes,): the listed ones, in the order in which they were found.
    """

    is_listed: NDArray[np.bool_]
    nodes: NDArray[np.int32]


class Flows(NamedTuple):
    """What each supply and demand of a plan has to do with a question; pages that nothing touches take no memory.

    Up: how much of each order and receipt is asked for. Down: which part of each is asked for.

    Parameters
    ----------
    of_order, of_receipt, of_demand
        float64, shape (n_orders,), (n_receipts,) and (n_demands,).
    has_parts
        bool, shape (n_orders,): the order needs something.
    receipt_has_parts
        bool, shape (n_receipts,): the receipt's order takes something.
    """

    of_order: NDArray[np.float64]
    of_receipt: NDArray[np.float64]
    of_demand: NDArray[np.float64]
    has_parts: NDArray[np.bool_]
    receipt_has_parts: NDArray[np.bool_]


@inner
def find_taker(model: NettingModel, orders: Orders, takers: Takers, source: int) -> tuple[int, int, int]:
    """Return what a source makes: nothing, an order or a receipt; its node, and its place."""
    receipt = -1
    if source >= 0:
        node = int(takers.level_nodes[np.searchsorted(takers.order_starts, source, side="right") - 1])
        firm = model.firm_indptr[node] + source - orders.first[node]
        if firm >= model.firm_indptr[node + 1]:
            is_supply = not model.nodes[node].is_phantom and orders.rows[source].quantity > 0.0
            return ORDER if is_supply else NOTHING, node, source
        receipt = int(takers.firm_receipt[firm])
    elif source != SAFETY_STOCK:
        receipt = int(takers.demand_receipt[-1 - source])
    if receipt < 0:
        return NOTHING, -1, -1
    node = int(np.searchsorted(model.receipt_indptr, receipt, side="right")) - 1
    is_supply = not model.nodes[node].is_phantom or model.choices[0].is_phantom_netted
    is_supply = is_supply and model.receipts[receipt].quantity > 0.0
    return RECEIPT if is_supply else NOTHING, node, receipt


@njit(cache=True, nogil=True)
def share_supplies(
    links: Records,
    link_indptr: NDArray[np.int64],
    amounts: NDArray[np.float64],
    given: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Add to each requirement its share of what is asked of the supplies, in the unit of ``amounts``."""
    for s in range(amounts.shape[0]):
        if amounts[s] != 0.0:
            share = amounts[s] / given[s]
            for k in range(link_indptr[s], link_indptr[s + 1]):
                out[links[k].requirement] += links[k].quantity * share


@njit(cache=True, nogil=True)
def hand_up(
    model: NettingModel,
    orders: Orders,
    takers: Takers,
    requirements: Records,
    amounts: NDArray[np.float64],
    flows: Flows,
    listed: NodeList,
    n_listed: int,
) -> int:
    """Hand what requirements get on to the supplies of the orders that need it, whose nodes are listed.

    What is left in ``amounts`` ends there. Returns the number of listed nodes.
    """
    for r in range(amounts.shape[0]):
        if amounts[r] == 0.0:
            continue
        kind, node, place = find_taker(model, orders, takers, requirements[r].source)
        if kind == NOTHING:
            continue
        if kind == ORDER:
            flows.of_order[place] += amounts[r]
        else:
            flows.of_receipt[place] += amounts[r]
        amounts[r] = 0.0
        if not listed.is_listed[node]:
            listed.is_listed[node] = True
            listed.nodes[n_listed] = node
            n_listed += 1
    return n_listed


@njit(cache=True, nogil=True)
def take_parts(
    requirements: Records, demand_receipt: NDArray[np.int64], flows: Flows, out: NDArray[np.float64]
) -> None:
    """Fill how much of each requirement belongs to the parts of orders, receipts and demands that are asked for."""
    for r in range(requirements.shape[0]):
        source = requirements[r].source
        part = 0.0
        if source >= 0:
            part = flows.of_order[source]
            if part != 0.0:
                flows.has_parts[source] = True
        elif source != SAFETY_STOCK:
            part = flows.of_demand[-1 - source]
            receipt = demand_receipt[-1 - source]
            if receipt >= 0 and flows.of_receipt[receipt] != 0.0:
                flows.receipt_has_parts[receipt] = True
                part += flows.of_receipt[receipt]
        out[r] = requirements[r].quantity * part


@njit(cache=True, nogil=True)
def share_requirements(
    requirements: Records,
    links: Records,
    link_indptr: NDArray[np.int64],
    requirement_links: NDArray[np.int32],
    amounts: NDArray[np.float64],
    noise: float,
    out_supplies: NDArray[np.float64],
    out_short: NDArray[np.float64],
) -> None:
    """Add to each supply its share of what is asked of the requirements; fill what of them is short."""
    for r in range(amounts.shape[0]):
        if amounts[r] == 0.0:
            continue
        share = amounts[r] / requirements[r].quantity
        covered = 0.0
        for k in range(link_indptr[r], link_indptr[r + 1]):
            link = links[requirement_links[k]]
            covered += link.quantity
            out_supplies[link.supply] += link.quantity * share
        short = requirements[r].quantity - covered
        if short > noise:
            out_short[r] = short * share


@njit(cache=True, nogil=True)
def list_nodes(
    codes: NDArray[np.int32],
    component_indptr: NDArray[np.int64],
    component_codes: NDArray[np.int32],
    nodes: Records,
    listed: NodeList,
    n_listed: int,
) -> int:
    """List nodes, and behind a phantom all its components; return the number of listed nodes."""
    begin = n_listed
    for i in range(codes.shape[0]):
        if not listed.is_listed[codes[i]]:
            listed.is_listed[codes[i]] = True
            listed.nodes[n_listed] = codes[i]
            n_listed += 1
    while begin < n_listed:
        node = listed.nodes[begin]
        begin += 1
        if nodes[node].is_phantom:
            for k in range(component_indptr[node], component_indptr[node + 1]):
                code = component_codes[k]
                if not listed.is_listed[code]:
                    listed.is_listed[code] = True
                    listed.nodes[n_listed] = code
                    n_listed += 1
    return n_listed
