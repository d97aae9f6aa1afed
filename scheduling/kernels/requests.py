"""A quantity of a node by a day, through all levels: what is free, then new orders with their components.

Requests that wait for their components stand on a stack. Each goes through phases: what is free is taken; order by
order, what is missing is made, bought or transferred; each order asks for its components; where it comes late its
alternates are tried; at last a later supply is looked at that comes before the orders would.
"""

from __future__ import annotations

from bom.kernels.inner import uncounted
from planning.kernels.netting_arrays import (
    ALWAYS,
    NEVER,
)
from scheduling.kernels.constraining_arrays import (
    N_SUPPLIES,
    NONE,
    Cause,
    ShopModel,
    ShopState,
    whole,
)
from scheduling.kernels.free_supplies import (
    day_of_later,
    mark,
    noise,
    take_back,
    take_later,
    take_until,
)
from scheduling.kernels.request_frames import (
    BEGIN_ORDER,
    CHILD,
    DONE,
    FAILED,
    FINISH,
    LINES,
    NEXT_ORDER,
    REQUEST,
    START,
    begin_lines,
    note_failure,
    push,
)
from scheduling.kernels.request_lines import ask_next_line, take_answer
from scheduling.kernels.request_orders import begin_order, finish_order, give_up_order, next_order

_ALWAYS, _NEVER, _NONE = int(ALWAYS), int(NEVER), int(NONE)
_SUPPLIES = N_SUPPLIES
_ON_TIME = int(Cause.ON_TIME)
_NOT_PLANNED = int(Cause.NOT_PLANNED)


@uncounted
def start(model: ShopModel, state: ShopState, depth: int) -> None:
    """Take what is free by the day."""
    frame = state.frames[depth]
    frame.rest, frame.expiry = frame.asked, _NEVER
    if frame.is_taking:
        frame.rest, frame.expiry = take_until(
            state, whole(frame.node), whole(frame.by), frame.asked, whole(frame.consumer), whole(frame.offset_days),
            frame.is_at_end,
        )  # fmt: skip
    frame.day, frame.late_due, frame.critical, frame.missing = frame.by, _ALWAYS, _NONE, frame.rest
    mark(state.sizes, state.marks[depth, REQUEST])
    row = model.nodes[frame.node]
    if frame.rest <= noise(frame.asked):
        frame.phase = FINISH
    elif row.is_phantom:
        frame.order, frame.start_quantity, frame.release = _NONE, frame.rest / row.yield_fraction, frame.by
        frame.offer = max(row.offer, 0)
        begin_lines(model, state, depth)
    elif not row.can_order:
        note_failure(state, depth, _NOT_PLANNED)
        frame.day, frame.phase = _NEVER, FINISH
    else:
        frame.phase = NEXT_ORDER


@uncounted
def finish(model: ShopModel, state: ShopState, depth: int) -> None:
    """Answer, after a look at later supplies that come before the orders would."""
    frame, answer = state.frames[depth], state.answer[0]
    if frame.day > frame.by and frame.is_taking:
        day, supply = day_of_later(
            state,
            whole(frame.node),
            whole(frame.by),
            whole(frame.day),
            state.marks[depth, REQUEST, _SUPPLIES],
            frame.missing,
        )
        if day != _NEVER:
            take_back(model, state, state.marks[depth, REQUEST])
            take_later(
                state, whole(frame.node), whole(frame.by), frame.missing, whole(frame.consumer),
                whole(frame.offset_days), frame.is_at_end,
            )  # fmt: skip

            frame.day, frame.critical, frame.late_due = day, supply, _ALWAYS
    answer.day, answer.due, answer.critical, answer.expiry = frame.day, frame.late_due, frame.critical, frame.expiry


@uncounted
def request(
    model: ShopModel, state: ShopState, node: int, quantity: float, by: int, consumer: int, is_taking: bool
) -> None:
    """Bring a quantity of a node by a day; ``state.answer`` says when it is there.

    Parameters
    ----------
    is_taking
        What is free may be taken; else all is ordered.
    """
    answer = state.answer[0]
    answer.critical, answer.is_spoiled, answer.tries, answer.cause = _NONE, False, 0, _ON_TIME
    push(state.frames, 0, node, quantity, by, by, by, consumer, 0, False, is_taking)
    depth = 0
    while depth >= 0 and not answer.is_full:
        phase = state.frames[depth].phase
        if phase == START:
            start(model, state, depth)
        elif phase == NEXT_ORDER:
            next_order(model, state, depth)
        elif phase == BEGIN_ORDER:
            begin_order(model, state, depth)
        elif phase == LINES:
            if ask_next_line(model, state, depth):
                depth += 1
        elif phase == CHILD:
            take_answer(model, state, depth)
        elif phase == DONE:
            finish_order(model, state, depth)
        elif phase == FAILED:
            give_up_order(model, state, depth)
        else:
            finish(model, state, depth)
            depth -= 1
