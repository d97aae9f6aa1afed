"""The part of a scheduling problem that a window lets move, with what stands around it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from bom.ranges import ranges
from scheduling.problem import NEVER, NONE, Flags, Ints, Longs, SchedulingProblem
from scheduling.schedule import Schedule, unit_sequences

# by name: what stands for operations that belong to no job of the window, and for what is left behind operations
_OF_JOBS = {"job_release": 0, "job_due": NEVER, "job_deadline": NEVER, "job_weight": 0.0}
_OF_OPERATIONS = {
    "operation_setup_group": NONE,
    "operation_batch": NONE,
    "operation_campaign": NONE,
    "operation_lock_start": NONE,
    "operation_is_started": False,
}


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a problem as a problem of its own.

    Parameters
    ----------
    problem
        The operations of the window and those that they can touch. What must not leave its time has a release and a
        deadline that leave it no choice, and belongs to no job, so that of a job what is in the window counts. Where
        the makespan counts, the longest path from an operation of the window to the end is one without a machine.
    operations
        int64, shape (n_window_operations,): their codes in the whole problem; ``NONE`` for what is left.
    modes
        int64, shape (n_window_modes,): the codes of their alternates in the whole problem.
    schedule
        The present schedule of these operations.
    kept
        bool, shape (n_window_operations,): the order on their unit, and the unit, stay as they are.
    """

    problem: SchedulingProblem
    operations: Longs
    modes: Longs
    schedule: Schedule
    kept: Flags

    def put_into(self, whole: Schedule, part: Schedule) -> Schedule:
        """Return a schedule of the whole with the window scheduled anew."""
        mode, unit = whole.operation_mode.copy(), whole.operation_unit.copy()
        start, end = whole.operation_start.copy(), whole.operation_end.copy()
        at = np.flatnonzero(self.operations != NONE)
        operations = self.operations[at]
        mode[operations] = self.modes[part.operation_mode[at]]
        unit[operations] = part.operation_unit[at]
        start[operations] = part.operation_start[at]
        end[operations] = part.operation_end[at]
        return Schedule(mode, unit, start, end)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The operations of a window's problem.

    Parameters
    ----------
    operation
        int64, shape (n_rows,): the code in the whole problem; of a rest, that of the operation that it is behind.
    job
        int64, shape (n_rows,): the job in the whole problem; ``n_jobs`` for none.
    is_rest
        bool, shape (n_rows,): it stands for what is left behind an operation.
    duration
        int64, shape (n_rows,): of a rest.
    """

    operation: Longs
    job: Longs
    is_rest: Flags
    duration: Longs


def make_window(
    problem: SchedulingProblem,
    schedule: Schedule,
    free: Flags,
    most_kept: int = 0,
    latest_start: Longs | None = None,
) -> Window:
    """Return the problem of doing some operations anew.

    Parameters
    ----------
    problem, schedule
        The whole, and its present schedule, which must be feasible.
    free
        bool, shape (n_operations,): what is done anew, on any of its alternates; batches wholly or not at all.
    most_kept
        So many of the operations that start later may move in time, too; they keep unit and order. All others stay.
    latest_start
        int64, shape (n_operations,): when each can start at the latest without a longer schedule, where the makespan
        counts.

    Examples
    --------
    >>> from scheduling.finite.make import problem_from_jobs
    >>> shop = problem_from_jobs([[[(0, 3)], [(1, 2)]], [[(0, 4)], [(1, 1)]]])
    >>> mode, unit = np.arange(4, dtype=np.int32), np.array([0, 1, 0, 1], np.int32)
    >>> now = Schedule(mode, unit, np.array([4, 7, 0, 4]), np.array([7, 9, 4, 5]))
    >>> window = make_window(shop, now, np.array([False, True, False, True]))
    >>> window.operations.tolist(), window.kept.tolist()
    ([1, 3, 0, 2], [False, False, True, True])
    """
    start, end = schedule.operation_start, schedule.operation_end
    low, high = int(start[free].min()), int(end[free].max())
    width = max(high - low, 1)
    moving = _later(problem, schedule, free, low, most_kept)
    core = free | moving
    earliest, latest = start.copy(), end.copy()
    earliest[moving] = np.maximum(start[moving] - width, low)
    latest[moving] = end[moving] + width
    earliest[free], latest[free] = low, high + width
    if bool(core.all()):
        earliest[free], latest[free] = 0, NEVER
    part = core | _around(problem, schedule, core, free, low, int(latest[core].max()))
    rows = _rows_of(problem, schedule, core, np.flatnonzero(part), latest_start)
    return _part_of(problem, schedule, rows, free, earliest, latest)


def _rows_of(
    problem: SchedulingProblem, schedule: Schedule, core: Flags, operations: Longs, latest_start: Longs | None
) -> _Rows:
    """Return the operations of a window by job, with the longest paths behind them."""
    job = np.where(core[operations], problem.operation_job[operations], problem.n_jobs)
    before, left = _left_of_paths(problem, schedule, core, latest_start)
    operation = np.concatenate([operations, before])
    jobs = np.concatenate([job, np.full(before.shape[0], problem.n_jobs)])
    is_rest = np.arange(operation.shape[0]) >= operations.shape[0]
    duration = np.concatenate([np.zeros(operations.shape[0], np.int64), left])
    order = np.lexsort((operation, is_rest, jobs))
    return _Rows(operation[order], jobs[order].astype(np.int64), is_rest[order], duration[order])


def _left_of_paths(
    problem: SchedulingProblem, schedule: Schedule, core: Flags, latest_start: Longs | None
) -> tuple[Longs, Longs]:
    """Return operations behind which successors or the next on the unit wait outside, and how long these take."""
    if latest_start is None:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    start, end, unit = schedule.operation_start, schedule.operation_end, schedule.operation_unit
    last = int(end.max())
    left = np.zeros(problem.n_operations, np.int64)
    of, to = problem.arc_from, problem.arc_to
    out = core[of] & ~core[to] & (problem.arc_overlap == 0)
    np.maximum.at(left, of[out], (last - latest_start[to] + problem.arc_minimum_lag)[out])
    high = int(end[core].max())
    behind = np.flatnonzero(~core & (start >= high) & (unit != NONE))
    by_unit = np.zeros(problem.n_units + 1, np.int64)
    np.maximum.at(by_unit, unit[behind], last - latest_start[behind])
    inside = np.flatnonzero(core)
    left[inside] = np.maximum(left[inside], by_unit[unit[inside]])
    owners = np.flatnonzero(left > 0)
    return owners, np.minimum(left, last - end)[owners]


def _later(problem: SchedulingProblem, schedule: Schedule, free: Flags, low: int, most: int) -> Flags:
    """Return the operations not in the window that start first after its beginning; batches wholly or not at all."""
    moving = np.zeros(problem.n_operations, np.bool_)
    others = np.flatnonzero(~free & (schedule.operation_start >= low))
    moving[others[np.argsort(schedule.operation_start[others], kind="stable")][:most]] = True
    batch = problem.operation_batch
    torn = np.unique(batch[~moving & (batch != NONE)])
    moving[np.isin(batch, torn)] = False
    return moving


def _around(problem: SchedulingProblem, schedule: Schedule, core: Flags, free: Flags, low: int, high: int) -> Flags:
    """Return who must be looked at where some operations move between two dates: who shares something with them."""
    start, end, unit = schedule.operation_start, schedule.operation_end, schedule.operation_unit
    modes = np.flatnonzero((free[problem.mode_operation]) | _is_chosen(problem, schedule, core))
    is_machine = np.zeros(problem.n_machines + 1, np.bool_)
    is_machine[problem.mode_machine[modes]] = True
    is_unit = np.append(is_machine[:-1][problem.unit_machine], False)
    is_resource = np.zeros(problem.n_resources, np.bool_)
    rows = _rows(problem.need_indptr, modes)
    is_resource[problem.need_resource[rows]] = True
    owner = np.repeat(np.arange(problem.n_modes), np.diff(problem.need_indptr))
    holds = np.bincount(owner[is_resource[problem.need_resource]], minlength=problem.n_modes) > 0
    around = (is_unit[unit] | holds[schedule.operation_mode]) & (end > low) & (start < high)
    around[problem.arc_from[core[problem.arc_to]]] = True
    around[problem.arc_to[core[problem.arc_from]]] = True
    around[_neighbours(problem, schedule, is_unit, low, high)] = True
    for marks in (problem.operation_batch, problem.operation_campaign):
        around |= (marks != NONE) & np.isin(marks, marks[core | around])
    return around & ~core


def _is_chosen(problem: SchedulingProblem, schedule: Schedule, operations: Flags) -> Flags:
    """Return which modes some operations have."""
    chosen = np.zeros(problem.n_modes, np.bool_)
    chosen[schedule.operation_mode[operations]] = True
    return chosen


def _neighbours(problem: SchedulingProblem, schedule: Schedule, is_unit: Flags, low: int, high: int) -> Longs:
    """Return who runs last before and first after two dates on units where the sequence matters."""
    matters = problem.machine_setup_matrix != NONE
    campaign = problem.operation_campaign[problem.mode_operation] != NONE
    matters[problem.mode_machine[campaign & (problem.mode_machine != NONE)]] = True
    sequence, _ = unit_sequences(problem, schedule)
    unit = schedule.operation_unit[sequence]
    is_here = is_unit[unit] & matters[problem.unit_machine[unit]]
    before = sequence[is_here & (schedule.operation_end[sequence] <= low)]
    after = sequence[is_here & (schedule.operation_start[sequence] >= high)]
    _, last = np.unique(schedule.operation_unit[before][::-1], return_index=True)
    _, first = np.unique(schedule.operation_unit[after], return_index=True)
    return np.append(before[::-1][last], after[first])


def _rows(indptr: Longs, owners: Longs) -> Longs:
    """Return the entries of some owners, one owner after the other."""
    lengths = indptr[owners + 1] - indptr[owners]
    return ranges(indptr[owners], lengths)


def _indptr(lengths: Longs) -> Longs:
    """Return where each owner's entries begin."""
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _part_of(
    problem: SchedulingProblem, schedule: Schedule, rows: _Rows, free: Flags, earliest: Longs, latest: Longs
) -> Window:
    """Return some operations, each between two dates, and what is left behind them as a problem of their own."""
    jobs, job_of = np.unique(rows.job, return_inverse=True)
    of, is_rest = rows.operation, rows.is_rest
    is_free = free[of] & ~is_rest
    keeps = ~is_free & ~is_rest
    modes, at, given = _modes_of(problem, schedule, rows, is_free)
    unit, machine = schedule.operation_unit[of], problem.mode_machine[schedule.operation_mode[of]]
    given |= {name: np.append(getattr(problem, name), none)[jobs] for name, none in _OF_JOBS.items()}
    given |= {name: np.where(is_rest, none, getattr(problem, name)[of]) for name, none in _OF_OPERATIONS.items()}
    part = dataclasses.replace(
        problem,
        **given,
        **_arcs_among(problem, rows),
        job_indptr=_indptr(np.bincount(job_of, minlength=jobs.shape[0])),
        operation_job=job_of.astype(np.int32),
        operation_release=np.where(is_rest, 0, _releases(problem, earliest)[of]),
        operation_deadline=np.where(is_rest, NEVER, _deadlines(problem, latest)[of]),
        operation_lock_machine=np.where(keeps, machine, np.where(is_rest, NONE, problem.operation_lock_machine[of])),
        operation_lock_unit=np.where(keeps, unit, np.where(is_rest, NONE, problem.operation_lock_unit[of])),
        job_ids=(),
        operation_ids=(),
    )
    start = np.where(is_rest, schedule.operation_end[of], schedule.operation_start[of])
    end = np.where(is_rest, start + rows.duration, schedule.operation_end[of])
    now = Schedule(at, np.where(is_rest, NONE, unit).astype(np.int32), start, end)
    return Window(part, np.where(is_rest, NONE, of), modes, now, keeps)


