"""Flow lines that are made, not read: Taillard's flow shops by his generator, lines of parallel machines and setups.

Seeds are Taillard's (1993, European Journal of Operational Research 64, 278-285). The best known makespans are those of
permutations that come with the branch and bound of github.com/Guillaume-Helbecque/P3D-DFS; schedules outside of
permutations can be shorter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scheduling.problem import SchedulingProblem

MODULUS = 2**31 - 1
# jobs, machines, seed, best known makespan
TAILLARD = {
    "ta001fs": (20, 5, 873_654_221, 1278),
    "ta041fs": (50, 10, 1_958_948_863, 2991),
    "ta051fs": (50, 20, 1_539_989_115, 3850),
    "ta081fs": (100, 20, 450_926_852, 6202),
    "ta091fs": (200, 10, 471_503_978, 10_862),
    "ta101fs": (200, 20, 2_013_025_619, 11_195),
    "ta111fs": (500, 20, 1_368_624_604, 26_040),
}
HYBRID, SETUPS, LATE = "hybrid-100x8x4", "setups-50x10", "late-50x10"
FLOW_LINES = ("ta051fs", "ta081fs", "ta111fs", HYBRID, SETUPS, LATE)


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


def late_flow_shop(n_jobs: int, n_machines: int, seed: int) -> SchedulingProblem:
    """Return a flow shop with weighted tardiness: due dates from 30 to 90 percent of a simple makespan estimate."""
    from scheduling.objective import Measure, Objective

    rng = np.random.default_rng(seed)
    durations = taillard_durations(n_jobs, n_machines, seed)
    makespan = float(durations.sum(axis=0).max() + durations.sum(axis=1).mean())
    return flow_shop(
        durations,
        job_due=rng.uniform(0.3 * makespan, 0.9 * makespan, n_jobs).astype(np.int64),
        job_weight=rng.integers(1, 10, n_jobs),
        objective=Objective(((Measure.WEIGHTED_TARDINESS, 1.0),)),
    )


def flow_line_problem(name: str) -> SchedulingProblem | None:
    """Return the flow line of a name; ``None`` when it is none."""
    if name in TAILLARD:
        return flow_shop(taillard_durations(*TAILLARD[name][:3]))
    made = {
        HYBRID: lambda: flow_shop(taillard_durations(100, 8, 4711), machine_units=4),
        SETUPS: lambda: flow_shop_with_setups(50, 10, 4711, 99),
        LATE: lambda: late_flow_shop(50, 10, 4711),
    }
    return made[name]() if name in made else None


def best_known_flow(name: str) -> int | None:
    """Return the best known makespan of a flow line, where one is published."""
    return TAILLARD[name][3] if name in TAILLARD else None
