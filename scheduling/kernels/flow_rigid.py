"""Jobs that cannot wait: each goes to its earliest start at which all of its operations fit between those placed."""

from __future__ import annotations

from bom.kernels.inner import uncounted
from scheduling.kernels.flow_line import Codes, FlowLine, FlowState
from scheduling.kernels.flow_list import job_cost
from scheduling.kernels.open_hours import NEVER
from scheduling.kernels.sequence_graph import MAKESPAN, VIOLATION, SequenceShop, setup_between


@uncounted
def first_gap(shop: SequenceShop, state: FlowState, unit: int, x: int, ready: int, duration: int) -> int:
    """Return the earliest start of an operation on a unit from a time on, with setups before it and behind it."""
    starts, ends, operations, n_runs = state.busy_start, state.busy_end, state.busy_operation, state.n_busy[unit]
    none, matrix, first_group = shop.release.shape[0], shop.unit_matrix[unit], shop.unit_group[unit]
    low, high = 0, n_runs
    while low < high:
        middle = (low + high) >> 1
        if ends[unit, middle] <= ready:
            low = middle + 1
        else:
            high = middle
    for k in range(low, n_runs + 1):
        before = none if k == 0 else operations[unit, k - 1]
        free, setup = 0 if k == 0 else ends[unit, k - 1], 0
        if matrix >= 0:
            setup = setup_between(shop.setup_time, shop.group, shop.is_started, matrix, first_group, before, x)
        start = max(ready, free + setup)
        if k == n_runs:
            return start
        follower, setup = operations[unit, k], 0
        if matrix >= 0:
            setup = setup_between(shop.setup_time, shop.group, shop.is_started, matrix, first_group, x, follower)
        if start + duration + setup <= starts[unit, k]:
            return start
    return NEVER


@uncounted
def occupy(state: FlowState, unit: int, x: int, start: int, end: int) -> None:
    """Write a run into those of its unit, in the order of time."""
    starts, ends, operations = state.busy_start, state.busy_end, state.busy_operation
    k = state.n_busy[unit]
    while k > 0 and starts[unit, k - 1] >= end:
        starts[unit, k], ends[unit, k] = starts[unit, k - 1], ends[unit, k - 1]
        operations[unit, k] = operations[unit, k - 1]
        k -= 1
    starts[unit, k], ends[unit, k], operations[unit, k] = start, end, x
    state.n_busy[unit] += 1


@uncounted
def job_start(shop: SequenceShop, line: FlowLine, state: FlowState, job: int) -> int:
    """Return the earliest start of a job, and write the placement of each of its operations."""
    operation, offset = line.operation, line.lag
    n, start = operation.shape[1], 0
    for k in range(n):
        if operation[job, k] >= 0:
            start = max(start, line.release[job, k] - offset[job, k])
    k, n_fit = 0, 0
    while n_fit < n:
        x = operation[job, k]
        fits, chosen = NEVER, -1
        if x >= 0:
            ready = start + offset[job, k]
            for placement in range(shop.placement_indptr[x], shop.placement_indptr[x + 1]):
                duration = shop.placement_duration[placement]
                at = first_gap(shop, state, shop.placement_unit[placement], x, ready, duration)
                if at < fits:
                    fits, chosen = at, placement
            state.placement[x] = chosen
            # a later start sends the search round all operations once more
            n_fit = n_fit if fits == ready else 0
            start = fits - offset[job, k]
        n_fit += 1
        k = (k + 1) % n
    return start


@uncounted
def rigid_cost(
    shop: SequenceShop, line: FlowLine, state: FlowState, sequence: Codes, n_placed: int, limit: float
) -> float:
    """Return the objective of a sequence; any higher value when it is above the limit for sure."""
    by_length, by_violation = shop.weights[MAKESPAN], shop.weights[VIOLATION]
    cost, longest = 0.0, 0
    for unit in range(state.n_busy.shape[0]):
        state.n_busy[unit] = 0
    for i in range(n_placed):
        job, ended = sequence[i], 0
        start = job_start(shop, line, state, job)
        for k in range(line.operation.shape[1]):
            x = line.operation[job, k]
            if x < 0:
                continue
            state.start[x] = start + line.lag[job, k]
            ended = state.end[x] = state.start[x] + line.duration[job, k]
            occupy(state, shop.placement_unit[state.placement[x]], x, state.start[x], ended)
            cost += by_violation * max(0, ended - shop.deadline[x])
        longest = max(longest, ended)
        cost += job_cost(shop, job, ended)
        # what is earlier than its due date counts too, so that the sum never falls
        if cost + by_length * longest > limit:
            break
    return cost + by_length * longest
