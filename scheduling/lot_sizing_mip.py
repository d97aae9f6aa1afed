"""Capacitated lot sizing: lots that keep every limit, what they cost, and how far from the best they can be."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from scheduling.lot_sizing.annealing import SetupAnnealing, is_one_level, items_of_resources
from scheduling.lot_sizing.fix_and_optimise import FixAndOptimise, windows
from scheduling.lot_sizing.improvement import SetupImprovement
from scheduling.lot_sizing.model import LotSizingModel, build_lot_sizing_model
from scheduling.lot_sizing.period_decomposition import Relaxation, period_bound, relax
from scheduling.lot_sizing.problem import LotSizingProblem, make_problem
from scheduling.lot_sizing.requirements import EchelonRequirements, echelon_requirements
from scheduling.lot_sizing.schedule import LotSizingCost, LotSizingSchedule, cost_of, overload
from scheduling.lot_sizing.search import Clock, LotSizingOptions, LotSizingProgress, LotSizingSearch
from scheduling.solvers.base import Progress, SolverOptions, SolveStatus
from scheduling.solvers.highs import solve_highs

Grid = NDArray[np.float64]

# Beyond so many facility-location variables the compact model is solved; 100 items over 100 periods have 500,000.
_MOST_SHARES = 150_000
_SMALL = 20
_FREE_SETUPS = 90
_NARROW_GAP = 0.005
_FEW_SETUPS = 150
_STEPS_WITHOUT_LIMIT = 20
# the whole model is left where it closed less than this part of the gap in a tenth of the time limit
_LEAST_CLOSED = 0.02
# parts of the time limit until which each step may last
_FIRST_SEARCH, _PERIODS, _SEARCH, _END = 0.1, 0.25, 0.35, 0.97


class LotSizingStatus(StrEnum):
    """How a search ended."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    OVERLOADED = "overloaded"
    INFEASIBLE = "infeasible"


@dataclass(frozen=True, slots=True)
class LotSizingResult:
    """The best lots found.

    Parameters
    ----------
    status
        ``optimal``: within the gap that was asked for; ``feasible``; ``overloaded``: the lots need capacity
        beyond every limit; ``infeasible``: demand cannot be met whatever the capacity.
    schedule
        The lots; ``None`` when infeasible.
    cost
        What they cost, by kind, overload not counted; ``None`` when infeasible.
    bound
        No lots that keep every limit cost less.
    overload
        float64, shape (n_resources, n_periods): load beyond every limit.
    reasons
        Why it is infeasible or overloaded, one sentence each.
    seconds
        By the caller's clock.
    """

    status: LotSizingStatus
    schedule: LotSizingSchedule | None
    cost: LotSizingCost | None
    bound: float
    overload: Grid
    reasons: tuple[str, ...]
    seconds: float

    @property
    def objective(self) -> float:
        """What the lots cost; infinite when there are none."""
        return float("inf") if self.cost is None else self.cost.total

    @property
    def gap(self) -> float:
        """The fraction of the cost by which better lots could cost less; infinite when the lots break a limit."""
        if self.status not in (LotSizingStatus.OPTIMAL, LotSizingStatus.FEASIBLE) or not np.isfinite(self.bound):
            return float("inf")
        return max(0.0, self.objective - self.bound) / max(abs(self.objective), 1e-9)


