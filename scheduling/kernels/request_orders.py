"""The orders of a request: quantity, supplier or lane, dates, and what they give."""

from __future__ import annotations

from bom.kernels.inner import uncounted
from bom.kernels.units import round_output_down
from planning.kernels.changing_parameters import apply_changes
from planning.kernels.lot_sizing import modified_quantity
from planning.kernels.netting_arrays import (
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
    NONE,
    Cause,
    FreeKind,
    ShopModel,
    ShopState,
    changes_at,
    whole,
)
from scheduling.kernels.free_supplies import (
    add_supply,
    free_pieces,
    link,
    mark,
    noise,
    take,
    take_back,
)
from scheduling.kernels.order_placing import place_order, wanted_due
from scheduling.kernels.request_frames import (
    BEGIN_ORDER,
    FAILED,
    FINISH,
    NEXT_ORDER,
    NOT_TRIED,
    ORDER,
    REQUEST,
    begin_lines,
    note_failure,
)

_NEVER, _NONE, _NO_OFFER, _PER_ORDER = int(NEVER), int(NONE), int(NO_OFFER), int(CHOSEN_PER_ORDER)
_ORDERS, _PIECES = N_ORDERS, N_PIECES
_MAKE, _TRANSFER = int(SupplyType.MAKE), int(SupplyType.TRANSFER)
_FIXED, _UP_TO = int(LotSizingRule.FIXED_ORDER_QUANTITY), int(LotSizingRule.ORDER_UP_TO)
_ON_TIME, _COMPONENT = int(Cause.ON_TIME), int(Cause.COMPONENT)
_NOT_PLANNED, _BEYOND_HORIZON = int(Cause.NOT_PLANNED), int(Cause.BEYOND_HORIZON)
_PLANNED_ORDER, _BY_PRODUCT = int(FreeKind.PLANNED_ORDER), int(FreeKind.BY_PRODUCT)


@uncounted
def offer_from(model: ShopModel, node: int, by: int, first: int) -> int:
    """Return the next offer in force from one on; ``NOT_TRIED`` when there is none."""
    begin, end = model.offer_indptr[node], model.offer_indptr[node + 1]
    for k in range(begin + first, end):
        if is_in_force(model.offers[k], by):
            return whole(k - begin)
    return NOT_TRIED


@uncounted
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
        day = wanted_due(model, state.row[0], by)


@uncounted
def lot_of(choices: Records, row: Records, rest: float, is_for_floor: bool) -> float:
    """Return the next order for what is missing, by the node's rule and limits."""
    if row.lot_sizing_rule == _FIXED:
        return float(row.fixed_order_quantity)
    wanted = rest
    if row.lot_sizing_rule == _UP_TO:
        level = row.order_up_to_level - (row.safety_stock if is_for_floor else 0.0)
        wanted = rest + max(level, 0.0)
    return modified_quantity(choices, row, wanted)


@uncounted
def begin_order(model: ShopModel, state: ShopState, depth: int) -> None:
    """Write an order and place its work, as if all components came in time."""
    frame, n = state.frames[depth], state.sizes[_ORDERS]
    if n >= state.orders.shape[0]:
        state.answer[0].is_full = True
        return
    fill_row(model, state, whole(frame.node), whole(frame.offer), whole(frame.by))
    row, made = state.row[0], state.orders[n]
    made.node, made.need, made.offer = frame.node, frame.by, frame.offer
    made.quantity = lot_of(model.choices[0], row, frame.rest, not frame.is_taking)
    made.start_quantity = made.quantity / row.yield_fraction
    made.cause, made.critical, made.supply = _ON_TIME, _NONE, _NONE
    made.joined, made.last_taken, made.is_root = _NONE, _NONE, False
    made.promise = state.answer[0].promise
    state.sizes[_ORDERS] = n + 1
    frame.order, frame.first_piece = n, state.sizes[_PIECES]
    if not place_order(model, state, whole(n), row, 0, 0, False):
        note_failure(state, depth, _BEYOND_HORIZON)
        frame.phase = FAILED
        return
    frame.end_piece = state.sizes[_PIECES]
    made.first_piece, made.end_piece = frame.first_piece, frame.end_piece
    frame.start_quantity, frame.effective = made.start_quantity, made.effective
    frame.release, frame.due = made.release, made.due
    begin_lines(model, state, depth)


