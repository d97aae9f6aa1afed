"""PuLP: the door to every solver that it knows (CBC comes with it)."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pulp
from numpy.typing import NDArray

from bom.errors import OptionError
from scheduling.linear_model import LinearModel
from scheduling.solvers.base import SolverOptions, SolverResult, SolveStatus, Watch

_STATUS = {
    pulp.LpStatusOptimal: SolveStatus.OPTIMAL,
    pulp.LpStatusInfeasible: SolveStatus.INFEASIBLE,
    pulp.LpStatusUnbounded: SolveStatus.UNBOUNDED,
    pulp.LpStatusNotSolved: SolveStatus.NO_SOLUTION,
    pulp.LpStatusUndefined: SolveStatus.FAILED,
}


def available_solvers() -> list[str]:
    """Return the names of the solvers that PuLP finds on this machine."""
    names: list[str] = pulp.listSolvers(onlyAvailable=True)
    return names


def solve_pulp(
    model: LinearModel,
    options: SolverOptions = SolverOptions(),  # noqa: B008 - frozen
    start: NDArray[np.float64] | None = None,
    watch: Watch | None = None,  # noqa: ARG001 - one shape for all adapters; PuLP cannot be watched
    name: str = "PULP_CBC_CMD",
) -> SolverResult:
    """Return the solution that a solver of PuLP finds.

    Parameters
    ----------
    model, options
        What to solve, and how; ``seed`` and ``method`` stay the solver's own.
    start
        A solution to start with, for the solvers that take one.
    watch
        Not called.
    name
        The solver, by PuLP's name.

    Raises
    ------
    OptionError
        ``unknown_solver``, when PuLP has no such solver here.

    Notes
    -----
    One Python object per variable: some 20 us each, so for models of up to some 100,000 of them.
    """
    with warnings.catch_warnings():
        # PuLP's own renaming plans are no concern of the caller
        warnings.simplefilter("ignore", DeprecationWarning)
        return _solve(model, options, start, name)


def _solve(model: LinearModel, options: SolverOptions, start: NDArray[np.float64] | None, name: str) -> SolverResult:
    """Return the solution of a model."""
    if name not in available_solvers():
        raise OptionError(
            "unknown_solver", f"PuLP has no such solver here (there are {', '.join(available_solvers())})", [name]
        )
    problem, variables, rows = _problem(model)
    if start is not None:
        for variable, value in zip(variables, start, strict=True):
            variable.setInitialValue(float(value), check=False)
    keywords: dict[str, Any] = {"msg": False, "gapRel": options.gap, "warmStart": start is not None}
    if options.time_limit is not None:
        keywords["timeLimit"] = options.time_limit
    if options.threads:
        keywords["threads"] = options.threads
    problem.solve(pulp.getSolver(name, **keywords))
    return _result(model, problem, variables, rows, name)


def _problem(model: LinearModel) -> tuple[Any, list[Any], list[list[Any]]]:
    """Return the model in PuLP's objects: the problem, its variables, and the one or two constraints of each row."""
    problem = pulp.LpProblem("model", pulp.LpMinimize)
    variables = [
        pulp.LpVariable(
            f"x{column}",
            None if np.isneginf(model.lower[column]) else float(model.lower[column]),
            None if np.isposinf(model.upper[column]) else float(model.upper[column]),
            "Integer" if model.is_integer[column] else "Continuous",
        )
        for column in range(model.n_columns)
    ]
    costs = [(variable, float(cost)) for variable, cost in zip(variables, model.cost, strict=True)]
    problem.setObjective(pulp.LpAffineExpression(costs, constant=model.offset))
    matrix = model.matrix.tocsr()
    rows: list[list[Any]] = []
    for row in range(model.n_rows):
        inside = slice(matrix.indptr[row], matrix.indptr[row + 1])
        terms = [
            (variables[column], float(value))
            for column, value in zip(matrix.indices[inside], matrix.data[inside], strict=True)
        ]
        rows.append(_add_row(problem, row, terms, float(model.row_lower[row]), float(model.row_upper[row])))
    return problem, variables, rows


def _add_row(problem: Any, row: int, terms: list[tuple[Any, float]], lower: float, upper: float) -> list[Any]:
    """Add one row: two constraints when it has two limits that differ; none when it is empty or has no limit."""
    limits = [(pulp.LpConstraintEQ, lower)] if lower == upper else []
    if lower != upper and np.isfinite(lower):
        limits.append((pulp.LpConstraintGE, lower))
    if lower != upper and np.isfinite(upper):
        limits.append((pulp.LpConstraintLE, upper))
    added = []
    for sense, limit in limits if terms else []:
        constraint = pulp.LpConstraint(pulp.LpAffineExpression(terms), sense, f"r{row}_{sense + 1}", limit)
        problem.addConstraint(constraint)
        added.append(constraint)
    return added


def _result(model: LinearModel, problem: Any, variables: list[Any], rows: list[list[Any]], name: str) -> SolverResult:
    """Return what the solver found."""
    status = _STATUS[problem.status]
    is_cut_off = problem.sol_status == pulp.LpSolutionIntegerFeasible
    if is_cut_off:
        status = SolveStatus.FEASIBLE
    none = np.zeros(0)
    if not status.has_solution:
        return SolverResult(status, np.inf, -np.inf, problem.solutionTime, none, none, none, name)
    values = np.array([_or_zero(variable.varValue) for variable in variables])
    duals, reduced_costs = none, none
    if not model.is_mixed_integer:
        duals = np.array([sum(_or_zero(one.pi) for one in row) for row in rows])
        reduced_costs = np.array([_or_zero(variable.dj) for variable in variables])
    objective = model.objective(values)
    # of the bound PuLP says nothing but that the solver was content
    bound = objective if status is SolveStatus.OPTIMAL and not model.is_mixed_integer else -np.inf
    return SolverResult(status, objective, bound, problem.solutionTime, values, duals, reduced_costs, name)


def _or_zero(value: float | None) -> float:
    """Return a number, 0 where the solver gave none."""
    return 0.0 if value is None else float(value)
