"""Pegging of one node: which supply serves which requirement, first come first served (rule 14)."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from bom.kernels.inner import inner
from planning.kernels.gross_requirements import count_lines
from planning.kernels.netting import noise_of
from planning.kernels.netting_arrays import NettingModel, Orders, Records
from planning.kernels.requirement_rows import REQUIREMENT_DTYPE, SAFETY_STOCK, list_node
from planning.kernels.supply_rows import count_supplies, list_supplies, take_owed

# So much of a supply serves a requirement; both are numbered through.
LINK_DTYPE = np.dtype([("requirement", np.int32), ("supply", np.int32), ("quantity", np.float64)], align=True)


@njit(cache=True, parallel=True)
def count_pegging(
    model: NettingModel,
    orders: Orders,
    nodes: NDArray[np.int32],
    out_requirements: NDArray[np.int64],
    out_supplies: NDArray[np.int64],
) -> None:
    """Fill the most requirements and supplies that each of the nodes can have."""
    for i in prange(nodes.shape[0]):
        out_requirements[i] = count_lines(model, orders, nodes[i]) + 1
        out_supplies[i] = count_supplies(model, orders, nodes[i])


@inner
def link(links: Records, n: int, requirement: int, supply: int, quantity: float) -> int:
    """Write one link; return the number of links."""
    links[n].requirement = requirement
    links[n].supply = supply
    links[n].quantity = quantity
    return n + 1


@inner
def serve_from_lots(
    model: NettingModel,
    requirements: Records,
    supplies: Records,
    n_lots: int,
    still_open: NDArray[np.float64],
    links: Records,
) -> int:
    """Let each lot serve the requirements of its days, the earliest expiry first, as netting does; return the links."""
    n = 0
    for s in range(n_lots):
        left = supplies[s].quantity
        noise = noise_of(left)
        expiry = model.lots[supplies[s].source].expiry
        for i in range(requirements.shape[0]):
            if requirements[i].day >= expiry or left <= noise:
                break
            if requirements[i].day < supplies[s].day or requirements[i].source == SAFETY_STOCK:
                continue
            taken = min(left, still_open[i])
            if taken > noise:
                n = link(links, n, i, s, taken)
                left -= taken
                still_open[i] -= taken
    return n


@inner
def held_safety_stock(
    requirements: Records, supplies: Records, n_lots: int, still_open: NDArray[np.float64], place: int, before: float
) -> float:
    """Return how much of a safety stock can be held back without a later requirement being late or short.

    The safety stock stands at ``place`` among the requirements; those before it hold ``before``.
    """
    held, supplied, required = still_open[place], 0.0, before
    s = n_lots
    for i in range(requirements.shape[0]):
        if requirements[i].source == SAFETY_STOCK:
            continue
        required += still_open[i]
        while s < supplies.shape[0] and supplies[s].arrival <= max(requirements[i].day, 0):
            supplied += supplies[s].quantity
            s += 1
        if i > place and still_open[i] > 0.0:
            held = min(held, supplied - required)
    noise = noise_of(required)
    if held <= noise:
        return 0.0
    return still_open[place] if still_open[place] - held <= noise else held


@inner
def hold_safety_stock(
    requirements: Records, supplies: Records, n_lots: int, still_open: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Reduce what is open of safety stocks to what they hold back; return what they lack, to be served in the end."""
    lacking = np.zeros(0, np.float64)
    before = 0.0
    for i in range(requirements.shape[0]):
        if requirements[i].source == SAFETY_STOCK:
            held = held_safety_stock(requirements, supplies, n_lots, still_open, i, before)
            if held < still_open[i]:
                if lacking.shape[0] == 0:
                    lacking = np.zeros(requirements.shape[0], np.float64)
                lacking[i] = still_open[i] - held
                still_open[i] = held
            before += held
    return lacking