def solve_lot_sizing(
    problem: LotSizingProblem,
    options: LotSizingOptions = LotSizingOptions(),  # noqa: B008 - frozen
    start: LotSizingSchedule | None = None,
    clock: Clock = lambda: 0.0,
    watch: Callable[[LotSizingProgress], None] = lambda _: None,
) -> LotSizingResult:
    """Return the best lots that are found in the time, with a proven bound of their cost.

    Parameters
    ----------
    problem, options
        What is planned, and how.
    start
        Lots to start from, such as those of MRP; they may break limits of capacity.
    clock
        Returns seconds; without it every step has the whole time limit.
    watch
        Told of every better cost or bound.

    Notes
    -----
    Lots with a setup wherever there is a requirement come first, so that there is always a plan. One level: annealing
    over setups, and a bound by periods. Then the facility-location model, from the best lots so far; where the gap
    stays wide, small models with most setups fixed.

    Examples
    --------
    Ten units in each of periods 2 and 3; one lot of 20 in period 2 costs a setup of 15 and 10 of holding:

    >>> from scheduling.lot_sizing.problem import make_problem
    >>> result = solve_lot_sizing(make_problem([[0, 10, 10]], 1, 15, 1, 2, [[22, 22, 22]]))
    >>> result.status.value, result.objective, result.schedule.production.tolist()
    ('optimal', 25.0, [[0.0, 20.0, 0.0]])
    """
    return _Solve(LotSizingSearch(problem, options, clock, watch)).run(start)


def prepare_lot_sizing(problem: LotSizingProblem) -> None:
    """Compile what the search for a problem needs, so that no time limit pays for it."""
    if problem.demand.size <= _SMALL or not is_one_level(problem):
        return
    problem = make_problem([[1.0, 1.0]], 1.0, 1.0, 1.0, 1.0, [[4.0, 4.0]])
    wanted = echelon_requirements(problem)
    SetupAnnealing(problem, wanted, 0).run(1)
    period_bound(relax(problem, np.arange(1), wanted.increments))


