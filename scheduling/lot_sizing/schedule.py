"""Lots by item and period: what they lead to in stock and load, what they cost, and whether they keep every rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scheduling.lot_sizing.problem import NO_ITEM, NO_RESOURCE, LotSizingProblem

Grid = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LotSizingSchedule:
    """What is made when.

    Parameters
    ----------
    production
        float64, shape (n_items, n_periods).
    is_set_up
        bool, shape (n_items, n_periods): a setup is done in the period.
    is_carried
        bool, shape (n_items, n_periods): the resource comes into the period set up for the item.
    """

    production: Grid
    is_set_up: Flags
    is_carried: Flags


@dataclass(frozen=True, slots=True)
class LotSizingCost:
    """What a schedule costs, by kind."""

    setup: float
    holding: float
    production: float
    backlog: float
    overtime: float

    @property
    def total(self) -> float:
        """The sum of all."""
        return self.setup + self.holding + self.production + self.backlog + self.overtime


def consumption(problem: LotSizingProblem, production: Grid) -> Grid:
    """Return what the parents take of each item: float64, shape (n_items, n_periods)."""
    taken = np.zeros_like(production)
    lines = zip(problem.bom_parent, problem.bom_component, problem.bom_quantity, strict=True)
    for parent, component, quantity in lines:
        taken[component] += quantity * production[parent]
    return taken


def position(problem: LotSizingProblem, production: Grid) -> Grid:
    """Return stock less backlog at the end of each period: float64, shape (n_items, n_periods).

    Notes
    -----
    position[i,t] = initial_stock[i] + sum over s <= t of production[i,s] + receipts[i,s] - demand[i,s] - sum over bill
    lines (p, i, q) of q production[p,s].
    """
    change = production + problem.receipts - problem.demand - consumption(problem, production)
    return problem.initial_stock[:, None] + np.cumsum(change, axis=1)


def load(problem: LotSizingProblem, schedule: LotSizingSchedule) -> Grid:
    """Return the capacity that setups and lots take: float64, shape (n_resources, n_periods)."""
    taken = np.zeros((problem.n_resources, problem.n_periods))
    by_item = problem.run_time[:, None] * schedule.production + problem.setup_time[:, None] * schedule.is_set_up
    for item in np.flatnonzero(problem.resource != NO_RESOURCE):
        taken[problem.resource[item]] += by_item[item]
    return taken


def overtime(problem: LotSizingProblem, schedule: LotSizingSchedule) -> Grid:
    """Return the load above capacity, whatever the limit: float64, shape (n_resources, n_periods)."""
    return np.maximum(load(problem, schedule) - problem.capacity, 0.0)


def overload(problem: LotSizingProblem, schedule: LotSizingSchedule) -> Grid:
    """Return the load above capacity and overtime limit: float64, shape (n_resources, n_periods)."""
    over = overtime(problem, schedule) - problem.overtime_limit
    return np.where(over > 1e-6 * (1.0 + problem.capacity), over, 0.0)


def cost_of(problem: LotSizingProblem, schedule: LotSizingSchedule) -> LotSizingCost:
    """Return what a schedule costs.

    Examples
    --------
    One lot of 20 in period 2 costs a setup of 5, and 10 units wait one period:

    >>> from scheduling.lot_sizing.problem import make_problem
    >>> problem = make_problem([[0, 10, 10]], 1, 5, 1, 2, [[22, 22, 22]])
    >>> lots = np.array([[0.0, 20.0, 0.0]])
    >>> schedule = LotSizingSchedule(lots, lots > 0, np.zeros((1, 3), dtype=bool))
    >>> cost_of(problem, schedule).total, check(problem, schedule)
    (15.0, [])
    """
    left = position(problem, schedule.production)
    late = np.maximum(-left, 0.0)
    rate = np.where(problem.may_backlog, problem.backlog_cost, 0.0)
    beyond = np.minimum(overtime(problem, schedule), problem.overtime_limit)
    return LotSizingCost(
        float(problem.setup_cost @ schedule.is_set_up.sum(axis=1)),
        float(problem.holding_cost @ np.maximum(left, 0.0).sum(axis=1)),
        float(problem.production_cost @ schedule.production.sum(axis=1)),
        float(rate @ late.sum(axis=1)),
        float(problem.overtime_cost @ beyond.sum(axis=1)),
    )


def check(problem: LotSizingProblem, schedule: LotSizingSchedule, tolerance: float = 1e-6) -> list[str]:
    """Return the rules that a schedule breaks, one sentence each; empty when it keeps all.

    Parameters
    ----------
    problem, schedule
        What is checked, without any solver.
    tolerance
        What rounding may leave, as a fraction of the largest number of the kind.
    """
    shape = problem.demand.shape
    if not schedule.production.shape == schedule.is_set_up.shape == schedule.is_carried.shape == shape:
        return [f"the schedule has not the shape {shape} of the problem"]
    scale = tolerance * (1.0 + float(np.abs(problem.demand).sum(axis=1).max(initial=0.0)))
    return [
        *_broken_lots(problem, schedule, scale),
        *_broken_stock(problem, schedule, scale),
        *_broken_waits(problem, schedule, scale),
        *_broken_capacity(problem, schedule, tolerance),
        *_broken_carry(problem, schedule),
    ]


def _sentences(broken: Flags, text: str, ids: tuple[str, ...]) -> list[str]:
    """Return the text for each place where something is broken."""
    return [text.format(ids[row], period + 1) for row, period in np.argwhere(broken)]


def _broken_lots(problem: LotSizingProblem, schedule: LotSizingSchedule, scale: float) -> list[str]:
    """Return lots that are negative, without a setup, or below the minimum."""
    lots, ids = schedule.production, problem.item_ids
    is_ready = schedule.is_set_up | schedule.is_carried
    is_small = (lots > scale) & (lots < problem.minimum_lot[:, None] - scale)
    is_early = (lots > scale) & (np.arange(problem.n_periods) < problem.first_period[:, None])
    return [
        *_sentences(is_early, "item {} in period {}: nothing can be made yet", ids),
        *_sentences(lots < -scale, "item {} in period {}: the lot is negative", ids),
        *_sentences((lots > scale) & ~is_ready, "item {} in period {}: a lot without a setup", ids),
        *_sentences(is_small, "item {} in period {}: the lot is below the minimum", ids),
    ]


def _broken_stock(problem: LotSizingProblem, schedule: LotSizingSchedule, scale: float) -> list[str]:
    """Return where demand is not met in time, or not at all."""
    left = position(problem, schedule.production)
    is_short = (left < -scale) & ~problem.may_backlog[:, None]
    is_short[:, -1] |= left[:, -1] < -scale
    return _sentences(is_short, "item {} in period {}: demand is not met", problem.item_ids)


def _broken_waits(problem: LotSizingProblem, schedule: LotSizingSchedule, scale: float) -> list[str]:
    """Return where components are not there a lead time before their parents are made."""
    kept = reserved(problem, schedule.production)
    stock = np.column_stack([problem.initial_stock, position(problem, schedule.production)])
    is_short = (kept > scale) & (kept - stock > scale)
    text = "item {} after period {}: the stock does not cover what waits for its parents"
    return [text.format(problem.item_ids[row], period) for row, period in np.argwhere(is_short)]


def reserved(problem: LotSizingProblem, production: Grid) -> Grid:
    """Return what must be in stock for lots of parents that come: float64, shape (n_items, 1 + n_periods).

    Column 0 is the start, column t the end of period t. A line with lead time L keeps q production[p,u] from the end of
    period u - L until period u.
    """
    kept = np.zeros((problem.n_items, problem.n_periods + 1))
    for line in range(problem.n_lines):
        lots = problem.bom_quantity[line] * production[problem.bom_parent[line]]
        for period in range(problem.n_periods):
            first = max(0, period + 1 - int(problem.bom_lead_time[line]))
            kept[problem.bom_component[line], first : period + 1] += lots[period]
    return kept


def _broken_capacity(problem: LotSizingProblem, schedule: LotSizingSchedule, tolerance: float) -> list[str]:
    """Return resources that are loaded beyond capacity and overtime."""
    limit = problem.capacity + problem.overtime_limit
    is_over = load(problem, schedule) > limit + tolerance * (1.0 + limit)
    text = "resource {} in period {}: the load is above capacity and overtime"
    return _sentences(is_over, text, problem.resource_ids)


def _broken_carry(problem: LotSizingProblem, schedule: LotSizingSchedule) -> list[str]:
    """Return setup states that a resource cannot have at the start of a period."""
    if not schedule.is_carried.any():
        return []
    if not problem.has_carry_over:
        return ["setups are carried over, which the problem does not allow"]
    found = []
    for resource in range(problem.n_resources):
        mine = np.flatnonzero(problem.resource == resource)
        found += _broken_states(problem, schedule, mine, int(problem.initial_setup[resource]))
    free = np.flatnonzero(problem.resource == NO_RESOURCE)
    found += _sentences(schedule.is_carried[free], "item {} in period {}: no resource to carry", problem.item_ids)
    return found


def _broken_states(
    problem: LotSizingProblem, schedule: LotSizingSchedule, mine: NDArray[np.int64], initial: int
) -> list[str]:
    """Return setup states of one resource that do not follow from the period before."""
    found = []
    before = initial
    for period in range(problem.n_periods):
        carried = mine[schedule.is_carried[mine, period]]
        if carried.size > 1:
            found.append(f"period {period + 1}: more than one setup is carried into it")
        for item in carried:
            if not _can_be_left(schedule, mine, int(item), period - 1, before):
                found.append(f"item {problem.item_ids[item]} in period {period + 1}: nothing to carry over")
        before = int(carried[0]) if carried.size else NO_ITEM
    return found


def _can_be_left(schedule: LotSizingSchedule, mine: NDArray[np.int64], item: int, period: int, state: int) -> bool:
    """Return whether a period can end set up for an item, when it began with ``state``."""
    if period < 0:
        return state == item
    set_up = mine[schedule.is_set_up[mine, period]]
    return item in set_up or (state == item and set_up.size == 0)
