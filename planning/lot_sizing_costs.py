"""What the lots of a plan cost, beside the least that its net requirements can cost (rule 7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.arrays import PlanningModel
from planning.kernels.lot_costs import PLANNED_LOTS_DTYPE, measure_lots
from planning.kernels.netting_arrays import FIRST_COST_RULE, LotSizingRule, NettingModel, Records
from planning.net import NettedPlan, equal_chunks
from planning.plan_tables import LOT_SIZING_COSTS

_NODES_PER_CHUNK = 250_000


@dataclass(frozen=True, slots=True)
class MeasuredLots:
    """The lots of some nodes, in the plan and by rule.

    Parameters
    ----------
    planned
        PLANNED_LOTS_DTYPE, shape (n_nodes,): those of the plan.
    n_orders, unit_days
        int64 and float64, shape (n_nodes, n_rules): those that each rule would make.
    ordering_cost, holding_cost
        float64, shape (n_nodes,): of an order, and of a unit and day.
    """

    planned: Records
    n_orders: NDArray[np.int64]
    unit_days: NDArray[np.float64]
    ordering_cost: NDArray[np.float64]
    holding_cost: NDArray[np.float64]

    @property
    def rule_costs(self) -> NDArray[np.float64]:
        """Ordering and holding cost of each rule, float64, shape (n_nodes, n_rules)."""
        costs: NDArray[np.float64] = (
            self.ordering_cost[:, None] * self.n_orders + self.holding_cost[:, None] * self.unit_days
        )
        return costs

    @property
    def planned_costs(self) -> NDArray[np.float64]:
        """Ordering and holding cost of the plan's lots, float64, shape (n_nodes,)."""
        costs: NDArray[np.float64] = (
            self.ordering_cost * self.planned["orders"] + self.holding_cost * self.planned["unit_days"]
        )
        return costs


def measure_node_lots(
    netting: NettingModel,
    plan: NettedPlan,
    nodes: NDArray[np.int32],
    rules: Sequence[LotSizingRule],
    ordering_cost: NDArray[np.float64],
    holding_cost: NDArray[np.float64],
) -> MeasuredLots:
    """Return the lots of some nodes, and those that the rules would make of the same net requirements."""
    planned = np.zeros(nodes.shape[0], PLANNED_LOTS_DTYPE)
    n_orders = np.empty((nodes.shape[0], len(rules)), np.int64)
    unit_days = np.empty((nodes.shape[0], len(rules)))
    first, last = plan.days
    measure_lots(
        netting, plan.orders, plan.netted_day, nodes, equal_chunks(np.ones(nodes.shape[0], np.int64)), first,
        last - first + 1, np.array(rules, dtype=np.int8), ordering_cost, holding_cost, planned, n_orders, unit_days,
    )  # fmt: skip
    return MeasuredLots(planned, n_orders, unit_days, ordering_cost, holding_cost)


def orderable_nodes(model: PlanningModel) -> NDArray[np.int32]:
    """Return the nodes whose orders a lot-sizing rule sizes, by level, item and site: no phantoms, no buffers."""
    is_sized = model.node_rows["can_order"] & ~model.node_rows["is_phantom"]
    is_sized[model.buffers.nodes] = False
    nodes: NDArray[np.int32] = model.level_nodes[is_sized[model.level_nodes]]
    return nodes


def lot_sizing_cost_chunks(model: PlanningModel, netting: NettingModel, plan: NettedPlan) -> Iterator[pl.DataFrame]:
    """Yield the table ``lot_sizing_costs`` by level, item and site: one row for each node under a rule with costs."""
    nodes = orderable_nodes(model)
    nodes = nodes[model.node_rows["lot_sizing_rule"][nodes] >= FIRST_COST_RULE]
    for begin in range(0, nodes.shape[0], _NODES_PER_CHUNK):
        some = nodes[begin : begin + _NODES_PER_CHUNK]
        rows = model.node_rows[some]
        measured = measure_node_lots(
            netting,
            plan,
            some,
            [LotSizingRule.WAGNER_WHITIN],
            np.ascontiguousarray(rows["ordering_cost"]),
            np.ascontiguousarray(rows["holding_cost"]),
        )
        yield _table(model, some, measured)


def _table(model: PlanningModel, nodes: NDArray[np.int32], measured: MeasuredLots) -> pl.DataFrame:
    """Return the rows of some nodes."""
    planned, optimum = measured.planned, measured.rule_costs[:, 0]
    columns = {
        "item_id": model.nodes.item_ids[model.nodes.item[nodes]],
        "site_id": model.nodes.site_ids[model.nodes.site[nodes]],
        "lot_sizing_rule": model.sourcing.parameters["lot_sizing_rule"][nodes],
        "orders": planned["orders"],
        "ordering_cost": measured.ordering_cost * planned["orders"],
        "holding_cost": measured.holding_cost * planned["unit_days"],
        "total_cost": measured.planned_costs,
        "optimal_orders": measured.n_orders[:, 0],
        "optimal_cost": optimum,
        "gap_fraction": gap_fractions(measured.planned_costs, optimum, planned["is_covered"]),
        "surplus_quantity": planned["surplus"],
    }
    frame = pl.DataFrame({name: _contiguous(values) for name, values in columns.items()})
    return frame.select(LOT_SIZING_COSTS.column_names)


def gap_fractions(
    costs: NDArray[np.float64], optimum: NDArray[np.float64], is_compared: NDArray[np.bool_]
) -> pl.Series:
    """Return by which part costs are above the optimum; empty where they are not compared, or the optimum is 0.

    Examples
    --------
    >>> gap_fractions(np.array([110.0, 5.0, 0.0]), np.array([100.0, 0.0, 0.0]), np.array([True, True, True])).to_list()
    [0.1, None, 0.0]
    """
    is_free = optimum <= 0
    gaps = np.where(is_free, 0.0, np.maximum(0.0, costs - optimum) / np.where(is_free, 1.0, optimum))
    gaps[gaps < 1e-9] = 0.0
    return pl.Series(gaps).round(12).set(pl.Series(~is_compared | (is_free & (costs > 0))), None)


def _contiguous(values: pl.Series | NDArray[np.generic]) -> pl.Series | NDArray[np.generic]:
    """Return an array that polars can take: a field of records is not one."""
    return values if isinstance(values, pl.Series) else np.ascontiguousarray(values)
