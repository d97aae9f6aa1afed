"""What happens next in dispatching, and who stands in the queue of each machine: binary heaps."""

from __future__ import annotations

from bom.kernels.inner import uncounted
from scheduling.kernels.shop_arrays import NEVER, NONE, Records


@uncounted
def push_event(events: Records, time: int, code: int) -> None:
    """Note that something happens at a time; of the same time the lesser code comes first.

    The heap begins at record 1; record 0 holds the number of events as its code.
    """
    at = events[0].code + 1
    events[0].code = at
    while at > 1:
        above = at // 2
        if events[above].time < time or (events[above].time == time and events[above].code <= code):
            break
        events[at].time = events[above].time
        events[at].code = events[above].code
        at = above
    events[at].time = time
    events[at].code = code


@uncounted
def pop_event(events: Records) -> int:
    """Take the first event out and return its code."""
    first, last = events[1].code, events[0].code
    events[0].code = last - 1
    time, code = events[last].time, events[last].code
    at = 1
    while 2 * at < last:
        below = 2 * at
        if below + 1 < last and (
            events[below + 1].time < events[below].time
            or (events[below + 1].time == events[below].time and events[below + 1].code < events[below].code)
        ):
            below += 1
        if time < events[below].time or (time == events[below].time and code <= events[below].code):
            break
        events[at].time = events[below].time
        events[at].code = events[below].code
        at = below
    events[at].time = time
    events[at].code = code
    return first


@uncounted
def next_time(releases: Records, events: Records, n_released: int) -> int:
    """Return when the next release or event is."""
    time = releases[n_released].time if n_released < releases.shape[0] else NEVER
    return min(time, events[1].time) if events[0].code > 0 else time


@uncounted
def next_code(releases: Records, events: Records, n_released: int, time: int) -> int:
    """Take the next release or event of a moment and return its code, the lesser first; ``NONE`` when none is left."""
    has_event = events[0].code > 0 and events[1].time == time
    if n_released < releases.shape[0] and releases[n_released].time == time:
        code = releases[n_released].code
        if not has_event or code <= events[1].code:
            return code
    return pop_event(events) if has_event else NONE


@uncounted
def _copy(queue: Records, to: int, of: int) -> None:
    """Copy an entry of a queue to another place."""
    source, target = queue[of], queue[to]
    target.key = source.key
    target.fixed = source.fixed
    target.latest = source.latest
    target.duration = source.duration
    target.task = source.task
    target.mode = source.mode
    target.group = source.group


@uncounted
def room_for_task(queue: Records, machines: Records, machine: int, key: float, task: int) -> int:
    """Make room for a task in the queue of a machine and return where; of the same key the lesser task comes first."""
    at = machines[machine].n_queued
    machines[machine].n_queued = at + 1
    first = machines[machine].first_queued
    while at > 0:
        above = first + (at - 1) // 2
        entry = queue[above]
        if entry.key < key or (entry.key == key and entry.task <= task):
            break
        _copy(queue, first + at, above)
        at = above - first
    return first + at


@uncounted
def take_task(queue: Records, machines: Records, machine: int, place: int) -> None:
    """Take the task at a place out of the queue of a machine; the last one comes into its place, then down or up."""
    first = machines[machine].first_queued
    last = machines[machine].n_queued - 1
    machines[machine].n_queued = last
    if place == last:
        return
    # what moves is the record after the last place, which nobody overwrites
    moved = first + last
    task, key = queue[moved].task, queue[moved].key
    at = place
    while 2 * at + 1 < last:
        below = 2 * at + 1
        entry = queue[first + below]
        if below + 1 < last:
            other = queue[first + below + 1]
            if other.key < entry.key or (other.key == entry.key and other.task < entry.task):
                below += 1
                entry = other
        if key < entry.key or (key == entry.key and task <= entry.task):
            break
        _copy(queue, first + at, first + below)
        at = below
    while at > 0:
        above = (at - 1) // 2
        entry = queue[first + above]
        if entry.key < key or (entry.key == key and entry.task <= task):
            break
        _copy(queue, first + at, first + above)
        at = above
    _copy(queue, first + at, moved)
