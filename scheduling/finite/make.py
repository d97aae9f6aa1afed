"""Makes checked scheduling problems from what differs from the plain case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scheduling.finite.contradictions import contradictions
from scheduling.finite.open_time import unit_open_times
from scheduling.objective import MAKESPAN, Objective
from scheduling.problem import NEVER, NONE, SchedulingDataError, SchedulingProblem

Calendars = Sequence[Sequence[tuple[int, int]]]
Alternates = Sequence[tuple[int, int]]


def make_problem(
    *,
    job_indptr: ArrayLike,
    mode_indptr: ArrayLike,
    mode_machine: ArrayLike,
    mode_duration: ArrayLike,
    n_machines: int | None = None,
    job_release: ArrayLike = 0,
    job_due: ArrayLike = NEVER,
    job_deadline: ArrayLike = NEVER,
    job_weight: ArrayLike = 1.0,
    operation_release: ArrayLike = 0,
    operation_deadline: ArrayLike = NEVER,
    operation_setup_group: ArrayLike = NONE,
    operation_batch: ArrayLike = NONE,
    operation_campaign: ArrayLike = NONE,
    operation_lock_machine: ArrayLike = NONE,
    operation_lock_unit: ArrayLike = NONE,
    operation_lock_start: ArrayLike = NONE,
    operation_is_started: ArrayLike = False,
    arcs: ArrayLike | None = None,
    arc_minimum_lag: ArrayLike = 0,
    arc_maximum_lag: ArrayLike = NEVER,
    arc_overlap: ArrayLike = 0.0,
    needs: ArrayLike = (),
    resource_capacity: ArrayLike = (),
    machine_units: ArrayLike = 1,
    machine_pauses: ArrayLike = False,
    machine_calendar: ArrayLike = NONE,
    machine_setup_matrix: ArrayLike = NONE,
    unit_initial_group: ArrayLike = NONE,
    setup_time: ArrayLike = (),
    setup_cost: ArrayLike | None = None,
    calendars: Calendars = (),
    blocked: Sequence[tuple[int, int, int, int]] = (),
    objective: Objective = MAKESPAN,
    time_unit: str = "minute",
    job_ids: Sequence[str] = (),
    operation_ids: Sequence[str] = (),
    machine_ids: Sequence[str] = (),
    resource_ids: Sequence[str] = (),
) -> SchedulingProblem:
    """Return a checked problem; a single value stands for all jobs, operations, arcs or machines.

    Parameters
    ----------
    job_indptr, mode_indptr, mode_machine, mode_duration
        As in :class:`~scheduling.problem.SchedulingProblem`, and so all names that are not explained here.
    n_machines
        The number of machines, when more than the modes name.
    arcs
        int, shape (n_arcs, 2): operations from, to; ``None``: the operations of a job follow each other.
    needs
        int, shape (n_needs, 3): mode, resource, units held.
    machine_units
        int, shape (n_machines,): parallel units of each machine.
    machine_calendar
        int, shape (n_machines,): one of ``calendars``; ``NONE``: always open.
    setup_time, setup_cost
        Shape (n_matrices, n_groups, n_groups); one matrix may stand alone.
    calendars
        Open intervals (start, end) of each calendar, in any order.
    blocked
        (machine, unit from 0 or ``NONE`` for all units, start, end).

    Raises
    ------
    SchedulingDataError
        With everything that contradicts itself.
    """
    codes = np.asarray(mode_machine, dtype=np.int32)
    n_machines = max(n_machines or 0, int(codes.max(initial=NONE)) + 1, *np.shape(machine_units), len(machine_ids))
    first, modes = np.asarray(job_indptr, np.int64), np.asarray(mode_indptr, np.int64)
    n_jobs, n_operations = first.shape[0] - 1, modes.shape[0] - 1
    units = _spread(machine_units, n_machines, np.int64)
    machine_unit_indptr = np.concatenate([[0], np.cumsum(units)])
    whole, code = np.int64, np.int32
    return _checked(
        SchedulingProblem(
            **_each(n_jobs, whole, job_release=job_release, job_due=job_due, job_deadline=job_deadline),
            **_each(n_operations, whole, operation_release=operation_release, operation_deadline=operation_deadline),
            **_each(n_operations, code, operation_setup_group=operation_setup_group, operation_batch=operation_batch),
            **_each(n_operations, code, operation_campaign=operation_campaign, operation_lock_unit=operation_lock_unit),
            **_each(n_operations, code, operation_lock_machine=operation_lock_machine),
            **_each(n_operations, whole, operation_lock_start=operation_lock_start),
            **_arcs(arcs, first, n_operations, arc_minimum_lag, arc_maximum_lag, arc_overlap),
            **_needs(needs, codes.shape[0]),
            **_calendars(machine_unit_indptr, _spread(machine_calendar, n_machines, np.int32), calendars, blocked),
            job_weight=_spread(job_weight, n_jobs, np.float64),
            job_indptr=first,
            operation_job=np.repeat(np.arange(n_jobs, dtype=np.int32), np.diff(first)),
            operation_is_started=_spread(operation_is_started, n_operations, np.bool_),
            mode_indptr=modes,
            mode_machine=codes,
            mode_duration=np.asarray(mode_duration, dtype=np.int64),
            machine_unit_indptr=machine_unit_indptr,
            machine_pauses=_spread(machine_pauses, n_machines, np.bool_),
            **_each(n_machines, code, machine_setup_matrix=machine_setup_matrix),
            unit_machine=np.repeat(np.arange(n_machines, dtype=np.int32), units),
            unit_initial_group=_spread(unit_initial_group, int(units.sum()), np.int32),
            **_setups(setup_time, setup_cost),
            resource_capacity=np.asarray(resource_capacity, dtype=np.int64).reshape(-1),
            objective=objective,
            time_unit=time_unit,
            job_ids=tuple(job_ids),
            operation_ids=tuple(operation_ids),
            machine_ids=tuple(machine_ids),
            resource_ids=tuple(resource_ids),
        )
    )


def _checked(problem: SchedulingProblem) -> SchedulingProblem:
    """Return a problem that does not contradict itself."""
    if sentences := contradictions(problem):
        raise SchedulingDataError("invalid_scheduling_problem", "; ".join(sentences))
    return problem


def problem_from_jobs(jobs: Sequence[Sequence[Alternates]], **named: Any) -> SchedulingProblem:
    """Return a checked problem from jobs as lists of operations, each a list of alternates (machine, duration).

    Examples
    --------
    >>> problem = problem_from_jobs([[[(0, 3)], [(1, 2), (2, 4)]], [[(1, 2)]]])
    >>> problem.n_jobs, problem.n_operations, problem.n_modes, problem.n_machines, problem.operation_name(1)
    (2, 3, 4, 3, '1.2')
    """
    operations = [operation for job in jobs for operation in job]
    modes = np.array([mode for operation in operations for mode in operation], dtype=np.int64).reshape(-1, 2)
    return make_problem(
        job_indptr=np.concatenate([[0], np.cumsum([len(job) for job in jobs])]),
        mode_indptr=np.concatenate([[0], np.cumsum([len(operation) for operation in operations])]),
        mode_machine=modes[:, 0],
        mode_duration=modes[:, 1],
        **named,
    )


def _each(length: int, dtype: type[Any], **values: ArrayLike) -> dict[str, NDArray[Any]]:
    """Return arrays by name, single values repeated."""
    return {name: _spread(value, length, dtype) for name, value in values.items()}


def _spread(value: ArrayLike, length: int, dtype: type[Any]) -> NDArray[Any]:
    """Return an array of its own, a single value repeated."""
    given = np.asarray(value, dtype=dtype)
    return given.copy() if given.shape == (length,) else np.broadcast_to(given, (length,)).copy()


def _setups(time: ArrayLike, cost: ArrayLike | None) -> dict[str, NDArray[Any]]:
    """Return the matrices of setups, a single one as the only one."""
    times = np.array(time, dtype=np.int64)
    if times.size == 0:
        times = np.zeros((0, 0, 0), dtype=np.int64)
    times = times[None] if times.ndim == 2 else times
    costs = np.zeros(times.shape) if cost is None else np.array(cost, dtype=np.float64)
    return {"setup_time": times, "setup_cost": costs[None] if costs.ndim == 2 else costs}


def _arcs(
    arcs: ArrayLike | None,
    first: NDArray[np.int64],
    n_operations: int,
    minimum: ArrayLike,
    maximum: ArrayLike,
    overlap: ArrayLike,
) -> dict[str, NDArray[Any]]:
    """Return the arrays of precedences, sorted."""
    if arcs is None:
        before = np.setdiff1d(np.arange(n_operations), first[1:] - 1)
        pairs = np.column_stack([before, before + 1]).astype(np.int32)
    else:
        pairs = np.asarray(arcs, dtype=np.int32).reshape(-1, 2)
    n_arcs = pairs.shape[0]
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    start, end = pairs[order, 0], pairs[order, 1]

    def indptr(owners: NDArray[np.int32]) -> NDArray[np.int64]:
        known = owners[(owners >= 0) & (owners < n_operations)]
        return np.concatenate([[0], np.cumsum(np.bincount(known, minlength=n_operations))]).astype(np.int64)

    return {
        "arc_from": start,
        "arc_to": end,
        "arc_minimum_lag": _spread(minimum, n_arcs, np.int64)[order],
        "arc_maximum_lag": _spread(maximum, n_arcs, np.int64)[order],
        "arc_overlap": _spread(overlap, n_arcs, np.float64)[order],
        "successor_indptr": indptr(start),
        "predecessor_indptr": indptr(end),
        "predecessor_arcs": np.argsort(end, kind="stable").astype(np.int32),
    }


def _needs(needs: ArrayLike, n_modes: int) -> dict[str, NDArray[Any]]:
    """Return the arrays of needs, sorted by mode."""
    rows = np.asarray(needs, dtype=np.int64).reshape(-1, 3)
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
    owners = rows[(rows[:, 0] >= 0) & (rows[:, 0] < n_modes), 0]
    return {
        "need_indptr": np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=n_modes))]).astype(np.int64),
        "need_resource": rows[:, 1].astype(np.int32),
        "need_units": rows[:, 2].copy(),
    }


def _calendars(*values: Any) -> dict[str, NDArray[Any]]:
    """Return the arrays of calendars."""
    opened = unit_open_times(*values)
    return {
        "unit_calendar": opened.unit_calendar,
        "calendar_indptr": opened.indptr,
        "calendar_start": opened.start,
        "calendar_end": opened.end,
    }
