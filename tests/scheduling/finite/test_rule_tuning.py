"""The scales of ATC and ATCS fitted to a problem."""

from __future__ import annotations

from benchmarks.scheduling_instances import flow_problem
from scheduling.dispatch import Rule, rules_for, run_dispatch
from scheduling.finite.make import problem_from_jobs
from scheduling.finite.rule_tuning import MOST_RUNS, tune_rules
from scheduling.finite.search import ScheduleSearch


def test_fitted_scales_are_better_than_every_rule_on_a_flow_with_setups_and_due_dates():
    problem = flow_problem(60, 4, 6, 1)
    runs = []
    search = ScheduleSearch(problem, watch=lambda progress: bool(runs.append(progress)))
    tune_rules(search, 1.0)
    assert search.found_by == "ATCS fitted"
    for rule, options in rules_for(problem):
        other = ScheduleSearch(problem)
        other.offer(run_dispatch(problem, rule, options))
        assert search.objective <= other.objective
    assert len(search.log) <= MOST_RUNS


def test_without_due_dates_there_is_nothing_to_fit():
    search = ScheduleSearch(problem_from_jobs([[[(0, 3)]], [[(0, 2)]]]))
    tune_rules(search, 1.0)
    assert search.schedule is None


def test_it_ends_when_its_time_is_over():
    ticks = iter(range(10_000))
    search = ScheduleSearch(flow_problem(20, 3, 4, 1), clock=lambda: float(next(ticks)))
    tune_rules(search, 4.0)
    assert Rule.ATCS in search.found_by
    assert next(ticks) < 30
