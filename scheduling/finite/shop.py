"""The shop as dispatching reads it: batches as single tasks, locked alternates only, locked starts placed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bom.ranges import ranges
from scheduling.finite.campaigns import campaign_machines
from scheduling.finite.locked_tasks import LockedTasks, locked_tasks
from scheduling.kernels import shop_arrays as kinds
from scheduling.kernels.paths import longest_paths
from scheduling.kernels.shop_arrays import Records, ShopArrays
from scheduling.problem import NEVER, NONE, Ints, Longs, SchedulingProblem
from scheduling.schedule import Schedule, is_counted


@dataclass(frozen=True, slots=True)
class Shop:
    """A problem made ready for dispatching.

    Parameters
    ----------
    arrays
        What the kernel reads; it is copied for every run.
    operation
        int64, shape (n_tasks,): the operation of a task, of a batch its first.
    task
        int64, shape (n_operations,): the task of an operation.
    mode
        int64, shape (n_task_modes,): the problem's mode of a task's mode.
    shortest
        int64, shape (n_tasks,): the duration of the shortest alternate.
    has_rooms
        Whether a task can be kept waiting by more than a busy unit, so that a decision must look at several tasks.
    """

    arrays: ShopArrays
    operation: Longs
    task: Longs
    mode: Longs
    shortest: Longs
    has_rooms: bool

    @property
    def n_tasks(self) -> int:
        """The number of tasks."""
        return int(self.operation.shape[0])

    def arrays_for_a_run(self) -> ShopArrays:
        """Return the arrays with copies of what a run writes."""
        written = ("tasks", "machines", "units", "resources", "campaigns")
        copies = {name: getattr(self.arrays, name).copy() for name in written}
        return self.arrays._replace(**copies, events=np.zeros(self.arrays.events.shape, kinds.EVENT))


def make_shop(problem: SchedulingProblem) -> Shop:
    """Return a problem made ready for dispatching.

    Examples
    --------
    >>> from scheduling.finite.make import problem_from_jobs
    >>> shop = make_shop(problem_from_jobs([[[(0, 3)], [(1, 2), (0, 4)]]]))
    >>> shop.arrays.tasks["tail"][:-1].tolist(), shop.mode.tolist()
    ([5, 2], [0, 1, 2])
    """
    operation = np.flatnonzero(is_counted(problem))
    task = _task_of(problem, operation)
    modes, mode_indptr = _modes(problem, operation)
    locked = locked_tasks(problem, operation, modes, mode_indptr)
    tasks = _tasks(problem, operation, task, mode_indptr, locked)
    successors, predecessors = _arcs(problem, task, tasks)
    shortest = np.zeros(operation.shape[0], np.int64)
    if shortest.size:
        shortest = np.minimum.reduceat(problem.mode_duration[modes], mode_indptr[:-1])
    _tails(problem, tasks, successors, shortest)
    mode_records, needs, resources = _mode_records(problem, modes, operation.shape[0])
    campaigns, campaign_task = _campaigns(tasks["campaign"][:-1], successors, tasks)
    machines = _machines(problem, mode_records["machine"][:-1])
    n_tied = int((tasks["tied_to"][:-1] != NONE).sum())
    n_events = 4 * (operation.shape[0] + problem.n_units + campaigns.shape[0] + 4)
    n_events += successors.shape[0] if n_tied else 0
    arrays = ShopArrays(
        tasks=tasks,
        successors=successors,
        predecessors=predecessors,
        modes=mode_records,
        needs=needs,
        machines=machines,
        units=_units(problem, locked),
        intervals=_intervals(problem),
        resources=resources,
        held=np.zeros(int(resources["first_held"][-1]), kinds.HELD),
        campaigns=campaigns,
        campaign_task=campaign_task,
        lock_task=locked.by_unit,
        setup_time=problem.setup_time,
        releases=_releases(tasks),
        queue=np.zeros(int(machines["first_queued"][-1]), kinds.QUEUED),
        events=np.zeros(n_events, kinds.EVENT),
        chain=np.zeros(n_tied + 2, kinds.PLACED),
    )
    marks = (tasks[name][:-1] for name in ("campaign", "tied_to", "only_unit"))
    has_marks = any((mark != NONE).any() for mark in marks)
    has_rooms = bool(problem.n_resources or problem.n_calendars or (locked.start != NONE).any() or has_marks)
    return Shop(arrays, operation, task, modes, shortest, has_rooms)


def schedule_of(problem: SchedulingProblem, shop: Shop, tasks: Records) -> Schedule:
    """Return the schedule of operations from that of tasks."""
    first = problem.mode_indptr[:-1]
    # members of a batch have the same alternates as its first operation
    offset = shop.mode[tasks["mode"][:-1]] - first[shop.operation]
    unit, start, end = (tasks[name][:-1][shop.task] for name in ("unit", "start", "end"))
    return Schedule((first + offset[shop.task]).astype(np.int32), unit.astype(np.int32), start, end)


def _task_of(problem: SchedulingProblem, operation: Longs) -> Longs:
    """Return the task of each operation."""
    task = np.full(problem.n_operations, NONE, dtype=np.int64)
    task[operation] = np.arange(operation.shape[0])
    batched = np.flatnonzero(problem.operation_batch != NONE)
    _, first, inverse = np.unique(problem.operation_batch[batched], return_index=True, return_inverse=True)
    task[batched] = task[batched[first]][inverse]
    return task


def _modes(problem: SchedulingProblem, operation: Longs) -> tuple[Longs, Longs]:
    """Return the modes that are left to each task by locks, and where each task's begin."""
    owner = problem.mode_operation
    counted = np.zeros(problem.n_operations, dtype=np.bool_)
    counted[operation] = True
    locked = problem.operation_lock_machine[owner]
    is_kept = counted[owner] & ((locked == NONE) | (locked == problem.mode_machine))
    for machines, operations in campaign_machines(problem):
        is_kept &= ~np.isin(owner, operations) | np.isin(problem.mode_machine, machines)
    kept = np.flatnonzero(is_kept)
    return kept, _indptr(np.bincount(owner[kept], minlength=problem.n_operations)[operation])


