"""Lots for items of one level, found by simulated annealing over the setups of each resource."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scheduling.kernels.setup_search import SetupSearchArrays, anneal
from scheduling.lot_sizing.problem import NO_RESOURCE, LotSizingProblem
from scheduling.lot_sizing.requirements import EchelonRequirements

Flags = NDArray[np.bool_]

HOT, WARM, _COLD = 0.5, 0.3, 0.01


def is_one_level(problem: LotSizingProblem) -> bool:
    """Return whether setups alone decide: one level, nothing late, no overtime, minimum lot or carry-over."""
    return (
        problem.n_lines == 0
        and not problem.may_backlog.any()
        and not problem.has_overtime
        and not problem.has_carry_over
        and not (problem.minimum_lot > 0).any()
        and bool((problem.run_time > 0).all())
        and bool((problem.resource != NO_RESOURCE).all())
    )


def items_of_resources(problem: LotSizingProblem) -> list[NDArray[np.int64]]:
    """Return the items of each resource that has some."""
    groups = (np.flatnonzero(problem.resource == one) for one in range(problem.n_resources))
    return [items for items in groups if items.size]


class SetupAnnealing:
    """Annealing over the setups of one level, again and again.

    Parameters
    ----------
    problem, requirements
        What is planned, in one level.
    seed
        Other seeds try other moves; each call has moves of its own.
    """

    def __init__(self, problem: LotSizingProblem, requirements: EchelonRequirements, seed: int) -> None:
        self._groups = items_of_resources(problem)
        self._arrays = [_arrays(problem, requirements, items) for items in self._groups]
        self._start = requirements.wanted > 0
        self._start &= requirements.increments > 0
        self._start &= requirements.most > 0
        self._seed, self._n_calls = seed, 0

    def run(self, n_moves: int, start: Flags | None = None, warm: float = WARM) -> Flags:
        """Return the best setups found: bool, shape (n_items, n_periods).

        Parameters
        ----------
        n_moves
            Moves for each resource.
        start
            Setups to start from; ``None``: one wherever there is a requirement.
        warm
            The first temperature, as a part of the mean setup cost.
        """
        found = (self._start if start is None else start).copy()
        self._n_calls += 1
        seed = self._seed * 7919 + self._n_calls
        for items, arrays in zip(self._groups, self._arrays, strict=True):
            state, best = found[items].copy(), found[items].copy()
            scale = max(float(arrays.setup_cost.mean()), 1e-3)
            anneal(arrays, state, best, n_moves, warm * scale, min(_COLD, warm) * scale, seed)
            found[items] = best
        return found


def _arrays(
    problem: LotSizingProblem, requirements: EchelonRequirements, items: NDArray[np.int64]
) -> SetupSearchArrays:
    """Return the items of one resource for the kernel."""
    rates = problem.holding_cost[items] / problem.run_time[items]
    return SetupSearchArrays(
        np.ascontiguousarray(requirements.increments[items]),
        problem.holding_cost[items],
        problem.run_time[items],
        problem.setup_time[items],
        problem.setup_cost[items],
        problem.capacity[problem.resource[items[0]]].copy(),
        problem.first_period[items].astype(np.int64),
        float(rates.max() * problem.n_periods * 10.0 + problem.setup_cost[items].max()),
    )
