"""On tiny problems with every feature: brute force, CP-SAT, dispatching and the check say the same."""

from __future__ import annotations

import dataclasses
import random
from functools import cache

import numpy as np
import pytest

from scheduling.check import check
from scheduling.dispatch import Rule, run_dispatch
from scheduling.finite.bounds import lower_bound
from scheduling.problem import SchedulingProblem
from scheduling.schedule import Schedule
from scheduling.solvers.base import SolveStatus
from scheduling.solvers.cpsat import CpSatSession
from scheduling.solvers.cpsat_worker import CpSatRequest
from tests.reference.scheduling_brute_force import Run, Trial, best_value
from tests.reference.scheduling_cases import generate

HORIZON = 11
CASES = 60


def ends_soon(problem: SchedulingProblem) -> SchedulingProblem:
    """The problem with everything to be done by the horizon, so that all schedules can be tried."""
    return dataclasses.replace(problem, job_deadline=np.minimum(problem.job_deadline, HORIZON))


@cache
def case(seed: int):
    """The problem of a seed with the best key, None when there is no schedule."""
    problem = ends_soon(generate(seed, 3))
    return problem, best_value(problem, HORIZON)


def schedule_of(runs: dict[int, Run]) -> Schedule:
    rows = np.array([(run.mode, run.unit, run.start, run.end) for _, run in sorted(runs.items())])
    mode, unit, start, end = rows.T
    return Schedule(mode.astype(np.int32), unit.astype(np.int32), start.copy(), end.copy())


@pytest.fixture(scope="module")
def session():
    with CpSatSession() as one:
        yield one


def cpsat(session: CpSatSession, problem: SchedulingProblem) -> tuple[SolveStatus, Schedule | None, float]:
    last: list[Schedule] = []
    bounds = [-np.inf]

    def listen(schedule, bound):
        last.extend([schedule] if schedule is not None else [])
        bounds.append(bound)
        return False

    status = session.solve(CpSatRequest(problem, None, 20.0, 1, 0), listen)
    return status, last[-1] if last else None, max(bounds)


def test_cpsat_finds_what_brute_force_finds(session):
    n_feasible = 0
    for seed in range(CASES):
        problem, best = case(seed)
        status, schedule, bound = cpsat(session, problem)
        if best is None:
            assert status is SolveStatus.INFEASIBLE, (seed, status, schedule)
            continue
        n_feasible += 1
        assert status is SolveStatus.OPTIMAL, (seed, status, best)
        checked = check(problem, schedule)
        assert checked.violations == (), (seed, checked.violations)
        assert problem.objective.key(checked.values) == pytest.approx(best), seed
        assert bound <= best[0] + 1e-6, seed
        assert lower_bound(problem) <= best[0] + 1e-9, seed
    assert n_feasible > CASES / 2


def test_no_rule_is_better_than_brute_force():
    for seed in range(CASES):
        problem, best = case(seed)
        for rule in (Rule.MWKR, Rule.ATCS):
            schedule = run_dispatch(problem, rule)
            checked = check(problem, schedule) if schedule is not None else None
            if checked is not None and checked.is_feasible:
                assert best is not None, seed
                assert problem.objective.key(checked.values) >= tuple(value - 1e-9 for value in best), seed


def test_the_check_agrees_with_the_reference_on_random_schedules():
    """Half of the trials start from what is feasible, as far as it goes, so that both answers occur."""
    n_feasible = n_seen = 0
    for seed in range(100):
        problem, draw = generate(seed, 4), random.Random(seed)
        trial = Trial(problem, 16)
        choices = [trial.runs(one) for one in range(problem.n_operations)]
        if not all(choices):
            continue
        for _ in range(5):
            runs: dict[int, Run] = {}
            is_careful = draw.random() < 0.7
            for one in range(problem.n_operations):
                fitting = choices[one]
                if is_careful:
                    fitting = [run for run in fitting if trial.fits({**runs, one: run})] or fitting
                runs[one] = draw.choice(fitting)
            checked = check(problem, schedule_of(runs))
            assert checked.is_feasible == trial.fits(runs), (seed, runs, checked.violations)
            values = trial.values(runs)
            assert dataclasses.astuple(checked.values) == pytest.approx(dataclasses.astuple(values)), seed
            n_seen += 1
            n_feasible += checked.is_feasible
    assert 0.2 * n_seen < n_feasible < 0.9 * n_seen
