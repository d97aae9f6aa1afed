"""The bound from the loads of machines: by hand, below every optimum, proof of a schedule without CP-SAT."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from api.io.scheduling_files import SchedulingFormat, read_scheduling
from scheduling.finite import mixing
from scheduling.finite.load_bound import load_bound
from scheduling.finite.make import problem_from_jobs
from scheduling.objective import Measure, Objective
from scheduling.solve import solve
from scheduling.solvers.base import SolveStatus
from tests.scheduling.shop_cases import random_jobs, shortest_makespan

INSTANCES = Path(__file__).parents[3] / "benchmarks" / "instances"


def test_the_loads_are_shared_out_in_fractions_and_rounded_up():
    # 4 - 4 f + 2 = 3 + 5 f: a third of the first operation on machine 1, 4.67 each
    jobs = [[[(0, 4), (1, 5)]], [[(0, 3), (1, 3)]], [[(0, 2), (1, 4)]]]
    assert load_bound(problem_from_jobs(jobs)) == 5
    assert load_bound(problem_from_jobs(jobs, machine_units=2)) == 3


def test_without_a_choice_or_without_the_makespan_there_is_no_bound():
    assert load_bound(problem_from_jobs([[[(0, 4)]], [[(0, 3)]]])) == 0
    late = Objective(((Measure.WEIGHTED_TARDINESS, 1.0),))
    assert load_bound(problem_from_jobs([[[(0, 4), (1, 5)]]], job_due=1, objective=late)) == 0


def test_the_published_instance_mk01_has_a_load_of_36():
    assert load_bound(read_scheduling(INSTANCES / "mk01.txt", SchedulingFormat.FJSP)) == 36


@pytest.mark.parametrize("seed", range(12))
def test_no_schedule_is_below_the_bound(seed):
    jobs = random_jobs(np.random.default_rng(seed), 3, 2, is_flexible=True)
    assert load_bound(problem_from_jobs(jobs)) <= shortest_makespan(jobs)


def test_auto_proves_by_the_loads_what_local_search_finds(monkeypatch):
    is_over = []
    monkeypatch.setattr(mixing, "search_exactly", lambda search, *_, **__: is_over.append(search.is_over))
    result = solve(problem_from_jobs([[[(0, 4), (1, 4)]]] * 4))
    assert (result.status, result.objective, result.bound) == (SolveStatus.OPTIMAL, 8.0, 8.0)
    assert all(is_over)
