"""Netting of all nodes of one level in parallel: each node reads its own rows and its parents' finished orders.

No node writes where another one reads or writes, so the result is the same on any number of threads, to the bit.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from planning.kernels.event_days import next_day
from planning.kernels.gross_requirements import (
    component_requirement,
    count_lines,
    gather_by_day,
    gather_lines,
    orders_of_line,
)
from planning.kernels.lot_sizing import release_day, split_quantity
from planning.kernels.netting import (
    clear_days,
    look,
    mark_and_reach,
    move_receipts,
    receive_lots,
)
from planning.kernels.netting_arrays import (
    ALWAYS,
    ITSELF,
    NEVER,
    SINGLE_LINE_DTYPE,
    NettingChoices,
    NettingModel,
    Orders,
    OrderSlice,
    Scratch,
)


@njit(cache=True)
def order_capacity(
    model: NettingModel, choices: NettingChoices, orders: Orders, node: int, n_lines: int, n_days: int
) -> int:
    """Return a bound on the orders of a node: one per look, and one more per full lot where lots are split."""
    nodes = model.nodes
    n_firm = model.firm_indptr[node + 1] - model.firm_indptr[node]
    if nodes[node].is_phantom:
        return int(n_lines + n_firm)
    n_receipts = model.receipt_indptr[node + 1] - model.receipt_indptr[node]
    n_lots = model.lot_indptr[node + 1] - model.lot_indptr[node]
    n_looks = n_lines + n_receipts + 2 * n_lots + 1
    if not choices.is_netted_per_line:
        n_looks = min(n_looks, n_days)
    split = split_quantity(model, node)
    if split == np.inf:
        return int(n_firm + n_looks)
    total = nodes[node].safety_stock - min(0.0, nodes[node].on_hand)
    if not np.isnan(nodes[node].order_up_to_level):
        total += nodes[node].order_up_to_level
    for k in range(model.demand_indptr[node], model.demand_indptr[node + 1]):
        total += model.demands[k].quantity
    for lot in range(model.lot_indptr[node], model.lot_indptr[node + 1]):
        total += model.lots[lot].quantity
    for line in range(model.parent_indptr[node], model.parent_indptr[node + 1]):
        first, end = orders_of_line(model, orders, line)
        for order in range(first, end):
            kind, _, quantity = component_requirement(model, choices, orders, node, line, order)
            total += quantity
    return int(n_firm + n_looks + np.ceil(total / split) + 1)


@njit(cache=True, parallel=True)
def count_level(
    model: NettingModel,
    choices: NettingChoices,
    orders: Orders,
    level_nodes: NDArray[np.int32],
    n_days: int,
    out_lines: NDArray[np.int64],
    out_capacity: NDArray[np.int64],
) -> None:
    """Fill the most requirement lines and orders that each node of a level can have."""
    for i in prange(level_nodes.shape[0]):
        node = level_nodes[i]
        out_lines[i] = count_lines(model, orders, node)
        out_capacity[i] = order_capacity(model, choices, orders, node, out_lines[i], n_days)


@njit(cache=True)
def write_firm_orders(model: NettingModel, choices: NettingChoices, node: int, out: OrderSlice) -> int:
    """Write the node's firm planned orders that explode, and return their number."""
    n = 0
    for k in range(model.firm_indptr[node], model.firm_indptr[node + 1]):
        due, quantity = model.firm_orders[k].due, model.firm_orders[k].quantity
        release = model.firm_orders[k].release
        if release == NEVER:
            release = release_day(model, choices, node, due, quantity)
        if n < out.capacity:
            out.rows[out.base + n].need = due
            out.rows[out.base + n].due = due
            out.rows[out.base + n].release = release
            out.rows[out.base + n].quantity = quantity
            out.rows[out.base + n].net_requirement = 0.0
        n += 1
    return n


@njit(cache=True)
def net_node(
    model: NettingModel,
    choices: NettingChoices,
    orders: Orders,
    node: int,
    scratch: Scratch,
    reach: np.ndarray,
    needed: NDArray[np.int32],
    netted: NDArray[np.int32],
    out: OrderSlice,
) -> tuple[int, bool]:
    """Net one node; return its number of orders, and whether its balance is anywhere left below the floor.

    When ``reach`` goes beyond the scratch the node is left as it was: come again with more days.
    """
    gather_by_day(model, choices, orders, node, scratch, reach)
    if reach[0] <= reach[1] and (
        reach[0] < scratch.first_day or reach[1] >= scratch.first_day + scratch.supplies.shape[0]
    ):
        return 0, False
    n = write_firm_orders(model, choices, node, out)
    projected = receive_lots(model, node, scratch, reach)
    if choices.is_safety_stock_at_start:
        mark_and_reach(scratch, reach, 0)
    move_receipts(model, choices, node, scratch, reach, projected, needed, netted)
    if choices.is_netted_per_line:
        n, is_short = net_by_line(model, choices, orders, node, scratch, reach, projected, netted, out, n)
    else:
        n, is_short = net_by_day(model, choices, node, scratch, reach, projected, netted, out, n)
    clear_days(scratch, reach)
    return n, is_short


