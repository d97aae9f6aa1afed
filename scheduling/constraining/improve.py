"""Other sequences of the demands, tried one by one: late demands are promised earlier, and kept there when it pays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scheduling.constraining.figures import demand_parts, plan_cost
from scheduling.constraining.run import Commitments, Progress, commit
from scheduling.kernels.constraining_arrays import Want

_LEAST_PART = 1e-9


@dataclass(frozen=True, slots=True)
class Improvement:
    """What other sequences brought.

    Parameters
    ----------
    found
        The best plan.
    cost_before, cost_after
        Its cost, and that of the plan it began with.
    evaluations, accepted
        How many sequences were tried, and how many of them were better than all before.
    """

    found: Commitments
    cost_before: float
    cost_after: float
    evaluations: int
    accepted: int


def improve(found: Commitments, evaluations: int, progress: Progress | None = None) -> Improvement:
    """Return the best plan of so many other sequences; never a worse one.

    Notes
    -----
    A move takes the late demand that costs most, and has not been moved there yet, to the front of all demands, or half
    way to it. A plan with less cost becomes the one that is moved on.
    """
    before = cost = plan_cost(found)
    best, done, accepted = found, 0, 0
    tried: set[tuple[int, int]] = set()
    while done < evaluations:
        move = _next_move(best, tried)
        if move is None:
            break
        tried.add(move)
        moved = commit(best.shop, _moved(best.sequence, *move))
        done += 1
        if progress is not None:
            progress(done, evaluations)
        moved_cost = plan_cost(moved)
        if moved_cost < cost * (1.0 - _LEAST_PART):
            best, cost, accepted = moved, moved_cost, accepted + 1
            tried.clear()
    return Improvement(best, before, cost, done, accepted)


def _next_move(found: Commitments, tried: set[tuple[int, int]]) -> tuple[int, int] | None:
    """Return the want to move and where it goes; ``None`` when all moves have been tried."""
    parts = demand_parts(found)
    late = np.bincount(parts.want, parts.money_days, found.shop.wants.shape[0])
    place = np.empty(found.sequence.shape[0], np.int64)
    place[found.sequence] = np.arange(found.sequence.shape[0])
    front = int((found.shop.wants["kind"] != Want.DEMAND).sum())
    for want in np.lexsort((place, -late)):
        if late[want] <= 0.0:
            return None
        for target in (front, (front + int(place[want])) // 2):
            if target < place[want] and (int(want), target) not in tried:
                return int(want), target
    return None


def _moved(sequence: NDArray[np.int64], want: int, target: int) -> NDArray[np.int64]:
    """Return a sequence with a want at another place."""
    rest = sequence[sequence != want]
    return np.asarray(np.insert(rest, target, want))
