"""The master schedule's model, family by family, with work centers and limits that may be missed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.master_schedule import (
    Centers,
    MasterScheduleProblem,
    Workforce,
    disaggregate,
    master_schedule_model,
    run_master_schedule,
)
from scheduling.model_text import readable_text


def two_centers(**changed):
    """Bikes and trikes for two periods; W1 has 10 hours and 2 beyond, W2 as many as nobody needs."""
    n = 2
    centers = Centers(
        ["W1", "W2"],
        np.array([[1.0, 0.5], [0.2, 0.1]]),
        np.array([[10.0, 10.0], [90.0, 90.0]]),
        np.array([[2.0, 2.0], [0.0, 0.0]]),
        np.array([1.25, 1.0]),
    )
    given = {
        "families": ["bikes", "trikes"],
        "periods": ["P1", "P2"],
        "sales_plan": np.array([[4.0, 16.0], [3.0, 6.0]]),
        "hours_per_unit": np.array([1.5, 0.7]),
        "material_cost": np.array([6.0, 4.0]),
        "holding_cost": np.array([1.0, 0.5]),
        "backlog_cost": np.array([5.0, 3.0]),
        "initial_stock": np.array([1.0, 0.0]),
        "final_stock": np.zeros(2),
        "workforce": Workforce(9.0, np.full(n, 8.0), np.full(n, 1.0), np.full(n, 40.0), 9.0, 50.0, 70.0),
        "minimum_stock": np.ones((2, n)),
        "receipts": np.array([[0.0, 0.0], [2.0, 0.0]]),
        "centers": centers,
        "undelivered_cost": np.array([100.0, 80.0]),
        "below_minimum_cost": np.array([2.0, 2.0]),
        "open_order_hours": np.array([3.0, 0.0]),
    }
    return MasterScheduleProblem(**(given | changed))


def short(values):
    """Return two families' problem with one family and period less: what a person can read at once."""
    centers = Centers(["W1"], np.array([[2.0]]), np.array([[10.0]]), np.array([[3.0]]), np.array([1.25]))
    given = {
        "families": ["bikes"],
        "periods": ["P1"],
        "sales_plan": np.array([[6.0]]),
        "hours_per_unit": np.array([2.5]),
        "material_cost": np.array([6.0]),
        "holding_cost": np.array([1.0]),
        "backlog_cost": np.array([5.0]),
        "initial_stock": np.array([1.0]),
        "final_stock": np.array([2.0]),
        "workforce": Workforce(1.0, np.full(1, 8.0), np.full(1, 2.0), np.full(1, 40.0), 9.0, 50.0, 70.0),
        "minimum_stock": np.ones((1, 1)),
        "receipts": np.array([[3.0]]),
        "centers": centers,
        "subcontract_cost": np.array([30.0]),
    }
    return MasterScheduleProblem(**(given | values))


def test_each_family_as_it_is_written():
    problem = short({"undelivered_cost": np.array([100.0]), "below_minimum_cost": np.array([2.0])})
    assert readable_text(master_schedule_model(problem)).splitlines() == [
        "minimize",
        "  objective: 6 make[bikes,P1] + 30 subcontract[bikes,P1] + stock[bikes,P1] + 105 backlog[bikes,P1] + "
        "2 below_minimum[bikes,P1] + 40 workers[P1] + 50 hired[P1] + 70 laid_off[P1] + 9 overtime[P1]",
        "subject to",
        "  balance[bikes,P1]: make[bikes,P1] + subcontract[bikes,P1] - stock[bikes,P1] + backlog[bikes,P1] - "
        "sales[bikes,P1] = -4",
        "  minimum_stock[bikes,P1]: stock[bikes,P1] + below_minimum[bikes,P1] >= 2",
        "  workforce[P1]: workers[P1] - hired[P1] + laid_off[P1] = 1",
        "  hours[P1]: 2.5 make[bikes,P1] - 8 workers[P1] - overtime[P1] <= 0",
        "  overtime_limit[P1]: - 2 workers[P1] + overtime[P1] <= 0",
        "  capacity[W1,P1]: 2 make[bikes,P1] - center_overtime[W1,P1] <= 10",
        "  overtime_people[P1]: - overtime[P1] + 1.25 center_overtime[W1,P1] <= 0",
        "bounds",
        "  sales[bikes,P1] = 6",
        "  center_overtime[W1,P1] <= 3",
        "end",
    ]


def test_the_profit_form_and_limits_that_are_kept_as_they_are_written():
    text = readable_text(master_schedule_model(short({"price": np.array([50.0]), "centers": None})))
    assert "- 50 sales[bikes,P1]" in text
    assert "sales[bikes,P1] <= 6" in text
    assert "backlog[bikes,P1] = 0" in text
    assert "2 <= stock[bikes,P1]" in text
    assert "capacity" not in text


