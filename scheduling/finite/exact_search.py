"""Improves the best schedule with CP-SAT, and raises the bound."""

from __future__ import annotations

import numpy as np

from scheduling.finite.search import ScheduleSearch
from scheduling.schedule import Schedule
from scheduling.solvers.base import SolveStatus
from scheduling.solvers.cpsat import CpSatSession
from scheduling.solvers.cpsat_worker import CpSatRequest

_UNLIMITED = 1e9


def search_exactly(
    search: ScheduleSearch, seed: int, threads: int, seconds: float = _UNLIMITED, *, is_proof: bool = False
) -> None:
    """Hand the problem to CP-SAT with the best schedule as its start, until the time is over or it is solved.

    Parameters
    ----------
    search
        The search, with its clock and its best schedule.
    seed, threads
        Of the random choices; CP-SAT's workers.
    seconds
        For so long at most.
    is_proof
        The schedule is a good one already: CP-SAT takes its ways of search in turns, which raises bounds sooner.
    """
    if search.is_over:
        return
    search.step = "cpsat"

    def listen(schedule: Schedule | None, bound: float) -> bool:
        if np.isfinite(bound):
            search.raise_bound(bound)
        search.offer(schedule)
        return search.ask()

    limit = min(search.seconds_left, seconds, _UNLIMITED)
    request = CpSatRequest(search.problem, search.schedule, limit, threads, seed, takes_turns=is_proof)
    with CpSatSession() as session:
        status = session.solve(request, listen)
    if status is SolveStatus.INFEASIBLE:
        search.is_infeasible = True
    elif status is SolveStatus.OPTIMAL and search.schedule is not None:
        search.raise_bound(search.objective)
        search.is_optimal = True
