"""Netting of all nodes of one level in parallel: each node reads its own rows and its parents' finished orders.

No node writes where another one reads or writes, so the result is the same on any number of threads, to the bit.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from bom.kernels.inner import inner
from planning.kernels.changing_parameters import change_for_look, changes_of, floor_on, row_at_due
from planning.kernels.ddmrp import net_buffer
from planning.kernels.economic_lots import prepare_lots
from planning.kernels.event_days import next_day
from planning.kernels.gross_requirements import count_lines, gather_by_day, gather_lines
from planning.kernels.lot_sizing import release_day
from planning.kernels.netting import (
    NO_WINDOW,
    clear_days,
    is_receipt_awaited,
    mark_and_reach,
    mark_floor_steps,
    move_receipts,
    noise_of,
    order_shortage,
    reach_floor_steps,
    receive_lots,
    trigger_on,
)
from planning.kernels.netting_arrays import (
    ALWAYS,
    CHOSEN_PER_ORDER,
    FIRST_COST_RULE,
    ITSELF,
    LOT_STATE_DTYPE,
    NEVER,
    NO_OFFER,
    NODE_DTYPE,
    POINT_DTYPE,
    SINGLE_LINE_DTYPE,
    NettingModel,
    Orders,
    OrderSlice,
    Records,
    Scratch,
    working_days_of,
)
from planning.kernels.offers import can_be_taken, first_due_day
from planning.kernels.order_capacity import order_capacity

_FIRST_COST_RULE = int(FIRST_COST_RULE)


@njit(cache=True, parallel=True)
def count_level(
    model: NettingModel,
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
        out_capacity[i] = order_capacity(model, orders, node, out_lines[i], n_days)


@inner
def write_firm_orders(model: NettingModel, node: int, room: Records, out: OrderSlice) -> int:
    """Write the node's firm planned orders that explode, and return their number."""
    n = 0
    for k in range(model.firm_indptr[node], model.firm_indptr[node + 1]):
        firm = model.firm_orders[k]
        release = firm.release
        if release == NEVER:
            own = row_at_due(model, node, firm.due, room)
            release = release_day(working_days_of(model), model.choices[0], own, firm.due, firm.quantity)
        if n < out.capacity:
            row = out.rows[out.base + n]
            row.need = firm.due
            row.due = firm.due
            row.release = release
            row.is_at_end = False
            row.offer = NO_OFFER
            row.quantity = firm.quantity
            row.net_requirement = 0.0
        n += 1
    return n


@inner
def net_node(
    model: NettingModel,
    orders: Orders,
    node: int,
    scratch: Scratch,
    reach: NDArray[np.int64],
    needed: NDArray[np.int32],
    netted: NDArray[np.int32],
    out: OrderSlice,
) -> tuple[int, bool]:
    """Net one node; return its number of orders, and whether its balance is anywhere left below the floor.

    When ``reach`` goes beyond the scratch the node is left as it was: come again with more days.
    """
    gather_by_day(model, orders, node, scratch, reach)
    changes = changes_of(model, node)
    reach_floor_steps(changes, model.nodes[node], reach)
    if reach[0] <= reach[1] and (
        reach[0] < scratch.first_day or reach[1] >= scratch.first_day + scratch.supplies.shape[0]
    ):
        return 0, False
    n = write_firm_orders(model, node, scratch.as_changed, out)
    projected = receive_lots(model, node, scratch, reach)
    if model.buffer_indptr[node] < model.buffer_indptr[node + 1]:
        n, is_short, latest = net_buffer(model, node, scratch, reach, projected, needed, netted, out, n)
        clear_days(scratch, reach)
        reach[1] = max(reach[1], latest)
        return n, is_short
    if model.choices[0].is_safety_stock_at_start:
        mark_and_reach(scratch, reach, 0)
    mark_floor_steps(changes, model.nodes[node], scratch, reach)
    is_late = move_receipts(model, node, scratch, reach, projected, needed, netted)
    if model.nodes[node].lot_sizing_rule >= _FIRST_COST_RULE:
        prepare_lots(model.choices[0], model.nodes[node], changes, scratch, reach, projected)
    n_lines = 0
    if model.choices[0].is_netted_per_line:
        n_lines = gather_lines(model, orders, node, scratch.single_lines)
    n, is_short = net_days(model, node, scratch, reach, projected, netted, n_lines, out, n)
    clear_days(scratch, reach)
    return n, is_short or is_late


