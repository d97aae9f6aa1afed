"""Other sequences of the demands, tried one by one: late demands are promised earlier, and kept there when it pays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scheduling.constraining.figures import demand_parts, inventory_value_days, plan_cost
from scheduling.constraining.run import (
    Commitments,
    Progress,
    commitments,
    copied,
    new_state,
    promised,
    with_safety_stocks,
)
from scheduling.constraining.shop import Shop
from scheduling.kernels.constraining_arrays import ShopState, Want

_LEAST_PART = 1e-9
_CHECKPOINTS = 8
# What all checkpoints together may hold.
_MOST_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a plan comes to: the figures by which sequences are compared."""

    weighted_lateness: float
    inventory_value_days: float
    plan_cost: float


@dataclass(frozen=True, slots=True)
class Improvement:
    """What other sequences brought.

    Parameters
    ----------
    found
        The best plan.
    before, after
        What the plan it began with came to, and what the best one comes to.
    evaluations, accepted
        How many sequences were tried, and how many of them were better than all before.
    replanned
        How many demands were promised anew in all: each sequence from the last checkpoint before its change on.
    """

    found: Commitments
    before: Outcome
    after: Outcome
    evaluations: int
    accepted: int
    replanned: int


@dataclass(frozen=True, slots=True)
class _Run:
    """A plan with copies of its state, each with how many of the sequence were promised."""

    found: Commitments
    checkpoints: tuple[tuple[int, ShopState], ...]
    replanned: int


def improve(found: Commitments, evaluations: int, progress: Progress | None = None) -> Improvement:
    """Return the best plan of so many other sequences; never a worse one.

    Notes
    -----
    A move takes the late demand that costs most, and has not been moved there yet, to the front of all demands, or half
    way or a quarter of the way to it. A plan with less cost becomes the one that is moved on. What comes before the
    change is not promised anew.
    """
    shop = found.shop
    best = _run(shop, found.sequence, ())
    before = after = outcome(found)
    done, accepted, replanned = 0, 0, 0
    tried: set[tuple[int, int]] = set()
    while done < evaluations:
        move = _next_move(best.found, tried)
        if move is None:
            break
        tried.add(move)
        kept = tuple(one for one in best.checkpoints if one[0] <= move[1])
        moved = _run(shop, _moved(best.found.sequence, *move), kept)
        done, replanned = done + 1, replanned + moved.replanned
        if progress is not None:
            progress(done, evaluations)
        reached = outcome(moved.found)
        if reached.plan_cost < after.plan_cost * (1.0 - _LEAST_PART):
            best, after, accepted = moved, reached, accepted + 1
            tried.clear()
    return Improvement(best.found, before, after, done, accepted, replanned)


def outcome(found: Commitments) -> Outcome:
    """Return what a plan comes to."""
    return Outcome(float(demand_parts(found).money_days.sum()), inventory_value_days(found), plan_cost(found))


def _run(shop: Shop, sequence: NDArray[np.int64], kept: tuple[tuple[int, ShopState], ...]) -> _Run:
    """Return the plan of a sequence, promised from the last of the kept checkpoints on."""
    front, total = _front(shop), sequence.shape[0]
    begin, state = 0, new_state(shop, shop.options.join_orders)
    if kept:
        begin, state = kept[-1][0], copied(kept[-1][1])
    checkpoints, at = list(kept), begin
    for place in np.unique(np.linspace(front, total, _CHECKPOINTS + 1).astype(int)[:-1]):
        if place > begin or not kept:
            state, at = promised(shop, state, sequence, begin=at, until=int(place)), int(place)
            if (len(checkpoints) + 1) * _bytes(state) <= _MOST_BYTES or not checkpoints:
                checkpoints.append((at, copied(state)))
    state = promised(shop, state, sequence, begin=at)
    if shop.options.keep_safety_stock:
        state = with_safety_stocks(shop, state)
    return _Run(commitments(shop, state, sequence), tuple(checkpoints), total - begin)


def _bytes(state: ShopState) -> int:
    """Return how much memory a state takes."""
    return sum(array.nbytes for array in state)


def _front(shop: Shop) -> int:
    """Return how many wants come before all demands."""
    return int((shop.wants["kind"] != Want.DEMAND).sum())


def _next_move(found: Commitments, tried: set[tuple[int, int]]) -> tuple[int, int] | None:
    """Return the want to move and where it goes; ``None`` when all moves have been tried."""
    parts = demand_parts(found)
    late = np.bincount(parts.want, parts.money_days, found.shop.wants.shape[0])
    place = np.empty(found.sequence.shape[0], np.int64)
    place[found.sequence] = np.arange(found.sequence.shape[0])
    front = _front(found.shop)
    for want in np.lexsort((place, -late)):
        if late[want] <= 0.0:
            return None
        own = int(place[want])
        for target in (front, (front + own) // 2, (front + 3 * own) // 4):
            if target < own and (int(want), target) not in tried:
                return int(want), target
    return None


def _moved(sequence: NDArray[np.int64], want: int, target: int) -> NDArray[np.int64]:
    """Return a sequence with a want at another place."""
    rest = sequence[sequence != want]
    return np.asarray(np.insert(rest, target, want))
