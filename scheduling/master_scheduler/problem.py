"""What a master schedule decides about, as arrays: families, periods, workers, work centers, materials, money."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from planning.master_scheduling.options import Policy


@dataclass(frozen=True, slots=True)
class Workforce:
    """The people who make it, one pool.

    Parameters
    ----------
    initial_workers
        How many there are before the first period.
    hours_per_worker
        float64, shape (n_periods,): working hours of one worker.
    overtime_hours_per_worker
        float64, shape (n_periods,): at most so many more.
    cost_per_worker
        float64, shape (n_periods,): what a worker costs in a period, busy or not.
    overtime_cost_per_hour, hiring_cost, layoff_cost
        Of an hour beyond, of hiring one worker, of laying one off.
    policy
        ``free``; ``level``: nobody is hired or laid off after the first period; ``chase``: no stock is built up beyond
        what the plan must hold or already has; ``fixed``: nobody is hired or laid off.
    are_whole
        Workers are whole numbers: a mixed-integer model.
    """

    initial_workers: float
    hours_per_worker: NDArray[np.float64]
    overtime_hours_per_worker: NDArray[np.float64]
    cost_per_worker: NDArray[np.float64]
    overtime_cost_per_hour: float = 0.0
    hiring_cost: float = 0.0
    layoff_cost: float = 0.0
    policy: Policy = "free"
    are_whole: bool = False


@dataclass(frozen=True, slots=True)
class Centers:
    """The work centers whose hours are a limit.

    Parameters
    ----------
    names
        What they are called.
    hours_per_unit
        float64, shape (n_centers, n_families): standard hours of a unit, with all that goes into it.
    available_hours, overtime_hours
        float64, shape (n_centers, n_periods): standard hours in working time, and at most so many more.
    labor_per_hour
        float64, shape (n_centers,): hours that a standard hour of overtime takes of the people.
    """

    names: list[str]
    hours_per_unit: NDArray[np.float64]
    available_hours: NDArray[np.float64]
    overtime_hours: NDArray[np.float64]
    labor_per_hour: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MasterScheduleProblem:
    """A sales plan by family or end item, and what it takes.

    Parameters
    ----------
    families, periods
        The names.
    sales_plan
        float64, shape (n_families, n_periods): what can be sold.
    hours_per_unit
        float64, shape (n_families,): working hours of a unit.
    material_cost, holding_cost, backlog_cost
        float64, shape (n_families,) or (n_families, n_periods): of a unit; of a unit in stock, or late, at the end of a
        period.
    initial_stock, final_stock
        float64, shape (n_families,): at the start, and at least at the end.
    workforce
        The people.
    subcontract_cost
        float64, shape (n_families,): of a unit bought ready-made; infinite where it cannot be.
    price
        float64, shape (n_families,): with prices the plan chooses what to sell, for the largest profit; ``None``: it
        sells all of the sales plan, late if need be, for the least cost.
    minimum_stock
        float64, shape (n_families, n_periods).
    are_all_delivered
        No backlog is left at the end of the last period.
    receipts
        float64, shape (n_families, n_periods): what arrives anyway, of open orders.
    centers
        The work centers; ``None``: people are the only limit.
    undelivered_cost
        float64, shape (n_families,): what is late at the end costs so much more; then it may be.
    below_minimum_cost
        float64, shape (n_families,) or (n_families, n_periods): of a unit missing in ``minimum_stock`` or, in the end,
        in ``final_stock``; then it may be missing.
    open_order_hours
        float64, shape (n_periods,): working hours that open orders take.
    """

    families: list[str]
    periods: list[str]
    sales_plan: NDArray[np.float64]
    hours_per_unit: NDArray[np.float64]
    material_cost: NDArray[np.float64]
    holding_cost: NDArray[np.float64]
    backlog_cost: NDArray[np.float64]
    initial_stock: NDArray[np.float64]
    final_stock: NDArray[np.float64]
    workforce: Workforce
    subcontract_cost: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    price: NDArray[np.float64] | None = None
    minimum_stock: NDArray[np.float64] | None = None
    are_all_delivered: bool = True
    receipts: NDArray[np.float64] | None = None
    centers: Centers | None = None
    undelivered_cost: NDArray[np.float64] | None = None
    below_minimum_cost: NDArray[np.float64] | None = None
    open_order_hours: NDArray[np.float64] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of families and of periods."""
        return len(self.families), len(self.periods)

    def grid(self, values: NDArray[np.float64] | None) -> NDArray[np.float64]:
        """Return values by family, or by family and period, as a new array of both; ``None``: zeros.

        Examples
        --------
        >>> nothing = np.zeros(1)
        >>> people = Workforce(0.0, np.zeros(2), np.zeros(2), np.zeros(2))
        >>> problem = MasterScheduleProblem(
        ...     ["A"], ["P1", "P2"], np.ones((1, 2)), nothing, nothing, nothing, nothing, nothing, nothing, people
        ... )
        >>> problem.grid(np.array([3.0])).tolist()
        [[3.0, 3.0]]
        """
        if values is None:
            return np.zeros(self.shape)
        by_family = values if values.ndim == 2 else values[:, None]
        return np.array(np.broadcast_to(by_family, self.shape), dtype=np.float64)

    @property
    def least_stock(self) -> NDArray[np.float64]:
        """float64, shape (n_families, n_periods): the minimum stock, and in the last period the final one too."""
        least = self.grid(self.minimum_stock)
        least[:, -1] = np.maximum(least[:, -1], self.final_stock)
        return least

    @property
    def stock_left(self) -> NDArray[np.float64]:
        """float64, shape (n_families, n_periods): the stock when nothing is made and all is sold that can be."""
        left = np.zeros(self.shape)
        receipts = self.grid(self.receipts)
        have = self.initial_stock.astype(np.float64)
        for period in range(self.shape[1]):
            have = np.maximum(have + receipts[:, period] - self.sales_plan[:, period], 0.0)
            left[:, period] = have
        return left
