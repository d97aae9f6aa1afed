"""Checks of each operation by itself: its alternate and unit, its time in the calendar, its dates and locks."""

from __future__ import annotations

import numpy as np

from scheduling.finite.violations import Violations
from scheduling.finite.working_time import is_open, work_before
from scheduling.problem import NEVER, NONE, Flags, SchedulingProblem
from scheduling.schedule import Constraint, Schedule


def check_places(problem: SchedulingProblem, schedule: Schedule, found: Violations) -> None:
    """Note every operation that runs where, as long as, or when it must not."""
    _modes(problem, schedule, found)
    _durations(problem, schedule, found)
    _closed_time(problem, schedule, found)
    _dates(problem, schedule, found)
    _locks(problem, schedule, found)


def _modes(problem: SchedulingProblem, schedule: Schedule, found: Violations) -> None:
    """``mode_indptr[o] <= mode < mode_indptr[o + 1]``, and the unit is one of the mode's machine."""
    mode, unit, name = schedule.operation_mode, schedule.operation_unit, problem.operation_name
    is_own = (mode >= problem.mode_indptr[:-1]) & (mode < problem.mode_indptr[1:])
    found.add(
        problem,
        Constraint.MODE,
        np.flatnonzero(~is_own),
        lambda one: (one,),
        lambda _: 1,
        lambda one: f"{name(one)} has a mode of another operation",
    )
    machine = np.full(unit.shape, NONE, dtype=np.int32)
    machine[unit != NONE] = problem.unit_machine[unit[unit != NONE]]
    found.add(
        problem,
        Constraint.MODE,
        np.flatnonzero(machine != problem.mode_machine[mode]),
        lambda one: (one,),
        lambda _: 1,
        lambda one: f"{name(one)} does not run on a unit of the machine of its mode",
    )


def _durations(problem: SchedulingProblem, schedule: Schedule, found: Violations) -> None:
    """Pausing: ``work(end) - work(start) = duration``; else ``end - start = duration``."""
    start, end = schedule.operation_start, schedule.operation_end
    duration = problem.mode_duration[schedule.operation_mode]
    units = np.where(_pauses(problem, schedule), schedule.operation_unit, NONE)
    taken = work_before(problem, units, end) - work_before(problem, units, start)
    found.add(
        problem,
        Constraint.DURATION,
        np.flatnonzero((taken != duration) | (end < start)),
        lambda one: (one,),
        lambda one: abs(int(taken[one] - duration[one])),
        lambda one: (
            f"{problem.operation_name(one)} runs from {start[one]} to {end[one]}, which is {taken[one]}; its "
            f"duration is {duration[one]}"
        ),
    )


def _closed_time(problem: SchedulingProblem, schedule: Schedule, found: Violations) -> None:
    """Not pausing: all of start to end is open. Pausing: the first and the last unit of time are open."""
    start, end, unit = schedule.operation_start, schedule.operation_end, schedule.operation_unit
    closed = (end - start) - (work_before(problem, unit, end) - work_before(problem, unit, start))
    pauses = _pauses(problem, schedule)
    edges = ~is_open(problem, unit, start) | ~is_open(problem, unit, end - 1)
    is_wrong = (end > start) & np.where(pauses, edges, closed > 0)
    found.add(
        problem,
        Constraint.CLOSED_TIME,
        np.flatnonzero(is_wrong),
        lambda one: (one,),
        lambda one: int(closed[one]) or 1,
        lambda one: (
            f"{problem.operation_name(one)} runs from {start[one]} to {end[one]} on "
            f"{problem.unit_name(int(unit[one]))}, "
            + ("begins or ends while it is closed" if pauses[one] else f"which is closed for {closed[one]} of it")
        ),
    )


def _dates(problem: SchedulingProblem, schedule: Schedule, found: Violations) -> None:
    """``start >= release`` and ``end <= deadline``, of the job and of the operation."""
    job, name = problem.operation_job, problem.operation_name
    start, end = schedule.operation_start, schedule.operation_end
    release = np.maximum(np.maximum(problem.operation_release, problem.job_release[job]), 0)
    found.add(
        problem,
        Constraint.RELEASE,
        np.flatnonzero(start < release),
        lambda one: (one,),
        lambda one: int(release[one] - start[one]),
        lambda one: f"{name(one)} starts at {start[one]}, {release[one] - start[one]} before its release",
    )
    deadline = np.minimum(problem.operation_deadline, problem.job_deadline[job])
    found.add(
        problem,
        Constraint.DEADLINE,
        np.flatnonzero((end > deadline) & (deadline < NEVER)),
        lambda one: (one,),
        lambda one: int(end[one] - deadline[one]),
        lambda one: f"{name(one)} ends at {end[one]}, {end[one] - deadline[one]} after its deadline",
    )


def _locks(problem: SchedulingProblem, schedule: Schedule, found: Violations) -> None:
    """Machine, unit and start are those that are locked."""
    machine = problem.mode_machine[schedule.operation_mode]
    kinds = (
        ("machine", problem.operation_lock_machine, machine),
        ("unit", problem.operation_lock_unit, schedule.operation_unit),
        ("start", problem.operation_lock_start, schedule.operation_start),
    )
    for kind, locked, actual in kinds:
        found.add(
            problem,
            Constraint.LOCK,
            np.flatnonzero((locked != NONE) & (locked != actual)),
            lambda one: (one,),
            lambda one, kind=kind, locked=locked, actual=actual: (  # type: ignore[misc]
                abs(int(actual[one] - locked[one])) if kind == "start" else 1
            ),
            lambda one, kind=kind, locked=locked, actual=actual: (  # type: ignore[misc]
                f"{problem.operation_name(one)} has {kind} {actual[one]}; it is locked to {locked[one]}"
            ),
        )


def _pauses(problem: SchedulingProblem, schedule: Schedule) -> Flags:
    """Return whether each operation pauses over closed time."""
    machine = problem.mode_machine[schedule.operation_mode]
    if problem.n_machines == 0:
        return np.zeros(machine.shape, dtype=np.bool_)
    return np.where(machine == NONE, False, problem.machine_pauses[machine])
