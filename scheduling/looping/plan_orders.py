"""The orders of a plan as the shop gets them: what each waits for, and what is to be done for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planning.capacity import CapacityResult
from planning.encoding.codes import NO_CODE
from planning.kernels.capacity_arrays import SECONDS_PER_DAY
from planning.kernels.netting_arrays import ALWAYS, Records, SupplyType
from planning.kernels.requirement_rows import SAFETY_STOCK
from planning.kernels.supply_rows import SupplyKind
from planning.loading.listing import listed_operations
from planning.mrp import MrpResult
from planning.pegs.levels import PegLevel, PegLevels
from scheduling.leveller.scope import planned_places

Days = NDArray[np.int64]
Places = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Steps:
    """The operations of all orders, those of an order in their order.

    Parameters
    ----------
    indptr
        int64, shape (n_orders + 1,).
    work_center, minutes, after_seconds
        Where, standard minutes, and wait and move after it.
    """

    indptr: Places
    work_center: NDArray[np.int32]
    minutes: Floats
    after_seconds: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PegLinks:
    """Supplies, and what of them goes where.

    Parameters
    ----------
    supply_order, supply_node, supply_day, supply_quantity
        The order that a supply comes from (-1: none that can move), its node, planned day and quantity.
    supply
        The supply of each link.
    order, demand
        The order, or the row of the model's demands, that it is for; -1: none.
    need_day, is_at_end, quantity
        When it is needed, not before day 0; whether at the end of the order; how much.
    """

    supply_order: Places
    supply_node: NDArray[np.int32]
    supply_day: Days
    supply_quantity: Floats
    supply: Places
    order: Places
    demand: Places
    need_day: Days
    is_at_end: Flags
    quantity: Floats


@dataclass(frozen=True, slots=True)
class PlanOrders:
    """Orders that can be late: planned ones, and open ones that are made.

    Parameters
    ----------
    place
        int64: the order's place in the plan's orders; of an open order behind them, by receipt.
    node, release, due, quantity
        What and when, as planned.
    is_measured
        The order's lead time counts: a planned order, or one that levelling put in the place of planned ones.
    is_in_shop
        It has been released, and waits for nothing but machines.
    steps, links
        What is to be done for it, and what it waits for.
    """

    place: Places
    node: NDArray[np.int32]
    release: Days
    due: Days
    quantity: Floats
    is_measured: Flags
    is_in_shop: Flags
    steps: Steps
    links: PegLinks


def plan_orders(capacity: CapacityResult, n_given_receipts: int) -> PlanOrders:
    """Return the orders of a plan.

    Parameters
    ----------
    capacity
        The plan, with routings and working time.
    n_given_receipts
        Open orders of the data set; the rows behind them stand for planned orders.
    """
    plan = capacity.plan
    place, node = planned_places(plan)
    rows = plan.plan.dated_orders[place]
    n_rows = plan.plan.dated_orders.shape[0]
    operations = listed_operations(plan, capacity.model, capacity.model.routings.nodes, (0, 0))
    opened, first_day = _open_orders(plan, operations)
    receipt_node = np.repeat(np.arange(plan.model.nodes.n_nodes), np.diff(plan.model.event_table.receipt_indptr))
    release, due = _open_days(capacity, opened, first_day)
    is_released = capacity.model.kernel.open_orders["is_released"][opened]
    places = np.concatenate([place, n_rows + opened])
    number = np.full(n_rows + receipt_node.shape[0], NO_CODE, np.int64)
    number[places] = np.arange(places.shape[0])
    _point_firm_orders(plan, number, n_rows)
    steps = _steps(capacity, operations, number, n_rows, places.shape[0])
    has_work = _has_finite_work(capacity, steps)
    put_back = plan.model.event_table.receipt_row[opened] >= n_given_receipts
    return PlanOrders(
        places,
        np.concatenate([node, receipt_node[opened]]).astype(np.int32),
        np.concatenate([rows["release"], release]).astype(np.int64),
        np.concatenate([rows["due"], due]).astype(np.int64),
        np.concatenate([rows["quantity"], plan.netting.receipts["quantity"][opened]]),
        np.concatenate([np.ones(place.shape[0], np.bool_), put_back]) & has_work,
        np.concatenate([np.zeros(place.shape[0], np.bool_), is_released]),
        steps,
        _links(plan, number, n_rows),
    )


def _open_orders(plan: MrpResult, operations: Records) -> tuple[Places, Days]:
    """Return the receipts with work left, and those that explode; and the first day on which loads put each."""
    n = plan.netting.receipts.shape[0]
    first = np.full(n, np.iinfo(np.int64).max)
    rows = operations[operations["is_receipt"]]
    np.minimum.at(first, rows["source"], np.maximum(rows["setup_start"], 0) // SECONDS_PER_DAY)
    opened = np.flatnonzero((first < np.iinfo(np.int64).max) | (plan.consumers.receipt_order >= 0))
    return opened, first[opened]


def _open_days(capacity: CapacityResult, opened: Places, first_day: Days) -> tuple[Days, Days]:
    """Return the days of release and due dates of open orders; what is released is there on day 0."""
    plan = capacity.plan
    rows = capacity.model.kernel.open_orders[opened]
    order = plan.consumers.receipt_order[opened]
    dated = plan.plan.dated_orders
    release = np.where(order >= 0, dated["release"][np.maximum(order, 0)], first_day) if dated.shape[0] else first_day
    due = rows["due"].astype(np.int64)
    return np.where(rows["is_released"], np.minimum(0, due), np.minimum(release, due)), due


def _point_firm_orders(plan: MrpResult, number: Places, n_rows: int) -> None:
    """Let the plan's firm orders have the numbers of their receipts."""
    order = plan.consumers.receipt_order
    receipt = np.flatnonzero(order >= 0)
    number[order[receipt]] = number[n_rows + receipt]


