"""Local search behind one face: tabu search where its graph says all, annealing of sequences for everything else."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from bom.errors import PlanningError
from scheduling.kernels.disjunctive_graph import Codes, Shop
from scheduling.kernels.tabu_search import PROGRESS_SIZE, start_search
from scheduling.objective import Measure
from scheduling.problem import NEVER, NONE, SchedulingProblem
from scheduling.result import Clock, ScheduleProgress, Watch
from scheduling.schedule import Schedule
from scheduling.sequence_search import Placements, SequenceSearch, can_sequence, placements_of, schedule_order
from scheduling.tabu_search import TabuSearch, empty_graph, empty_moves

SLICE_SECONDS = 0.2
MOVES_PER_OPERATION = 300.0
MOVES_PER_CYCLE = 1500.0
MOST_CYCLES = 50
HEATS = (1.0, 4.0, 0.3)


@dataclass(frozen=True, slots=True)
class LocalSearchOptions:
    """How long to search.

    Parameters
    ----------
    time_limit
        Seconds by the clock.
    seed
        Of the random numbers; each thread has its own from it.
    threads
        Searches side by side; tabu searches relink each other's schedules.
    n_moves
        End after so many moves a thread, whatever the clock says; the same moves on one thread give the same schedule.
    """

    time_limit: float = 60.0
    seed: int = 0
    threads: int = 1
    n_moves: int | None = None


@dataclass(frozen=True, slots=True)
class LocalSearchResult:
    """What a local search found.

    Parameters
    ----------
    schedule
        The best schedule; not yet checked.
    bound
        No makespan is less; 0 where nothing is known.
    moves_made
        Moves of all threads.
    is_interrupted
        Ctrl-C ended the search.
    log
        A line for each better schedule.
    """

    schedule: Schedule
    bound: float
    moves_made: int
    is_interrupted: bool
    log: tuple[ScheduleProgress, ...]


class Search(Protocol):
    """A search that goes on by a number of moves at a time."""

    @property
    def cost(self) -> float:
        """What is minimised, of the best schedule."""
        ...

    @property
    def bound(self) -> float:
        """What no schedule is better than."""
        ...

    @property
    def moves_made(self) -> int:
        """Moves so far."""
        ...

    def advance(self, n_moves: int, done: float, moves_to_come: float) -> None:
        """Go on: so much of the time is done, and so many moves fit into it altogether."""
        ...

    def schedule(self) -> Schedule:
        """Return the best schedule."""
        ...


@dataclass(slots=True)
class MakespanSearch:
    """Tabu search on a scheduling problem.

    Parameters
    ----------
    problem, placements
        What is scheduled, and the units that can do it.
    search
        The tabu search.
    """

    problem: SchedulingProblem
    placements: Placements
    search: TabuSearch

    @property
    def cost(self) -> float:
        """The makespan of the best schedule."""
        return float(self.search.best.makespan) if self.search.best else float("inf")

    @property
    def bound(self) -> float:
        """What no schedule is shorter than."""
        return float(self.search.bound)

    @property
    def moves_made(self) -> int:
        """Moves so far."""
        return self.search.moves_made

    def advance(self, n_moves: int, done: float, moves_to_come: float) -> None:  # noqa: ARG002
        """Make a number of moves."""
        self.search.advance(n_moves)

    def schedule(self) -> Schedule:
        """Return the best schedule."""
        shop, best, places = self.search.shop, self.search.best, self.placements
        graph = empty_graph(shop)
        if best is not None:
            graph.order[:], graph.machine[:] = best.order, best.machine
        start_search(shop, graph, empty_moves(shop, 0), np.zeros(PROGRESS_SIZE, dtype=np.int64))
        owner = np.repeat(np.arange(self.problem.n_operations), np.diff(places.indptr))
        chosen = np.flatnonzero((places.unit == graph.machine[owner]) & (places.duration == graph.duration[owner]))
        mode = np.zeros(self.problem.n_operations, dtype=np.int32)
        mode[owner[chosen[::-1]]] = places.mode[chosen[::-1]]
        end, duration = graph.finish[:-1].astype(np.int64), graph.duration[:-1].astype(np.int64)
        return Schedule(mode, graph.machine[:-1].copy(), end - duration, end)


@dataclass(slots=True)
class AnnealedSearch:
    """Annealing of sequences whose temperature falls with the time that is left.

    Parameters
    ----------
    search
        The annealing.
    """

    search: SequenceSearch
    _within: float = field(init=False, default=0.0)

    @property
    def cost(self) -> float:
        """The objective of the best schedule, with violations."""
        return self.search.cost

    @property
    def bound(self) -> float:
        """Nothing is known."""
        return 0.0

    @property
    def moves_made(self) -> int:
        """Moves so far."""
        return self.search.moves_made

    def advance(self, n_moves: int, done: float, moves_to_come: float) -> None:
        """Try a number of moves, the colder the less time is left, and the fewer moves there are for an operation.

        Where there is time for it, the temperature falls several times, each time from the best schedule and from
        another heat.
        """
        n_operations = max(self.search.problem.n_operations, 1)
        share = min(1.0, moves_to_come / (MOVES_PER_OPERATION * n_operations))
        n_cycles = int(max(1.0, min(MOST_CYCLES, moves_to_come / (MOVES_PER_CYCLE * n_operations))))
        within = (done * n_cycles) % 1.0
        if within < self._within:
            self.search.back_to_best()
        self._within = within
        heat = self.search.warmth() * HEATS[int(done * n_cycles) % len(HEATS)]
        self.search.advance(n_moves, heat * share * max(0.0, 1.0 - within / 0.9) ** 2)

    def schedule(self) -> Schedule:
        """Return the best schedule."""
        return self.search.schedule()


def can_search(problem: SchedulingProblem) -> bool:
    """Return whether local search can make schedules of a problem."""
    return problem.n_operations > 0 and (can_sequence(problem) or makespan_shop(problem) is not None)


def makespan_shop(problem: SchedulingProblem) -> Shop | None:
    """Return a problem as a shop of the tabu search; ``None`` where the makespan does not hang on chains alone.

    Jobs are chains without lags, always open units without setups, nothing locked, and only the makespan counts.
    """
    if not _is_plain(problem):
        return None
    n = problem.n_operations
    places = placements_of(problem)
    before, after = np.full(n + 1, n, dtype=np.int32), np.full(n + 1, n, dtype=np.int32)
    before[problem.arc_to] = problem.arc_from
    after[problem.arc_from] = problem.arc_to
    release = np.maximum(np.maximum(problem.operation_release, problem.job_release[problem.operation_job]), 0)
    zero = np.zeros(n + 1, dtype=np.int32)
    return Shop(
        job_predecessor=before,
        job_successor=after,
        release=np.append(release, 0).astype(np.int32),
        delivery=zero,
        job_last=np.flatnonzero(after[:n] == n).astype(np.int32),
        alternative_indptr=places.indptr.astype(np.int32),
        alternative_machine=places.unit.astype(np.int32),
        alternative_duration=places.duration.astype(np.int32),
        n_machines=problem.n_units,
    )


def _is_plain(problem: SchedulingProblem) -> bool:
    """Return whether nothing but chains of operations, machines and the makespan counts."""
    in_chain = (problem.arc_to == problem.arc_from + 1) & (problem.arc_minimum_lag == 0)
    total = int(problem.mode_duration.sum()) + int(problem.job_release.max(initial=0))
    return (
        problem.objective.measures == (Measure.MAKESPAN,)
        and can_sequence(problem)
        and bool(in_chain.all())
        and bool((problem.mode_machine != NONE).all())
        and bool((problem.unit_calendar == NONE).all())
        and not (problem.setup_time.any() and (problem.machine_setup_matrix != NONE).any())
        and bool((problem.job_deadline >= NEVER).all() and (problem.operation_deadline >= NEVER).all())
        and bool((problem.operation_lock_machine == NONE).all() and (problem.operation_lock_start == NONE).all())
        and bool((problem.operation_lock_unit == NONE).all() and not problem.operation_is_started.any())
        and total + int(problem.operation_release.max(initial=0)) < 1 << 30
    )


def make_search(problem: SchedulingProblem, start: Schedule | None, seed: int) -> Search:
    """Return the search that suits a problem; annealing needs a schedule to begin with.

    Raises
    ------
    PlanningError
        Without a schedule to begin with, where one is needed.
    """
    shop = makespan_shop(problem)
    if shop is not None:
        given: tuple[tuple[Codes, Codes], ...] = ()
        if start is not None:
            given = ((schedule_order(problem, start), np.append(start.operation_unit, 0).astype(np.int32)),)
        return MakespanSearch(problem, placements_of(problem), TabuSearch(shop, seed, start=given))
    if start is None:
        raise PlanningError("no_schedule_to_begin_with", "annealing needs a schedule to begin with")
    return AnnealedSearch(SequenceSearch(problem, start, seed))


def share_population(searches: list[Search]) -> None:
    """Let tabu searches relink the schedules of one population; each goes on for itself otherwise."""
    tabu = [search.search for search in searches if isinstance(search, MakespanSearch)]
    for one in tabu[1:]:
        one.join(tabu[0])


def run_local_search(
    problem: SchedulingProblem,
    start: Schedule | None,
    clock: Clock,
    options: LocalSearchOptions = LocalSearchOptions(),
    watch: Watch | None = None,
    make: Callable[[SchedulingProblem, Schedule | None, int], Search] = make_search,
) -> LocalSearchResult:
    """Return the best schedule that local search finds from another within its time.

    Parameters
    ----------
    problem
        What is scheduled; :func:`can_search` must hold.
    start
        The schedule to begin with; ``None``: one that the search makes for itself, where it can.
    clock
        Seconds, such as ``time.perf_counter``.
    options
        How long to search.
    watch
        Told of each better schedule, and every slice; ends the search when it returns ``True``.
    make
        Makes the search of a thread from problem, start and seed.

    Examples
    --------
    >>> from scheduling.finite.make import problem_from_jobs
    >>> shop = problem_from_jobs([[[(0, 3)], [(1, 2)]], [[(0, 4)], [(1, 1)]]])
    >>> found = run_local_search(shop, None, lambda: 0.0, LocalSearchOptions(n_moves=100))
    >>> int(found.schedule.operation_end.max()), found.bound
    (8, 8.0)
    """
    begun = clock()
    threads = max(1, options.threads)
    searches = [make(problem, start, options.seed * 1009 + thread) for thread in range(threads)]
    share_population(searches)
    log: list[ScheduleProgress] = []
    is_interrupted = False
    with ThreadPoolExecutor(threads) as pool:
        try:
            _go_on(searches, pool.map, clock, begun, options, watch, log)
        except KeyboardInterrupt:
            is_interrupted = True
    best = min(searches, key=lambda search: search.cost)
    bound = max(search.bound for search in searches)
    moves_made = sum(search.moves_made for search in searches)
    return LocalSearchResult(best.schedule(), bound, moves_made, is_interrupted, tuple(log))


def _go_on(
    searches: list[Search],
    run_all: Callable[..., object],
    clock: Clock,
    begun: float,
    options: LocalSearchOptions,
    watch: Watch | None,
    log: list[ScheduleProgress],
) -> None:
    """Let searches go on in slices until the time or the moves are used up, the bound is reached, or the watch ends."""
    n_moves, in_hand, spent = 50, float("inf"), 0
    while True:
        seconds = clock() - begun
        cost, bound = min(search.cost for search in searches), max(search.bound for search in searches)
        progress = ScheduleProgress(seconds, "local_search", cost, bound)
        if not log or cost < log[-1].objective:
            log.append(progress)
        is_over = seconds >= options.time_limit if options.n_moves is None else spent >= options.n_moves
        if (watch is not None and watch(progress)) or is_over or cost <= bound:
            return
        done = seconds / options.time_limit
        if options.n_moves is not None:
            n_moves = min(max(options.n_moves // 100, 1), options.n_moves - spent)
            done, in_hand = spent / options.n_moves, float(options.n_moves)
        before = clock()
        list(run_all(lambda search, n=n_moves, d=done, h=in_hand: search.advance(n, d, h), searches))  # type: ignore
        taken = max(clock() - before, 1e-4)
        spent += n_moves
        in_hand = spent / max(clock() - begun, 1e-3) * options.time_limit
        left = max(options.time_limit - (clock() - begun), 0.0)
        n_moves = max(1, min(4 * n_moves, int(n_moves * min(SLICE_SECONDS, left + 0.02) / taken)))