def test_overtime_of_a_work_center_is_worked_by_people_on_overtime():
    plan = run_master_schedule(two_centers())
    overtime = plan.quantity("center_overtime")
    assert overtime[0].max() > 0
    np.testing.assert_allclose(plan.quantity("overtime"), 1.25 * overtime[0], atol=1e-7)
    hours = plan.problem.centers.hours_per_unit @ plan.quantity("make")
    assert (hours <= plan.problem.centers.available_hours + overtime + 1e-7).all()


@pytest.mark.parametrize("is_profit", [False, True])
def test_an_hour_more_on_a_work_center_is_worth_its_price(is_profit):
    problem = two_centers(price=np.array([70.0, 30.0]) if is_profit else None)
    plan = run_master_schedule(problem)
    prices = plan.price_of("capacity").reshape(2, 2)
    assert prices.max() > 0
    for center, period in np.ndindex(prices.shape):
        saved = []
        for hours in (0.01, -0.01):
            available = problem.centers.available_hours.copy()
            available[center, period] += hours
            other = run_master_schedule(replace(problem, centers=replace(problem.centers, available_hours=available)))
            saved.append((plan.result.objective - other.result.objective) / hours)
        # at a corner an hour less costs more than an hour more saves
        assert saved[0] - 1e-5 <= prices[center, period] <= saved[1] + 1e-5


def test_a_unit_more_in_stock_is_worth_its_value():
    problem = two_centers()
    plan = run_master_schedule(problem)
    for family, period in np.ndindex(problem.shape):
        receipts = problem.receipts.copy()
        receipts[family, period] += 0.01
        other = run_master_schedule(replace(problem, receipts=receipts))
        saved = (plan.result.objective - other.result.objective) / 0.01
        assert saved <= plan.unit_values[family, period] + 1e-5


@pytest.mark.parametrize("policy", ["free", "level", "chase", "fixed"])
@pytest.mark.parametrize("is_profit", [False, True])
def test_no_problem_is_infeasible_when_all_limits_may_be_missed(policy, is_profit):
    for seed in range(5):
        random = np.random.default_rng(seed)
        n_families, n = 3, 4
        centers = Centers(
            ["W1"], random.random((1, n_families)), random.random((1, n)) * 9, np.zeros((1, n)), np.ones(1)
        )
        people = Workforce(3.0, np.full(n, 8.0), np.zeros(n), np.full(n, 9.0), 1.0, 5.0, 5.0, policy)
        families = ["A", "B", "C"]
        problem = MasterScheduleProblem(
            families,
            [f"P{k}" for k in range(n)],
            random.integers(0, 40, (n_families, n)).astype(float),
            random.random(n_families),
            np.ones(n_families),
            np.ones(n_families),
            np.full(n_families, 5.0),
            random.integers(0, 60, n_families).astype(float),
            np.zeros(n_families),
            people,
            price=np.full(n_families, 9.0) if is_profit else None,
            minimum_stock=np.full((n_families, n), 7.0),
            receipts=random.integers(0, 30, (n_families, n)).astype(float),
            centers=centers,
            undelivered_cost=np.full(n_families, 50.0),
            below_minimum_cost=np.full(n_families, 1.0),
            open_order_hours=random.random(n) * 24.0,
        )
        plan = run_master_schedule(problem)
        assert plan.result.status == "optimal"
        assert plan.model.violation(plan.result.values) < 1e-6


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_items_lack_nothing_when_the_family_makes_what_they_lack(seed):
    random = np.random.default_rng(seed)
    n_items, n = 4, 5
    sales = random.integers(0, 20, (n_items, n)).astype(float) * (random.random((n_items, n)) < 0.5)
    receipts = random.integers(0, 9, (n_items, n)).astype(float)
    stock = random.integers(-5, 25, n_items).astype(float)
    lacking = np.maximum(np.maximum.accumulate(np.cumsum(sales - receipts, axis=1), axis=1) - stock[:, None], 0.0)
    needed = lacking.sum(axis=0)
    built = np.maximum.accumulate(needed + random.random(n) * 15)
    quantity = np.diff(built, prepend=0.0)
    made = disaggregate(quantity, stock, sales, receipts)
    np.testing.assert_allclose(made.sum(axis=0), quantity, atol=1e-8)
    assert made.min() >= -1e-9
    balance = stock[:, None] + np.cumsum(made + receipts - sales, axis=1)
    assert (balance >= -1e-7).all()


def test_what_runs_short_is_shared_as_it_is_lacked():
    sales = np.array([[20.0], [10.0]])
    np.testing.assert_allclose(disaggregate(np.array([15.0]), np.zeros(2), sales).ravel(), [10, 5])
