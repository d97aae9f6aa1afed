"""The capacitated lot-sizing problem: items, periods, resources, and what one lot of each takes and costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bom.errors import PlanningError

NO_RESOURCE = -1
NO_ITEM = -1


class LotSizingDataError(PlanningError):
    """The data of a lot-sizing problem contradict themselves; the text says all that was found."""


@dataclass(frozen=True, slots=True)
class LotSizingProblem:
    """What must be made, of what, on what, and what it costs.

    Parameters
    ----------
    demand
        float64, shape (n_items, n_periods): what leaves the shop by the end of each period.
    holding_cost, setup_cost
        float64, shape (n_items,): for a unit in stock at the end of a period; for a setup.
    run_time, setup_time
        float64, shape (n_items,): capacity that a unit takes, and a setup.
    resource
        int32, shape (n_items,): what makes the item; ``NO_RESOURCE``: nothing that could be short.
    capacity
        float64, shape (n_resources, n_periods).
    initial_stock
        float64, shape (n_items,).
    receipts
        float64, shape (n_items, n_periods): what comes in during a period whatever the lots.
    first_period
        int32, shape (n_items,): nothing is made before, periods counted from 0.
    production_cost
        float64, shape (n_items,): for a unit made.
    minimum_lot
        float64, shape (n_items,): what is made at least in a period in which something is made.
    backlog_cost
        float64, shape (n_items,): for a unit that is late at the end of a period; infinite: nothing may be late.
    overtime_limit, overtime_cost
        float64, shape (n_resources, n_periods) and (n_resources,): capacity that can be had beyond, and its cost.
    bom_parent, bom_component, bom_quantity, bom_lead_time
        One entry per bill line: items, units per unit of the parent, and the periods that a component is there before
        the parent is made.
    has_carry_over
        A resource keeps one setup from a period to the next.
    initial_setup
        int32, shape (n_resources,): the item that each resource is set up for at the start; ``NO_ITEM``: none.
    item_ids, resource_ids
        Names; empty: numbers from 1.

    Examples
    --------
    >>> problem = make_problem(
    ...     demand=[[0, 10, 10]], holding_cost=1, setup_cost=5, run_time=1, setup_time=2, capacity=[[20, 20, 20]]
    ... )
    >>> problem.n_items, problem.n_periods, problem.item_ids
    (1, 3, ('1',))
    """

    demand: NDArray[np.float64]
    holding_cost: NDArray[np.float64]
    setup_cost: NDArray[np.float64]
    run_time: NDArray[np.float64]
    setup_time: NDArray[np.float64]
    resource: NDArray[np.int32]
    capacity: NDArray[np.float64]
    initial_stock: NDArray[np.float64]
    receipts: NDArray[np.float64]
    first_period: NDArray[np.int32]
    production_cost: NDArray[np.float64]
    minimum_lot: NDArray[np.float64]
    backlog_cost: NDArray[np.float64]
    overtime_limit: NDArray[np.float64]
    overtime_cost: NDArray[np.float64]
    bom_parent: NDArray[np.int32]
    bom_component: NDArray[np.int32]
    bom_quantity: NDArray[np.float64]
    bom_lead_time: NDArray[np.int32]
    has_carry_over: bool
    initial_setup: NDArray[np.int32]
    item_ids: tuple[str, ...]
    resource_ids: tuple[str, ...]

    @property
    def n_items(self) -> int:
        """The number of items."""
        return int(self.demand.shape[0])

    @property
    def n_periods(self) -> int:
        """The number of periods."""
        return int(self.demand.shape[1])

    @property
    def n_resources(self) -> int:
        """The number of resources."""
        return int(self.capacity.shape[0])

    @property
    def n_lines(self) -> int:
        """The number of bill lines."""
        return int(self.bom_parent.shape[0])

    @property
    def may_backlog(self) -> NDArray[np.bool_]:
        """bool, shape (n_items,): the item may be late."""
        return np.isfinite(self.backlog_cost)

    @property
    def has_overtime(self) -> bool:
        """Some resource has capacity beyond."""
        return bool((self.overtime_limit > 0).any())


def make_problem(
    demand: object,
    holding_cost: object,
    setup_cost: object,
    run_time: object,
    setup_time: object,
    capacity: object,
    *,
    resource: object = 0,
    initial_stock: object = 0.0,
    receipts: object = 0.0,
    first_period: object = 0,
    production_cost: object = 0.0,
    minimum_lot: object = 0.0,
    backlog_cost: object = np.inf,
    overtime_limit: object = 0.0,
    overtime_cost: object = 0.0,
    bom: object = (),
    has_carry_over: bool = False,
    initial_setup: object = NO_ITEM,
    item_ids: tuple[str, ...] = (),
    resource_ids: tuple[str, ...] = (),
) -> LotSizingProblem:
    """Return a checked problem; a single value stands for all items, resources or periods.

    Parameters
    ----------
    demand, holding_cost, setup_cost, run_time, setup_time, capacity
        As in :class:`LotSizingProblem`.
    resource, initial_stock, receipts, first_period, production_cost, minimum_lot, backlog_cost, overtime_limit
        As there.
    overtime_cost
        As there.
    bom
        Lines of (parent, component, quantity, lead time).
    has_carry_over, initial_setup, item_ids, resource_ids
        As there.

    Raises
    ------
    LotSizingDataError
        With everything that contradicts itself.
    """
    demands = np.array(demand, dtype=np.float64, ndmin=2)
    capacities = np.array(capacity, dtype=np.float64, ndmin=2)
    (n_items, n_periods), n_resources = demands.shape, capacities.shape[0]
    lines = np.array(bom, dtype=np.float64).reshape(-1, 4)
    by_item, by_resource = (n_items,), (n_resources,)
    problem = LotSizingProblem(
        demand=demands,
        holding_cost=_spread(holding_cost, by_item),
        setup_cost=_spread(setup_cost, by_item),
        run_time=_spread(run_time, by_item),
        setup_time=_spread(setup_time, by_item),
        resource=_spread(resource, by_item).astype(np.int32),
        capacity=_spread(capacities, (n_resources, n_periods)),
        initial_stock=_spread(initial_stock, by_item),
        receipts=_spread(receipts, (n_items, n_periods)),
        first_period=_spread(first_period, by_item).astype(np.int32),
        production_cost=_spread(production_cost, by_item),
        minimum_lot=_spread(minimum_lot, by_item),
        backlog_cost=_spread(backlog_cost, by_item),
        overtime_limit=_spread(overtime_limit, (n_resources, n_periods)),
        overtime_cost=_spread(overtime_cost, by_resource),
        bom_parent=lines[:, 0].astype(np.int32),
        bom_component=lines[:, 1].astype(np.int32),
        bom_quantity=lines[:, 2].copy(),
        bom_lead_time=lines[:, 3].astype(np.int32),
        has_carry_over=has_carry_over,
        initial_setup=_spread(initial_setup, by_resource).astype(np.int32),
        item_ids=item_ids or tuple(str(item + 1) for item in range(n_items)),
        resource_ids=resource_ids or tuple(str(one + 1) for one in range(n_resources)),
    )
    if sentences := contradictions(problem):
        raise LotSizingDataError("invalid_lot_sizing_problem", "; ".join(sentences))
    return problem


def _spread(value: object, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return an array of a shape, a single value everywhere."""
    return np.broadcast_to(np.asarray(value, dtype=np.float64), shape).copy()


