"""HiGHS through highspy: arrays in, arrays out."""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from scheduling.linear_model import LinearModel
from scheduling.solvers.base import Progress, SolverOptions, SolverResult, SolveStatus, Watch

_STATUS = {
    "kOptimal": SolveStatus.OPTIMAL,
    "kModelEmpty": SolveStatus.OPTIMAL,
    "kInfeasible": SolveStatus.INFEASIBLE,
    "kUnbounded": SolveStatus.UNBOUNDED,
    "kUnboundedOrInfeasible": SolveStatus.INFEASIBLE,
    "kTimeLimit": SolveStatus.NO_SOLUTION,
    "kIterationLimit": SolveStatus.NO_SOLUTION,
    "kSolutionLimit": SolveStatus.NO_SOLUTION,
    "kInterrupt": SolveStatus.NO_SOLUTION,
    "kHighsInterrupt": SolveStatus.NO_SOLUTION,
    "kObjectiveBound": SolveStatus.NO_SOLUTION,
    "kObjectiveTarget": SolveStatus.NO_SOLUTION,
}
_DUAL, _PRIMAL = 1, 4
_METHODS = {"simplex": "simplex", "interior_point": "ipm", "pdlp": "pdlp"}
# levelling 2,000 items by 26 weeks, 400,000 coefficients: interior point 33 s, dual simplex not done after 150 s
SIMPLEX_UP_TO = 30_000
INTERIOR_POINT_UP_TO = 20_000_000
_HEURISTIC_EFFORT = 0.05
_HEURISTICS = ("mip_heuristic_run_rens", "mip_heuristic_run_rins", "mip_heuristic_run_root_reduced_cost")


def solve_highs(
    model: LinearModel,
    options: SolverOptions = SolverOptions(),  # noqa: B008 - frozen
    start: NDArray[np.float64] | None = None,
    watch: Watch | None = None,
) -> SolverResult:
    """Return the solution that HiGHS finds.

    Parameters
    ----------
    model, options
        What to solve, and how.
    start
        float64, shape (n_columns,): a solution to start a mixed-integer solve with.
    watch
        Called as a mixed-integer solve goes on; ends it when it returns ``True``.

    Examples
    --------
    >>> from scheduling.linear_model import Index, ModelBuilder
    >>> builder = ModelBuilder("shop")
    >>> make = builder.add_variables("make", Index.grid(["bike", "wheel"]), upper=8.0, cost=[-5.0, -3.0])
    >>> hours = builder.add_constraints("hours", Index(), upper=10.0)
    >>> builder.add_terms(np.repeat(hours.numbers, 2), make.numbers, 1.0)
    >>> result = solve_highs(builder.build())
    >>> result.objective, result.values.tolist(), result.duals.tolist()
    (-46.0, [8.0, 2.0], [-3.0])
    """
    return HighsSession(model).solve(options, start, watch)


def linear_method(model: LinearModel, options: SolverOptions) -> str:
    """Return the method that HiGHS is asked for: the one of the options, or one by the number of coefficients."""
    if options.method != "auto":
        return _METHODS[options.method]
    if model.matrix.nnz <= SIMPLEX_UP_TO:
        return "simplex"
    return "ipm" if model.matrix.nnz <= INTERIOR_POINT_UP_TO else "pdlp"


class HighsSession:
    """A model loaded into HiGHS, whose bounds and rows can be changed between solves without loading it again.

    Parameters
    ----------
    model
        What to solve.
    """

    def __init__(self, model: LinearModel) -> None:
        self._model = model
        self._is_mixed_integer = model.is_mixed_integer
        self._has_new_columns = False
        self._highs: Any = highspy.Highs()
        self._highs.setOptionValue("output_flag", False)
        self._highs.passModel(_highs_model(model))

    def change_bounds(
        self, columns: NDArray[np.integer], lower: NDArray[np.float64], upper: NDArray[np.float64]
    ) -> None:
        """Change the bounds of some variables."""
        at = np.asarray(columns, dtype=np.int32)
        self._highs.changeColsBounds(at.size, at, np.asarray(lower, np.float64), np.asarray(upper, np.float64))

    def change_costs(self, columns: NDArray[np.integer], cost: NDArray[np.float64]) -> None:
        """Change the costs of some variables."""
        at = np.asarray(columns, dtype=np.int32)
        self._highs.changeColsCost(at.size, at, np.asarray(cost, np.float64))

    def add_columns(
        self,
        cost: NDArray[np.float64],
        lower: NDArray[np.float64],
        upper: NDArray[np.float64],
        matrix: sparse.csc_array,
    ) -> None:
        """Add variables with their coefficients in the rows that there are; a solve goes on from the last solution."""
        self._highs.addCols(
            cost.size,
            np.asarray(cost, np.float64),
            np.asarray(lower, np.float64),
            np.asarray(upper, np.float64),
            matrix.nnz,
            np.asarray(matrix.indptr[:-1], np.int32),
            np.asarray(matrix.indices, np.int32),
            np.asarray(matrix.data, np.float64),
        )
        self._has_new_columns = True

    def add_rows(
        self,
        lower: NDArray[np.float64],
        upper: NDArray[np.float64],
        indptr: NDArray[np.integer],
        columns: NDArray[np.integer],
        values: NDArray[np.float64],
    ) -> None:
        """Add constraints, such as cuts, by row: ``columns[indptr[r]:indptr[r + 1]]`` with their values."""
        self._highs.addRows(
            lower.size,
            np.asarray(lower, np.float64),
            np.asarray(upper, np.float64),
            values.size,
            np.asarray(indptr, np.int32),
            np.asarray(columns, np.int32),
            np.asarray(values, np.float64),
        )

    def solve(
        self,
        options: SolverOptions = SolverOptions(),  # noqa: B008 - frozen
        start: NDArray[np.float64] | None = None,
        watch: Watch | None = None,
    ) -> SolverResult:
        """Return the solution of the model as it is now."""
        highs: Any = self._highs
        log: list[str] = []
        method = "mip" if self._is_mixed_integer else linear_method(self._model, options)
        # with new columns the last basis is feasible still, which the primal method makes use of
        is_continued = self._has_new_columns and not self._is_mixed_integer
        _set_options(highs, options, "simplex" if is_continued else method)
        highs.setOptionValue("simplex_strategy", _PRIMAL if is_continued else _DUAL)
        watched = self._is_mixed_integer and watch is not None
        with _Subscriptions(highs) as events:
            if options.is_logged:
                highs.setOptionValue("output_flag", True)
                highs.setOptionValue("log_to_console", False)
                events.add(highs.cbLogging, lambda event: log.append(event.message))
            if watched and watch is not None:
                events.add(highs.cbMipImprovingSolution, _Watched(watch, self._model.n_columns).improved)
                events.add(highs.cbMipInterrupt, _Watched(watch, self._model.n_columns).asked)
            if start is not None and self._is_mixed_integer:
                highs.setSolution(start.size, np.arange(start.size, dtype=np.int32), np.asarray(start, np.float64))
            before = highs.getRunTime()
            highs.run()
        seconds = highs.getRunTime() - before
        return _result(highs, self._is_mixed_integer, seconds, method, "".join(log))


