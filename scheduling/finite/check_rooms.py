"""Checks of what operations share: units with their setups, secondary resources, batches, campaigns."""

from __future__ import annotations

import numpy as np

from bom.ranges import ranges
from scheduling.finite.violations import Violations
from scheduling.finite.working_time import work_before
from scheduling.problem import NONE, Longs, SchedulingProblem
from scheduling.schedule import Constraint, Schedule, is_counted, sequence_groups, setups_before, unit_sequences


def check_rooms(problem: SchedulingProblem, schedule: Schedule, found: Violations) -> None:
    """Note where operations take the same room at the same time, or come together in a way that they must not."""
    before, after, _, _, _ = sequence_groups(problem, schedule)
    _units(problem, schedule, before, after, found)
    _setups(problem, schedule, before, after, found)
    _resources(problem, schedule, found)
    _batches(problem, schedule, found)
    _campaigns(problem, schedule, found)


def _units(problem: SchedulingProblem, schedule: Schedule, before: Longs, after: Longs, found: Violations) -> None:
    """An operation starts when the one before it on the unit has ended."""
    start, end, name = schedule.operation_start, schedule.operation_end, problem.operation_name
    short = np.where(before == NONE, 0, end[before] - start[after])
    found.add(
        problem,
        Constraint.CAPACITY,
        np.flatnonzero(short > 0),
        lambda at: (before[at], after[at]),
        lambda at: int(short[at]),
        lambda at: (
            f"on {problem.unit_name(schedule.operation_unit[after[at]])}, {name(after[at])} starts at "
            f"{start[after[at]]}, {short[at]} before {name(before[at])} ends"
        ),
    )


def _setups(problem: SchedulingProblem, schedule: Schedule, before: Longs, after: Longs, found: Violations) -> None:
    """``work(start) - work(end of the one before) >= setup time``; before the first the unit is free from 0."""
    setup, _ = setups_before(problem, schedule)
    unit, start, name = schedule.operation_unit[after], schedule.operation_start, problem.operation_name
    free = np.where(before == NONE, 0, schedule.operation_end[before])
    room = work_before(problem, unit, start[after]) - work_before(problem, unit, free)
    # operations that overlap are told as such
    short = np.where(free > start[after], 0, setup[after] - room)
    found.add(
        problem,
        Constraint.SETUP,
        np.flatnonzero(short > 0),
        lambda at: (after[at],) if before[at] == NONE else (before[at], after[at]),
        lambda at: int(short[at]),
        lambda at: (
            f"on {problem.unit_name(unit[at])}, there is {room[at]} of working time before {name(after[at])}; its "
            f"setup takes {setup[after[at]]}"
        ),
    )


def _resources(problem: SchedulingProblem, schedule: Schedule, found: Violations) -> None:
    """At no time is more of a resource held than there is."""
    owner, resource, units = held_resources(problem, schedule)
    start, end = schedule.operation_start[owner], schedule.operation_end[owner]
    runs = np.flatnonzero(end > start)
    owners, kinds = np.tile(owner[runs], 2), np.tile(resource[runs], 2)
    times, change = np.concatenate([start[runs], end[runs]]), np.concatenate([units[runs], -units[runs]])
    order = np.lexsort((change, times, kinds))
    # one running sum will do: every resource comes back to 0 after its last end
    level = np.cumsum(change[order])
    kind, time, of = kinds[order], times[order], owners[order]
    excess = level - problem.resource_capacity[kind]
    found.add(
        problem,
        Constraint.RESOURCE,
        np.flatnonzero((excess > 0) & (change[order] > 0)),
        lambda at: (of[at],),
        lambda at: int(excess[at]),
        lambda at: (
            f"of {problem.resource_name(kind[at])}, {level[at]} are held at {time[at]} when "
            f"{problem.operation_name(of[at])} starts; there are {problem.resource_capacity[kind[at]]}"
        ),
    )


def held_resources(problem: SchedulingProblem, schedule: Schedule) -> tuple[Longs, Longs, Longs]:
    """Return the operation, resource and units of everything held; a batch holds what its first operation needs."""
    operations = np.flatnonzero(is_counted(problem))
    mode = schedule.operation_mode[operations]
    lengths = problem.need_indptr[mode + 1] - problem.need_indptr[mode]
    owner = np.repeat(operations, lengths)
    need = ranges(problem.need_indptr[mode], lengths)
    return owner, problem.need_resource[need].astype(np.int64), problem.need_units[need]


def _batches(problem: SchedulingProblem, schedule: Schedule, found: Violations) -> None:
    """Operations of a batch have the same unit, start and end."""
    members = np.flatnonzero(problem.operation_batch != NONE)
    _, first, inverse = np.unique(problem.operation_batch[members], return_index=True, return_inverse=True)
    leader = members[first][inverse]
    place = np.column_stack([schedule.operation_unit, schedule.operation_start, schedule.operation_end])
    apart = np.flatnonzero((place[members] != place[leader]).any(axis=1))
    found.add(
        problem,
        Constraint.BATCH,
        apart,
        lambda at: (leader[at], members[at]),
        lambda at: int(np.abs(place[members[at]] - place[leader[at]])[1:].max()) or 1,
        lambda at: (
            f"{problem.operation_name(leader[at])} and {problem.operation_name(members[at])} are one batch and do "
            "not run together"
        ),
    )


def _campaigns(problem: SchedulingProblem, schedule: Schedule, found: Violations) -> None:
    """In the sequences of units, the operations of a campaign are neighbours."""
    if (problem.operation_campaign == NONE).all():
        return
    sequence, indptr = unit_sequences(problem, schedule)
    campaign = problem.operation_campaign[sequence]
    unit = np.repeat(np.arange(problem.n_units), np.diff(indptr))
    begins = np.ones(sequence.shape[0], dtype=np.bool_)
    begins[1:] = (campaign[1:] != campaign[:-1]) | (unit[1:] != unit[:-1])
    runs = np.flatnonzero(begins & (campaign != NONE))
    _, first, inverse = np.unique(campaign[runs], return_index=True, return_inverse=True)
    again = np.flatnonzero(first[inverse] != np.arange(runs.shape[0]))
    found.add(
        problem,
        Constraint.CAMPAIGN,
        again,
        lambda at: (sequence[runs[first[inverse[at]]]], sequence[runs[at]]),
        lambda _: 1,
        lambda at: (
            f"{problem.operation_name(sequence[runs[at]])} runs apart from its campaign, that of "
            f"{problem.operation_name(sequence[runs[first[inverse[at]]]])}"
        ),
    )