@njit(cache=True)
def net_by_day(
    model: NettingModel,
    choices: NettingChoices,
    node: int,
    scratch: Scratch,
    reach: np.ndarray,
    projected: float,
    netted: NDArray[np.int32],
    out: OrderSlice,
    n: int,
) -> tuple[int, bool]:
    """Look once after all events of each day (``net_per`` = date)."""
    is_short = False
    open_until = ALWAYS
    moved = abs(projected)
    last = reach[1] - scratch.first_day
    k = next_day(scratch.is_event, reach[0] - scratch.first_day, last) if reach[0] <= reach[1] else -1
    while k >= 0:
        moved += scratch.gross_requirements[k] + abs(scratch.supplies[k])
        projected += scratch.supplies[k] - scratch.gross_requirements[k]
        day = k + scratch.first_day
        projected, n, open_until, is_below = look(
            model, choices, node, day, projected, 0.0, moved, open_until, scratch, last, netted, out, n
        )
        is_short = is_short or is_below
        k = next_day(scratch.is_event, k + 1, last)
    return n, is_short


@njit(cache=True)
def net_by_line(
    model: NettingModel,
    choices: NettingChoices,
    orders: Orders,
    node: int,
    scratch: Scratch,
    reach: np.ndarray,
    projected: float,
    netted: NDArray[np.int32],
    out: OrderSlice,
    n: int,
) -> tuple[int, bool]:
    """Look after each requirement line (``net_per`` = line)."""
    n_lines = gather_lines(model, choices, orders, node, scratch)
    by_day = np.argsort(scratch.single_lines["day"][:n_lines], kind="mergesort")
    j = 0
    is_short = False
    open_until = ALWAYS
    moved = abs(projected)
    last = reach[1] - scratch.first_day
    k = next_day(scratch.is_event, reach[0] - scratch.first_day, last) if reach[0] <= reach[1] else -1
    while k >= 0:
        day = k + scratch.first_day
        projected += scratch.supplies[k]
        moved += abs(scratch.supplies[k]) + scratch.gross_requirements[k]
        rest = scratch.gross_requirements[k]
        has_lines = j < n_lines and scratch.single_lines[by_day[j]].day == day
        if not has_lines or (day == 0 and choices.is_safety_stock_at_start):
            projected, n, open_until, is_below = look(
                model, choices, node, day, projected, rest, moved, open_until, scratch, last, netted, out, n
            )
            is_short = is_short or is_below
        while j < n_lines and scratch.single_lines[by_day[j]].day == day:
            quantity = scratch.single_lines[by_day[j]].quantity
            projected -= quantity
            rest -= quantity
            j += 1
            projected, n, open_until, is_below = look(
                model, choices, node, day, projected, rest, moved, open_until, scratch, last, netted, out, n
            )
            is_short = is_short or is_below
        k = next_day(scratch.is_event, k + 1, last)
    return n, is_short


@njit(cache=True)
def blow_through(
    model: NettingModel, choices: NettingChoices, orders: Orders, node: int, scratch: Scratch, out: OrderSlice
) -> int:
    """Make each requirement line of a phantom an order of its own, less what the phantom's stock covers (rule 10)."""
    n_lines = gather_lines(model, choices, orders, node, scratch)
    by_day = np.argsort(scratch.single_lines["day"][:n_lines], kind="mergesort")
    stock = 0.0
    receipt, receipt_end = model.receipt_indptr[node], model.receipt_indptr[node + 1]
    if choices.is_phantom_netted:
        stock = model.nodes[node].on_hand
        for lot in range(model.lot_indptr[node], model.lot_indptr[node + 1]):
            if model.lots[lot].available == ALWAYS:
                stock += model.lots[lot].quantity
    n = 0
    if choices.is_phantom_netted:
        n = write_firm_orders(model, choices, node, out)
        for k in range(out.base, out.base + n):
            out.rows[k].need = out.rows[k].due if choices.is_effective_at_due else out.rows[k].release
            out.rows[k].is_at_end = False
            out.source[k] = ITSELF
    for j in by_day:
        day, quantity = scratch.single_lines[j].day, scratch.single_lines[j].quantity
        while choices.is_phantom_netted and receipt < receipt_end and model.receipts[receipt].day <= day:
            stock += model.receipts[receipt].quantity
            receipt += 1
        taken = min(max(stock, 0.0), quantity)
        stock -= taken
        if quantity - taken <= 1e-9:
            continue
        if n < out.capacity:
            k = out.base + n
            out.rows[k].need = scratch.single_lines[j].effective
            out.rows[k].due = scratch.single_lines[j].due
            out.rows[k].release = scratch.single_lines[j].release
            out.rows[k].quantity = quantity - taken
            out.rows[k].net_requirement = quantity - taken
            out.rows[k].is_at_end = scratch.single_lines[j].is_at_end
            out.source[k] = scratch.single_lines[j].source
        n += 1
    return n


