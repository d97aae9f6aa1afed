"""The arrays that the netting kernels read and write.

Only the kernels that Python calls are cached: what they call is compiled into them, and preparing a cache for each of
sixty functions takes 0.2 s of every start.

Rows with many columns are structured arrays. One row lies in a few cache lines, and is handed on as one pointer. (As
tuples of one array per column, every call passed hundreds of values and counted references: ten times as slow.)
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bom.kernels.inner import inner
from planning.kernels.calendar import WorkingDays

NEVER = np.iinfo(np.int32).max
ALWAYS = np.iinfo(np.int32).min
UNLIMITED = -1
ITSELF = np.iinfo(np.int64).max

# Which of its offers (suppliers or lanes) a node's orders take: its place among them, none, or chosen order by order.
NO_OFFER = -1
CHOSEN_PER_ORDER = -2

# A structured array or one of its rows; which dtype is said where it is declared. Kernels read ``rows[i].field``.
Records: TypeAlias = Any


class SupplyType(IntEnum):
    """How a node is replenished."""

    MAKE = 0
    BUY = 1
    TRANSFER = 2


class LotSizingRule(IntEnum):
    """How a shortage becomes orders."""

    LOT_FOR_LOT = 0
    FIXED_ORDER_QUANTITY = 1
    ORDER_UP_TO = 2
    PERIOD_OF_SUPPLY = 3
    PERIOD_ORDER_QUANTITY = 4
    ECONOMIC_ORDER_QUANTITY = 5
    LEAST_UNIT_COST = 6
    LEAST_TOTAL_COST = 7
    PART_PERIOD_BALANCING = 8
    SILVER_MEAL = 9
    GROFF = 10
    WAGNER_WHITIN = 11


# Those from here on read the ordering and the holding cost.
FIRST_COST_RULE = LotSizingRule.PERIOD_ORDER_QUANTITY


class ChangedParameter(IntEnum):
    """A planning parameter that can change with time."""

    SAFETY_STOCK = 0
    LEAD_TIME_DAYS = 1
    MINIMUM_ORDER_QUANTITY = 2
    ORDER_MULTIPLE = 3
    MAXIMUM_ORDER_QUANTITY = 4
    ORDER_UP_TO_LEVEL = 5
    YIELD_FRACTION = 6


# One row per node (an item at a site); quantities in stock units. ``order_point`` and ``routing_days`` are NaN,
# ``maximum_order_quantity`` is infinite where there is none, and lowered to a multiple of ``order_multiple``;
# ``decimals`` is -1 where nothing is rounded; ``holding_cost`` is that of one unit and day; ``calendar`` is that of who
# does the work of its planned orders.
NODE_DTYPE = np.dtype(
    [
        ("supply_type", np.int8),
        ("is_phantom", np.bool_),
        ("can_order", np.bool_),
        ("is_lead_time_working", np.bool_),
        ("lot_sizing_rule", np.int8),
        ("decimals", np.int8),
        ("offer", np.int16),
        ("calendar", np.int32),
        ("site_calendar", np.int32),
        ("lead_time_days", np.int32),
        ("safety_lead_time_days", np.int32),
        ("period_of_supply_days", np.int32),
        ("planning_fence_day", np.int32),
        ("lead_time_days_per_unit", np.float64),
        ("routing_days", np.float64),
        ("routing_days_per_unit", np.float64),
        ("safety_stock", np.float64),
        ("fixed_order_quantity", np.float64),
        ("order_up_to_level", np.float64),
        ("order_point", np.float64),
        ("minimum_order_quantity", np.float64),
        ("order_multiple", np.float64),
        ("maximum_order_quantity", np.float64),
        ("ordering_cost", np.float64),
        ("holding_cost", np.float64),
        ("yield_fraction", np.float64),
        ("on_hand", np.float64),
    ],
    align=True,
)

# A parameter's value from ``day`` on; ``ALWAYS`` where it holds from the beginning.
CHANGE_DTYPE = np.dtype([("parameter", np.int8), ("day", np.int32), ("value", np.float64)], align=True)

# A requirement that the data set gives: a demand, an allocation, or what a firm planned transfer takes at its source
# (``is_dependent``; ``day`` is its release, and ``due`` its due day, ``NEVER`` for the others).
DEMAND_DTYPE = np.dtype(
    [("day", np.int32), ("due", np.int32), ("is_dependent", np.bool_), ("quantity", np.float64)], align=True
)

# An open order, not before day 0.
RECEIPT_DTYPE = np.dtype([("day", np.int32), ("quantity", np.float64)], align=True)

# Stock that expires or comes later: available ``ALWAYS`` when it is there on day 0, expiring ``NEVER`` when it stays.
LOT_DTYPE = np.dtype([("available", np.int32), ("expiry", np.int32), ("quantity", np.float64)], align=True)

# A buffer of demand driven MRP; ``average_daily_usage`` is NaN when it is computed.
BUFFER_DTYPE = np.dtype(
    [
        ("spike_horizon_days", np.int32),
        ("decoupled_lead_time_days", np.float64),
        ("average_daily_usage", np.float64),
        ("lead_time_factor", np.float64),
        ("variability_factor", np.float64),
        ("order_cycle_days", np.float64),
        ("spike_threshold", np.float64),
    ],
    align=True,
)

# A firm planned make receipt that explodes; released ``NEVER`` when the date is to be computed.
FIRM_DTYPE = np.dtype([("release", np.int32), ("due", np.int32), ("quantity", np.float64)], align=True)

# What a supplier or a lane offers a node, in the order in which offers are taken. ``source`` is the site that a lane
# comes from, -1 of a supplier. An empty cell is -1 (``lead_time_days``), NaN (the limits) or 0 (``split_fraction``);
# the node's own value then counts.
OFFER_DTYPE = np.dtype(
    [
        ("source", np.int32),
        ("calendar", np.int32),
        ("lead_time_days", np.int32),
        ("effective_from", np.int32),
        ("effective_to", np.int32),
        ("minimum_order_quantity", np.float64),
        ("order_multiple", np.float64),
        ("maximum_order_quantity", np.float64),
        ("split_fraction", np.float64),
    ],
    align=True,
)

# A BOM line or transfer, by component. ``quantity_per`` holds usage and scrap; a by-product's is negative. ``source``
# is the site that a transfer comes from. A line with ``has_shares`` is used by some orders of the parent only, or in
# part: see :func:`planning.kernels.gross_requirements.line_share`. ``group_line`` is its place among the lines of
# alternate groups that share, -1 for all others.
LINE_DTYPE = np.dtype(
    [
        ("parent", np.int32),
        ("source", np.int32),
        ("group_line", np.int32),
        ("offset_days", np.int32),
        ("effective_from", np.int32),
        ("effective_to", np.int32),
        ("quantity_per", np.float64),
        ("quantity_fixed", np.float64),
        ("is_transfer", np.bool_),
        ("is_by_product", np.bool_),
        ("is_at_end", np.bool_),
        ("has_shares", np.bool_),
    ],
    align=True,
)

# An order. Of a blown-through one, ``need`` is the day on which effectivity is read, and ``is_at_end`` says that a line
# of the way was needed at the due date. ``offer`` is the place among the node's offers of the one that it takes.
ORDER_DTYPE = np.dtype(
    [
        ("need", np.int32),
        ("due", np.int32),
        ("release", np.int32),
        ("is_at_end", np.bool_),
        ("offer", np.int16),
        ("quantity", np.float64),
        ("net_requirement", np.float64),
    ],
    align=True,
)

# What a look found when it ordered: kept for an explanation only. ``projected`` is the balance before the orders,
# ``rest_of_day`` what later requirement lines of the day take, ``quantity`` what is ordered before the modifiers;
# requirements before the day ``until`` are covered.
LOOK_DTYPE = np.dtype(
    [
        ("day", np.int32),
        ("until", np.int32),
        ("projected", np.float64),
        ("rest_of_day", np.float64),
        ("floor", np.float64),
        ("trigger", np.float64),
        ("shortage", np.float64),
        ("quantity", np.float64),
        ("noise", np.float64),
        ("lot", np.float64),
    ],
    align=True,
)

# A requirement that must be seen one by one, with what a blown-through order takes over from it.
SINGLE_LINE_DTYPE = np.dtype(
    [
        ("day", np.int32),
        ("release", np.int32),
        ("due", np.int32),
        ("effective", np.int32),
        ("is_at_end", np.bool_),
        ("quantity", np.float64),
        ("source", np.int64),
    ],
    align=True,
)


class NettingModel(NamedTuple):
    """All that netting reads. An ``_indptr``, int64, shape (n_nodes + 1,), says where each node's rows stand.

    The last three are those of :class:`planning.kernels.calendar.WorkingDays`: a parallel loop takes flat tuples only.
    """

    choices: Records
    nodes: Records
    demand_indptr: NDArray[np.int64]
    demands: Records
    receipt_indptr: NDArray[np.int64]
    receipts: Records
    lot_indptr: NDArray[np.int64]
    lots: Records
    buffer_indptr: NDArray[np.int64]
    buffers: Records
    firm_indptr: NDArray[np.int64]
    firm_orders: Records
    offer_indptr: NDArray[np.int64]
    offers: Records
    parent_indptr: NDArray[np.int64]
    lines: Records
    change_indptr: NDArray[np.int64]
    changes: Records
    first_day: int
    table: Records
    is_open: NDArray[np.bool_]


@inner
def working_days_of(model: NettingModel) -> WorkingDays:
    """Return the model's calendars."""
    return WorkingDays(model.first_day, model.table, model.is_open)


