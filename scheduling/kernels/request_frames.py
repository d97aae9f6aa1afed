"""Requests on their way: one frame each, and where it stands."""

from __future__ import annotations

from bom.kernels.inner import uncounted
from planning.kernels.netting_arrays import (
    ALWAYS,
    NEVER,
    Records,
    SupplyType,
)
from scheduling.kernels.constraining_arrays import (
    NONE,
    ShopModel,
    ShopState,
)

START, NEXT_ORDER, BEGIN_ORDER, LINES, CHILD, DONE, FAILED, FINISH = range(8)
# The line of an order that needs its item at another site: to be asked for, and asked for.
AT_SOURCE, ASKED_SOURCE = -1, -2
NOT_TRIED, NO_GROUP = -3, -1
REQUEST, ORDER, LINE = 0, 1, 2
_ALWAYS, _NEVER, _NONE = int(ALWAYS), int(NEVER), int(NONE)
_TRANSFER = int(SupplyType.TRANSFER)


@uncounted
def push(
    frames: Records,
    depth: int,
    node: int,
    quantity: float,
    by: int,
    due: int,
    effective: int,
    consumer: int,
    offset_days: int,
    is_at_end: bool,
    is_taking: bool,
) -> None:
    """Put a request on the stack."""
    frame = frames[depth]
    frame.phase, frame.node, frame.asked, frame.by, frame.due = START, node, quantity, by, due
    frame.effective, frame.consumer, frame.offset_days = effective, consumer, offset_days
    frame.is_at_end, frame.is_taking = is_at_end, is_taking


@uncounted
def note_failure(state: ShopState, depth: int, cause: int) -> None:
    """Keep why something cannot be had at all, with the requests that led to it."""
    state.answer[0].depth, state.answer[0].cause = depth, cause
    room = state.frames.shape[0] // 2
    for k in range(depth + 1):
        state.frames[room + k] = state.frames[k]


@uncounted
def begin_lines(model: ShopModel, state: ShopState, depth: int) -> None:
    """Start with the first component."""
    frame = state.frames[depth]
    frame.latest, frame.latest_due, frame.latest_critical, frame.child_expiry = _ALWAYS, _ALWAYS, _NONE, _NEVER
    frame.group, frame.phase = NO_GROUP, LINES
    frame.line = model.part_indptr[frame.node]
    if model.nodes[frame.node].supply_type == _TRANSFER:
        frame.line = AT_SOURCE
