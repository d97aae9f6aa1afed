"""The search for sequences of flow lines as a step of a search."""

from __future__ import annotations

from dataclasses import replace

from scheduling.finite.make import problem_from_jobs
from scheduling.finite.search import ScheduleSearch
from scheduling.finite.side_by_side import let_search
from scheduling.flow_shop.line import MOST_OPERATIONS, can_turn, flow_line
from scheduling.flow_shop.search import FlowSearch, FlowSearchOptions
from scheduling.local_search import Search
from scheduling.problem import SchedulingProblem
from scheduling.schedule import Schedule
from scheduling.sequence_search import placements_of

MOVES_WITHOUT_CLOCK = 2_000
TRIAL = 0.15
MOST_JOBS_TO_TURN = 200
# what suits one shop does not suit another: a second thread searches in another way
SETTINGS = (FlowSearchOptions(), FlowSearchOptions(n_removed=3, temperature=1.5))


def is_flow_line(problem: SchedulingProblem) -> bool:
    """Return whether sequences of jobs can be searched: they visit the same stages in one order, or cannot wait."""
    if problem.n_units == 0 or not 0 < problem.n_operations <= MOST_OPERATIONS:
        return False
    return flow_line(problem, placements_of(problem)) is not None


def search_flow_lines(search: ScheduleSearch, seed: int, threads: int, seconds: float | None = None) -> None:
    """Offer what iterated greedy search makes of a flow line; nothing happens where there is none.

    It is given up when after 15 percent of its time it has found nothing better.

    Parameters
    ----------
    search
        The search, with its clock and its best schedule.
    seed, threads
        Of the random numbers; searches side by side.
    seconds
        For so long at most; ``None``: for all the time that is left.
    """
    if not search.is_over and is_flow_line(search.problem):
        let_search(search, "flow line", flow_search, seed, threads, seconds, MOVES_WITHOUT_CLOCK, TRIAL)


def flow_search(problem: SchedulingProblem, start: Schedule | None, seed: int) -> Search:
    """Return the search from the side of the line where the first sequence is shorter, where both can be had."""
    forward = FlowSearch(problem, start, seed, SETTINGS[seed % 2])
    if not forward.is_listed or problem.n_jobs > MOST_JOBS_TO_TURN or not can_turn(problem):
        return forward
    backward = FlowSearch(problem, start, seed, replace(forward.options, is_backward=True))
    forward.finish_first()
    backward.finish_first()
    return backward if backward.cost < forward.cost else forward


def prepare_flow_lines(problem: SchedulingProblem) -> None:
    """Compile what the search of a flow line needs, so that its first run does not pay for it."""
    if is_flow_line(problem):
        search = FlowSearch(problem_from_jobs([[[(0, 2)]], [[(0, 1)]]]))
        search.advance(3)
        search.schedule()
