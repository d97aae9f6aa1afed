"""What every solver adapter takes and gives: options, a status, a result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from scheduling.linear_model import LinearModel

Method = Literal["auto", "simplex", "interior_point", "pdlp"]


class SolveStatus(StrEnum):
    """How a solve ended."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    NO_SOLUTION = "no_solution"
    FAILED = "failed"

    @property
    def has_solution(self) -> bool:
        """There are values to be read."""
        return self in (SolveStatus.OPTIMAL, SolveStatus.FEASIBLE)


@dataclass(frozen=True, slots=True)
class SolverOptions:
    """How a model is solved.

    Parameters
    ----------
    time_limit
        Seconds after which the best solution so far is returned; ``None``: no limit.
    threads
        Threads of the solver; 0: its own choice.
    seed
        The seed of its random choices: the same seed gives the same solution, unless the time limit ends it.
    gap
        A mixed-integer solve ends when the solution is proven to be within this fraction of the best one.
    method
        How linear models are solved: ``simplex``, ``interior_point`` (with a crossover to a corner), ``pdlp`` (a first
        order method, to a tolerance), or ``auto``: by size.
    is_logged
        Keep the solver's log in the result.
    has_heuristics
        A mixed-integer solve seeks solutions besides those of its relaxations; without it more time goes to the bound.
    """

    time_limit: float | None = None
    threads: int = 0
    seed: int = 0
    gap: float = 1e-4
    method: Method = "auto"
    is_logged: bool = False
    has_heuristics: bool = True


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a mixed-integer solve is.

    Parameters
    ----------
    seconds
        Since it started.
    objective, bound
        The best solution so far and the proven lower bound; infinite while there is none.
    values
        The solution, when this is news of a better one; else ``None``.
    """

    seconds: float
    objective: float
    bound: float
    values: NDArray[np.float64] | None = None


Watch = Callable[[Progress], bool]
"""Called as a solve goes on; the solve ends when it returns ``True``."""


@dataclass(frozen=True, slots=True)
class SolverResult:
    """What a solver found.

    Parameters
    ----------
    status
        How it ended.
    objective
        What the solution costs; infinite without one.
    bound
        No solution can cost less than this.
    seconds
        The time that the solver took, by its own clock.
    values
        float64, shape (n_columns,): the solution; empty without one.
    duals
        float64, shape (n_rows,): by how much the objective grows per unit by which a row's limits are raised; empty for
        mixed-integer models.
    reduced_costs
        float64, shape (n_columns,): the same for the bounds of variables.
    method
        What solved it.
    log
        The solver's log, when it was asked for.
    """

    status: SolveStatus
    objective: float
    bound: float
    seconds: float
    values: NDArray[np.float64]
    duals: NDArray[np.float64]
    reduced_costs: NDArray[np.float64]
    method: str = ""
    log: str = ""

    @property
    def gap(self) -> float:
        """The fraction of the objective by which a better solution could lie below it; infinite without a solution.

        Examples
        --------
        >>> none = np.zeros(0)
        >>> SolverResult(SolveStatus.FEASIBLE, 200.0, 150.0, 1.0, none, none, none).gap
        0.25
        """
        if not (np.isfinite(self.objective) and np.isfinite(self.bound)):
            return float("inf")
        distance = max(self.objective - self.bound, 0.0)
        return distance / max(abs(self.objective), 1e-9) if distance > 0 else 0.0


class Solver(Protocol):
    """What solves a linear model."""

    def __call__(
        self,
        model: LinearModel,
        options: SolverOptions = ...,
        start: NDArray[np.float64] | None = None,
        watch: Watch | None = None,
    ) -> SolverResult:
        """Return the solution of a model, from a solution to start with where one is known."""
        ...
