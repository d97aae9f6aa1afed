"""What net change takes on one data set: the figures of ``benchmarks.net_change``."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

import numba
import numpy as np
import polars as pl
from numpy.typing import NDArray

from api.io.dataset import read_dataset
from benchmarks.inside import against_targets, peak_memory_mib, seconds
from planning.arrays import encode
from planning.checks import validate
from planning.edits import Change, Condition, Edit, Upsert
from planning.mrp import MrpResult, net_model
from planning.net_change import ReplannedResult, replan
from planning.options import MrpOptions


def full_run(dataset: Path) -> tuple[dict[str, float], MrpResult]:
    """Return the seconds of each phase of a full run, and the plan."""
    raw = read_dataset(dataset)
    check, checked = seconds(lambda: validate(raw.tables, raw.settings))
    encoding, model = seconds(lambda: encode(checked.data))
    netting, result = seconds(lambda: net_model(model, MrpOptions()))
    return {"check": check, "encode": encoding, "net": netting, "full_run": check + encoding + netting}, result


def new_quantities(result: MrpResult, rows: NDArray[np.int64], factor: float) -> Edit:
    """Return the edit that multiplies the quantities of some demands."""
    frame = result.model.data.table("demands")[rows].select("demand_id", pl.col("quantity") * factor)
    return Upsert("demands", frame)


def read_delta(result: ReplannedResult) -> int:
    """Return how many orders are in the difference of the two plans, by reading every one of them."""
    delta, n = result.delta, 0
    for place in delta.changed.tolist():
        n += len(delta.old_orders(place)) + len(delta.new_orders(place))
    return n


def one_edit(result: MrpResult, edit: Edit, is_read: bool = True) -> dict[str, float]:
    """Return what one replanned edit takes and how far it goes; ``is_read``: every order of the difference is read."""
    cpu = time.process_time()
    taken, (found, n_orders) = seconds(
        lambda: (found := replan(result, [edit]), read_delta(found) if is_read else found.delta.n_orders_in_difference)
    )
    return {
        "seconds": taken,
        "processor_seconds": time.process_time() - cpu,
        "nodes_netted": float(found.delta.nodes.shape[0]),
        "nodes_changed": float(found.delta.changed.shape[0]),
        "orders_in_difference": float(n_orders),
    }


def figures(dataset: Path, threads: int, scenarios: int) -> dict[str, Any]:
    """Return all figures of one data set."""
    random = np.random.default_rng(7)
    phases, result = full_run(dataset)
    out: dict[str, Any] = {**phases, "memory_after_full_run_mib": peak_memory_mib()}
    demands = result.model.data.table("demands")
    rows = random.choice(demands.height, size=scenarios + 101, replace=False)
    edits = [new_quantities(result, np.array([row]), 1.2) for row in rows]
    out["first_edit"] = one_edit(result, edits[0])["seconds"]
    singles = [one_edit(result, edit) for edit in edits[1:101]]
    out["one_demand"] = {name: median(single[name] for single in singles) for name in singles[0]}
    out["one_demand_slowest_of_100"] = max(single["seconds"] for single in singles)
    item = result.model.nodes.item_ids[int(random.integers(result.model.nodes.n_nodes))]
    lead_time = Change("items", (Condition("item_id", "=", item),), "lead_time_days", "add", 3)
    one_edit(result, lead_time)
    out["one_lead_time"] = one_edit(result, lead_time)["seconds"]
    out["memory_after_single_edits_mib"] = peak_memory_mib()
    out["scenarios"], _ = seconds(lambda: independent(result, edits[101:], threads))
    scattered = random.choice(demands.height, size=demands.height // 100, replace=False)
    many = {"end_items": of_end_items(result, random), "scattered": new_quantities(result, np.sort(scattered), 1.2)}
    for name, edit in many.items():
        first, out[name] = one_edit(result, edit, is_read=False), one_edit(result, edit, is_read=False)
        out[name] |= {
            "first_seconds": first["seconds"],
            "share_of_full_run": out[name]["seconds"] / out["full_run"],
            "share_of_full_net": out[name]["seconds"] / out["net"],
            "share_of_orders": out[name]["orders_in_difference"] / (2 * result.plan.orders.rows.shape[0]),
        }
    out["peak_memory_mib"] = peak_memory_mib()
    out["targets"] = targets(out, scenarios)
    return out


def targets(found: dict[str, Any], n_scenarios: int) -> dict[str, dict[str, Any]]:
    """Return the targets that net change has, what was measured, and whether it is met."""
    measured = {
        "one edited demand with its difference, ms": (10.0, found["one_demand"]["seconds"] * 1e3),
        "the demands of 1 % of the end items, part of a full run": (0.15, found["end_items"]["share_of_full_run"]),
        "1,000 scenarios of one edit, s": (10.0, found["scenarios"] * 1_000 / n_scenarios),
    }
    return against_targets(measured)


def independent(result: MrpResult, edits: list[Edit], threads: int) -> int:
    """Return the orders in the differences of independent single-edit scenarios on one base, each on one thread."""
    with ThreadPoolExecutor(threads, initializer=numba.set_num_threads, initargs=(1,)) as pool:
        return sum(pool.map(lambda edit: read_delta(replan(result, [edit])), edits))


def of_end_items(result: MrpResult, random: np.random.Generator) -> Edit:
    """Return the edit of all demands of 1 % of the end items."""
    model = result.model
    ends = model.level_nodes[model.level_indptr[0] : model.level_indptr[1]]
    ends = ends[np.diff(model.structure.graph.component_indptr)[ends] > 0]
    picked = random.choice(ends, size=max(1, ends.size // 100), replace=False)
    is_picked = model.data.table("demands")["item_id"].is_in(model.nodes.item_ids[model.nodes.item[picked]].implode())
    return new_quantities(result, is_picked.arg_true().to_numpy().astype(np.int64), 1.2)
