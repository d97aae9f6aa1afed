"""Permutation flow shops: all places of a job in a sequence timed at once (Taillard 1990), with setups and releases."""

from __future__ import annotations

from bom.kernels.inner import uncounted
from scheduling.kernels.flow_line import Codes, FlowLine, FlowState, Longs, stage_setup
from scheduling.kernels.sequence_graph import SequenceShop

NO_LIMIT = 1 << 60


@uncounted
def fill_heads(shop: SequenceShop, line: FlowLine, state: FlowState, sequence: Codes, n_placed: int) -> None:
    """Write when each stage is free behind each job of a sequence."""
    duration, release, lag, head, group = line.duration, line.release, line.lag, state.head, line.group
    setup_time, matrix, first_group = shop.setup_time, line.matrix, line.first_group
    n_stages = duration.shape[1]
    for k in range(n_stages):
        head[0, k] = 0
    for place in range(n_placed):
        job, before, ready = sequence[place], -1 if place == 0 else sequence[place - 1], 0
        for k in range(n_stages):
            if duration[job, k] < 0:
                head[place + 1, k] = head[place, k]
                continue
            setup = stage_setup(setup_time, matrix[k], group, first_group[k], k, before, job)
            ready = max(ready + lag[job, k], release[job, k], head[place, k] + setup) + duration[job, k]
            head[place + 1, k] = ready


@uncounted
def fill_tails(shop: SequenceShop, line: FlowLine, state: FlowState, sequence: Codes, n_placed: int) -> None:
    """Write the longest path that begins with each job at each stage, and that begins with a release from there on."""
    duration, release, lag, tail, group = line.duration, line.release, line.lag, state.tail, line.group
    setup_time, matrix, first_group, late = shop.setup_time, line.matrix, line.first_group, state.late
    n_stages = duration.shape[1]
    for k in range(n_stages):
        tail[n_placed, k] = 0
    late[n_placed] = 0
    for place in range(n_placed - 1, -1, -1):
        job, follower, after = sequence[place], -1 if place + 1 == n_placed else sequence[place + 1], 0
        longest = late[place + 1]
        for k in range(n_stages - 1, -1, -1):
            if duration[job, k] < 0:
                tail[place, k] = tail[place + 1, k]
                continue
            setup = 0
            if follower >= 0:
                setup = stage_setup(setup_time, matrix[k], group, first_group[k], k, job, follower)
            own = max(tail[place + 1, k] + setup, after) + duration[job, k]
            tail[place, k] = own
            longest = max(longest, release[job, k] + own)
            after = own + lag[job, k]
        late[place] = longest


@uncounted
def length_at(
    shop: SequenceShop,
    line: FlowLine,
    state: FlowState,
    sequence: Codes,
    n_placed: int,
    job: int,
    place: int,
    limit: int,
) -> int:
    """Return the makespan with a job put in before a place, from heads and tails; above the limit any longer path."""
    duration, release, lag, head, tail = line.duration, line.release, line.lag, state.head, state.tail
    setup_time, matrix, first_group, group, front = (
        shop.setup_time,
        line.matrix,
        line.first_group,
        line.group,
        state.front,
    )
    before = -1 if place == 0 else sequence[place - 1]
    follower = -1 if place == n_placed else sequence[place]
    longest, ready = state.late[place], 0
    for k in range(duration.shape[1]):
        free = head[place, k]
        if duration[job, k] < 0:
            front[k] = free
            longest = max(longest, free + tail[place, k])
            continue
        setup = stage_setup(setup_time, matrix[k], group, first_group[k], k, before, job)
        ready = max(ready + lag[job, k], release[job, k], free + setup) + duration[job, k]
        front[k] = ready
        setup = 0
        if follower >= 0:
            setup = stage_setup(setup_time, matrix[k], group, first_group[k], k, job, follower)
        longest = max(longest, ready + setup + tail[place, k])
        if longest > limit:
            break
    return longest


@uncounted
def idle_time(duration: Longs, head: Longs, front: Longs, follower: int, job: int, place: int) -> int:
    """Return about how long stages are idle with a job before a place (Fernandez-Viagas and Framinan 2014)."""
    idle = 0
    if follower < 0:
        for k in range(1, front.shape[0]):
            idle += max(front[k] - max(duration[job, k], 0) - head[place, k], 0)
        return idle
    ready = front[0] + max(duration[follower, 0], 0)
    for k in range(1, front.shape[0]):
        own = max(duration[follower, k], 0)
        idle += front[k] - head[place + 1, k] + own - max(duration[job, k], 0) + max(0, ready - front[k])
        ready = max(ready, front[k]) + own
    return idle


@uncounted
def best_place(
    shop: SequenceShop, line: FlowLine, state: FlowState, sequence: Codes, n_placed: int, job: int
) -> tuple[int, int]:
    """Return the place of a job with the least makespan, of equal ones with the least idle time, and the makespan."""
    fill_heads(shop, line, state, sequence, n_placed)
    fill_tails(shop, line, state, sequence, n_placed)
    best, chosen, least_idle = NO_LIMIT, 0, NO_LIMIT
    for place in range(n_placed, -1, -1):
        length = length_at(shop, line, state, sequence, n_placed, job, place, best)
        if length > best:
            continue
        follower = -1 if place == n_placed else sequence[place]
        idle = idle_time(line.duration, state.head, state.front, follower, job, place)
        if length < best or idle < least_idle:
            best, chosen, least_idle = length, place, idle
    return chosen, best
