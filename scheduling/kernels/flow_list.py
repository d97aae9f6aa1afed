"""Flow lines timed by list scheduling: the first stage in the sequence, later ones first come, first served."""

from __future__ import annotations

from bom.kernels.inner import uncounted
from scheduling.kernels.flow_line import Codes, FlowLine, FlowState, Longs
from scheduling.kernels.open_hours import NEVER, first_run, time_of_work
from scheduling.kernels.sequence_graph import (
    EARLINESS,
    FLOW_TIME,
    MAKESPAN,
    SETUP_COST,
    SETUP_TIME,
    VIOLATION,
    WEIGHTED_TARDINESS,
    SequenceShop,
    setup_between,
)


@uncounted
def sort_queue(queue: Codes, key: Longs, n_placed: int) -> None:
    """Sort jobs by a key; equal ones stay in their order. They come nearly sorted, so that insertion is fast."""
    for i in range(1, n_placed):
        job = queue[i]
        own, j = key[job], i
        while j > 0 and key[queue[j - 1]] > own:
            queue[j] = queue[j - 1]
            j -= 1
        queue[j] = job


@uncounted
def place_first_end(shop: SequenceShop, state: FlowState, x: int, ready: int) -> None:
    """Run an operation behind all others on the unit where it ends first, of equal ones the one that is free last."""
    free, last = state.free, state.last
    none = shop.release.shape[0]
    chosen, chosen_start, chosen_end, chosen_free = -1, NEVER, NEVER + 1, -1
    for placement in range(shop.placement_indptr[x], shop.placement_indptr[x + 1]):
        unit, duration = shop.placement_unit[placement], shop.placement_duration[placement]
        matrix, calendar, setup = shop.unit_matrix[unit], shop.unit_calendar[unit], 0
        if matrix >= 0:
            before = none if last[unit] < 0 else last[unit]
            setup = setup_between(
                shop.setup_time, shop.group, shop.is_started, matrix, shop.unit_group[unit], before, x
            )
        start = max(ready, free[unit] + setup)
        end = start + duration
        if calendar >= 0:
            first, stop = shop.calendar_indptr[calendar], shop.calendar_indptr[calendar + 1]
            set_up = time_of_work(shop.calendar_start, shop.calendar_end, first, stop, free[unit], setup)
            pauses = shop.unit_pauses[unit] != 0
            start, end = first_run(
                shop.calendar_start, shop.calendar_end, first, stop, pauses, max(ready, set_up), duration
            )
        if end < chosen_end or (end == chosen_end and free[unit] > chosen_free):
            chosen, chosen_start, chosen_end, chosen_free = placement, start, end, free[unit]
    state.placement[x], state.start[x], state.end[x] = chosen, chosen_start, chosen_end


@uncounted
def bring_forward(shop: SequenceShop, line: FlowLine, state: FlowState, stage: int, first: int, n_placed: int) -> None:
    """Bring the job to the front that can start first, its setup included; equal ones keep their order."""
    queue, key, free, last = state.queue, state.key, state.free, state.last
    none, earliest, chosen = shop.release.shape[0], NEVER, first
    for i in range(first, min(first + line.kind[1], n_placed)):
        job = queue[i]
        x, ready = line.operation[job, stage], key[job]
        if ready >= earliest:
            break
        start = ready if x < 0 else NEVER
        for placement in range(shop.placement_indptr[max(x, 0)], shop.placement_indptr[x + 1]):
            unit, setup = shop.placement_unit[placement], 0
            if shop.unit_matrix[unit] >= 0:
                before = none if last[unit] < 0 else last[unit]
                matrix, first_group = shop.unit_matrix[unit], shop.unit_group[unit]
                setup = setup_between(shop.setup_time, shop.group, shop.is_started, matrix, first_group, before, x)
            start = min(start, max(ready, free[unit] + setup))
        if start < earliest:
            earliest, chosen = start, i
    job = queue[chosen]
    for i in range(chosen, first, -1):
        queue[i] = queue[i - 1]
    queue[first] = job


@uncounted
def add_setups(shop: SequenceShop, state: FlowState, x: int) -> float:
    """Return what the setup right before an operation counts, on the unit where it was put."""
    unit = shop.placement_unit[state.placement[x]]
    matrix, first_group = shop.unit_matrix[unit], shop.unit_group[unit]
    if matrix < 0:
        return 0.0
    before = shop.release.shape[0] if state.last[unit] < 0 else state.last[unit]
    time = setup_between(shop.setup_time, shop.group, shop.is_started, matrix, first_group, before, x)
    cost = setup_between(shop.setup_cost, shop.group, shop.is_started, matrix, first_group, before, x)
    return shop.weights[SETUP_TIME] * time + shop.weights[SETUP_COST] * cost


@uncounted
def job_cost(shop: SequenceShop, job: int, end: int) -> float:
    """Return what the end of a job counts, but for the makespan."""
    weights, weight, due = shop.weights, shop.job_weight[job], shop.job_due[job]
    cost = weights[FLOW_TIME] * weight * (end - shop.job_release[job])
    if due < NEVER:
        cost += weight * (weights[WEIGHTED_TARDINESS] * max(end - due, 0) + weights[EARLINESS] * max(due - end, 0))
    return cost


@uncounted
def list_cost(
    shop: SequenceShop, line: FlowLine, state: FlowState, sequence: Codes, n_placed: int, limit: float
) -> float:
    """Return the objective of a sequence; any higher value when it is above the limit for sure."""
    operation, release, lag, rest = line.operation, line.release, line.lag, line.rest
    queue, ready, key, free, last = state.queue, state.ready, state.key, state.free, state.last
    by_length, by_setup = shop.weights[MAKESPAN], shop.weights[SETUP_TIME] + shop.weights[SETUP_COST] > 0.0
    cost, longest, looks = 0.0, 0, line.kind[1] > 1
    for unit in range(free.shape[0]):
        free[unit] = 0
        last[unit] = -1
    for i in range(n_placed):
        queue[i] = sequence[i]
        ready[sequence[i]] = 0
    for k in range(operation.shape[1]):
        if k > 0:
            for i in range(n_placed):
                job = queue[i]
                key[job] = max(ready[job] + lag[job, k], release[job, k])
            sort_queue(queue, key, n_placed)
        for i in range(n_placed):
            if k > 0 and looks:
                bring_forward(shop, line, state, k, i, n_placed)
            job = queue[i]
            x = operation[job, k]
            if x < 0:
                continue
            place_first_end(shop, state, x, max(ready[job] + lag[job, k], release[job, k]))
            if by_setup:
                cost += add_setups(shop, state, x)
            end, unit = state.end[x], shop.placement_unit[state.placement[x]]
            free[unit], last[unit], ready[job] = end, x, end
            cost += shop.weights[VIOLATION] * max(0, end - shop.deadline[x])
            longest = max(longest, end + rest[job, k])
            if cost + by_length * longest > limit:
                return cost + by_length * longest
    for i in range(n_placed):
        cost += job_cost(shop, sequence[i], ready[sequence[i]])
    return cost + by_length * longest