def _modes_of(
    problem: SchedulingProblem, schedule: Schedule, rows: _Rows, is_free: Flags
) -> tuple[Longs, Ints, dict[str, Any]]:
    """Return the alternates of a window in the whole, the chosen ones, and their arrays; what is kept has one."""
    of, own = rows.operation, schedule.operation_mode[rows.operation].astype(np.int64)
    first = np.where(is_free, problem.mode_indptr[of], own)
    n_modes = np.where(is_free, problem.mode_indptr[of + 1] - first, 1)
    indptr = _indptr(n_modes)
    modes = ranges(first, n_modes)
    is_rest = np.repeat(rows.is_rest, n_modes)
    needs = _rows(problem.need_indptr, modes[~is_rest])
    arrays = {
        "mode_indptr": indptr,
        "mode_machine": np.where(is_rest, NONE, problem.mode_machine[modes]),
        "mode_duration": np.where(is_rest, np.repeat(rows.duration, n_modes), problem.mode_duration[modes]),
        "need_indptr": _indptr(np.where(is_rest, 0, problem.need_indptr[modes + 1] - problem.need_indptr[modes])),
        "need_resource": problem.need_resource[needs],
        "need_units": problem.need_units[needs],
    }
    return modes, (indptr[:-1] + own - first).astype(np.int32), arrays