def _indptr(lengths: NDArray[np.integer]) -> Longs:
    """Return where the entries of each owner begin."""
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _tasks(
    problem: SchedulingProblem, operation: Longs, task: Longs, mode_indptr: Longs, locked: LockedTasks
) -> Records:
    """Return the records of tasks; a batch has its latest release, earliest due date and summed weight."""
    n_tasks, job = operation.shape[0], problem.operation_job
    tasks = np.zeros(n_tasks + 1, kinds.TASK)
    own = tasks[:-1]
    for name in ("tied_to", "queued_at", "queued_mode", "start", "end", "mode", "unit", "only_unit"):
        tasks[name] = NONE
    own["due"] = NEVER
    np.maximum.at(own["release"], task, np.maximum(problem.operation_release, problem.job_release[job]))
    dates = np.minimum(np.minimum(problem.job_due, problem.job_deadline)[job], problem.operation_deadline)
    np.minimum.at(own["due"], task, dates)
    np.add.at(own["weight"], task, problem.job_weight[job])
    own["ready"] = own["release"]
    own["group"] = problem.operation_setup_group[operation]
    own["campaign"] = _codes(problem.operation_campaign[operation])
    is_free = problem.operation_lock_start[operation] == NONE
    own["only_unit"] = np.where(is_free, problem.operation_lock_unit[operation], NONE)
    tasks["first_mode"] = mode_indptr
    own["start"], own["end"], own["mode"], own["unit"] = locked.start, locked.end, locked.mode, locked.unit
    return tasks


def _codes(values: Ints) -> Longs:
    """Return codes that count from 0 without gaps; ``NONE`` stays."""
    codes = np.full(values.shape, NONE, dtype=np.int64)
    known = values != NONE
    codes[known] = np.unique(values[known], return_inverse=True)[1]
    return codes


def _arcs(problem: SchedulingProblem, task: Longs, tasks: Records) -> tuple[Records, Records]:
    """Return the arcs that leave and those that enter tasks, and write where each task's begin, and who is tied."""
    n_tasks = tasks.shape[0] - 1
    of, to = task[problem.arc_from], task[problem.arc_to]
    sides = []
    for owner, other, name in ((of, to, "first_successor"), (to, of, "first_predecessor")):
        order = np.argsort(owner, kind="stable")
        arcs = np.zeros(order.shape[0], kinds.ARC)
        arcs["task"], arcs["lag"] = other[order], problem.arc_minimum_lag[order]
        arcs["overlap"] = problem.arc_overlap[order]
        tasks[name] = _indptr(np.bincount(owner, minlength=n_tasks))
        sides.append(arcs)
    tasks["waiting"][:-1] = np.diff(tasks["first_predecessor"])
    tied = np.flatnonzero(problem.arc_maximum_lag < NEVER)[::-1]
    tasks["tied_to"][of[tied]], tasks["tied_lag"][of[tied]] = to[tied], problem.arc_maximum_lag[tied]
    return sides[0], sides[1]


