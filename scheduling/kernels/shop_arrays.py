"""The shop as dispatching reads it, and the state that it keeps: records by task, mode, machine, unit and so on.

Records instead of an array per field: a compiled function takes a record array as one argument, and with one array for
each of 66 fields the kernel took 220 s to compile and 15 microseconds per operation.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Records = NDArray[Any]

NEVER = 1 << 50
NONE = -1


def _fields(whole: str, floats: str = "", codes: str = "") -> np.dtype[np.void]:
    """Return a record of int64 fields, then float64 fields, then int32 fields."""
    kinds = ((whole, np.int64), (floats, np.float64), (codes, np.int32))
    return np.dtype([(name, kind) for names, kind in kinds for name in names.split()], align=True)


# the fields that a task's way through its queue reads and writes stand together: with 1,000,000 tasks each line of
# memory has to be fetched
TASK = _fields(
    "release tied_lag end start ready due tail",
    "weight",
    "first_mode first_successor waiting campaign group queued_at queued_mode mode unit first_predecessor only_unit "
    "tied_to",
)
"""An operation, or a batch of them; ``start`` NONE: not placed. One record more ends the last task's arcs and modes.

``tail``: the longest chain of shortest durations from its start to the end of what follows. ``only_unit``: fixed by a
planner. ``tied_to``: who must start within ``tied_lag`` after it. ``waiting``: predecessors that are not placed;
``ready``: when those that are let it start. ``queued_at``, ``queued_mode``: the machine it waits for, and the mode.
"""
ARC = _fields("task lag", "overlap")
MODE = _fields("duration", codes="machine first_need")
"""An alternate; without a machine it has the machine ``n_machines``."""
NEED = _fields("resource units")
MACHINE = _fields("first_unit pauses matrix first_queued n_queued", "busy_until")
"""A machine; one record more stands for having none, and one ends the last. ``busy_until``: if all queued were done."""
UNIT = _fields(
    "machine first_interval last_interval at_interval group free_at worked next_lock last_lock woken_at campaign"
)
"""A unit; ``first_interval`` NONE: always open. ``at_interval``: the one that is open, or opens next. ``group``: set up
for. ``worked``: the open time before ``free_at``, where there are setups. ``campaign``: the one that runs."""
INTERVAL = _fields("start end worked")
"""Open time, and how much of it the calendar has before."""
RESOURCE = _fields("capacity first_held n_held")
HELD = _fields("start end units")
CAMPAIGN = _fields("unit left outside first_task")
"""``outside``: precedences from other tasks that are not placed; a campaign begins when there are none."""
QUEUED = _fields("latest duration", "key fixed", "task mode group")
"""A task that waits, with what a decision reads of it, so that it reads a queue from front to back and nothing else.

``fixed``, ``latest``: what the formulas of CR, ATC and ATCS have of the task itself.
"""
EVENT = _fields("time code")
PLACED = _fields("task mode unit start end")


class ShopArrays(NamedTuple):
    """The records; tasks, machines, units, resources, held, campaigns, queue, events, chain are written.

    Parameters
    ----------
    tasks, successors, predecessors, modes, needs, machines, units, intervals, resources, held, campaigns
        As above.
    campaign_task, lock_task
        int64: the tasks of each campaign; the tasks of each unit whose start is locked, by start.
    setup_time
        int64, shape (n_matrices, n_groups, n_groups).
    releases
        Tasks without predecessors, by release and code.
    queue
        The queue of each machine, a binary heap.
    events
        What happens next, a binary heap; the first record's code is how many there are.
    chain
        Tasks that are placed together.
    """

    tasks: Records
    successors: Records
    predecessors: Records
    modes: Records
    needs: Records
    machines: Records
    units: Records
    intervals: Records
    resources: Records
    held: Records
    campaigns: Records
    campaign_task: Longs
    lock_task: Longs
    setup_time: Longs
    releases: Records
    queue: Records
    events: Records
    chain: Records
