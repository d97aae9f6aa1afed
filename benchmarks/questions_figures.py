"""The figures of questions asked of one plan; imported after the kernels' cache is set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numba
import numpy as np

from api.io.dataset import read_dataset
from benchmarks.inside import against_targets, peak_memory_mib, seconds
from planning.arrays import encode
from planning.checks import validate
from planning.explain import explain
from planning.full_pegging import bottom_sources, end_uses
from planning.mrp import MrpResult
from planning.net import net
from planning.options import MrpOptions
from planning.pegging import peg
from planning.pegs.all_ends import all_end_uses

_N_ASKED, _N_WIDEST = 100, 10
# The ends of all orders of more items do not fit into memory.
_MOST_NODES_OF_ALL_ENDS = 100_000


def figures(dataset: Path, threads: int) -> dict[str, Any]:
    """Return seconds and memory of netting and of pegging the whole plan, and milliseconds of single questions."""
    numba.set_num_threads(threads)
    raw = read_dataset(dataset)
    model = encode(validate(raw.tables, raw.settings, problems=raw.problems).data)
    options = MrpOptions()
    netting = model.netting_model(options)
    net_seconds, plan = seconds(lambda: net(model, netting))
    found: dict[str, Any] = {
        "items": model.nodes.item_ids.len(),
        "orders": int(plan.orders.rows.shape[0]),
        "threads": threads,
        "net_seconds": round(net_seconds, 3),
        "net_peak_mib": int(peak_memory_mib()),
    }
    result = MrpResult(model, options, netting, plan)
    peg_seconds, pegging = seconds(lambda: peg(result))
    found |= {
        "peg_seconds": round(peg_seconds, 3),
        "peg_over_net": round(peg_seconds / net_seconds, 2),
        "links": int(pegging.links.shape[0]),
        "peg_peak_mib": int(peak_memory_mib()),
    }
    del pegging
    orders = _order_ids(result)
    demands = result.model.data.table("demands")["demand_id"].gather_every(netting.demands.shape[0] // _N_ASKED)
    widest = _widest_orders(result)
    found |= {
        "explain_ms": _milliseconds(lambda name: explain(result, name), orders),
        "end_uses_ms": _milliseconds(lambda name: end_uses(result, name), orders),
        "end_uses_of_the_most_used_ms": _milliseconds(lambda name: end_uses(result, name), widest),
        "most_ends_of_them": max(end_uses(result, name).height for name in widest),
        "bottom_sources_ms": _milliseconds(lambda name: bottom_sources(result, name), demands.to_list()),
    }
    if model.nodes.n_nodes <= _MOST_NODES_OF_ALL_ENDS:
        found["all_ends_seconds"], ends = seconds(lambda: all_end_uses(result))
        found["all_ends"] = int(ends.end.shape[0])
    found["peak_mib"] = int(peak_memory_mib())
    return found | {"targets": _targets(found)}


def _targets(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the targets that questions have, what was measured, and whether it is met."""
    measured = {
        "pegging of the whole plan, times netting": (3.0, found["peg_over_net"]),
        "one order explained, median ms": (20.0, found["explain_ms"]["median"]),
        "one order pegged to its ends, median ms": (50.0, found["end_uses_ms"]["median"]),
        "the orders with the most ends, longest ms": (2_000.0, found["end_uses_of_the_most_used_ms"]["longest"]),
    }
    return against_targets(measured)


def _widest_orders(result: MrpResult) -> list[str]:
    """Return the id of one order of each of the items that most orders need, deepest level first."""
    graph, counts = result.model.structure.graph, result.plan.orders.counts
    n_lines = np.diff(result.netting.parent_indptr)
    n_lines = np.where(counts > 0, n_lines + graph.item_to_level * 1_000, 0)
    nodes = np.argsort(-n_lines, kind="stable")[:_N_WIDEST]
    return list(result.order_ids.of(result.plan.orders.first[nodes] + counts[nodes] // 2))


def _order_ids(result: MrpResult) -> list[str]:
    """Return the ids of planned orders spread over the whole plan."""
    places = np.linspace(0, result.plan.orders.rows.shape[0] - 1, _N_ASKED + 1).astype(np.int64)
    return list(result.order_ids.of(places))


def _milliseconds(call: Callable[[str], Any], names: Sequence[str]) -> dict[str, float]:
    """Return the first, the median and the longest time of asking, the first apart from the others."""
    taken = [seconds(lambda name=name: call(name))[0] * 1e3 for name in names]  # type: ignore[misc]
    first, others = taken[0], taken[1:]
    return {"first": round(first, 2), "median": round(float(np.median(others)), 2), "longest": round(max(others), 2)}
