"""What a master schedule decides about, as arrays: families, periods, workers, materials, money."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray


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
        what the plan starts with or must end with.
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
    policy: Literal["free", "level", "chase"] = "free"
    are_whole: bool = False


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
        float64, shape (n_families,): of a unit; of a unit in stock, or late, at the end of a period.
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

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of families and of periods."""
        return len(self.families), len(self.periods)
