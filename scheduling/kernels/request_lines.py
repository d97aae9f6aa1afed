"""The components of an order, asked for one by one; alternates of a group in turn."""

from __future__ import annotations

from bom.kernels.inner import uncounted
from bom.kernels.units import round_requirement_up
from planning.kernels.calendar import move_days
from planning.kernels.netting_arrays import (
    NEVER,
    Records,
    SupplyType,
)
from scheduling.kernels.constraining_arrays import (
    NONE,
    Cause,
    ShopModel,
    ShopState,
    days_of_shop,
    whole,
)
from scheduling.kernels.free_supplies import (
    mark,
    take_back,
)
from scheduling.kernels.request_frames import (
    ASKED_SOURCE,
    AT_SOURCE,
    CHILD,
    DONE,
    FAILED,
    LINE,
    LINES,
    NO_GROUP,
    note_failure,
    push,
)

_NEVER, _NONE = int(NEVER), int(NONE)
_MAKE = int(SupplyType.MAKE)
_NOT_PLANNED = int(Cause.NOT_PLANNED)


@uncounted
def next_candidate(model: ShopModel, frame: Records) -> int:
    """Return the next line of the group that is effective; ``_NONE`` when there is none."""
    for line in range(frame.line + 1, model.part_indptr[frame.node + 1]):
        part = model.parts[line]
        if part.group != frame.group:
            return _NONE
        if part.effective_from <= frame.effective < part.effective_to:
            return line
    return _NONE


@uncounted
def tries_another_line(model: ShopModel, state: ShopState, depth: int) -> bool:
    """Return whether another alternate is asked for, since the answer of this one is late."""
    frame, answer = state.frames[depth], state.answer[0]
    if frame.is_final_line or (answer.day <= frame.asked_day and answer.due <= frame.due):
        return False
    day = max(answer.day, answer.due)
    if day < frame.best_line_day:
        frame.best_line, frame.best_line_day = frame.line, day
    following = next_candidate(model, frame) if answer.tries < model.most_tries else _NONE
    is_none, is_this = frame.best_line == _NONE, frame.best_line == frame.line
    if following == _NONE and (is_none or is_this):
        return False
    answer.tries += 1
    take_back(model, state, state.marks[depth, LINE])
    frame.is_final_line = following == _NONE
    frame.line = frame.best_line if following == _NONE else following
    frame.phase = LINES
    return True


@uncounted
def first_release(model: ShopModel, node: int, offset_days: int, day: int) -> int:
    """Return the first release day of an order whose component comes on a day."""
    calendar, days = model.nodes[node].site_calendar, days_of_shop(model)
    release = move_days(days, calendar, True, day, -offset_days)
    while move_days(days, calendar, True, release, offset_days) < day:
        release += 1
    return whole(release)


@uncounted
def take_answer(model: ShopModel, state: ShopState, depth: int) -> None:
    """Note when a component comes, and go on with the next one."""
    frame, answer = state.frames[depth], state.answer[0]
    if frame.line != ASKED_SOURCE and tries_another_line(model, state, depth):
        return
    if answer.day == _NEVER:
        frame.phase = FAILED
        return
    frame.child_expiry = min(frame.child_expiry, answer.expiry)
    offset, is_at_end = 0, frame.is_at_end and model.nodes[frame.node].is_phantom
    if frame.line >= 0:
        offset, is_at_end = model.parts[frame.line].offset_days, is_at_end or model.parts[frame.line].is_at_end
    if answer.day > frame.asked_day:
        if is_at_end and answer.day > frame.latest_due:
            frame.latest_due, frame.latest_critical = answer.day, answer.critical
        elif not is_at_end:
            release = first_release(model, whole(frame.node), whole(offset), whole(answer.day))
            if release > frame.latest:
                frame.latest, frame.latest_critical = release, answer.critical
    if answer.due > frame.due and answer.due > frame.latest_due:
        frame.latest_due, frame.latest_critical = answer.due, answer.critical
    if frame.line == ASKED_SOURCE:
        frame.phase = DONE
        return
    group = model.parts[frame.line].group
    frame.line += 1
    while group != NO_GROUP and frame.line < model.part_indptr[frame.node + 1]:
        if model.parts[frame.line].group != group:
            break
        frame.line += 1
    frame.group, frame.phase = NO_GROUP, LINES


@uncounted
def ask_next_line(model: ShopModel, state: ShopState, depth: int) -> bool:
    """Ask for the next component; false when there is none left."""
    frame = state.frames[depth]
    row = model.nodes[frame.node]
    is_phantom = row.is_phantom
    consumer = frame.consumer if is_phantom else frame.order
    offset, is_at_end = (frame.offset_days, frame.is_at_end) if is_phantom else (0, False)
    if frame.line == AT_SOURCE:
        source = model.offer_node[model.offer_indptr[frame.node] + frame.offer] if frame.offer >= 0 else _NONE
        if source == _NONE:
            note_failure(state, depth, _NOT_PLANNED)
            frame.phase = FAILED
            return False
        frame.line, frame.phase = ASKED_SOURCE, CHILD
        frame.asked_day = frame.due if is_at_end else frame.release
        quantity = round_requirement_up(frame.start_quantity, model.nodes[source].decimals)
        push(
            state.frames, depth + 1, whole(source), quantity, whole(frame.asked_day), whole(frame.due),
            whole(frame.effective), whole(consumer), whole(offset), is_at_end, True,
        )  # fmt: skip
        return True
    end = model.part_indptr[frame.node + 1] if row.supply_type == _MAKE or is_phantom else frame.line
    while frame.line < end:
        part = model.parts[frame.line]
        quantity = 0.0
        if not part.is_by_product and part.effective_from <= frame.effective < part.effective_to:
            quantity = frame.start_quantity * part.quantity_per + part.quantity_fixed
            quantity = round_requirement_up(quantity, model.nodes[part.component].decimals)
        if quantity > 0.0:
            if part.group == NO_GROUP:
                frame.is_final_line = True
            elif part.group != frame.group:
                frame.group, frame.best_line, frame.best_line_day = part.group, _NONE, _NEVER
                frame.is_final_line = False
                mark(state.sizes, state.marks[depth, LINE])
            is_last = part.is_at_end or is_at_end
            day = frame.due
            if not is_last:
                day = move_days(days_of_shop(model), row.site_calendar, True, frame.release, part.offset_days)
            frame.asked_day, frame.phase = max(day, 0), CHILD
            push(
                state.frames, depth + 1, whole(part.component), quantity, whole(frame.asked_day), whole(frame.due),
                whole(frame.effective), whole(consumer), whole(offset + part.offset_days), is_last, True,
            )  # fmt: skip
            return True
        frame.line += 1
    frame.phase = DONE
    return False
