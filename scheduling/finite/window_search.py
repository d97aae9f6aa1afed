"""Large-neighbourhood search: one window of a schedule after the other is done anew by CP-SAT."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from scheduling.check import check
from scheduling.finite.draws import Draws
from scheduling.finite.left_shift import latest_starts, shift_left
from scheduling.finite.search import ScheduleSearch, no_clock
from scheduling.finite.window_choice import WindowKind, choose_window
from scheduling.finite.window_problem import Window, make_window
from scheduling.objective import Measure
from scheduling.problem import Longs
from scheduling.schedule import Schedule
from scheduling.solvers.base import SolveStatus
from scheduling.solvers.cpsat import CpSatSession
from scheduling.solvers.cpsat_worker import CpSatRequest

WINDOWS_WITHOUT_CLOCK = 30
FIRST_SIZE = 40
GROWTH = 1.2
SHRINKAGE = 0.8
MEMORY = 0.8


@dataclass(frozen=True, slots=True)
class WindowOptions:
    """How windows are taken.

    Parameters
    ----------
    seconds
        CP-SAT's time for a window, by its own clock; without a clock it does not count.
    work
        CP-SAT's deterministic time for a window, 1 to 4 seconds a unit; on one thread each window ends the same way.
    n_windows
        End after so many; ``None``: as long as there is time, or after 30 without a clock or limit.
    first_size
        Operations of the first window; windows that are solved grow, others shrink.
    most_kept
        Operations that may move in time beside those of a window.
    """

    seconds: float = 2.0
    work: float = 0.5
    n_windows: int | None = None
    first_size: int = FIRST_SIZE
    most_kept: int = 60


@dataclass(slots=True)
class WindowSearch:
    """The state of a search by windows.

    Parameters
    ----------
    search
        The search whose best schedule it makes better.
    options
        How windows are taken.
    seed, threads
        Of the random choices and of CP-SAT.
    current
        The present schedule; as good as the best one, maybe another.
    sizes, gains
        How many operations a window of a kind has, and how often one of late brought something.
    """

    search: ScheduleSearch
    options: WindowOptions
    seed: int
    threads: int
    current: Schedule
    sizes: dict[WindowKind, float] = field(init=False)
    gains: dict[WindowKind, float] = field(init=False)
    n_done: int = field(init=False, default=0)
    n_refused: int = field(init=False, default=0)
    _draws: Draws = field(init=False)
    _key: tuple[float, ...] = field(init=False)
    _latest_start: Longs | None = field(init=False)

    def __post_init__(self) -> None:
        self.sizes = dict.fromkeys(WindowKind, float(self.options.first_size))
        self.gains = dict.fromkeys(WindowKind, 1.0)
        self._draws = Draws(self.seed)
        self._key = self._key_of(self.current)
        self._latest_start = self._latest_starts()

    def _key_of(self, schedule: Schedule) -> tuple[float, ...]:
        """Return what is compared of a feasible schedule; infinite when it is not feasible."""
        checked = check(self.search.problem, schedule, most_told=1)
        if not checked.is_feasible or checked.values is None:
            return (float("inf"),)
        return self.search.problem.objective.key(checked.values)

    def step(self, session: CpSatSession, seconds: float) -> bool:
        """Do one window anew; return whether there can be nothing better."""
        problem, size = self.search.problem, self.sizes
        weight = np.array([0.1 + gain for gain in self.gains.values()])
        kind = list(WindowKind)[self._draws.one_of(weight)]
        free = choose_window(problem, self.current, kind, int(size[kind]), self._draws)
        window = make_window(problem, self.current, free, self.options.most_kept, self._latest_start)
        self.n_done += 1
        part, status = self._solve(session, window, seconds)
        is_better = part is not None and self._take(window.put_into(self.current, part))
        self.gains[kind] = MEMORY * self.gains[kind] + (1.0 - MEMORY) * is_better
        is_solved = status is SolveStatus.OPTIMAL
        if is_solved or not is_better:
            factor = GROWTH if is_solved else SHRINKAGE
            size[kind] = min(max(size[kind] * factor, 4.0), float(problem.n_operations))
        return is_solved and bool(free.all())

    def _solve(self, session: CpSatSession, window: Window, seconds: float) -> tuple[Schedule | None, SolveStatus]:
        """Return the best schedule of a window that CP-SAT finds."""
        found: list[Schedule] = []

        def listen(schedule: Schedule | None, bound: float) -> bool:  # noqa: ARG001
            found.extend([] if schedule is None else [schedule])
            return self.search.ask()

        seed = self._draws.below(1 << 30)
        request = CpSatRequest(
            window.problem,
            window.schedule,
            seconds,
            self.threads,
            seed,
            work_limit=self.options.work,
            kept=window.kept,
        )
        status = session.solve(request, listen)
        return (found[-1] if found else None), status

    def _take(self, schedule: Schedule) -> bool:
        """Make a schedule, shifted to the left, the present one if it is no worse; return whether it is better."""
        if Measure.EARLINESS not in self.search.problem.objective.measures:
            schedule = shift_left(self.search.problem, schedule)
        key = self._key_of(schedule)
        self.n_refused += key[0] == float("inf")
        if key > self._key:
            return False
        is_better = key < self._key
        self.current, self._key = schedule, key
        self._latest_start = self._latest_starts()
        if is_better:
            self.search.offer(schedule)
        return is_better

    def _latest_starts(self) -> Longs | None:
        """Return when each operation can start at the latest without a longer schedule, where the makespan counts."""
        problem = self.search.problem
        if Measure.MAKESPAN not in problem.objective.measures:
            return None
        return latest_starts(problem, self.current)


def search_windows(
    search: ScheduleSearch,
    seed: int,
    threads: int,
    seconds: float = float("inf"),
    options: WindowOptions = WindowOptions(),
) -> WindowSearch | None:
    """Offer what windows make of the best schedule, until the time is over or the whole is one solved window.

    Parameters
    ----------
    search
        The search, with its clock and its best schedule; without a schedule nothing is done.
    seed, threads
        Of the random choices; CP-SAT's workers.
    seconds
        For so long at most.
    options
        How windows are taken.
    """
    if search.is_over or search.schedule is None or search.problem.n_operations == 0:
        return None
    search.step = "windows"
    ends = search.seconds + min(search.seconds_left, seconds)
    has_end = search.clock is not no_clock and ends < float("inf")
    most = options.n_windows or (None if has_end else WINDOWS_WITHOUT_CLOCK)
    state = WindowSearch(search, options, seed, threads, search.schedule)
    try:
        with CpSatSession() as session:
            while not search.is_over and search.seconds < ends and (most is None or state.n_done < most):
                left = min(options.seconds, ends - search.seconds) if has_end else 1e9
                if state.step(session, left):
                    break
    except KeyboardInterrupt:
        search.is_stopped = True
    return state