@inner
def net_days(
    model: NettingModel,
    node: int,
    scratch: Scratch,
    reach: NDArray[np.int64],
    projected: float,
    netted: NDArray[np.int32],
    n_lines: int,
    out: OrderSlice,
    n: int,
) -> tuple[int, bool]:
    """Look after all events of each day, or after each of ``n_lines`` requirement lines (``net_per``)."""
    choices, row, days = model.choices[0], model.nodes[node], working_days_of(model)
    changes, rows = changes_of(model, node), scratch.as_changed
    has_fence, first_order = row.planning_fence_day != ALWAYS, n
    must_know_due = changes.shape[0] > 0 or (has_fence and choices.is_fence_blocking)
    if changes.shape[0] > 0:
        rows[0] = row
        row = rows[0]
    offers = model.offers[model.offer_indptr[node] : model.offer_indptr[node + 1]]
    given = np.zeros(offers.shape[0]) if row.offer == CHOSEN_PER_ORDER else scratch.no_offers
    lines = scratch.single_lines
    by_day = days_order(lines, n_lines)
    j = 0
    is_short = False
    open_until = NO_WINDOW
    moved = abs(projected)
    last = reach[1] - scratch.first_day
    k = next_day(scratch.is_event, reach[0] - scratch.first_day, last) if reach[0] <= reach[1] else -1
    while k >= 0:
        day = k + scratch.first_day
        gross = scratch.gross_requirements[k]
        moved += gross + abs(scratch.supplies[k])
        noise = noise_of(moved)
        rest_of_day = 0.0
        must_look = True
        projected += scratch.supplies[k]
        if choices.is_netted_per_line:
            rest_of_day = gross
            has_line = j < n_lines and lines[by_day[j]].day == day
            must_look = not has_line or (day == 0 and choices.is_safety_stock_at_start)
        else:
            projected -= gross
        while True:
            if must_look and trigger_on(changes, row, day) - projected > noise:
                is_held = not row.can_order or day < open_until
                if row.offer == CHOSEN_PER_ORDER and not is_held:
                    is_held = not can_be_taken(row, offers, day)
                if not is_held and choices.await_receipts_days > 0:
                    is_held = is_receipt_awaited(model, node, day, netted)
                if must_know_due and not is_held:
                    shortage = trigger_on(changes, row, day) - projected
                    due = first_due_day(
                        days, choices, model.nodes[node], offers, given, day, shortage, scratch.as_offered
                    )
                    is_held = due <= row.planning_fence_day
                    if changes.shape[0] > 0:
                        change_for_look(changes, model.nodes[node], due, row)
                if not is_held:
                    projected, n, open_until = order_shortage(
                        days, choices, row, changes, offers, given, day, projected,
                        rest_of_day, noise, open_until, scratch, last, out, n,
                    )  # fmt: skip
                is_short = is_short or floor_on(changes, row, day) - projected > noise
            if j >= n_lines or lines[by_day[j]].day != day:
                break
            projected -= lines[by_day[j]].quantity
            rest_of_day -= lines[by_day[j]].quantity
            must_look = True
            j += 1
        k = next_day(scratch.is_event, k + 1, last)
    return n, is_short or (has_fence and is_any_late(out, first_order, n))


@inner
def is_any_late(out: OrderSlice, first: int, end: int) -> bool:
    """Return whether one of the node's orders is due after its need: the planning fence has moved it."""
    is_late = False
    for order in range(out.base + first, out.base + min(end, out.capacity)):
        is_late |= out.rows[order].due > out.rows[order].need
    return is_late


@inner
def days_order(lines: Records, n_lines: int) -> NDArray[np.int64]:
    """Return the order that sorts the first ``n_lines`` lines by day, those of one day as they stand."""
    if n_lines == 0:
        return np.empty(0, np.int64)
    return np.argsort(lines["day"][:n_lines], kind="mergesort")


