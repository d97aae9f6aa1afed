"""The constrained plan: every demand promised against stock, orders, components, lead times, fences and capacity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import polars as pl

from bom.errors import PlanningError
from planning.mrp import MrpResult
from scheduling.constraining.check import check_constrained_plan
from scheduling.constraining.decode import (
    commitment_rows,
    day_loads,
    late_reasons,
    planned_orders,
    planned_work,
    promises,
)
from scheduling.constraining.figures import figure_table, plan_cost
from scheduling.constraining.improve import Improvement, improve
from scheduling.constraining.options import ConstrainedOptions
from scheduling.constraining.replan import replan_want
from scheduling.constraining.run import Commitments, Progress, commit
from scheduling.constraining.shop import open_shop, want_order

__all__ = ["ConstrainedOptions", "ConstrainedPlan", "check_constrained_plan", "replan_demand", "run_constrained_plan"]


@dataclass(frozen=True)
class ConstrainedPlan:
    """A plan that material, lead times and capacity allow.

    Parameters
    ----------
    plan, options
        The plan whose data set it is, and the choices.
    found
        What was promised, as arrays.
    first_come
        The same with demands promised by due date alone, where they are compared.
    improvement
        What other sequences brought, where they were tried.
    """

    plan: MrpResult
    options: ConstrainedOptions
    found: Commitments
    first_come: Commitments | None
    improvement: Improvement | None = None

    def table(self, name: str) -> pl.DataFrame:
        """Return one table.

        Parameters
        ----------
        name
            ``promises``, ``planned_orders``, ``commitments``, ``late_reasons``, ``day_loads``, ``planned_work`` or
            ``service_figures``.

        Raises
        ------
        KeyError
            When there is no such table.
        """
        if name == "service_figures":
            return figure_table(self.found, self.first_come)
        return _TABLES[name](self.found)

    @property
    def table_names(self) -> tuple[str, ...]:
        """The tables that :meth:`table` gives."""
        return (*_TABLES, "service_figures")

    @property
    def cost(self) -> float:
        """Lateness by value and priority, and inventory: what sequences are compared by."""
        return plan_cost(self.found)

    @cached_property
    def violations(self) -> list[str]:
        """What the independent check finds wrong; nothing."""
        return check_constrained_plan(self.found)


_TABLES = {
    "promises": promises,
    "planned_orders": planned_orders,
    "commitments": commitment_rows,
    "late_reasons": late_reasons,
    "day_loads": day_loads,
    "planned_work": planned_work,
}


def run_constrained_plan(
    plan: MrpResult, options: ConstrainedOptions | None = None, progress: Progress | None = None
) -> ConstrainedPlan:
    """Return the constrained plan of a plan's data set (the rules of ``docs/concepts/constrained_plan.md``).

    Parameters
    ----------
    plan
        A plan; its orders are not read, only its data set and options.
    options
        The choices; without them the defaults.
    progress
        Called with the demands done and the demands in all.

    Examples
    --------
    >>> from datetime import date
    >>> from planning.checks import validate
    >>> from planning.mrp import run_mrp
    >>> tables = {
    ...     "items": pl.DataFrame({"item_id": ["bike", "wheel"], "lead_time_days": [2, 5]}),
    ...     "bom_lines": pl.DataFrame(
    ...         {"parent_item_id": ["bike"], "component_item_id": ["wheel"], "quantity_per": [2.0]}
    ...     ),
    ...     "demands": pl.DataFrame(
    ...         {"demand_id": ["A"], "item_id": ["bike"], "due_date": [date(2026, 3, 6)], "quantity": [10.0]}
    ...     ),
    ... }
    >>> plan = run_mrp(validate(tables, {"as_of": date(2026, 3, 2)}).data)
    >>> found = run_constrained_plan(plan)
    >>> found.table("promises").select("demand_id", "promised_date", "days_late").rows()
    [('A', datetime.date(2026, 3, 9), 3)]
    >>> found.violations
    []
    """
    options = ConstrainedOptions() if options is None else options
    shop = open_shop(plan, options)
    is_first_come = options.sequence == "first_come"
    found = commit(shop, want_order(shop, is_first_come), progress)
    first_come = None
    if options.compare:
        first_come = found if is_first_come else commit(shop, want_order(shop, True))
    improvement = improve(found, options.evaluations, progress) if options.evaluations else None
    return ConstrainedPlan(plan, options, found if improvement is None else improvement.found, first_come, improvement)


def replan_demand(
    constrained: ConstrainedPlan, demand_id: str, quantity: float | None = None, due_date: date | None = None
) -> ConstrainedPlan:
    """Return the plan with one demand promised anew; all other promises and orders stay as they are.

    Parameters
    ----------
    constrained
        The plan.
    demand_id
        The demand.
    quantity, due_date
        What it is to be; without them as it was.

    Raises
    ------
    PlanningError
        When there is no such demand.

    Notes
    -----
    Orders that only this demand uses are taken back, with their components and their work. What others use too stays,
    and is free as far as they do not use it. Safety stocks are not looked at again.
    """
    found = constrained.found
    places = np.flatnonzero((found.shop.want_ids == demand_id).fill_null(False).to_numpy())
    if not places.size:
        raise PlanningError("unknown_demand", "there is no such demand", [demand_id])
    want = int(places[0])
    row = found.wants[want]
    day = int(row["wanted_day"]) if due_date is None else (due_date - constrained.plan.model.as_of).days
    replanned = replan_want(found, want, day, float(row["quantity"]) if quantity is None else quantity)
    return replace(constrained, found=replanned)