def _releases(problem: SchedulingProblem, earliest: Longs) -> Longs:
    """Return the later of own and given releases; those of jobs that are taken apart go to their operations."""
    return np.maximum(np.maximum(problem.operation_release, problem.job_release[problem.operation_job]), earliest)


def _deadlines(problem: SchedulingProblem, latest: Longs) -> Longs:
    """Return the earlier of own and given deadlines."""
    return np.minimum(np.minimum(problem.operation_deadline, problem.job_deadline[problem.operation_job]), latest)


def _arcs_among(problem: SchedulingProblem, rows: _Rows) -> dict[str, Any]:
    """Return the arcs between operations, and those to what is left behind them."""
    n = rows.operation.shape[0]
    code = np.full(problem.n_operations, NONE, np.int64)
    at = np.flatnonzero(~rows.is_rest)
    code[rows.operation[at]] = at
    of, to = code[problem.arc_from], code[problem.arc_to]
    arcs = np.flatnonzero((of != NONE) & (to != NONE))
    rests = np.flatnonzero(rows.is_rest)
    of, to = np.append(of[arcs], code[rows.operation[rests]]), np.append(to[arcs], rests)
    none = np.zeros(rests.shape[0], np.int64)
    order = np.lexsort((to, of))
    of, to = of[order].astype(np.int32), to[order].astype(np.int32)
    return {
        "arc_from": of,
        "arc_to": to,
        "arc_minimum_lag": np.append(problem.arc_minimum_lag[arcs], none)[order],
        "arc_maximum_lag": np.append(problem.arc_maximum_lag[arcs], none + NEVER)[order],
        "arc_overlap": np.append(problem.arc_overlap[arcs], none.astype(np.float64))[order],
        "successor_indptr": _indptr(np.bincount(of, minlength=n)),
        "predecessor_indptr": _indptr(np.bincount(to, minlength=n)),
        "predecessor_arcs": np.argsort(to, kind="stable").astype(np.int32),
    }
