"""Flow lines: sequences are timed exactly, places are compared exactly, tiny ones are solved, seeds reproduce them."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest

from benchmarks.flow_lines import flow_shop
from scheduling.check import check
from scheduling.finite.make import problem_from_jobs
from scheduling.flow_shop.search import FlowSearch, FlowSearchOptions
from scheduling.flow_shop.structure import flow_stages
from scheduling.kernels.flow_line import BEST
from scheduling.kernels.flow_search import time_flow
from scheduling.objective import Measure, Objective
from scheduling.problem import SchedulingProblem
from scheduling.solve import solve
from tests.scheduling.flow_cases import TA001, random_durations, setups

EVERYTHING = Objective(tuple((measure, 1.0 + place) for place, measure in enumerate(Measure)))


def permutation_line(seed: int, n_jobs: int = 7, n_stages: int = 4) -> SchedulingProblem:
    """Return a flow shop with lags, releases and setups, or with stages that are left out."""
    rng = np.random.default_rng(seed)
    if seed % 2:
        jobs = [[[(k, int(rng.integers(1, 20)))] for k in range(n_stages) if rng.random() < 0.8] for _ in range(n_jobs)]
        return problem_from_jobs([job or [[(0, 3)]] for job in jobs], job_release=rng.integers(0, 60, n_jobs))
    return flow_shop(
        random_durations(rng, n_jobs, n_stages),
        **setups(rng, n_jobs, n_stages),
        unit_initial_group=rng.integers(-1, n_jobs, n_stages),
        operation_release=rng.integers(0, 80, n_jobs * n_stages),
        arc_minimum_lag=rng.integers(0, 6, n_jobs * (n_stages - 1)),
    )


def hybrid_line(seed: int, objective: Objective, n_jobs: int = 8) -> SchedulingProblem:
    """Return a line of 3 stages with 2 unlike machines, 2 units of one machine, and one machine."""
    rng = np.random.default_rng(seed)
    times = rng.integers(2, 20, (n_jobs, 4))
    jobs = [[[(0, int(a)), (1, int(b))], [(2, int(c))], [(3, int(d))]] for a, b, c, d in times]
    setup = rng.integers(0, 6, (2, 3, 3))
    return problem_from_jobs(
        jobs,
        machine_units=[1, 1, 2, 1],
        job_release=rng.integers(0, 20, n_jobs),
        job_due=rng.integers(30, 90, n_jobs),
        job_weight=rng.integers(1, 5, n_jobs),
        operation_setup_group=rng.integers(-1, 3, 3 * n_jobs),
        machine_setup_matrix=[0, 1, -1, 0],
        setup_time=setup,
        setup_cost=setup * 0.5,
        arc_minimum_lag=rng.integers(0, 3, 2 * n_jobs),
        machine_calendar=[-1, 0, 0, 1],
        machine_pauses=[False, False, True, False],
        calendars=[[(k * 30, k * 30 + 24) for k in range(100)], [(5, 3000)]],
        objective=objective,
    )


@pytest.mark.parametrize("seed", range(6))
def test_a_permutation_is_timed_as_check_measures_it_and_its_place_was_exact(seed):
    problem = permutation_line(seed)
    search = FlowSearch(problem, seed=seed)
    for _ in range(40):
        search.advance(3)
        state = search._state
        if search.cost < float("inf"):
            current, kept = state.costs[0], state.counts[1]
            if kept == problem.n_jobs:
                assert time_flow(search._shop, search._line, state, state.sequence.copy()) == current
    checked = check(problem, search.schedule())
    assert checked.is_feasible
    assert checked.values is not None
    assert checked.values.makespan == search.cost


@pytest.mark.parametrize("seed", range(4))
def test_a_hybrid_line_is_timed_as_check_measures_it_with_every_measure(seed):
    problem = hybrid_line(seed, EVERYTHING)
    search = FlowSearch(problem, seed=seed)
    search.advance(200)
    checked = check(problem, search.schedule())
    assert checked.is_feasible
    assert checked.values is not None
    assert problem.objective.value(checked.values) == pytest.approx(search.cost)
    assert search._state.costs[BEST] == search.cost


@pytest.mark.parametrize("seed", range(2))
def test_a_line_from_the_back_gives_the_same_length_turned_round(seed):
    rng = np.random.default_rng(seed)
    setup = setups(rng, 6, 3)
    problem = flow_shop(random_durations(rng, 6, 3), **setup, machine_units=[2, 1, 2], arc_minimum_lag=[3, 0] * 6)
    search = FlowSearch(problem, seed=seed, options=FlowSearchOptions(is_backward=True))
    search.advance(60)
    checked = check(problem, search.schedule())
    assert checked.is_feasible
    assert checked.values is not None
    assert checked.values.makespan == search.cost


@pytest.mark.parametrize("seed", range(3))
def test_tiny_lines_get_the_best_of_all_sequences(seed):
    rng = np.random.default_rng(seed)
    problem = flow_shop(random_durations(rng, 5, 3), **setups(rng, 5, 3))
    search = FlowSearch(problem, seed=seed)
    search.advance(300)
    every = (np.array(one, dtype=np.int32) for one in permutations(range(5)))
    assert search.cost == min(time_flow(search._shop, search._line, search._state, one) for one in every)


def test_the_first_flow_shop_of_taillard_gets_its_published_makespan():
    search = FlowSearch(flow_shop(TA001), seed=1)
    search.advance(20_000)
    assert search.cost == 1278


def test_the_same_seed_gives_the_same_schedule():
    found = []
    for seed in (3, 3, 4):
        search = FlowSearch(flow_shop(TA001), seed=seed)
        search.advance(900)
        found.append((search.schedule().operation_start.tolist(), search._state.sequence.tolist()))
    assert found[0] == found[1]
    assert found[0] != found[2]


def test_unit_numbers_do_not_make_a_flow_line_but_the_order_of_visits_does():
    flow = problem_from_jobs([[[(2, 1)], [(0, 1), (3, 1)]], [[(2, 2)], [(3, 2)], [(1, 1)]]])
    assert flow_stages(flow).tolist() == [[0, 1, -1], [2, 3, 4]]
    assert flow_stages(problem_from_jobs([[[(0, 1)], [(1, 1)], [(0, 1)]], [[(0, 1)], [(1, 1)]]])) is None
    assert flow_stages(problem_from_jobs([[[(0, 1)], [(1, 1)]], [[(1, 1)], [(0, 1)]]])) is None


def test_auto_solves_a_flow_shop_by_its_sequence():
    problem = flow_shop(TA001)
    result = solve(problem, "local_search", seed=1)
    assert result.objective <= 1290
    assert check(problem, result.schedule).is_feasible


def rigid_shop(seed: int, n_jobs: int = 6) -> SchedulingProblem:
    """Return a job shop without waiting, with lags, releases, setups, and an operation that two machines can do."""
    rng = np.random.default_rng(seed)
    jobs = [[[(int(k), int(rng.integers(1, 15)))] for k in rng.permutation(4)] for _ in range(n_jobs)]
    for job in jobs:
        job[1].append((4, job[1][0][1]))
    lag = rng.integers(0, 4, 3 * n_jobs)
    return problem_from_jobs(
        jobs,
        arc_minimum_lag=lag,
        arc_maximum_lag=lag,
        machine_units=[1, 2, 1, 1, 1],
        job_release=rng.integers(0, 30, n_jobs),
        job_due=rng.integers(20, 90, n_jobs),
        operation_setup_group=rng.integers(-1, 3, 4 * n_jobs),
        machine_setup_matrix=[0, 0, -1, 0, 0],
        unit_initial_group=rng.integers(-1, 3, 6),
        setup_time=rng.integers(0, 6, (3, 3)),
        objective=Objective(((Measure.WEIGHTED_TARDINESS, 2.0), (Measure.MAKESPAN, 1.0), (Measure.FLOW_TIME, 0.5))),
    )


@pytest.mark.parametrize("seed", range(4))
def test_jobs_that_cannot_wait_are_timed_as_check_measures_them(seed):
    problem = rigid_shop(seed)
    search = FlowSearch(problem, seed=seed)
    search.advance(120)
    checked = check(problem, search.schedule())
    assert checked.is_feasible
    assert checked.values is not None
    assert problem.objective.value(checked.values) == pytest.approx(search.cost)


def test_a_flow_shop_without_waiting_gets_the_best_of_all_sequences():
    rng = np.random.default_rng(5)
    durations = random_durations(rng, 6, 4)
    problem = flow_shop(durations, arc_maximum_lag=0)
    search = FlowSearch(problem, seed=1)
    search.advance(400)
    ends = np.cumsum(durations, axis=1)
    starts = ends - durations
    # the second of two jobs starts so long after the first, and nothing passes anything
    delay = (ends[:, None, :] - starts[None, :, :]).max(axis=2)
    lengths = [sum(delay[a, b] for a, b in pairwise(one)) + ends[one[-1], -1] for one in permutations(range(6))]
    assert search.cost <= min(lengths)
    assert check(problem, search.schedule()).is_feasible
