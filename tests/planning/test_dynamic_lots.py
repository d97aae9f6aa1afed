"""The lot-sizing rules with costs on random net requirements: optimal lots, ties, limits, and what every rule costs."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from random import Random

import numpy as np
import pytest

from planning.kernels.dynamic_lots import optimal_end, rule_end, solve_tail_costs
from planning.kernels.netting_arrays import POINT_DTYPE, LotSizingRule
from tests.reference.cost_lots import DYNAMIC_RULES, covered, optimal_cost, optimal_windows, unit_days

Series = list[tuple[int, Fraction]]
N_SERIES = 300


def random_series(seed: int) -> tuple[Fraction, Fraction, Series]:
    """Costs and net requirements with few decimals: equal costs are common."""
    random = Random(seed)
    step = random.choice((1, 1, 7, 3))
    days = sorted(random.sample(range(random.choice((12, 20, 60))), random.randint(1, 12)))
    sizes = random.choice(((10,), (5, 10, 20), range(1, 60)))
    series = [(day * step, Fraction(random.choice(sizes)) / random.choice((1, 1, 4, 10))) for day in days]
    ordering = random.choice((0, 5, 20, "12.5", 100))
    holding = random.choice((0, 1, "0.1", "0.25", "0.03"))
    return Fraction(ordering), Fraction(holding), series


def points_of(ordering_cost: float, holding_cost: float, days: list[int], quantities: list[float]) -> np.ndarray:
    points = np.zeros(len(days) + 1, POINT_DTYPE)
    points["day"][:-1] = days
    points["worst"][:-1] = np.cumsum(quantities)
    points["ordering_cost"][:-1] = ordering_cost
    solve_tail_costs(points, len(days), holding_cost)
    return points


def windows_of(rule: str, holding_cost: float, points: np.ndarray) -> list[int]:
    """How many net requirements each order covers."""
    n, first, windows = len(points) - 1, 0, []
    while first < n:
        quantity = points["worst"][first] - (points["worst"][first - 1] if first else 0.0)
        day = int(points["day"][first])
        end = rule_end(int(LotSizingRule[rule.upper()]), holding_cost, points, n, first, day, quantity)
        windows.append(end - first)
        first = end
    return windows


def cost_of(windows: list[int], ordering_cost: Fraction, holding_cost: Fraction, series: Series) -> Fraction:
    total, first = Fraction(0), 0
    for window in windows:
        total += ordering_cost + holding_cost * unit_days(series[first : first + window])
        first += window
    return total


@pytest.mark.parametrize("rule", DYNAMIC_RULES)
def test_every_rule_chooses_the_lots_of_its_definition(rule):
    for seed in range(N_SERIES):
        ordering, holding, series = random_series(seed)
        points = points_of(float(ordering), float(holding), [d for d, _ in series], [float(q) for _, q in series])
        expected, rest = [], series
        while rest:
            expected.append(covered(rule, ordering, holding, rest))
            rest = rest[expected[-1] :]
        assert windows_of(rule, float(holding), points) == expected, f"seed {seed}"


def test_no_rule_is_cheaper_than_wagner_whitin():
    for seed in range(N_SERIES):
        ordering, holding, series = random_series(seed)
        points = points_of(float(ordering), float(holding), [d for d, _ in series], [float(q) for _, q in series])
        least = optimal_cost(ordering, holding, series)
        assert points["tail_cost"][0] == pytest.approx(float(least), abs=1e-9)
        costs = [cost_of(windows_of(rule, float(holding), points), ordering, holding, series) for rule in DYNAMIC_RULES]
        assert min(costs) == costs[-1] == least


def test_dearer_orders_never_make_the_optimum_cheaper_or_its_orders_more():
    for seed in range(N_SERIES):
        _, holding, series = random_series(seed)
        costs = [Fraction(cost) for cost in (0, 1, 5, 20, 100, 1000)]
        optima = [
            points_of(float(cost), float(holding), [d for d, _ in series], [float(q) for _, q in series])
            for cost in costs
        ]
        totals = [points["tail_cost"][0] for points in optima]
        counts = [len(optimal_windows(cost, holding, series)) for cost in costs]
        assert all(more >= less - 1e-9 for less, more in pairwise(totals))
        assert counts == sorted(counts, reverse=True)


def test_of_equal_optima_the_first_lot_is_the_smaller_one():
    """10 on three days: the second unit joins the first or the third for the same cost."""
    points = points_of(15.0, 1.0, [0, 1, 2], [10.0, 10.0, 10.0])
    assert windows_of("wagner_whitin", 1.0, points) == [1, 2]
    assert points["tail_cost"][0] == 40.0


@pytest.mark.parametrize(
    ("rule", "ordering_cost"),
    [
        ("least_unit_cost", 10.0),  # 10 / 10 = 20 / 20
        ("least_total_cost", 20.0),  # 10 below for two, 10 above for three
        ("part_period_balancing", 10.0),  # 10 <= 10
        ("silver_meal", 10.0),  # 10 / 1 = 20 / 2
        ("groff", 10.0),  # 5 = 10 (1 - 1/2)
    ],
)
def test_equal_costs_cover_one_more_but_for_the_nearest_lot(rule, ordering_cost):
    assert windows_of(rule, 1.0, points_of(ordering_cost, 1.0, [0, 1, 2], [10.0, 10.0, 10.0])) == [2, 1]


def test_costs_that_differ_by_rounding_alone_are_equal():
    """0.1 x 3 is 0.30000000000000004."""
    assert windows_of("part_period_balancing", 0.1, points_of(0.3, 0.1, [0, 1], [1.0, 3.0])) == [2]


def test_costs_of_zero_are_limits():
    free_orders = points_of(0.0, 1.0, [0, 3, 9], [5.0, 5.0, 5.0])
    free_stock = points_of(20.0, 0.0, [0, 3, 9], [5.0, 5.0, 5.0])
    for rule in DYNAMIC_RULES:
        assert windows_of(rule, 1.0, free_orders) == [1, 1, 1]
        assert windows_of(rule, 0.0, free_stock) == [3]


def test_five_thousand_requirements_are_solved_like_a_few():
    """Against the quadratic recursion, written with arrays."""
    random = np.random.default_rng(7)
    n = 5000
    days = np.cumsum(random.integers(1, 4, n))
    quantities = random.integers(1, 100, n).astype(np.float64)
    ordering, holding = 700.0, 0.5
    points = points_of(ordering, holding, days.tolist(), quantities.tolist())
    least = np.zeros(n + 1)
    reach = 200
    for first in range(n - 1, -1, -1):
        end = min(n, first + reach)
        held = np.cumsum(quantities[first:end] * (days[first:end] - days[first]))
        least[first] = (ordering + holding * held + least[first + 1 : end + 1]).min()
    assert points["tail_cost"] == pytest.approx(least)
    assert all(optimal_end(points, n, first, holding) - first < reach for first in range(0, n, 50))
