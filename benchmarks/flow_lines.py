"""Flow lines that are made, not read: Taillard's flow shops by his generator, lines of parallel machines and setups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scheduling.problem import SchedulingProblem

MODULUS = 2**31 - 1


def taillard_durations(n_jobs: int, n_machines: int, seed: int, least: int = 1, most: int = 99) -> NDArray[np.int64]:
    """Return durations by job and machine from the generator of Taillard (1993), drawn machine by machine."""
    drawn = np.empty((n_machines, n_jobs), dtype=np.int64)
    for place in range(n_machines * n_jobs):
        seed = 16_807 * seed % MODULUS
        drawn.flat[place] = least + int(seed / MODULUS * (most - least + 1))
    return drawn.T.copy()


def flow_shop(durations: NDArray[np.int64], **named: Any) -> SchedulingProblem:
    """Return a flow shop of durations by job and machine; other data by the names of ``make_problem``."""
    from scheduling.finite.make import make_problem

    n_jobs, n_stages = durations.shape
    return make_problem(
        job_indptr=np.arange(n_jobs + 1) * n_stages,
        mode_indptr=np.arange(n_jobs * n_stages + 1),
        mode_machine=np.tile(np.arange(n_stages), n_jobs),
        mode_duration=durations.ravel(),
        **named,
    )


def flow_shop_with_setups(n_jobs: int, n_machines: int, seed: int, longest: int) -> SchedulingProblem:
    """Return a flow shop in which every pair of jobs has a setup from 1 to ``longest`` on every machine."""
    setup = np.random.default_rng(seed).integers(1, longest + 1, (n_machines, n_jobs, n_jobs))
    return flow_shop(
        taillard_durations(n_jobs, n_machines, seed),
        operation_setup_group=np.repeat(np.arange(n_jobs), n_machines),
        machine_setup_matrix=np.arange(n_machines),
        setup_time=setup,
    )
