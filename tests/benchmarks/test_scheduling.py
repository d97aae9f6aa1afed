"""The generated flow of the scheduling benchmark, and its lines."""

from __future__ import annotations

import numpy as np

from benchmarks.scheduling import best_rule, flow_problem, line, measure
from scheduling.result import ScheduleProgress


def test_the_flow_is_the_same_for_a_seed_and_another_for_another():
    one, same, other = flow_problem(20, 3, 4, 1), flow_problem(20, 3, 4, 1), flow_problem(20, 3, 4, 2)
    assert (one.mode_duration == same.mode_duration).all()
    assert (one.mode_duration != other.mode_duration).any()
    assert one.n_operations == 60
    assert one.setup_time.size
    assert one.n_calendars == 2
    assert (one.job_due > one.job_release).all()


def test_fitted_rules_and_search_better_the_best_rule_of_a_small_flow():
    found = measure(flow_problem(60, 4, 6, 1), "flow", "local_search", 2.0, 1, None)
    assert found["objective"] < found["best_rule"]
    assert "flow" in line(found)
    assert np.isfinite(found["bound"])


def test_the_best_rule_is_that_of_the_rules_alone():
    log = tuple(ScheduleProgress(0.0, step, value, 0.0) for step, value in (("EDD", 9.0), ("ATCS fitted", 5.0)))
    assert best_rule(log) == 9.0
