"""Clear to build: which orders have their components now, and who gets what is scarce (by the priority of demands)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.decoding.orders import demand_sources
from planning.encoding.codes import NO_CODE, dates_of
from planning.kernels.netting_arrays import ALWAYS, NEVER, SupplyType
from planning.kernels.supply_rows import SupplyKind
from planning.mrp import MrpResult
from planning.pegs.levels import PegLevels
from planning.pegs.order_priority import OrderPriorities, order_priorities

_NOISE = 1e-9


@dataclass(frozen=True, slots=True)
class ClearToBuild:
    """What can be built now.

    Parameters
    ----------
    orders
        ``order_id``, ``item_id``, ``site_id``, ``release_date``, ``due_date``, ``quantity``, ``can_build_quantity``
        (from what is on hand now), ``status`` (clear, partial, short), ``clear_date`` (all components are there, by
        pegging; empty: never), ``priority`` and ``demand_date`` of the first end demand, ``short_components``; in the
        order in which scarce stock is given out.
    components
        ``order_id``, ``item_id``, ``site_id``, ``required_quantity``, ``available_quantity`` (on hand when it is the
        order's turn), ``short_quantity``, ``required_date``, ``available_date``.
    demands
        ``demand_id``, ``item_id``, ``site_id``, ``due_date``, ``priority``, ``quantity``, ``on_hand_quantity``,
        ``can_build_quantity`` and ``waiting_quantity``: what serves it now, what can be built for it now, and the rest.
    """

    orders: pl.DataFrame
    components: pl.DataFrame
    demands: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Parts:
    """What orders need of components: one row per requirement."""

    order: NDArray[np.int64]
    node: NDArray[np.int32]
    quantity: NDArray[np.float64]
    day: NDArray[np.int32]
    there: NDArray[np.int32]


def clear_to_build(result: MrpResult, horizon_days: int | None = None, item_id: str | None = None) -> ClearToBuild:
    """Return which made orders can be built with what is on hand, scarce stock given out by priority.

    Parameters
    ----------
    result
        A plan.
    horizon_days
        Orders released, and demands due, within so many days from ``as_of``; ``None``: all.
    item_id
        Show the orders and demands of this item only; stock is given out among all of them.

    Notes
    -----
    Planned and firm planned orders that are made take their turns by the best priority among the end demands they are
    pegged to, then by the date of the first of these, then by release. Each takes all components in the same
    proportion, so many units as the scarcest one allows, rounded down to the item's decimals.
    """
    most = NEVER if horizon_days is None else horizon_days
    ranks = order_priorities(result)
    picked = _orders(result, ranks, most)
    parts = _parts(result, picked)
    share, available = _give_out(result, picked, parts)
    orders = _order_frame(result, ranks, picked, parts, share, available)
    components = _component_frame(result, orders["order_id"], parts, available)
    demands = _demand_frame(result, ranks, picked, share, most)
    if item_id is not None:
        orders, demands = orders.filter(item_id=item_id), demands.filter(item_id=item_id)
        components = components.join(orders.select("order_id"), on="order_id", how="semi", maintain_order="left")
    return ClearToBuild(orders, components, demands)


def _orders(result: MrpResult, ranks: OrderPriorities, most: int) -> NDArray[np.int64]:
    """Return the made orders released within the horizon, in their turns."""
    nodes, plan = result.netting.nodes, result.plan
    owner = np.repeat(result.model.level_nodes, plan.orders.counts[result.model.level_nodes])
    n_firm = np.diff(result.netting.firm_indptr)[owner]
    is_firm = np.arange(owner.shape[0]) - plan.orders.first[owner] < n_firm
    is_made = (is_firm | (nodes["supply_type"][owner] == SupplyType.MAKE)) & ~nodes["is_phantom"][owner]
    picked = np.flatnonzero(is_made & (plan.dated_orders["release"] <= most))
    release = plan.dated_orders["release"][picked]
    return picked[np.lexsort((picked, release, ranks.day[picked], ranks.priority[picked]))]


def _parts(result: MrpResult, picked: NDArray[np.int64]) -> _Parts:
    """Return what the orders need of components, by order in their turns."""
    turn = np.full(result.plan.orders.rows.shape[0], NO_CODE, np.int64)
    turn[picked] = np.arange(picked.shape[0])
    found: list[_Parts] = []
    for level in PegLevels(result).highest_first():
        rows, order = level.by_order
        keep = (turn[order] >= 0) & ~result.netting.nodes["is_phantom"][level.requirement_node[rows]]
        rows, order = rows[keep], order[keep]
        last = np.full(level.requirements.shape[0], ALWAYS, np.int32)
        np.maximum.at(last, level.links["requirement"], level.supplies["arrival"][level.links["supply"]])
        missing = level.requirements["quantity"] - level.pegging.covered
        last[missing > _NOISE * (1.0 + level.requirements["quantity"])] = NEVER
        requirements = level.requirements[rows]
        found.append(
            _Parts(
                turn[order],
                level.requirement_node[rows],
                np.ascontiguousarray(requirements["quantity"]),
                np.ascontiguousarray(requirements["day"]),
                np.maximum(last[rows], 0).astype(np.int32),
            )
        )
    joined = [np.concatenate([getattr(part, name) for part in found]) for name in _Parts.__slots__]
    by_turn = np.argsort(joined[0], kind="stable")
    return _Parts(*(column[by_turn] for column in joined))


def _give_out(
    result: MrpResult, picked: NDArray[np.int64], parts: _Parts
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the part of each order that can be built now, and what its components find on hand in its turn."""
    stock = np.maximum(_stock_now(result), 0.0)
    owner = result.order_ids.node_of(picked)
    decimals = result.netting.nodes["decimals"][owner]
    quantity = result.plan.orders.rows["quantity"][picked]
    bounds = np.searchsorted(parts.order, np.arange(picked.shape[0] + 1))
    share, available = np.ones(picked.shape[0]), np.zeros(parts.order.shape[0])
    for at in range(picked.shape[0]):
        own = slice(bounds[at], bounds[at + 1])
        node, needed = parts.node[own], parts.quantity[own]
        available[own] = stock[node]
        if not node.size:
            continue
        total: dict[int, float] = {}
        for code, amount in zip(node.tolist(), needed.tolist(), strict=True):
            total[code] = total.get(code, 0.0) + amount
        part = min(1.0, *(stock[code] / amount for code, amount in total.items()))
        share[at] = part if part == 1.0 else _rounded(part * quantity[at], int(decimals[at])) / quantity[at]
        for code, amount in total.items():
            stock[code] = max(0.0, stock[code] - amount * share[at])
    return share, available


def _rounded(quantity: float, decimals: int) -> float:
    """Return a quantity rounded down to its decimals; -1: as it is."""
    if decimals < 0:
        return quantity
    return float(np.floor(quantity * 10.0**decimals + _NOISE) / 10.0**decimals)


def _stock_now(result: MrpResult) -> NDArray[np.float64]:
    """Return the usable stock of each node on ``as_of``."""
    netting = result.netting
    stock: NDArray[np.float64] = netting.nodes["on_hand"].copy()
    owner = np.repeat(np.arange(stock.shape[0]), np.diff(netting.lot_indptr))
    is_there = netting.lots["available"] == ALWAYS
    np.add.at(stock, owner[is_there], netting.lots["quantity"][is_there])
    return stock


def _order_frame(
    result: MrpResult,
    ranks: OrderPriorities,
    picked: NDArray[np.int64],
    parts: _Parts,
    share: NDArray[np.float64],
    available: NDArray[np.float64],
) -> pl.DataFrame:
    """Return the orders with what can be built of them."""
    nodes, as_of, rows = result.model.nodes, result.model.as_of, result.plan.dated_orders[picked]
    node = result.order_ids.node_of(picked)
    clear = np.zeros(picked.shape[0], np.int32)
    np.maximum.at(clear, parts.order, parts.there)
    is_short = available < parts.quantity - _NOISE * (1.0 + parts.quantity)
    n_short = np.bincount(parts.order[is_short], minlength=picked.shape[0])
    return pl.DataFrame(
        {
            "order_id": result.order_ids.of(picked),
            "item_id": nodes.item_ids[nodes.item[node]],
            "site_id": nodes.site_ids[nodes.site[node]],
            "release_date": dates_of(np.ascontiguousarray(rows["release"]), as_of),
            "due_date": dates_of(np.ascontiguousarray(rows["due"]), as_of),
            "quantity": np.ascontiguousarray(rows["quantity"]),
            "can_build_quantity": rows["quantity"] * share,
            "status": np.where(share >= 1.0, "clear", np.where(share > 0.0, "partial", "short")),
            "clear_date": dates_of(clear, as_of),
            "priority": _priorities(ranks.priority[picked]),
            "demand_date": dates_of(np.ascontiguousarray(ranks.day[picked]), as_of),
            "short_components": n_short.astype(np.int64),
        }
    )


def _priorities(priority: NDArray[np.int32]) -> pl.Series:
    """Return priorities, empty for what serves no demand."""
    return pl.Series(priority.astype(np.int64)).set(pl.Series(priority == NEVER), None)


def _component_frame(
    result: MrpResult, names: pl.Series, parts: _Parts, available: NDArray[np.float64]
) -> pl.DataFrame:
    """Return what each order needs, what it finds, and when the rest is there."""
    nodes, as_of = result.model.nodes, result.model.as_of
    return pl.DataFrame(
        {
            "order_id": names[parts.order],
            "item_id": nodes.item_ids[nodes.item[parts.node]],
            "site_id": nodes.site_ids[nodes.site[parts.node]],
            "required_quantity": parts.quantity,
            "available_quantity": available,
            "short_quantity": np.maximum(0.0, parts.quantity - available),
            "required_date": dates_of(parts.day, as_of),
            "available_date": dates_of(parts.there, as_of),
        }
    )


def _demand_frame(
    result: MrpResult, ranks: OrderPriorities, picked: NDArray[np.int64], share: NDArray[np.float64], most: int
) -> pl.DataFrame:
    """Return the demands due within the horizon, with what serves them now and what can be built for them now."""
    model, table = result.model, result.model.event_table
    n_demands = table.demands.shape[0]
    on_hand, built = np.zeros(n_demands), np.zeros(n_demands)
    by_order = np.zeros(result.plan.orders.rows.shape[0])
    by_order[picked] = share
    for level in PegLevels(result).highest_first():
        rows, demand = level.by_demand
        is_stock = np.isin(level.supplies["kind"], (SupplyKind.ON_HAND, SupplyKind.LOT))
        is_stock &= level.supplies["arrival"] == ALWAYS
        part = np.where(level.order >= 0, by_order[np.maximum(level.order, 0)] if by_order.size else 0.0, 0.0)
        quantity = level.links["quantity"]
        np.add.at(on_hand, demand, level.per_requirement(quantity * is_stock[level.links["supply"]])[rows])
        np.add.at(built, demand, level.per_requirement(quantity * part[level.links["supply"]])[rows])
    is_phantom = np.repeat(result.netting.nodes["is_phantom"], np.diff(table.demand_indptr))
    is_shown = (table.demand_row < table.n_demands) & (table.demands["day"] <= most) & ~is_phantom
    shown = np.flatnonzero(is_shown)
    priority, day = ranks.of_demand[shown], table.demands["day"][shown]
    shown = shown[np.lexsort((shown, day, priority))]
    node = np.searchsorted(table.demand_indptr, shown, side="right") - 1
    quantity = np.ascontiguousarray(table.demands["quantity"][shown])
    return pl.DataFrame(
        {
            "demand_id": demand_sources(model)[1][shown],
            "item_id": model.nodes.item_ids[model.nodes.item[node]],
            "site_id": model.nodes.site_ids[model.nodes.site[node]],
            "due_date": dates_of(np.ascontiguousarray(table.demands["day"][shown]), model.as_of),
            "priority": ranks.of_demand[shown].astype(np.int64),
            "quantity": quantity,
            "on_hand_quantity": on_hand[shown],
            "can_build_quantity": built[shown],
            "waiting_quantity": np.maximum(0.0, quantity - on_hand[shown] - built[shown]),
        }
    )
