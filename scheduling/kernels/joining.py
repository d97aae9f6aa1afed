"""New orders that are due on one day become one: its setups count once, and its lot is what the two of them use."""

from __future__ import annotations

from bom.kernels.inner import uncounted
from bom.kernels.units import round_requirement_up
from planning.kernels.netting_arrays import NEVER, SupplyType
from scheduling.kernels.constraining_arrays import (
    N_JOINED,
    N_LISTED,
    N_ORDERS,
    N_PIECES,
    NONE,
    Joining,
    ShopModel,
    ShopState,
    Want,
    whole,
)
from scheduling.kernels.free_supplies import free_pieces, link, noise, put_back, unlink
from scheduling.kernels.order_placing import has_alternates, try_backward
from scheduling.kernels.request_lines import first_release
from scheduling.kernels.request_orders import fill_row, lot_of

_NEVER, _NONE = int(NEVER), int(NONE)
_JOINED, _LISTED, _ORDERS, _PIECES = N_JOINED, N_LISTED, N_ORDERS, N_PIECES
_APART, _COUNTED = int(Joining.NEVER), int(Joining.COUNTED)
_SAFETY_STOCK = int(Want.SAFETY_STOCK)
_MAKE, _TRANSFER = int(SupplyType.MAKE), int(SupplyType.TRANSFER)


@uncounted
def slot_of(state: ShopState, order: int) -> int:
    """Return where the order is listed that is due like another one, or where it would be."""
    made, mask = state.orders[order], state.joins.shape[0] - 1
    slot = (whole(made.node) * 73_856_093 + whole(made.due) * 19_349_663 + whole(made.offer)) & mask
    while state.joins[slot] != _NONE:
        row = state.orders[state.joins[slot]]
        if row.node == made.node and row.due == made.due and row.offer == made.offer:
            return whole(slot)
        slot = (slot + 1) & mask
    return whole(slot)


@uncounted
def join_orders(model: ShopModel, state: ShopState) -> None:
    """Join the orders that came since the last call, parents first; stops where an array is full."""
    sizes, answer = state.sizes, state.answer[0]
    if state.joins.shape[0] == 0:
        return
    if state.joins.shape[0] < 2 * sizes[_ORDERS]:
        answer.is_full = True
        return
    while sizes[_LISTED] < sizes[_JOINED]:
        order = whole(sizes[_LISTED])
        if state.orders[order].is_root:
            state.joins[slot_of(state, order)] = order
        sizes[_LISTED] += 1
    while sizes[_JOINED] < sizes[_ORDERS]:
        order = whole(sizes[_JOINED])
        if model.joining[state.orders[order].node] != _APART and can_start(model, state, order):
            join_order(model, state, order)
            if answer.is_full:
                return
        sizes[_JOINED] += 1
        sizes[_LISTED] += 1


@uncounted
def can_start(model: ShopModel, state: ShopState, order: int) -> bool:
    """Note the first day on which an order can start with what it takes; false when some of that expires."""
    made = state.orders[order]
    ready, k = 0, made.last_taken
    while k != _NONE:
        row = state.taken[k]
        supply = state.supplies[row.supply]
        if supply.expiry != _NEVER:
            return False
        if not row.is_at_end and supply.day > 0:
            ready = max(ready, first_release(model, whole(made.node), whole(row.offset_days), whole(supply.day)))
        k = row.before
    made.ready = ready
    return True


@uncounted
def join_order(model: ShopModel, state: ShopState, order: int) -> None:
    """Make an order part of one that is due like it; else cut it to what is used of it, and list it."""
    made = state.orders[order]
    fill_row(model, state, whole(made.node), whole(made.offer), whole(made.need))
    slot = slot_of(state, order)
    main, quantity = whole(state.joins[slot]), 0.0
    if main != _NONE:
        quantity = joined_quantity(model, state, order, main)
    if quantity == 0.0:
        main, quantity = order, cut_quantity(model, state, order)
    before, is_changed = state.orders[main].start_quantity, False
    if main != order or quantity < made.quantity - noise(made.quantity):
        more = quantity - state.orders[main].quantity
        is_changed = resize(model, state, main, order, quantity)
        if is_changed:
            count_anew(model, state, order, main, before, more)
    if state.answer[0].is_full:
        return
    if main == order or not is_changed:
        state.joins[slot] = order
        made.is_root = True


@uncounted
def cut_quantity(model: ShopModel, state: ShopState, order: int) -> float:
    """Return what an order has to bring: less than it does when those who asked gave something back."""
    made = state.orders[order]
    used = made.quantity - state.supplies[made.supply].free
    if model.joining[made.node] != _COUNTED or used <= noise(made.quantity) or is_floor(state, order):
        return float(made.quantity)
    return float(lot_of(model.choices[0], state.row[0], used, False))


@uncounted
def count_anew(model: ShopModel, state: ShopState, order: int, main: int, before: float, more: float) -> None:
    """Count components and supplies of an order that has been joined to another one, or cut.

    ``before`` is the start quantity that the other one had, ``more`` what it brings more than then.
    """
    made, other = state.orders[order], state.orders[main]
    supply, listed = state.supplies[made.supply], state.supplies[other.supply]
    if model.joining[made.node] == _COUNTED:
        start = made.start_quantity if main != order else 0.0
        give_back(model, state, order, before, start, other.start_quantity)
    used = 0.0
    if main != order:
        used = made.quantity - supply.free
        set_free(state, whole(made.supply), used, 0.0)
        other.need = min(other.need, made.need)
        made.joined, made.quantity, made.start_quantity = main, 0.0, 0.0
    set_free(state, whole(other.supply), listed.quantity + more - used, max(listed.free + more - used, 0.0))