@njit(cache=True)
def new_scratch(first_day: int, n_days: int, n_lines: int) -> Scratch:
    """Return empty working memory for the days from ``first_day`` on and for ``n_lines`` single lines."""
    return Scratch(
        first_day,
        np.zeros(n_days, np.float64),
        np.zeros(n_days, np.float64),
        np.zeros(n_days, np.float64),
        np.zeros((n_days >> 6) + 1, np.uint64),
        np.empty(n_lines, SINGLE_LINE_DTYPE),
    )


@njit(cache=True)
def most_single_lines(
    model: NettingModel,
    choices: NettingChoices,
    level_nodes: NDArray[np.int32],
    n_lines: NDArray[np.int64],
    begin: int,
    end: int,
) -> int:
    """Return the most lines that a node of the chunk must hold one by one."""
    most = 0
    for i in range(begin, end):
        if choices.is_netted_per_line or model.nodes[level_nodes[i]].is_phantom:
            most = max(most, n_lines[i])
    return most


@njit(cache=True, parallel=True)
def net_level(
    model: NettingModel,
    choices: NettingChoices,
    orders: Orders,
    level_nodes: NDArray[np.int32],
    chunk_indptr: NDArray[np.int64],
    n_lines: NDArray[np.int64],
    first_day: int,
    n_days: int,
    base_indptr: NDArray[np.int64],
    made: Orders,
    needed: NDArray[np.int32],
    netted: NDArray[np.int32],
    out_count: NDArray[np.int64],
    out_is_short: NDArray[np.bool_],
    out_reach: NDArray[np.int64],
) -> None:
    """Net the nodes of one level, chunk by chunk; the orders of node ``i`` go to ``made`` from ``base_indptr[i]`` on.

    Parameters
    ----------
    chunk_indptr
        int64, shape (n_chunks + 1,): the chunks of ``level_nodes``; each is done by one thread.
    needed, netted
        int32, shape (n_receipts,): filled for the receipts of the level's nodes.
    out_count, out_is_short
        Shape (n_level_nodes,): orders of each node, and whether it is left below its floor.
    out_reach
        int64, shape (n_chunks, 2): the first and last day touched; when outside the days given, the chunk's
        result is not valid.
    """
    for chunk in prange(chunk_indptr.shape[0] - 1):
        begin, end = chunk_indptr[chunk], chunk_indptr[chunk + 1]
        n_single = most_single_lines(model, choices, level_nodes, n_lines, begin, end)
        scratch = new_scratch(first_day, n_days, n_single)
        reach = np.empty(2, np.int64)
        out_reach[chunk, 0], out_reach[chunk, 1] = NEVER, ALWAYS
        for i in range(begin, end):
            node = level_nodes[i]
            base = base_indptr[i]
            out = OrderSlice(base, base_indptr[i + 1] - base, made.rows, made.source)
            if model.nodes[node].is_phantom:
                out_count[i] = blow_through(model, choices, orders, node, scratch, out)
                out_is_short[i] = False
                continue
            reach[0], reach[1] = NEVER, ALWAYS
            out_count[i], out_is_short[i] = net_node(
                model, choices, orders, node, scratch, reach, needed, netted, out
            )
            out_reach[chunk, 0] = min(out_reach[chunk, 0], reach[0])
            out_reach[chunk, 1] = max(out_reach[chunk, 1], reach[1])


@njit(cache=True, parallel=True)
def append_orders(
    made: Orders,
    base_indptr: NDArray[np.int64],
    level_nodes: NDArray[np.int32],
    target_indptr: NDArray[np.int64],
    orders: Orders,
) -> None:
    """Copy the orders of one level, without the gaps between nodes, behind those of the levels before."""
    # taken out of their tuples: numba drops a parallel loop that only writes through a tuple's fields
    first, count, rows, source = orders.first, orders.count, orders.rows, orders.source
    made_rows, made_source = made.rows, made.source
    has_source = made_source.shape[0] > 0
    for i in prange(level_nodes.shape[0]):
        target, n = target_indptr[i], target_indptr[i + 1] - target_indptr[i]
        base = base_indptr[i]
        first[level_nodes[i]] = target
        count[level_nodes[i]] = n
        for j in range(n):
            rows[target + j] = made_rows[base + j]
            if has_source:
                source[target + j] = made_source[base + j]