def contradictions(problem: LotSizingProblem) -> list[str]:
    """Return what is wrong with a problem, one sentence each; empty when nothing is.

    Examples
    --------
    >>> make_problem([[1]], 1, 1, 1, -2, [[5]])
    Traceback (most recent call last):
    scheduling.lot_sizing.problem.LotSizingDataError: setup_time of item 1 is -2; it must be 0 or more
    """
    return [*_bad_numbers(problem), *_bad_references(problem), *_cycle(problem)]


def _bad_numbers(problem: LotSizingProblem) -> list[str]:
    """Return numbers that are negative or not finite."""
    found = []
    costs = ("holding_cost", "setup_cost", "production_cost")
    for name in (*costs, "run_time", "setup_time", "initial_stock", "minimum_lot"):
        values = getattr(problem, name)
        for item in np.flatnonzero(~(np.isfinite(values) & (values >= 0))):
            found.append(f"{name} of item {problem.item_ids[item]} is {values[item]:g}; it must be 0 or more")
    for item in np.flatnonzero(~(problem.backlog_cost >= 0)):
        rate = problem.backlog_cost[item]
        found.append(f"backlog_cost of item {problem.item_ids[item]} is {rate:g}; it must be 0 or more")
    items, resources = problem.item_ids, problem.resource_ids
    grids = (("demand", items), ("receipts", items), ("capacity", resources), ("overtime_limit", resources))
    for name, ids in grids:
        values = getattr(problem, name)
        for row, period in np.argwhere(~(np.isfinite(values) & (values >= 0))):
            text = f"{name} of {ids[row]} in period {period + 1} is {values[row, period]:g}; it must be 0 or more"
            found.append(text)
    return found


def _bad_references(problem: LotSizingProblem) -> list[str]:
    """Return numbers of items and resources that are not there."""
    found = []
    for item in np.flatnonzero((problem.resource < NO_RESOURCE) | (problem.resource >= problem.n_resources)):
        number = int(problem.resource[item]) + 1
        found.append(f"item {problem.item_ids[item]} needs resource {number}; there are {problem.n_resources}")
    ends = (("parent", problem.bom_parent), ("component", problem.bom_component))
    for what, items in ends:
        for line in np.flatnonzero((items < 0) | (items >= problem.n_items)):
            number = int(items[line]) + 1
            found.append(f"bill line {line + 1}: the {what} {number} is not one of {problem.n_items} items")
    for line in np.flatnonzero(~(problem.bom_quantity > 0) | (problem.bom_lead_time < 0)):
        found.append(f"bill line {line + 1}: the quantity must be above 0, the lead time 0 or more")
    late = problem.may_backlog
    known = [p for p in problem.bom_component if 0 <= p < problem.n_items]
    for item in np.flatnonzero(late & np.isin(np.arange(problem.n_items), known)):
        found.append(f"item {problem.item_ids[item]} is a component, so it cannot be late (backlog_cost)")
    return found


def _cycle(problem: LotSizingProblem) -> list[str]:
    """Return whether the bill lines close a circle."""
    lines = [
        (int(parent), int(component))
        for parent, component in zip(problem.bom_parent, problem.bom_component, strict=True)
        if 0 <= parent < problem.n_items and 0 <= component < problem.n_items
    ]
    left = set(range(problem.n_items))
    while left:
        used = {component for parent, component in lines if parent in left}
        free = left - used
        if not free:
            names = ", ".join(problem.item_ids[item] for item in sorted(left))
            return [f"the bill lines close a circle among the items {names}"]
        left -= free
    return []


def items_from_the_top(problem: LotSizingProblem) -> list[int]:
    """Return the items in an order in which every parent stands before its components."""
    waiting = np.bincount(problem.bom_component, minlength=problem.n_items)
    ready = [item for item in range(problem.n_items) if waiting[item] == 0]
    for item in ready:
        for component in problem.bom_component[problem.bom_parent == item]:
            waiting[component] -= 1
            if waiting[component] == 0:
                ready.append(int(component))
    return ready
