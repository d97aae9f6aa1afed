"""Iterated greedy search for the sequence of jobs of a flow line, by a number of insertions at a time."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bom.errors import PlanningError
from scheduling.flow_shop.line import can_turn, empty_state, flow_line, turned_line
from scheduling.kernels.flow_line import (
    BEST,
    INSERTIONS,
    LIST,
    N_WAITING,
    NEXT_WAITING,
    PERMUTATION,
    FlowLine,
    FlowState,
)
from scheduling.kernels.flow_search import NO_COST, search_flow, time_flow
from scheduling.kernels.sequence_graph import SequenceShop
from scheduling.objective import Measure
from scheduling.problem import Longs, SchedulingProblem
from scheduling.schedule import Schedule
from scheduling.sequence_search import Placements, placements_of, sequence_shop

WORK_OF_AN_INSERTION = 500_000


@dataclass(frozen=True, slots=True)
class FlowSearchOptions:
    """How the search goes about it.

    Parameters
    ----------
    n_removed
        Jobs that are taken out in a round; 0: 2 of a permutation flow shop, else 4.
    temperature
        A sequence that is worse by so many tenths of a mean duration is kept with a chance of 1 / e.
    patience
        A round ends when so many jobs in turn found no better place; 0: all of a permutation flow shop, else 20.
    is_backward
        Jobs are put in from the end of the line.
    """

    n_removed: int = 0
    temperature: float = 0.7
    patience: int = 0
    is_backward: bool = False


@dataclass(slots=True)
class FlowSearch:
    """A search that goes on by a number of insertions; the same seed and insertions give the same schedule.

    Parameters
    ----------
    problem
        What is scheduled; :func:`~scheduling.flow_shop.line.flow_line` must take it.
    start
        A schedule to take the first sequence from where due dates count.
    seed
        Of the random numbers.
    options
        How the search goes about it.
    """

    problem: SchedulingProblem
    start: Schedule | None = None
    seed: int = 0
    options: FlowSearchOptions = field(default_factory=FlowSearchOptions)
    _placements: Placements = field(init=False)
    _line: FlowLine = field(init=False)
    _shop: SequenceShop = field(init=False)
    _state: FlowState = field(init=False)
    _temperature: float = field(init=False)

    def __post_init__(self) -> None:
        """Make the line ready, with all jobs waiting to be put in."""
        problem = self.problem
        self._placements = placements_of(problem)
        self._line, self._shop = self._line_and_shop()
        self._state = empty_state(self._line, problem.n_operations, self._placements, self.seed)
        self._state.waiting[:] = self._first_order()
        self._state.counts[N_WAITING] = problem.n_jobs
        weights, weight = self._shop.weights, float(problem.job_weight.mean())
        per_time = weights[1] + weights[2] + weight * (weights[0] + weights[4] + weights[5])
        self._temperature = self.options.temperature * float(self._placements.duration.mean()) / 10.0 * float(per_time)

    @property
    def cost(self) -> float:
        """The objective of the best sequence, infinite before all jobs are put in."""
        best = float(self._state.costs[BEST])
        return best if best < NO_COST else float("inf")

    @property
    def bound(self) -> float:
        """Nothing is known."""
        return 0.0

    @property
    def moves_made(self) -> int:
        """Insertions so far."""
        return int(self._state.counts[INSERTIONS])

    @property
    def is_listed(self) -> bool:
        """Sequences are timed by list scheduling."""
        return bool(self._line.kind[0] == LIST)

    @property
    def is_permutation(self) -> bool:
        """One unit a stage, the makespan only."""
        return bool(self._line.kind[0] == PERMUTATION)

    def advance(self, n_moves: int, done: float = 0.0, moves_to_come: float = 0.0) -> None:  # noqa: ARG002
        """Put a number of jobs in."""
        n_jobs, n_placements = self.problem.n_jobs, self._placements.unit.shape[0]
        reach = n_jobs if self.is_permutation else max(10, WORK_OF_AN_INSERTION // max(n_placements, 1))
        search_flow(
            self._shop,
            self._line,
            self._state,
            self._temperature,
            self.options.n_removed or (2 if self.is_permutation else 4),
            reach,
            self.options.patience or (n_jobs if self.is_permutation else 20),
            n_moves,
        )

    def finish_first(self) -> None:
        """Put all jobs in for the first time."""
        counts = self._state.counts
        if self.cost == float("inf"):
            self.advance(int(counts[N_WAITING] - counts[NEXT_WAITING]))

    def schedule(self) -> Schedule:
        """Return the best schedule; the one to begin with where not all jobs are put in yet."""
        if self.cost == float("inf") and self.start is not None:
            return self.start
        self.finish_first()
        state = self._state
        time_flow(self._shop, self._line, state, state.best.copy())
        start, end = state.start.copy(), state.end.copy()
        if self.options.is_backward:
            start, end = end.max() - end, end.max() - start
        placement = state.placement
        return Schedule(self._placements.mode[placement], self._placements.unit[placement], start, end)

    def _line_and_shop(self) -> tuple[FlowLine, SequenceShop]:
        """Return the arrays of the kernel, turned round where jobs are put in from the end."""
        line, shop = flow_line(self.problem, self._placements), sequence_shop(self.problem, self._placements)
        if line is None or (self.options.is_backward and not can_turn(self.problem)):
            raise PlanningError("no_flow_line", "this is no flow line, or not one that can be turned round")
        if self.options.is_backward:
            line = turned_line(line)
            shop = shop._replace(setup_time=shop.setup_time.transpose(0, 2, 1).copy())
        return line, shop

    def _first_order(self) -> Longs:
        """Return jobs in the order in which they are put in: by total time, or as in the schedule to begin with."""
        line, problem = self._line, self.problem
        total = np.maximum(line.duration, 0).sum(axis=1)
        by_length = problem.objective.measures == (Measure.MAKESPAN,)
        if by_length or self.start is None:
            return np.argsort(-total, kind="stable")
        first = problem.job_indptr[:-1]
        return np.argsort(self.start.operation_start[first], kind="stable")
