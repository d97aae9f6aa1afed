"""Lot sizes put back into the plan: lots that share the hours there are, as firm orders, netted and loaded again."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.capacity import CapacityResult, run_capacity
from planning.data import PlanningData
from planning.loading.load_tables import cells
from planning.mrp import MrpResult, run_mrp
from scheduling.levelled_plan import levelled_data
from scheduling.leveller.from_plan import horizon
from scheduling.leveller.options import LevellingOptions
from scheduling.leveller.orders import made_orders
from scheduling.leveller.scope import levelled_nodes
from scheduling.lot_sizing.from_plan import PlanLots, PlanLotsOptions, plan_lots
from scheduling.lot_sizing.schedule import cost_of, overload
from scheduling.lot_sizing.search import Clock, LotSizingOptions
from scheduling.lot_sizing_mip import LotSizingResult, prepare_lot_sizing, solve_lot_sizing

Grid = NDArray[np.float64]

_KINDS = ("setup", "holding", "production", "backlog", "overtime")
_LEAST_MINUTES = 1.0
_MINUTES_PER_HOUR = 60.0


@dataclass(frozen=True, slots=True)
class LotSizedPlan:
    """A plan before and after its lots were sized together.

    Parameters
    ----------
    before, after
        The loads of the two plans; each has its plan. They are the same where nothing better was found.
    lots
        The problem, and the plan's own lots in it; ``None`` when no item is concerned.
    result
        The lots that were found.
    orders
        The lots as firm planned orders, rows of ``scheduled_receipts``.
    """

    before: CapacityResult
    after: CapacityResult
    lots: PlanLots | None
    result: LotSizingResult | None
    orders: pl.DataFrame

    @property
    def plan(self) -> MrpResult:
        """The plan with the lots in it."""
        return self.after.plan

    @property
    def data(self) -> PlanningData:
        """The data set with the lots in it."""
        return self.after.plan.model.data

    @property
    def is_better(self) -> bool:
        """The lots found cost less, or overload less, than the plan's own."""
        return self.after is not self.before

    @property
    def overload_hours(self) -> tuple[float, float]:
        """The overload of the work centers with a limit in the horizon, in standard hours, before and after."""
        table = self.overloads()
        return (
            float(table["overload_before"].sum()) / _MINUTES_PER_HOUR,
            float(table["overload_after"].sum()) / _MINUTES_PER_HOUR,
        )

    def costs(self) -> pl.DataFrame:
        """Return what the lots cost by kind, of the plan and of the ones found: kind, before, after, difference."""
        if self.lots is None or self.result is None or self.result.cost is None:
            none = pl.Series([], dtype=pl.Float64)
            return pl.DataFrame({"kind": pl.Series([], dtype=pl.String), "before": none, "after": none})
        planned = cost_of(self.lots.problem, self.lots.start)
        found = self.result.cost if self.is_better else planned
        names = [*(kind for kind in _KINDS if getattr(planned, kind) or getattr(found, kind)), "total"]
        frame = pl.DataFrame(
            {
                "kind": names,
                "before": [float(getattr(planned, name)) for name in names],
                "after": [float(getattr(found, name)) for name in names],
            }
        )
        return frame.with_columns(difference=pl.col("after") - pl.col("before"))

    def overloads(self) -> pl.DataFrame:
        """Return load and overload by work center and period of the horizon, of both plans, in standard minutes."""
        before, after = self.before, self.after
        n_periods = before.required_minutes.shape[1] if self.lots is None else self.lots.problem.n_periods
        n_periods = min(n_periods, before.required_minutes.shape[1], after.required_minutes.shape[1])
        whole = {
            "available_minutes": before.available_minutes,
            "required_before": before.required_minutes,
            "required_after": after.required_minutes,
            "overload_before": before.overload_minutes,
            "overload_after": after.overload_minutes,
        }
        grids = {name: np.asarray(grid[:, :n_periods]) for name, grid in whole.items()}
        at = np.nonzero((grids["required_before"] > 0) | (grids["required_after"] > 0))
        return cells(before.model, before.plan.model.as_of, grids, at)


