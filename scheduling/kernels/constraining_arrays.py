"""The arrays of the constrained plan: what is read, and what grows while demands are promised."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bom.kernels.inner import uncounted
from planning.kernels.calendar import WorkingDays
from planning.kernels.netting_arrays import Records

NONE = -1
# A demand without anybody behind it: the peg of an order to the floor of its node.
ABSENT = np.iinfo(np.int32).max


class FreeKind(IntEnum):
    """What a supply is."""

    ON_HAND = 0
    LOT = 1
    SCHEDULED_RECEIPT = 2
    BY_PRODUCT = 3
    PLANNED_ORDER = 4


class Cause(IntEnum):
    """Why an order, or a demand, is late or short."""

    ON_TIME = 0
    COMPONENT = 1
    CAPACITY = 2
    LEAD_TIME = 3
    PLANNING_FENCE = 4
    WAITS_FOR_SUPPLY = 5
    NOT_PLANNED = 6
    BEYOND_HORIZON = 7


class Joining(IntEnum):
    """How orders of a node that are due on one day become one."""

    NEVER = 0
    # as they are: what is used below phantoms is not counted anew
    AS_ADDED = 1
    # quantity and components are counted anew
    COUNTED = 2


class Want(IntEnum):
    """What a promise is for; the numbers are the order in which they are asked."""

    NEGATIVE_STOCK = 0
    ALLOCATION = 1
    FIRM_ORDER = 2
    DEMAND = 3
    SAFETY_STOCK = 4


class Split(IntEnum):
    """How a demand may be split in parts."""

    NONE = 0
    STOCK_AND_REST = 1
    ANY = 2


# A BOM line by parent; lines of one alternate group stand together by priority, ``group`` is -1 for all others.
PART_DTYPE = np.dtype(
    [
        ("component", np.int32),
        ("group", np.int32),
        ("offset_days", np.int32),
        ("effective_from", np.int32),
        ("effective_to", np.int32),
        ("is_by_product", np.bool_),
        ("is_at_end", np.bool_),
        ("quantity_per", np.float64),
        ("quantity_fixed", np.float64),
    ],
    align=True,
)

# What is wanted: on ``day``, not before day 0; ``wanted_day`` is the day as given.
WANT_DTYPE = np.dtype(
    [
        ("node", np.int32),
        ("day", np.int32),
        ("wanted_day", np.int32),
        ("kind", np.int8),
        ("source", np.int64),
        ("priority", np.int64),
        ("quantity", np.float64),
    ],
    align=True,
)

# A supply: there from ``day`` on, usable before ``expiry``. ``source`` is a lot, a receipt or an order. Supplies of a
# node that have something free are linked by day.
FREE_DTYPE = np.dtype(
    [
        ("node", np.int32),
        ("day", np.int32),
        ("expiry", np.int32),
        ("before", np.int32),
        ("after", np.int32),
        ("source", np.int32),
        ("kind", np.int8),
        ("is_linked", np.bool_),
        ("quantity", np.float64),
        ("free", np.float64),
    ],
    align=True,
)

# A new order. ``need`` is the day for which it was asked, ``wanted_due`` the due day that this meant; ``promise`` the
# part of a demand it was made for; ``supply`` its row among the supplies; ``last_taken`` the last row of what it takes.
# ``joined``: the order of the same day that it has become part of; ``ready``: the first day on which it can start with
# what it takes. The rest says why it is late: ``critical`` is the supply it waited for, ``center`` was full from
# ``full_from`` to ``full_to`` by ``missing_minutes``.
MADE_DTYPE = np.dtype(
    [
        ("node", np.int32),
        ("need", np.int32),
        ("wanted_due", np.int32),
        ("due", np.int32),
        ("release", np.int32),
        ("effective", np.int32),
        ("promise", np.int32),
        ("supply", np.int32),
        ("critical", np.int32),
        ("center", np.int32),
        ("full_from", np.int32),
        ("full_to", np.int32),
        ("joined", np.int32),
        ("ready", np.int32),
        ("last_taken", np.int32),
        ("offer", np.int16),
        ("cause", np.int8),
        ("is_root", np.bool_),
        ("first_piece", np.int64),
        ("end_piece", np.int64),
        ("quantity", np.float64),
        ("start_quantity", np.float64),
        ("missing_minutes", np.float64),
    ],
    align=True,
)

# Who has what: the consumer is an order (its place), or a part of a demand (-1 - its place among the promises). The day
# is the release of the order and ``offset_days``, or its due day. ``before`` is what the order took before.
TAKEN_DTYPE = np.dtype(
    [
        ("supply", np.int32),
        ("consumer", np.int32),
        ("offset_days", np.int32),
        ("before", np.int32),
        ("is_at_end", np.bool_),
        ("quantity", np.float64),
    ],
    align=True,
)

# Work on one day: ``begin`` and ``end`` are shares of the unit's day; ``was`` are its minutes before it was freed.
PIECE_DTYPE = np.dtype(
    [
        ("order", np.int32),
        ("operation", np.int32),
        ("day", np.int32),
        ("minutes", np.float64),
        ("was", np.float64),
        ("begin", np.float64),
        ("end", np.float64),
    ],
    align=True,
)

# A part of a demand: ``day`` is ``ABSENT`` when it cannot be had.
PROMISE_DTYPE = np.dtype([("want", np.int32), ("day", np.int32), ("quantity", np.float64)], align=True)

# One step of a reason, from the demand down.
REASON_DTYPE = np.dtype(
    [
        ("want", np.int32),
        ("step", np.int32),
        ("node", np.int32),
        ("cause", np.int8),
        ("supply_kind", np.int8),
        ("source", np.int32),
        ("need", np.int32),
        ("day", np.int32),
        ("center", np.int32),
        ("full_from", np.int32),
        ("full_to", np.int32),
        ("quantity", np.float64),
        ("missing_minutes", np.float64),
    ],
    align=True,
)

# A request on its way: see :mod:`scheduling.kernels.requests`.
FRAME_DTYPE = np.dtype(
    [
        ("phase", np.int32),
        ("node", np.int32),
        ("by", np.int32),
        ("due", np.int32),
        ("consumer", np.int32),
        ("offset_days", np.int32),
        ("is_at_end", np.bool_),
        ("is_taking", np.bool_),
        ("is_final", np.bool_),
        ("is_final_line", np.bool_),
        ("asked", np.float64),
        ("rest", np.float64),
        ("missing", np.float64),
        ("start_quantity", np.float64),
        ("day", np.int32),
        ("late_due", np.int32),
        ("critical", np.int32),
        ("expiry", np.int32),
        ("order", np.int32),
        ("offer", np.int32),
        ("best_offer", np.int32),
        ("best_day", np.int32),
        ("line", np.int32),
        ("group", np.int32),
        ("child_expiry", np.int32),
        ("best_line", np.int32),
        ("best_line_day", np.int32),
        ("asked_day", np.int32),
        ("effective", np.int32),
        ("release", np.int32),
        ("latest", np.int32),
        ("latest_due", np.int32),
        ("latest_critical", np.int32),
        ("first_piece", np.int64),
        ("end_piece", np.int64),
    ],
    align=True,
)

# What a request came to, and where one failed.
ANSWER_DTYPE = np.dtype(
    [
        ("day", np.int32),
        ("due", np.int32),
        ("critical", np.int32),
        ("expiry", np.int32),
        ("depth", np.int32),
        ("cause", np.int32),
        ("is_spoiled", np.bool_),
        ("is_full", np.bool_),
        ("takes_lots", np.bool_),
        ("tries", np.int64),
        ("promise", np.int32),
    ],
    align=True,
)

# How much of each growing array is filled; at last how many orders have been looked at to be joined, and listed.
N_SUPPLIES, N_ORDERS, N_TAKEN, N_PIECES, N_PROMISES, N_REASONS, N_WANTS, N_JOINED, N_LISTED = range(9)
N_SIZES = 9
# Those that a transaction takes back.
N_MARKED = 5


class ShopModel(NamedTuple):
    """All that is read.

    Parameters
    ----------
    choices, nodes, offer_indptr, offers, change_indptr, changes, first_day, table, is_open
        Those of the netting model: what is passed on at every call is kept small, or compiling takes minutes.
    joining
        int8: how orders of each node become one, a ``Joining``.
    is_dated
        bool: the node has BOM lines or operations that are effective for a time, or parameters that change.
    part_indptr, parts
        PART_DTYPE: the BOM lines by parent.
    offer_node
        int32: the node that each offer takes from, -1 for a supplier.
    operation_indptr, operations
        The routing of each node, OPERATION_DTYPE of the capacity kernels.
    is_finite
        bool, shape (n_work_centers,).
    unit_minutes
        float64, shape (n_work_centers, n_days): what one unit can do on a day.
    least_fraction
        A day with less free than this part of what a unit can do takes no more work.
    is_due_at_end, is_effective_at_due
        Options of capacity and netting.
    most_tries
        How many alternates are tried for one demand.
    split
        How demands may be split.
    """

    choices: Records
    nodes: Records
    offer_indptr: NDArray[np.int64]
    offers: Records
    change_indptr: NDArray[np.int64]
    changes: Records
    first_day: int
    table: Records
    is_open: NDArray[np.bool_]
    joining: NDArray[np.int8]
    is_dated: NDArray[np.bool_]
    part_indptr: NDArray[np.int64]
    parts: Records
    offer_node: NDArray[np.int32]
    operation_indptr: NDArray[np.int64]
    operations: Records
    is_finite: NDArray[np.bool_]
    unit_minutes: NDArray[np.float64]
    least_fraction: float
    is_due_at_end: bool
    is_effective_at_due: bool
    most_tries: int
    split: int


class ShopState(NamedTuple):
    """What grows and changes.

    Parameters
    ----------
    free_minutes
        float64, shape (n_work_centers, n_days).
    supplies, first, last, lot_indptr
        FREE_DTYPE; int32, shape (n_nodes,): the first and last linked supply of each node; int64: its lots that expire.
    orders, taken, pieces, promises, reasons, wants
        Rows by the dtypes above.
    joins
        int32, a power of two of them: the orders that others can join, found by node and due day; none: orders stay
        apart.
    sizes
        int64: how many rows of each are filled.
    frames, marks, answer, row, ask
        Working memory: the requests on their way, with as much room for those of one that failed; int64, shape
        (n_frames, 3, 5): how far the arrays were filled when each request, its order and its line began; what the last
        request came to; one node row; what is asked for.
    """

    free_minutes: NDArray[np.float64]
    supplies: Records
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    lot_indptr: NDArray[np.int64]
    orders: Records
    taken: Records
    pieces: Records
    promises: Records
    reasons: Records
    wants: Records
    joins: NDArray[np.int32]
    sizes: NDArray[np.int64]
    frames: Records
    marks: NDArray[np.int64]
    answer: Records
    row: Records
    ask: Records


@njit(inline="always")
def days_of_shop(model: ShopModel) -> WorkingDays:
    """Return the calendars."""
    return WorkingDays(model.first_day, model.table, model.is_open)


@njit(inline="always")
def changes_at(model: ShopModel, node: int) -> Records:
    """Return the changes of a node's parameters."""
    return model.changes[model.change_indptr[node] : model.change_indptr[node + 1]]


@uncounted
def whole(number: Any) -> int:
    """Return a number as int64: each width of integers that is handed on would be compiled by itself."""
    return int(np.int64(number))
