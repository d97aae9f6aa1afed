"""What levelling decides about, as arrays: items, periods, work centers, requirements, loads, costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Loads(NamedTuple):
    """Minutes that one unit of an item, due in a period, takes of a work center in a period; one row each.

    Parameters
    ----------
    item, due_period, operation, work_center, period
        int32, shape (n_loads,); ``operation`` is a place in ``LevellingProblem.operations``.
    minutes
        float64, shape (n_loads,): standard minutes per unit.
    """

    item: NDArray[np.int32]
    due_period: NDArray[np.int32]
    operation: NDArray[np.int32]
    work_center: NDArray[np.int32]
    period: NDArray[np.int32]
    minutes: NDArray[np.float64]


class Components(NamedTuple):
    """What one unit of a parent, due in a period, needs of a component in a period; one row each.

    Parameters
    ----------
    parent, due_period, component, period
        int32, shape (n_lines,): items of the problem.
    quantity
        float64, shape (n_lines,): units per unit; negative for a by-product.
    """

    parent: NDArray[np.int32]
    due_period: NDArray[np.int32]
    component: NDArray[np.int32]
    period: NDArray[np.int32]
    quantity: NDArray[np.float64]


class Alternates(NamedTuple):
    """Other work centers for operations: one row each.

    Parameters
    ----------
    operation, work_center
        int32, shape (n_alternates,).
    minutes_factor
        float64, shape (n_alternates,): its minutes per minute at the operation's own work center.
    """

    operation: NDArray[np.int32]
    work_center: NDArray[np.int32]
    minutes_factor: NDArray[np.float64]


class Subcontracts(NamedTuple):
    """Items that can be bought ready-made: one row each.

    Parameters
    ----------
    item, first_period
        int32, shape (n_offers,): the item, and the first period in which it can arrive.
    price
        float64, shape (n_offers,): money per unit.
    maximum
        float64, shape (n_offers,): units per period.
    """

    item: NDArray[np.int32]
    first_period: NDArray[np.int32]
    price: NDArray[np.float64]
    maximum: NDArray[np.float64]


_NONE = np.zeros(0, np.int32)
_NOTHING = np.zeros(0)
NO_COMPONENTS = Components(_NONE, _NONE, _NONE, _NONE, _NOTHING)
NO_ALTERNATES = Alternates(_NONE, _NONE, _NOTHING)
NO_SUBCONTRACTS = Subcontracts(_NONE, _NONE, _NOTHING, _NOTHING)


@dataclass(frozen=True, slots=True)
class Costs:
    """Money: per unit of an item, or per hour of a work center.

    Parameters
    ----------
    material
        float64, shape (n_items,): what goes into a unit from outside the problem.
    holding, backlog, below_minimum
        float64, shape (n_items,): of a unit in stock, late, or missing in the minimum stock at the end of a period.
    final_backlog
        float64, shape (n_items,): of a unit that is late, or missing in the minimum stock, at the
        end of the last period.
    hour, overtime_hour
        float64, shape (n_work_centers,): of a standard hour in working time, and beyond it.
    overload_hour
        Of a standard hour that is not there, where the problem allows any.
    """

    material: NDArray[np.float64]
    holding: NDArray[np.float64]
    backlog: NDArray[np.float64]
    below_minimum: NDArray[np.float64]
    final_backlog: NDArray[np.float64]
    hour: NDArray[np.float64]
    overtime_hour: NDArray[np.float64]
    overload_hour: float = 0.0


@dataclass(frozen=True, slots=True)
class LevellingProblem:
    """A plan to be levelled.

    Parameters
    ----------
    items, periods, work_centers, operations
        The names; ``operations`` are item and operation sequence.
    requirements
        float64, shape (n_items, n_periods): what is needed beside the components of what is decided about.
    receipts
        float64, shape (n_items, n_periods): open orders.
    initial_stock
        float64, shape (n_items,).
    minimum_stock
        float64, shape (n_items, n_periods).
    can_make
        bool, shape (n_items, n_periods): whether an order can be due in the period.
    loads, components, alternates, subcontracts
        What making takes, and what else can be done.
    available_minutes, overtime_minutes
        float64, shape (n_work_centers, n_periods): infinite where capacity is no limit.
    fixed_minutes
        float64, shape (n_work_centers, n_periods): the load of all that is not decided about.
    planned
        float64, shape (n_items, n_periods): what the plan had ordered.
    costs
        The money.
    can_overload
        Hours that are not there can be had for ``costs.overload_hour``.
    planned_needs
        float64, shape (n_items, n_periods): what the planned orders need of the items, by their own dates; ``None``: as
        ``components`` say.
    """

    items: list[str]
    periods: list[str]
    work_centers: list[str]
    operations: list[str]
    requirements: NDArray[np.float64]
    receipts: NDArray[np.float64]
    initial_stock: NDArray[np.float64]
    minimum_stock: NDArray[np.float64]
    can_make: NDArray[np.bool_]
    loads: Loads
    available_minutes: NDArray[np.float64]
    overtime_minutes: NDArray[np.float64]
    fixed_minutes: NDArray[np.float64]
    planned: NDArray[np.float64]
    costs: Costs
    components: Components = field(default=NO_COMPONENTS)
    alternates: Alternates = field(default=NO_ALTERNATES)
    subcontracts: Subcontracts = field(default=NO_SUBCONTRACTS)
    can_overload: bool = False
    planned_needs: NDArray[np.float64] | None = None

    @property
    def n_items(self) -> int:
        """The number of items."""
        return len(self.items)

    @property
    def n_periods(self) -> int:
        """The number of periods."""
        return len(self.periods)

    @property
    def is_limited(self) -> NDArray[np.bool_]:
        """bool, shape (n_work_centers,): capacity is a limit there."""
        return np.asarray(np.isfinite(self.available_minutes).all(axis=1))

    @property
    def unavoidable_minutes(self) -> NDArray[np.float64]:
        """float64, shape (n_work_centers, n_periods): what the fixed load takes beyond time and overtime."""
        return np.maximum(self.fixed_minutes - self.available_minutes - self.overtime_minutes, 0.0)

    def load_minutes(self, make: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the minutes that orders take, all operations at their own work centers.

        Parameters
        ----------
        make
            float64, shape (n_items, n_periods): quantities by due period.

        Returns
        -------
        numpy.ndarray
            float64, shape (n_work_centers, n_periods): without the fixed load.
        """
        minutes = np.zeros(self.fixed_minutes.shape)
        loads = self.loads
        np.add.at(minutes, (loads.work_center, loads.period), loads.minutes * make[loads.item, loads.due_period])
        return minutes

    def component_requirements(self, make: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what orders need of the items, float64, shape (n_items, n_periods)."""
        needed = np.zeros(self.requirements.shape)
        lines = self.components
        np.add.at(needed, (lines.component, lines.period), lines.quantity * make[lines.parent, lines.due_period])
        return needed
