"""Flow lines for the tests: Taillard's generator, and lines with parallel machines, setups, releases and due dates."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.flow_lines import taillard_durations

# Taillard 1993, 20 jobs on 5 machines, the first of them; the shortest sequence takes 1278.
TA001 = taillard_durations(20, 5, 873654221)


def random_durations(rng: np.random.Generator, n_jobs: int, n_stages: int) -> NDArray[np.int64]:
    """Return durations from 1 to 20."""
    return rng.integers(1, 21, (n_jobs, n_stages))


def setups(rng: np.random.Generator, n_jobs: int, n_stages: int, longest: int = 8) -> dict[str, Any]:
    """Return a matrix of setups for each machine, jobs being groups of their own."""
    return {
        "operation_setup_group": np.repeat(np.arange(n_jobs), n_stages),
        "machine_setup_matrix": np.arange(n_stages),
        "setup_time": rng.integers(0, longest + 1, (n_stages, n_jobs, n_jobs)),
    }
