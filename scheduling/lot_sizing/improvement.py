"""Better lots for one level, round after round: annealing from the best lots, and small models near a relaxation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scheduling.lot_sizing.annealing import HOT, WARM, SetupAnnealing
from scheduling.lot_sizing.fix_and_optimise import FixAndOptimise
from scheduling.lot_sizing.model import LotSizingModel
from scheduling.lot_sizing.schedule import LotSizingSchedule
from scheduling.lot_sizing.search import LotSizingSearch
from scheduling.solvers.base import SolverOptions

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

_FIRST_MOVES = 100_000
_STEPS_WITHOUT_LIMIT = 6
_MOST_STEPS = 100_000
_FREE_WITHOUT_LIMIT, _MOST_FREE = 60, 200
# parts of the time limit: the first long annealing, one more round of it, one small model, one more start
_FIRST_PART, _ROUND_PART, _SMALL_PART, _START_PART = 0.04, 0.03, 0.06, 0.25
# moves for each item and period that a round and a start take at most
_ROUND_MOVES, _START_MOVES = 4_000, 20_000
_REHEATS = (0.1, 0.15, 0.07, 0.3)
# rounds without better lots after which annealing starts anew: its ends lie far from one another
_PATIENCE = 2


class SetupImprovement:
    """The search for better lots in one level.

    Parameters
    ----------
    search
        Has the best lots, and takes better ones.
    annealing
        Rounds of its own.
    model
        The compact model.
    elastic
        Finds the best lots for given setups.
    options
        How the small models are solved.

    Notes
    -----
    A round of annealing starts from the best setups, a little warm; from the beginning and hot, where several rounds
    brought nothing. New best setups are compared with those of the
    linear relaxation: where the two agree they are kept, and the others are free in a small model (relaxation induced
    neighbourhood). Where annealing ends elsewhere, what differs is free, and what is broken in the relaxation.

    References
    ----------
    Danna, Rothberg and Le Pape 2005, Exploring relaxation induced neighborhoods to improve MIP solutions; Helber and
    Sahling 2010 (fix-and-optimize).
    """

    def __init__(
        self,
        search: LotSizingSearch,
        annealing: SetupAnnealing,
        model: LotSizingModel,
        elastic: FixAndOptimise,
        options: SolverOptions,
    ) -> None:
        self._search, self._annealing, self._elastic = search, annealing, elastic
        self._small = FixAndOptimise(model, options)
        self._none = np.zeros(search.problem.demand.shape, dtype=np.bool_)
        self._seen: LotSizingSchedule | None = None
        self._moves_per_second = 0.0
        self._n_steps = self._n_failed = 0
        self.guide: Floats | None = None

    def run(self, fraction: float) -> None:
        """Seek lots until a fraction of the time limit is spent; without limit some rounds."""
        search = self._search
        limit = search.options.time_limit
        if self._n_steps == 0 and not search.is_over(fraction):
            self._anneal(_FIRST_MOVES, None, WARM)
            if limit is not None and not search.is_over(fraction):
                self._anneal(self._moves(_FIRST_PART, fraction, _START_MOVES), None, WARM)
        last = self._n_steps + (_STEPS_WITHOUT_LIMIT if limit is None else _MOST_STEPS)
        while self._n_steps < last and not search.is_over(fraction):
            self._n_steps += 1
            self._step(fraction)

    def _step(self, fraction: float) -> None:
        """Take one more round."""
        search, guide = self._search, self.guide
        best = search.schedule
        if best is None:
            return
        if guide is not None and best is not self._seen and search.is_feasible:
            self._solve_small(best, np.abs(guide - best.is_set_up), fraction)
            # lots that a small model found are its best: what is compared with the relaxation next differs from them
            self._seen = search.schedule
            return
        if self._n_failed % (_PATIENCE + 1) == _PATIENCE:
            found = self._anneal(self._moves(_START_PART, fraction, _START_MOVES), None, HOT)
        else:
            longer = min(1.0 + 0.25 * self._n_failed, 4.0)
            n_moves = self._moves(_ROUND_PART * longer, fraction, _ROUND_MOVES * longer)
            found = self._anneal(n_moves, best.is_set_up, _REHEATS[self._n_steps % len(_REHEATS)])
        is_better = search.schedule is not best
        self._n_failed = 0 if is_better else self._n_failed + 1
        differs = found != best.is_set_up
        if not is_better and guide is not None and differs.any() and search.is_feasible:
            self._solve_small(best, differs + np.minimum(guide, 1.0 - guide), fraction)

    def _anneal(self, n_moves: int, start: Flags | None, warm: float) -> Flags:
        """Return the setups that annealing finds, and offer the best lots for them."""
        search = self._search
        before = search.seconds
        found = self._annealing.run(n_moves, start, warm)
        spent = search.seconds - before
        self._moves_per_second = n_moves / spent if spent > 0 else 0.0
        if start is None or not np.array_equal(found, start):
            kept = LotSizingSchedule(np.zeros(found.shape), found, self._none)
            lots = self._elastic.improve(kept, self._none, search.until(1.0))
            if lots is not None:
                search.offer(lots)
        return found

    def _moves(self, part: float, fraction: float, most: float) -> int:
        """Return the moves that fit in a part of the time limit, and before a fraction of it is spent.

        At most so many for each item and period.
        """
        limit, left = self._search.options.time_limit, self._search.until(fraction)
        if limit is None or left is None or self._moves_per_second <= 0:
            return _FIRST_MOVES
        # another load of the machine may slow it down
        seconds = min(part * limit, 0.8 * left)
        return max(1000, int(min(seconds * self._moves_per_second, most * self._search.problem.demand.size)))

    def _solve_small(self, best: LotSizingSchedule, distance: Floats, fraction: float) -> None:
        """Seek better lots with the setups free that are farthest from where they could be."""
        search, limit, left = self._search, self._search.options.time_limit, self._search.until(fraction)
        most = _FREE_WITHOUT_LIMIT if limit is None else _MOST_FREE
        is_free = distance > 1e-6
        if is_free.sum() > most:
            is_free &= distance >= np.sort(distance, axis=None)[-most]
        seconds = None if limit is None or left is None else min(_SMALL_PART * limit, left)
        found = self._small.improve(best, is_free, seconds, lambda: search.is_over(fraction))
        if found is not None:
            search.offer(found)
