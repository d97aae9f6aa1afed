"""The tables of the master schedule made of its solution."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.encoding.codes import codes_of, dates_of
from scheduling.master_schedule import MasterSchedule
from scheduling.master_scheduler.families import PlannedFamilies
from scheduling.master_scheduler.from_families import Hours

_LEAST = 1e-6
_LEAST_PRICE = 0.005


def production_plan(families: PlannedFamilies, schedule: MasterSchedule) -> pl.DataFrame:
    """Return the table ``production_plan``."""
    n_families, n_periods = schedule.problem.shape
    grids = {name: schedule.quantity(name) for name in ("make", "subcontract", "stock", "backlog", "below_minimum")}
    grids["stock"] = grids["stock"] + families.total(families.supply - families.used_supply)
    columns = {
        "sales_plan": schedule.problem.sales_plan,
        "sales": schedule.quantity("sales"),
        "receipts": families.total(families.receipts),
        "unit_value": schedule.unit_values,
        **grids,
    }
    frame = pl.DataFrame({"family": pl.Series(families.families, dtype=pl.String).gather(_rows(n_families, n_periods))})
    starts = pl.concat([families.period_starts] * n_families)
    return frame.with_columns(
        period_start=starts, **{name: pl.Series(name, tidy(grid).ravel()) for name, grid in columns.items()}
    )


def _rows(n_families: int, n_periods: int) -> NDArray[np.int64]:
    return np.repeat(np.arange(n_families), n_periods)


def schedule_of_items(
    families: PlannedFamilies,
    made: NDArray[np.float64],
    subcontracted: NDArray[np.float64],
    sold: NDArray[np.float64],
) -> pl.DataFrame:
    """Return the table ``master_schedule``: the items and periods in which anything happens."""
    balance = families.stock[:, None] + np.cumsum(made + subcontracted + families.receipts - sold, axis=1)
    grids = {
        "sales_plan": families.sales,
        "sales": sold,
        "quantity": made,
        "subcontract": subcontracted,
        "receipts": families.receipts,
        "balance": balance,
    }
    n_items, n_periods = made.shape
    item, period = (code.ravel() for code in np.indices((n_items, n_periods)))
    last = np.maximum(families.starts[1:], 1) - 1
    as_of = families.planning.as_of
    frame = families.ids(item).with_columns(
        period_start=families.period_starts.gather(period), due_date=dates_of(last[period], as_of)
    )
    cells = {name: pl.Series(name, tidy(grid).ravel()) for name, grid in grids.items()}
    return frame.with_columns(**cells).sort("family", "item_id", "site_id", "period_start")


def workforce_plan(families: PlannedFamilies, schedule: MasterSchedule) -> pl.DataFrame:
    """Return the table ``workforce_plan``."""
    people = schedule.workforce_table()
    hours = schedule.problem.hours_per_unit @ schedule.quantity("make")
    taken = np.zeros(hours.size) if schedule.problem.open_order_hours is None else schedule.problem.open_order_hours
    return people.select(
        period_start=families.period_starts,
        workers=pl.Series(tidy(people["workers"].to_numpy())),
        hired=pl.Series(tidy(people["hired"].to_numpy())),
        laid_off=pl.Series(tidy(people["laid_off"].to_numpy())),
        required_hours=pl.Series(tidy(hours)),
        open_order_hours=pl.Series(taken),
        available_hours=pl.col("workers") * pl.Series(schedule.problem.workforce.hours_per_worker),
        overtime_hours=pl.Series(tidy(people["overtime"].to_numpy())),
        hour_price=pl.Series(tidy(people["hour_price"].to_numpy())),
    )


def loads(
    families: PlannedFamilies, hours: Hours, schedule: MasterSchedule, required: NDArray[np.float64]
) -> pl.DataFrame:
    """Return the table ``master_schedule_loads``: the work centers that have work."""
    has_work = np.flatnonzero((required + hours.reserved).sum(axis=1) > 0)
    overtime, price = np.zeros(required.shape), np.zeros(required.shape)
    if schedule.problem.centers is not None:
        rows = codes_of(pl.Series(schedule.problem.centers.names), families.loading.centers.ids)
        overtime[rows] = schedule.quantity("center_overtime")
        found = schedule.price_of("capacity")
        price[rows] = found.reshape(-1, required.shape[1]) if found.size else 0.0
    center, period = (code.ravel() for code in np.meshgrid(has_work, np.arange(required.shape[1]), indexing="ij"))
    both, available = (required + hours.reserved)[center, period], hours.available[center, period]
    frame = pl.DataFrame(
        {
            "work_center_id": families.loading.centers.ids.gather(center),
            "period_start": families.period_starts.gather(period),
            "required_hours": tidy(required[center, period]),
            "open_order_hours": tidy(hours.reserved[center, period]),
            "available_hours": available,
            "overtime_hours": tidy(overtime[center, period]),
            "load_fraction": np.divide(both, available, out=np.full(both.shape, np.nan), where=available > 0),
            "hour_price": tidy(price[center, period]),
        }
    ).with_columns(pl.col("load_fraction").fill_nan(None))
    verb = "saves" if schedule.problem.price is None else "earns"
    names = [schedule.problem.periods[k] for k in period]
    texts = [
        f"one more hour on {row[0]} in {name} {verb} {row[1]:,.2f}" if row[1] > _LEAST_PRICE else None
        for row, name in zip(frame.select("work_center_id", "hour_price").iter_rows(), names, strict=True)
    ]
    return frame.with_columns(text=pl.Series(texts, dtype=pl.String))


def costs(schedule: MasterSchedule) -> pl.DataFrame:
    """Return the table ``master_schedule_costs``."""
    kinds = {
        "make": "material",
        "subcontract": "subcontract",
        "stock": "holding",
        "backlog": "backlog",
        "below_minimum": "below_minimum",
        "workers": "wages",
        "overtime": "overtime",
        "hired": "hiring",
        "laid_off": "layoff",
    }
    values, unit = schedule.result.values, schedule.model.cost
    spent = {
        kinds[family.name]: float(unit[family.slice] @ values[family.slice])
        for family in schedule.model.variables
        if family.name in kinds
    }
    amounts = {kind: spent[kind] for kind in kinds.values() if kind in spent} | {"total": sum(spent.values())}
    if schedule.problem.price is not None:
        amounts |= {"revenue": schedule.revenue, "profit": schedule.revenue - amounts["total"]}
    return pl.DataFrame(
        {"kind": list(amounts), "amount": [0.0 if abs(amount) < _LEAST else amount for amount in amounts.values()]}
    )


def tidy(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values without what rounding leaves of a zero.

    Examples
    --------
    >>> tidy(np.array([1e-12, -1e-9, 2.0])).tolist()
    [0.0, 0.0, 2.0]
    """
    return np.where(np.abs(values) < _LEAST, 0.0, values)
