"""Dispatching: known results of rules, every feature in random cases, bounds, and scheduling backward."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from api.io.scheduling_files import SchedulingFormat, read_scheduling
from scheduling.check import check
from scheduling.dispatch import Rule, RuleOptions, run_dispatch, run_list
from scheduling.finite.bounds import lower_bound
from scheduling.finite.make import make_problem, problem_from_jobs
from scheduling.finite.shop import make_shop
from scheduling.objective import Measure, Objective
from scheduling.problem import NONE
from scheduling.solve import solve
from tests.reference.scheduling_cases import generate
from tests.reference.scheduling_dispatch import Dispatcher

INSTANCES = Path(__file__).parents[3] / "benchmarks" / "instances"
TARDINESS = Objective(((Measure.WEIGHTED_TARDINESS, 1.0),))


@pytest.mark.parametrize(
    ("name", "rule", "makespan"),
    [("ft06", Rule.MWKR, 61), ("ft10", Rule.MWKR, 1108), ("ft06", Rule.SPT, 88), ("ft10", Rule.SPT, 1074)],
)
def test_rules_on_fisher_and_thompson(name, rule, makespan):
    """These are the values of the non-delay rules that textbooks print."""
    problem = read_scheduling(INSTANCES / f"{name}.txt", SchedulingFormat.JSP)
    checked = check(problem, run_dispatch(problem, rule))
    assert checked.violations == ()
    assert checked.values.makespan == makespan


def one_machine(**named):
    """Five jobs on one machine, for the textbook orders of the rules."""
    times = [(4, 5, 1), (2, 6, 4), (6, 18, 1), (5, 8, 10), (3, 15, 2)]
    jobs = [[[(0, time)]] for time, _, _ in times]
    due, weight = [row[1] for row in times], [row[2] for row in times]
    return problem_from_jobs(jobs, job_due=due, job_weight=weight, objective=TARDINESS, **named)


@pytest.mark.parametrize(
    ("rule", "order"),
    [
        (Rule.EDD, [0, 1, 3, 4, 2]),
        (Rule.SPT, [1, 4, 0, 3, 2]),
        (Rule.FIFO, [0, 1, 2, 3, 4]),
        (Rule.CR, [0, 3, 1, 2, 4]),
        # weight / duration: 0.25, 2, 0.167, 2, 0.667; slack 1, 4, 12, 3, 12 over k p = 2 x 4
        (Rule.ATC, [3, 1, 4, 0, 2]),
    ],
)
def test_orders_of_rules_on_one_machine(rule, order):
    schedule = run_dispatch(one_machine(), rule)
    assert np.argsort(schedule.operation_start).tolist() == order


def test_setup_rules_stay_with_a_group_while_due_dates_allow():
    setups = [[0, 10], [10, 0]]
    named = {"operation_setup_group": [0, 1, 0, 1, 0], "setup_time": setups, "machine_setup_matrix": 0}
    problem = one_machine(unit_initial_group=1, **named)
    groups = problem.operation_setup_group
    for rule in (Rule.SST, Rule.ATCS):
        schedule = run_dispatch(problem, rule, RuleOptions(setup_scale=0.1))
        assert groups[np.argsort(schedule.operation_start)].tolist() == [1, 1, 0, 0, 0]
        assert check(problem, schedule).violations == ()


def test_random_cases_with_every_feature_are_dispatched_without_a_violation():
    """Locked starts and deadlines can make what a rule does infeasible; nothing else may, and nearly all is placed."""
    n_none = n_seen = 0
    for seed in range(400):
        problem = generate(seed, 6)
        if (problem.operation_lock_start != NONE).any():
            continue
        shop = make_shop(problem)
        for rule in (Rule.MWKR, Rule.ATCS, Rule.FIFO):
            schedule = run_dispatch(problem, rule, shop=shop)
            n_seen += 1
            n_none += schedule is None
            if schedule is not None:
                checked = check(problem, schedule)
                assert set(checked.counts) <= {"deadline", "campaign"}, (seed, checked.violations)
                assert problem.objective.value(checked.values) >= lower_bound(problem) - 1e-9
    assert n_seen > 900
    assert n_none < 0.03 * n_seen


def small_flow(seed):
    """Up to 24 operations in chains on 3 machines with up to 2 units, in shifts, with setups, alternates and lags."""
    draw = np.random.default_rng(seed)
    n_jobs, length = int(draw.integers(4, 9)), int(draw.integers(1, 4))
    n_operations, n_modes = n_jobs * length, draw.integers(1, 3, n_jobs * length)
    modes = [machine for count in n_modes for machine in draw.permutation(3)[:count]]
    units = draw.integers(1, 3, 3)
    return make_problem(
        job_indptr=np.arange(n_jobs + 1) * length,
        mode_indptr=np.concatenate([[0], np.cumsum(n_modes)]),
        mode_machine=modes,
        mode_duration=draw.integers(3, 60, len(modes)),
        n_machines=3,
        job_release=draw.integers(0, 200, n_jobs),
        job_due=draw.permutation(400)[:n_jobs] + 20,
        job_weight=draw.uniform(0.5, 5.0, n_jobs),
        arc_minimum_lag=draw.integers(0, 2, n_jobs * (length - 1)) * 7,
        operation_setup_group=draw.integers(-1, 3, n_operations),
        machine_setup_matrix=draw.integers(-1, 2, 3),
        setup_time=draw.integers(0, 40, (2, 3, 3)),
        unit_initial_group=draw.integers(-1, 3, int(units.sum())),
        machine_units=units,
        machine_pauses=draw.random(3) < 0.5,
        machine_calendar=draw.integers(-1, 2, 3),
        calendars=[
            [(100 * day + 10, 100 * day + 85) for day in range(200)],
            [(60 * at, 60 * at + 59) for at in range(333)],
        ],
        objective=TARDINESS,
    )


@pytest.mark.parametrize("rule", list(Rule))
def test_rules_are_those_of_the_dispatcher_that_goes_minute_by_minute(rule):
    for seed in range(12):
        problem = small_flow(seed)
        schedule = run_dispatch(problem, rule)
        expected = Dispatcher(problem, str(rule)).run()
        places = (schedule.operation_mode, schedule.operation_unit, schedule.operation_start, schedule.operation_end)
        actual = dict(enumerate(zip(*(place.tolist() for place in places), strict=True)))
        assert actual == expected, seed


def test_a_schedule_is_the_same_every_time_and_ready_shops_are_not_changed():
    problem = read_scheduling(INSTANCES / "mk01.txt", SchedulingFormat.FJSP)
    shop = make_shop(problem)
    first, second = (run_dispatch(problem, Rule.MOPNR, shop=shop) for _ in range(2))
    assert np.array_equal(first.operation_start, second.operation_start)
    assert np.array_equal(first.operation_mode, second.operation_mode)


def test_a_list_is_followed():
    problem = problem_from_jobs([[[(0, 2)]]] * 4)
    schedule = run_list(problem, np.array([3.0, 1.0, 2.0, 0.0]))
    assert schedule.operation_start.tolist() == [6, 2, 4, 0]


def test_backward_and_forward_makes_a_project_shorter():
    problem = read_scheduling(INSTANCES / "j301_1.sm", SchedulingFormat.RCPSP)
    result = solve(problem, "dispatch")
    assert result.objective <= 45
    assert result.bound >= 38
    assert check(problem, result.schedule).is_feasible


def test_the_search_stops_when_told_and_keeps_the_best():
    problem = read_scheduling(INSTANCES / "ft10.txt", SchedulingFormat.JSP)
    seen = []

    def stop(progress):
        seen.append(progress)
        return True

    result = solve(problem, "dispatch", on_progress=stop)
    assert result.schedule is not None
    assert len({progress.step for progress in seen}) == 1
    assert result.log[-1].objective == result.objective


def test_a_thousand_jobs_in_shifts_with_setups_are_feasible():
    draw = np.random.default_rng(7)
    machines = np.array([draw.permutation(20)[:10] for _ in range(1000)]).ravel()
    problem = make_problem(
        job_indptr=np.arange(0, 10_001, 10),
        mode_indptr=np.arange(10_001),
        mode_machine=machines,
        mode_duration=draw.integers(5, 60, 10_000),
        job_due=draw.integers(2_000, 30_000, 1000),
        operation_setup_group=draw.integers(0, 5, 10_000),
        machine_setup_matrix=0,
        setup_time=draw.integers(1, 30, (5, 5)),
        machine_calendar=draw.integers(0, 2, 20),
        machine_pauses=draw.random(20) < 0.5,
        calendars=[[(1440 * day + 360, 1440 * day + 1320) for day in range(200)], [(0, 288_000)]],
        objective=TARDINESS,
    )
    result = solve(problem, "dispatch")
    assert check(problem, result.schedule).violations == ()
    by_due_date = check(problem, run_dispatch(problem, Rule.EDD)).values
    assert result.objective < 0.9 * by_due_date.weighted_tardiness
