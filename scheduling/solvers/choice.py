"""The solver by its name."""

from __future__ import annotations

from functools import partial

from scheduling.solvers.base import Solver
from scheduling.solvers.highs import solve_highs
from scheduling.solvers.pulp import solve_pulp

_PULP = "pulp:"


def solver_named(name: str = "highs") -> Solver:
    """Return the solver of a name: ``highs``, or ``pulp:NAME`` with one of PuLP's names.

    Examples
    --------
    >>> solver_named("highs") is solve_highs
    True
    """
    if name == "highs":
        return solve_highs
    return partial(solve_pulp, name=name.removeprefix(_PULP))
