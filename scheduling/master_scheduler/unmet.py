"""Where the master schedule does not meet the sales plan, and why, in words."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from scheduling.master_schedule import MasterSchedule
from scheduling.master_scheduler.families import PlannedFamilies

_LEAST = 1e-3
_LEAST_PRICE = 0.005
_SCHEMA = {
    "kind": pl.String,
    "family": pl.String,
    "period_start": pl.Date,
    "sales_plan": pl.Float64,
    "quantity": pl.Float64,
    "margin": pl.Float64,
    "text": pl.String,
}


def unmet_sales(families: PlannedFamilies, schedule: MasterSchedule) -> pl.DataFrame:
    """Return the table ``unmet_sales``: what is not sold in the profit form; late or not delivered in the cost form."""
    rows = _not_sold(families, schedule) if schedule.problem.price is not None else _late(families, schedule)
    return pl.DataFrame(list(rows), schema=_SCHEMA, orient="row")


def _not_sold(families: PlannedFamilies, schedule: MasterSchedule) -> Iterator[tuple[object, ...]]:
    """Yield what the sales plan has and the schedule does not sell."""
    problem, starts = schedule.problem, families.period_starts.to_list()
    missing = problem.sales_plan - schedule.quantity("sales")
    price, material = problem.grid(problem.price), problem.grid(problem.material_cost)
    for family, period in np.argwhere(missing > _LEAST).tolist():
        quantity, brings = missing[family, period], price[family, period]
        margin = brings - material[family, period]
        text = (
            f"{quantity:,.1f} of {problem.sales_plan[family, period]:,.1f} {problem.families[family]} in "
            f"{problem.periods[period]} not sold: a unit brings {brings:,.2f}{_reason(schedule, family, period)}"
        )
        planned = float(problem.sales_plan[family, period])
        yield "not_sold", problem.families[family], starts[period], planned, float(quantity), float(margin), text


def _reason(schedule: MasterSchedule, family: int, period: int) -> str:
    """Return what making a unit would take."""
    material = float(schedule.problem.grid(schedule.problem.material_cost)[family, period])
    hours = scarce_hours(schedule, family, period)
    if not hours:
        return ""
    return f", and making it takes material for {material:,.2f} and {', '.join(hours)}"


def scarce_hours(schedule: MasterSchedule, family: int, period: int) -> list[str]:
    """Return what the scarce hours of one unit made in a period are worth, by work center, the dearest first."""
    problem = schedule.problem
    found: list[tuple[float, str]] = []
    people = float(schedule.price_of("hours")[period] * problem.hours_per_unit[family])
    if people > _LEAST_PRICE:
        found.append((people, f"{problem.hours_per_unit[family]:,.2f} hours of people worth {people:,.2f}"))
    if problem.centers is not None and schedule.result.duals.size:
        prices = schedule.price_of("capacity").reshape(len(problem.centers.names), -1)[:, period]
        for center, name in enumerate(problem.centers.names):
            hours = float(problem.centers.hours_per_unit[center, family])
            if hours * prices[center] > _LEAST_PRICE:
                found.append(
                    (hours * prices[center], f"{hours:,.2f} hours on {name} worth {hours * prices[center]:,.2f}")
                )
    return [text for _, text in sorted(found, reverse=True)]


def _late(families: PlannedFamilies, schedule: MasterSchedule) -> Iterator[tuple[object, ...]]:
    """Yield what is late at the end of a period, or missing at the end of the last one."""
    problem, starts = schedule.problem, families.period_starts.to_list()
    backlog = schedule.quantity("backlog")
    for family, period in np.argwhere(backlog > _LEAST).tolist():
        quantity, is_last = float(backlog[family, period]), period == problem.shape[1] - 1
        kind = "not_delivered" if is_last else "late"
        hours = scarce_hours(schedule, family, period)
        why = f": scarce are {', '.join(hours)} a unit" if hours else ""
        text = (
            f"{quantity:,.1f} {problem.families[family]} {'missing' if is_last else 'late'} at the end of "
            f"{problem.periods[period]}{why}"
        )
        planned = float(problem.sales_plan[family, period])
        yield kind, problem.families[family], starts[period], planned, quantity, None, text
