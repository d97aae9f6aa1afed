"""Annealing of sequences and the face of local search: exact costs, nothing infeasible, optima of tiny problems."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from bom.errors import PlanningError
from scheduling.check import check
from scheduling.finite.make import make_problem, problem_from_jobs
from scheduling.kernels.sequence_graph import SequenceGraph
from scheduling.kernels.sequence_search import PROGRESS_SIZE, start_sequences
from scheduling.local_search import LocalSearchOptions, can_search, make_search, makespan_shop, run_local_search
from scheduling.objective import Measure, Objective
from scheduling.problem import SchedulingProblem
from scheduling.schedule import Schedule
from scheduling.sequence_search import SequenceSearch, can_sequence, empty_sequences, placements_of, schedule_order
from tests.scheduling.shop_cases import FT06, jobs_of, random_jobs, shortest_makespan

LATE_AND_SETUPS = Objective(((Measure.WEIGHTED_TARDINESS, 1.0), (Measure.SETUP_TIME, 2.0)))
EVERYTHING = Objective(tuple((measure, 1.0 + place) for place, measure in enumerate(Measure)))


def full_problem(seed: int, objective: Objective = EVERYTHING) -> SchedulingProblem:
    """Return 8 jobs x 4 operations with choices, parallel units, setups, both kinds of calendars, lags, locks."""
    rng = np.random.default_rng(seed)
    jobs = random_jobs(rng, 8, 4, is_flexible=True)
    n_operations = sum(len(job) for job in jobs)
    n_arcs = n_operations - len(jobs)
    setup = rng.integers(1, 5, (2, 3, 3))
    locked = np.full(n_operations, -1)
    locked[5] = jobs[1][1][0][0]
    start = np.full(n_operations, -1)
    start[0] = 4
    return problem_from_jobs(
        jobs,
        job_release=rng.integers(0, 10, len(jobs)),
        job_due=rng.integers(20, 60, len(jobs)),
        job_weight=rng.integers(1, 4, len(jobs)),
        operation_setup_group=rng.integers(-1, 3, n_operations),
        operation_lock_machine=locked,
        arc_minimum_lag=rng.integers(0, 4, n_arcs),
        machine_setup_matrix=[0, 1, -1, 0],
        unit_initial_group=rng.integers(-1, 3, 6),
        machine_units=[1, 2, 1, 2],
        machine_pauses=[True, False, False, True],
        machine_calendar=[0, 1, -1, 1],
        calendars=[[(0, 12), (15, 400)], [(k * 20, k * 20 + 13) for k in range(60)]],
        setup_time=setup,
        setup_cost=setup * 0.5,
        objective=objective,
    )


def first_schedule(problem: SchedulingProblem) -> Schedule:
    """Return sequences that keep the jobs: all first operations, then all second ones; times do not matter."""
    places = placements_of(problem)
    step = np.arange(problem.n_operations) - problem.job_indptr[problem.operation_job]
    start = step * 10_000 + problem.operation_job * 10
    first = places.indptr[:-1]
    return Schedule(places.mode[first], places.unit[first], start.astype(np.int64), start.astype(np.int64) + 1)


def rebuilt(search: SequenceSearch, graph: SequenceGraph) -> SequenceGraph:
    """Return the graph of the same sequences, timed from nothing."""
    problem = search.problem
    other = empty_sequences(problem.n_operations, problem.n_units, problem.n_jobs)
    other.order[:], other.placement[:] = graph.order, graph.placement
    start_sequences(search._shop, other, np.zeros(PROGRESS_SIZE))
    return other


@pytest.mark.parametrize("seed", range(4))
def test_moves_and_their_undoing_leave_what_a_full_evaluation_gives(seed):
    problem = full_problem(seed)
    search = SequenceSearch(problem, first_schedule(problem), seed)
    for step in range(25):
        search.advance(20, search.warmth() * (1 - step / 25))
        graph = search._graph
        other = rebuilt(search, graph)
        for name in ("before", "after", "first", "last", "start", "end", "setup", "job_end", "position"):
            assert (getattr(graph, name) == getattr(other, name)).all(), name
        assert graph.terms == pytest.approx(other.terms, abs=1e-6)
    assert search.moves_made == 500


@pytest.mark.parametrize("seed", range(4))
def test_every_schedule_is_feasible_and_costs_what_the_check_says(seed):
    problem = full_problem(10 + seed)
    search = SequenceSearch(problem, first_schedule(problem), seed)
    before = search.cost
    for _ in range(10):
        search.advance(200, search.warmth())
        checked = check(problem, search.schedule())
        assert checked.is_feasible, checked.violations
        assert problem.objective.value(checked.values) == pytest.approx(search.cost)
    assert search.cost < before


@pytest.mark.parametrize("seed", range(6))
def test_one_machine_with_setups_and_due_dates_is_solved_to_the_optimum_of_all_sequences(seed):
    rng = np.random.default_rng(seed)
    duration, due, weight = rng.integers(1, 9, 6), rng.integers(3, 30, 6), rng.integers(1, 4, 6)
    group, setup = rng.integers(0, 3, 6), rng.integers(0, 6, (3, 3))
    problem = problem_from_jobs(
        [[[(0, int(d))]] for d in duration],
        job_due=due,
        job_weight=weight,
        operation_setup_group=group,
        machine_setup_matrix=0,
        setup_time=setup,
        objective=LATE_AND_SETUPS,
    )
    best = np.inf
    for sequence in permutations(range(6)):
        time, cost, last = 0, 0.0, -1
        for job in sequence:
            between = int(setup[group[last], group[job]]) if last >= 0 else 0
            time += between + int(duration[job])
            cost += 2.0 * between + float(weight[job] * max(0, time - due[job]))
            last = job
        best = min(best, cost)
    found = run_local_search(
        problem, first_schedule(problem), lambda: 0.0, LocalSearchOptions(n_moves=30_000, seed=seed)
    )
    assert problem.objective.value(check(problem, found.schedule).values) == best


@pytest.mark.parametrize("seed", range(3))
def test_a_flexible_shop_is_solved_by_tabu_search_and_its_schedule_is_feasible(seed):
    jobs = random_jobs(np.random.default_rng(seed), 3, 2, is_flexible=True)
    problem = problem_from_jobs(jobs)
    found = run_local_search(problem, None, lambda: 0.0, LocalSearchOptions(n_moves=3_000, seed=seed))
    checked = check(problem, found.schedule)
    assert checked.is_feasible
    assert checked.values.makespan == shortest_makespan(jobs)
    assert found.bound <= checked.values.makespan


def test_parallel_units_are_machines_to_choose_from():
    problem = problem_from_jobs([[[(0, 4)]], [[(0, 3)]], [[(0, 3)]], [[(0, 2)]]], machine_units=2)
    found = run_local_search(problem, None, lambda: 0.0, LocalSearchOptions(n_moves=2_000))
    assert check(problem, found.schedule).is_feasible
    assert int(found.schedule.operation_end.max()) == 6


def test_the_same_seed_and_moves_give_the_same_schedule():
    problem = full_problem(3)
    options = LocalSearchOptions(n_moves=3_000, seed=5)
    one, other = (run_local_search(problem, first_schedule(problem), lambda: 0.0, options) for _ in range(2))
    assert (one.schedule.operation_start == other.schedule.operation_start).all()
    assert (one.schedule.operation_mode == other.schedule.operation_mode).all()
    assert one.log == other.log


def test_two_threads_search_each_for_itself_and_the_better_one_counts():
    problem = problem_from_jobs(jobs_of(FT06))
    found = run_local_search(problem, None, lambda: 0.0, LocalSearchOptions(n_moves=4_000, threads=2))
    assert check(problem, found.schedule).values.makespan == 55


def test_the_search_goes_on_from_the_schedule_that_it_is_given():
    problem = problem_from_jobs(jobs_of(FT06))
    best = run_local_search(problem, None, lambda: 0.0, LocalSearchOptions(n_moves=4_000)).schedule
    again = make_search(problem, best, seed=9)
    assert again.cost == 55
    assert sorted(schedule_order(problem, best).tolist()) == list(range(37))


def test_the_watch_is_told_and_can_end_the_search():
    told = []

    def watch(progress):
        told.append(progress)
        return len(told) == 3

    problem = problem_from_jobs(jobs_of(FT06))
    found = run_local_search(problem, None, lambda: 0.0, LocalSearchOptions(n_moves=3_000), watch)
    assert len(told) == 3
    assert check(problem, found.schedule).is_feasible
    assert found.log[0].objective >= found.log[-1].objective


def test_the_clock_ends_the_search():
    ticks = iter(range(10_000))
    problem = full_problem(1)
    found = run_local_search(problem, first_schedule(problem), lambda: next(ticks) * 0.1, LocalSearchOptions(5.0))
    assert check(problem, found.schedule).is_feasible
    assert 0 < next(ticks) < 100


def test_a_locked_start_is_kept():
    start = np.full(4, -1)
    start[1] = 7
    problem = make_problem(
        job_indptr=[0, 2, 4],
        mode_indptr=[0, 1, 2, 3, 4],
        mode_machine=[0, 1, 1, 0],
        mode_duration=[2, 3, 4, 5],
        operation_lock_start=start,
        job_due=[9, 8],
        objective=LATE_AND_SETUPS,
    )
    found = run_local_search(problem, first_schedule(problem), lambda: 0.0, LocalSearchOptions(n_moves=500))
    assert int(found.schedule.operation_start[1]) == 7
    assert check(problem, found.schedule).is_feasible


def test_what_sequences_do_not_say_is_left_to_others():
    jobs = [[[(0, 3)], [(1, 2)]], [[(1, 4)]]]
    assert can_sequence(problem_from_jobs(jobs))
    assert not can_search(problem_from_jobs(jobs, arc_maximum_lag=2))
    assert not can_search(problem_from_jobs(jobs, operation_campaign=[0, -1, -1]))
    assert makespan_shop(problem_from_jobs(jobs)) is not None
    assert makespan_shop(problem_from_jobs(jobs, arc_minimum_lag=1)) is None
    assert makespan_shop(problem_from_jobs(jobs, objective=LATE_AND_SETUPS)) is None


def test_annealing_needs_a_schedule_to_begin_with():
    problem = problem_from_jobs([[[(0, 3)]]], job_due=2, objective=LATE_AND_SETUPS)
    with pytest.raises(PlanningError, match="needs a schedule"):
        run_local_search(problem, None, lambda: 0.0)