# The options of netting as one row; ``expedite_window_days`` is ``UNLIMITED`` or days, ``horizon_day`` is -1 when no
# horizon is given.
CHOICE_DTYPE = np.dtype(
    [
        ("is_netted_per_line", np.bool_),
        ("is_past_demand_kept", np.bool_),
        ("is_safety_stock_at_start", np.bool_),
        ("is_window_need_end", np.bool_),
        ("has_grid", np.bool_),
        ("is_minimum_raw", np.bool_),
        ("is_maximum_cap", np.bool_),
        ("is_due_on_working_day", np.bool_),
        ("is_lead_time_from_routing", np.bool_),
        ("is_effective_at_due", np.bool_),
        ("is_component_date_kept", np.bool_),
        ("is_phantom_netted", np.bool_),
        ("is_fence_blocking", np.bool_),
        ("is_alternates_first", np.bool_),
        ("is_window_from_lead_time", np.bool_),
        ("expedite_window_days", np.int32),
        ("await_receipts_days", np.int32),
        ("grid_anchor", np.int32),
        ("horizon_day", np.int32),
        ("usage_window_days", np.int32),
    ],
    align=True,
)


# A net requirement, and what the optimal lots keep of it. ``worst`` is the worst shortage up to its day, new orders not
# counted; ``units``, ``unit_days`` and ``tail_cost`` are of all requirements from it on; ``hull`` is one of a queue.
POINT_DTYPE = np.dtype(
    [
        ("day", np.int32),
        ("hull", np.int32),
        ("worst", np.float64),
        ("ordering_cost", np.float64),
        ("units", np.float64),
        ("unit_days", np.float64),
        ("tail_cost", np.float64),
    ],
    align=True,
)

