"""Searches side by side, one a thread, as a step of a search."""

from __future__ import annotations

from collections.abc import Callable

from scheduling.finite.search import ScheduleSearch, no_clock
from scheduling.local_search import LocalSearchOptions, Search, run_local_search
from scheduling.problem import SchedulingProblem
from scheduling.result import ScheduleProgress
from scheduling.schedule import Schedule


def let_search(
    search: ScheduleSearch,
    step: str,
    make: Callable[[SchedulingProblem, Schedule | None, int], Search],
    seed: int,
    threads: int,
    seconds: float | None,
    moves_without_clock: int,
    trial: float = 1.0,
) -> None:
    """Offer what searches find from the best schedule so far, one a thread, as `make` makes them.

    They are given up when after a `trial` fraction of their time none has found anything better.
    """
    problem = search.problem
    search.step = step
    time_limit = min(search.seconds_left, float("inf") if seconds is None else seconds)
    has_end = search.clock is not no_clock and time_limit < float("inf")
    options = LocalSearchOptions(
        time_limit=time_limit,
        seed=seed,
        threads=threads,
        n_moves=None if has_end else moves_without_clock,
    )
    is_plain = not problem.objective.is_lexicographic

    def watch(progress: ScheduleProgress) -> bool:
        objective = min(progress.objective, search.objective) if is_plain else search.objective
        search.is_stopped |= bool(search.watch(ScheduleProgress(search.seconds, search.step, objective, search.bound)))
        is_in_vain = is_plain and progress.seconds > trial * time_limit and progress.objective >= search.objective
        return search.is_stopped or objective <= search.bound or is_in_vain

    result = run_local_search(problem, search.schedule, search.clock, options, watch, make)
    search.offer(result.schedule)
    if result.bound > 0.0:
        search.raise_bound(result.bound)
    search.is_stopped |= result.is_interrupted
