"""Local search as a step of `solve`."""

from __future__ import annotations

import time

import pytest

from scheduling.check import check
from scheduling.finite.make import problem_from_jobs
from scheduling.objective import Measure, Objective
from scheduling.solve import solve
from scheduling.solvers.base import SolveStatus
from tests.scheduling.shop_cases import FT06, jobs_of
from tests.scheduling.test_local_search import full_problem


def test_local_search_solves_fisher_and_thompson_6_x_6_from_the_best_rule():
    result = solve(problem_from_jobs(jobs_of(FT06)), "local_search")
    assert result.objective == 55
    assert result.solver == "local search"
    assert result.bound <= 55


@pytest.mark.parametrize("seed", range(3))
def test_local_search_is_never_worse_than_the_rules_and_keeps_every_constraint(seed):
    problem = full_problem(20 + seed, Objective(((Measure.WEIGHTED_TARDINESS, 1.0), (Measure.SETUP_COST, 1.0))))
    by_rules = solve(problem, "dispatch")
    searched = solve(problem, "local_search", seed=seed)
    assert searched.objective < by_rules.objective
    assert check(problem, searched.schedule).is_feasible


def test_a_problem_that_sequences_do_not_say_keeps_the_schedule_of_the_rules():
    problem = problem_from_jobs([[[(0, 3)], [(1, 2)]], [[(1, 4)], [(0, 1)]]], arc_maximum_lag=5)
    assert solve(problem, "local_search").objective == solve(problem, "dispatch").objective


def test_the_watch_ends_local_search_too():
    told = []

    def watch(progress):
        told.append(progress)
        return progress.step == "local search"

    result = solve(full_problem(1), "local_search", on_progress=watch)
    assert told[-1].step == "local search"
    assert check(full_problem(1), result.schedule).is_feasible


def test_auto_proves_a_small_optimum_with_cpsat_after_local_search():
    result = solve(problem_from_jobs(jobs_of(FT06)), "auto", time_limit=30.0, clock=time.perf_counter)
    assert result.status is SolveStatus.OPTIMAL
    assert result.objective == result.bound == 55