# What a cost rule keeps of the node that is netted: the economic quantity or its days, or how far its points are used.
LOT_STATE_DTYPE = np.dtype(
    [
        ("quantity", np.float64),
        ("noise", np.float64),
        ("days", np.int64),
        ("n_points", np.int64),
        ("point", np.int64),
    ],
    align=True,
)


class Orders(NamedTuple):
    """The orders made so far.

    Those of node ``i`` stand from ``first[i]`` on: ``firm_indptr`` says how many firm ones, then the planned (or
    blown-through) ones, ``counts[i]`` in all.

    ``source`` is there only when there are phantoms: of a blown-through order, the order at the top, or -1 - row of the
    demand; ``ITSELF`` for a firm planned order of a phantom.

    ``shares`` are those that the orders of a parent have in the lines of its alternate groups: from
    ``share_first[group_line]`` on, one for each order of the parent. Empty when there are no such lines.
    """

    first: NDArray[np.int64]
    counts: NDArray[np.int64]
    rows: Records
    source: NDArray[np.int64]
    share_first: NDArray[np.int64] = np.zeros(0, np.int64)
    shares: NDArray[np.float64] = np.zeros(0, np.float64)


class OrderSlice(NamedTuple):
    """The place where a node's orders are written: rows ``base`` to ``base + capacity``.

    Orders beyond the capacity are counted, not written. ``looks`` has a row beside each order for what is noted when
    orders are to be explained, else no rows.
    """

    base: int
    capacity: int
    rows: Records
    source: NDArray[np.int64]
    looks: Records


class Scratch(NamedTuple):
    """Working memory of one thread. The dense arrays have one cell per day from ``first_day`` on.

    ``is_event`` has one bit per day. ``single_lines`` holds requirements one by one, where that matters. ``shortages``,
    ``points`` (one row more than days) and the one row of ``lot_state`` are those of the lot-sizing rules with costs.
    ``as_offered`` is one node row, with an offer's values in it, ``as_changed`` one with those of a day. ``no_offers``
    is empty.
    """

    first_day: int
    gross_requirements: NDArray[np.float64]
    supplies: NDArray[np.float64]
    unserved: NDArray[np.float64]
    is_event: NDArray[np.uint64]
    single_lines: Records
    shortages: NDArray[np.float64]
    points: Records
    lot_state: Records
    no_offers: NDArray[np.float64]
    as_offered: Records
    as_changed: Records
