"""Finite scheduling: one face for every way of finding a schedule."""

from __future__ import annotations

from typing import Literal

from bom.errors import OptionError
from scheduling.finite.exact_search import search_exactly
from scheduling.finite.flow import search_flow_lines
from scheduling.finite.local import search_locally
from scheduling.finite.mixing import FLOW_SHARE, RULES_SHARE, TUNING_SHARE, search_by_size
from scheduling.finite.rule_search import try_rules
from scheduling.finite.rule_tuning import tune_rules
from scheduling.finite.search import ScheduleSearch, no_clock, no_watch
from scheduling.problem import SchedulingProblem
from scheduling.result import Clock, ScheduleResult, Watch
from scheduling.schedule import Schedule

SolverName = Literal["auto", "dispatch", "local_search", "cpsat"]
SOLVERS: tuple[SolverName, ...] = ("auto", "dispatch", "local_search", "cpsat")


def solve(
    problem: SchedulingProblem,
    solver: SolverName = "auto",
    *,
    time_limit: float | None = 60.0,
    seed: int = 0,
    threads: int = 1,
    clock: Clock = no_clock,
    on_progress: Watch = no_watch,
    start: Schedule | None = None,
) -> ScheduleResult:
    """Return the best schedule found, proven by :func:`scheduling.check.check`, and a bound.

    Parameters
    ----------
    problem
        What is scheduled.
    solver
        ``dispatch``: rules and list scheduling; ``local_search``: sequences of
        flow lines, tabu search or annealing from the best rule;
        ``cpsat``: CP-SAT, from the best rule; ``auto``: by size.
    time_limit
        Seconds after which the best schedule so far is returned; ``None``: no limit.
    seed, threads
        Of random choices, and for solvers that use several.
    clock
        Seconds, from any start, such as ``time.perf_counter``; without one the time limit is the solver's own.
    on_progress
        Told of every better schedule or bound; the search ends with the best so far when it returns ``True``.
    start
        A schedule to begin with.

    Raises
    ------
    OptionError
        When there is no such solver, or it cannot model what the problem has.

    Examples
    --------
    >>> from scheduling.finite.make import problem_from_jobs
    >>> result = solve(problem_from_jobs([[[(0, 3)], [(1, 2)]], [[(1, 4)], [(0, 1)]]]), solver="dispatch")
    >>> result.status.value, result.objective, result.bound
    ('optimal', 6.0, 6.0)
    """
    if solver not in SOLVERS:
        raise OptionError("unknown_solver", f"there is no solver {solver!r}; there are {', '.join(SOLVERS)}")
    search = ScheduleSearch(problem, time_limit, clock, on_progress, step="start")
    search.offer(start)
    try_rules(search, float("inf") if solver == "dispatch" else RULES_SHARE * search.seconds_left)
    if solver == "auto":
        search_by_size(search, seed, threads)
    elif solver == "local_search":
        tune_rules(search, TUNING_SHARE * search.seconds_left)
        search_flow_lines(search, seed, threads, FLOW_SHARE * search.seconds_left)
        search_locally(search, seed, threads)
    elif solver == "cpsat":
        search_exactly(search, seed, threads)
    return search.result()
