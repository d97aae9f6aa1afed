"""The run: demands in a sequence, then safety stocks level by level; arrays grow as they fill."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planning.encoding.codes import grouped_rows
from planning.kernels.netting_arrays import NODE_DTYPE, ChangedParameter, Records
from scheduling.constraining.joined import with_joined_orders
from scheduling.constraining.shop import Shop, link_all
from scheduling.kernels.asks import ASK_DTYPE
from scheduling.kernels.constraining_arrays import (
    ABSENT,
    ANSWER_DTYPE,
    FRAME_DTYPE,
    MADE_DTYPE,
    N_JOINED,
    N_LISTED,
    N_MARKED,
    N_ORDERS,
    N_PIECES,
    N_PROMISES,
    N_REASONS,
    N_SIZES,
    N_SUPPLIES,
    N_TAKEN,
    N_WANTS,
    NONE,
    PIECE_DTYPE,
    PROMISE_DTYPE,
    REASON_DTYPE,
    TAKEN_DTYPE,
    ShopState,
)
from scheduling.kernels.promising import fill_taken_days, promise_or_keep

Progress = Callable[[int, int], None]

_STEPS = 50
_NOTHING = np.zeros(0, np.int64)
_NO_NODES = np.zeros(0, np.int32), np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float64)
# The growing arrays of the state with where their size stands.
_GROWING = {
    "supplies": N_SUPPLIES,
    "orders": N_ORDERS,
    "taken": N_TAKEN,
    "pieces": N_PIECES,
    "promises": N_PROMISES,
    "reasons": N_REASONS,
    "wants": N_WANTS,
}


@dataclass(frozen=True, slots=True)
class Commitments:
    """What was promised, as arrays.

    Parameters
    ----------
    shop
        What it was made from.
    sequence
        int64: the wants as they were asked.
    wants, supplies, orders, taken, pieces, promises, reasons
        Rows of the dtypes in :mod:`scheduling.kernels.constraining_arrays`; wants with the safety stocks that were
        ordered for, pieces without empty ones.
    taken_day
        int32: the day on which each row of ``taken`` is used.
    free_minutes
        float64, shape (n_work_centers, n_days): what is left.
    """

    shop: Shop
    sequence: NDArray[np.int64]
    wants: Records
    supplies: Records
    orders: Records
    taken: Records
    pieces: Records
    promises: Records
    reasons: Records
    taken_day: NDArray[np.int32]
    free_minutes: NDArray[np.float64]


def commit(shop: Shop, sequence: NDArray[np.int64], progress: Progress | None = None) -> Commitments:
    """Return what comes of promising all wants in a sequence, and of keeping the safety stocks."""
    state = promised(shop, new_state(shop, shop.options.join_orders), sequence, progress)
    if shop.options.keep_safety_stock:
        state = with_safety_stocks(shop, state)
    return commitments(shop, state, sequence)


def new_state(shop: Shop, joins_orders: bool) -> ShopState:
    """Return the state in which nothing is promised yet."""
    n_wants, n_supplies = shop.wants.shape[0], shop.supplies.shape[0]
    room = 1024 + 4 * n_wants
    n_frames = 2 * (shop.plan.model.level_indptr.shape[0] + 3)
    sizes = np.zeros(N_SIZES, np.int64)
    sizes[N_SUPPLIES], sizes[N_WANTS] = n_supplies, n_wants
    return ShopState(
        shop.free_minutes.copy(),
        _grown(shop.supplies, n_supplies + room),
        shop.first.copy(),
        shop.last.copy(),
        shop.lot_indptr,
        np.zeros(room, MADE_DTYPE),
        np.zeros(room, TAKEN_DTYPE),
        np.zeros(room, PIECE_DTYPE),
        np.zeros(1024 + 2 * n_wants, PROMISE_DTYPE),
        np.zeros(room, REASON_DTYPE),
        _grown(shop.wants, 1024 + n_wants),
        _no_joins(room) if joins_orders else np.zeros(0, np.int32),
        sizes,
        np.zeros(n_frames, FRAME_DTYPE),
        np.zeros((n_frames, 3, N_MARKED), np.int64),
        np.zeros(1, ANSWER_DTYPE),
        np.zeros(1, NODE_DTYPE),
        np.zeros(1, ASK_DTYPE),
    )


def with_rows(
    shop: Shop, state: ShopState, rows: Mapping[str, Records], free_minutes: NDArray[np.float64]
) -> ShopState:
    """Return a state that holds rows: supplies with something free are linked anew."""
    sizes, held = state.sizes.copy(), {}
    for name, filled in rows.items():
        sizes[_GROWING[name]] = filled.shape[0]
        held[name] = _grown(filled, filled.shape[0] + 1024)
    supplies = held["supplies"]
    supplies["is_linked"] = False
    begin = int(shop.lot_indptr[-1])
    linked = begin + np.flatnonzero(supplies["free"][begin : sizes[N_SUPPLIES]] > 0.0)
    linked = linked[np.lexsort((linked, supplies["day"][linked], supplies["node"][linked]))]
    first, last = link_all(supplies, linked, shop.n_nodes)
    return state._replace(first=first, last=last, sizes=sizes, free_minutes=free_minutes, **held)


def promised(
    shop: Shop,
    state: ShopState,
    sequence: NDArray[np.int64],
    progress: Progress | None = None,
    begin: int = 0,
    until: int | None = None,
) -> ShopState:
    """Return the state with wants promised in a sequence, or in a part of it."""
    done, total = begin, sequence.shape[0] if until is None else until
    while done < total or is_behind(state):
        end = total if progress is None else min(total, done + max(1, total // _STEPS))
        reached = promise_or_keep(shop.model, state, sequence, done, end, *_NO_NODES)
        if reached < end or is_behind(state):
            state = with_room(state)
        done = reached
        if progress is not None:
            progress(done, total)
    return state


def copied(state: ShopState) -> ShopState:
    """Return a state that has the same content and arrays of its own."""
    rows = {
        name: _grown(getattr(state, name)[: state.sizes[at]], getattr(state, name).shape[0])
        for name, at in _GROWING.items()
    }
    changing = ("free_minutes", "first", "last", "joins", "sizes", "frames", "marks", "answer", "row", "ask")
    return state._replace(**rows, **{name: getattr(state, name).copy() for name in changing})


def is_behind(state: ShopState) -> bool:
    """Return whether orders are still to be joined."""
    return bool(state.joins.size and state.sizes[N_JOINED] < state.sizes[N_ORDERS])


def _no_joins(room: int) -> NDArray[np.int32]:
    """Return the empty list of orders that others can join."""
    return np.full(1 << int(2 * room).bit_length(), NONE, np.int32)


def with_room(state: ShopState) -> ShopState:
    """Return the state with more room in each array that is more than a third full."""
    fuller = {}
    for name, at in _GROWING.items():
        rows = getattr(state, name)
        if 3 * state.sizes[at] > rows.shape[0]:
            fuller[name] = _grown(rows[: state.sizes[at]], 3 * rows.shape[0])
    if not fuller:
        fuller = {name: _grown(getattr(state, name), 3 * getattr(state, name).shape[0]) for name in _GROWING}
    if state.joins.size:
        fuller["joins"] = _no_joins(fuller["orders"].shape[0] if "orders" in fuller else state.orders.shape[0])
        state.sizes[N_LISTED] = 0
    return state._replace(**fuller)


def _grown(rows: Records, room: int) -> Records:
    """Return rows with room behind them."""
    grown = np.zeros(max(room, rows.shape[0]), rows.dtype)
    grown[: rows.shape[0]] = rows
    return grown


def with_safety_stocks(shop: Shop, state: ShopState) -> ShopState:
    """Return the state with orders up to the safety stocks, level by level."""
    model = shop.plan.model
    changes = shop.model.changes["parameter"] == ChangedParameter.SAFETY_STOCK
    owner = np.repeat(np.arange(shop.n_nodes), np.diff(shop.model.change_indptr))
    nodes = shop.model.nodes
    has_floor = nodes["safety_stock"] > 0
    has_floor[owner[changes]] = True
    has_floor &= ~nodes["is_phantom"]
    for level in range(model.level_indptr.shape[0] - 1):
        at = model.level_nodes[model.level_indptr[level] : model.level_indptr[level + 1]]
        floored = np.sort(at[has_floor[at]]).astype(np.int32)
        while floored.size:
            indptr, day, change = _events(shop, state, floored)
            done = promise_or_keep(shop.model, state, _NOTHING, 0, floored.size, floored, indptr, day, change)
            floored = floored[done:]
            while floored.size or is_behind(state):
                state = with_room(state)
                if floored.size:
                    break
                promise_or_keep(shop.model, state, _NOTHING, 0, 0, *_NO_NODES)
    return state


def _events(
    shop: Shop, state: ShopState, nodes: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Return what comes to nodes and is taken there by day; each has an event on day 0 and where its floor changes."""
    place = np.full(shop.n_nodes, -1, np.int32)
    place[nodes] = np.arange(nodes.shape[0])
    supplies, taken = state.supplies[: state.sizes[N_SUPPLIES]], state.taken[: state.sizes[N_TAKEN]]
    days = np.empty(taken.shape[0], np.int32)
    fill_taken_days(shop.model, state, days)
    netting = shop.model
    owner = np.repeat(np.arange(shop.n_nodes), np.diff(netting.change_indptr))
    of = [place[supplies["node"]], place[supplies["node"][taken["supply"]]], np.arange(nodes.shape[0]), place[owner]]
    expired = supplies["expiry"] < ABSENT
    of.append(place[supplies["node"][expired]])
    day = [supplies["day"], days, np.zeros(nodes.shape[0]), netting.changes["day"], supplies["expiry"][expired]]
    change = [
        supplies["quantity"], -taken["quantity"], np.zeros(nodes.shape[0]), np.zeros(owner.shape[0]),
        -supplies["free"][expired],
    ]  # fmt: skip
    at, when, how = np.concatenate(of), np.concatenate(day), np.concatenate(change)
    keep = np.flatnonzero((at >= 0) & (when >= 0))
    keep = keep[np.lexsort((when[keep], at[keep]))]
    indptr, _ = grouped_rows(at[keep].astype(np.int32), nodes.shape[0])
    return indptr, when[keep].astype(np.int32), how[keep]


def commitments(shop: Shop, state: ShopState, sequence: NDArray[np.int64]) -> Commitments:
    """Return what a state holds."""
    sizes = state.sizes
    taken_day = np.empty(sizes[N_TAKEN], np.int32)
    fill_taken_days(shop.model, state, taken_day)
    held = {name: getattr(state, name)[: sizes[at]] for name, at in _GROWING.items()}
    held["pieces"] = held["pieces"][held["pieces"]["minutes"] > 0]
    joined, taken_day = with_joined_orders(held, taken_day)
    rows = {name: np.array(filled) for name, filled in {**held, **joined}.items()}
    return Commitments(shop, sequence, taken_day=taken_day, free_minutes=state.free_minutes, **rows)
