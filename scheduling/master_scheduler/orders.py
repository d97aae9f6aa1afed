"""The master schedule on its way back into a plan: firm orders by week, and the demands that it sells."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.encoding.codes import dates_of
from planning.encoding.demands import demand_priorities
from planning.kernels.calendar import EVERY_DAY
from planning.kernels.netting_arrays import SupplyType
from scheduling.leveller.orders import rounded_up
from scheduling.master_scheduler.families import PlannedFamilies
from scheduling.master_scheduler.from_families import item_offers

_LEAST = 1e-6
_DAYS_PER_WEEK = 7


def firm_orders(
    families: PlannedFamilies, made: NDArray[np.float64], subcontracted: NDArray[np.float64]
) -> pl.DataFrame:
    """Return the table ``master_schedule_orders``: each period's quantity by week, in proportion to working days.

    Notes
    -----
    An order is due on the last working day of its week in the period. Quantities are rounded up to the item's precision
    from the first one on, so that no more than one last unit is early.
    """
    kinds = np.array([kind.name.lower() for kind in SupplyType])
    supply = kinds[families.planning.node_rows["supply_type"][families.nodes]]
    offers = dict(item_offers(families).select("item", "supplier_id").iter_rows())
    own = _orders(families, made, supply, [None] * supply.size, "master")
    suppliers = [offers.get(item) for item in range(supply.size)]
    bought = _orders(families, subcontracted, np.full(supply.size, "buy"), suppliers, "subcontract")
    return pl.concat([own, bought])


def _orders(
    families: PlannedFamilies,
    quantity: NDArray[np.float64],
    supply: NDArray[np.str_],
    suppliers: list[str | None],
    kind: str,
) -> pl.DataFrame:
    """Return quantities by period as orders by week."""
    period, last, share = _weeks(families)
    decimals = families.planning.node_rows["decimals"][families.nodes]
    by_week = rounded_up(np.maximum(quantity, 0.0)[:, period] * share, decimals)
    item, week = np.nonzero(by_week > _LEAST)
    return (
        families.ids(item)
        .with_columns(
            due_date=dates_of(last[item, week], families.planning.as_of),
            quantity=pl.Series(by_week[item, week]),
            supply_type=pl.Series(supply[item].tolist(), dtype=pl.String),
            supplier_id=pl.Series([suppliers[k] for k in item], dtype=pl.String),
            status=pl.lit("firm_planned"),
        )
        .with_columns(order_id=pl.format(f"{{}}@{{}}/{kind}/{{}}", "item_id", "site_id", "due_date"))
        .drop("family")
    )


def _weeks(families: PlannedFamilies) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Return the weeks of all periods: the period of each, and by item its last working day and its part of the period.

    Returns
    -------
    period
        int64, shape (n_weeks,).
    last, share
        int32 and float64, shape (n_items, n_weeks).
    """
    weekday = families.planning.as_of.weekday()
    days = np.arange(0, int(families.starts[-1]))
    period_of_day = np.searchsorted(families.starts, days, side="right") - 1
    week_of_day = (days + weekday) // _DAYS_PER_WEEK
    cell, week = np.unique(period_of_day * (days.size + 1) + week_of_day, return_inverse=True)
    n_weeks = cell.size
    calendars = families.planning.node_rows["site_calendar"][families.nodes]
    last, share = np.zeros((calendars.size, n_weeks), np.int32), np.zeros((calendars.size, n_weeks))
    period = np.zeros(n_weeks, np.int64)
    period[week] = period_of_day
    for calendar in np.unique(calendars):
        is_open = _open_days(families, int(calendar), days)
        number = np.bincount(week, is_open, n_weeks)
        end = np.zeros(n_weeks, np.int32)
        np.maximum.at(end, week, np.where(is_open | (number[week] == 0), days, 0).astype(np.int32))
        # a period without any working day is shared by all its days
        total = np.bincount(period, number, families.n_periods)[period]
        number = np.where(total > 0, number, np.bincount(week, minlength=n_weeks))
        rows = calendars == calendar
        last[rows] = end
        share[rows] = number / np.bincount(period, number, families.n_periods)[period]
    return period, last, share


