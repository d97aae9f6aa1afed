"""Reads lot-sizing problems as JSON and writes what CP-SAT says that they cost; see test_lot_sizing_mip.py."""

from __future__ import annotations

import json
import sys

from ortools.sat.python import cp_model


def best_cost(demand: list[list[float]], holding: list[float], setup_cost: list[float]) -> float:
    """The optimum for three items in four periods of 14 hours: 2 a setup, 9 of overtime, items 1 and 2 may be late."""
    model = cp_model.CpModel()
    costs = []
    lots = [[model.new_int_var(0, 99, "") for _ in range(4)] for _ in range(3)]
    set_up = [[model.new_bool_var("") for _ in range(4)] for _ in range(3)]
    for period in range(4):
        over = model.new_int_var(0, 9, "")
        model.add(sum(lots[item][period] + 2 * set_up[item][period] for item in range(3)) <= 14 + over)
        costs.append(2 * over)
    for item in range(3):
        for period in range(4):
            stock, late = model.new_int_var(0, 99, ""), model.new_int_var(0, 99 if item < 2 and period < 3 else 0, "")
            model.add(sum(lots[item][: period + 1]) - int(sum(demand[item][: period + 1])) == stock - late)
            model.add(lots[item][period] <= 99 * set_up[item][period])
            costs += [int(holding[item]) * stock, (5, 6, 0)[item] * late, int(setup_cost[item]) * set_up[item][period]]
    model.minimize(sum(costs))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return solver.objective_value


print(json.dumps([best_cost(*problem) for problem in json.load(sys.stdin)]))
