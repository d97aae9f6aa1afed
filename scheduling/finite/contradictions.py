"""What is wrong with a scheduling problem, whatever its schedule."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from scheduling.finite.campaigns import campaign_machines
from scheduling.problem import NONE, SchedulingProblem

_MOST_TOLD = 10


def contradictions(problem: SchedulingProblem) -> list[str]:
    """Return what is wrong with a problem, one sentence each; empty when nothing is.

    Examples
    --------
    >>> from scheduling.finite.make import problem_from_jobs
    >>> problem_from_jobs([[[(0, -3)]]])
    Traceback (most recent call last):
    scheduling.problem.SchedulingDataError: the duration of operation 1.1 is -3; it must be 0 or more
    """
    if shapes := list(_shapes(problem)):
        return shapes
    families = (_numbers, _references, _modes, _locks, _setups, _groups_of_operations, _campaigns, _intervals)
    found = [sentence for family in families for sentence in family(problem)]
    return found or list(_cycle(problem))


def _told(at: NDArray[np.intp], sentence: Callable[[int], str]) -> Iterator[str]:
    """Return a sentence for each of the first places, and how many more there are."""
    yield from (sentence(int(one)) for one in at[:_MOST_TOLD])
    if at.size > _MOST_TOLD:
        yield f"and {at.size - _MOST_TOLD} more of the same kind"


def _shapes(problem: SchedulingProblem) -> Iterator[str]:
    """Return index arrays that do not begin at 0, go down, or do not end at what they divide."""
    parts = (
        ("job_indptr", problem.n_operations),
        ("mode_indptr", problem.n_modes),
        ("need_indptr", problem.need_resource.shape[0]),
        ("successor_indptr", problem.n_arcs),
    )
    for name, length in parts:
        indptr = getattr(problem, name)
        if indptr.size == 0 or indptr[0] != 0 or indptr[-1] != length or (np.diff(indptr) < 0).any():
            yield f"{name} must rise from 0 to {length}"
    if problem.mode_duration.shape != problem.mode_machine.shape:
        yield "mode_machine and mode_duration must have the same length"
    if problem.setup_cost.shape != problem.setup_time.shape:
        yield "setup_time and setup_cost must have the same shape"
    elif problem.setup_time.ndim != 3 or problem.setup_time.shape[1] != problem.setup_time.shape[2]:
        yield "setup_time must be square matrices"


def _numbers(problem: SchedulingProblem) -> Iterator[str]:
    """Return numbers that are negative or not finite."""
    operation = problem.mode_operation
    yield from _told(
        np.flatnonzero(problem.mode_duration < 0),
        lambda mode: (
            f"the duration of operation {problem.operation_name(operation[mode])} is "
            f"{problem.mode_duration[mode]}; it must be 0 or more"
        ),
    )
    yield from _told(
        np.flatnonzero(~(problem.job_weight >= 0) | ~np.isfinite(problem.job_weight)),
        lambda job: f"the weight of job {problem.job_name(job)} is {problem.job_weight[job]:g}; it must be 0 or more",
    )
    for name in ("job_release", "operation_release", "arc_minimum_lag", "resource_capacity", "need_units"):
        values = getattr(problem, name)
        yield from _told(
            np.flatnonzero(values < 0),
            lambda at, name=name, values=values: f"{name}[{at}] is {values[at]}; it must be 0 or more",  # type: ignore[misc]
        )
    yield from _told(
        np.flatnonzero(~((problem.arc_overlap >= 0) & (problem.arc_overlap <= 1))),
        lambda arc: f"arc_overlap[{arc}] is {problem.arc_overlap[arc]:g}; it must be from 0 to 1",
    )
    yield from _told(
        np.flatnonzero(problem.arc_maximum_lag < problem.arc_minimum_lag),
        lambda arc: (
            f"arc_maximum_lag[{arc}] is {problem.arc_maximum_lag[arc]}, less than the minimum lag "
            f"{problem.arc_minimum_lag[arc]}"
        ),
    )


def _references(problem: SchedulingProblem) -> Iterator[str]:
    """Return codes of what is not there."""
    limits = (
        ("mode_machine", NONE, problem.n_machines),
        ("operation_lock_machine", NONE, problem.n_machines),
        ("operation_lock_unit", NONE, problem.n_units),
        ("operation_setup_group", NONE, problem.setup_time.shape[1]),
        ("unit_initial_group", NONE, problem.setup_time.shape[1]),
        ("machine_setup_matrix", NONE, problem.setup_time.shape[0]),
        ("need_resource", 0, problem.n_resources),
        ("arc_from", 0, problem.n_operations),
        ("arc_to", 0, problem.n_operations),
    )
    for name, least, length in limits:
        codes = getattr(problem, name)
        yield from _told(
            np.flatnonzero((codes < least) | (codes >= length)),
            lambda at, name=name, codes=codes, length=length: f"{name}[{at}] is {codes[at]}; there are {length}",  # type: ignore[misc]
        )
    for name, counts in (
        ("job_ids", problem.n_jobs),
        ("operation_ids", problem.n_operations),
        ("machine_ids", problem.n_machines),
        ("resource_ids", problem.n_resources),
    ):
        given = len(getattr(problem, name))
        if given not in (0, counts):
            yield f"{name} has {given} names for {counts}"


def _modes(problem: SchedulingProblem) -> Iterator[str]:
    """Return operations without alternates and machines without units."""
    yield from _told(
        np.flatnonzero(np.diff(problem.mode_indptr) == 0),
        lambda operation: f"operation {problem.operation_name(operation)} has no machine to run on",
    )
    yield from _told(
        np.flatnonzero(np.diff(problem.machine_unit_indptr) < 1),
        lambda machine: f"machine {problem.machine_name(machine)} has no units; it must have 1 or more",
    )
    yield from _told(
        np.flatnonzero(problem.arc_from == problem.arc_to),
        lambda arc: f"operation {problem.operation_name(problem.arc_from[arc])} comes before itself",
    )


def _locks(problem: SchedulingProblem) -> Iterator[str]:
    """Return locks that no alternate keeps."""
    machine = problem.operation_lock_machine
    fits = problem.mode_machine == machine[problem.mode_operation]
    has_one = np.bincount(problem.mode_operation, weights=fits, minlength=problem.n_operations) > 0
    yield from _told(
        np.flatnonzero((machine != NONE) & ~has_one),
        lambda one: (
            f"operation {problem.operation_name(one)} is locked to machine "
            f"{machine[one] + 1}, which is none of its alternates"
        ),
    )
    unit = problem.operation_lock_unit
    known = (unit >= 0) & (unit < problem.n_units)
    of_unit = np.full(unit.shape, NONE, dtype=np.int32)
    of_unit[known] = problem.unit_machine[unit[known]]
    yield from _told(
        np.flatnonzero(known & (of_unit != machine)),
        lambda one: f"operation {problem.operation_name(one)} is locked to a unit; its machine must be locked too",
    )
    lacks = problem.operation_is_started & ((machine == NONE) | (problem.operation_lock_start < 0))
    yield from _told(
        np.flatnonzero(lacks),
        lambda one: f"operation {problem.operation_name(one)} is started; its machine and start must be locked",
    )
    yield from _told(
        np.flatnonzero(problem.operation_lock_start < NONE),
        lambda one: f"operation {problem.operation_name(one)} is locked to a start before 0",
    )


def _setups(problem: SchedulingProblem) -> Iterator[str]:
    """Return setups that are negative."""
    bad = np.argwhere((problem.setup_time < 0) | ~(problem.setup_cost >= 0))
    yield from _told(
        np.arange(bad.shape[0]),
        lambda at: f"the setup from group {bad[at][1]} to group {bad[at][2]} in matrix {bad[at][0]} is below 0",
    )


def _groups_of_operations(problem: SchedulingProblem) -> Iterator[str]:
    """Return batches whose operations differ in what they take."""

    def taken(operation: int) -> tuple[object, ...]:
        first, last = int(problem.mode_indptr[operation]), int(problem.mode_indptr[operation + 1])
        needs = slice(int(problem.need_indptr[first]), int(problem.need_indptr[last]))
        return (
            problem.mode_machine[first:last].tolist(),
            problem.mode_duration[first:last].tolist(),
            np.diff(problem.need_indptr[first : last + 1]).tolist(),
            problem.need_resource[needs].tolist(),
            problem.need_units[needs].tolist(),
            int(problem.operation_setup_group[operation]),
            int(problem.operation_campaign[operation]),
            int(problem.operation_lock_machine[operation]),
            int(problem.operation_lock_unit[operation]),
            int(problem.operation_lock_start[operation]),
        )

    batched = np.flatnonzero(problem.operation_batch != NONE)
    first: dict[int, int] = {}
    for operation in batched.tolist():
        leader = first.setdefault(int(problem.operation_batch[operation]), operation)
        if leader != operation and taken(leader) != taken(operation):
            yield (
                f"operations {problem.operation_name(leader)} and {problem.operation_name(operation)} of a batch "
                "differ in alternates, resources, setup group, campaign or locks"
            )


def _campaigns(problem: SchedulingProblem) -> Iterator[str]:
    """Return campaigns whose operations cannot follow each other anywhere."""
    for machines, operations in campaign_machines(problem):
        if machines.size == 0:
            names = ", ".join(problem.operation_name(int(one)) for one in operations[:_MOST_TOLD])
            yield f"the operations {names} of a campaign have no machine in common"


def _intervals(problem: SchedulingProblem) -> Iterator[str]:
    """Return units that are never open."""
    empty = np.flatnonzero(np.diff(problem.calendar_indptr) == 0)
    yield from _told(
        np.flatnonzero(np.isin(problem.unit_calendar, empty)),
        lambda unit: f"unit {problem.unit_name(unit)} is never open",
    )


def _cycle(problem: SchedulingProblem) -> Iterator[str]:
    """Return whether precedences close a circle; operations of a batch count as one."""
    node = np.arange(problem.n_operations)
    batched = np.flatnonzero(problem.operation_batch != NONE)
    if batched.size:
        _, first, inverse = np.unique(problem.operation_batch[batched], return_index=True, return_inverse=True)
        node[batched] = batched[first][inverse]
    if not batched.size and (problem.arc_from < problem.arc_to).all():
        return
    start, end = node[problem.arc_from], node[problem.arc_to]
    order = np.argsort(start, kind="stable")
    indptr = np.concatenate([[0], np.cumsum(np.bincount(start, minlength=problem.n_operations))])
    waiting = np.bincount(end, minlength=problem.n_operations)
    ready = np.flatnonzero(waiting == 0).tolist()
    ends = end[order].tolist()
    for one in ready:
        for after in ends[indptr[one] : indptr[one + 1]]:
            waiting[after] -= 1
            if waiting[after] == 0:
                ready.append(after)
    left = np.flatnonzero(waiting > 0)
    if left.size:
        names = ", ".join(problem.operation_name(one) for one in left[:_MOST_TOLD])
        yield f"the precedences close a circle among the operations {names}"
