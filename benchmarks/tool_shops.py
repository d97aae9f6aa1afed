"""Shops that are made, not read, with what sequences of units do not say: operators, tools, batches, maximum lags."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scheduling.problem import SchedulingProblem

TOOLS = "tools-5000"
SMALL_TOOLS = "tools-2400"
TOOL_SHOPS = {TOOLS: 625, SMALL_TOOLS: 300}
N_MACHINES = 40
N_SKILLS = 3
N_TOOLS = 25
LENGTH = 8
OVEN_STEP = 4


def tool_shop(n_jobs: int, seed: int = 1) -> SchedulingProblem:
    """Return a shop of 40 machines and 6 ovens: jobs of 8 operations, the fifth of which is done in an oven by fours.

    Every operation on a machine needs an operator of the machine's skill (three for four machines), three of ten a tool
    too, of which there are two each; the third begins within 240 after the second. Weighted tardiness counts.
    """
    from scheduling.finite.make import make_problem
    from scheduling.objective import Measure, Objective
    from scheduling.problem import NEVER, NONE

    rng = np.random.default_rng(seed)
    machine = np.array([rng.choice(N_MACHINES, LENGTH, replace=False) for _ in range(n_jobs)])
    duration = rng.integers(10, 60, (n_jobs, LENGTH))
    machine[:, OVEN_STEP] = N_MACHINES
    by_four = np.arange(n_jobs) // 4
    duration[:, OVEN_STEP] = rng.integers(40, 80, int(by_four.max()) + 1)[by_four]
    batch = np.full((n_jobs, LENGTH), NONE)
    batch[:, OVEN_STEP] = by_four
    release = np.sort(rng.integers(0, int(duration.sum() / N_MACHINES * 0.77), n_jobs))
    skill = rng.integers(0, N_SKILLS, N_MACHINES)
    lag = np.full((n_jobs, LENGTH - 1), NEVER)
    lag[:, 1] = 240
    return make_problem(
        job_indptr=np.arange(n_jobs + 1) * LENGTH,
        mode_indptr=np.arange(n_jobs * LENGTH + 1),
        mode_machine=machine.ravel(),
        mode_duration=duration.ravel(),
        machine_units=np.append(np.ones(N_MACHINES, np.int64), 6),
        job_release=release,
        job_due=release + (duration.sum(axis=1) * rng.uniform(2, 6, n_jobs)).astype(np.int64),
        job_weight=rng.integers(1, 6, n_jobs),
        operation_batch=batch.ravel(),
        needs=_needs(machine.ravel(), skill, rng),
        resource_capacity=np.append(np.bincount(skill, minlength=N_SKILLS) * 3 // 4, np.full(N_TOOLS, 2)),
        arc_maximum_lag=lag.ravel(),
        objective=Objective(((Measure.WEIGHTED_TARDINESS, 1.0),)),
    )


def _needs(
    machine: NDArray[np.int64], skill: NDArray[np.int64], rng: np.random.Generator
) -> list[tuple[int, int, int]]:
    """Return operators of all operations on machines, and tools of some: operation, resource, one of it."""
    at_machine = np.flatnonzero(machine != N_MACHINES)
    with_tool = at_machine[rng.random(at_machine.size) < 0.3]
    needs = [(int(one), int(skill[machine[one]]), 1) for one in at_machine]
    return needs + [(int(one), N_SKILLS + int(rng.integers(N_TOOLS)), 1) for one in with_tool]
