"""Small problems to level: one item, one work center, a period as long as a week, unless said otherwise."""

from __future__ import annotations

import numpy as np

from scheduling.leveller.problem import Costs, LevellingProblem, Loads


def one_item(requirements, hours, /, **changes):
    """One item that takes an hour a unit on W1, which has some hours in each period.

    A unit costs 10 an hour, 1 to hold, 5 late (60 at the end), overtime 16 an hour.
    """
    n = len(requirements)
    at = np.arange(n, dtype=np.int32)
    zero = np.zeros(n, np.int32)
    given = {
        "items": ["bike"],
        "periods": [f"P{period + 1}" for period in range(n)],
        "work_centers": ["W1"],
        "operations": ["bike/10"],
        "requirements": np.array([requirements], float),
        "receipts": np.zeros((1, n)),
        "initial_stock": np.zeros(1),
        "minimum_stock": np.zeros((1, n)),
        "can_make": np.ones((1, n), bool),
        "loads": Loads(zero, at, zero, zero, at, np.full(n, 60.0)),
        "available_minutes": np.array([hours], float) * 60.0,
        "overtime_minutes": np.zeros((1, n)),
        "fixed_minutes": np.zeros((1, n)),
        "planned": np.array([requirements], float),
        "costs": one_item_costs(),
    }
    return LevellingProblem(**(given | changes))


def one_item_costs(**changes):
    """The costs of ``one_item``."""
    given = {
        "material": np.zeros(1),
        "holding": np.ones(1),
        "backlog": np.full(1, 5.0),
        "below_minimum": np.full(1, 2.0),
        "final_backlog": np.full(1, 60.0),
        "hour": np.full(1, 10.0),
        "overtime_hour": np.full(1, 16.0),
    }
    return Costs(**(given | changes))
