"""Which searches `auto` takes, and for how long, by the size of a problem."""

from __future__ import annotations

from scheduling.finite.exact_search import search_exactly
from scheduling.finite.flow import search_flow_lines
from scheduling.finite.load_bound import load_bound
from scheduling.finite.local import search_locally
from scheduling.finite.rule_tuning import tune_rules
from scheduling.finite.search import ScheduleSearch
from scheduling.finite.window_search import search_windows
from scheduling.local_search import can_search, makespan_shop
from scheduling.objective import MeasureValues
from scheduling.problem import SchedulingProblem
from scheduling.solvers.cpsat import unsupported

MOST_OPERATIONS_TO_PROVE = 250
MOST_MODES_TO_PROVE = 300
SECONDS_PER_OPERATION = 0.05
RULES_SHARE = 0.15
TUNING_SHARE = 0.5
FLOW_SHARE = 0.75
NO_WAIT_SHARE = 0.5
PROOF_SHARE = 0.7
MOST_OPERATIONS_AS_A_WHOLE = 400
MOST_OPERATIONS_TO_END_AS_A_WHOLE = 2000
WINDOWS_SHARE = 0.7


def search_by_size(search: ScheduleSearch, seed: int, threads: int) -> None:
    """Search as `auto` does, from the best rule.

    Where operations choose machines, the loads give a bound of the makespan first. Where due dates count, the rule's
    scales are fitted, for half of the time at most. Then, up to 250 operations, and 300 modes in a flexible job shop:
    local search for 0.05 s an operation, 30 percent of the time at most; CP-SAT, which may prove the optimum, for 0.7
    of what is left; local search. More operations: local search alone. Before local search, where the
    shop is a flow line, sequences of jobs are searched: for as long as local search first, or for 75 percent of the
    time. What local search does not model goes to CP-SAT, jobs that cannot wait after half of the time at most: as a
    whole up to 400 operations, else by windows, and at the end up to 2,000 operations as a whole.
    """
    is_modelled = not unsupported(search.problem)
    n_operations = search.problem.n_operations
    if not can_search(search.problem):
        share = NO_WAIT_SHARE * search.seconds_left
        search_flow_lines(search, seed, threads, min(share, SECONDS_PER_OPERATION * n_operations))
        _search_by_windows(search, seed, threads, is_modelled)
        return
    _bound_by_loads(search)
    tune_rules(search, TUNING_SHARE * search.seconds_left)
    if is_modelled and _may_be_proven(search.problem):
        first = min(0.3 * search.seconds_left, SECONDS_PER_OPERATION * n_operations)
        search_flow_lines(search, seed, threads, first)
        search_locally(search, seed, threads, first)
        search_exactly(search, seed, threads, PROOF_SHARE * search.seconds_left, is_proof=True)
        search_locally(search, seed + 1, threads)
    else:
        search_flow_lines(search, seed, threads, FLOW_SHARE * search.seconds_left)
        search_locally(search, seed, threads)


def _may_be_proven(problem: SchedulingProblem) -> bool:
    """Return whether CP-SAT may prove an optimum: of flexible job shops only the small ones."""
    n_modes = problem.mode_machine.shape[0]
    is_large_shop = n_modes > max(problem.n_operations, MOST_MODES_TO_PROVE) and makespan_shop(problem) is not None
    return problem.n_operations <= MOST_OPERATIONS_TO_PROVE and not is_large_shop


def _bound_by_loads(search: ScheduleSearch) -> None:
    """Raise the bound to what the loads of machines ask for."""
    objective = search.problem.objective
    if not objective.is_lexicographic:
        search.raise_bound(objective.value(MeasureValues(0.0, load_bound(search.problem), 0, 0.0, 0.0, 0.0, 0)))


def _search_by_windows(search: ScheduleSearch, seed: int, threads: int, is_modelled: bool) -> None:
    """Search with CP-SAT alone what sequences do not say: the whole where it is small, else by windows."""
    n_operations = search.problem.n_operations
    if is_modelled and (n_operations <= MOST_OPERATIONS_AS_A_WHOLE or search.schedule is None):
        search_exactly(search, seed, threads)
        return
    tune_rules(search, TUNING_SHARE * search.seconds_left)
    is_ended_as_a_whole = is_modelled and n_operations <= MOST_OPERATIONS_TO_END_AS_A_WHOLE
    search_windows(search, seed, threads, (WINDOWS_SHARE if is_ended_as_a_whole else 1.0) * search.seconds_left)
    if is_ended_as_a_whole:
        search_exactly(search, seed, threads)