@inner
def blow_through(model: NettingModel, orders: Orders, node: int, scratch: Scratch, out: OrderSlice) -> int:
    """Make each requirement line of a phantom an order of its own, less what the phantom's stock covers (rule 10)."""
    is_netted = model.choices[0].is_phantom_netted
    lines = scratch.single_lines
    n_lines = gather_lines(model, orders, node, lines)
    stock = 0.0
    receipt, receipt_end = model.receipt_indptr[node], model.receipt_indptr[node + 1]
    n = 0
    if is_netted:
        stock = model.nodes[node].on_hand
        for lot in range(model.lot_indptr[node], model.lot_indptr[node + 1]):
            if model.lots[lot].available == ALWAYS:
                stock += model.lots[lot].quantity
        n = write_firm_orders(model, node, scratch.as_changed, out)
        for k in range(out.base, out.base + n):
            if model.choices[0].is_effective_at_due:
                out.rows[k].need = out.rows[k].due
            else:
                out.rows[k].need = out.rows[k].release
            out.source[k] = ITSELF
    for j in days_order(lines, n_lines):
        line = lines[j]
        while is_netted and receipt < receipt_end and model.receipts[receipt].day <= line.day:
            stock += model.receipts[receipt].quantity
            receipt += 1
        taken = min(max(stock, 0.0), line.quantity)
        stock -= taken
        if line.quantity - taken <= 1e-9:
            continue
        if n < out.capacity:
            row = out.rows[out.base + n]
            row.need = line.effective
            row.due = line.due
            row.release = line.release
            row.is_at_end = line.is_at_end
            row.offer = model.nodes[node].offer
            row.quantity = line.quantity - taken
            row.net_requirement = line.quantity - taken
            out.source[out.base + n] = line.source
        n += 1
    return n


@inner
def plan_node(
    model: NettingModel,
    orders: Orders,
    node: int,
    scratch: Scratch,
    reach: NDArray[np.int64],
    needed: NDArray[np.int32],
    netted: NDArray[np.int32],
    out: OrderSlice,
) -> tuple[int, bool]:
    """Net one node, or blow it through; return what :func:`net_node` does, and the days touched in ``reach``."""
    reach[0], reach[1] = NEVER, ALWAYS
    if model.nodes[node].is_phantom:
        return blow_through(model, orders, node, scratch, out), False
    return net_node(model, orders, node, scratch, reach, needed, netted, out)


@inner
def new_scratch(first_day: int, n_days: int, n_lines: int) -> Scratch:
    """Return empty working memory for the days from ``first_day`` on and for ``n_lines`` single lines."""
    return Scratch(
        first_day,
        np.zeros(n_days, np.float64),
        np.zeros(n_days, np.float64),
        np.zeros(n_days, np.float64),
        np.zeros((n_days >> 6) + 1, np.uint64),
        np.empty(n_lines, SINGLE_LINE_DTYPE),
        np.empty(n_days, np.float64),
        np.empty(n_days + 1, POINT_DTYPE),
        np.empty(1, LOT_STATE_DTYPE),
        np.empty(0, np.float64),
        np.empty(1, NODE_DTYPE),
        np.empty(1, NODE_DTYPE),
    )


@inner
def most_single_lines(
    model: NettingModel,
    level_nodes: NDArray[np.int32],
    n_lines: NDArray[np.int64],
    begin: int,
    end: int,
) -> int:
    """Return the most lines that a node of the chunk must hold one by one."""
    most = 0
    for i in range(begin, end):
        if model.choices[0].is_netted_per_line or model.nodes[level_nodes[i]].is_phantom:
            most = max(most, n_lines[i])
    return most


@njit(cache=True, parallel=True)
def net_level(
    model: NettingModel,
    orders: Orders,
    level_nodes: NDArray[np.int32],
    chunk_indptr: NDArray[np.int64],
    n_lines: NDArray[np.int64],
    first_day: int,
    n_days: int,
    base_indptr: NDArray[np.int64],
    made: Orders,
    looks: Records,
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
    looks
        LOOK_DTYPE: filled beside ``made`` when it has rows: what each look that ordered found.
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
        n_single = most_single_lines(model, level_nodes, n_lines, begin, end)
        scratch = new_scratch(first_day, n_days, n_single)
        reach = np.empty(2, np.int64)
        out_reach[chunk, 0], out_reach[chunk, 1] = NEVER, ALWAYS
        for i in range(begin, end):
            node = level_nodes[i]
            base = base_indptr[i]
            out = OrderSlice(base, base_indptr[i + 1] - base, made.rows, made.source, looks)
            out_count[i], out_is_short[i] = plan_node(model, orders, node, scratch, reach, needed, netted, out)
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
    first, counts, rows, source = orders.first, orders.counts, orders.rows, orders.source
    made_rows, made_source = made.rows, made.source
    has_source = made_source.shape[0] > 0
    for i in prange(level_nodes.shape[0]):
        target, n = target_indptr[i], target_indptr[i + 1] - target_indptr[i]
        base = base_indptr[i]
        first[level_nodes[i]] = target
        counts[level_nodes[i]] = n
        for j in range(n):
            rows[target + j] = made_rows[base + j]
            if has_source:
                source[target + j] = made_source[base + j]
