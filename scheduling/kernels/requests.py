"""A quantity of a node by a day, through all levels: what is free, then new orders with their components.

Requests that wait for their components stand on a stack. Each goes through phases: what is free is taken; order by
order, what is missing is made, bought or transferred; each order asks for its components; where it comes late its
alternates are tried; at last a later supply is looked at that comes before the orders would.
"""

from __future__ import annotations

from bom.kernels.units import round_output_down, round_requirement_up
from planning.kernels.calendar import move_days
from planning.kernels.changing_parameters import apply_changes
from planning.kernels.lot_sizing import due_day, modified_quantity
from planning.kernels.netting_arrays import (
    ALWAYS,
    CHOSEN_PER_ORDER,
    NEVER,
    NO_OFFER,
    LotSizingRule,
    Records,
    SupplyType,
)
from planning.kernels.offers import is_in_force, take_offer
from scheduling.kernels.constraining_arrays import (
    N_ORDERS,
    N_PIECES,
    N_SUPPLIES,
    NONE,
    Cause,
    FreeKind,
    ShopModel,
    ShopState,
    changes_at,
    days_of_shop,
    inner,
)
from scheduling.kernels.free_supplies import (
    add_supply,
    day_of_later,
    free_pieces,
    link,
    mark,
    noise,
    take,
    take_back,
    take_later,
    take_until,
)
from scheduling.kernels.order_placing import place_order

_ALWAYS, _NEVER, _NONE, _NO_OFFER, _PER_ORDER = int(ALWAYS), int(NEVER), int(NONE), int(NO_OFFER), int(CHOSEN_PER_ORDER)
_ORDERS, _PIECES, _SUPPLIES = N_ORDERS, N_PIECES, N_SUPPLIES
_MAKE, _TRANSFER = int(SupplyType.MAKE), int(SupplyType.TRANSFER)
_FIXED, _UP_TO = int(LotSizingRule.FIXED_ORDER_QUANTITY), int(LotSizingRule.ORDER_UP_TO)
_ON_TIME, _COMPONENT = int(Cause.ON_TIME), int(Cause.COMPONENT)
_NOT_PLANNED, _BEYOND_HORIZON = int(Cause.NOT_PLANNED), int(Cause.BEYOND_HORIZON)
_PLANNED_ORDER, _BY_PRODUCT = int(FreeKind.PLANNED_ORDER), int(FreeKind.BY_PRODUCT)
_START, _NEXT_ORDER, _LINES, _CHILD, _DONE, _FAILED, _FINISH = 0, 1, 2, 3, 4, 5, 6
# The line of an order that needs its item at another site: to be asked for, and asked for.
_AT_SOURCE, _ASKED_SOURCE = -1, -2
_NOT_TRIED, _NO_GROUP = -3, -1
_REQUEST, _ORDER, _LINE = 0, 1, 2


