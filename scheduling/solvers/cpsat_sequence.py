"""Who can follow whom on a unit: by the dates of operations, and where some keep their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from scheduling.problem import NONE, Flags, Longs, SchedulingProblem
from scheduling.schedule import Schedule, unit_sequences


@dataclass(slots=True)
class UnitOrder:
    """What is known of the sequences of units before they are searched.

    Parameters
    ----------
    problem
        What is scheduled.
    earliest, latest
        int64, shape (n_operations,): no earlier start and no later end.
    start
        The schedule to begin with.
    kept
        bool, shape (n_operations,): of these, those on one unit keep the order of ``start``; each has one unit.
    """

    problem: SchedulingProblem
    earliest: Longs
    latest: Longs
    start: Schedule | None = None
    kept: Flags | None = None
    is_fixed: Flags = field(init=False)
    _last_start: Longs = field(init=False)
    _first_end: Longs = field(init=False)
    _rank: dict[int, int] = field(init=False, default_factory=dict)
    _before: dict[int, int] = field(init=False, default_factory=dict)
    _ends: set[int] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        problem = self.problem
        shortest = np.zeros(problem.n_operations, np.int64)
        if problem.n_operations:
            shortest = np.minimum.reduceat(problem.mode_duration, problem.mode_indptr[:-1])
        self._last_start, self._first_end = self.latest - shortest, self.earliest + shortest
        self.is_fixed = np.zeros(problem.n_operations, np.bool_)
        if self.start is None:
            return
        if self.kept is not None:
            tight = (self.earliest == self.start.operation_start) & (self.latest == self.start.operation_end)
            self.is_fixed = self.kept & tight
        sequence, indptr = unit_sequences(problem, self.start)
        self._rank = {one: place for place, one in enumerate(sequence.tolist())}
        for first, last in zip(indptr[:-1].tolist(), indptr[1:].tolist(), strict=True):
            on_unit = sequence[first:last].tolist()
            self._before.update(zip(on_unit, [NONE, *on_unit], strict=False))
            self._ends.update(on_unit[-1:])

    def kept_sequence(self, operations: Sequence[int]) -> list[int]:
        """Return those of some operations that keep their order, in that order."""
        kept = self.kept
        if kept is None:
            return []
        return sorted((one for one in operations if kept[one]), key=self._rank.__getitem__)

    def may_follow(self, before: int, after: int) -> bool:
        """Return whether the dates let one operation start when another has ended."""
        return bool(self._first_end[before] <= self._last_start[after])

    def follows(self, unit: int, before: int, after: int) -> bool:
        """Return whether an operation is right before another on a unit in the schedule to begin with.

        ``NONE`` before: it is the first of the unit; ``NONE`` after: the last.
        """
        if self.start is None:
            return False
        one = before if after == NONE else after
        if self.start.operation_unit[one] != unit:
            return False
        return one in self._ends if after == NONE else self._before[after] == before
