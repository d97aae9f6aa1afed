"""Two plans side by side, node by node: which orders of one became which of the other."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from bom.kernels.inner import inner
from planning.kernels.netting_arrays import Records

NO_ORDER = -1

# What became of an order: the places of ``planning.comparing.tables.CHANGE_KINDS``.
CREATED, CANCELLED, MOVED, RESIZED, MOVED_AND_RESIZED, REROUTED = range(6)

# A planned order that is not the same in both plans: its places in them, ``NO_ORDER`` where it is not, and its numbers
# among the orders of the node with the same need day.
CHANGE_DTYPE = np.dtype(
    [
        ("pair", np.int64),
        ("before", np.int64),
        ("after", np.int64),
        ("number_before", np.int32),
        ("number_after", np.int32),
    ],
    align=True,
)


@njit(inline="always")
def is_close(a: float, b: float) -> bool:
    """Return whether two quantities differ by no more than the noise of adding up."""
    return bool(abs(a - b) <= 1e-9 * max(abs(a), abs(b)))


@inner
def is_same_order(before: Records, after: Records, shift: int) -> bool:
    """Return whether an order has the same dates, quantity and offer; ``shift``: days from the first day 0 on."""
    return bool(
        before.need == after.need + shift
        and before.due == after.due + shift
        and before.release == after.release + shift
        and before.offer == after.offer
        and is_close(before.quantity, after.quantity)
    )


@inner
def number_of(rows: Records, begin: int, order: int) -> int:
    """Return the number of an order among those of its node with the same need day, from 1."""
    first = order
    while first > begin and rows[first - 1].need == rows[order].need:
        first -= 1
    return order - first + 1


@inner
def is_same_slice(
    before: Records, begin: int, end: int, after: Records, begin_after: int, end_after: int, shift: int
) -> bool:
    """Return whether a node's orders are the same in both plans."""
    if end - begin != end_after - begin_after:
        return False
    for k in range(end - begin):  # noqa: SIM110 - kernels have no generators
        if not is_same_order(before[begin + k], after[begin_after + k], shift):
            return False
    return True


@inner
def skipped_in_front(
    before: Records,
    left: NDArray[np.int64],
    n: int,
    after: Records,
    left_after: NDArray[np.int64],
    n_after: int,
    shift: int,
) -> int:
    """Return how many orders of the longer list have no partner in front: none, or all that are too many.

    The side is taken on which the partners lie fewer days apart in all; on a tie, none.
    """
    shorter, extra = min(n, n_after), abs(n - n_after)
    skipped, skipped_after = (extra if n > n_after else 0), (extra if n_after > n else 0)
    from_front, from_back = 0, 0
    for k in range(shorter):
        from_front += abs(before[left[k]].need - after[left_after[k]].need - shift)
        from_back += abs(before[left[k + skipped]].need - after[left_after[k + skipped_after]].need - shift)
    return extra if from_back < from_front else 0


@inner
def write_change(
    out: Records,
    n: int,
    pair: int,
    before: Records,
    begin: int,
    order: int,
    after: Records,
    begin_after: int,
    order_after: int,
) -> int:
    """Write one change when there is room for it; return the number of changes."""
    if out.shape[0] > 0:
        row = out[n]
        row.pair, row.before, row.after = pair, order, order_after
        row.number_before = 0 if order == NO_ORDER else number_of(before, begin, order)
        row.number_after = 0 if order_after == NO_ORDER else number_of(after, begin_after, order_after)
    return n + 1


@inner
def match_orders(
    pair: int,
    before: Records,
    begin: int,
    end: int,
    after: Records,
    begin_after: int,
    end_after: int,
    shift: int,
    is_rerouted: bool,
    out: Records,
    base: int,
) -> int:
    """Write the changes of one node from ``base`` on; return their number. With an empty ``out`` they are counted.

    Orders with the same id (need day and number) belong together; then those without a partner, in need order. When the
    node is supplied by another way than before (``is_rerouted``), every order is a change.
    """
    left, left_after = np.empty(end - begin, np.int64), np.empty(end_after - begin_after, np.int64)
    n, n_left, n_left_after = base, 0, 0
    i, j = begin, begin_after
    while i < end or j < end_after:
        if j == end_after or (i < end and before[i].need < after[j].need + shift):
            left[n_left] = i
            n_left += 1
            i += 1
        elif i == end or before[i].need > after[j].need + shift:
            left_after[n_left_after] = j
            n_left_after += 1
            j += 1
        else:
            if is_rerouted or not is_same_order(before[i], after[j], shift):
                n = write_change(out, n, pair, before, begin, i, after, begin_after, j)
            i += 1
            j += 1
    skipped = skipped_in_front(before, left, n_left, after, left_after, n_left_after, shift)
    first = skipped if n_left > n_left_after else 0
    first_after = skipped if n_left_after > n_left else 0
    shorter = min(n_left, n_left_after)
    for k in range(shorter):
        n = write_change(out, n, pair, before, begin, left[k + first], after, begin_after, left_after[k + first_after])
    for k in range(n_left):
        if k < first or k >= first + shorter:
            n = write_change(out, n, pair, before, begin, left[k], after, begin_after, NO_ORDER)
    for k in range(n_left_after):
        if k < first_after or k >= first_after + shorter:
            n = write_change(out, n, pair, before, begin, NO_ORDER, after, begin_after, left_after[k])
    return n - base


