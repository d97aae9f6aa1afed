"""From a plan and its loads to a lot-sizing problem: periods, setups, hours, and what the plan's own lots are in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from planning.capacity import CapacityResult
from scheduling.leveller.due_days import NOT_POSSIBLE
from scheduling.leveller.from_plan import PlanProblem, plan_problem
from scheduling.leveller.options import LevellingOptions
from scheduling.leveller.problem import LevellingProblem
from scheduling.lot_sizing.problem import NO_RESOURCE, LotSizingProblem, make_problem
from scheduling.lot_sizing.schedule import LotSizingSchedule, position, reserved

Grid = NDArray[np.float64]
Ints = NDArray[np.int64]

_MINUTES_PER_HOUR = 60.0
_LEAST, _NO_LIMIT = 1e-9, 1e9


@dataclass(frozen=True, slots=True)
class PlanLotsOptions:
    """Which lots of a plan are decided about, and what they cost.

    Parameters
    ----------
    horizon_periods
        Orders that are due in the first so many periods are decided about.
    scope
        ``bottlenecks``: the made items that touch an overloaded work center, and those between them in the bills;
        ``all``: every made item.
    ordering_cost
        What an order costs, beside the hours of its setup, of items that name no ordering cost.
    holding_rate_per_year
        Holding cost as part of the unit cost, for items without one.
    rounds
        Where the plan is overloaded with the lots in it, hours are taken away there and lots sought again, so often at
        most.
    """

    horizon_periods: int = 26
    scope: Literal["bottlenecks", "all"] = "bottlenecks"
    ordering_cost: float = 0.0
    holding_rate_per_year: float = 0.2
    rounds: int = 3


@dataclass(frozen=True, slots=True)
class PlanLots:
    """A lot-sizing problem with what its items are in the plan.

    Parameters
    ----------
    found
        The same items, and when their orders are due.
    problem
        What is solved; a lot is in the period in which most of it is worked.
    start
        The plan's own lots.
    shift
        int64, shape (n_items,): a lot is due so many periods after it is worked.
    kept
        float64, shape (n_items, n_periods): planned orders that stay, by the period in which they are due.
    """

    found: PlanProblem
    problem: LotSizingProblem
    start: LotSizingSchedule
    shift: Ints
    kept: Grid

    def due_quantities(self, production: Grid) -> Grid:
        """Return lots, and the planned orders that stay, by the period in which they are due."""
        return self.kept + _later(production, self.shift)


def plan_lots(capacity: CapacityResult, nodes: NDArray[np.int32], options: PlanLotsOptions) -> PlanLots:
    """Return the lot-sizing problem of some nodes of a plan.

    Parameters
    ----------
    capacity
        The loads of the plan.
    nodes
        The nodes whose lots are decided about, by level.
    options
        The horizon, and the rates of costs.

    Notes
    -----
    Each item has one resource: of the work centers with a limit at which it is worked, the one with the highest load
    against its hours in any period. What the plan is late with stays late: the lots of the plan keep every rule of the
    problem except capacity, because what they lack is lent, and given back when they make up for it.
    """
    rates = LevellingOptions(
        horizon_periods=options.horizon_periods,
        holding_rate_per_year=options.holding_rate_per_year,
        use_subcontract=False,
        use_alternates=False,
    )
    found = plan_problem(capacity, nodes, rates)
    levelling = found.problem
    resource, minutes = _resources(levelling, capacity)
    shift = _shifts(levelling, resource)
    can_make = np.logical_or.accumulate(levelling.can_make & (np.arange(levelling.n_periods) >= shift[:, None]), axis=1)
    can_make &= found.times.due != NOT_POSSIBLE
    kept = np.where(can_make, 0.0, levelling.planned)
    setup_time = np.minimum(_setup_minutes(capacity, found, resource), minutes * found.times.lot)
    hour = np.where(resource >= 0, levelling.costs.hour[resource], 0.0) / _MINUTES_PER_HOUR
    ordering = capacity.plan.netting.nodes["ordering_cost"][nodes]
    ordering = np.where(ordering > 0, ordering, options.ordering_cost)
    change = _changes(levelling, kept, shift)
    problem = make_problem(
        np.maximum(change, 0.0),
        levelling.costs.holding,
        ordering + setup_time * hour,
        np.where(resource >= 0, minutes - setup_time / np.maximum(found.times.lot, _LEAST), 0.0),
        setup_time,
        _free_minutes(levelling, kept),
        resource=resource,
        initial_stock=np.maximum(-change[:, 0], 0.0),
        receipts=np.where(np.arange(levelling.n_periods) > 0, np.maximum(-change, 0.0), 0.0),
        overtime_limit=np.where(levelling.is_limited[:, None], levelling.overtime_minutes, 0.0),
        overtime_cost=np.maximum(levelling.costs.overtime_hour - levelling.costs.hour, 0.0) / _MINUTES_PER_HOUR,
        first_period=_first_periods(can_make, shift),
        bom=_lines(levelling, shift),
        item_ids=tuple(levelling.items),
        resource_ids=tuple(levelling.work_centers),
    )
    lots = _earlier(np.where(can_make, levelling.planned, 0.0), shift)
    start = LotSizingSchedule(lots, lots > _LEAST, np.zeros(lots.shape, np.bool_))
    kept = np.where(found.times.due != NOT_POSSIBLE, kept, 0.0)
    return PlanLots(found, _lent(problem, lots), start, shift, kept)


def _changes(levelling: LevellingProblem, kept: Grid, shift: Ints) -> Grid:
    """Return what leaves each period less what comes in whatever the lots; stock at the start comes into the first."""
    change = levelling.requirements - levelling.receipts - kept
    change += np.diff(levelling.minimum_stock, axis=1, prepend=0.0)
    change[:, 0] -= levelling.initial_stock
    return _earlier(change, shift)


def _first_periods(can_make: NDArray[np.bool_], shift: Ints) -> Ints:
    """Return the first period in which each item can be worked; the number of periods where it never can."""
    n_periods = can_make.shape[1]
    first = np.where(can_make.any(axis=1), can_make.argmax(axis=1), n_periods)
    return np.asarray(np.maximum(first - shift, 0))


def _free_minutes(levelling: LevellingProblem, kept: Grid) -> Grid:
    """Return the minutes of each work center that the lots may take."""
    free = levelling.available_minutes - levelling.fixed_minutes - levelling.load_minutes(kept)
    return np.where(levelling.is_limited[:, None], np.maximum(free, 0.0), _NO_LIMIT)


def _resources(levelling: LevellingProblem, capacity: CapacityResult) -> tuple[NDArray[np.int32], Grid]:
    """Return the resource of each item, and the minutes that a unit takes there on average."""
    n_centers, n_periods = levelling.fixed_minutes.shape
    required = capacity.required_minutes[:, :n_periods]
    available = levelling.available_minutes[:, : required.shape[1]]
    tightness = (required / np.maximum(available, 1.0)).max(axis=1, initial=0.0)
    minutes = np.zeros((levelling.n_items, n_centers))
    np.add.at(minutes, (levelling.loads.item, levelling.loads.work_center), levelling.loads.minutes)
    due = np.unique(np.stack([levelling.loads.item, levelling.loads.due_period]), axis=1)
    minutes /= np.maximum(np.bincount(due[0], minlength=levelling.n_items), 1)[:, None]
    ranks = np.where((minutes > 0) & levelling.is_limited, tightness, -1.0)
    best = ranks.argmax(axis=1)
    is_limited = ranks[np.arange(levelling.n_items), best] >= 0
    resource = np.where(is_limited, best, NO_RESOURCE).astype(np.int32)
    return resource, np.where(is_limited, minutes[np.arange(levelling.n_items), best], 0.0)


def _shifts(levelling: LevellingProblem, resource: NDArray[np.int32]) -> Ints:
    """Return how many periods before it is due an order is worked at its resource, on average."""
    loads = levelling.loads
    mine = loads.work_center == resource[loads.item]
    item, weight = loads.item[mine], loads.minutes[mine]
    ahead = np.bincount(item, weight * (loads.due_period[mine] - loads.period[mine]), levelling.n_items)
    whole = np.bincount(item, weight, levelling.n_items)
    return np.maximum(np.rint(ahead / np.where(whole > 0, whole, 1.0)), 0.0).astype(np.int64)


def _setup_minutes(capacity: CapacityResult, found: PlanProblem, resource: NDArray[np.int32]) -> Grid:
    """Return the setup of each item at its resource: operations in force on the planning date, first alternates."""
    routings, minutes = capacity.model.routings, np.zeros(resource.size)
    for item, node in enumerate(found.nodes.tolist()):
        rows = routings.rows[routings.indptr[node] : routings.indptr[node + 1]]
        rows = rows[(rows["effective_from"] <= 0) & (rows["effective_to"] > 0)]
        _, first = np.unique(rows["sequence"], return_index=True)
        rows = rows[first]
        minutes[item] = rows["setup_minutes"][rows["work_center"] == resource[item]].sum()
    return minutes


def _lines(levelling: LevellingProblem, shift: Ints) -> NDArray[np.float64]:
    """Return the bill lines between the items: parent, component, quantity, lead time in periods."""
    lines = levelling.components
    keeps = lines.quantity > 0
    parent, component = lines.parent[keeps], lines.component[keeps]
    pairs, at = np.unique(np.stack([parent, component]), axis=1, return_inverse=True)
    at, n_pairs = at.ravel(), pairs.shape[1]
    count = np.maximum(np.bincount(at, minlength=n_pairs), 1)
    quantity = np.bincount(at, lines.quantity[keeps], n_pairs) / count
    ahead = np.bincount(at, lines.due_period[keeps] - lines.period[keeps], n_pairs) / count
    lead = np.maximum(np.rint(ahead) + shift[pairs[1]] - shift[pairs[0]], 0.0)
    return np.column_stack([pairs[0], pairs[1], quantity, lead])


def _lent(problem: LotSizingProblem, lots: Grid) -> LotSizingProblem:
    """Return the problem with what the plan's lots lack lent until they make up for it."""
    stock = np.column_stack([problem.initial_stock, position(problem, lots)])
    lacks = np.maximum(reserved(problem, lots) - stock, 0.0)
    lacks[lacks < 1e-6] = 0.0
    change = np.diff(lacks, axis=1)
    return replace(
        problem,
        initial_stock=problem.initial_stock + lacks[:, 0],
        receipts=problem.receipts + np.maximum(change, 0.0),
        demand=problem.demand + np.maximum(-change, 0.0),
    )


def _earlier(grid: Grid, shift: Ints) -> Grid:
    """Return rows moved to the left by so many periods; what would leave on the left is added to the first."""
    moved = np.zeros(grid.shape)
    item, period = np.nonzero(grid)
    np.add.at(moved, (item, np.maximum(period - shift[item], 0)), grid[item, period])
    return moved


def _later(grid: Grid, shift: Ints) -> Grid:
    """Return rows moved to the right by so many periods."""
    moved = np.zeros(grid.shape)
    item, period = np.nonzero(grid)
    inside = period + shift[item] < grid.shape[1]
    item, period = item[inside], period[inside]
    np.add.at(moved, (item, period + shift[item]), grid[item, period])
    return moved
