"""The finite scheduling problem: jobs, operations, alternates, machines, setups, calendars, resources, locks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bom.errors import PlanningError
from scheduling.objective import Objective

NEVER = 1 << 50
NONE = -1

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class SchedulingDataError(PlanningError):
    """The data of a scheduling problem contradict themselves; the text says all that was found."""


@dataclass(frozen=True, slots=True)
class SchedulingProblem:
    """Jobs and what they can be made on, as flat arrays by code.

    Made by :func:`scheduling.finite.make.make_problem`, which checks it and puts in what is left out.

    Times are whole numbers of one unit (``time_unit``) from 0, which is now. ``NEVER`` stands for no date, ``NONE``
    (-1) for no machine, unit, calendar, group, batch, campaign or lock. Codes count from 0. Of what has several entries
    per owner, ``x_indptr[owner]`` to ``x_indptr[owner + 1]`` are its entries.

    Parameters
    ----------
    job_release, job_due, job_deadline
        int64, shape (n_jobs,): no operation starts before the release; the due date is what tardiness counts from; the
        deadline is hard.
    job_weight
        float64, shape (n_jobs,): what a unit of tardiness, earliness or flow time counts.
    job_indptr
        int64, shape (n_jobs + 1,): a job's operations have consecutive codes, from its first to its last.
    operation_job
        int32, shape (n_operations,).
    operation_release, operation_deadline
        int64, shape (n_operations,): earliest start and latest end, both hard.
    operation_setup_group
        int32, shape (n_operations,): what the machine must be set up for.
    operation_batch
        int32, shape (n_operations,): operations of a batch share unit, start and end, and count once.
    operation_campaign
        int32, shape (n_operations,): operations of a campaign follow each other on one unit, nothing else between them.
    operation_lock_machine, operation_lock_unit, operation_lock_start
        int32, int32, int64, shape (n_operations,): what a planner has fixed.
    operation_is_started
        bool, shape (n_operations,): it runs already, so that it needs no setup; its machine and start are locked.
    arc_from, arc_to
        int32, shape (n_arcs,): precedences, sorted by ``arc_from``, then ``arc_to``.
    arc_minimum_lag, arc_maximum_lag
        int64, shape (n_arcs,): time between end and start; no maximum: ``NEVER``.
    arc_overlap
        float64, shape (n_arcs,): the transfer batch as a fraction of the quantity; 0: no overlap.
    successor_indptr
        int64, shape (n_operations + 1,): the arcs that leave an operation are consecutive.
    predecessor_indptr, predecessor_arcs
        int64, shape (n_operations + 1,), int32, shape (n_arcs,): the arcs that enter an operation.
    mode_indptr
        int64, shape (n_operations + 1,): the alternates of an operation, in the order of preference.
    mode_machine, mode_duration
        int32, int64, shape (n_modes,): the machine (``NONE``: it takes time only) and the time without setup.
    need_indptr, need_resource, need_units
        int64, shape (n_modes + 1,), int32, int64, shape (n_needs,): secondary resources that a mode holds from start to
        end.
    machine_unit_indptr
        int64, shape (n_machines + 1,): the parallel units of a machine.
    machine_pauses
        bool, shape (n_machines,): operations pause over closed time; else they must fit between two closings.
    machine_setup_matrix
        int32, shape (n_machines,): the matrix of setups.
    unit_machine, unit_calendar, unit_initial_group
        int32, shape (n_units,): the machine of a unit, its calendar (``NONE``: always open; blocked time is closed time
        of its own calendar), and the group it is set up for at time 0.
    setup_time, setup_cost
        int64, float64, shape (n_matrices, n_groups, n_groups): from the group of the row to that of the column.
    calendar_indptr, calendar_start, calendar_end
        int64, shape (n_calendars + 1,) and (n_intervals,): open time, sorted, with closed time between; closed after
        the last interval.
    resource_capacity
        int64, shape (n_resources,).
    objective
        What makes a schedule better.
    time_unit
        The name of the unit of time, such as ``minute``.
    job_ids, operation_ids, machine_ids, resource_ids
        Names; empty: numbers from 1, operations as job.position.
    """

    job_release: Longs
    job_due: Longs
    job_deadline: Longs
    job_weight: Floats
    job_indptr: Longs
    operation_job: Ints
    operation_release: Longs
    operation_deadline: Longs
    operation_setup_group: Ints
    operation_batch: Ints
    operation_campaign: Ints
    operation_lock_machine: Ints
    operation_lock_unit: Ints
    operation_lock_start: Longs
    operation_is_started: Flags
    arc_from: Ints
    arc_to: Ints
    arc_minimum_lag: Longs
    arc_maximum_lag: Longs
    arc_overlap: Floats
    successor_indptr: Longs
    predecessor_indptr: Longs
    predecessor_arcs: Ints
    mode_indptr: Longs
    mode_machine: Ints
    mode_duration: Longs
    need_indptr: Longs
    need_resource: Ints
    need_units: Longs
    machine_unit_indptr: Longs
    machine_pauses: Flags
    machine_setup_matrix: Ints
    unit_machine: Ints
    unit_calendar: Ints
    unit_initial_group: Ints
    setup_time: Longs
    setup_cost: Floats
    calendar_indptr: Longs
    calendar_start: Longs
    calendar_end: Longs
    resource_capacity: Longs
    objective: Objective
    time_unit: str
    job_ids: tuple[str, ...]
    operation_ids: tuple[str, ...]
    machine_ids: tuple[str, ...]
    resource_ids: tuple[str, ...]

    @property
    def n_jobs(self) -> int:
        """The number of jobs."""
        return int(self.job_release.shape[0])

    @property
    def n_operations(self) -> int:
        """The number of operations."""
        return int(self.operation_job.shape[0])

    @property
    def n_arcs(self) -> int:
        """The number of precedences."""
        return int(self.arc_from.shape[0])

    @property
    def n_modes(self) -> int:
        """The number of alternates of all operations."""
        return int(self.mode_machine.shape[0])

    @property
    def n_machines(self) -> int:
        """The number of machines."""
        return int(self.machine_pauses.shape[0])

    @property
    def n_units(self) -> int:
        """The number of units of all machines."""
        return int(self.unit_machine.shape[0])

    @property
    def n_resources(self) -> int:
        """The number of secondary resources."""
        return int(self.resource_capacity.shape[0])

    @property
    def n_calendars(self) -> int:
        """The number of calendars."""
        return int(self.calendar_indptr.shape[0]) - 1

    @property
    def mode_operation(self) -> Ints:
        """int32, shape (n_modes,): the operation of a mode."""
        return np.repeat(np.arange(self.n_operations, dtype=np.int32), np.diff(self.mode_indptr))

    def job_name(self, job: int) -> str:
        """Return the name of a job."""
        return self.job_ids[job] if self.job_ids else str(job + 1)

    def operation_name(self, operation: int) -> str:
        """Return the name of an operation."""
        if self.operation_ids:
            return self.operation_ids[operation]
        job = int(self.operation_job[operation])
        return f"{self.job_name(job)}.{operation - int(self.job_indptr[job]) + 1}"

    def machine_name(self, machine: int) -> str:
        """Return the name of a machine."""
        return self.machine_ids[machine] if self.machine_ids else str(machine + 1)

    def unit_name(self, unit: int) -> str:
        """Return the name of a unit: that of its machine, with its number where there are several."""
        machine = int(self.unit_machine[unit])
        first, last = int(self.machine_unit_indptr[machine]), int(self.machine_unit_indptr[machine + 1])
        name = self.machine_name(machine)
        return name if last - first == 1 else f"{name}/{unit - first + 1}"

    def resource_name(self, resource: int) -> str:
        """Return the name of a resource."""
        return self.resource_ids[resource] if self.resource_ids else str(resource + 1)
