"""Which searches `auto` takes, and for how long, by the size of a problem."""

from __future__ import annotations

from scheduling.finite.exact_search import search_exactly
from scheduling.finite.flow import search_flow_lines
from scheduling.finite.local import search_locally
from scheduling.finite.rule_tuning import tune_rules
from scheduling.finite.search import ScheduleSearch
from scheduling.local_search import can_search
from scheduling.solvers.cpsat import unsupported

MOST_OPERATIONS_TO_PROVE = 250
SECONDS_PER_OPERATION = 0.05
RULES_SHARE = 0.15
TUNING_SHARE = 0.5
FLOW_SHARE = 0.75
NO_WAIT_SHARE = 0.5


def search_by_size(search: ScheduleSearch, seed: int, threads: int) -> None:
    """Search as `auto` does, from the best rule.

    Where due dates count, the rule's scales are fitted first, for half of the time at most. Then, up to 250
    operations: local search for 0.05 s an operation, 30 percent of the time at most; CP-SAT, which may prove the
    optimum, for half of what is left; local search. More operations: local search alone. Before local search, where the
    shop is a flow line, sequences of jobs are searched: for as long as local search first, or for 75 percent of the
    time. What local search does not model goes to CP-SAT, jobs that cannot wait after half of the time at most.
    """
    is_modelled = not unsupported(search.problem)
    n_operations = search.problem.n_operations
    if not can_search(search.problem):
        share = NO_WAIT_SHARE * search.seconds_left
        search_flow_lines(search, seed, threads, min(share, SECONDS_PER_OPERATION * n_operations))
        if is_modelled:
            search_exactly(search, seed, threads)
        return
    tune_rules(search, TUNING_SHARE * search.seconds_left)
    if is_modelled and n_operations <= MOST_OPERATIONS_TO_PROVE:
        first = min(0.3 * search.seconds_left, SECONDS_PER_OPERATION * n_operations)
        search_flow_lines(search, seed, threads, first)
        search_locally(search, seed, threads, first)
        search_exactly(search, seed, threads, 0.5 * search.seconds_left)
        search_locally(search, seed + 1, threads)
    else:
        search_flow_lines(search, seed, threads, FLOW_SHARE * search.seconds_left)
        search_locally(search, seed, threads)
