"""Which supplier or lane an order takes: by priority and effectivity, or in turn by split_fraction (rule 11)."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bom.kernels.inner import inner
from planning.kernels.calendar import WorkingDays
from planning.kernels.changing_parameters import apply_changes, changes_of, row_at_due
from planning.kernels.lot_sizing import due_day, modified_quantity, split_quantity, write_order
from planning.kernels.netting_arrays import (
    ALWAYS,
    CHOSEN_PER_ORDER,
    NO_OFFER,
    NODE_DTYPE,
    LotSizingRule,
    NettingModel,
    OrderSlice,
    Records,
    SupplyType,
)

_FIXED = int(LotSizingRule.FIXED_ORDER_QUANTITY)
_TRANSFER = int(SupplyType.TRANSFER)


@inner
def is_in_force(offer: Records, day: int) -> bool:
    """Return whether an offer can be taken by an order for a need on ``day``."""
    return bool(offer.effective_from <= day < offer.effective_to)


@njit(cache=True)
def choose_offer(offers: Records, given: NDArray[np.float64], day: int, quantity: float) -> int:
    """Return the place of the offer that the next order takes, -1 when none is in force.

    Parameters
    ----------
    offers
        The node's offers, in the order of their priority.
    given
        float64, shape (n_offers,): what has been ordered from each so far.
    day
        The need of the order.
    quantity
        What is still to be ordered.

    Notes
    -----
    Of the offers in force the first; when some of them have a fraction, of those the one that is furthest behind: with
    the largest fraction x (what they have been given + quantity) - what it has been given. Of equals the first.
    """
    first, fractions, total = NO_OFFER, 0.0, quantity
    for k in range(offers.shape[0]):
        if is_in_force(offers[k], day):
            first = k if first == NO_OFFER else first
            if offers[k].split_fraction > 0.0:
                fractions += offers[k].split_fraction
                total += given[k]
    if fractions == 0.0:
        return first
    chosen, largest = NO_OFFER, -math.inf
    noise = 1e-9 * total
    for k in range(offers.shape[0]):
        if is_in_force(offers[k], day) and offers[k].split_fraction > 0.0:
            behind = offers[k].split_fraction / fractions * total - given[k]
            if behind > largest + noise:
                chosen, largest = k, behind
    return chosen


@inner
def can_be_taken(node: Records, offers: Records, day: int) -> bool:
    """Return whether a need on ``day`` can be ordered: a transfer only when a lane is in force."""
    if node.supply_type != _TRANSFER:
        return True
    is_there = False
    for k in range(offers.shape[0]):
        is_there |= is_in_force(offers[k], day)
    return is_there


@inner
def take_offer(node: Records, offers: Records, offer: int, changes: Records, due: int, out: Records) -> None:
    """Fill a node row with the node's values, those of one of its offers, and what has changed by the due day."""
    fill_offer(node, offers, offer, out)
    if changes.shape[0] > 0:
        apply_changes(changes, out[0], due, out[0])
    lower_maximum(out[0])


@inner
def fill_offer(node: Records, offers: Records, offer: int, out: Records) -> None:
    """Fill a node row with the node's values and, where it has them, those of one of its offers."""
    out[0] = node
    row = out[0]
    row.offer = offer
    if offer == NO_OFFER:
        return
    offered = offers[offer]
    row.calendar = offered.calendar
    if offered.lead_time_days >= 0:
        row.lead_time_days = offered.lead_time_days
    if not math.isnan(offered.minimum_order_quantity):
        row.minimum_order_quantity = offered.minimum_order_quantity
    if not math.isnan(offered.order_multiple):
        row.order_multiple = offered.order_multiple
    if not math.isnan(offered.maximum_order_quantity):
        row.maximum_order_quantity = offered.maximum_order_quantity


@inner
def lower_maximum(node: Records) -> None:
    """Lower the maximum of a node row to a multiple of its order multiple, but not below one (rule 7)."""
    if node.order_multiple > 0.0 and node.maximum_order_quantity < math.inf:
        multiples = max(1.0, math.floor(node.maximum_order_quantity / node.order_multiple + 1e-9))
        node.maximum_order_quantity = multiples * node.order_multiple