@uncounted
def is_floor(state: ShopState, order: int) -> bool:
    """Return whether an order fills up a safety stock, so that all that it brings has been counted."""
    made = state.orders[order]
    want = state.wants[state.promises[made.promise].want]
    return bool(want.kind == _SAFETY_STOCK and want.node == made.node)


@uncounted
def joined_quantity(model: ShopModel, state: ShopState, order: int, other: int) -> float:
    """Return what an order and another one bring as one, 0 when dates or lots do not allow it."""
    made, main = state.orders[order], state.orders[other]
    node = whole(made.node)
    if model.is_dated[node] and (main.effective != made.effective or main.need != made.need):
        return 0.0
    total = main.quantity + made.quantity
    is_added = model.joining[node] != _COUNTED or is_floor(state, order)
    needed = total
    if not is_added:
        needed -= state.supplies[main.supply].free + state.supplies[made.supply].free
    quantity = max(lot_of(model.choices[0], state.row[0], needed, False), main.quantity)
    if quantity < needed - noise(needed) or quantity > total + noise(total):
        return 0.0
    return float(quantity)


@uncounted
def set_free(state: ShopState, supply: int, quantity: float, free: float) -> None:
    """Set what a supply is, and what is free of it."""
    row = state.supplies[supply]
    row.quantity, row.free = quantity, free
    is_free = free > noise(quantity)
    if is_free and not row.is_linked:
        link(state, supply)
    if row.is_linked and not is_free:
        unlink(state, supply)


@uncounted
def resize(model: ShopModel, state: ShopState, order: int, joined: int, quantity: float) -> bool:
    """Place the work of an order and one that joins it anew, with another quantity; false, and all as it was, if not.

    The due day stays; the order starts when what both take is there. ``joined`` is the order itself when none joins it.
    """
    made, other, answer, row = state.orders[order], state.orders[joined], state.answer[0], state.row[0]
    begin, has_choice = state.sizes[_PIECES], has_alternates(model, whole(made.node))
    first, end, first_other, end_other = made.first_piece, made.end_piece, other.first_piece, other.end_piece
    free_pieces(model, state, first, end)
    if joined != order:
        free_pieces(model, state, first_other, end_other)
    ready, release, before, start = made.ready, made.release, made.quantity, made.start_quantity
    center, full_from, full_to, missing = made.center, made.full_from, made.full_to, made.missing_minutes
    made.ready, made.quantity, made.start_quantity = max(ready, other.ready), quantity, quantity / row.yield_fraction
    is_placed = False
    for choice in range(2 if has_choice else 1):
        if not is_placed and not answer.is_full:
            is_placed = try_backward(model, state, order, row, whole(made.due), whole(made.ready), choice == 1)
    made.center, made.full_from, made.full_to, made.missing_minutes = center, full_from, full_to, missing
    if is_placed and not answer.is_full:
        made.first_piece, made.end_piece = begin, state.sizes[_PIECES]
        return True
    free_pieces(model, state, begin, state.sizes[_PIECES])
    state.sizes[_PIECES] = begin
    put_back(model, state, first, end)
    if joined != order:
        put_back(model, state, first_other, end_other)
    made.ready, made.release, made.quantity, made.start_quantity = ready, release, before, start
    return False


@uncounted
def give_back(model: ShopModel, state: ShopState, order: int, before: float, start: float, after: float) -> None:
    """Give back what an order takes of each component beyond what one order in the place of two needs."""
    made = state.orders[order]
    node = whole(made.node)
    if model.nodes[node].supply_type == _TRANSFER and made.offer >= 0:
        source = model.offer_node[model.offer_indptr[node] + made.offer]
        surplus = surplus_of_line(model, whole(source), 1.0, 0.0, before, start, after)
        release_surplus(state, order, whole(source), surplus)
    if model.nodes[node].supply_type != _MAKE:
        return
    for line in range(model.part_indptr[node], model.part_indptr[node + 1]):
        part = model.parts[line]
        if part.effective_from <= made.effective < part.effective_to:
            component = whole(part.component)
            surplus = surplus_of_line(model, component, part.quantity_per, part.quantity_fixed, before, start, after)
            release_surplus(state, order, component, surplus)


@uncounted
def surplus_of_line(
    model: ShopModel, component: int, per: float, fixed: float, before: float, start: float, after: float
) -> float:
    """Return what two orders take of a component beyond what one needs; ``start`` is 0 where one is cut."""
    decimals = model.nodes[component].decimals
    taken = max(round_requirement_up(before * per + fixed, decimals), 0.0)
    if start > 0.0:
        taken += max(round_requirement_up(start * per + fixed, decimals), 0.0)
    return taken - max(round_requirement_up(after * per + fixed, decimals), 0.0)


@uncounted
def release_surplus(state: ShopState, order: int, component: int, surplus: float) -> None:
    """Give back a quantity of what an order took of a component, what it took last first."""
    k = state.orders[order].last_taken
    while k != _NONE and surplus > noise(surplus):
        row = state.taken[k]
        supply = state.supplies[row.supply]
        if supply.node == component and row.quantity > 0.0:
            part = min(surplus, row.quantity)
            row.quantity -= part
            surplus -= part
            set_free(state, whole(row.supply), supply.quantity, supply.free + part)
        k = row.before
