from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scheduling.lot_sizing.problem import make_problem
from scheduling.lot_sizing.schedule import LotSizingSchedule, check, consumption, cost_of, load, overload, position


@pytest.fixture
def problem():
    """A parent and its component, two units each and a period before; the resource keeps a setup."""
    return make_problem(
        [[0, 4, 6], [1, 0, 0]],
        [3, 1],
        [10, 20],
        [2, 1],
        [3, 5],
        [[40, 40, 40]],
        initial_stock=[0, 1],
        minimum_lot=[0, 5],
        bom=[(0, 1, 2, 1)],
        overtime_limit=2,
        overtime_cost=7,
        has_carry_over=True,
        initial_setup=[1],
    )


@pytest.fixture
def schedule():
    """Twenty components on the setup that is there, then the parent in two periods on one setup."""
    lots = np.array([[0.0, 4.0, 6.0], [20.0, 0.0, 0.0]])
    set_up = np.array([[False, True, False], [False, False, False]])
    carried = np.array([[False, False, True], [True, False, False]])
    return LotSizingSchedule(lots, set_up, carried)


def test_a_schedule_by_hand_keeps_every_rule_and_costs_what_it_should(problem, schedule):
    assert check(problem, schedule) == []
    assert consumption(problem, schedule.production).tolist() == [[0, 0, 0], [0, 8, 12]]
    assert position(problem, schedule.production).tolist() == [[0, 0, 0], [20, 12, 0]]
    assert load(problem, schedule).tolist() == [[20, 11, 12]]
    cost = cost_of(problem, schedule)
    assert (cost.setup, cost.holding, cost.overtime, cost.total) == (10, 32, 0, 42)


def changed(schedule, name, item, period, value):
    """The schedule with one number changed."""
    array = getattr(schedule, name).copy()
    array[item, period] = value
    return replace(schedule, **{name: array})


@pytest.mark.parametrize(
    ("name", "item", "period", "value", "text"),
    [
        ("production", 0, 1, -1.0, "item 1 in period 2: the lot is negative"),
        ("production", 0, 1, 3.0, "item 1 in period 2: demand is not met"),
        ("production", 0, 0, 1.0, "item 1 in period 1: a lot without a setup"),
        ("production", 0, 2, 5.0, "item 1 in period 3: demand is not met"),
        ("production", 1, 0, 3.0, "item 2 in period 1: the lot is below the minimum"),
        ("production", 1, 0, 19.0, "item 2 in period 3: demand is not met"),
        ("production", 1, 0, 43.0, "resource 1 in period 1: the load is above capacity and overtime"),
        ("is_set_up", 0, 1, False, "item 1 in period 2: a lot without a setup"),
        ("is_carried", 0, 2, False, "item 1 in period 3: a lot without a setup"),
        ("is_carried", 0, 1, True, "item 1 in period 2: nothing to carry over"),
        ("is_carried", 1, 2, True, "period 3: more than one setup is carried into it"),
        ("is_carried", 0, 0, True, "item 1 in period 1: nothing to carry over"),
    ],
)
def test_each_broken_rule_is_found(problem, schedule, name, item, period, value, text):
    assert text in check(problem, changed(schedule, name, item, period, value))


def test_components_must_be_there_a_period_before(problem, schedule):
    late = changed(changed(schedule, "production", 1, 0, 12.0), "production", 1, 1, 8.0)
    late = changed(changed(late, "is_set_up", 1, 1, True), "production", 0, 1, 4.0)
    assert check(problem, late) == []
    later = changed(changed(late, "production", 1, 0, 6.0), "production", 1, 1, 14.0)
    assert check(problem, later) == ["item 2 after period 1: the stock does not cover what waits for its parents"]


def test_setups_are_carried_only_where_the_problem_allows_it(problem, schedule):
    without = replace(problem, has_carry_over=False)
    assert check(without, schedule) == ["setups are carried over, which the problem does not allow"]


def test_a_setup_is_not_kept_through_a_setup_of_another_item(problem, schedule):
    kept = changed(schedule, "is_carried", 1, 1, True)
    assert "item 2 in period 3: nothing to carry over" in check(
        problem, changed(changed(kept, "is_carried", 1, 2, True), "is_carried", 0, 2, False)
    )


def test_overtime_is_paid_up_to_its_limit_and_what_is_beyond_is_overload(problem, schedule):
    over = changed(schedule, "production", 1, 0, 43.0)
    assert cost_of(problem, over).overtime == 14
    assert overload(problem, over).tolist() == [[1, 0, 0]]
