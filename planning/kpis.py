"""The plan in numbers."""

from __future__ import annotations

import numpy as np
import polars as pl

from planning.arrays import PlanningModel
from planning.kernels.netting_arrays import NEVER, SupplyType
from planning.kernels.requirement_rows import total_orders
from planning.net import NettedPlan
from planning.plan_tables import KPIS


def measure(model: PlanningModel, plan: NettedPlan) -> pl.DataFrame:
    """Return the table ``kpis``: sizes, planned orders by supply type, money, and what is late.

    Notes
    -----
    Value is quantity x unit_cost. Planned orders are those of the table, without firm planned and blown-through ones.
    """
    n_nodes = model.nodes.n_nodes
    count, late_count = np.empty((2, n_nodes), np.int64)
    quantity, late_quantity = np.empty((2, n_nodes))
    total_orders(
        model.node_rows,
        model.event_table.firm_indptr,
        plan.orders,
        plan.dated_orders,
        count,
        quantity,
        late_count,
        late_quantity,
    )
    unit_cost = model.sourcing.parameters["unit_cost"].to_numpy()
    supply_type = model.node_rows["supply_type"]
    measured: list[tuple[str, float, str]] = [
        ("items", model.nodes.item_ids.len(), "items"),
        ("item_sites", model.nodes.n_nodes, "item-sites"),
        ("bom_lines", model.data.table("bom_lines").height, "lines"),
        ("levels", model.level_indptr.shape[0] - 1, "levels"),
        ("demands", model.data.table("demands").height, "demands"),
        ("scheduled_receipts", model.data.table("scheduled_receipts").height, "orders"),
        ("planned_orders", int(count.sum()), "orders"),
    ]
    for kind in SupplyType:
        is_kind = supply_type == kind
        name = kind.name.lower()
        measured.append((f"planned_orders_{name}", int(count[is_kind].sum()), "orders"))
        measured.append((f"planned_value_{name}", float(quantity[is_kind] @ unit_cost[is_kind]), "money"))
    counted, needed = model.event_table.receipts["day"], plan.needed_day
    measured += [
        ("past_due_releases", int(late_count.sum()), "orders"),
        ("past_due_release_value", float(late_quantity @ unit_cost), "money"),
        ("receipts_to_expedite", int((plan.netted_day < counted).sum()), "orders"),
        ("receipts_to_defer", int(((needed > counted) & (needed != NEVER)).sum()), "orders"),
        ("receipts_to_cancel", int((needed == NEVER).sum()), "orders"),
        ("item_sites_short", int(plan.is_short.sum()), "item-sites"),
        ("on_hand_value", _on_hand_value(model, unit_cost), "money"),
    ]
    return pl.DataFrame(
        measured, schema={column.name: column.dtype.polars for column in KPIS.columns}, orient="row", strict=False
    )


def _on_hand_value(model: PlanningModel, unit_cost: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """Return the value of all usable stock, that which comes later included."""
    table = model.event_table
    owner = np.repeat(np.arange(model.nodes.n_nodes), np.diff(table.lot_indptr))
    return float(table.on_hand @ unit_cost + (table.lots["quantity"] * unit_cost[owner]).sum())
