"""Checks of precedences: what must lie between the end of one operation and the start of the next."""

from __future__ import annotations

import numpy as np

from scheduling.finite.violations import Violations
from scheduling.finite.working_time import work_before
from scheduling.problem import NEVER, Ints, Longs, SchedulingProblem
from scheduling.schedule import Constraint, Schedule


def check_order(problem: SchedulingProblem, schedule: Schedule, found: Violations) -> None:
    """Note every precedence that is not kept."""
    _precedences(problem, schedule, found)
    _overlaps(problem, schedule, found)


def _precedences(problem: SchedulingProblem, schedule: Schedule, found: Violations) -> None:
    """``end + minimum lag <= start`` and ``start <= end + maximum lag``, the latter with overlap too."""
    name, to, of = problem.operation_name, problem.arc_to, problem.arc_from
    wait = schedule.operation_start[to] - schedule.operation_end[of]
    short = problem.arc_minimum_lag - wait
    found.add(
        problem,
        Constraint.PRECEDENCE,
        np.flatnonzero((short > 0) & (problem.arc_overlap == 0)),
        lambda arc: (of[arc], to[arc]),
        lambda arc: int(short[arc]),
        lambda arc: f"{name(to[arc])} starts {short[arc]} too early after {name(of[arc])}",
    )
    long = wait - problem.arc_maximum_lag
    found.add(
        problem,
        Constraint.MAXIMUM_LAG,
        np.flatnonzero((long > 0) & (problem.arc_maximum_lag < NEVER)),
        lambda arc: (of[arc], to[arc]),
        lambda arc: int(long[arc]),
        lambda arc: f"{name(to[arc])} starts {long[arc]} too late after {name(of[arc])}",
    )


def _overlaps(problem: SchedulingProblem, schedule: Schedule, found: Violations) -> None:
    """The first transfer batch is there when the next operation starts, the last before it has as much left to do.

    With ``x`` the working time of a transfer batch and ``lag`` the minimum lag: ``work(start of next - lag) -
    work(start) >= x`` on the first unit, and ``work(end of next) - work(end + lag) >= x`` on the second.
    """
    arcs = np.flatnonzero(problem.arc_overlap > 0)
    of, to, lag = problem.arc_from[arcs], problem.arc_to[arcs], problem.arc_minimum_lag[arcs]
    start, end, unit = schedule.operation_start, schedule.operation_end, schedule.operation_unit
    batch = transfer_time(problem, schedule, arcs, of)
    done = work_before(problem, unit[of], start[to] - lag) - work_before(problem, unit[of], start[of])
    done = np.where(start[to] - lag < start[of], np.minimum(done, -1), done)
    name = problem.operation_name
    found.add(
        problem,
        Constraint.OVERLAP,
        np.flatnonzero(done < batch),
        lambda at: (of[at], to[at]),
        lambda at: int(batch[at] - done[at]),
        lambda at: (
            f"{name(to[at])} starts when the first transfer batch of {name(of[at])} lacks {batch[at] - done[at]}"
        ),
    )
    last = transfer_time(problem, schedule, arcs, to)
    left = work_before(problem, unit[to], end[to]) - work_before(problem, unit[to], end[of] + lag)
    left = np.where(end[to] < end[of] + lag, np.minimum(left, -1), left)
    found.add(
        problem,
        Constraint.OVERLAP,
        np.flatnonzero(left < last),
        lambda at: (of[at], to[at]),
        lambda at: int(last[at] - left[at]),
        lambda at: (
            f"{name(to[at])} has {left[at]} left to do when the last transfer batch comes from {name(of[at])}; it "
            f"takes {last[at]}"
        ),
    )


def transfer_time(problem: SchedulingProblem, schedule: Schedule, arcs: Longs, operations: Ints) -> Longs:
    """Return the working time of a transfer batch of arcs in operations at one of their ends: rounded up."""
    duration = problem.mode_duration[schedule.operation_mode[operations]]
    return np.ceil(problem.arc_overlap[arcs] * duration - 1e-9).astype(np.int64)