@njit(cache=True, parallel=True)
def count_changes(
    before: Records,
    begin: NDArray[np.int64],
    end: NDArray[np.int64],
    after: Records,
    begin_after: NDArray[np.int64],
    end_after: NDArray[np.int64],
    shift: int,
    is_rerouted: NDArray[np.bool_],
    out_count: NDArray[np.int64],
) -> None:
    """Fill how many orders of each pair of nodes are not the same in both plans.

    Parameters
    ----------
    before, after
        The orders of both plans, with the dates that they have now.
    begin, end, begin_after, end_after
        int64, shape (n_pairs,): where the planned orders of each pair stand.
    shift
        The second plan's day 0 as a day number of the first.
    is_rerouted
        bool, shape (n_pairs,): the node's orders come from elsewhere than before.
    """
    for pair in prange(begin.shape[0]):
        out_count[pair] = 0
        if is_rerouted[pair] or not is_same_slice(
            before, begin[pair], end[pair], after, begin_after[pair], end_after[pair], shift
        ):
            out_count[pair] = match_orders(
                pair, before, begin[pair], end[pair], after, begin_after[pair], end_after[pair], shift,
                is_rerouted[pair], np.empty(0, CHANGE_DTYPE), 0,
            )  # fmt: skip


@njit(cache=True, parallel=True)
def write_changes(
    pairs: NDArray[np.int64],
    before: Records,
    begin: NDArray[np.int64],
    end: NDArray[np.int64],
    after: Records,
    begin_after: NDArray[np.int64],
    end_after: NDArray[np.int64],
    shift: int,
    is_rerouted: NDArray[np.bool_],
    base_indptr: NDArray[np.int64],
    out: Records,
) -> None:
    """Write the changes of some pairs, those of the i-th of them from ``base_indptr[i]`` on."""
    for i in prange(pairs.shape[0]):
        pair = pairs[i]
        match_orders(
            pair, before, begin[pair], end[pair], after, begin_after[pair], end_after[pair], shift,
            is_rerouted[pair], out, base_indptr[i],
        )  # fmt: skip


@inner
def kind_of(before: Records, after: Records, shift: int) -> int:
    """Return what became of an order that both plans have."""
    is_moved = before.need != after.need + shift or before.due != after.due + shift
    is_moved = is_moved or before.release != after.release + shift
    is_resized = not is_close(before.quantity, after.quantity)
    if is_moved:
        return MOVED_AND_RESIZED if is_resized else MOVED
    return RESIZED if is_resized else REROUTED


@njit(cache=True, parallel=True)
def describe_changes(
    changes: Records,
    before: Records,
    cost_before: NDArray[np.float64],
    after: Records,
    cost_after: NDArray[np.float64],
    shift: int,
    near_days: int,
    out_kind: NDArray[np.int8],
    out_change: NDArray[np.float64],
    out_touched: NDArray[np.float64],
    out_near: NDArray[np.bool_],
) -> None:
    """Fill the kind of each change, the change of its value, the money that it touches, and whether it is near.

    Parameters
    ----------
    cost_before, cost_after
        float64, shape (n_pairs,): the unit cost of each pair of nodes in both plans.
    """
    for i in prange(changes.shape[0]):
        row = changes[i]
        first, second, is_near, kind = 0.0, 0.0, False, CREATED
        if row.before != NO_ORDER:
            first = before[row.before].quantity * cost_before[row.pair]
            is_near = before[row.before].release < near_days
            kind = CANCELLED
        if row.after != NO_ORDER:
            second = after[row.after].quantity * cost_after[row.pair]
            is_near = is_near or after[row.after].release < near_days
            kind = CREATED if row.before == NO_ORDER else kind_of(before[row.before], after[row.after], shift)
        out_kind[i], out_near[i] = kind, is_near
        out_change[i] = second - first
        out_touched[i] = abs(second - first) if kind == RESIZED else max(first, second)
