"""The machines on which the operations of a campaign can follow each other."""

from __future__ import annotations

import numpy as np

from scheduling.problem import NONE, Ints, Longs, SchedulingProblem


def campaign_machines(problem: SchedulingProblem) -> list[tuple[Ints, Longs]]:
    """Return for each campaign the machines that all its operations have an alternate on, and the operations."""
    found = []
    campaign, locked = problem.operation_campaign, problem.operation_lock_machine
    members = np.flatnonzero(campaign != NONE)
    for one in np.unique(campaign[members]):
        operations = members[campaign[members] == one]
        common: Ints | None = None
        for operation in operations.tolist():
            machines = problem.mode_machine[problem.mode_indptr[operation] : problem.mode_indptr[operation + 1]]
            kept = (
                machines[(machines != NONE) & (machines == locked[operation])]
                if locked[operation] != NONE
                else (machines[machines != NONE])
            )
            common = kept if common is None else np.intersect1d(common, kept)
        found.append((np.zeros(0, np.int32) if common is None else common, operations))
    return found
