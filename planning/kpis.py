"""The plan in numbers."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.arrays import PlanningModel
from planning.kernels.netting_arrays import NEVER, SupplyType
from planning.kernels.order_counts import total_orders
from planning.net import NettedPlan
from planning.plan_tables import KPIS

Figure: TypeAlias = tuple[str, float, str]


def measure(model: PlanningModel, plan: NettedPlan) -> pl.DataFrame:
    """Return the table ``kpis``: sizes, planned orders by supply type, money, and what is late.

    Notes
    -----
    Value is quantity x unit_cost. Planned orders are those of the table, without firm planned and blown-through ones.
    """
    unit_cost = model.sourcing.parameters["unit_cost"].to_numpy()
    measured = [*_sizes(model), *_order_figures(model, plan, unit_cost), *_receipt_figures(model, plan)]
    measured.append(("item_sites_short", int(plan.is_short.sum()), "item-sites"))
    measured.append(("on_hand_value", _on_hand_value(model, unit_cost), "money"))
    schema = {column.name: column.dtype.polars for column in KPIS.columns}
    return pl.DataFrame(measured, schema=schema, orient="row", strict=False)


def _sizes(model: PlanningModel) -> list[Figure]:
    """Return how large the data set is."""
    return [
        ("items", model.nodes.item_ids.len(), "items"),
        ("item_sites", model.nodes.n_nodes, "item-sites"),
        ("bom_lines", model.data.table("bom_lines").height, "lines"),
        ("levels", model.level_indptr.shape[0] - 1, "levels"),
        ("demands", model.data.table("demands").height, "demands"),
        ("scheduled_receipts", model.data.table("scheduled_receipts").height, "orders"),
    ]


def _order_figures(model: PlanningModel, plan: NettedPlan, unit_cost: NDArray[np.float64]) -> list[Figure]:
    """Return numbers and values of the planned orders, by supply type and of those past due."""
    count, late_count = np.empty((2, model.nodes.n_nodes), np.int64)
    quantity, late_quantity = np.empty((2, model.nodes.n_nodes))
    firm_indptr = model.event_table.firm_indptr
    total_orders(
        model.node_rows, firm_indptr, plan.orders, plan.dated_orders, count, quantity, late_count, late_quantity
    )
    figures: list[Figure] = [("planned_orders", int(count.sum()), "orders")]
    for kind in SupplyType:
        is_kind = model.node_rows["supply_type"] == kind
        name = kind.name.lower()
        figures.append((f"planned_orders_{name}", int(count[is_kind].sum()), "orders"))
        figures.append((f"planned_value_{name}", float(quantity[is_kind] @ unit_cost[is_kind]), "money"))
    figures.append(("past_due_releases", int(late_count.sum()), "orders"))
    figures.append(("past_due_release_value", float(late_quantity @ unit_cost), "money"))
    return figures


def _receipt_figures(model: PlanningModel, plan: NettedPlan) -> list[Figure]:
    """Return how many open orders should be moved or cancelled."""
    counted, needed = model.event_table.receipts["day"], plan.needed_day
    return [
        ("receipts_to_expedite", int((plan.netted_day < counted).sum()), "orders"),
        ("receipts_to_defer", int(((needed > counted) & (needed != NEVER)).sum()), "orders"),
        ("receipts_to_cancel", int((needed == NEVER).sum()), "orders"),
    ]


def _on_hand_value(model: PlanningModel, unit_cost: NDArray[np.float64]) -> float:
    """Return the value of all usable stock, that which comes later included."""
    table = model.event_table
    owner = np.repeat(np.arange(model.nodes.n_nodes), np.diff(table.lot_indptr))
    return float(table.on_hand @ unit_cost + (table.lots["quantity"] * unit_cost[owner]).sum())
