"""The master schedule: a published case, and small ones by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bom.errors import PlanningError
from scheduling.master_schedule import (
    MasterScheduleProblem,
    Workforce,
    disaggregate,
    master_schedule_model,
    run_master_schedule,
)

MONTHS = ["January", "February", "March", "April", "May", "June"]


def red_tomato(**people):
    """The data of Red Tomato Tools, a case of Chopra and Meindl, Supply Chain Management, on aggregate planning.

    Six months of demand, 80 workers of 20 days of 8 hours at 4 an hour, at most 10 hours of overtime each at 6, 300 to
    hire, 500 to lay off; a tool takes 4 hours and 10 of material, 2 to hold, 5 late, 30 bought; 1,000 in stock, 500 in
    the end.
    """
    n = len(MONTHS)
    given = {
        "initial_workers": 80.0,
        "hours_per_worker": np.full(n, 160.0),
        "overtime_hours_per_worker": np.full(n, 10.0),
        "cost_per_worker": np.full(n, 640.0),
        "overtime_cost_per_hour": 6.0,
        "hiring_cost": 300.0,
        "layoff_cost": 500.0,
    }
    return MasterScheduleProblem(
        ["tools"],
        MONTHS,
        np.array([[1600.0, 3000, 3200, 3800, 2200, 2200]]),
        np.full(1, 4.0),
        np.full(1, 10.0),
        np.full(1, 2.0),
        np.full(1, 5.0),
        np.full(1, 1000.0),
        np.full(1, 500.0),
        Workforce(**(given | people)),
        subcontract_cost=np.full(1, 30.0),
    )


def test_the_published_case_has_its_least_cost_by_every_solver():
    # labour 6 x 64 7/12 x 640, laying off 15 5/12 x 500, 15,500 tools of 10, stock and backlog
    by_hand = 6 * 775 / 12 * 640 + 185 / 12 * 500 + 15_500 * 10 + 2 * (15_350 / 3) + 5 * 800 / 3
    assert by_hand == pytest.approx(422_275)
    for solver in ("highs", "pulp:PULP_CBC_CMD"):
        assert run_master_schedule(red_tomato(), solver=solver).cost == pytest.approx(by_hand, rel=1e-6)
    whole = run_master_schedule(red_tomato(are_whole=True))
    assert whole.cost == pytest.approx(422_660)
    assert whole.quantity("workers").tolist() == pytest.approx(np.round(whole.quantity("workers")).tolist())


def test_an_hour_more_saves_what_its_price_says():
    problem = red_tomato()
    plan = run_master_schedule(problem)
    workers, price = plan.quantity("workers"), plan.workforce_table()["hour_price"].to_numpy()
    for period in range(len(MONTHS)):
        hours = problem.workforce.hours_per_worker.copy()
        hours[period] += 0.01
        more = replace(problem, workforce=replace(problem.workforce, hours_per_worker=hours))
        saved = plan.cost - run_master_schedule(more).cost
        assert saved == pytest.approx(0.01 * workers[period] * price[period], rel=1e-3)


def test_level_and_chase_cost_more_than_free():
    free = run_master_schedule(red_tomato()).cost
    level, chase = (run_master_schedule(red_tomato(policy=policy)) for policy in ("level", "chase"))
    assert level.quantity("hired")[1:].sum() == level.quantity("laid_off")[1:].sum() == 0
    assert chase.quantity("stock").max() <= 1000
    assert min(level.cost, chase.cost) >= free - 1e-6
    assert chase.cost > free


def test_the_published_plan_of_whole_workers_costs_what_ours_does():
    # the plan that is printed with the case: 16 of 80 are laid off, 220 late and 140 bought in April
    stock, late, bought, made = np.array([1960.0, 1520, 880, 0, 140, 500]), 220.0, 140.0, 6 * 2560.0
    published = 16 * 500 + 64 * 640 * 6 + stock.sum() * 2 + late * 5 + bought * 30 + made * 10
    assert published == 422_660
    assert run_master_schedule(red_tomato(are_whole=True)).cost == pytest.approx(published)


def jones(policy):
    """A published exercise (Jones Inc.): quarters of 1,000, 2,000, 4,000 and 3,000 units, 100 always in stock.

    A worker makes 100 units a quarter for 100 each; 15 are there; 2,000 to hire, 3,000 to lay off, 25 to hold a unit.
    """
    n = 4
    people = Workforce(
        15.0,
        np.full(n, 100.0),
        np.zeros(n),
        np.full(n, 10_000.0),
        hiring_cost=2000.0,
        layoff_cost=3000.0,
        policy=policy,
    )
    one = np.ones(1)
    return MasterScheduleProblem(
        ["units"],
        ["Q1", "Q2", "Q3", "Q4"],
        np.array([[1000.0, 2000, 4000, 3000]]),
        one,
        0 * one,
        25 * one,
        10_000 * one,
        100 * one,
        100 * one,
        people,
        minimum_stock=np.full((1, n), 100.0),
    )


def test_level_and_chase_of_a_published_exercise():
    level, chase, free = (run_master_schedule(jones(policy)) for policy in ("level", "chase", "free"))
    # level: 2,500 a quarter take 25 workers, 10 are hired; 1,600, 2,100, 600 and 100 are held
    assert level.quantity("stock").ravel().tolist() == pytest.approx([1600, 2100, 600, 100])
    assert level.cost == pytest.approx(10_000 * 100 + 10 * 2000 + 4400 * 25)
    # chase: 10, 20, 40 and 30 workers: 15 are laid off and 30 hired; 100 are held in each quarter
    assert chase.quantity("workers").tolist() == pytest.approx([10, 20, 40, 30])
    assert chase.cost == pytest.approx(10_000 * 100 + 30 * 2000 + 15 * 3000 + 400 * 25)
    assert free.cost < chase.cost < level.cost


def test_red_tomato_earns_what_its_sales_bring_less_the_least_cost():
    # at 40 a tool all of the 16,000 are worth making, and in the profit form nothing is late
    problem = replace(red_tomato(), price=np.full(1, 40.0))
    plan = run_master_schedule(problem)
    assert plan.quantity("sales").sum() == pytest.approx(16_000)
    assert plan.profit == pytest.approx(16_000 * 40 - plan.cost)
    # being late for 5 saves more than it costs in the cost form only
    assert plan.cost >= 422_275


def test_nobody_comes_or_goes_when_people_are_fixed():
    plan = run_master_schedule(red_tomato(policy="fixed"))
    assert plan.quantity("workers").tolist() == [80.0] * 6
    assert plan.quantity("hired").sum() == plan.quantity("laid_off").sum() == 0


def test_stock_and_people_add_up():
    plan = run_master_schedule(red_tomato(are_whole=True))
    came = plan.quantity("make") + plan.quantity("subcontract") - plan.quantity("sales")
    np.testing.assert_allclose(plan.quantity("stock") - plan.quantity("backlog"), 1000 + np.cumsum(came, axis=1))
    people = 80 + np.cumsum(plan.quantity("hired") - plan.quantity("laid_off"))
    np.testing.assert_allclose(plan.quantity("workers"), people)
    assert plan.profit == -plan.cost
    assert plan.table()["make"].sum() == pytest.approx(plan.quantity("make").sum())


def two_families(price):
    """Ten hours, of which a bike takes two and a trike one; there is no one to hire."""
    return MasterScheduleProblem(
        ["bikes", "trikes"],
        ["P1"],
        np.array([[4.0], [6.0]]),
        np.array([2.0, 1.0]),
        np.zeros(2),
        np.ones(2),
        np.ones(2),
        np.zeros(2),
        np.zeros(2),
        Workforce(1.0, np.full(1, 10.0), np.zeros(1), np.zeros(1), hiring_cost=1e6),
        price=price,
    )


def test_what_earns_most_an_hour_is_sold_when_hours_are_short():
    # a bike earns 9 in two hours, a trike 5 in one: all trikes, and two bikes in the four hours that are left
    plan = run_master_schedule(two_families(np.array([9.0, 5.0])))
    assert plan.quantity("sales").ravel().tolist() == [2, 6]
    assert plan.profit == pytest.approx(48)
    assert plan.cost == pytest.approx(0)
    # at 12 a bike earns more
    assert run_master_schedule(two_families(np.array([12.0, 5.0]))).quantity("sales").ravel().tolist() == [4, 2]


def test_limits_that_no_plan_keeps_are_told():
    problem = red_tomato(hours_per_worker=np.zeros(6), overtime_hours_per_worker=np.zeros(6))
    with pytest.raises(PlanningError, match="infeasible"):
        run_master_schedule(replace(problem, subcontract_cost=np.zeros(0)))


def test_names_tell_family_and_period():
    model = master_schedule_model(red_tomato())
    assert model.variable("stock").label(3) == "stock[tools,April]"
    assert model.constraint("hours").number("June") == model.constraint("hours").start + 5


def test_a_family_is_shared_so_that_its_items_last_equally_long():
    sales = np.array([[20.0, 20.0], [10.0, 10.0], [0.0, 10.0]])
    made = disaggregate(np.array([40.0, 30.0]), np.array([0.0, 25.0, 0.0]), sales)
    np.testing.assert_allclose(made.sum(axis=0), [40, 30])
    stock = np.array([0.0, 25.0, 0.0])[:, None] + np.cumsum(made - sales, axis=1)
    assert (stock >= -1e-9).all()
    assert made[1, 0] == 0


def test_a_family_without_sales_is_shared_evenly():
    assert disaggregate(np.array([10.0]), np.zeros(2), np.zeros((2, 1))).tolist() == [[5.0], [5.0]]
