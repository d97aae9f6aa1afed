"""Violated constraints, gathered: all are counted, the first of each kind are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scheduling.problem import SchedulingProblem
from scheduling.schedule import Constraint, Violation

Places = NDArray[np.intp] | NDArray[np.int64]


@dataclass(slots=True)
class Violations:
    """What was found so far.

    Parameters
    ----------
    most_told
        So many of a kind are told one by one.
    """

    most_told: int
    told: list[Violation] = field(default_factory=list)
    counts: dict[Constraint, int] = field(default_factory=dict)

    def add(
        self,
        problem: SchedulingProblem,
        constraint: Constraint,
        at: Places,
        operations: Callable[[int], tuple[int, ...]],
        amount: Callable[[int], int],
        sentence: Callable[[int], str],
    ) -> None:
        """Note a violation for each place; operations, amount and sentence are asked for those that are told."""
        if at.size == 0:
            return
        before = self.counts.get(constraint, 0)
        self.counts[constraint] = before + int(at.size)
        for place in at[: max(0, self.most_told - before)].tolist():
            names = tuple(problem.operation_name(one) for one in operations(place))
            self.told.append(Violation(constraint, names, int(amount(place)), sentence(place)))

    def add_one(self, constraint: Constraint, sentence: str) -> None:
        """Note a violation of the whole schedule."""
        self.counts[constraint] = self.counts.get(constraint, 0) + 1
        self.told.append(Violation(constraint, (), 1, sentence))
