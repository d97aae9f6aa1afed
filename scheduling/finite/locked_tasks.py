"""Where operations run whose start is locked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scheduling.finite.working_time import work_before
from scheduling.problem import NONE, Longs, SchedulingProblem


@dataclass(frozen=True, slots=True)
class LockedTasks:
    """Start, end, mode and unit of tasks; ``NONE`` where the start is not locked.

    Parameters
    ----------
    start, end, mode, unit
        int64, shape (n_tasks,).
    by_unit_indptr, by_unit
        int64: the locked tasks of each unit by start.
    """

    start: Longs
    end: Longs
    mode: Longs
    unit: Longs
    by_unit_indptr: Longs
    by_unit: Longs


def locked_tasks(problem: SchedulingProblem, operation: Longs, modes: Longs, mode_indptr: Longs) -> LockedTasks:
    """Return where locked tasks run: on their first alternate, and on the first unit that no earlier lock takes."""
    start = problem.operation_lock_start[operation].copy()
    end, mode, unit = (np.full(operation.shape, NONE, dtype=np.int64) for _ in range(3))
    busy: dict[int, int] = {}
    at_once = np.flatnonzero(start != NONE)
    for one in at_once[np.argsort(start[at_once], kind="stable")].tolist():
        mode[one] = mode_indptr[one]
        machine, duration = int(problem.mode_machine[modes[mode[one]]]), int(problem.mode_duration[modes[mode[one]]])
        end[one] = start[one] + duration
        if machine == NONE:
            continue
        given = int(problem.operation_lock_unit[operation[one]])
        units = range(*problem.machine_unit_indptr[machine : machine + 2].tolist()) if given == NONE else (given,)
        unit[one] = next((at for at in units if busy.get(at, 0) <= start[one]), units[0])
        if problem.machine_pauses[machine]:
            end[one] = _end_with_pauses(problem, int(unit[one]), int(start[one]), duration)
        busy[int(unit[one])] = int(end[one])
    placed = np.flatnonzero(unit != NONE)
    lengths = np.bincount(unit[placed], minlength=problem.n_units)
    indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return LockedTasks(start, end, mode, unit, indptr, placed[np.lexsort((start[placed], unit[placed]))])


def _end_with_pauses(problem: SchedulingProblem, unit: int, start: int, duration: int) -> int:
    """Return when work that pauses over closed time ends, by halving."""
    low, high = start + duration, int(problem.calendar_end.max(initial=start + duration))
    one = np.array([unit])
    target = int(work_before(problem, one, np.array([start]))[0]) + duration
    while low < high:
        middle = (low + high) // 2
        if int(work_before(problem, one, np.array([middle]))[0]) >= target:
            high = middle
        else:
            low = middle + 1
    return low
