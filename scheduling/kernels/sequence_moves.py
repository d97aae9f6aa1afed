"""Moves of a schedule kept as unit sequences: they time again only what changes, and can be undone."""

from __future__ import annotations

from bom.kernels.inner import inner
from scheduling.kernels.sequence_graph import (
    MOVED,
    N_LOGGED,
    N_LOGGED_JOBS,
    OLD_BEFORE,
    OLD_PLACEMENT,
    SETUP_COST,
    WINDOW_FIRST,
    WINDOW_LAST,
    SequenceGraph,
    SequenceShop,
    add_setup_cost,
    close_jobs,
    mark_dirty,
    propagate,
)


@inner
def _unlink(shop: SequenceShop, graph: SequenceGraph, x: int) -> None:
    """Take an operation out of its unit's sequence."""
    none = shop.release.shape[0]
    unit = shop.placement_unit[graph.placement[x]]
    before, after = graph.before[x], graph.after[x]
    if before == none:
        graph.first[unit] = after
    else:
        graph.after[before] = after
    if after == none:
        graph.last[unit] = before
    else:
        graph.before[after] = before


@inner
def _link(shop: SequenceShop, graph: SequenceGraph, x: int, placement: int, before: int) -> None:
    """Put an operation behind another, or to the front, of a unit's sequence."""
    none = shop.release.shape[0]
    unit = shop.placement_unit[placement]
    after = graph.first[unit] if before == none else graph.after[before]
    graph.placement[x] = placement
    graph.before[x] = before
    graph.after[x] = after
    if before == none:
        graph.first[unit] = x
    else:
        graph.after[before] = x
    if after == none:
        graph.last[unit] = x
    else:
        graph.before[after] = x


@inner
def _shift(shop: SequenceShop, graph: SequenceGraph, x: int, beyond: int) -> bool:
    """Put an operation and what hangs on it beyond another in the order, either way; False when that is a cycle."""
    order, position, marked, buffer = graph.order, graph.position, graph.marked, graph.buffer
    is_later = position[beyond] > position[x]
    step = 1 if is_later else -1
    # what hangs on x later are the ones behind it, earlier the ones before it; x itself has left its sequence
    neighbour = graph.before if is_later else graph.after
    indptr = shop.predecessor_indptr if is_later else shop.successor_indptr
    arcs = shop.predecessor if is_later else shop.successor
    first, last = position[x], position[beyond]
    marked[x] = 1
    buffer[0] = x
    n_moved = 1
    for place in range(first + step, last + step, step):
        w = order[place]
        next_to = neighbour[w]
        hangs = next_to != x and marked[next_to] != 0
        for arc in range(indptr[w], indptr[w + 1]):
            hangs = hangs or marked[arcs[arc]] != 0
        if hangs:
            marked[w] = 1
            buffer[n_moved] = w
            n_moved += 1
    is_possible = marked[beyond] == 0
    if is_possible:
        graph.memory[WINDOW_FIRST] = min(first, last)
        graph.memory[WINDOW_LAST] = max(first, last)
        for place in range(min(first, last), max(first, last) + 1):
            graph.window[place] = order[place]
        write = first
        for place in range(first + step, last + step, step):
            w = order[place]
            if marked[w] == 0:
                order[write] = w
                position[w] = write
                write += step
        for k in range(n_moved):
            order[write + step * k] = buffer[k]
            position[buffer[k]] = write + step * k
    for k in range(n_moved):
        marked[buffer[k]] = 0
    return is_possible


@inner
def move_operation(shop: SequenceShop, graph: SequenceGraph, x: int, placement: int, before: int) -> bool:
    """Move an operation behind another ("none": to the front) of a unit and time again; False, unchanged, if cyclic."""
    none = shop.release.shape[0]
    memory, position = graph.memory, graph.position
    unit = shop.placement_unit[placement]
    old_after = graph.after[x]
    after = graph.first[unit] if before == none else graph.after[before]
    if after == x:
        after = old_after
    graph.old_terms[:] = graph.terms
    memory[:] = 0
    memory[WINDOW_LAST] = -1
    if before != none and position[before] > position[x]:
        if not _shift(shop, graph, x, before):
            return False
    elif after != none and position[after] < position[x] and not _shift(shop, graph, x, after):
        return False
    memory[MOVED] = x
    memory[OLD_PLACEMENT] = graph.placement[x]
    memory[OLD_BEFORE] = graph.before[x]
    has_cost = shop.weights[SETUP_COST] > 0.0
    if has_cost:
        _add_costs(shop, graph, x, old_after, after, -1.0)
    _unlink(shop, graph, x)
    _link(shop, graph, x, placement, before)
    if has_cost:
        _add_costs(shop, graph, x, old_after, after, 1.0)
    place = position[x]
    pending = mark_dirty(position, graph.dirty, x)
    if old_after != none:
        place = min(place, position[old_after])
        pending += mark_dirty(position, graph.dirty, old_after)
    if after != none:
        place = min(place, position[after])
        pending += mark_dirty(position, graph.dirty, after)
    propagate(shop, graph, place, pending)
    close_jobs(shop, graph)
    return True


@inner
def _add_costs(shop: SequenceShop, graph: SequenceGraph, x: int, old_after: int, after: int, sign: float) -> None:
    """Add, or take away, the setup costs of an operation and of those behind its old and its new place."""
    add_setup_cost(shop, graph, x, sign)
    add_setup_cost(shop, graph, old_after, sign)
    if after != old_after:
        add_setup_cost(shop, graph, after, sign)


@inner
def undo_move(shop: SequenceShop, graph: SequenceGraph) -> None:
    """Put everything back as it was before the last move."""
    memory = graph.memory
    x = memory[MOVED]
    _unlink(shop, graph, x)
    _link(shop, graph, x, memory[OLD_PLACEMENT], memory[OLD_BEFORE])
    for place in range(memory[WINDOW_FIRST], memory[WINDOW_LAST] + 1):
        graph.order[place] = graph.window[place]
        graph.position[graph.window[place]] = place
    for k in range(memory[N_LOGGED]):
        y = graph.logged[k]
        graph.start[y] = graph.logged_start[k]
        graph.end[y] = graph.logged_end[k]
        graph.setup[y] = graph.logged_setup[k]
    for k in range(memory[N_LOGGED_JOBS]):
        graph.job_end[graph.logged_job[k]] = graph.logged_job_end[k]
    graph.terms[:] = graph.old_terms