@inner
def node_of_order(model: NettingModel, node: int, order: Records, as_offered: Records) -> Records:
    """Return the node's row as it counts for one of its orders: with the values of the offer that the order takes.

    ``as_offered`` is room for one row.
    """
    if model.nodes[node].offer != CHOSEN_PER_ORDER:
        return row_at_due(model, node, order.due, as_offered)
    fill_offered(model, node, order.offer, order.due, as_offered)
    return as_offered[0]


@njit(cache=True)
def fill_offered(model: NettingModel, node: int, offer: int, due: int, out: Records) -> None:
    """Fill one node row as it counts for an order due on ``due`` that takes ``offer``: see :func:`node_of_order`."""
    changes = changes_of(model, node)
    if model.nodes[node].offer != CHOSEN_PER_ORDER:
        out[0] = model.nodes[node]
        if changes.shape[0] > 0:
            apply_changes(changes, model.nodes[node], due, out[0])
        return
    offers = model.offers[model.offer_indptr[node] : model.offer_indptr[node + 1]]
    take_offer(model.nodes[node], offers, offer, changes, due, out)


@inner
def first_due_day(
    days: WorkingDays,
    choices: Records,
    node: Records,
    offers: Records,
    given: NDArray[np.float64],
    need: int,
    shortage: float,
    as_offered: Records,
) -> int:
    """Return the due day of the first order that a shortage would bring."""
    if node.offer != CHOSEN_PER_ORDER:
        return due_day(days, choices, node, need)
    fill_offer(node, offers, choose_offer(offers, given, need, shortage), as_offered)
    return due_day(days, choices, as_offered[0], need)


@inner
def node_on(model: NettingModel, node: int, day: int, as_offered: Records) -> Records:
    """Return the node's row as an order reads it that is due on a day and takes the first offer in force then.

    ``as_offered`` is room for one row.
    """
    if model.nodes[node].offer != CHOSEN_PER_ORDER:
        return row_at_due(model, node, day, as_offered)
    first = NO_OFFER
    for k in range(model.offer_indptr[node + 1] - model.offer_indptr[node]):
        if first == NO_OFFER and is_in_force(model.offers[model.offer_indptr[node] + k], day):
            first = k
    fill_offered(model, node, first, day, as_offered)
    return as_offered[0]


@inner
def smallest_split(model: NettingModel, node: int) -> float:
    """Return the size above which a quantity of the node becomes several orders, whatever the offer."""
    row = model.nodes[node]
    split = split_quantity(row)
    if row.offer == CHOSEN_PER_ORDER and row.lot_sizing_rule != _FIXED:
        offers = model.offers[model.offer_indptr[node] : model.offer_indptr[node + 1]]
        as_offered = np.empty(1, NODE_DTYPE)
        changes = changes_of(model, node)
        for k in range(NO_OFFER, offers.shape[0]):
            take_offer(row, offers, k, changes, ALWAYS, as_offered)
            split = min(split, as_offered[0].maximum_order_quantity)
            for c in range(changes.shape[0]):
                take_offer(row, offers, k, changes, changes[c].day, as_offered)
                split = min(split, as_offered[0].maximum_order_quantity)
    return split


@inner
def write_offered_orders(
    days: WorkingDays,
    choices: Records,
    node: Records,
    changes: Records,
    offers: Records,
    given: NDArray[np.float64],
    need: int,
    quantity: float,
    shortage: float,
    noise: float,
    lot: float,
    as_offered: Records,
    out: OrderSlice,
    n: int,
) -> tuple[int, float, bool]:
    """Write the orders for a quantity, each from the offer that is its turn; see lot_sizing.write_orders."""
    is_fixed = node.lot_sizing_rule == _FIXED
    rest, total = quantity, 0.0
    while rest > noise:
        offer = choose_offer(offers, given, need, rest)
        fill_offer(node, offers, offer, as_offered)
        due = due_day(days, choices, as_offered[0], need)
        take_offer(node, offers, offer, changes, due, as_offered)
        row = as_offered[0]
        order = node.fixed_order_quantity if is_fixed else modified_quantity(choices, row, lot if lot > 0.0 else rest)
        n = write_order(days, choices, row, need, due, order, shortage - total, out, n)
        if offer != NO_OFFER:
            given[offer] += order
        total += order
        rest = quantity - total
        if choices.is_maximum_cap and not is_fixed and lot == 0.0 and rest > noise:
            return n, total, True
    return n, total, False
