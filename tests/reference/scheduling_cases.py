"""Tiny random scheduling problems with every feature."""

from __future__ import annotations

import random
from typing import Any

from scheduling.finite.make import problem_from_jobs
from scheduling.objective import Measure, Objective
from scheduling.problem import NEVER, NONE, SchedulingDataError, SchedulingProblem

MEASURES = tuple(Measure)


def generate(seed: int, most_operations: int = 4) -> SchedulingProblem:
    """Return the problem of a seed: up to ``most_operations`` operations, each feature in some seeds."""
    draw = random.Random(seed)
    while True:
        try:
            return problem_from_jobs(**_data(draw, most_operations))
        except SchedulingDataError:
            # such as a circle, or a batch whose operations differ
            continue


def _data(draw: random.Random, most_operations: int) -> dict[str, Any]:
    n_operations = draw.randint(2, most_operations)
    n_machines = draw.randint(1, 2)
    lengths: list[int] = []
    while sum(lengths) < n_operations:
        lengths.append(draw.randint(1, min(3, n_operations - sum(lengths))))
    jobs = [[_alternates(draw, n_machines) for _ in range(length)] for length in lengths]
    data: dict[str, Any] = {"jobs": jobs, "n_machines": n_machines}
    data["machine_units"] = [draw.choice((1, 1, 2)) for _ in range(n_machines)]
    n_units = sum(data["machine_units"])
    data["job_release"] = [draw.choice((0, 0, draw.randint(0, 3))) for _ in jobs]
    data["job_due"] = [draw.choice((NEVER, draw.randint(1, 8), draw.randint(1, 8))) for _ in jobs]
    data["job_weight"] = [draw.choice((1.0, 2.0, 0.5)) for _ in jobs]
    if draw.random() < 0.2:
        data["job_deadline"] = [draw.choice((NEVER, draw.randint(6, 12))) for _ in jobs]
    features = (_setups, _calendars, _lags, _overlaps, _resources, _locks, _groups, _order)
    for feature in features:
        if draw.random() < 0.35:
            feature(draw, data, n_operations, n_machines, n_units)
    chosen = draw.sample(MEASURES, draw.choice((1, 1, 2)))
    data["objective"] = Objective(tuple((one, draw.choice((1.0, 2.0))) for one in chosen), draw.random() < 0.15)
    return data


def _alternates(draw: random.Random, n_machines: int) -> list[tuple[int, int]]:
    if draw.random() < 0.1:
        return [(NONE, draw.randint(0, 3))]
    machines = draw.sample(range(n_machines), draw.randint(1, n_machines))
    return [(machine, draw.randint(0 if draw.random() < 0.1 else 1, 3)) for machine in machines]


def _n_arcs(data: dict[str, Any]) -> int:
    return len(data["arcs"]) if "arcs" in data else sum(len(job) - 1 for job in data["jobs"])


def _setups(draw: random.Random, data: dict[str, Any], n_operations: int, n_machines: int, n_units: int) -> None:
    data["setup_time"] = [[0 if a == b else draw.randint(0, 2) for b in range(2)] for a in range(2)]
    data["setup_cost"] = [[0 if a == b else draw.randint(0, 3) for b in range(2)] for a in range(2)]
    data["operation_setup_group"] = [draw.choice((NONE, 0, 1, 0, 1)) for _ in range(n_operations)]
    data["machine_setup_matrix"] = [draw.choice((NONE, 0, 0)) for _ in range(n_machines)]
    data["unit_initial_group"] = [draw.choice((NONE, 0, 1)) for _ in range(n_units)]


def _calendars(draw: random.Random, data: dict[str, Any], n_operations: int, n_machines: int, n_units: int) -> None:
    data["calendars"] = [[(0, 3), (5, 9), (10, 16), (18, 60)], [(1, 4), (6, 60)]]
    data["machine_calendar"] = [draw.choice((NONE, 0, 1)) for _ in range(n_machines)]
    data["machine_pauses"] = [draw.random() < 0.5 for _ in range(n_machines)]
    if draw.random() < 0.4:
        data["blocked"] = [(draw.randrange(n_machines), draw.choice((NONE, 0)), 2, draw.randint(3, 5))]


def _lags(draw: random.Random, data: dict[str, Any], n_operations: int, n_machines: int, n_units: int) -> None:
    least = [draw.choice((0, draw.randint(0, 2))) for _ in range(_n_arcs(data))]
    data["arc_minimum_lag"] = least
    data["arc_maximum_lag"] = [draw.choice((NEVER, lag + draw.randint(0, 2))) for lag in least]


def _overlaps(draw: random.Random, data: dict[str, Any], n_operations: int, n_machines: int, n_units: int) -> None:
    data["arc_overlap"] = [draw.choice((0.0, 0.5, 0.3)) for _ in range(_n_arcs(data))]


def _resources(draw: random.Random, data: dict[str, Any], n_operations: int, n_machines: int, n_units: int) -> None:
    n_modes = sum(len(operation) for job in data["jobs"] for operation in job)
    data["needs"] = [[mode, 0, draw.randint(1, 2)] for mode in range(n_modes) if draw.random() < 0.7]
    data["resource_capacity"] = [2]


def _locks(draw: random.Random, data: dict[str, Any], n_operations: int, n_machines: int, n_units: int) -> None:
    operations = [operation for job in data["jobs"] for operation in job]
    locked = draw.randrange(n_operations)
    machine = draw.choice(operations[locked])[0]
    data["operation_lock_machine"] = [machine if one == locked else NONE for one in range(n_operations)]
    if draw.random() < 0.6:
        start = draw.randint(0, 3)
        data["operation_lock_start"] = [start if one == locked else NONE for one in range(n_operations)]
        if machine != NONE and draw.random() < 0.5:
            data["operation_is_started"] = [one == locked for one in range(n_operations)]
    if machine != NONE and draw.random() < 0.4:
        unit = sum(data["machine_units"][:machine])
        data["operation_lock_unit"] = [unit if one == locked else NONE for one in range(n_operations)]


def _groups(draw: random.Random, data: dict[str, Any], n_operations: int, n_machines: int, n_units: int) -> None:
    pair = draw.sample(range(n_operations), 2)
    name = draw.choice(("operation_batch", "operation_campaign"))
    data[name] = [0 if one in pair else NONE for one in range(n_operations)]
    if name == "operation_batch":
        # its operations must be alike; arcs and needs of the second are those of the first
        flat = [operation for job in data["jobs"] for operation in job]
        flat[pair[1]][:] = flat[pair[0]]
        for other in (
            "needs",
            "resource_capacity",
            "operation_lock_machine",
            "operation_lock_start",
            "operation_lock_unit",
            "operation_is_started",
        ):
            data.pop(other, None)
        if "operation_setup_group" in data:
            data["operation_setup_group"][pair[1]] = data["operation_setup_group"][pair[0]]


def _order(draw: random.Random, data: dict[str, Any], n_operations: int, n_machines: int, n_units: int) -> None:
    pairs = [(a, b) for a in range(n_operations) for b in range(a + 1, n_operations)]
    data["arcs"] = sorted(draw.sample(pairs, draw.randint(0, min(3, len(pairs)))))
    for name in ("arc_minimum_lag", "arc_maximum_lag", "arc_overlap"):
        data.pop(name, None)