def _steps(capacity: CapacityResult, operations: Records, number: Places, n_rows: int, n_orders: int) -> Steps:
    """Return the operations by order."""
    owner = number[np.where(operations["is_receipt"], n_rows + operations["source"], operations["source"])]
    at = np.argsort(owner, kind="stable")
    at = at[owner[at] >= 0]
    rows = operations[at]
    routing = capacity.model.routings.rows[rows["operation"]]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(owner[at], minlength=n_orders))]).astype(np.int64)
    return Steps(
        indptr,
        np.ascontiguousarray(routing["work_center"]),
        np.ascontiguousarray(rows["minutes"]),
        np.ascontiguousarray(routing["after_seconds"]),
    )


def _has_finite_work(capacity: CapacityResult, steps: Steps) -> Flags:
    """Return which orders have an operation at a work center with a limit."""
    is_finite = capacity.model.centers.frame["is_finite"].to_numpy()[steps.work_center]
    owner = np.repeat(np.arange(steps.indptr.shape[0] - 1), np.diff(steps.indptr))
    found = np.zeros(steps.indptr.shape[0] - 1, np.bool_)
    found[owner[is_finite]] = True
    return found


def _links(plan: MrpResult, number: Places, n_rows: int) -> PegLinks:
    """Return the pegging of the whole plan between orders and demands."""
    parts: list[tuple[NDArray[np.generic], ...]] = []
    links: list[tuple[NDArray[np.generic], ...]] = []
    n_supplies = 0
    taker = np.append(plan.consumers.demand_receipt, NO_CODE)
    for level in PegLevels(plan).highest_first():
        parts.append(_supplies(level, number, n_rows))
        links.append(_level_links(level, number, taker, n_rows, n_supplies))
        n_supplies += level.supplies.shape[0]
    joined = [np.concatenate(columns) for columns in zip(*parts, strict=True)]
    joined += [np.concatenate(columns) for columns in zip(*links, strict=True)]
    return PegLinks(*joined)


def _supplies(level: PegLevel, number: Places, n_rows: int) -> tuple[NDArray[np.generic], ...]:
    """Return order, node, day and quantity of the supplies of one level."""
    rows = level.supplies
    kind, source = rows["kind"], rows["source"].astype(np.int64)
    order = np.full(rows.shape[0], NO_CODE, np.int64)
    is_planned, is_receipt = kind == SupplyKind.PLANNED_ORDER, kind == SupplyKind.SCHEDULED_RECEIPT
    order[is_planned] = number[source[is_planned]]
    order[is_receipt] = number[n_rows + source[is_receipt]]
    day = np.where(rows["arrival"] == ALWAYS, 0, np.maximum(rows["arrival"], 0)).astype(np.int64)
    return order, level.supply_node, day, np.ascontiguousarray(rows["quantity"])


def _level_links(
    level: PegLevel, number: Places, taker: Places, n_rows: int, n_supplies: int
) -> tuple[NDArray[np.generic], ...]:
    """Return supply, order, demand, day, end flag and quantity of the links of one level."""
    rows = level.requirements[level.links["requirement"]]
    source = rows["source"]
    is_demand = (source < 0) & (source != SAFETY_STOCK)
    demand = np.where(is_demand, -1 - source, NO_CODE)
    receipt = taker[demand]
    order = np.where(source >= 0, number[np.maximum(source, 0)] if number.size else NO_CODE, NO_CODE)
    order = np.where(receipt >= 0, number[n_rows + np.maximum(receipt, 0)] if n_rows < number.size else NO_CODE, order)
    return (
        n_supplies + level.links["supply"].astype(np.int64),
        order,
        np.where(receipt >= 0, NO_CODE, demand),
        np.maximum(rows["day"], 0).astype(np.int64),
        np.ascontiguousarray(rows["is_at_end"]),
        np.ascontiguousarray(level.links["quantity"]),
    )


def is_made(plan: MrpResult) -> Flags:
    """Return which nodes are made and are no phantoms."""
    nodes = plan.netting.nodes
    return np.asarray((nodes["supply_type"] == SupplyType.MAKE) & ~nodes["is_phantom"])