class _Watched:
    """Hands what HiGHS says to the caller, and the caller's wish to end to HiGHS."""

    def __init__(self, watch: Watch, n_columns: int) -> None:
        self._watch, self._n_columns = watch, n_columns

    def improved(self, event: Any) -> None:
        """Tell of a better solution."""
        self._tell(event, np.array(event.data_out.mip_solution, dtype=np.float64)[: self._n_columns])

    def asked(self, event: Any) -> None:
        """Tell how far the solve is."""
        self._tell(event, None)

    def _tell(self, event: Any, values: NDArray[np.float64] | None) -> None:
        """Call the caller; end the solve when it says so."""
        out = event.data_out
        progress = Progress(out.running_time, out.mip_primal_bound, out.mip_dual_bound, values)
        is_over = self._watch(progress)
        if event.data_in is not None:
            # what was said in one solve of a session would hold in the next
            event.data_in.user_interrupt = is_over


class _Subscriptions:
    """Callbacks that are taken off again when the solve is over."""

    def __init__(self, highs: Any) -> None:
        self._highs = highs
        self._taken: list[tuple[Any, Any]] = []

    def __enter__(self) -> _Subscriptions:
        return self

    def add(self, callback: Any, function: Any) -> None:
        """Call ``function`` at the events of one kind."""
        callback.subscribe(function)
        self._taken.append((callback, function))

    def __exit__(self, *_: object) -> None:
        for callback, function in self._taken:
            callback.unsubscribe(function)


def _highs_model(model: LinearModel) -> Any:
    """Return the model as HiGHS holds it."""
    lp = highspy.HighsLp()
    lp.model_name_ = model.name
    lp.num_col_, lp.num_row_ = model.n_columns, model.n_rows
    lp.offset_ = model.offset
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = model.cost, model.lower, model.upper
    lp.row_lower_, lp.row_upper_ = model.row_lower, model.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = model.n_columns, model.n_rows
    lp.a_matrix_.start_ = model.matrix.indptr.astype(np.int32)
    lp.a_matrix_.index_ = model.matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = model.matrix.data
    if model.is_mixed_integer:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(one)] for one in model.is_integer]
    return lp


def _set_options(highs: Any, options: SolverOptions, method: str) -> None:
    """Hand the options to HiGHS."""
    # highs counts its time over all solves of a session
    spent = highs.getRunTime()
    highs.setOptionValue("time_limit", float("inf") if options.time_limit is None else spent + options.time_limit)
    highs.setOptionValue("random_seed", options.seed)
    highs.setOptionValue("mip_rel_gap", options.gap)
    highs.setOptionValue("solver", "choose" if method == "mip" else method)
    highs.setOptionValue("mip_heuristic_effort", _HEURISTIC_EFFORT if options.has_heuristics else 0.0)
    for name in _HEURISTICS:
        highs.setOptionValue(name, options.has_heuristics)
    if options.threads:
        # the threads are made once per process; another number needs new ones
        highspy.Highs.resetGlobalScheduler(True)
        highs.setOptionValue("threads", options.threads)


def _result(highs: Any, is_mixed_integer: bool, seconds: float, method: str, log: str) -> SolverResult:
    """Return what HiGHS found."""
    info, solution = highs.getInfo(), highs.getSolution()
    status = _STATUS.get(highs.getModelStatus().name, SolveStatus.FAILED)
    is_feasible = info.primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible)
    if status is SolveStatus.NO_SOLUTION and is_feasible:
        status = SolveStatus.FEASIBLE
    none = np.zeros(0)
    if not status.has_solution:
        bound = info.mip_dual_bound if is_mixed_integer else -np.inf
        return SolverResult(status, np.inf, bound, seconds, none, none, none, method, log)
    objective = info.objective_function_value
    proven = objective if status is SolveStatus.OPTIMAL else -np.inf
    return SolverResult(
        status,
        objective,
        info.mip_dual_bound if is_mixed_integer else proven,
        seconds,
        np.array(solution.col_value),
        none if is_mixed_integer else np.array(solution.row_dual),
        none if is_mixed_integer else np.array(solution.col_dual),
        method,
        log,
    )
