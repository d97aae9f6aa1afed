"""Tiny random lot-sizing problems, and their optima by trying every setup."""

from __future__ import annotations

from itertools import product

import numpy as np
from scipy.optimize import linprog

from scheduling.lot_sizing.problem import LotSizingProblem, make_problem

FEATURES = ("plain", "two_levels", "waits", "backlog", "overtime", "minimum", "carry", "stock", "receipts", "first")


def tiny_problem(seed: int, feature: str) -> LotSizingProblem:
    """A problem of two items over three periods on one resource, with one feature."""
    random = np.random.default_rng(seed)
    demand = random.integers(0, 9, (2, 3)).astype(float)
    demand[:, 0] *= 0 if feature in ("two_levels", "waits") else random.integers(0, 2)
    capacity = np.full((1, 3), float(random.integers(18, 30)))
    named: dict[str, object] = {}
    if feature == "two_levels":
        named = {"bom": [(0, 1, 2, 0)], "initial_stock": [2, 1]}
        capacity *= 2
    elif feature == "waits":
        named = {"bom": [(0, 1, 1, 1)], "initial_stock": [0, 3]}
        capacity *= 2
    elif feature == "backlog":
        named = {"backlog_cost": [float(random.integers(1, 4)), np.inf]}
    elif feature == "overtime":
        named = {"overtime_limit": 8.0, "overtime_cost": float(random.integers(1, 3))}
        capacity -= 6
    elif feature == "minimum":
        named = {"minimum_lot": [float(random.integers(5, 9)), 0.0]}
        capacity += 4
    elif feature == "carry":
        named = {"has_carry_over": True, "initial_setup": [int(random.integers(-1, 2))]}
    elif feature == "stock":
        named = {"initial_stock": random.integers(0, 9, 2), "production_cost": random.integers(0, 3, 2)}
    elif feature == "first":
        named = {"first_period": [1, 0], "initial_stock": [demand[0, 0], 0]}
    elif feature == "receipts":
        named = {"bom": [(0, 1, 1, 0)], "initial_stock": [2, 1], "receipts": random.integers(0, 7, (2, 3))}
        capacity *= 2
    setup_cost = random.integers(2, 20, 2)
    return make_problem(
        demand,
        random.integers(1, 4, 2),
        setup_cost,
        random.integers(1, 3, 2),
        random.integers(0, 4, 2),
        capacity,
        **named,
    )


def best_cost(problem: LotSizingProblem) -> float:
    """The optimum, from a linear model for every setup of every item and period; infinite when there is none."""
    n_items, n_periods = problem.demand.shape
    best = np.inf
    for flags in product((0, 1), repeat=n_items * n_periods):
        set_up = np.array(flags).reshape(n_items, n_periods)
        fixed = float(problem.setup_cost @ set_up.sum(axis=1))
        if fixed >= best:
            continue
        for carried in states(problem, set_up):
            best = min(best, fixed + lots_cost(problem, set_up, carried))
    return best


def states(problem: LotSizingProblem, set_up: np.ndarray) -> list[np.ndarray]:
    """Every way in which one resource can stay set up from period to period."""
    n_items, n_periods = set_up.shape
    if not problem.has_carry_over:
        return [np.zeros(set_up.shape, dtype=int)]
    paths = []
    for path in product(range(-1, n_items), repeat=n_periods):
        before = int(problem.initial_setup[0])
        is_possible = True
        for period, item in enumerate(path):
            ends = {before} if period == 0 else set(np.flatnonzero(set_up[:, period - 1]))
            if period > 0 and not set_up[:, period - 1].any():
                ends = {before}
            is_possible &= item in ends | {-1}
            before = item
        if is_possible:
            paths.append(path)
    return [np.array([[int(path[t] == i) for t in range(n_periods)] for i in range(n_items)]) for path in paths]


def lots_cost(problem: LotSizingProblem, set_up: np.ndarray, carried: np.ndarray) -> float:
    """The least cost of lots for given setups, setups not counted: lots, stock, backlog and overtime by period."""
    n_items, n_periods = set_up.shape
    n = n_items * n_periods
    lots, stock, late = (np.arange(n).reshape(n_items, n_periods) + k * n for k in range(3))
    over = np.arange(n_periods) + 3 * n
    cost = np.zeros(3 * n + n_periods)
    bounds: list[tuple[float, float | None]] = [(0, None)] * cost.size
    equal, equal_to, under, under_to = [], [], [], []
    for i, t in product(range(n_items), range(n_periods)):
        row = np.zeros(cost.size)
        row[lots[i, t]], row[stock[i, t]], row[late[i, t]] = 1, -1, 1
        right = problem.demand[i, t] - problem.receipts[i, t]
        if t:
            row[stock[i, t - 1]], row[late[i, t - 1]] = 1, -1
        else:
            right -= problem.initial_stock[i]
        for line in range(problem.n_lines):
            if problem.bom_component[line] == i:
                row[lots[problem.bom_parent[line], t]] -= problem.bom_quantity[line]
        equal.append(row)
        equal_to.append(right)
        cost[lots[i, t]], cost[stock[i, t]] = problem.production_cost[i], problem.holding_cost[i]
        is_ready = (set_up[i, t] or carried[i, t]) and t >= problem.first_period[i]
        bounds[lots[i, t]] = (0, None if is_ready else 0)
        may_be_late = np.isfinite(problem.backlog_cost[i]) and t < n_periods - 1
        bounds[late[i, t]] = (0, None if may_be_late else 0)
        cost[late[i, t]] = problem.backlog_cost[i] if may_be_late else 0
    for line in range(problem.n_lines):
        for t in range(n_periods if problem.bom_lead_time[line] == 1 else 0):
            row = np.zeros(cost.size)
            row[lots[problem.bom_parent[line], t]] = problem.bom_quantity[line]
            if t:
                row[stock[problem.bom_component[line], t - 1]] = -1
            under.append(row)
            under_to.append(0 if t else problem.initial_stock[problem.bom_component[line]])
    for t in range(n_periods):
        row = np.zeros(cost.size)
        row[lots[:, t]], row[over[t]] = problem.run_time, -1
        under.append(row)
        under_to.append(problem.capacity[0, t] - problem.setup_time @ set_up[:, t])
        bounds[over[t]] = (0, problem.overtime_limit[0, t])
        cost[over[t]] = problem.overtime_cost[0]
    best = np.inf
    small = [i for i in range(n_items) if problem.minimum_lot[i] > 0]
    for least in product(*([0, 1] for _ in small for _ in range(n_periods))):
        trial = list(bounds)
        for place, (i, t) in enumerate(product(small, range(n_periods))):
            is_open = trial[lots[i, t]][1] is None
            trial[lots[i, t]] = (problem.minimum_lot[i], None) if least[place] and is_open else (0, 0)
        solved = linprog(cost, under, under_to, equal, equal_to, trial, method="highs")
        best = min(best, solved.fun if solved.status == 0 else np.inf)
    return best
