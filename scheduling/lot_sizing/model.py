"""The lot-sizing problem as a mixed-integer model: compact, or with the facility-location variables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scheduling.linear_model import Family, Index, LinearModel, ModelBuilder
from scheduling.lot_sizing.problem import NO_RESOURCE, LotSizingProblem
from scheduling.lot_sizing.requirements import EchelonRequirements, echelon_requirements
from scheduling.lot_sizing.schedule import LotSizingSchedule

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LotSizingModel:
    """A model with the places of its families.

    Parameters
    ----------
    problem, requirements
        What it was built from.
    linear
        The model.
    setup, make, stock
        Columns by item and period, int64, shape (n_items, n_periods).
    carry
        Columns of setup states carried into a period, or empty, int64, shape (n_items, n_periods).
    overload
        Columns of capacity beyond every limit, or empty, int64, shape (n_resources, n_periods).
    shares
        For each facility-location variable: item, period of the lot, period that is served, column; int64, shape
        (n_shares, 4).
    """

    problem: LotSizingProblem
    requirements: EchelonRequirements
    linear: LinearModel
    setup: Ints
    make: Ints
    stock: Ints
    carry: Ints
    overload: Ints
    shares: Ints

    def schedule(self, values: NDArray[np.float64]) -> LotSizingSchedule:
        """Return the lots of a solution; setups that nothing uses are left out."""
        lots = np.maximum(values[self.make], 0.0)
        lots[lots < 1e-7 * (1.0 + self.requirements.most.max(initial=0.0))] = 0.0
        carried = values[self.carry] > 0.5 if self.carry.size else np.zeros(lots.shape, dtype=np.bool_)
        set_up = values[self.setup] > 0.5
        is_used = lots > 0
        if self.carry.size:
            is_used[:, :-1] |= carried[:, 1:]
        return LotSizingSchedule(lots, set_up & is_used, carried)


def build_lot_sizing_model(
    problem: LotSizingProblem, has_shares: bool = True, overload_cost: float | None = None
) -> LotSizingModel:
    """Return the model of a problem.

    Parameters
    ----------
    problem
        What is planned.
    has_shares
        Add the facility-location variables, which make the relaxation stronger and the model larger.
    overload_cost
        The price of capacity beyond every limit; ``None``: there is none.

    Notes
    -----
    The families, with i, p items, k resources, s, t periods, M what is worth making at most:

    - ``balance[i,t]``: stock[i,t-1] - backlog[i,t-1] + make[i,t] + receipts[i,t] = demand[i,t] + sum of q make[p,t] +
      stock[i,t] - backlog[i,t]
    - ``wait[i,t]``: stock[i,t] >= sum over bill lines (p, i, q, L) of q (make[p,t+1] + ... + make[p,t+L])
    - ``hours[k,t]``: sum of run_time make + setup_time setup <= capacity + overtime + overload
    - ``lot[i,t]``: make[i,t] <= M (setup[i,t] + carry[i,t]); ``minimum[i,t]``: make[i,t] >= minimum_lot setup[i,t]
    - ``serve[i,t]``: sum over s of share[i,s,t] = 1; ``use[i,s]``: make[i,s] = sum over t of wanted[i,t] share[i,s,t];
      ``open[i,s,t]``: share[i,s,t] <= setup[i,s] + carry[i,s]
    - ``one[k,t]``: sum of carry <= 1; ``keep[i,t]``: carry[i,t] <= setup[i,t-1] + carry[i,t-1]; ``still[i,t]``:
      carry[i,t] + carry[i,t+1] <= 1 + setup[i,t] + idle[k,t]; ``rest[i,t]``: setup[i,t] + idle[k,t] <= 1

    References
    ----------
    Krarup and Bilde 1977 (facility location); Stadtler 1996 (multi-level, echelon demand); Suerie and Stadtler 2003
    (setup carry-over).
    """
    return _Construction(problem, overload_cost).built(has_shares)


class _Construction:
    """A model while it is built."""

    def __init__(self, problem: LotSizingProblem, overload_cost: float | None) -> None:
        self.problem = problem
        self.requirements = echelon_requirements(problem)
        self.builder = ModelBuilder("lot_sizing")
        self.periods = tuple(str(period + 1) for period in range(problem.n_periods))
        self.by_item = Index.grid(problem.item_ids, self.periods)
        self.by_resource = Index.grid(problem.resource_ids, self.periods)
        self.shape = problem.demand.shape
        self.grid = np.arange(self.by_item.size).reshape(self.shape)
        self.most = self._most(overload_cost is not None)
        columns = self.builder.add_variables
        setups = self._over(problem.setup_cost)
        self.setup = columns("setup", self.by_item, upper=self.most > 0, cost=setups, is_integer=True)
        self.make = columns("make", self.by_item, upper=self.most, cost=self._over(problem.production_cost))
        self.stock = columns("stock", self.by_item, cost=self._over(problem.holding_cost))
        self.late = np.flatnonzero(problem.may_backlog)
        self.backlog = self._backlog()
        self.carry, self.idle = self._carry()
        hours = np.repeat(problem.overtime_cost, problem.n_periods)
        self.overtime = columns("overtime", self.by_resource, upper=problem.overtime_limit.ravel(), cost=hours)
        limit = 0.0 if overload_cost is None else np.inf
        self.overload = columns("overload", self.by_resource, upper=limit, cost=overload_cost or 0.0)

    def built(self, has_shares: bool) -> LotSizingModel:
        """Return the model."""
        self._add_balance()
        self._add_waits()
        self._add_hours()
        self._add_lots()
        if self.carry is not None and self.idle is not None:
            self._add_states(self.carry, self.idle)
        shares = self._add_shares() if has_shares else np.zeros((0, 4), dtype=np.int64)
        return LotSizingModel(
            self.problem,
            self.requirements,
            self.builder.build(),
            self.setup.numbers.reshape(self.shape),
            self.make.numbers.reshape(self.shape),
            self.stock.numbers.reshape(self.shape),
            np.zeros(0, np.int64) if self.carry is None else self.carry.numbers.reshape(self.shape),
            self.overload.numbers.reshape(self.problem.capacity.shape),
            shares,
        )

    def _over(self, by_item: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a value of items for every period."""
        return np.repeat(by_item, self.problem.n_periods)

    def _most(self, is_elastic: bool) -> NDArray[np.float64]:
        """Return what a lot can be at most, by what is wanted and, where that is a limit, by capacity."""
        problem, most = self.problem, self.requirements.most
        if is_elastic:
            return most.ravel().copy()
        limit = problem.capacity + problem.overtime_limit
        room = np.full(self.shape, np.inf)
        for item in np.flatnonzero((problem.resource != NO_RESOURCE) & (problem.run_time > 0)):
            setup = 0.0 if problem.has_carry_over else problem.setup_time[item]
            room[item] = np.maximum(limit[problem.resource[item]] - setup, 0.0) / problem.run_time[item]
        upper: NDArray[np.float64] = np.minimum(most, room).ravel()
        return upper

    def _backlog(self) -> Family | None:
        """Add what is late at the end of periods, nothing at the end of the last."""
        if self.late.size == 0:
            return None
        index = Index.grid([self.problem.item_ids[item] for item in self.late], self.periods)
        upper = np.full((self.late.size, self.problem.n_periods), np.inf)
        upper[:, -1] = 0.0
        cost = np.repeat(self.problem.backlog_cost[self.late], self.problem.n_periods)
        return self.builder.add_variables("backlog", index, upper=upper.ravel(), cost=cost)

    def _carry(self) -> tuple[Family | None, Family | None]:
        """Add the setup states that are carried into periods, and resources that rest."""
        problem = self.problem
        if not problem.has_carry_over:
            return None, None
        upper = np.zeros(self.shape)
        upper[problem.resource != NO_RESOURCE] = 1.0
        upper[:, 0] = 0.0
        starts = problem.initial_setup[problem.initial_setup >= 0]
        upper[starts, 0] = 1.0
        carry = self.builder.add_variables("carry", self.by_item, upper=upper.ravel(), is_integer=True)
        return carry, self.builder.add_variables("idle", self.by_resource, upper=1.0)

    def _add_balance(self) -> None:
        """Add the balance of stock, and that stock covers components that wait."""
        problem, add = self.problem, self.builder.add_terms
        right = problem.demand - problem.receipts
        right[:, 0] -= problem.initial_stock
        rows = self.builder.add_constraints("balance", self.by_item, lower=right.ravel(), upper=right.ravel())
        at = rows.numbers.reshape(self.shape)
        stock = self.stock.numbers.reshape(self.shape)
        make = self.make.numbers.reshape(self.shape)
        add(at.ravel(), make.ravel(), 1.0)
        add(at.ravel(), stock.ravel(), -1.0)
        add(at[:, 1:].ravel(), stock[:, :-1].ravel(), 1.0)
        if self.backlog is not None:
            backlog = self.backlog.numbers.reshape(self.late.size, problem.n_periods)
            add(at[self.late].ravel(), backlog.ravel(), 1.0)
            add(at[self.late][:, 1:].ravel(), backlog[:, :-1].ravel(), -1.0)
        quantities = np.repeat(-problem.bom_quantity, problem.n_periods)
        add(at[problem.bom_component].ravel(), make[problem.bom_parent].ravel(), quantities)

    def _add_waits(self) -> None:
        """Add that what parents take was in stock a lead time before."""
        problem, last = self.problem, self.problem.n_periods
        items = np.unique(problem.bom_component[problem.bom_lead_time > 0])
        if items.size == 0:
            return
        names = ("0", *self.periods[:-1])
        index = Index.grid([problem.item_ids[item] for item in items], names)
        lower = np.zeros((items.size, last))
        lower[:, 0] = -problem.initial_stock[items]
        rows = self.builder.add_constraints("wait", index, lower=lower.ravel()).numbers.reshape(items.size, last)
        stock, make = self.stock.numbers.reshape(self.shape), self.make.numbers.reshape(self.shape)
        self.builder.add_terms(rows[:, 1:].ravel(), stock[items][:, :-1].ravel(), 1.0)
        for line in np.flatnonzero(problem.bom_lead_time > 0):
            row = rows[np.searchsorted(items, problem.bom_component[line])]
            for ahead in range(min(int(problem.bom_lead_time[line]), last)):
                columns = make[problem.bom_parent[line], ahead:]
                self.builder.add_terms(row[: columns.size], columns, -problem.bom_quantity[line])

    def _add_hours(self) -> None:
        """Add that resources are loaded within capacity and overtime."""
        problem, add = self.problem, self.builder.add_terms
        rows = self.builder.add_constraints("hours", self.by_resource, upper=problem.capacity.ravel())
        at = rows.numbers.reshape(problem.capacity.shape)
        items = np.flatnonzero(problem.resource != NO_RESOURCE)
        by_item = at[problem.resource[items]].ravel()
        add(by_item, self.make.start + self.grid[items].ravel(), self._over(problem.run_time[items]))
        add(by_item, self.setup.start + self.grid[items].ravel(), self._over(problem.setup_time[items]))
        add(rows.numbers, self.overtime.numbers, -1.0)
        add(rows.numbers, self.overload.numbers, -1.0)

    def _add_lots(self) -> None:
        """Add that lots need a setup, and have a minimum."""
        problem, add = self.problem, self.builder.add_terms
        rows = self.builder.add_constraints("lot", self.by_item, upper=0.0).numbers
        add(rows, self.make.numbers, 1.0)
        add(rows, self.setup.numbers, -self.most)
        if self.carry is not None:
            add(rows, self.carry.numbers, -self.most)
        items = np.flatnonzero(problem.minimum_lot > 0)
        if items.size == 0:
            return
        index = Index.grid([problem.item_ids[item] for item in items], self.periods)
        least = self._over(problem.minimum_lot[items])
        minimum = self.builder.add_constraints("minimum", index, lower=0.0).numbers
        at = self.grid[items].ravel()
        add(minimum, self.make.start + at, 1.0)
        if self.carry is None:
            add(minimum, self.setup.start + at, -least)
            return
        # a setup may be kept for the next period without a lot, so that a lot needs a flag of its own
        has_lot = self.builder.add_variables("has_lot", index, upper=1.0, is_integer=True).numbers
        add(minimum, has_lot, -least)
        only = self.builder.add_constraints("only_lots", index, upper=0.0).numbers
        add(only, self.make.start + at, 1.0)
        add(only, has_lot, -self.most[at])

    def _add_states(self, carry: Family, idle: Family) -> None:
        """Add what a resource can be set up for at the start of a period."""
        problem, add = self.problem, self.builder.add_terms
        items = np.flatnonzero(problem.resource != NO_RESOURCE)
        own = problem.resource[items]
        one = self.builder.add_constraints("one", self.by_resource, upper=1.0).numbers.reshape(problem.capacity.shape)
        grid, rest = self.grid[items], idle.numbers.reshape(problem.capacity.shape)[own]
        add(one[own].ravel(), carry.start + grid.ravel(), 1.0)
        ids = [problem.item_ids[item] for item in items]
        later = Index.grid(ids, self.periods[1:])
        keep = self.builder.add_constraints("keep", later, upper=0.0).numbers
        add(keep, carry.start + grid[:, 1:].ravel(), 1.0)
        add(keep, self.setup.start + grid[:, :-1].ravel(), -1.0)
        add(keep, carry.start + grid[:, :-1].ravel(), -1.0)
        still = self.builder.add_constraints("still", later, upper=1.0).numbers
        add(still, carry.start + grid[:, :-1].ravel(), 1.0)
        add(still, carry.start + grid[:, 1:].ravel(), 1.0)
        add(still, self.setup.start + grid[:, :-1].ravel(), -1.0)
        add(still, rest[:, :-1].ravel(), -1.0)
        resting = self.builder.add_constraints("rest", Index.grid(ids, self.periods), upper=1.0).numbers
        add(resting, self.setup.start + grid.ravel(), 1.0)
        add(resting, rest.ravel(), 1.0)

    def _add_shares(self) -> Ints:
        """Add the facility-location variables: the share of a period's requirement that a lot serves."""
        problem, wanted = self.problem, self.requirements.increments
        lot, served, items = np.meshgrid(
            np.arange(self.shape[1]), np.arange(self.shape[1]), np.arange(self.shape[0]), indexing="ij"
        )
        keeps = (wanted[items, served] > 1e-9) & ((lot <= served) | problem.may_backlog[items])
        keeps &= self.requirements.most[items, lot] > 0
        item, made, used = items[keeps], lot[keeps], served[keeps]
        index = Index.of((problem.item_ids, item), (self.periods, made), (self.periods, used))
        share = self.builder.add_variables("share", index, upper=1.0).numbers
        add = self.builder.add_terms
        cells = np.argwhere(wanted > 1e-9)
        place = np.full(self.shape, -1)
        place[cells[:, 0], cells[:, 1]] = np.arange(len(cells))
        serve = self.builder.add_constraints(
            "serve", Index.of((problem.item_ids, cells[:, 0]), (self.periods, cells[:, 1])), lower=1.0, upper=1.0
        )
        add(serve.start + place[item, used], share, 1.0)
        excess = np.where(np.repeat(self.requirements.has_excess, self.shape[1]), np.inf, 0.0)
        use = self.builder.add_constraints("use", self.by_item, lower=0.0, upper=excess)
        add(use.numbers, self.make.numbers, 1.0)
        add(use.start + self.grid[item, made], share, -wanted[item, used])
        opened = self.builder.add_constraints("open", index, upper=0.0).numbers
        add(opened, share, 1.0)
        add(opened, self.setup.start + self.grid[item, made], -1.0)
        if self.carry is not None:
            add(opened, self.carry.start + self.grid[item, made], -1.0)
        return np.column_stack([item, made, used, share])
