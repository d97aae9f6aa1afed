"""The figures of loads; imported after the kernels' cache is set."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numba
import numpy as np
import polars as pl

from api.io.dataset import read_dataset
from benchmarks.inside import against_targets, peak_memory_mib
from benchmarks.registry import SEED
from planning.arrays import encode
from planning.capacity import CapacityOptions, CapacityResult, run_capacity
from planning.checks import validate
from planning.kernels.netting_arrays import SupplyType
from planning.mrp import MrpResult, net_model
from planning.options import MrpOptions

_N_RUNS = 3
_ITEMS_PER_CENTER = 5_000
_MOST_OPERATIONS = 5
_MINUTES_PER_ORDER = 90.0


def figures(dataset: Path, threads: int) -> dict[str, Any]:
    """Return the seconds of netting and of loading the plan by day, week and month, the best of three runs."""
    numba.set_num_threads(threads)
    raw = read_dataset(dataset)
    model = encode(validate(raw.tables, raw.settings, problems=raw.problems).data)
    started = time.perf_counter()
    plan = net_model(model, MrpOptions())
    found: dict[str, Any] = {
        "items": model.nodes.item_ids.len(),
        "threads": threads,
        "net_seconds": round(time.perf_counter() - started, 3),
    }
    plan = with_routings(plan, SEED)
    capacity = run_capacity(plan, CapacityOptions(period="week"))
    found |= {
        "make_items": int(capacity.model.routings.nodes.shape[0]),
        "work_centers": len(capacity.work_center_ids),
        "routing_rows": int(capacity.model.routings.rows.shape[0]),
        "orders": int(capacity.order_counts[:, 0].sum()),
        "operations": int(capacity.order_counts[:, 1].sum()),
        "orders_forward": int(capacity.order_counts[:, 2].sum()),
    }
    for period in ("week", "day", "month"):
        found[f"load_by_{period}_seconds"] = round(min(_seconds(plan, period) for _ in range(_N_RUNS)), 3)
    found["peak_mib"] = round(peak_memory_mib())
    _check(capacity)
    found["targets"] = against_targets({"loads by week, s": (2.0, found["load_by_week_seconds"])})
    return found


def _seconds(plan: MrpResult, period: Any) -> float:
    """Return the seconds of one run with its table."""
    started = time.perf_counter()
    run_capacity(plan, CapacityOptions(period=period)).table("loads")
    return time.perf_counter() - started


def with_routings(plan: MrpResult, seed: int) -> MrpResult:
    """Return the plan with work centers, and one to five operations for each item to make; netting reads neither.

    Run minutes stand in proportion to the item's mean order: an operation takes an hour and a half in the mean.
    """
    generator = np.random.default_rng(seed)
    rows, nodes = plan.plan.orders.rows, plan.model.nodes
    owner = np.repeat(plan.model.level_nodes, plan.plan.orders.counts[plan.model.level_nodes])
    count = np.bincount(owner, minlength=nodes.n_nodes)
    mean = np.bincount(owner, rows["quantity"], nodes.n_nodes) / np.maximum(count, 1)
    made = np.flatnonzero(plan.netting.nodes["supply_type"] == SupplyType.MAKE)
    n_operations = generator.integers(1, _MOST_OPERATIONS + 1, made.size)
    node = np.repeat(made, n_operations)
    first = np.repeat(np.cumsum(n_operations) - n_operations, n_operations)
    n_centers = max(10, nodes.n_nodes // _ITEMS_PER_CENTER)
    center = pl.Series("work_center_id", [f"W{number:04}" for number in range(n_centers)])
    minutes = generator.exponential(_MINUTES_PER_ORDER, node.size)
    operations = pl.DataFrame(
        {
            "item_id": nodes.item_ids[nodes.item[node]],
            "operation_sequence": 10 * (np.arange(node.size) - first + 1),
            "work_center_id": center[generator.integers(0, n_centers, node.size)],
            "setup_minutes": generator.choice(np.array([0.0, 15.0, 30.0]), node.size),
            "run_minutes_per_unit": minutes / np.maximum(mean[node], 1.0),
            "queue_minutes": generator.choice(np.array([0.0, 60.0, 480.0]), node.size),
            "move_minutes": generator.choice(np.array([0.0, 30.0]), node.size),
        }
    )
    calendars = pl.DataFrame(
        {
            "calendar_id": ["weekdays", "two_shifts"],
            "saturday": [0.0, 0.0],
            "sunday": [0.0, 0.0],
            "shifts": [None, "06:00-14:00;14:00-22:00"],
        }
    )
    calendar = pl.Series(["weekdays", "two_shifts"])[generator.integers(0, 2, n_centers)]
    centers = pl.DataFrame({"work_center_id": center, "calendar_id": calendar})
    data = plan.model.data
    tables = {**data.tables, "operations": operations, "work_centers": centers, "calendars": calendars}
    return replace(plan, model=replace(plan.model, data=replace(data, tables=tables)))


def _check(capacity: CapacityResult) -> None:
    """Assert that there are loads, and no order without an operation."""
    total = capacity.required_minutes.sum() + capacity.unplaced_minutes.sum()
    assert np.isfinite(total)
    assert total > 0
    assert capacity.order_counts[:, 4].sum() == 0
