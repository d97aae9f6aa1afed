"""The generated flow of the scheduling benchmark, and its lines."""

from __future__ import annotations

import json

import numpy as np

from benchmarks.scheduling import best_rule, line, measure
from benchmarks.scheduling_instances import flow_problem
from benchmarks.scheduling_report import joined_traces, joined_with_file, plot, rows_of
from benchmarks.scheduling_rules import measure_rules
from scheduling.dispatch import Rule
from scheduling.finite.local import prepare_local_search
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
    problem = flow_problem(60, 4, 6, 1)
    prepare_local_search(problem)
    found = measure(problem, "flow", "local_search", 2.0, 1, None)
    assert found["objective"] < found["best_rule"]
    assert "flow" in line(found, [1.0, 2.0])
    assert np.isfinite(found["bound"])
    row = rows_of([found], [1.0, 2.0])[0]
    assert row["local_search_2_s"] == found["objective"]
    assert row["local_search_1_s"] >= found["objective"]


def test_the_best_rule_is_that_of_the_rules_alone():
    log = tuple(ScheduleProgress(0.0, step, value, 0.0) for step, value in (("EDD", 9.0), ("ATCS fitted", 5.0)))
    assert best_rule(log) == 9.0


def run(instance, solver, objective, log):
    """One run as ``measure`` gives it."""
    return {
        "instance": instance,
        "operations": 6,
        "solver": solver,
        "limit_seconds": 60.0,
        "best_known": 50.0,
        "best_rule": 80.0,
        "objective": objective,
        "bound": 40.0,
        "seconds": 60.0,
        "peak_mib": 100,
        "log": log,
    }


def test_a_run_of_60_seconds_gives_the_figures_of_10_seconds_too_and_joins_those_of_earlier_runs(tmp_path):
    runs = [run("a", "auto", 55.0, [(1.0, 80.0), (9.0, 60.0), (30.0, 55.0)]), run("a", "cpsat", None, [])]
    (row,) = rows_of(runs, [10.0, 60.0])
    assert (row["auto_10_s"], row["auto_60_s"], row["auto_gap_percent"]) == (60.0, 55.0, 10.0)
    assert (row["cpsat_10_s"], row["cpsat_gap_percent"]) == (None, None)
    assert row["auto_below_rule_percent"] == 31.25
    file = tmp_path / "scheduling.json"
    file.write_text(json.dumps({"machine": {}, "instances": [row]}))
    later = [run("a", "cpsat", 50.0, [(2.0, 50.0)]), run("b", "auto", 70.0, [(2.0, 70.0)])]
    rows = joined_with_file(file, {"instances": rows_of(later, [10.0, 60.0])})["instances"]
    assert [(row["instance"], row["auto_60_s"], row["cpsat_60_s"]) for row in rows] == [
        ("a", 55.0, 50.0),
        ("b", 70.0, None),
    ]
    traces = joined_traces(joined_traces({}, runs), later)
    assert sorted(traces["a"]) == ["auto", "cpsat"]
    plot(traces, {"a": 50.0, "b": None}, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 1000


def test_every_rule_is_measured_on_a_small_flow():
    told = []
    found = measure_rules(lambda: flow_problem(20, 3, 4, 1), told.append)
    assert [row["rule"].split(",")[0] for row in found["rules"]] == list(Rule)
    assert list(found["made"]) == ["60 x 4"]
    assert len(told) == 10
