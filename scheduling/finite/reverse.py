"""A problem with time turned round, for scheduling backward."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scheduling.problem import NEVER, NONE, Longs, SchedulingProblem


def reversed_problem(problem: SchedulingProblem, horizon: int) -> SchedulingProblem:
    """Return the problem as it looks from ``horizon`` back: releases are due dates, who follows goes before.

    What starts at ``t`` there ends at ``horizon - t`` here. It gives an order, not a schedule: before 0 all is open,
    the locks of planners and what units are set up for at 0 are left out.

    Parameters
    ----------
    problem
        What is turned round.
    horizon
        When it ends; jobs without a due date are due then.
    """
    free = np.full(problem.n_operations, NONE)
    due = np.minimum(np.minimum(problem.job_due, problem.job_deadline), horizon)
    order = np.lexsort((problem.arc_from, problem.arc_to))
    back = problem.arc_to[order]
    calendars = _calendars(problem, horizon)
    return replace(
        problem,
        job_release=horizon - due,
        job_due=horizon - np.minimum(problem.job_release, horizon),
        job_deadline=np.full(problem.n_jobs, NEVER),
        operation_release=np.maximum(horizon - np.minimum(problem.operation_deadline, horizon), 0),
        operation_deadline=np.full(problem.n_operations, NEVER),
        operation_lock_start=free.astype(np.int64),
        operation_is_started=np.zeros(problem.n_operations, dtype=np.bool_),
        arc_from=back,
        arc_to=problem.arc_from[order],
        arc_minimum_lag=problem.arc_minimum_lag[order],
        arc_maximum_lag=problem.arc_maximum_lag[order],
        arc_overlap=problem.arc_overlap[order],
        successor_indptr=problem.predecessor_indptr,
        predecessor_indptr=problem.successor_indptr,
        predecessor_arcs=np.argsort(problem.arc_from[order], kind="stable").astype(np.int32),
        unit_initial_group=np.full_like(problem.unit_initial_group, NONE),
        setup_time=problem.setup_time.transpose(0, 2, 1).copy(),
        setup_cost=problem.setup_cost.transpose(0, 2, 1).copy(),
        calendar_indptr=calendars[0],
        calendar_start=calendars[1],
        calendar_end=calendars[2],
    )


def _calendars(problem: SchedulingProblem, horizon: int) -> tuple[Longs, Longs, Longs]:
    """Return the calendars turned round, always open after the turned 0."""
    starts, ends = [], []
    lengths = [0]
    for first, last in zip(problem.calendar_indptr[:-1], problem.calendar_indptr[1:], strict=True):
        start = horizon - np.minimum(problem.calendar_end[first:last], horizon)[::-1]
        end = horizon - problem.calendar_start[first:last][::-1]
        kept = end > start
        start, end = np.append(start[kept], horizon), np.append(end[kept], NEVER)
        if start.size > 1 and end[-2] == horizon:
            start, end = np.delete(start, -1), np.delete(end, -2)
        starts.append(start)
        ends.append(end)
        lengths.append(start.size)
    empty = np.zeros(0, np.int64)
    return (
        np.cumsum(lengths).astype(np.int64),
        np.concatenate([empty, *starts]).astype(np.int64),
        np.concatenate([empty, *ends]).astype(np.int64),
    )
