"""Lots for items of one level, found by simulated annealing over the setups of each resource."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from scheduling.kernels.setup_search import SetupSearchArrays, anneal
from scheduling.lot_sizing_problem import NO_RESOURCE, LotSizingProblem
from scheduling.lot_sizing_requirements import EchelonRequirements

Flags = NDArray[np.bool_]

_WARM, _COLD = 0.3, 0.01


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
    """Chains of annealing, one for each thread, that go on from call to call.

    Parameters
    ----------
    problem, requirements
        What is planned, in one level.
    seed, threads
        Each chain has a seed of its own.
    """

    def __init__(self, problem: LotSizingProblem, requirements: EchelonRequirements, seed: int, threads: int) -> None:
        self._problem = problem
        self._groups = items_of_resources(problem)
        self._arrays = [_arrays(problem, requirements, items) for items in self._groups]
        self._start = requirements.wanted > 0
        self._start &= requirements.increments > 0
        self._threads, self._seed, self._n_calls = max(1, threads), seed, 0

    def run(self, n_moves: int, start: Flags | None = None, warm: float = _WARM) -> list[Flags]:
        """Return the setups that each chain found: bool, shape (n_items, n_periods).

        Parameters
        ----------
        n_moves
            Moves of each chain.
        start
            Setups to start from; ``None``: one wherever there is a requirement.
        warm
            The first temperature, as a part of the mean setup cost.
        """
        first = self._start if start is None else start
        seeds = [self._seed * 7919 + self._n_calls * self._threads + chain + 1 for chain in range(self._threads)]
        self._n_calls += 1
        if self._threads == 1:
            return [self._chain(n_moves, first, seeds[0], warm)]
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(lambda seed: self._chain(n_moves, first, seed, warm), seeds))

    def _chain(self, n_moves: int, start: Flags, seed: int, warm: float) -> Flags:
        """Return the setups that one chain found, resource by resource."""
        found = start.copy()
        for items, arrays in zip(self._groups, self._arrays, strict=True):
            state, best = start[items].copy(), start[items].copy()
            scale = max(float(arrays.setup_cost.mean()), 1e-3)
            anneal(arrays, state, best, n_moves, warm * scale, _COLD * scale, seed)
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
        float(rates.max() * problem.n_periods * 10.0 + problem.setup_cost[items].max()),
    )
