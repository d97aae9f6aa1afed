"""What is free of each supply: taken, given back, and linked by day. All that a transaction did can be taken back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bom.kernels.inner import uncounted
from planning.kernels.netting_arrays import NEVER, Records
from scheduling.kernels.constraining_arrays import (
    N_MARKED,
    N_ORDERS,
    N_PIECES,
    N_PROMISES,
    N_SUPPLIES,
    N_TAKEN,
    NONE,
    ShopModel,
    ShopState,
)

_NONE, _NEVER = int(NONE), int(NEVER)
_SUPPLIES, _ORDERS, _TAKEN, _PIECES, _PROMISES = N_SUPPLIES, N_ORDERS, N_TAKEN, N_PIECES, N_PROMISES
_MARKED = N_MARKED


@uncounted
def noise(quantity: float) -> float:
    """Return what counts as nothing beside a quantity."""
    return 1e-9 * max(1.0, quantity)


@uncounted
def link(state: ShopState, supply: int) -> None:
    """Put a supply among those of its node that have something free, behind those of the same day."""
    rows = state.supplies
    row = rows[supply]
    before = state.last[row.node]
    while before != _NONE and rows[before].day > row.day:
        before = rows[before].before
    after = state.first[row.node] if before == _NONE else rows[before].after
    row.before, row.after = before, after
    if before == _NONE:
        state.first[row.node] = supply
    else:
        rows[before].after = supply
    if after == _NONE:
        state.last[row.node] = supply
    else:
        rows[after].before = supply
    row.is_linked = True


@uncounted
def unlink(state: ShopState, supply: int) -> None:
    """Take a supply out of those that have something free."""
    rows = state.supplies
    row = rows[supply]
    if row.before == _NONE:
        state.first[row.node] = row.after
    else:
        rows[row.before].after = row.after
    if row.after == _NONE:
        state.last[row.node] = row.before
    else:
        rows[row.after].before = row.before
    row.is_linked = False


@uncounted
def add_supply(state: ShopState, node: int, day: int, kind: int, source: int, quantity: float, free: float) -> int:
    """Write a supply that does not expire, and link what is free of it; return its place."""
    n = state.sizes[_SUPPLIES]
    if n >= state.supplies.shape[0]:
        state.answer[0].is_full = True
        return 0
    row = state.supplies[n]
    row.node, row.day, row.expiry, row.kind, row.source = node, day, _NEVER, kind, source
    row.quantity, row.free, row.is_linked = quantity, free, False
    state.sizes[_SUPPLIES] = n + 1
    if free > noise(quantity):
        link(state, n)
    return int(n)


@uncounted
def take(
    supplies: Records,
    orders: Records,
    taken: Records,
    sizes: NDArray[np.int64],
    answer: Records,
    supply: int,
    quantity: float,
    consumer: int,
    offset_days: int,
    is_at_end: bool,
) -> None:
    """Give a consumer a quantity of a supply."""
    n = sizes[_TAKEN]
    if n >= taken.shape[0]:
        answer[0].is_full = True
        return
    row = taken[n]
    row.supply, row.consumer, row.offset_days, row.is_at_end = supply, consumer, offset_days, is_at_end
    row.quantity, row.before = quantity, _NONE
    if consumer >= 0:
        row.before = orders[consumer].last_taken
        orders[consumer].last_taken = n
    supplies[supply].free -= quantity
    sizes[_TAKEN] = n + 1


@uncounted
def take_until(
    state: ShopState, node: int, by: int, quantity: float, consumer: int, offset: int, is_at_end: bool
) -> tuple[float, int]:
    """Take what is there by a day: lots that expire, the first to expire first, then the latest supplies first.

    Returns
    -------
    rest, expiry
        What is still missing, and the first day on which something taken can no longer be used.
    """
    rows, expiry = state.supplies, _NEVER
    if state.answer[0].takes_lots:
        for lot in range(state.lot_indptr[node], state.lot_indptr[node + 1]):
            row = rows[lot]
            if quantity > 0.0 and row.free > 0.0 and row.day <= by < row.expiry:
                part = min(quantity, row.free)
                take(rows, state.orders, state.taken, state.sizes, state.answer, lot, part, consumer, offset, is_at_end)
                quantity -= part
                expiry = min(expiry, row.expiry)
    supply = state.last[node]
    while supply != _NONE and quantity > 0.0:
        row = rows[supply]
        if row.day <= by and row.free > 0.0:
            part = min(quantity, row.free)
            take(rows, state.orders, state.taken, state.sizes, state.answer, supply, part, consumer, offset, is_at_end)
            quantity -= part
        supply = row.before
    return max(quantity, 0.0), expiry


@uncounted
def free_until(state: ShopState, node: int, by: int, most: float) -> float:
    """Return what is free by a day, up to a quantity."""
    rows, found = state.supplies, 0.0
    for lot in range(state.lot_indptr[node], state.lot_indptr[node + 1]):
        if rows[lot].day <= by < rows[lot].expiry:
            found += rows[lot].free
    supply = state.last[node]
    while supply != _NONE and found < most:
        if rows[supply].day <= by:
            found += rows[supply].free
        supply = rows[supply].before
    return min(found, most)


@uncounted
def day_of_later(state: ShopState, node: int, after: int, before: int, end: int, quantity: float) -> tuple[int, int]:
    """Return when supplies after a day and before another cover a quantity, and the last of them; ``NEVER`` if not.

    ``end``: supplies from this place on do not count.
    """
    rows, supply, found = state.supplies, state.first[node], 0.0
    while supply != _NONE and rows[supply].day < before:
        row = rows[supply]
        if row.day > after and supply < end and row.free > 0.0:
            found += row.free
            if found >= quantity - noise(quantity):
                return int(row.day), int(supply)
        supply = row.after
    return _NEVER, _NONE


@uncounted
def take_later(
    state: ShopState, node: int, after: int, quantity: float, consumer: int, offset: int, is_at_end: bool
) -> None:
    """Take a quantity of the supplies after a day, the earliest first."""
    rows, supply = state.supplies, state.first[node]
    while supply != _NONE and quantity > 0.0:
        row = rows[supply]
        if row.day > after and row.free > 0.0:
            part = min(quantity, row.free)
            take(rows, state.orders, state.taken, state.sizes, state.answer, supply, part, consumer, offset, is_at_end)
            quantity -= part
        supply = row.after


@uncounted
def mark(sizes: NDArray[np.int64], out: NDArray[np.int64]) -> None:
    """Note how far the arrays are filled."""
    for k in range(_MARKED):
        out[k] = sizes[k]


@uncounted
def free_pieces(model: ShopModel, state: ShopState, first: int, end: int) -> None:
    """Give the minutes of pieces back, and leave them empty."""
    for k in range(first, end):
        piece = state.pieces[k]
        center = model.operations[piece.operation].work_center
        state.free_minutes[center, piece.day] += piece.minutes
        piece.was, piece.minutes = piece.minutes, 0.0


@uncounted
def put_back(model: ShopModel, state: ShopState, first: int, end: int) -> None:
    """Put pieces that were freed back where they were."""
    for k in range(first, end):
        piece = state.pieces[k]
        center = model.operations[piece.operation].work_center
        state.free_minutes[center, piece.day] -= piece.was
        piece.minutes = piece.was


@uncounted
def take_back(model: ShopModel, state: ShopState, to: NDArray[np.int64]) -> None:
    """Take back all that was done since a mark."""
    for k in range(state.sizes[_TAKEN] - 1, to[_TAKEN] - 1, -1):
        row = state.taken[k]
        state.supplies[row.supply].free += row.quantity
        if row.consumer >= 0:
            state.orders[row.consumer].last_taken = row.before
    free_pieces(model, state, to[_PIECES], state.sizes[_PIECES])
    for k in range(state.sizes[_SUPPLIES] - 1, to[_SUPPLIES] - 1, -1):
        if state.supplies[k].is_linked:
            unlink(state, k)
    for k in range(_MARKED):
        state.sizes[k] = to[k]


@uncounted
def settle(state: ShopState, first_taken: int) -> None:
    """Make what was taken final: supplies that are used up are no longer looked at."""
    for k in range(first_taken, state.sizes[_TAKEN]):
        supply = state.taken[k].supply
        row = state.supplies[supply]
        if row.is_linked and row.free <= noise(row.quantity):
            unlink(state, supply)