@inner
def serve_in_turn(
    requirements: Records, supplies: Records, n_lots: int, still_open: NDArray[np.float64], links: Records, n: int
) -> int:
    """Serve the requirements in their order with the supplies in theirs; return the number of links.

    The safety stock holds back what no requirement lacks, in its turn; the rest of it takes what is left in the end.
    """
    lacking = hold_safety_stock(requirements, supplies, n_lots, still_open)
    s = n_lots
    left = supplies[s].quantity if s < supplies.shape[0] else 0.0
    served = 0.0
    for turn in range(requirements.shape[0] + lacking.shape[0]):
        i = turn
        if turn >= requirements.shape[0]:
            i = turn - requirements.shape[0]
            still_open[i] = lacking[i]
        noise = noise_of(served)
        while still_open[i] > noise and s < supplies.shape[0]:
            taken = min(still_open[i], left)
            if taken > noise:
                n = link(links, n, i, s, taken)
                served += taken
            still_open[i] -= taken
            left -= taken
            if left <= noise:
                s += 1
                left = supplies[s].quantity if s < supplies.shape[0] else 0.0
    return n


@inner
def serve_phantom(
    requirements: Records, supplies: Records, owed: float, still_open: NDArray[np.float64], links: Records
) -> int:
    """Use up a phantom's stock by the requirements of the days on which it is there; return the number of links.

    What it does not cover is blown through and waits for nothing.
    """
    n, s = 0, 0
    take_owed(supplies, 0, owed)
    left = supplies[0].quantity if supplies.shape[0] > 0 else 0.0
    for i in range(requirements.shape[0]):
        while s < supplies.shape[0] and supplies[s].day <= requirements[i].day:
            taken = min(left, still_open[i])
            if taken > 1e-9:
                n = link(links, n, i, s, taken)
                still_open[i] -= taken
            left -= taken
            if left > 1e-9:
                break
            s += 1
            left = supplies[s].quantity if s < supplies.shape[0] else 0.0
    return n


@inner
def peg_node(
    model: NettingModel,
    orders: Orders,
    rows_now: Records,
    netted: NDArray[np.int32],
    node: int,
    out_requirements: Records,
    out_supplies: Records,
    out_links: Records,
) -> tuple[int, int, int]:
    """Write a node's requirements by day, its supplies and the links between them, in the order of the supplies.

    Returns
    -------
    n_requirements, n_supplies, n_links
        Requirements and supplies in the links count from 0.
    """
    listed = np.empty(out_requirements.shape[0], REQUIREMENT_DTYPE)
    n_requirements = list_node(model, orders, node, listed, 0)
    by_day = np.argsort(listed["day"][:n_requirements], kind="mergesort")
    still_open = np.empty(n_requirements, np.float64)
    for i in range(n_requirements):
        out_requirements[i] = listed[by_day[i]]
        still_open[i] = listed[by_day[i]].quantity
    is_phantom = model.nodes[node].is_phantom
    if is_phantom and not model.choices[0].is_phantom_netted:
        return n_requirements, 0, 0
    n_lots, n_supplies, owed = list_supplies(model, orders, rows_now, netted, node, out_supplies)
    requirements, supplies = out_requirements[:n_requirements], out_supplies[:n_supplies]
    if is_phantom:
        return n_requirements, n_supplies, serve_phantom(requirements, supplies, owed, still_open, out_links)
    n_links = serve_from_lots(model, requirements, supplies, n_lots, still_open, out_links)
    take_owed(supplies, n_lots, owed)
    n_links = serve_in_turn(requirements, supplies, n_lots, still_open, out_links, n_links)
    return n_requirements, n_supplies, n_links


