"""The capacity bill: minutes at each work center, and material, of a unit of what is sold, with all below it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from planning.arrays import PlanningModel
from planning.kernels.netting_arrays import SupplyType
from planning.loading.encode import LoadingModel
from planning.loading.master_schedule import explosion_lines
from planning.rough_cut import first_operations, setup_lots

_MINUTES_PER_HOUR = 60.0


@dataclass(frozen=True, slots=True)
class CapacityBill:
    """What a unit of some nodes takes.

    Parameters
    ----------
    minutes
        float64, shape (n_nodes, n_work_centers): standard minutes, with all components.
    material_cost
        float64, shape (n_nodes,): what is bought for it, at unit costs.
    own_minutes
        float64, shape (n_nodes, n_work_centers): the part of its own operations.
    """

    minutes: NDArray[np.float64]
    material_cost: NDArray[np.float64]
    own_minutes: NDArray[np.float64]


def capacity_bill(
    planning: PlanningModel, loading: LoadingModel, nodes: NDArray[np.int32], per_period: NDArray[np.float64]
) -> CapacityBill:
    """Return the capacity bill of some nodes.

    Parameters
    ----------
    planning, loading
        The data set and its routings.
    nodes
        int32, shape (n_nodes,).
    per_period
        float64, shape (n_nodes,): units in a period, over which a setup without a fixed lot is spread.

    Notes
    -----
    As the capacity bill of :mod:`planning.rough_cut`: the lines and routings in force on ``as_of``, the first of
    alternates, no stock. X = S (I + A + A^2 + ...) are units of every node in a unit of each node of S, where A are the
    lines divided by the yield; bills have no cycles, so the sum ends.
    """
    n_all = planning.nodes.n_nodes
    chosen = sparse.csr_array((np.ones(nodes.size), (np.arange(nodes.size), nodes)), shape=(nodes.size, n_all))
    lines = explosion_lines(planning).filter((pl.col("effective_from") <= 0) & (pl.col("effective_to") > 0))
    yields = planning.yields(np.arange(n_all, dtype=np.int32), np.zeros(n_all, np.int32))
    parent, component = lines["node"].to_numpy(), lines["component"].to_numpy()
    per_unit = lines["quantity_per"].to_numpy() / yields[parent]
    below = sparse.csr_array((per_unit, (parent, component)), shape=(n_all, n_all))
    units = _exploded(chosen, below)
    starts = units @ sparse.diags_array(1.0 / yields)
    minutes = _unit_minutes(planning, loading, starts.T @ per_period)
    is_parent = np.zeros(n_all, np.bool_)
    is_parent[parent] = True
    return CapacityBill(
        (starts @ minutes).toarray(),
        units @ _leaf_costs(planning, loading, minutes, is_parent),
        (sparse.diags_array(1.0 / yields[nodes]) @ minutes[nodes]).toarray(),
    )


def _exploded(chosen: sparse.csr_array, below: sparse.csr_array) -> sparse.csr_array:
    """Return units of every node in a unit of each chosen one, itself included."""
    units = reached = chosen
    while reached.nnz:
        reached = reached @ below
        units = units + reached
    return units


def _unit_minutes(planning: PlanningModel, loading: LoadingModel, per_period: NDArray[np.float64]) -> sparse.csr_array:
    """Return the minutes at each work center of a unit started of each node, setups spread over its lot."""
    work, rows = first_operations(loading), planning.node_rows
    node = work["node"].to_numpy()
    lot = setup_lots(planning)
    lot = np.where(np.isnan(lot), per_period, lot)[node]
    setup = np.divide(work["setup_minutes"].to_numpy(), lot, out=np.zeros(lot.size), where=lot > 0)
    is_made = (rows["supply_type"][node] == SupplyType.MAKE) & ~rows["is_phantom"][node]
    minutes = np.where(is_made, setup + work["run_minutes"].to_numpy(), 0.0)
    shape = (rows.shape[0], len(loading.centers.ids))
    return sparse.csr_array((minutes, (node, work["work_center"].to_numpy())), shape=shape)


def _leaf_costs(
    planning: PlanningModel, loading: LoadingModel, minutes: sparse.csr_array, is_parent: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the unit cost of nodes without a bill, less what their own operations cost."""
    unit_cost = planning.sourcing.parameters["unit_cost"].fill_null(0.0).to_numpy()
    own = minutes @ (hour_costs(loading) / _MINUTES_PER_HOUR)
    return np.asarray(np.where(is_parent, 0.0, np.maximum(unit_cost - own, 0.0)))


def hour_costs(loading: LoadingModel) -> NDArray[np.float64]:
    """Return what a standard hour costs at each work center: a slower one takes longer for it."""
    return np.asarray(loading.centers.column("cost_per_hour") / loading.centers.column("efficiency_fraction"))
