"""Sifting: a linear model solved with few of its columns, those priced in that pay, until none does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from scheduling.linear_model import INFINITY, LinearModel
from scheduling.solvers.base import SolverOptions, SolverResult, SolveStatus
from scheduling.solvers.highs import HighsSession

_TOLERANCE = 1e-6
_ROUNDS = 60
# so few new columns are worth pivoting in; with more, a solve from nothing, which presolve makes small, is faster
_FEW = 200
_DEARER = 10.0


def sift(
    model: LinearModel,
    active: NDArray[np.bool_],
    elastic: NDArray[np.integer],
    price: float,
    options: SolverOptions = SolverOptions(),  # noqa: B008 - frozen
) -> SolverResult:
    """Return the optimal solution of a linear model, found with some of its columns at a time.

    Parameters
    ----------
    model
        A model whose columns outside ``active`` may be 0.
    active
        bool, shape (n_columns,): the columns to begin with.
    elastic
        The rows with an upper limit that may be exceeded at first.
    price
        What a unit beyond such a limit costs at first; it grows until none is left.
    options
        How the small models are solved.

    Notes
    -----
    Each round solves the model with the active columns and adds every other one whose reduced cost is below 0. When
    there is none left, the prices prove that the solution is one of the whole model (column generation; solvers call
    it sifting).

    Examples
    --------
    >>> from scheduling.linear_model import Index, ModelBuilder
    >>> builder = ModelBuilder("shop")
    >>> make = builder.add_variables("make", Index.grid(["bike", "wheel"]), upper=8.0, cost=[-5.0, -3.0])
    >>> hours = builder.add_constraints("hours", Index(), upper=10.0)
    >>> builder.add_terms(np.repeat(hours.numbers, 2), make.numbers, 1.0)
    >>> result = sift(builder.build(), np.array([False, True]), hours.numbers, 1.0)
    >>> result.objective, result.values.tolist(), result.duals.tolist()
    (-46.0, [8.0, 2.0], [-3.0])
    """
    return _Sifting(model, active, np.asarray(elastic), price, options).result()


class _Sifting:
    """A model while it is sifted: the elastic columns stand first, then the active ones as they came."""

    def __init__(
        self,
        model: LinearModel,
        active: NDArray[np.bool_],
        elastic: NDArray[np.integer],
        price: float,
        options: SolverOptions,
    ) -> None:
        self._model, self._elastic, self._price, self._options = model, elastic, price, options
        self._columns = np.flatnonzero(active)
        self._session: HighsSession | None = None
        self._seconds = 0.0

    def result(self) -> SolverResult:
        """Solve, price, add, until no column pays."""
        for _ in range(_ROUNDS):
            found = self._solve()
            if found.status is SolveStatus.INFEASIBLE and self._columns.size < self._model.n_columns:
                self._add(np.setdiff1d(np.arange(self._model.n_columns), self._columns))
                continue
            if found.status is not SolveStatus.OPTIMAL:
                break
            reduced = self._model.cost - self._model.matrix.T @ found.duals
            is_outside = np.ones(self._model.n_columns, np.bool_)
            is_outside[self._columns] = False
            fresh = np.flatnonzero(is_outside & (reduced < -_TOLERANCE))
            excess = found.values[: self._elastic.size].sum()
            if not fresh.size and excess <= _TOLERANCE:
                return self._whole(found, reduced)
            if excess > _TOLERANCE and not fresh.size:
                self._raise_price()
            self._add(fresh)
        status = found.status if found.status is not SolveStatus.OPTIMAL else SolveStatus.NO_SOLUTION
        none = np.zeros(0)
        return SolverResult(status, np.inf, -np.inf, self._seconds, none, none, none, self._method(found))

    def _solve(self) -> SolverResult:
        """Solve the model with the columns that there are."""
        left = None if self._options.time_limit is None else max(self._options.time_limit - self._seconds, 0.0)
        options = replace(self._options, time_limit=left)
        if self._session is None:
            self._session = HighsSession(self._part())
        found = self._session.solve(options)
        self._seconds += found.seconds
        return found

    def _part(self) -> LinearModel:
        """Return the model of the active columns, with the elastic ones before them."""
        model, at, n_elastic = self._model, self._columns, self._elastic.size
        place = (self._elastic, np.arange(n_elastic))
        excess = sparse.csc_array((np.full(n_elastic, -1.0), place), shape=(model.n_rows, n_elastic))
        return LinearModel(
            model.name,
            (),
            (),
            np.concatenate([np.full(n_elastic, self._price), model.cost[at]]),
            np.concatenate([np.zeros(n_elastic), model.lower[at]]),
            np.concatenate([np.full(n_elastic, INFINITY), model.upper[at]]),
            np.zeros(n_elastic + at.size, np.bool_),
            sparse.hstack([excess, model.matrix[:, at]], format="csc"),
            model.row_lower,
            model.row_upper,
            model.offset,
        )

    def _add(self, columns: NDArray[np.integer]) -> None:
        """Add columns: few to the model in the solver, from whose solution it goes on; many to a new one."""
        self._columns = np.concatenate([self._columns, columns])
        if columns.size > _FEW or self._session is None:
            self._session = None
        elif columns.size:
            model = self._model
            self._session.add_columns(
                model.cost[columns], model.lower[columns], model.upper[columns], model.matrix[:, columns]
            )

    def _raise_price(self) -> None:
        """Make what is beyond limits dearer."""
        self._price *= _DEARER
        if self._session is not None:
            n_elastic = self._elastic.size
            self._session.change_costs(np.arange(n_elastic), np.full(n_elastic, self._price))

    def _whole(self, found: SolverResult, reduced: NDArray[np.float64]) -> SolverResult:
        """Return the solution by the columns of the whole model."""
        values = np.clip(0.0, self._model.lower, self._model.upper)
        values[self._columns] = found.values[self._elastic.size :]
        return replace(found, values=values, reduced_costs=reduced, seconds=self._seconds, method=self._method(found))

    def _method(self, found: SolverResult) -> str:
        """Return how it was solved."""
        return f"sifting, {found.method}"