@njit(cache=True, parallel=True)
def peg_nodes(
    model: NettingModel,
    orders: Orders,
    rows_now: Records,
    netted: NDArray[np.int32],
    nodes: NDArray[np.int32],
    chunk_indptr: NDArray[np.int64],
    requirement_base: NDArray[np.int64],
    supply_base: NDArray[np.int64],
    out_requirements: Records,
    out_supplies: Records,
    out_links: Records,
    out_counts: NDArray[np.int64],
) -> None:
    """Peg each of the nodes; node ``i`` writes from ``requirement_base[i]``, ``supply_base[i]`` and their sum on.

    Parameters
    ----------
    rows_now
        The orders with the dates that they have in the end.
    chunk_indptr
        int64, shape (n_chunks + 1,): the chunks of ``nodes``; each is done by one thread.
    out_counts
        int64, shape (3, n_nodes): requirements, supplies and links of each node.
    """
    for chunk in prange(chunk_indptr.shape[0] - 1):
        for i in range(chunk_indptr[chunk], chunk_indptr[chunk + 1]):
            first_link = requirement_base[i] + supply_base[i]
            out_counts[0, i], out_counts[1, i], out_counts[2, i] = peg_node(
                model,
                orders,
                rows_now,
                netted,
                nodes[i],
                out_requirements[requirement_base[i] : requirement_base[i + 1]],
                out_supplies[supply_base[i] : supply_base[i + 1]],
                out_links[first_link : requirement_base[i + 1] + supply_base[i + 1]],
            )


@inner
def index_links(links: Records, first: int, indptr: NDArray[np.int64], out_links: NDArray[np.int32]) -> None:
    """Fill where the links of each requirement stand, and their numbers, those of one in the order of the supplies.

    ``links`` holds the node's links, the first of which has the number ``first``; ``indptr`` has one more cell than
    the node has requirements, and ``indptr[0]`` is set.
    """
    n = indptr.shape[0] - 1
    indptr[1:] = 0
    for k in range(links.shape[0]):
        indptr[links[k].requirement + 1] += 1
    for i in range(n):
        indptr[i + 1] += indptr[i]
    place = indptr[:n].copy()
    for k in range(links.shape[0]):
        i = links[k].requirement
        out_links[place[i] - first] = first + k
        place[i] += 1


@njit(cache=True, parallel=True)
def gather_pegging(
    requirement_base: NDArray[np.int64],
    supply_base: NDArray[np.int64],
    requirements: Records,
    supplies: Records,
    links: Records,
    requirement_indptr: NDArray[np.int64],
    supply_indptr: NDArray[np.int64],
    link_indptr: NDArray[np.int64],
    out_requirements: Records,
    out_supplies: Records,
    out_links: Records,
    out_supply_link_indptr: NDArray[np.int64],
    out_requirement_link_indptr: NDArray[np.int64],
    out_requirement_links: NDArray[np.int32],
) -> None:
    """Copy what :func:`peg_nodes` wrote without the gaps between nodes, numbered through, with the offsets both ways.

    The ``_indptr`` say where each node's rows go in the ``out`` arrays; there is one cell more than nodes.
    """
    for i in prange(requirement_base.shape[0] - 1):
        first_requirement, first_supply, first_link = requirement_indptr[i], supply_indptr[i], link_indptr[i]
        n_requirements = requirement_indptr[i + 1] - first_requirement
        n_supplies = supply_indptr[i + 1] - first_supply
        n_links = link_indptr[i + 1] - first_link
        base = requirement_base[i] + supply_base[i]
        out_requirements[first_requirement : first_requirement + n_requirements] = requirements[
            requirement_base[i] : requirement_base[i] + n_requirements
        ]
        out_supplies[first_supply : first_supply + n_supplies] = supplies[supply_base[i] : supply_base[i] + n_supplies]
        own = links[base : base + n_links]
        indptr = np.empty(n_requirements + 1, np.int64)
        indptr[0] = first_link
        index_links(own, first_link, indptr, out_requirement_links[first_link : first_link + n_links])
        out_requirement_link_indptr[first_requirement + 1 : first_requirement + n_requirements + 1] = indptr[1:]
        s = -1
        for k in range(n_links):
            row = out_links[first_link + k]
            row.requirement = first_requirement + own[k].requirement
            row.supply = first_supply + own[k].supply
            row.quantity = own[k].quantity
            while s < own[k].supply:
                if s >= 0:
                    out_supply_link_indptr[first_supply + s + 1] = first_link + k
                s += 1
        while s < n_supplies:
            if s >= 0:
                out_supply_link_indptr[first_supply + s + 1] = first_link + n_links
            s += 1