@uncounted
def next_order(model: ShopModel, state: ShopState, depth: int) -> None:
    """Order what is missing, from the first offer in force."""
    frame = state.frames[depth]
    if frame.rest <= noise(frame.asked):
        frame.phase = FINISH
        return
    row = model.nodes[frame.node]
    frame.offer, frame.is_final = row.offer, True
    if row.offer == _PER_ORDER:
        frame.offer, frame.is_final = offer_from(model, whole(frame.node), whole(frame.by), 0), False
        if frame.offer == NOT_TRIED and row.supply_type == _TRANSFER:
            note_failure(state, depth, _NOT_PLANNED)
            frame.day, frame.phase = _NEVER, FINISH
            return
        if frame.offer == NOT_TRIED:
            frame.offer, frame.is_final = _NO_OFFER, True
    frame.best_offer, frame.best_day = NOT_TRIED, _NEVER
    mark(state.sizes, state.marks[depth, ORDER])
    frame.phase = BEGIN_ORDER


@uncounted
def tries_another_offer(model: ShopModel, state: ShopState, depth: int, day: int) -> bool:
    """Return whether another offer is tried, since the order by this one comes late."""
    frame, answer = state.frames[depth], state.answer[0]
    if frame.is_final or day <= frame.by:
        return False
    if day < frame.best_day:
        frame.best_offer, frame.best_day = frame.offer, day
    following = NOT_TRIED
    if answer.tries < model.most_tries:
        following = offer_from(model, whole(frame.node), whole(frame.by), whole(frame.offer) + 1)
    is_none, is_this = frame.best_offer == NOT_TRIED, frame.best_offer == frame.offer
    if following == NOT_TRIED and (is_none or is_this):
        return False
    answer.tries += 1
    take_back(model, state, state.marks[depth, ORDER])
    frame.is_final = following == NOT_TRIED
    frame.offer = frame.best_offer if following == NOT_TRIED else following
    frame.phase = BEGIN_ORDER
    return True


@uncounted
def give_up_order(model: ShopModel, state: ShopState, depth: int) -> None:
    """Try another offer for an order that cannot be had, else say so."""
    frame = state.frames[depth]
    if frame.order != _NONE and tries_another_offer(model, state, depth, _NEVER):
        return
    take_back(model, state, state.marks[depth, REQUEST])
    frame.day, frame.phase = _NEVER, FINISH


@uncounted
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
                add_supply(state, whole(part.component), whole(made.due), _BY_PRODUCT, whole(frame.order), given, given)


@uncounted
def hand_over(model: ShopModel, state: ShopState, depth: int, day: int) -> None:
    """Make an order a supply, of which who asked takes what is missing."""
    frame = state.frames[depth]
    made = state.orders[frame.order]
    order = whole(frame.order)
    supply = add_supply(state, whole(frame.node), whole(made.due), _PLANNED_ORDER, order, made.quantity, 0.0)
    if state.answer[0].is_full:
        return
    made.supply = supply
    used = min(frame.rest, made.quantity)
    state.supplies[supply].free = made.quantity
    take(
        state.supplies,
        state.orders,
        state.taken,
        state.sizes,
        state.answer,
        supply,
        used,
        whole(frame.consumer),
        whole(frame.offset_days),
        frame.is_at_end,
    )
    if made.quantity - used > noise(made.quantity):
        link(state, supply)
    add_by_products(model, state, depth)
    frame.rest -= made.quantity
    if day > frame.day or frame.critical == _NONE:
        frame.day, frame.critical = max(day, frame.day), supply
    frame.phase = NEXT_ORDER


@uncounted
def finish_order(model: ShopModel, state: ShopState, depth: int) -> None:
    """Move an order whose components come late, and give it to who asked."""
    frame = state.frames[depth]
    if model.nodes[frame.node].is_phantom:
        if frame.latest > frame.day:
            frame.day, frame.critical = frame.latest, frame.latest_critical
        if frame.latest_due > frame.due:
            frame.late_due, frame.critical = frame.latest_due, frame.latest_critical
        frame.expiry, frame.phase = min(frame.expiry, frame.child_expiry), FINISH
        return
    made = state.orders[frame.order]
    if frame.latest > made.release or frame.latest_due > made.due:
        fill_row(model, state, whole(frame.node), whole(frame.offer), whole(frame.by))
        free_pieces(model, state, whole(frame.first_piece), whole(frame.end_piece))
        made.cause, made.critical = _COMPONENT, frame.latest_critical
        order = whole(frame.order)
        made.first_piece = state.sizes[_PIECES]
        if not place_order(
            model, state, order, state.row[0], max(whole(frame.latest), 0), whole(frame.latest_due), True
        ):
            note_failure(state, depth, _BEYOND_HORIZON)
            frame.phase = FAILED
            return
        made.end_piece = state.sizes[_PIECES]
        if made.due >= frame.child_expiry:
            state.answer[0].is_spoiled = True
    day = frame.by if made.due <= frame.by else made.due
    if tries_another_offer(model, state, depth, whole(day)):
        return
    hand_over(model, state, depth, whole(day))
