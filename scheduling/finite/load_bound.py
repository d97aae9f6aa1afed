"""A lower bound of the makespan from the loads of machines, where operations choose among them."""

from __future__ import annotations

from math import ceil

import numpy as np

from scheduling.linear_model import Index, ModelBuilder
from scheduling.objective import Measure
from scheduling.problem import NONE, SchedulingProblem
from scheduling.solvers.base import SolveStatus
from scheduling.solvers.highs import solve_highs

_MOST_MODES = 5_000
_TOLERANCE = 1e-6


def load_bound(problem: SchedulingProblem) -> int:
    """Return what no makespan is below: the greatest load when every operation is shared out in fractions.

    Notes
    -----
    ``minimise C`` subject to ``sum over modes of share(mode) = 1`` for each operation and
    ``sum over modes on m of duration(mode) share(mode) <= units(m) C`` for each machine; durations are whole, so ``C``
    is rounded up. 0 where no operation has a choice, where operations share a machine in batches, or where more than
    5,000 modes make the model large.

    Examples
    --------
    >>> from scheduling.finite.make import problem_from_jobs
    >>> load_bound(problem_from_jobs([[[(0, 4), (1, 5)]], [[(0, 3), (1, 3)]], [[(0, 2), (1, 4)]]]))
    5
    """
    n_modes = problem.mode_machine.shape[0]
    has_choice = n_modes > problem.n_operations and Measure.MAKESPAN in problem.objective.measures
    if not has_choice or n_modes > _MOST_MODES or (problem.operation_batch != NONE).any():
        return 0
    numbers = np.arange(n_modes)
    on_machine = numbers[problem.mode_machine != NONE]
    units = np.diff(problem.machine_unit_indptr).astype(np.float64)
    builder = ModelBuilder("loads")
    share = builder.add_variables("share", Index(n_modes))
    longest = builder.add_variables("longest", Index(), cost=1.0)
    done = builder.add_constraints("done", Index(problem.n_operations), lower=1.0, upper=1.0)
    load = builder.add_constraints("load", Index(problem.n_machines), upper=0.0)
    builder.add_terms(done.numbers[problem.mode_operation], share.numbers, 1.0)
    duration = problem.mode_duration[on_machine].astype(np.float64)
    builder.add_terms(load.numbers[problem.mode_machine[on_machine]], share.numbers[on_machine], duration)
    builder.add_terms(load.numbers, np.repeat(longest.numbers, problem.n_machines), -units)
    result = solve_highs(builder.build())
    return ceil(result.objective - _TOLERANCE) if result.status is SolveStatus.OPTIMAL else 0
