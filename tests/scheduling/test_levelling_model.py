"""The levelling model, family by family, against solutions made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scheduling.leveller.model import levelling_model
from scheduling.leveller.options import LevellingOptions
from scheduling.leveller.problem import Alternates, Components, Loads, Subcontracts
from scheduling.leveller.solution import solve_levelling
from scheduling.model_text import readable_text
from scheduling.sifting import sift
from scheduling.solvers.base import SolveStatus
from scheduling.solvers.highs import solve_highs
from tests.scheduling.levelling_case import one_item, one_item_costs


def solve(problem, **options):
    return solve_levelling(problem, LevellingOptions(**options))


def test_a_peak_is_made_ahead_as_late_as_the_hours_allow():
    # 18 in P3 with 10 hours: 8 come from before, 4 from P2, which is then full, and 4 from P1
    found = solve(one_item([2, 6, 18], [10, 10, 10]))
    assert found.make.tolist() == [[6, 10, 10]]
    assert found.stock.tolist() == [[4, 8, 0]]
    assert found.result.objective == pytest.approx(26 * 10 + 12)


def test_an_hour_is_worth_the_holding_that_it_saves():
    # one more hour in P3 makes a unit there that is held for two periods now; in P2 for one; P1 has hours to spare
    found = solve(one_item([2, 6, 18], [10, 10, 10]))
    np.testing.assert_allclose(found.hour_prices, [[0, 1, 2]], atol=1e-9)


def test_prices_of_hours_are_what_one_more_hour_saves():
    problem = one_item([9, 12, 3, 16, 8], [10, 10, 6, 10, 10], overtime_minutes=np.full((1, 5), 60.0))
    found = solve(problem)
    for period in range(5):
        saved = []
        for hours in (0.01, -0.01):
            changed = problem.available_minutes.copy()
            changed[0, period] += 60 * hours
            other = solve(replace(problem, available_minutes=changed)).result.objective
            saved.append((found.result.objective - other) / hours)
        # at a corner an hour less costs more than an hour more saves
        assert saved[0] - 1e-5 <= found.hour_prices[0, period] <= saved[1] + 1e-5
    assert found.hour_prices.max() > 0


def test_what_cannot_be_made_in_time_is_late():
    # P1 needs 15 of 10 hours: 5 late for one period at 5
    found = solve(one_item([15, 2], [10, 10]))
    assert found.backlog.tolist() == [[5, 0]]
    assert found.result.objective == pytest.approx(17 * 10 + 25)


def test_what_is_late_in_the_end_costs_more():
    found = solve(one_item([10, 14], [10, 10]))
    assert found.backlog.tolist() == [[0, 4]]
    assert found.cost_by_kind["backlog"] == pytest.approx(4 * 60)


def test_overtime_is_taken_where_it_costs_less_than_being_early_or_late():
    # from P1 to P5 a unit costs 4 to hold, overtime costs 6 more an hour; at 2 a period holding costs 8
    problem = one_item([8, 10, 10, 10, 12], [10] * 5, overtime_minutes=np.full((1, 5), 120.0))
    assert solve(problem).overtime_minutes.sum() == 0
    dear = replace(problem, costs=one_item_costs(holding=np.full(1, 2.0)))
    assert solve(dear).overtime_minutes.tolist() == [[0, 0, 0, 0, 120]]
    assert solve(dear).cost_by_kind["overtime"] == pytest.approx(2 * 6)


def test_minimum_stock_is_kept_where_it_costs_less_than_missing_it():
    problem = one_item([5, 5, 5], [10, 10, 10], minimum_stock=np.full((1, 3), 3.0))
    found = solve(problem)
    assert found.stock.tolist() == [[3, 3, 3]]
    # 1 more each hour short; in the end what is missing costs 60
    tight = solve(replace(problem, available_minutes=np.array([[360.0, 300.0, 360.0]])))
    assert tight.stock.tolist() == [[1, 1, 2]]
    assert tight.below_minimum.tolist() == [[2, 2, 1]]


def test_stock_and_open_orders_are_used_first():
    found = solve(
        one_item([5, 5, 5], [10, 10, 10], initial_stock=np.array([7.0]), receipts=np.array([[0.0, 0.0, 4.0]]))
    )
    assert found.make.tolist() == [[0, 3, 1]]


def test_an_order_that_cannot_be_released_any_more_is_late():
    found = solve(one_item([5, 5], [20, 20], can_make=np.array([[False, True]])))
    assert found.make.tolist() == [[0, 10]]
    assert found.backlog.tolist() == [[5, 0]]


def test_ready_made_units_are_bought_when_hours_are_short():
    offers = Subcontracts(np.zeros(1, np.int32), np.ones(1, np.int32), np.array([14.0]), np.array([3.0]))
    # P1 4 late (too early for an offer); 8 + 4 in P2 against 10 hours: 2 bought at 14 rather than late at 60
    found = solve(one_item([14, 8], [10, 10], subcontracts=offers))
    assert found.subcontract.tolist() == [[0, 2]]
    assert found.make.sum() == pytest.approx(20)


def test_operations_move_to_another_work_center_when_theirs_is_full():
    n = 2
    at = np.arange(n, dtype=np.int32)
    zero = np.zeros(n, np.int32)
    problem = one_item(
        [14, 4],
        [10, 10],
        work_centers=["W1", "W2"],
        loads=Loads(zero, at, zero, zero, at, np.full(n, 60.0)),
        alternates=Alternates(np.zeros(1, np.int32), np.ones(1, np.int32), np.array([1.5])),
        available_minutes=np.array([[600.0, 600.0], [180.0, 180.0]]),
        overtime_minutes=np.zeros((2, n)),
        fixed_minutes=np.zeros((2, n)),
        costs=one_item_costs(hour=np.array([10.0, 8.0]), overtime_hour=np.full(2, 16.0)),
    )
    # 2 of the 4 too many take 1.5 hours each on W2; it has 3; the other 2 are late
    found = solve(problem)
    assert found.alternates == [("alternate[bike/10,W2,P1]", pytest.approx(2.0))]
    assert found.backlog.tolist() == [[2, 0]]
    assert found.required_minutes.tolist() == [[600, 360], [180, 0]]
    assert found.hour_prices[1, 0] > 0


def two_levels(frame_hours):
    """A bike of one frame, which is needed a period before; each takes an hour, on a work center of its own."""
    n = 3
    at = np.tile(np.arange(n, dtype=np.int32), 2)
    item = np.repeat(np.arange(2, dtype=np.int32), n)
    later = np.arange(1, n, dtype=np.int32)
    return one_item(
        [0, 4, 12],
        [10] * n,
        items=["bike", "frame"],
        work_centers=["assembly", "welding"],
        operations=["bike/10", "frame/10"],
        requirements=np.array([[0, 4, 12], [0, 1, 0]], float),
        receipts=np.zeros((2, n)),
        initial_stock=np.zeros(2),
        minimum_stock=np.zeros((2, n)),
        can_make=np.array([[False, True, True], [True, True, True]]),
        loads=Loads(item, at, item, item, at, np.full(2 * n, 60.0)),
        components=Components(np.zeros(2, np.int32), later, np.ones(2, np.int32), later - 1, np.ones(2)),
        available_minutes=np.array([[600.0] * n, [60.0 * frame_hours] * n]),
        overtime_minutes=np.zeros((2, n)),
        fixed_minutes=np.zeros((2, n)),
        planned=np.array([[0, 4, 12], [4, 13, 0]], float),
        costs=one_item_costs(
            material=np.zeros(2),
            holding=np.array([2.0, 1.0]),
            backlog=np.array([8.0, 5.0]),
            below_minimum=np.ones(2),
            final_backlog=np.array([90.0, 50.0]),
            hour=np.full(2, 10.0),
            overtime_hour=np.full(2, 16.0),
        ),
    )


def test_components_are_made_a_lead_time_before():
    found = solve(two_levels(20))
    # 12 bikes in P3 against 10 hours: 2 more in P2; frames a period before, one sold itself
    assert found.make.tolist() == [[0, 6, 10], [6, 11, 0]]


def test_components_short_make_the_parent_late_not_the_component():
    found = solve(two_levels(7))
    # 14 frames until P2 make 14 of 16 bikes; the frame that is sold waits until P3
    assert found.make.tolist() == [[0, 4, 10], [7, 7, 1]]
    assert found.backlog.tolist() == [[0, 0, 2], [0, 1, 0]]
    needed = found.problem.component_requirements(found.make)
    received = np.cumsum(found.make[1])
    assert (np.cumsum(needed[1]) <= received + 1e-6).all()


def test_a_fixed_load_beyond_all_hours_is_named_and_nothing_else_is_put_there():
    problem = one_item([5, 5], [10, 10], fixed_minutes=np.array([[780.0, 0.0]]), overtime_minutes=np.full((1, 2), 60.0))
    found = solve(problem)
    assert found.overload_minutes.tolist() == [[120, 0]]
    assert found.make.tolist() == [[0, 10]]


def test_hours_that_are_not_there_can_have_a_price():
    found = solve(one_item([15, 2], [10, 10], can_overload=True, costs=one_item_costs(overload_hour=3.0)))
    assert found.overload_minutes.tolist() == [[300, 0]]
    assert found.hour_prices.tolist() == [[3, 0]]


def test_each_family_as_it_is_written():
    problem = one_item(
        [4],
        [10],
        minimum_stock=np.ones((1, 1)),
        overtime_minutes=np.full((1, 1), 60.0),
        fixed_minutes=np.full((1, 1), 30.0),
        receipts=np.full((1, 1), 3.0),
        subcontracts=Subcontracts(np.zeros(1, np.int32), np.zeros(1, np.int32), np.array([14.0]), np.array([np.inf])),
        alternates=Alternates(np.zeros(1, np.int32), np.zeros(1, np.int32), np.array([2.0])),
    )
    assert readable_text(levelling_model(problem).model).splitlines() == [
        "minimize",
        "  objective: 10 make[bike,P1] + stock[bike,P1] + 60 backlog[bike,P1] + 0.1 overtime[W1,P1] + "
        "60 below_minimum[bike,P1] + 14 subcontract[bike,P1] + 10 alternate[bike/10,W1,P1]",
        "subject to",
        "  balance[bike,P1]: make[bike,P1] - stock[bike,P1] + backlog[bike,P1] + subcontract[bike,P1] = 1",
        "  capacity[W1,P1]: 60 make[bike,P1] - overtime[W1,P1] + 60 alternate[bike/10,W1,P1] <= 570",
        "  minimum_stock[bike,P1]: stock[bike,P1] + below_minimum[bike,P1] >= 1",
        "  alternate_limit[bike/10,P1]: - make[bike,P1] + alternate[bike/10,W1,P1] <= 0",
        "bounds",
        "  backlog[bike,P1] <= 4",
        "  overtime[W1,P1] <= 60",
        "  below_minimum[bike,P1] <= 1",
        "end",
    ]


def random_problem(seed, n_items=6, n_periods=8):
    """Finished items and parts of two work centers, tight in some periods."""
    random = np.random.default_rng(seed)
    n_finished = n_items // 2
    item, period = (grid.ravel().astype(np.int32) for grid in np.indices((n_items, n_periods)))
    center = (item % 2).astype(np.int32)
    parent, due = (grid.ravel().astype(np.int32) for grid in np.indices((n_finished, n_periods)))
    parent, due = parent[due > 0], due[due > 0]
    can_make = np.ones((n_items, n_periods), bool)
    can_make[:n_finished, 0] = False
    requirements = random.integers(0, 20, (n_items, n_periods)).astype(float)
    requirements[n_finished:] *= random.random((n_items - n_finished, n_periods)) < 0.2
    ones = np.ones(n_items)
    return one_item(
        requirements[0],
        [10] * n_periods,
        items=[f"item{i}" for i in range(n_items)],
        work_centers=["W1", "W2"],
        operations=[f"item{i}/10" for i in range(n_items)],
        requirements=requirements,
        receipts=np.zeros((n_items, n_periods)),
        initial_stock=random.integers(-3, 12, n_items).astype(float),
        minimum_stock=np.repeat(random.integers(0, 4, (n_items, 1)).astype(float), n_periods, axis=1),
        can_make=can_make,
        loads=Loads(item, period, item, center, period, random.integers(20, 60, n_items)[item].astype(float)),
        components=Components(parent, due, parent + n_finished, due - 1, np.full(due.size, 2.0)),
        available_minutes=random.integers(30, 60, (2, n_periods)) * 60.0,
        overtime_minutes=np.full((2, n_periods), 240.0),
        fixed_minutes=np.zeros((2, n_periods)),
        planned=requirements,
        costs=one_item_costs(
            material=ones * 0,
            holding=ones,
            backlog=ones * 6,
            below_minimum=ones * 2,
            final_backlog=ones * 70,
            hour=np.full(2, 10.0),
            overtime_hour=np.full(2, 16.0),
        ),
    )


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_lost_and_no_hour_is_used_twice(seed):
    problem = random_problem(seed)
    found = solve(problem)
    position = problem.initial_stock[:, None] + np.cumsum(
        found.make
        + problem.receipts
        + found.subcontract
        - problem.requirements
        - problem.component_requirements(found.make),
        axis=1,
    )
    np.testing.assert_allclose(found.stock - found.backlog, position, atol=1e-6)
    assert (found.required_minutes <= problem.available_minutes + found.overtime_minutes + 1e-6).all()
    assert found.model.model.violation(found.result.values) < 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_a_rolling_horizon_gives_a_plan_and_a_proven_bound(seed):
    problem = random_problem(seed, n_periods=12)
    best = solve(problem).result.objective
    rolled = solve(problem, window_periods=6)
    assert rolled.model.model.violation(rolled.result.values) < 1e-6
    assert rolled.result.bound <= best + 1e-6 <= rolled.result.objective + 2e-6
    assert rolled.result.gap < 0.1


def test_a_rolling_horizon_over_all_periods_is_the_whole_model():
    problem = random_problem(1)
    assert solve(problem, window_periods=99).result.objective == pytest.approx(solve(problem).result.objective)


@pytest.mark.parametrize("solver", ["pulp:PULP_CBC_CMD", "pulp:HiGHS"])
def test_any_solver_finds_the_same_plan_cost_and_prices(solver):
    problem = random_problem(2)
    found, expected = solve(problem, solver=solver), solve(problem)
    assert found.result.objective == pytest.approx(expected.result.objective, rel=1e-6)
    assert found.hour_prices.sum() > 0


def test_interior_point_ends_in_a_corner_of_the_same_cost():
    model = levelling_model(random_problem(3)).model
    found = solve(random_problem(3), method="interior_point")
    assert found.result.objective == pytest.approx(solve_highs(model).objective)


def varied_problem(seed):
    """A random problem; some with alternates and ready-made units, some with lead times, open orders, fixed loads."""
    problem = random_problem(seed, n_items=8, n_periods=10)
    if seed % 3 == 1:
        return replace(
            problem,
            alternates=Alternates(np.array([0, 1], np.int32), np.array([1, 0], np.int32), np.array([1.2, 1.1])),
            subcontracts=Subcontracts(
                np.array([1], np.int32), np.array([2], np.int32), np.array([90.0]), np.full(1, 3)
            ),
        )
    if seed % 3 == 2:
        return replace(
            problem,
            can_make=np.arange(10) >= (np.arange(8) % 4)[:, None],
            receipts=np.random.default_rng(seed).integers(0, 9, (8, 10)).astype(float),
            fixed_minutes=np.full((2, 10), 1500.0),
        )
    return problem


@pytest.mark.parametrize("seed", range(12))
def test_sifting_finds_the_optimum_of_the_whole_model_and_prices_that_prove_it(seed):
    problem = varied_problem(seed)
    best = solve(problem, method="simplex").result.objective
    found = solve(problem, method="sifting")
    assert found.result.objective == pytest.approx(best, rel=1e-7)
    assert found.model.model.violation(found.result.values) < 1e-5
    assert found.model.model.dual_bound(found.result.duals) == pytest.approx(best, rel=1e-6)


def test_sifting_ends_with_the_optimum_whatever_it_begins_with():
    model = levelling_model(varied_problem(2)).model
    rows = model.constraint("capacity").numbers
    nothing = sift(model, np.zeros(model.n_columns, bool), rows, 1e-6)
    assert nothing.objective == pytest.approx(solve_highs(model).objective)
    assert nothing.status is SolveStatus.OPTIMAL


def test_large_models_are_sifted_and_small_ones_not():
    small, large = random_problem(1), random_problem(1, n_items=60, n_periods=60)
    assert solve(small).result.method == "simplex"
    found = solve(large)
    assert found.result.method.startswith("sifting")
    assert found.result.objective == pytest.approx(solve(large, method="interior_point").result.objective, rel=1e-7)


@pytest.mark.parametrize("seed", [1, 5])
def test_every_price_lies_between_what_an_hour_less_costs_and_an_hour_more_saves(seed):
    problem = varied_problem(seed)
    found = solve(problem)
    best = found.result.objective
    for center, period in np.argwhere(found.hour_prices > 1e-6)[:8]:
        saved = []
        for hours in (0.01, -0.01):
            changed = problem.available_minutes.copy()
            changed[center, period] += 60 * hours
            saved.append((best - solve(replace(problem, available_minutes=changed)).result.objective) / hours)
        assert saved[0] - 1e-4 <= found.hour_prices[center, period] <= saved[1] + 1e-4


def test_an_hour_where_the_fixed_load_is_too_much_saves_nothing():
    problem = one_item([5, 5, 18], [10, 10, 10], fixed_minutes=np.array([[0.0, 720.0, 0.0]]))
    found = solve(problem)
    assert found.overload_minutes.tolist() == [[0, 120, 0]]
    changed = problem.available_minutes.copy()
    changed[0, 1] += 60
    more = solve(replace(problem, available_minutes=changed)).result.objective
    assert found.hour_prices[0, 1] == found.result.objective - more == 0
