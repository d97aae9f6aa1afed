"""Lateness and shortage carried up to the demands and customers that they hit, with the supply that binds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.decoding.orders import demand_sources
from planning.encoding.codes import dates_of
from planning.kernels.netting_arrays import ALWAYS
from planning.kernels.supply_rows import SupplyKind
from planning.mrp import MrpResult
from planning.pegs.levels import PegLevel, PegLevels
from planning.push import push

_NOISE = 1e-9
_NOTHING = np.iinfo(np.int64).min


@dataclass(slots=True)
class _Carried:
    """What has been carried up so far, by order and by row of the model's demands.

    ``demand_short`` and ``order_short`` are the part that is short. A binding names what is at the bottom: an order, or
    -1 - node where a node runs short or its stock comes late, or -1 - n_nodes - receipt.
    """

    order_late: NDArray[np.int64]
    order_late_binding: NDArray[np.int64]
    order_short: NDArray[np.float64]
    order_short_binding: NDArray[np.int64]
    demand_late: NDArray[np.int64]
    demand_late_quantity: NDArray[np.float64]
    demand_late_binding: NDArray[np.int64]
    demand_short: NDArray[np.float64]
    demand_short_binding: NDArray[np.int64]


def late_demands(result: MrpResult) -> pl.DataFrame:
    """Return the demands that come late or short when nothing is released before ``as_of``, and what they wait for.

    Parameters
    ----------
    result
        A plan, with ``past_release`` = keep or push.

    Returns
    -------
    pl.DataFrame
        ``demand_id``, ``item_id``, ``site_id``, ``customer_id``, ``due_date``, ``quantity``, ``late_quantity``,
        ``days_late``, ``late_date``, ``short_quantity``, and the supply at the bottom: ``binding_kind`` (planned_order,
        scheduled_receipt, stock, shortage), ``binding_id``, ``binding_item_id``, ``binding_site_id``; what is short
        first, then the latest.

    Notes
    -----
    Days are those of the pushed plan (rule 8), so a plan that keeps past releases is pushed for this. An order that
    lacks a part of a component is short by that part.
    """
    if result.options.past_release != "push":
        result = MrpResult(
            result.model,
            replace(result.options, past_release="push"),
            result.netting,
            push(result.model, result.netting, result.plan),
        )
    carried = _carry_up(result)
    table = result.model.event_table
    is_hit = (carried.demand_late > 0) | (carried.demand_short > _NOISE)
    picked = np.flatnonzero(is_hit & (table.demand_row < table.n_demands))
    order = np.lexsort((picked, -carried.demand_late[picked], carried.demand_short[picked] <= _NOISE))
    return _frame(result, carried, picked[order])


def _carry_up(result: MrpResult) -> _Carried:
    """Carry lateness and shortage up level by level."""
    n_orders, n_demands = result.plan.orders.rows.shape[0], result.model.event_table.demands.shape[0]
    carried = _Carried(
        np.zeros(n_orders, np.int64),
        np.full(n_orders, _NOTHING),
        np.zeros(n_orders),
        np.full(n_orders, _NOTHING),
        np.zeros(n_demands, np.int64),
        np.zeros(n_demands),
        np.full(n_demands, _NOTHING),
        np.zeros(n_demands),
        np.full(n_demands, _NOTHING),
    )
    for level in PegLevels(result).deepest_first():
        _carry_lateness(result, level, carried)
        _carry_shortage(result, level, carried)
    return carried


def _carry_lateness(result: MrpResult, level: PegLevel, carried: _Carried) -> None:
    """Note how late the links of one level are at the orders and demands that need them."""
    links, requirements = level.links, level.requirements
    arrival = level.supplies["arrival"][links["supply"]].astype(np.int64)
    day = requirements["day"][links["requirement"]]
    is_late = np.flatnonzero((arrival > day) & (arrival != ALWAYS) & (links["quantity"] > _NOISE))
    if not is_late.size:
        return
    row, supply = links["requirement"][is_late], links["supply"][is_late]
    days = (arrival[is_late] - requirements["original_day"][row]).astype(np.int64)
    binding = _late_binding(result, level, supply, carried)
    source = requirements["source"][row]
    of_order = np.flatnonzero(source >= 0)
    _keep_worst(source[of_order], days[of_order], binding[of_order], carried.order_late, carried.order_late_binding)
    is_demand = np.zeros(requirements.shape[0], np.bool_)
    is_demand[level.by_demand[0]] = True
    of_demand = np.flatnonzero(is_demand[row])
    demand = -1 - source[of_demand]
    if result.options.past_demand == "today":  # through a phantom the days count from the day that it handed down
        given = result.netting.demands["day"][demand].astype(np.int64)
        is_handed = requirements["is_dependent"][row[of_demand]] & ~result.netting.demands["is_dependent"][demand]
        days[of_demand] += np.where(is_handed, np.maximum(given, 0) - given, 0)
    _keep_worst(demand, days[of_demand], binding[of_demand], carried.demand_late, carried.demand_late_binding)
    np.add.at(carried.demand_late_quantity, demand, links["quantity"][is_late[of_demand]])


def _late_binding(
    result: MrpResult, level: PegLevel, supply: NDArray[np.int32], carried: _Carried
) -> NDArray[np.int64]:
    """Return what is at the bottom of late supplies: what moved the order, else the order itself."""
    kind, source = level.supplies["kind"][supply], level.supplies["source"][supply].astype(np.int64)
    binding = -1 - level.supply_node[supply].astype(np.int64)
    is_receipt = kind == SupplyKind.SCHEDULED_RECEIPT
    binding = np.where(is_receipt, -1 - result.model.nodes.n_nodes - source, binding)
    binding = np.where((kind == SupplyKind.BY_PRODUCT) & (source >= 0), source, binding)
    is_order = np.flatnonzero(kind == SupplyKind.PLANNED_ORDER)
    order = source[is_order]
    late = carried.order_late[order]
    is_moved = (late > 0) & (result.plan.orders.rows["release"][order] + late >= 0)
    binding[is_order] = np.where(is_moved, carried.order_late_binding[order], order)
    return np.asarray(binding, np.int64)


def _keep_worst(
    target: NDArray[np.int64],
    value: NDArray[Any],
    binding: NDArray[np.int64],
    out_value: NDArray[Any],
    out_binding: NDArray[np.int64],
) -> None:
    """Keep the largest value of each target, with what binds it; of equal ones the first."""
    order = np.lexsort((-np.arange(target.shape[0]), value, target))
    target, value, binding = target[order], value[order], binding[order]
    is_last = np.append(target[1:] != target[:-1], True) if target.size else np.zeros(0, np.bool_)
    target, value, binding = target[is_last], value[is_last], binding[is_last]
    is_worse = value > out_value[target]
    out_value[target[is_worse]] = value[is_worse]
    out_binding[target[is_worse]] = binding[is_worse]


def _carry_shortage(result: MrpResult, level: PegLevel, carried: _Carried) -> None:
    """Note what part of each requirement of one level is short, at the orders and demands that need it."""
    requirements, links = level.requirements, level.links
    quantity = requirements["quantity"]
    own = quantity - level.pegging.covered
    own[own <= _NOISE * (1.0 + quantity)] = 0.0
    own[result.netting.nodes["is_phantom"][level.requirement_node]] = 0.0
    has_order = level.order >= 0
    part = (
        np.where(has_order, carried.order_short[np.where(has_order, level.order, 0)], 0.0) if has_order.any() else None
    )
    short = own.copy()
    binding = np.where(own > 0, -1 - level.requirement_node.astype(np.int64), _NOTHING)
    if part is not None and (part > 0).any():
        of_link = part[links["supply"]]
        short += level.per_requirement(links["quantity"] * of_link)
        is_short = np.flatnonzero(of_link > 0)[::-1]
        below = carried.order_short_binding[level.order[links["supply"][is_short]]]
        row = links["requirement"][is_short]
        binding[row] = np.where(binding[row] == _NOTHING, below, binding[row])
    rows, order = level.by_order
    rows, order = rows[short[rows] > 0], order[short[rows] > 0]
    parts = np.minimum(short / quantity, 1.0)
    _keep_worst(order, parts[rows], binding[rows], carried.order_short, carried.order_short_binding)
    rows, demand = level.by_demand
    rows, demand = rows[short[rows] > 0], demand[short[rows] > 0]
    _keep_worst(demand, parts[rows], binding[rows], carried.demand_short, carried.demand_short_binding)


def _frame(result: MrpResult, carried: _Carried, picked: NDArray[np.int64]) -> pl.DataFrame:
    """Return the table of the demands picked."""
    model = result.model
    table, nodes = model.event_table, model.nodes
    node = np.searchsorted(table.demand_indptr, picked, side="right") - 1
    demands = table.demands[picked]
    late = carried.demand_late[picked]
    quantity = np.ascontiguousarray(demands["quantity"])
    short = carried.demand_short[picked] * quantity
    is_short = short > _NOISE
    binding = np.where(is_short, carried.demand_short_binding[picked], carried.demand_late_binding[picked])
    frame = pl.DataFrame(
        {
            "demand_id": demand_sources(model)[1][picked],
            "item_id": nodes.item_ids[nodes.item[node]],
            "site_id": nodes.site_ids[nodes.site[node]],
            "customer_id": model.data.filled("demands", ["customer_id"])["customer_id"][table.demand_row[picked]],
            "due_date": dates_of(np.ascontiguousarray(demands["day"]), model.as_of),
            "quantity": quantity,
            "late_quantity": np.minimum(carried.demand_late_quantity[picked], quantity),
            "days_late": late,
            "late_date": dates_of((demands["day"] + late).astype(np.int32), model.as_of).set(
                pl.Series(late <= 0), None
            ),
            "short_quantity": short,
        }
    )
    return frame.hstack(_bindings(result, binding, is_short))


def _bindings(result: MrpResult, binding: NDArray[np.int64], is_short: NDArray[np.bool_]) -> list[pl.Series]:
    """Return kind, id, item and site of what binds."""
    model, ids = result.model, result.order_ids
    n_nodes, nodes, table = model.nodes.n_nodes, model.nodes, model.event_table
    is_order, is_receipt = binding >= 0, (binding < -n_nodes) & (binding != _NOTHING)
    order, receipt = np.where(is_order, binding, 0), np.where(is_receipt, -1 - n_nodes - binding, 0)
    node = np.where(is_order | is_receipt | (binding == _NOTHING), 0, -1 - binding)
    if is_order.any():
        node = np.where(is_order, ids.node_of(order), node)
    if is_receipt.any():
        node = np.where(is_receipt, np.searchsorted(table.receipt_indptr, receipt, side="right") - 1, node)
    kind = np.where(is_order, "planned_order", np.where(is_receipt, "scheduled_receipt", "stock"))
    kind = np.where(is_short, "shortage", kind)
    name = ids.node_keys[node]
    if is_order.any():
        name = pl.select(pl.when(pl.Series(is_order)).then(ids.of(order)).otherwise(name)).to_series()
    if is_receipt.any():
        receipts = model.data.table("scheduled_receipts")["order_id"][table.receipt_row[receipt]]
        name = pl.select(pl.when(pl.Series(is_receipt)).then(receipts).otherwise(name)).to_series()
    return [
        pl.Series("binding_kind", kind, dtype=pl.String),
        name.alias("binding_id"),
        nodes.item_ids[nodes.item[node]].alias("binding_item_id"),
        nodes.site_ids[nodes.site[node]].alias("binding_site_id"),
    ]