def _tails(problem: SchedulingProblem, tasks: Records, successors: Records, shortest: Longs) -> None:
    """Write the longest chain that begins with each task; with overlap who follows need not wait for the end."""
    lag = successors["lag"].copy()
    if (problem.arc_overlap > 0).any():
        owner = np.repeat(np.arange(shortest.shape[0]), np.diff(tasks["first_successor"]))
        lag = np.where(successors["overlap"] > 0, -shortest[owner], lag)
    head, tail = np.zeros_like(shortest), np.zeros_like(shortest)
    longest_paths(tasks["first_successor"].astype(np.int64), successors["task"].copy(), lag, shortest, head, tail)
    tasks["tail"][:-1] = tail


def _mode_records(problem: SchedulingProblem, modes: Longs, n_tasks: int) -> tuple[Records, Records, Records]:
    """Return modes, their needs, and resources."""
    records = np.zeros(modes.shape[0] + 1, kinds.MODE)
    machine = problem.mode_machine[modes]
    records["machine"][:-1] = np.where(machine == NONE, problem.n_machines, machine)
    records["duration"][:-1] = problem.mode_duration[modes]
    lengths = problem.need_indptr[modes + 1] - problem.need_indptr[modes]
    records["first_need"] = _indptr(lengths)
    need = ranges(problem.need_indptr[modes], lengths)
    needs = np.zeros(need.shape[0], kinds.NEED)
    needs["resource"], needs["units"] = problem.need_resource[need], problem.need_units[need]
    resources = np.zeros(problem.n_resources + 1, kinds.RESOURCE)
    resources["capacity"][:-1] = problem.resource_capacity
    room = np.minimum(np.bincount(needs["resource"], minlength=problem.n_resources), n_tasks) + 1
    resources["first_held"] = _indptr(room)
    return records, needs, resources


def _campaigns(campaign: Longs, successors: Records, tasks: Records) -> tuple[Records, Longs]:
    """Return the records of campaigns and the tasks of each."""
    n_campaigns = int(campaign.max(initial=NONE)) + 1
    records = np.zeros(n_campaigns + 1, kinds.CAMPAIGN)
    lengths = np.bincount(campaign[campaign != NONE], minlength=n_campaigns)
    records["unit"], records["left"][:-1], records["first_task"] = NONE, lengths, _indptr(lengths)
    of, to = np.repeat(campaign, np.diff(tasks["first_successor"])), campaign[successors["task"]]
    records["outside"][:-1] = np.bincount(to[(to != NONE) & (to != of)], minlength=n_campaigns)
    return records, np.argsort(campaign, kind="stable")[np.count_nonzero(campaign == NONE) :]


def _machines(problem: SchedulingProblem, machine: Longs) -> Records:
    """Return the records of machines, of having none, and an end."""
    n_machines = problem.n_machines
    records = np.zeros(n_machines + 2, kinds.MACHINE)
    records["first_unit"] = problem.n_units
    records["first_unit"][:n_machines] = problem.machine_unit_indptr[:-1]
    records["pauses"][:n_machines] = problem.machine_pauses
    records["matrix"] = NONE
    records["matrix"][:n_machines] = problem.machine_setup_matrix
    records["first_queued"] = _indptr(np.bincount(machine, minlength=n_machines + 1))
    return records


def _units(problem: SchedulingProblem, locked: LockedTasks) -> Records:
    """Return the records of units."""
    records = np.zeros(problem.n_units, kinds.UNIT)
    records["machine"], records["group"] = problem.unit_machine, problem.unit_initial_group
    calendar = problem.unit_calendar
    has_one = calendar != NONE
    records["first_interval"] = records["at_interval"] = NONE
    records["first_interval"][has_one] = problem.calendar_indptr[calendar[has_one]]
    records["at_interval"][has_one] = records["first_interval"][has_one]
    records["last_interval"][has_one] = problem.calendar_indptr[calendar[has_one] + 1]
    records["next_lock"], records["last_lock"] = locked.by_unit_indptr[:-1], locked.by_unit_indptr[1:]
    records["woken_at"] = records["campaign"] = NONE
    return records


def _releases(tasks: Records) -> Records:
    """Return the tasks without predecessors or lock, by release and code."""
    own = tasks[:-1]
    ready = np.flatnonzero((own["waiting"] == 0) & (own["start"] == NONE))
    release = own["release"][ready]
    order = np.argsort(release, kind="stable")
    records = np.zeros(ready.shape[0], kinds.EVENT)
    records["time"], records["code"] = release[order], ready[order]
    return records


def _intervals(problem: SchedulingProblem) -> Records:
    """Return the records of open time."""
    records = np.zeros(problem.calendar_start.shape[0], kinds.INTERVAL)
    length = problem.calendar_end - problem.calendar_start
    worked = np.cumsum(length) - length
    first = np.repeat(problem.calendar_indptr[:-1], np.diff(problem.calendar_indptr))
    records["start"], records["end"] = problem.calendar_start, problem.calendar_end
    records["worked"] = worked - worked[first] if worked.size else worked
    return records
