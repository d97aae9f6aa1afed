"""Local search as a step of a search: from the best schedule so far, for the time that is left."""

from __future__ import annotations

import numpy as np

from scheduling.finite.flow import prepare_flow_lines
from scheduling.finite.make import problem_from_jobs
from scheduling.finite.search import ScheduleSearch
from scheduling.finite.side_by_side import let_search
from scheduling.local_search import can_search, make_search, makespan_shop
from scheduling.objective import Measure, Objective
from scheduling.problem import SchedulingProblem
from scheduling.schedule import Schedule
from scheduling.tabu_search import prepare_tabu_search

MOVES_WITHOUT_CLOCK = 20_000


def search_locally(search: ScheduleSearch, seed: int, threads: int, seconds: float | None = None) -> None:
    """Offer what local search makes of the best schedule, where it can.

    Parameters
    ----------
    search
        The search, with its clock and its best schedule.
    seed, threads
        Of the random numbers; searches side by side.
    seconds
        For so long at most; ``None``: for all the time that is left. Without a clock or limit it makes 20,000 moves.
    """
    problem = search.problem
    if search.is_over or not can_search(problem) or (search.schedule is None and makespan_shop(problem) is None):
        return
    let_search(search, "local search", make_search, seed, threads, seconds, MOVES_WITHOUT_CLOCK)


def prepare_local_search(problem: SchedulingProblem) -> None:
    """Compile what local search needs for a problem, so that its first run does not pay for it."""
    prepare_flow_lines(problem)
    if not can_search(problem):
        return
    if makespan_shop(problem) is not None:
        shop = makespan_shop(problem_from_jobs([[[(0, 2), (1, 3)], [(1, 2)]], [[(1, 2)], [(0, 1)]]]))
        if shop is not None:
            prepare_tabu_search(shop)
        return
    late = Objective(((Measure.WEIGHTED_TARDINESS, 1.0),))
    tiny = problem_from_jobs([[[(0, 2)]], [[(0, 1)]]], job_due=1, objective=late)
    first = Schedule(*(np.array([0, 1], dtype=np.int32), np.zeros(2, np.int32)), np.array([0, 2]), np.array([2, 3]))
    search = make_search(tiny, first, 0)
    search.advance(2, 0.0, 2.0)
    search.schedule()
