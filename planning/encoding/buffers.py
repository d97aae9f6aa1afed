"""Buffers of demand driven MRP: which nodes have one, its parameters, and its decoupled lead time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.encoding.codes import records
from planning.encoding.structure import Structure
from planning.kernels.netting_arrays import BUFFER_DTYPE, LotSizingRule, Records

_PARAMETERS = ("average_daily_usage", "lead_time_factor", "variability_factor", "order_cycle_days", "spike_threshold")
# What the netting of buffers does not read: their safety is the red zone, their lots are the green one.
_UNREAD = {"lot_sizing_rule": LotSizingRule.LOT_FOR_LOT, "safety_stock": 0.0, "safety_lead_time_days": 0}


@dataclass(frozen=True, slots=True)
class Buffers:
    """The buffers by node.

    Parameters
    ----------
    indptr
        int64, shape (n_nodes + 1,): a node has one row or none.
    rows
        BUFFER_DTYPE, shape (n_buffers,).
    """

    indptr: NDArray[np.int64]
    rows: Records

    @property
    def nodes(self) -> NDArray[np.int32]:
        """The nodes with a buffer: int32, shape (n_buffers,)."""
        return np.flatnonzero(np.diff(self.indptr)).astype(np.int32)


def is_buffered(parameters: pl.DataFrame) -> NDArray[np.bool_]:
    """Return which nodes have a buffer: bool, shape (n_nodes,). A phantom has none."""
    found: NDArray[np.bool_] = ((parameters["planning_method"] == "ddmrp") & ~parameters["is_phantom"]).to_numpy()
    return found


def find_buffers(
    parameters: pl.DataFrame, lead_time_days: NDArray[np.float64], source: NDArray[np.int32], structure: Structure
) -> Buffers:
    """Return the buffers of all nodes with ``planning_method`` = ddmrp.

    Parameters
    ----------
    parameters
        One row per node.
    lead_time_days, source
        Its lead time, and where a transfer comes from (-1: nowhere), as they are on the planning date.
    structure
        What the nodes need.
    """
    buffered = is_buffered(parameters)
    indptr = np.concatenate(([0], np.cumsum(buffered)))
    if not buffered.any():
        return Buffers(indptr, np.empty(0, BUFFER_DTYPE))
    is_phantom = parameters["is_phantom"].to_numpy()
    is_made = (parameters["supply_type"] == "make").to_numpy() | is_phantom
    below = waits(structure, np.where(is_phantom, 0.0, lead_time_days), is_made, source, buffered)[buffered]
    given = parameters["decoupled_lead_time_days"].fill_null(np.nan).to_numpy()[buffered]
    days = np.where(np.isnan(given), below, given)
    horizon = parameters["spike_horizon_days"].filter(pl.Series(buffered))
    return Buffers(
        indptr,
        records(
            BUFFER_DTYPE,
            spike_horizon_days=horizon.fill_null(pl.Series(np.ceil(days - 1e-9).astype(np.int64))).to_numpy(),
            decoupled_lead_time_days=days,
            **{name: parameters[name].fill_null(np.nan).to_numpy()[buffered] for name in _PARAMETERS},
        ),
    )


def waits(
    structure: Structure,
    lead_time_days: NDArray[np.float64],
    is_made: NDArray[np.bool_],
    source: NDArray[np.int32],
    buffered: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return each node's lead time and the longest of those below it that are no buffers.

    Parameters
    ----------
    structure
        What the nodes need; lines that are not effective on the planning date do not count, nor by-products.
    lead_time_days, source
        As for :func:`find_buffers`.
    is_made, buffered
        bool, shape (n_nodes,): what waits for its components, and what nothing waits for.

    Returns
    -------
    numpy.ndarray
        float64, shape (n_nodes,).
    """
    graph, lines = structure.graph, structure.lines
    below = np.zeros(graph.n_nodes)
    component = np.repeat(np.arange(graph.n_nodes), np.diff(graph.parent_indptr))
    is_used = (lines["effective_from"] <= 0) & (lines["effective_to"] > 0) & ~lines["is_by_product"]
    is_way = np.where(lines["is_transfer"], lines["source"] == source[lines["parent"]], is_made[lines["parent"]])
    is_used &= is_way & ~buffered[component]
    parent, component = lines["parent"][is_used], component[is_used]
    level = graph.item_to_level[component]
    for deepest in range(graph.n_levels - 1, 0, -1):
        now = level == deepest
        of = component[now]
        np.maximum.at(below, parent[now], lead_time_days[of] + below[of])
    return lead_time_days + below


def without_mrp_rules(node_rows: Records, buffers: Buffers) -> Records:
    """Return the nodes' parameters without those that buffers do not read."""
    rows = node_rows.copy()
    for name, value in _UNREAD.items():
        rows[name][buffers.nodes] = value
    return rows
