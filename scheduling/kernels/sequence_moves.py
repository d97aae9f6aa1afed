"""Moves of a schedule kept as unit sequences: they time again only what changes, and can be undone."""

from __future__ import annotations

from numba import njit

from scheduling.kernels.sequence_graph import (
    MOVED,
    N_LOGGED,
    N_LOGGED_JOBS,
    OLD_BEFORE,
    OLD_PLACEMENT,
    WINDOW_FIRST,
    WINDOW_LAST,
    SequenceGraph,
    SequenceShop,
    add_setup_cost,
    close_jobs,
    time_again,
)


@njit
def _mark_dirty(graph: SequenceGraph, x: int) -> int:
    """Note that an operation is to be timed again; return 1 when it was not noted yet."""
    place = graph.position[x]
    if graph.dirty[place]:
        return 0
    graph.dirty[place] = 1
    return 1


@njit
def _propagate(shop: SequenceShop, graph: SequenceGraph, place: int, pending: int) -> None:
    """Time again what is noted, in the topological order, and what depends on an end that changed."""
    none = shop.release.shape[0]
    while pending > 0:
        if (place & 7) == 0 and graph.dirty_words[place >> 3] == 0:
            place += 8
            continue
        if graph.dirty[place]:
            graph.dirty[place] = 0
            pending -= 1
            x = graph.order[place]
            if time_again(shop, graph, x):
                for arc in range(shop.successor_indptr[x], shop.successor_indptr[x + 1]):
                    pending += _mark_dirty(graph, shop.successor[arc])
                if graph.after[x] != none:
                    pending += _mark_dirty(graph, graph.after[x])
        place += 1
    close_jobs(shop, graph)


@njit
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


@njit
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


@njit
def _must_follow(shop: SequenceShop, graph: SequenceGraph, w: int, x: int) -> bool:
    """Return whether an operation has a marked one before it, when x has left its sequence."""
    before = graph.before[w]
    if before != x and before != shop.release.shape[0] and graph.marked[before]:
        return True
    for arc in range(shop.predecessor_indptr[w], shop.predecessor_indptr[w + 1]):
        if graph.marked[shop.predecessor[arc]]:
            return True
    return False


@njit
def _must_precede(shop: SequenceShop, graph: SequenceGraph, w: int, x: int) -> bool:
    """Return whether an operation has a marked one after it, when x has left its sequence."""
    after = graph.after[w]
    if after != x and after != shop.release.shape[0] and graph.marked[after]:
        return True
    for arc in range(shop.successor_indptr[w], shop.successor_indptr[w + 1]):
        if graph.marked[shop.successor[arc]]:
            return True
    return False


@njit
def _shift(shop: SequenceShop, graph: SequenceGraph, x: int, beyond: int) -> bool:
    """Put an operation and what hangs on it beyond another in the order, either way; False when that is a cycle."""
    order, position, marked, buffer = graph.order, graph.position, graph.marked, graph.buffer
    is_later = position[beyond] > position[x]
    step = 1 if is_later else -1
    first, last = position[x], position[beyond]
    marked[x] = 1
    buffer[0] = x
    n_moved = 1
    for place in range(first + step, last + step, step):
        w = order[place]
        hangs = _must_follow(shop, graph, w, x) if is_later else _must_precede(shop, graph, w, x)
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


@njit
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
    add_setup_cost(shop, graph, x, -1.0)
    add_setup_cost(shop, graph, old_after, -1.0)
    if after != old_after:
        add_setup_cost(shop, graph, after, -1.0)
    _unlink(shop, graph, x)
    _link(shop, graph, x, placement, before)
    place = position[x]
    pending = _mark_dirty(graph, x)
    add_setup_cost(shop, graph, x, 1.0)
    if old_after != none:
        place = min(place, position[old_after])
        pending += _mark_dirty(graph, old_after)
        add_setup_cost(shop, graph, old_after, 1.0)
    is_other = after != old_after
    if is_other and after != none:
        place = min(place, position[after])
        pending += _mark_dirty(graph, after)
        add_setup_cost(shop, graph, after, 1.0)
    _propagate(shop, graph, place, pending)
    return True


@njit
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