def _open_days(families: PlannedFamilies, calendar: int, days: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which days a calendar works; days behind the tabulated time are as open ones."""
    if calendar == EVERY_DAY:
        return np.ones(days.size, np.bool_)
    table = families.planning.calendars.working_days
    at = days - table.first_day
    before = table.table["n_before"][calendar]
    is_known = (at >= 0) & (at + 1 < before.shape[0])
    at = np.where(is_known, at, 0)
    return np.where(is_known, before[at + 1] > before[at], True)


def sold_demands(families: PlannedFamilies, sold: NDArray[np.float64], form: str) -> pl.DataFrame | None:
    """Return the table demands with what the schedule sells; ``None`` when that is what it has already."""
    if families.found.is_from_table:
        return _planned_demands(families, sold)
    return _kept_demands(families, sold) if form == "profit" else None


def _kept_demands(families: PlannedFamilies, sold: NDArray[np.float64]) -> pl.DataFrame:
    """Return the demands less what is not sold: in each period first forecasts, then the least important give way.

    What orders have left of the forecasts of the planned items is independent demand then: no order consumes it again.
    """
    data, nodes = families.planning.data, families.planning.nodes
    demands = data.table("demands").with_columns(
        demand_row=pl.int_range(pl.len(), dtype=pl.Int64),
        is_planned=pl.Series(np.isin(nodes.of_table(data, "demands"), families.nodes)),
        is_forecast=data.filled("demands", ["kind"])["kind"] == "forecast",
    )
    left = families.found.rows.select("demand_row", left="quantity")
    cut = _cut_quantities(families, sold, demands.select("demand_row", "is_forecast"))
    joined = demands.join(left, on="demand_row", how="left", maintain_order="left").join(
        cut, on="demand_row", how="left", maintain_order="left"
    )
    is_own, is_forecast = pl.col("is_planned"), pl.col("is_planned") & pl.col("is_forecast")
    has_left = pl.col("left").is_not_null()
    rest = (pl.col("left") - pl.col("cut").fill_null(0.0)).clip(0.0)
    kinds = data.filled("demands", ["kind"])["kind"]
    changed = joined.with_columns(
        quantity=pl.when(is_own & has_left).then(rest).otherwise(pl.col("quantity")),
        kind=pl.when(is_forecast).then(pl.lit("independent")).otherwise(pl.Series(kinds)),
    ).filter(~(is_forecast & ~has_left) & ~(pl.col("cut").is_not_null() & (pl.col("quantity") <= _LEAST)))
    return changed.drop("demand_row", "is_planned", "is_forecast", "left", "cut")


def _cut_quantities(families: PlannedFamilies, sold: NDArray[np.float64], demands: pl.DataFrame) -> pl.DataFrame:
    """Return ``demand_row`` and ``cut``: what of each demand is not sold, where it is anything."""
    data = families.planning.data
    at = np.full(families.planning.nodes.n_nodes, -1, np.int64)
    at[families.nodes] = np.arange(families.nodes.size)
    found, priorities = families.found.rows, demand_priorities(data)
    period = np.searchsorted(families.starts, found["day"].to_numpy(), side="right") - 1
    rows = found.with_columns(
        item=pl.Series(at[found["node"].to_numpy()]),
        period=pl.Series(period),
        priority=pl.Series(priorities[found["demand_row"].to_numpy()]),
        is_forecast=demands["is_forecast"].gather(found["demand_row"]),
    ).filter((pl.col("item") >= 0) & (pl.col("period") < families.n_periods))
    limit = sold[rows["item"].to_numpy(), rows["period"].to_numpy()]
    ordered = rows.with_columns(limit=pl.Series(limit)).sort(
        "item", "period", "is_forecast", "priority", "day", "demand_row"
    )
    before = pl.col("quantity").cum_sum().over("item", "period") - pl.col("quantity")
    kept = (pl.col("limit") - before).clip(0.0, pl.col("quantity"))
    cut = ordered.with_columns(cut=pl.col("quantity") - kept)
    return cut.select("demand_row", "cut").filter(pl.col("cut") > _LEAST)


def _planned_demands(families: PlannedFamilies, sold: NDArray[np.float64]) -> pl.DataFrame:
    """Return the demands of all other items, and for the planned ones what is sold, by week."""
    data, nodes = families.planning.data, families.planning.nodes
    is_planned = np.isin(nodes.of_table(data, "demands"), families.nodes)
    others = data.table("demands").filter(pl.Series(~is_planned))
    orders = _orders(families, sold, np.full(families.nodes.size, ""), [None] * families.nodes.size, "sales")
    planned = orders.select(
        "item_id", "site_id", "due_date", "quantity", demand_id=pl.col("order_id"), kind=pl.lit("independent")
    )
    return pl.concat([others, planned], how="diagonal_relaxed")
