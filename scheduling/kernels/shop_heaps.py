"""Binary heaps of dispatching: what happens next, and who stands in the queue of each machine."""

from __future__ import annotations

from bom.kernels.inner import inner
from scheduling.kernels.shop_arrays import Records


@inner
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


@inner
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


@inner
def _rise(queue: Records, first: int, at: int, key: float, task: int) -> None:
    """Put a task where it belongs at or above a place of a queue."""
    while at > 0:
        above = (at - 1) // 2
        entry = queue[first + above]
        if entry.key < key or (entry.key == key and entry.task <= task):
            break
        queue[first + at].task = entry.task
        queue[first + at].key = entry.key
        at = above
    queue[first + at].task = task
    queue[first + at].key = key


@inner
def push_task(queue: Records, machines: Records, machine: int, key: float, task: int) -> None:
    """Put a task into the queue of a machine; of the same key the lesser task comes first."""
    at = machines[machine].n_queued
    machines[machine].n_queued = at + 1
    _rise(queue, machines[machine].first_queued, at, key, task)


@inner
def take_task(queue: Records, machines: Records, machine: int, place: int) -> None:
    """Take the task at a place out of the queue of a machine."""
    first = machines[machine].first_queued
    last = machines[machine].n_queued - 1
    machines[machine].n_queued = last
    if place == last:
        return
    task, key = queue[first + last].task, queue[first + last].key
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
        queue[first + at].task = entry.task
        queue[first + at].key = entry.key
        at = below
    _rise(queue, first, at, key, task)
