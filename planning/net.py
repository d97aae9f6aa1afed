"""The netting run: level by level, the nodes of one level in parallel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bom.errors import PlanningError
from planning.arrays import PlanningModel
from planning.kernels.net_level import append_orders, count_level, net_level
from planning.kernels.netting_arrays import ALWAYS, NEVER, ORDER_DTYPE, UNLIMITED, NettingChoices, NettingModel, Orders, Records
from planning.options import MrpOptions
from planning.structure import node_names

Progress = Callable[[int, int], None]

# Chunks of about equal work; many more than threads, so that none waits long for the last one.
_N_CHUNKS = 64
_MOST_ORDERS = 150_000_000


@dataclass(frozen=True, slots=True)
class NettedPlan:
    """What netting found, as arrays.

    Parameters
    ----------
    orders
        All orders by node: firm planned, planned and blown through.
    needed_day, netted_day
        int32, shape (n_receipts,): when each open receipt is needed (``NEVER``: not), and the day netting used.
    is_short
        bool, shape (n_nodes,): the balance is somewhere left below the floor.
    dated_orders
        The rows of ``orders`` with the dates that they have in the end: late releases pushed, when they are.
    days
        The first and last day number of anything in the plan.
    demand_lateness
        int32, shape (n_demands,): days by which each demand of the model is late when late releases are pushed;
        empty when they are kept.
    """

    orders: Orders
    needed_day: NDArray[np.int32]
    netted_day: NDArray[np.int32]
    is_short: NDArray[np.bool_]
    dated_orders: Records
    days: tuple[int, int]
    demand_lateness: NDArray[np.int32]


def choices_of(options: MrpOptions, model: PlanningModel) -> NettingChoices:
    """Return the options as the kernels take them."""
    anchor = options.grid_anchor
    window = options.expedite_window_days
    return NettingChoices(
        is_netted_per_line=options.net_per == "line",
        is_past_demand_kept=options.past_demand == "keep",
        is_safety_stock_at_start=options.safety_stock_at_start,
        expedite_window_days=window if isinstance(window, int) else UNLIMITED,
        await_receipts_days=options.await_receipts_days,
        is_window_need_end=options.window_need == "end",
        has_grid=anchor is not None,
        grid_anchor=0 if anchor is None else (anchor - model.as_of).days,
        is_minimum_raw=options.minimum_rounding == "raw",
        is_maximum_cap=options.maximum_split == "cap",
        is_due_on_working_day=options.due_on_working_day,
        is_lead_time_from_routing=options.lead_time_from == "routing",
        is_effective_at_due=options.effectivity_at == "due",
        is_component_date_kept=options.component_date == "keep",
        is_phantom_netted=options.phantom_stock == "net",
    )


def net(
    model: PlanningModel, netting: NettingModel, choices: NettingChoices, progress: Progress | None = None
) -> NettedPlan:
    """Return the netted plan of all nodes.

    Parameters
    ----------
    model, netting, choices
        The data set and the options as arrays.
    progress
        Called with the nodes done and the nodes in all, after each level.

    Raises
    ------
    PlanningError
        When lot sizes are so small that the orders of one level would not fit into memory.
    """
    n_nodes = model.nodes.n_nodes
    n_receipts = netting.receipts.shape[0]
    has_phantoms = bool(netting.nodes["is_phantom"].any())
    plan = NettedPlan(
        _empty_orders(n_nodes, 0, has_phantoms),
        np.empty(n_receipts, np.int32),
        np.empty(n_receipts, np.int32),
        np.zeros(n_nodes, np.bool_),
        np.empty(0, ORDER_DTYPE),
        _static_days(netting),
        np.zeros(0, np.int32),
    )
    orders, days = plan.orders, plan.days
    n_orders = 0
    for level in range(model.level_indptr.shape[0] - 1):
        level_nodes = model.level_nodes[model.level_indptr[level] : model.level_indptr[level + 1]]
        orders, n_orders, days = _net_level(model, netting, choices, orders, n_orders, level_nodes, days, plan)
        if progress is not None:
            progress(int(model.level_indptr[level + 1]), n_nodes)
    orders = _resized(orders, n_orders, n_orders, has_phantoms)
    return replace(plan, orders=orders, dated_orders=orders.rows, days=with_orders(days, orders.rows))


def _net_level(
    model: PlanningModel,
    netting: NettingModel,
    choices: NettingChoices,
    orders: Orders,
    n_orders: int,
    level_nodes: NDArray[np.int32],
    days: tuple[int, int],
    plan: NettedPlan,
) -> tuple[Orders, int, tuple[int, int]]:
    """Net one level and append its orders; come again with more days when a component's day lies outside."""
    n_lines, capacity = np.empty((2, level_nodes.shape[0]), np.int64)
    count_level(netting, choices, orders, level_nodes, days[1] - days[0] + 1, n_lines, capacity)
    base_indptr = _offsets(capacity)
    if base_indptr[-1] > _MOST_ORDERS:
        _refuse_too_many(model, level_nodes, capacity)
    chunk_indptr = equal_chunks(n_lines)
    count = np.empty(level_nodes.shape[0], np.int64)
    is_short = np.empty(level_nodes.shape[0], np.bool_)
    reach = np.empty((chunk_indptr.shape[0] - 1, 2), np.int64)
    has_phantoms = bool(netting.nodes["is_phantom"].any())
    made = _empty_orders(0, int(base_indptr[-1]), has_phantoms)
    net_level(
        netting, choices, orders, level_nodes, chunk_indptr, n_lines, days[0], days[1] - days[0] + 1, base_indptr, made, plan.needed_day, plan.netted_day, count, is_short, reach,
    )  # fmt: skip
    touched = int(reach[:, 0].min(initial=NEVER)), int(reach[:, 1].max(initial=ALWAYS))
    if touched[0] <= touched[1] and (touched[0] < days[0] or touched[1] > days[1]):
        wider = min(days[0], touched[0]), max(days[1], touched[1])
        return _net_level(model, netting, choices, orders, n_orders, level_nodes, wider, plan)
    if (count > capacity).any():
        raise AssertionError("a node made more orders than its bound")
    plan.is_short[level_nodes] = is_short
    target_indptr = n_orders + _offsets(count)
    n_wanted = int(target_indptr[-1])
    if n_wanted > orders.rows.shape[0]:
        # doubled, so that copying stays rare
        orders = _resized(orders, n_orders, max(n_wanted, 2 * orders.rows.shape[0]), has_phantoms)
    append_orders(made, base_indptr, level_nodes, target_indptr, orders)
    return orders, n_wanted, days


