"""The instances of the scheduling benchmark: read from a folder, or made from a seed."""

from __future__ import annotations

import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.flow_lines import FLOW_LINES, flow_line_problem
from benchmarks.tool_shops import TOOL_SHOPS, tool_shop

if TYPE_CHECKING:
    from scheduling.problem import SchedulingProblem

CLASSIC = ("ft10", "la38", "ta01js", "ta11js", "ta21js", "ta31js", "ta41js", "ta51js", "ta61js", "ta71js", "dmu41")
FLEXIBLE = ("mk02", "mk05", "mk06", "mk07", "mk10")
LARGE = ("tai_100_100_1", "dct-short-100-10000-1")
FLOW = "flow"
MILLION = "million"
GENERATED = (*FLOW_LINES, *TOOL_SHOPS, FLOW, MILLION)
ALL = (*CLASSIC, *FLEXIBLE, *LARGE, *FLOW_LINES, *TOOL_SHOPS, FLOW, MILLION)
MINUTES_OF_DAY = 1440


def flow_problem(
    n_jobs: int = 10_000, n_operations: int = 10, n_work_centers: int = 300, seed: int = 1
) -> SchedulingProblem:
    """Return a generated flow: random routings, two shift patterns, 8 setup groups, due dates, weights of 1 to 5."""
    from scheduling.finite.make import make_problem
    from scheduling.objective import Measure, Objective

    rng = np.random.default_rng(seed)
    machine = rng.integers(0, n_work_centers, (n_jobs, n_operations))
    duration = rng.integers(5, 60, (n_jobs, n_operations))
    horizon = int(duration.sum() / n_work_centers * 1.35 * 1.5)
    release = rng.integers(0, int(horizon * 0.7), n_jobs)
    due = release + (duration.sum(axis=1) * rng.uniform(3, 12, n_jobs)).astype(np.int64)
    setup = rng.integers(5, 40, (8, 8))
    np.fill_diagonal(setup, 0)
    days = np.arange(20 * horizon // MINUTES_OF_DAY + 200) * MINUTES_OF_DAY
    two_shifts = [(int(day) + 360, int(day) + 1320) for day in days]
    with_break = [pair for day in days for pair in ((int(day), int(day) + 720), (int(day) + 780, int(day) + 1440))]
    return make_problem(
        job_indptr=np.arange(n_jobs + 1) * n_operations,
        mode_indptr=np.arange(n_jobs * n_operations + 1),
        mode_machine=machine.ravel(),
        mode_duration=duration.ravel(),
        n_machines=n_work_centers,
        job_release=release,
        job_due=due,
        job_weight=rng.integers(1, 6, n_jobs),
        operation_setup_group=rng.integers(0, 8, (n_jobs, n_operations)).ravel(),
        machine_setup_matrix=0,
        setup_time=setup,
        calendars=[two_shifts, with_break],
        machine_calendar=rng.integers(0, 2, n_work_centers),
        machine_pauses=np.arange(n_work_centers) % 2 == 0,
        objective=Objective(((Measure.WEIGHTED_TARDINESS, 1.0), (Measure.SETUP_TIME, 1.0))),
    )


def million_problem() -> SchedulingProblem:
    """Return the flow with 1,000,000 operations on 1,000 work centers."""
    return flow_problem(100_000, 10, 1000)


def read_instance(data: Path, name: str) -> SchedulingProblem:
    """Return the problem of a name."""
    from api.io.scheduling_files import SchedulingFormat, read_scheduling

    if name == FLOW:
        return flow_problem()
    if name in TOOL_SHOPS:
        return tool_shop(TOOL_SHOPS[name])
    if (line := flow_line_problem(name)) is not None:
        return line
    if name.startswith("mk"):
        return read_scheduling(data / "flexible_jobshop" / f"{name}.txt", SchedulingFormat.FJSP)
    if (packed := data / "large" / f"{name}.zip").is_file():
        with TemporaryDirectory() as folder, zipfile.ZipFile(packed) as archive:
            return read_scheduling(Path(archive.extract(archive.namelist()[0], folder)), SchedulingFormat.JSP)
    return read_scheduling(data / "jobshop" / f"{name}.txt", SchedulingFormat.JSP)