def size_lots(
    capacity: CapacityResult,
    choices: PlanLotsOptions = PlanLotsOptions(),  # noqa: B008 - frozen
    options: LotSizingOptions = LotSizingOptions(),  # noqa: B008 - frozen
    clock: Clock = lambda: 0.0,
) -> LotSizedPlan:
    """Return a plan whose lots cost least within the hours that there are, as far as they are found in the time.

    Parameters
    ----------
    capacity
        The loads of the plan.
    choices
        Which items, and the rates of costs.
    options
        How lots are sought.
    clock
        Seconds.

    Notes
    -----
    The search starts from the plan's own lots. What it finds goes back as firm planned orders; the plan is made again,
    and loaded again. Lots are worked in more periods than the model says; where that overloads a work center, its hours
    are cut by what is too much, and lots are sought again. Of all rounds the plan with the least overload is kept, the
    one before included, and of these the one with the least cost.
    """
    nodes = _nodes(capacity, choices)
    best = LotSizedPlan(capacity, capacity, None, None, pl.DataFrame())
    if not nodes.size:
        return best
    lots = plan_lots(capacity, nodes, choices)
    best = replace(best, lots=lots)
    prepare_lot_sizing(lots.problem)
    per_round = options.time_limit and options.time_limit / choices.rounds
    for _ in range(choices.rounds):
        result = solve_lot_sizing(lots.problem, replace(options, time_limit=per_round), lots.start, clock)
        found = _put_back(capacity, lots, result)
        best = found if best.result is None or _rank(found) < _rank(best) else best
        excess = _excess(found, lots)
        if not found.is_better or not excess.any():
            break
        lots = replace(lots, problem=replace(lots.problem, capacity=np.maximum(lots.problem.capacity - excess, 0.0)))
    return best


def _put_back(capacity: CapacityResult, lots: PlanLots, result: LotSizingResult) -> LotSizedPlan:
    """Return the plan with lots in it; the plan before where they are no better or overload it more."""
    same = LotSizedPlan(capacity, capacity, lots, result, pl.DataFrame())
    if result.schedule is None or not _is_better(lots, result):
        return same
    plan = capacity.plan
    orders = made_orders(capacity, lots.found, lots.due_quantities(result.schedule.production))
    after = run_capacity(run_mrp(levelled_data(plan.model.data, orders), plan.options), capacity.options)
    found = LotSizedPlan(capacity, after, lots, result, orders)
    before_hours, after_hours = found.overload_hours
    return same if after_hours > before_hours + _LEAST_MINUTES / _MINUTES_PER_HOUR else found


def _rank(found: LotSizedPlan) -> tuple[float, float]:
    """Return what makes a plan better: less overload in whole minutes, then less cost."""
    costs = found.costs()
    total = float(costs["after"][-1]) if costs.height else np.inf
    return round(found.overload_hours[1] * _MINUTES_PER_HOUR), total


def _excess(found: LotSizedPlan, lots: PlanLots) -> Grid:
    """Return the overload of a plan in the horizon, as the problem's capacity is shaped."""
    excess = np.zeros(lots.problem.capacity.shape)
    over = found.after.overload_minutes[:, : lots.problem.n_periods]
    excess[:, : over.shape[1]] = np.where(over > _LEAST_MINUTES, over, 0.0)
    return excess


def _nodes(capacity: CapacityResult, choices: PlanLotsOptions) -> NDArray[np.int32]:
    """Return the nodes whose lots are decided about, by level."""
    n_periods = horizon(capacity, LevellingOptions(horizon_periods=choices.horizon_periods))
    is_over = np.asarray((capacity.overload_minutes[:, :n_periods] > _LEAST_MINUTES).any(axis=1))
    return levelled_nodes(capacity, is_over, choices.scope == "all", n_periods)


def _is_better(lots: PlanLots, result: LotSizingResult) -> bool:
    """Return whether lots overload less than those of the plan, or as much and cost less."""
    before, after = float(overload(lots.problem, lots.start).sum()), float(result.overload.sum())
    cost = cost_of(lots.problem, lots.start).total
    return after < before - 1e-6 or (after <= before + 1e-6 and result.objective < cost - 1e-9 * abs(cost))
