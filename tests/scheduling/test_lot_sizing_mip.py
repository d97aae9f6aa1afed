from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scheduling.lot_sizing.problem import LotSizingDataError, make_problem
from scheduling.lot_sizing.schedule import LotSizingSchedule, check, cost_of
from scheduling.lot_sizing_mip import LotSizingOptions, LotSizingStatus, solve_lot_sizing
from tests.scheduling.lot_sizing_cases import FEATURES, best_cost, tiny_problem

EXACT = LotSizingOptions(time_limit=None, gap=1e-6)


@pytest.mark.parametrize("feature", FEATURES)
def test_lots_cost_what_trying_every_setup_finds(feature):
    n_plans = 0
    for seed in range(3):
        problem = tiny_problem(seed, feature)
        result, best = solve_lot_sizing(problem, EXACT), best_cost(problem)
        if np.isinf(best):
            assert result.status in (LotSizingStatus.OVERLOADED, LotSizingStatus.INFEASIBLE)
            continue
        n_plans += 1
        assert result.status is LotSizingStatus.OPTIMAL
        assert check(problem, result.schedule) == []
        assert result.objective == pytest.approx(best, abs=1e-6)
        assert cost_of(problem, result.schedule).total == result.objective
        assert result.bound <= result.objective + 1e-6
    assert n_plans >= 1


def shop(seed: int, n_items: int = 4, n_periods: int = 6):
    """A shop of one level, too large to try every setup."""
    random = np.random.default_rng(seed)
    demand = random.integers(20, 60, (n_items, n_periods)) * (random.random((n_items, n_periods)) < 0.8)
    demand[:, 0] = 0
    capacity = np.full((1, n_periods), demand.sum() / n_periods * 1.35)
    return make_problem(demand, random.integers(1, 4, n_items), random.integers(50, 300, n_items), 1, 4, capacity)


def test_the_search_finds_what_the_model_alone_finds():
    problem = shop(1)
    searched = solve_lot_sizing(problem, LotSizingOptions(time_limit=None))
    alone = solve_lot_sizing(problem, LotSizingOptions(time_limit=None, has_search=False))
    assert searched.status is alone.status is LotSizingStatus.OPTIMAL
    assert searched.objective == pytest.approx(alone.objective, rel=1e-4)


def test_the_same_seed_gives_the_same_lots():
    first, second = (solve_lot_sizing(shop(2), LotSizingOptions(time_limit=None, seed=3)) for _ in range(2))
    assert np.array_equal(first.schedule.production, second.schedule.production)


def test_mrp_lots_are_a_start_that_the_result_is_no_worse_than():
    problem = shop(3)
    lots = problem.demand
    start = LotSizingSchedule(lots, lots > 0, np.zeros(lots.shape, dtype=bool))
    told = []
    result = solve_lot_sizing(problem, LotSizingOptions(time_limit=None), start, watch=told.append)
    assert told[0].step == "start"
    assert result.objective <= cost_of(problem, start).total


def test_what_is_told_gets_better():
    told = []
    solve_lot_sizing(shop(4), LotSizingOptions(time_limit=None), watch=told.append)
    bounds, objectives = [one.bound for one in told], [one.objective for one in told]
    assert bounds == sorted(bounds)
    assert objectives == sorted(objectives, reverse=True)


def test_a_shop_without_capacity_is_overloaded_and_says_where():
    problem = make_problem([[0, 30]], 1, 5, 1, 2, [[10, 10]])
    result = solve_lot_sizing(problem, EXACT)
    assert result.status is LotSizingStatus.OVERLOADED
    assert result.schedule.production.sum() == pytest.approx(30)
    assert result.gap == float("inf")
    assert "resource 1 in period" in result.reasons[0]


def test_components_that_cannot_be_there_at_the_start_are_named():
    problem = make_problem([[5, 0], [0, 0]], 1, 5, 1, 2, [[50, 50]], bom=[(0, 1, 2, 1)], initial_stock=[0, 4])
    result = solve_lot_sizing(problem, EXACT)
    assert result.status is LotSizingStatus.INFEASIBLE
    assert result.schedule is None
    assert result.reasons == ("item 2: 6 more must be in stock at the start",)


def test_a_time_limit_ends_the_search_with_lots():
    seconds = iter(range(10_000))
    options = LotSizingOptions(time_limit=5.0)
    result = solve_lot_sizing(shop(5), options, clock=lambda: float(next(seconds)))
    assert check(shop(5), result.schedule) == []


def test_two_resources_are_planned_each_for_itself():
    one, two = shop(6, 3, 5), shop(7, 3, 5)
    both = make_problem(
        np.vstack([one.demand, two.demand]),
        np.concatenate([one.holding_cost, two.holding_cost]),
        np.concatenate([one.setup_cost, two.setup_cost]),
        1,
        4,
        np.vstack([one.capacity, two.capacity]),
        resource=[0] * 3 + [1] * 3,
    )
    apart = sum(solve_lot_sizing(problem, LotSizingOptions(time_limit=None)).objective for problem in (one, two))
    assert solve_lot_sizing(both, LotSizingOptions(time_limit=None)).objective == pytest.approx(apart, rel=2e-4)


def test_lots_cost_what_a_constraint_solver_finds():
    # in a process of its own: its libraries and those of HiGHS do not load into one
    script = Path(__file__).with_name("lot_sizing_by_constraints.py")
    problems = [shop_with_backlog(seed) for seed in range(3)]
    data = [(p.demand.tolist(), p.holding_cost.tolist(), p.setup_cost.tolist()) for p in problems]
    said = subprocess.run([sys.executable, script], input=json.dumps(data), capture_output=True, text=True, check=True)
    found = [solve_lot_sizing(problem, EXACT).objective for problem in problems]
    assert found == pytest.approx(json.loads(said.stdout))


def shop_with_backlog(seed: int):
    """Three items over four periods; two may be late, and there is overtime."""
    random = np.random.default_rng(seed)
    demand = random.integers(0, 9, (3, 4))
    demand[:, 0] = 0
    late = {"backlog_cost": [5, 6, np.inf], "overtime_limit": 9, "overtime_cost": 2}
    return make_problem(demand, random.integers(1, 4, 3), random.integers(5, 30, 3), 1, 2, [[14] * 4], **late)


@pytest.mark.parametrize(
    ("named", "text"),
    [
        ({"holding_cost": [-1, 1]}, "holding_cost of item 1 is -1"),
        ({"resource": [0, 3]}, "item 2 needs resource 4"),
        ({"bom": [(0, 1, 1, 0), (1, 0, 1, 0)]}, "close a circle among the items 1, 2"),
        ({"bom": [(0, 5, 1, 0)]}, "the component 6 is not one of 2 items"),
        ({"bom": [(0, 1, 0, 0)]}, "the quantity must be above 0"),
        ({"bom": [(0, 1, 1, 0)], "backlog_cost": [np.inf, 1]}, "item 2 is a component, so it cannot be late"),
        ({"demand": [[1, np.nan], [1, 1]]}, "demand of 1 in period 2 is nan"),
    ],
)
def test_contradictions_are_named(named, text):
    values = {"demand": [[1, 1], [1, 1]], "holding_cost": 1, "setup_cost": 1, "run_time": 1, "setup_time": 0}
    with pytest.raises(LotSizingDataError, match=text.replace("[", r"\[")):
        make_problem(**{**values, "capacity": [[9, 9]], **named})
