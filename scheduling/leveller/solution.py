"""The solved levelling model: quantities, prices of hours, what it all costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bom.errors import PlanningError
from scheduling.leveller.model import LevellingModel, levelling_model
from scheduling.leveller.options import LevellingOptions
from scheduling.leveller.price_guide import guide_prices, starting_columns
from scheduling.leveller.problem import LevellingProblem
from scheduling.leveller.rolling import solve_rolling
from scheduling.linear_model import Family
from scheduling.sifting import sift
from scheduling.solvers.base import SolverOptions, SolverResult, SolveStatus
from scheduling.solvers.choice import solver_named
from scheduling.solvers.highs import INTERIOR_POINT_UP_TO, SIMPLEX_UP_TO, solve_highs

_MINUTES_PER_HOUR = 60.0
# minutes that are not there cost so many times the highest price at first
_BEYOND = 10.0
_LEAST_PRICE = 1e-3


@dataclass(frozen=True, slots=True)
class LevellingSolution:
    """What levelling decided.

    Parameters
    ----------
    model, result
        The model and what the solver found.
    make, stock, backlog, below_minimum, subcontract
        float64, shape (n_items, n_periods).
    overtime_minutes, overload_minutes
        float64, shape (n_work_centers, n_periods).
    required_minutes
        float64, shape (n_work_centers, n_periods): the load, alternates and the fixed load included.
    hour_prices
        float64, shape (n_work_centers, n_periods): by how much one more hour would lower the cost; 0 where capacity is
        no limit.
    cost_by_kind
        What the solution costs, by family of variables.
    """

    model: LevellingModel
    result: SolverResult
    make: NDArray[np.float64]
    stock: NDArray[np.float64]
    backlog: NDArray[np.float64]
    below_minimum: NDArray[np.float64]
    subcontract: NDArray[np.float64]
    overtime_minutes: NDArray[np.float64]
    overload_minutes: NDArray[np.float64]
    required_minutes: NDArray[np.float64]
    hour_prices: NDArray[np.float64]
    cost_by_kind: dict[str, float]

    @property
    def problem(self) -> LevellingProblem:
        """What was levelled."""
        return self.model.problem

    @property
    def alternates(self) -> list[tuple[str, float]]:
        """The names of the alternates that are used, with their units."""
        family = self.model.model.variable("alternate")
        values = self.result.values[family.slice]
        return [(family.label(int(at)), float(values[at])) for at in np.flatnonzero(values > 1e-6)]


def solve_levelling(problem: LevellingProblem, options: LevellingOptions) -> LevellingSolution:
    """Return the cheapest quantities of a problem.

    Raises
    ------
    PlanningError
        ``not_solved``, when the time limit ends before there is a solution.
    """
    model = levelling_model(problem)
    solver_options = SolverOptions(
        time_limit=options.time_limit_seconds or None,
        threads=options.threads,
        seed=options.seed,
        method="auto" if options.method == "sifting" else options.method,
    )
    solve = solver_named(options.solver)
    if options.window_periods and options.window_periods < problem.n_periods:
        result = solve_rolling(model, options.window_periods, solver_options, solve)
    elif is_sifted(model, options):
        result = _sifted(model, solver_options)
    else:
        result = solve(model.model, solver_options)
    if not result.status.has_solution:
        reason = f"the solver ended with {result.status} after {result.seconds:.1f} s; raise time_limit_seconds"
        raise PlanningError("not_solved", reason)
    return _solution(model, result)


def is_sifted(model: LevellingModel, options: LevellingOptions) -> bool:
    """Return whether the model is solved with few of its columns at a time: HiGHS, and too large for simplex alone."""
    if options.method != "auto" or options.solver != "highs":
        return options.method == "sifting"
    return bool(SIMPLEX_UP_TO < model.model.matrix.nnz <= INTERIOR_POINT_UP_TO)


def _sifted(model: LevellingModel, options: SolverOptions) -> SolverResult:
    """Return the solution found from the columns that pay at near prices of the hours."""
    guide = guide_prices(model.problem)
    highest = max(float(guide.minute_price.max(initial=0.0)), _LEAST_PRICE)
    rows = model.model.constraint("capacity").numbers
    found = sift(model.model, starting_columns(model, guide), rows, _BEYOND * highest, options)
    is_out_of_rounds = found.status is SolveStatus.NO_SOLUTION and options.time_limit is None
    return solve_highs(model.model, options) if is_out_of_rounds else found


def _solution(model: LevellingModel, result: SolverResult) -> LevellingSolution:
    """Return the solution by item, work center and period."""
    problem, linear = model.problem, model.model
    items, centers = (problem.n_items, problem.n_periods), problem.fixed_minutes.shape
    # what rounding leaves below 0 is 0
    values = np.maximum(result.values, 0.0)
    grids = {
        name: _grid(linear.variable(name), values, shape)
        for shape, names in (
            (items, ("make", "stock", "backlog", "below_minimum", "subcontract")),
            (centers, ("overtime", "overload")),
        )
        for name in names
    }
    costs = {family.name: float(linear.cost[family.slice] @ values[family.slice]) for family in linear.variables}
    prices = np.zeros(centers)
    is_row = model.capacity >= 0
    prices[is_row] = np.maximum(-result.duals[model.capacity[is_row]], 0.0) * _MINUTES_PER_HOUR
    if not problem.can_overload:
        # an hour more makes room for what is there too much, and for nothing else
        prices[problem.unavoidable_minutes > 0] = 0.0
    return LevellingSolution(
        model,
        result,
        grids["make"],
        grids["stock"],
        grids["backlog"],
        grids["below_minimum"],
        grids["subcontract"],
        grids["overtime"],
        grids["overload"],
        _required(model, values, grids["make"]),
        prices,
        costs,
    )


def _grid(family: Family, values: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the values of a family by its two dimensions; those of one cell are summed."""
    grid = np.zeros(shape)
    np.add.at(grid, tuple(family.index.codes), values[family.slice])
    return grid


def _required(model: LevellingModel, values: NDArray[np.float64], make: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the load of each work center, alternates as they are used."""
    problem, linear = model.problem, model.model
    minutes = problem.fixed_minutes + problem.load_minutes(make)
    family = linear.variable("alternate")
    is_row = model.capacity >= 0
    # what alternates take off one work center and add to another stands in their columns
    moved = linear.matrix[:, family.slice] @ values[family.slice]
    minutes[is_row] += moved[model.capacity[is_row]]
    return minutes