@inner
def push(
    state: ShopState,
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
    frame = state.frames[depth]
    frame.phase, frame.node, frame.asked, frame.by, frame.due = _START, node, quantity, by, due
    frame.effective, frame.consumer, frame.offset_days = effective, consumer, offset_days
    frame.is_at_end, frame.is_taking = is_at_end, is_taking


@inner
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
    push(state, 0, node, quantity, by, by, by, consumer, 0, False, is_taking)
    depth = 0
    while depth >= 0 and not answer.is_full:
        phase = state.frames[depth].phase
        if phase == _START:
            start(model, state, depth)
        elif phase == _NEXT_ORDER:
            next_order(model, state, depth)
        elif phase == _LINES:
            if ask_next_line(model, state, depth):
                depth += 1
        elif phase == _CHILD:
            take_answer(model, state, depth)
        elif phase == _DONE:
            finish_order(model, state, depth)
        elif phase == _FAILED:
            give_up_order(model, state, depth)
        else:
            finish(model, state, depth)
            depth -= 1


@inner
def note_failure(state: ShopState, depth: int, cause: int) -> None:
    """Keep why something cannot be had at all, with the requests that led to it."""
    state.answer[0].depth, state.answer[0].cause = depth, cause
    room = state.frames.shape[0] // 2
    for k in range(depth + 1):
        state.frames[room + k] = state.frames[k]


@inner
def start(model: ShopModel, state: ShopState, depth: int) -> None:
    """Take what is free by the day."""
    frame = state.frames[depth]
    frame.rest, frame.expiry = frame.asked, _NEVER
    if frame.is_taking:
        frame.rest, frame.expiry = take_until(
            state, frame.node, frame.by, frame.asked, frame.consumer, frame.offset_days, frame.is_at_end
        )
    frame.day, frame.late_due, frame.critical, frame.missing = frame.by, _ALWAYS, _NONE, frame.rest
    mark(state, state.marks[depth, _REQUEST])
    row = model.nodes[frame.node]
    if frame.rest <= noise(frame.asked):
        frame.phase = _FINISH
    elif row.is_phantom:
        frame.order, frame.start_quantity, frame.release = _NONE, frame.rest / row.yield_fraction, frame.by
        frame.offer = max(row.offer, 0)
        begin_lines(model, state, depth)
    elif not row.can_order:
        note_failure(state, depth, _NOT_PLANNED)
        frame.day, frame.phase = _NEVER, _FINISH
    else:
        frame.phase = _NEXT_ORDER


@inner
def begin_lines(model: ShopModel, state: ShopState, depth: int) -> None:
    """Start with the first component."""
    frame = state.frames[depth]
    frame.latest, frame.latest_due, frame.latest_critical, frame.child_expiry = _ALWAYS, _ALWAYS, _NONE, _NEVER
    frame.group, frame.phase = _NO_GROUP, _LINES
    frame.line = model.part_indptr[frame.node]
    if model.nodes[frame.node].supply_type == _TRANSFER:
        frame.line = _AT_SOURCE


@inner
def offer_from(model: ShopModel, node: int, by: int, first: int) -> int:
    """Return the next offer in force from one on; ``_NOT_TRIED`` when there is none."""
    begin, end = model.offer_indptr[node], model.offer_indptr[node + 1]
    for k in range(begin + first, end):
        if is_in_force(model.offers[k], by):
            return int(k - begin)
    return _NOT_TRIED


@inner
def next_order(model: ShopModel, state: ShopState, depth: int) -> None:
    """Order what is missing, from the first offer in force."""
    frame = state.frames[depth]
    if frame.rest <= noise(frame.asked):
        frame.phase = _FINISH
        return
    row = model.nodes[frame.node]
    frame.offer, frame.is_final = row.offer, True
    if row.offer == _PER_ORDER:
        frame.offer, frame.is_final = offer_from(model, frame.node, frame.by, 0), False
        if frame.offer == _NOT_TRIED and row.supply_type == _TRANSFER:
            note_failure(state, depth, _NOT_PLANNED)
            frame.day, frame.phase = _NEVER, _FINISH
            return
        if frame.offer == _NOT_TRIED:
            frame.offer, frame.is_final = _NO_OFFER, True
    frame.best_offer, frame.best_day = _NOT_TRIED, _NEVER
    mark(state, state.marks[depth, _ORDER])
    begin_order(model, state, depth)


@inner
def fill_row(model: ShopModel, state: ShopState, node: int, offer: int, by: int) -> None:
    """Fill the node's row as an order by an offer for a day reads it."""
    offers = model.offers[model.offer_indptr[node] : model.offer_indptr[node + 1]]
    changes, row = changes_at(model, node), model.nodes[node]
    day = by
    for _ in range(2 if changes.shape[0] > 0 else 1):
        if row.offer == _PER_ORDER:
            take_offer(row, offers, offer, changes, day, state.row)
        else:
            state.row[0] = row
            if changes.shape[0] > 0:
                apply_changes(changes, row, day, state.row[0])
        day = due_day(days_of_shop(model), model.choices[0], state.row[0], by)


@inner
def lot_of(choices: Records, row: Records, rest: float, is_for_floor: bool) -> float:
    """Return the next order for what is missing, by the node's rule and limits."""
    if row.lot_sizing_rule == _FIXED:
        return float(row.fixed_order_quantity)
    wanted = rest
    if row.lot_sizing_rule == _UP_TO:
        level = row.order_up_to_level - (row.safety_stock if is_for_floor else 0.0)
        wanted = rest + max(level, 0.0)
    return modified_quantity(choices, row, wanted)


@inner
def begin_order(model: ShopModel, state: ShopState, depth: int) -> None:
    """Write an order and place its work, as if all components came in time."""
    frame, n = state.frames[depth], state.sizes[_ORDERS]
    if n >= state.orders.shape[0]:
        state.answer[0].is_full = True
        return
    fill_row(model, state, frame.node, frame.offer, frame.by)
    row, made = state.row[0], state.orders[n]
    made.node, made.need, made.offer = frame.node, frame.by, frame.offer
    made.quantity = lot_of(model.choices[0], row, frame.rest, not frame.is_taking)
    made.start_quantity = made.quantity / row.yield_fraction
    made.cause, made.critical, made.supply = _ON_TIME, _NONE, _NONE
    made.promise = state.answer[0].promise
    state.sizes[_ORDERS] = n + 1
    frame.order, frame.first_piece = n, state.sizes[_PIECES]
    if not place_order(model, state, n, row, 0, 0, False):
        note_failure(state, depth, _BEYOND_HORIZON)
        frame.phase = _FAILED
        return
    frame.end_piece = state.sizes[_PIECES]
    frame.start_quantity, frame.effective = made.start_quantity, made.effective
    frame.release, frame.due = made.release, made.due
    begin_lines(model, state, depth)


@inner
def ask_next_line(model: ShopModel, state: ShopState, depth: int) -> bool:
    """Ask for the next component; false when there is none left."""
    frame = state.frames[depth]
    row = model.nodes[frame.node]
    is_phantom = row.is_phantom
    consumer = frame.consumer if is_phantom else frame.order
    offset, is_at_end = (frame.offset_days, frame.is_at_end) if is_phantom else (0, False)
    if frame.line == _AT_SOURCE:
        source = model.offer_node[model.offer_indptr[frame.node] + frame.offer] if frame.offer >= 0 else _NONE
        if source == _NONE:
            note_failure(state, depth, _NOT_PLANNED)
            frame.phase = _FAILED
            return False
        frame.line, frame.phase = _ASKED_SOURCE, _CHILD
        frame.asked_day = frame.due if is_at_end else frame.release
        quantity = round_requirement_up(frame.start_quantity, model.nodes[source].decimals)
        push(
            state, depth + 1, source, quantity, frame.asked_day, frame.due, frame.effective, consumer, offset,
            is_at_end, True,
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
            if part.group == _NO_GROUP:
                frame.is_final_line = True
            elif part.group != frame.group:
                frame.group, frame.best_line, frame.best_line_day = part.group, _NONE, _NEVER
                frame.is_final_line = False
                mark(state, state.marks[depth, _LINE])
            is_last = part.is_at_end or is_at_end
            day = frame.due
            if not is_last:
                day = move_days(days_of_shop(model), row.site_calendar, True, frame.release, part.offset_days)
            frame.asked_day, frame.phase = max(day, 0), _CHILD
            push(
                state, depth + 1, part.component, quantity, frame.asked_day, frame.due, frame.effective, consumer,
                offset + part.offset_days, is_last, True,
            )  # fmt: skip
            return True
        frame.line += 1
    frame.phase = _DONE
    return False


@inner
def next_candidate(model: ShopModel, frame: Records) -> int:
    """Return the next line of the group that is effective; ``_NONE`` when there is none."""
    for line in range(frame.line + 1, model.part_indptr[frame.node + 1]):
        part = model.parts[line]
        if part.group != frame.group:
            return _NONE
        if part.effective_from <= frame.effective < part.effective_to:
            return line
    return _NONE


@inner
def tries_another_line(model: ShopModel, state: ShopState, depth: int) -> bool:
    """Return whether another alternate is asked for, since the answer of this one is late."""
    frame, answer = state.frames[depth], state.answer[0]
    if frame.is_final_line or (answer.day <= frame.asked_day and answer.due <= frame.due):
        return False
    day = max(answer.day, answer.due)
    if day < frame.best_line_day:
        frame.best_line, frame.best_line_day = frame.line, day
    following = next_candidate(model, frame) if answer.tries < model.most_tries else _NONE
    if following == _NONE and (frame.best_line in (frame.line, _NONE)):
        return False
    answer.tries += 1
    take_back(model, state, state.marks[depth, _LINE])
    frame.is_final_line = following == _NONE
    frame.line = frame.best_line if following == _NONE else following
    frame.phase = _LINES
    return True


@inner
def first_release(model: ShopModel, frame: Records, offset_days: int, day: int) -> int:
    """Return the first release day of an order whose component comes on a day."""
    calendar, days = model.nodes[frame.node].site_calendar, days_of_shop(model)
    release = move_days(days, calendar, True, day, -offset_days)
    while move_days(days, calendar, True, release, offset_days) < day:
        release += 1
    return int(release)


@inner
def take_answer(model: ShopModel, state: ShopState, depth: int) -> None:
    """Note when a component comes, and go on with the next one."""
    frame, answer = state.frames[depth], state.answer[0]
    if frame.line != _ASKED_SOURCE and tries_another_line(model, state, depth):
        return
    if answer.day == _NEVER:
        frame.phase = _FAILED
        return
    frame.child_expiry = min(frame.child_expiry, answer.expiry)
    offset, is_at_end = 0, frame.is_at_end and model.nodes[frame.node].is_phantom
    if frame.line >= 0:
        offset, is_at_end = model.parts[frame.line].offset_days, is_at_end or model.parts[frame.line].is_at_end
    if answer.day > frame.asked_day:
        if is_at_end and answer.day > frame.latest_due:
            frame.latest_due, frame.latest_critical = answer.day, answer.critical
        elif not is_at_end:
            release = first_release(model, frame, offset, answer.day)
            if release > frame.latest:
                frame.latest, frame.latest_critical = release, answer.critical
    if answer.due > frame.due and answer.due > frame.latest_due:
        frame.latest_due, frame.latest_critical = answer.due, answer.critical
    if frame.line == _ASKED_SOURCE:
        frame.phase = _DONE
        return
    group = model.parts[frame.line].group
    frame.line += 1
    while group != _NO_GROUP and frame.line < model.part_indptr[frame.node + 1]:
        if model.parts[frame.line].group != group:
            break
        frame.line += 1
    frame.group, frame.phase = _NO_GROUP, _LINES


@inner
def tries_another_offer(model: ShopModel, state: ShopState, depth: int, day: int) -> bool:
    """Return whether another offer is tried, since the order by this one comes late."""
    frame, answer = state.frames[depth], state.answer[0]
    if frame.is_final or day <= frame.by:
        return False
    if day < frame.best_day:
        frame.best_offer, frame.best_day = frame.offer, day
    following = _NOT_TRIED
    if answer.tries < model.most_tries:
        following = offer_from(model, frame.node, frame.by, frame.offer + 1)
    if following == _NOT_TRIED and (frame.best_offer in (frame.offer, _NOT_TRIED)):
        return False
    answer.tries += 1
    take_back(model, state, state.marks[depth, _ORDER])
    frame.is_final = following == _NOT_TRIED
    frame.offer = frame.best_offer if following == _NOT_TRIED else following
    begin_order(model, state, depth)
    return True


@inner
def give_up_order(model: ShopModel, state: ShopState, depth: int) -> None:
    """Try another offer for an order that cannot be had, else say so."""
    frame = state.frames[depth]
    if frame.order != _NONE and tries_another_offer(model, state, depth, _NEVER):
        return
    take_back(model, state, state.marks[depth, _REQUEST])
    frame.day, frame.phase = _NEVER, _FINISH


@inner
def finish_order(model: ShopModel, state: ShopState, depth: int) -> None:
    """Move an order whose components come late, and give it to who asked."""
    frame = state.frames[depth]
    if model.nodes[frame.node].is_phantom:
        if frame.latest > frame.day:
            frame.day, frame.critical = frame.latest, frame.latest_critical
        if frame.latest_due > frame.due:
            frame.late_due, frame.critical = frame.latest_due, frame.latest_critical
        frame.expiry, frame.phase = min(frame.expiry, frame.child_expiry), _FINISH
        return
    made = state.orders[frame.order]
    if frame.latest > made.release or frame.latest_due > made.due:
        fill_row(model, state, frame.node, frame.offer, frame.by)
        free_pieces(model, state, frame.first_piece, frame.end_piece)
        made.cause, made.critical = _COMPONENT, frame.latest_critical
        if not place_order(model, state, frame.order, state.row[0], max(frame.latest, 0), frame.latest_due, True):
            note_failure(state, depth, _BEYOND_HORIZON)
            frame.phase = _FAILED
            return
        if made.due >= frame.child_expiry:
            state.answer[0].is_spoiled = True
    day = frame.by if made.due <= frame.by else made.due
    if tries_another_offer(model, state, depth, day):
        return
    hand_over(model, state, depth, day)


@inner
def hand_over(model: ShopModel, state: ShopState, depth: int, day: int) -> None:
    """Make an order a supply, of which who asked takes what is missing."""
    frame = state.frames[depth]
    made = state.orders[frame.order]
    supply = add_supply(state, frame.node, made.due, _PLANNED_ORDER, frame.order, made.quantity, 0.0)
    if state.answer[0].is_full:
        return
    made.supply = supply
    used = min(frame.rest, made.quantity)
    state.supplies[supply].free = made.quantity
    take(state, supply, used, frame.consumer, frame.offset_days, frame.is_at_end)
    if made.quantity - used > noise(made.quantity):
        link(state, supply)
    add_by_products(model, state, depth)
    frame.rest -= made.quantity
    if day > frame.day or frame.critical == _NONE:
        frame.day, frame.critical = max(day, frame.day), supply
    frame.phase = _NEXT_ORDER


@inner
def add_by_products(model: ShopModel, state: ShopState, depth: int) -> None:
    """Make what an order gives beside its item a supply."""
    frame = state.frames[depth]
    if model.nodes[frame.node].supply_type != _MAKE:
        return
    made = state.orders[frame.order]
    for line in range(model.part_indptr[frame.node], model.part_indptr[frame.node + 1]):
        part = model.parts[line]
        if part.is_by_product and part.effective_from <= frame.effective < part.effective_to:
            given = -(made.start_quantity * part.quantity_per + part.quantity_fixed)
            given = round_output_down(given, model.nodes[part.component].decimals)
            if given > 0.0:
                add_supply(state, part.component, made.due, _BY_PRODUCT, frame.order, given, given)


@inner
def finish(model: ShopModel, state: ShopState, depth: int) -> None:
    """Answer, after a look at later supplies that come before the orders would."""
    frame, answer = state.frames[depth], state.answer[0]
    if frame.day > frame.by and frame.is_taking:
        day, supply = day_of_later(
            state, frame.node, frame.by, frame.day, state.marks[depth, _REQUEST, _SUPPLIES], frame.missing
        )
        if day != _NEVER:
            take_back(model, state, state.marks[depth, _REQUEST])
            take_later(state, frame.node, frame.by, frame.missing, frame.consumer, frame.offset_days, frame.is_at_end)
            frame.day, frame.critical, frame.late_due = day, supply, _ALWAYS
    answer.day, answer.due, answer.critical, answer.expiry = frame.day, frame.late_due, frame.critical, frame.expiry
