"""Rolling horizon: some periods at a time, what is decided stays, and a lower bound from the prices of all windows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scheduling.leveller.model import LevellingModel
from scheduling.linear_model import LinearModel
from scheduling.solvers.base import Solver, SolverOptions, SolverResult, SolveStatus


def solve_rolling(model: LevellingModel, window: int, options: SolverOptions, solve: Solver) -> SolverResult:
    """Return a solution made window by window: each solve sees ``window`` periods and keeps the first half.

    Notes
    -----
    A window has the rows and variables of all periods up to its end. What was made in periods before it stays as
    decided; stock and backlog follow. What is late at the end of a window counts as at the end of the horizon.
    The bound lets go of capacity for the prices that each hour had in the window that decided its period: it is
    proven, whatever these prices are, and near the best cost when they are near the best prices.
    """
    linear, n_periods = model.model, model.problem.n_periods
    row_period = _row_periods(model)
    is_decision = _decisions(model)
    lower, upper = linear.lower.copy(), linear.upper.copy()
    duals = np.zeros(linear.n_rows)
    values, seconds, step = np.zeros(linear.n_columns), 0.0, max(1, window // 2)
    for begin in range(0, n_periods, step):
        end = min(begin + window, n_periods)
        columns = np.flatnonzero(model.period_of_column < end)
        rows = np.flatnonzero(row_period < end)
        cost = _window_costs(model, end)
        part = _part(replace(linear, lower=lower, upper=upper, cost=cost), rows, columns)
        found = solve(part, options)
        seconds += found.seconds
        if not found.status.has_solution:
            return replace(found, seconds=seconds)
        is_last = end == n_periods
        values[columns] = found.values
        decided = rows if is_last else rows[row_period[rows] < begin + step]
        fresh = decided[row_period[decided] >= begin]
        duals[fresh] = found.duals[np.searchsorted(rows, fresh)]
        if is_last:
            break
        kept = columns[is_decision[columns] & (model.period_of_column[columns] < begin + step)]
        lower[kept] = upper[kept] = np.clip(values[kept], linear.lower[kept], linear.upper[kept])
    objective = linear.objective(values)
    bound, more_seconds = _lagrangian_bound(model, duals, options, solve)
    return SolverResult(
        SolveStatus.FEASIBLE,
        objective,
        min(bound, objective),
        seconds + more_seconds,
        values,
        duals,
        np.zeros(linear.n_columns),
        f"rolling {window}",
    )


def _row_periods(model: LevellingModel) -> NDArray[np.int64]:
    """Return the period of each row: the last dimension of its family."""
    linear = model.model
    periods = [family.index.codes[-1].astype(np.int64) for family in linear.constraints]
    return np.concatenate(periods) if periods else np.zeros(0, np.int64)


def _decisions(model: LevellingModel) -> NDArray[np.bool_]:
    """Return which variables stay as decided: all but stock, backlog and what is missing in the minimum stock."""
    linear = model.model
    is_decision = np.ones(linear.n_columns, np.bool_)
    for name in ("stock", "backlog", "below_minimum"):
        is_decision[linear.variable(name).slice] = False
    return is_decision


def _window_costs(model: LevellingModel, end: int) -> NDArray[np.float64]:
    """Return the costs of the variables, backlog in the last period of a window as in the last one of all."""
    family = model.model.variable("backlog")
    item, period = family.index.codes
    last = period == end - 1
    cost = model.model.cost.copy()
    cost[family.numbers[last]] = model.problem.costs.final_backlog[item[last]]
    return cost


def _part(linear: LinearModel, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> LinearModel:
    """Return the model of some rows and variables; names stay with the whole."""
    return LinearModel(
        linear.name,
        (),
        (),
        linear.cost[columns],
        linear.lower[columns],
        linear.upper[columns],
        linear.is_integer[columns],
        linear.matrix[rows][:, columns].tocsc(),
        linear.row_lower[rows],
        linear.row_upper[rows],
    )


def _lagrangian_bound(
    model: LevellingModel, duals: NDArray[np.float64], options: SolverOptions, solve: Solver
) -> tuple[float, float]:
    """Return the least cost when hours can be had without limit at given prices, and the seconds that it took.

    Notes
    -----
    With p >= 0 the prices of the rows capacity (A x <= b), the least of cost x + p (A x - b) over all other rows is a
    lower bound of the levelled cost, whatever the prices are.
    """
    linear = model.model
    is_capacity = np.zeros(linear.n_rows, np.bool_)
    is_capacity[linear.constraint("capacity").slice] = True
    prices = np.where(is_capacity, np.minimum(duals, 0.0), 0.0)
    cost = linear.cost - linear.matrix.T @ prices
    part = _part(replace(linear, cost=cost), np.flatnonzero(~is_capacity), np.arange(linear.n_columns))
    found = solve(part, options)
    bound = found.bound if found.status is SolveStatus.OPTIMAL else -np.inf
    return bound + float(prices[is_capacity] @ linear.row_upper[is_capacity]), found.seconds