class _Solve:
    """The steps of a search."""

    def __init__(self, search: LotSizingSearch) -> None:
        self.search, self.problem, self.options = search, search.problem, search.options
        self.requirements = echelon_requirements(self.problem)
        late = self.problem.may_backlog.any()
        n_shares = int((self.requirements.increments > 1e-9).sum()) * self.problem.n_periods // (1 if late else 2)
        self.has_shares = n_shares <= _MOST_SHARES
        self.is_one_level = is_one_level(self.problem)
        # two solvers may run side by side, with a thread each
        threads = 1 if self.has_helper else self.options.threads
        self.relaxations: list[Relaxation] = []
        self.solver = SolverOptions(None, threads, self.options.seed, self.options.gap)

    @property
    def has_helper(self) -> bool:
        """A second thread seeks lots while the first one works on the bound."""
        is_large = self.problem.demand.size > _SMALL
        return self.options.threads > 1 and self.options.has_search and is_large

    def run(self, start: LotSizingSchedule | None) -> LotSizingResult:
        """Return the best lots."""
        reasons = _missing_at_start(self.problem, self.requirements)
        if reasons:
            return self._result(reasons)
        if start is not None:
            self._offer_start(start)
        self._first_lots()
        model = build_lot_sizing_model(self.problem, self.has_shares)
        if self.problem.demand.size > _SMALL and self.options.has_search:
            self._search(model)
        else:
            self._solve_model(model, 1.0)
        return self._result(())

    def _search(self, model: LotSizingModel) -> None:
        """Seek lots and a bound."""
        steps = self._steps_of_one_level if self.is_one_level else self._steps_of_levels
        if not self.has_helper:
            steps(model, None)
            return
        with ThreadPoolExecutor(1) as helper:
            steps(model, helper)

    def _steps_of_one_level(self, model: LotSizingModel, helper: ThreadPoolExecutor | None) -> None:
        """Seek lots by annealing and small models; the bound by periods; then by the whole model as long as it pays."""
        own = self._improvement(self.options.seed)
        if helper is not None:
            other = self._improvement(self.options.seed + 1)
            own.guide = other.guide = self._relax()
            waiting = helper.submit(other.run, _END)
        else:
            own.run(_FIRST_SEARCH)
            own.guide = self._relax()
        if self.options.has_period_bound:
            self._bound_by_periods(_PERIODS)
        if helper is None:
            own.run(_SEARCH)
        self._solve_model(model, _END, has_heuristics=False)
        own.run(_END)
        if helper is not None:
            waiting.result()

    def _steps_of_levels(self, model: LotSizingModel, helper: ThreadPoolExecutor | None) -> None:
        """Seek lots by the whole model, and by small models beside it or in between."""
        if helper is None or not self.search.is_feasible:
            self._solve_model(model, 0.15)
        if helper is not None:
            waiting = helper.submit(self._fix_and_optimise, model, _END)
            self._solve_model(model, _END)
            waiting.result()
            return
        self._fix_and_optimise(model, 0.4)
        self._solve_model(model, 1.0)

    def _offer_start(self, start: LotSizingSchedule) -> None:
        """Take the caller's lots, and the best lots with their setups."""
        self.search.step = "start"
        self.search.offer(start)
        self._offer_setups(start.is_set_up, start.is_carried)

    def _first_lots(self) -> None:
        """Make lots for a setup wherever one could be wanted; capacity may be exceeded at a price."""
        self.search.step = "first lots"
        self._offer_setups(self.requirements.most > 0, np.zeros(self.problem.demand.shape, dtype=np.bool_))

    def _offer_setups(self, is_set_up: NDArray[np.bool_], is_carried: NDArray[np.bool_]) -> None:
        """Offer the best lots for given setups."""
        kept = LotSizingSchedule(np.zeros(self.problem.demand.shape), is_set_up, is_carried)
        found = self._elastic().improve(kept, np.zeros(is_set_up.shape, dtype=np.bool_), self.search.until(1.0))
        if found is not None:
            self.search.offer(found)

    def _elastic(self) -> FixAndOptimise:
        """Return a model that finds the best lots for given setups; capacity may be exceeded at a price."""
        problem = self.problem
        price = float(problem.holding_cost.max() * problem.n_periods * 10.0 + problem.setup_cost.max() + 1.0)
        price += float(problem.overtime_cost.max())
        return FixAndOptimise(build_lot_sizing_model(problem, False, price), self.solver)

    def _improvement(self, seed: int) -> SetupImprovement:
        """Return a search of one level."""
        annealing = SetupAnnealing(self.problem, self.requirements, seed)
        compact = build_lot_sizing_model(self.problem, False)
        return SetupImprovement(self.search, annealing, compact, self._elastic(), self.solver)

    def _solve_model(self, model: LotSizingModel, fraction: float, has_heuristics: bool = True) -> None:
        """Solve the whole model from the best lots until a fraction of the time, or until it closes no more."""
        search = self.search
        if search.is_over(fraction):
            return
        search.step = "model"
        start = _values(model, search.schedule) if search.is_feasible and search.schedule is not None else None
        is_stuck = self._stuck(has_heuristics)

        def watch(progress: Progress) -> bool:
            search.raise_bound(progress.bound)
            if progress.values is not None:
                search.offer(model.schedule(progress.values))
            return search.is_over(fraction) or is_stuck(progress.bound)

        limit = replace(self.solver, time_limit=search.until(fraction), has_heuristics=has_heuristics)
        solved = solve_highs(model.linear, limit, start, watch)
        if solved.status.has_solution:
            search.offer(model.schedule(solved.values))
        if solved.status is not SolveStatus.INFEASIBLE:
            search.raise_bound(solved.bound)

    def _stuck(self, has_heuristics: bool) -> Callable[[float], bool]:
        """Return a question: whether a wide gap stays as wide while the time is needed for better lots."""
        search, limit = self.search, self.options.time_limit
        before, since = -np.inf, search.seconds
        is_never = has_heuristics or limit is None or self.problem.demand.size <= _FEW_SETUPS

        def is_stuck(bound: float) -> bool:
            nonlocal before, since
            if is_never or limit is None or search.gap <= _NARROW_GAP or search.seconds < since + 0.1 * limit:
                return False
            closed = bound - before
            before, since = bound, search.seconds
            return closed < _LEAST_CLOSED * (search.objective - bound)

        return is_stuck

    def _relax(self) -> Grid:
        """Return the setups of the facility-location relaxation, the bound of which is offered; keep its prices."""
        total = _fixed_cost(self.problem, self.requirements)
        setups = np.zeros(self.problem.demand.shape)
        for items in items_of_resources(self.problem):
            found = relax(self.problem, items, self.requirements.increments[items])
            self.relaxations.append(found)
            setups[items] = found.setups
            total += found.bound
        self.search.raise_bound(total)
        return setups

    def _bound_by_periods(self, fraction: float) -> None:
        """Raise the bound by periods, resource by resource."""
        search = self.search
        search.step = "periods"
        fixed = _fixed_cost(self.problem, self.requirements)
        bounds = np.array([one.bound for one in self.relaxations])
        for place, relaxation in enumerate(self.relaxations):

            def told(bound: float, place: int = place) -> None:
                bounds[place] = max(bounds[place], bound)
                search.raise_bound(fixed + float(bounds.sum()))

            told(period_bound(relaxation, lambda: search.is_over(fraction), told).bound)

    def _fix_and_optimise(self, model: LotSizingModel, fraction: float) -> None:
        """Seek lots by small models until a fraction of the time."""
        search = self.search
        if search.is_over(fraction) or not search.is_feasible:
            return
        small = FixAndOptimise(model, self.solver)
        limit = None if self.options.time_limit is None else 0.05 * self.options.time_limit
        n_steps = _STEPS_WITHOUT_LIMIT if limit is None else None
        steps = islice(windows(self.problem, _FREE_SETUPS, self.options.seed), n_steps)
        for is_free in steps:
            left = search.until(fraction)
            if search.is_over(fraction) or search.schedule is None:
                return
            seconds = None if limit is None or left is None else min(limit, left)
            found = small.improve(search.schedule, is_free, seconds, lambda: search.is_over(fraction))
            if found is not None:
                search.offer(found)

    def _result(self, reasons: tuple[str, ...]) -> LotSizingResult:
        """Return what was found."""
        search, problem = self.search, self.problem
        if search.schedule is None:
            none = np.zeros(problem.capacity.shape)
            status = LotSizingStatus.INFEASIBLE
            return LotSizingResult(status, None, None, search.bound, none, reasons, search.seconds)
        over = overload(problem, search.schedule)
        status = LotSizingStatus.OPTIMAL if search.is_proven else LotSizingStatus.FEASIBLE
        if over.any():
            status = LotSizingStatus.OVERLOADED
            reasons = tuple(
                f"resource {problem.resource_ids[one]} in period {period + 1} lacks {over[one, period]:g}"
                for one, period in np.argwhere(over > 0)
            )
        cost = cost_of(problem, search.schedule)
        return LotSizingResult(status, search.schedule, cost, search.bound, over, reasons, search.seconds)


def _values(model: LotSizingModel, schedule: LotSizingSchedule) -> Grid | None:
    """Return the solution of a model that a schedule is: its lots by a linear model with the setups fixed."""
    fixed = FixAndOptimise(model, SolverOptions(threads=1))
    return fixed.values(schedule)


def _missing_at_start(problem: LotSizingProblem, requirements: EchelonRequirements) -> tuple[str, ...]:
    """Return what cannot be met whatever the capacity: components that are needed before any can be made."""
    return tuple(
        f"item {problem.item_ids[item]}: {requirements.at_start[item]:g} more must be in stock at the start"
        for item in np.flatnonzero(requirements.at_start > 1e-9)
    )


def _fixed_cost(problem: LotSizingProblem, requirements: EchelonRequirements) -> float:
    """Return what any lots of one level cost: holding what is there at the start, and making what is wanted."""
    left = problem.initial_stock[:, None] + np.cumsum(problem.receipts - problem.demand, axis=1) + requirements.wanted
    made = requirements.wanted[:, -1]
    return float(problem.holding_cost @ left.sum(axis=1) + problem.production_cost @ made)
