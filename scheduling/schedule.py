"""Schedules: which alternate, unit, start and end each operation has; and the proof that nothing is violated."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from scheduling.objective import MeasureValues
from scheduling.problem import NONE, Flags, Floats, Ints, Longs, SchedulingProblem


class Constraint(StrEnum):
    """What a schedule must keep."""

    SHAPE = "shape"
    MODE = "mode"
    DURATION = "duration"
    CLOSED_TIME = "closed_time"
    CAPACITY = "capacity"
    SETUP = "setup"
    RELEASE = "release"
    DEADLINE = "deadline"
    PRECEDENCE = "precedence"
    MAXIMUM_LAG = "maximum_lag"
    OVERLAP = "overlap"
    RESOURCE = "resource"
    BATCH = "batch"
    CAMPAIGN = "campaign"
    LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When and where every operation runs.

    Parameters
    ----------
    operation_mode
        int32, shape (n_operations,): the alternate, as a code of ``mode_machine`` and ``mode_duration``.
    operation_unit
        int32, shape (n_operations,): the unit; ``NONE`` where the alternate has no machine.
    operation_start, operation_end
        int64, shape (n_operations,): the run, without the setup before it.
    """

    operation_mode: Ints
    operation_unit: Ints
    operation_start: Longs
    operation_end: Longs


@dataclass(frozen=True, slots=True)
class Violation:
    """A constraint that a schedule does not keep.

    Parameters
    ----------
    constraint
        Which one.
    operations
        The names of the operations that it is about.
    amount
        By how much, in units of time or capacity; 1 where that says nothing.
    sentence
        What is wrong.
    """

    constraint: Constraint
    operations: tuple[str, ...]
    amount: int
    sentence: str


@dataclass(frozen=True, slots=True)
class CheckedSchedule:
    """What a check found.

    Parameters
    ----------
    violations
        The first of each kind.
    counts
        How many of each kind there are.
    values
        Every measure; ``None`` when the schedule's arrays do not fit the problem.
    """

    violations: tuple[Violation, ...]
    counts: dict[Constraint, int]
    values: MeasureValues | None

    @property
    def is_feasible(self) -> bool:
        """Nothing is violated."""
        return not self.counts


def unit_sequences(problem: SchedulingProblem, schedule: Schedule) -> tuple[Longs, Longs]:
    """Return the operations of every unit in the order in which they run, and where each unit's begin.

    Of a batch only the first operation is there. Operations without a unit are left out.

    Returns
    -------
    sequence, indptr
        int64, shapes (n_scheduled,) and (n_units + 1,).
    """
    counted = np.flatnonzero((schedule.operation_unit != NONE) & is_counted(problem))
    start, end = schedule.operation_start[counted], schedule.operation_end[counted]
    sequence = counted[np.lexsort((counted, end, start, schedule.operation_unit[counted]))]
    lengths = np.bincount(schedule.operation_unit[counted], minlength=problem.n_units)
    return sequence, np.concatenate([[0], np.cumsum(lengths)])


def is_counted(problem: SchedulingProblem) -> Flags:
    """Return, as bool of shape (n_operations,), who takes room: is in no batch, or the first of one."""
    batched = np.flatnonzero(problem.operation_batch != NONE)
    counted = np.ones(problem.n_operations, dtype=np.bool_)
    counted[batched] = False
    counted[batched[np.unique(problem.operation_batch[batched], return_index=True)[1]]] = True
    return counted


def sequence_groups(problem: SchedulingProblem, schedule: Schedule) -> tuple[Longs, Longs, Ints, Ints, Ints]:
    """Return who follows whom on every unit, and the setup between them.

    An operation without a group needs no setup, nor does what follows it; nor does one that is started.

    Returns
    -------
    before, after
        int64, shape (n_scheduled,): operations; ``before`` is ``NONE`` for the first of a unit.
    matrix, group_before, group_after
        int32, shape (n_scheduled,): where the setup stands in the matrices; matrix ``NONE``: no setup.
    """
    after, indptr = unit_sequences(problem, schedule)
    before = np.concatenate([[NONE], after[:-1]]).astype(np.int64)[: after.shape[0]]
    before[indptr[:-1][np.diff(indptr) > 0]] = NONE
    unit = schedule.operation_unit[after]
    groups = problem.operation_setup_group
    group_before = np.where(before == NONE, problem.unit_initial_group[unit], groups[before])
    group_after = groups[after]
    is_none = (group_before == NONE) | (group_after == NONE) | problem.operation_is_started[after]
    matrix = np.where(is_none, NONE, problem.machine_setup_matrix[problem.unit_machine[unit]])
    return before, after, matrix.astype(np.int32), group_before, group_after


def setups_before(problem: SchedulingProblem, schedule: Schedule) -> tuple[Longs, Floats]:
    """Return the time and the cost of the setup right before each operation; of a batch, its first operation has it.

    Returns
    -------
    setup_time, setup_cost
        int64, float64, shape (n_operations,).
    """
    times, costs = np.zeros(problem.n_operations, dtype=np.int64), np.zeros(problem.n_operations)
    if problem.setup_time.size == 0:
        return times, costs
    _, after, matrix, group_before, group_after = sequence_groups(problem, schedule)
    has = matrix != NONE
    times[after[has]] = problem.setup_time[matrix[has], group_before[has], group_after[has]]
    costs[after[has]] = problem.setup_cost[matrix[has], group_before[has], group_after[has]]
    return times, costs