def with_orders(days: tuple[int, int], rows: Records) -> tuple[int, int]:
    """Return the days widened to those of the orders."""
    first = min(int(rows[name].min(initial=0)) for name in ("need", "due", "release"))
    last = max(int(rows[name].max(initial=0)) for name in ("need", "due", "release"))
    return min(days[0], first), max(days[1], last)


def _refuse_too_many(model: PlanningModel, level_nodes: NDArray[np.int32], capacity: NDArray[np.int64]) -> None:
    """Raise the error that names the items whose lots are too small."""
    worst = np.argsort(-capacity, kind="stable")[:10]
    names = node_names(model.nodes)[level_nodes[worst]]
    raise PlanningError(
        "too_many_orders",
        f"one level would need more than {_MOST_ORDERS} orders; raise maximum_order_quantity or fixed_order_quantity of",
        [f"{name} (up to {n} orders)" for name, n in zip(names.to_list(), capacity[worst].tolist(), strict=True)],
    )


def _static_days(netting: NettingModel) -> tuple[int, int]:
    """Return the first and last day of the data set's events, with 0 and a month around for what is derived."""
    expiry = netting.lots["expiry"][netting.lots["expiry"] != NEVER]
    available = netting.lots["available"][netting.lots["available"] != ALWAYS]
    first, last = 0, 0
    for days in (netting.demands["day"], netting.receipts["day"], expiry, available, netting.firm_orders["due"]):
        first, last = min(first, int(days.min(initial=0))), max(last, int(days.max(initial=0)))
    return first - 31, last + 31


def _offsets(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where each group starts, and the end."""
    offsets = np.zeros(counts.shape[0] + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def equal_chunks(n_lines: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the offsets of chunks of nodes with about equal numbers of lines, one chunk per unit of work."""
    work = _offsets(n_lines + 4)
    n_chunks = min(_N_CHUNKS, n_lines.shape[0])
    bounds = np.searchsorted(work, np.linspace(0, work[-1], n_chunks + 1))
    bounds[0], bounds[-1] = 0, n_lines.shape[0]
    return np.unique(bounds).astype(np.int64)


def _empty_orders(n_nodes: int, capacity: int, has_phantoms: bool) -> Orders:
    """Return room for orders."""
    return Orders(
        first=np.zeros(n_nodes, np.int64),
        count=np.zeros(n_nodes, np.int64),
        rows=np.empty(capacity, ORDER_DTYPE),
        source=np.empty(capacity if has_phantoms else 0, np.int64),
    )


def _resized(orders: Orders, n_orders: int, capacity: int, has_phantoms: bool) -> Orders:
    """Return the first ``n_orders`` orders with room for ``capacity``; the node offsets are shared."""
    room = _empty_orders(0, capacity, has_phantoms)
    room.rows[:n_orders] = orders.rows[:n_orders]
    if has_phantoms:
        room.source[:n_orders] = orders.source[:n_orders]
    return Orders(orders.first, orders.count, room.rows, room.source)
