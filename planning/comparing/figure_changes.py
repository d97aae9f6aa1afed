"""Figures of two plans side by side: money by period, service, indicators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.comparing.money import MONEY_COLUMNS, money_by_period
from planning.comparing.tables import KPI_CHANGES, PERIOD_CHANGES, SERVICE_CHANGES
from planning.encoding.codes import dates_of
from planning.mrp import MrpResult
from planning.records import period_starts
from planning.service import service_totals

_SERVICE_LEVELS = {
    "plan": None,
    "kind": "kind",
    "segment": "segment",
    "customer": "customer_id",
    "family": "family",
    "item": "item_id",
}
_MEASURES = ("demands", "on_time", "fill_rate", "value_fill_rate")
_FIGURE = {"name": pl.String, "value": pl.Float64, "unit": pl.String}


@dataclass(frozen=True, slots=True)
class MoneyOfBoth:
    """The money of two plans in the same periods.

    Parameters
    ----------
    starts
        int32, shape (n_periods,): the first day of each, as a day number of the first plan.
    before, after
        float64, shape (n_periods, 3): as ``planning.comparing.money.MONEY_COLUMNS``.
    """

    starts: NDArray[np.int32]
    before: NDArray[np.float64]
    after: NDArray[np.float64]


def money_of_both(before: MrpResult, after: MrpResult, period: str) -> MoneyOfBoth:
    """Return the money of two plans, in periods from the earlier planning date to the later end."""
    shift = (after.model.as_of - before.model.as_of).days
    early, offset = (before, 0) if shift >= 0 else (after, shift)
    last = max(before.plan.days[1], after.plan.days[1] + shift)
    starts = (period_starts(period, early.model.as_of, last - offset) + offset).astype(np.int32)
    first, second = (
        money_by_period(result.model, result.netting, result.plan, (starts - days).astype(np.int32))
        for result, days in ((before, 0), (after, shift))
    )
    return MoneyOfBoth(starts, first, second)


def period_changes(money: MoneyOfBoth, as_of: date) -> pl.DataFrame:
    """Return the table ``period_changes``; ``as_of`` is that of the first plan."""
    columns = {"period_start": dates_of(money.starts, as_of)}
    for place, name in enumerate(MONEY_COLUMNS):
        columns[f"{name}_before"] = pl.Series(money.before[:, place].copy())
        columns[f"{name}_after"] = pl.Series(money.after[:, place].copy())
    return pl.DataFrame(columns).select(PERIOD_CHANGES.column_names)


def service_changes(before: MrpResult, after: MrpResult) -> pl.DataFrame:
    """Return the table ``service_changes``, level by level, by id."""
    sides = [before.service, after.service]
    parts = []
    for level, column in _SERVICE_LEVELS.items():
        first, second = (service_totals(side, level, column) for side in sides)
        both = first.join(second, on=["level", "id"], how="full", coalesce=True, suffix="_after", nulls_equal=True)
        parts.append(both.sort("id"))
    frame = pl.concat(parts).rename({name: f"{name}_before" for name in _MEASURES})
    counts = pl.col("^(demands|on_time)_.*$").fill_null(0)
    return frame.with_columns(counts).select(SERVICE_CHANGES.column_names)


def kpi_changes(before: MrpResult, after: MrpResult, money: MoneyOfBoth, service: pl.DataFrame) -> pl.DataFrame:
    """Return the table ``kpi_changes``: the figures of ``kpis``, then money and service."""
    first = pl.concat([before.table("kpis"), _money_kpis(money.before), _service_kpis(service, "before")])
    second = pl.concat([after.table("kpis"), _money_kpis(money.after), _service_kpis(service, "after")])
    both = first.rename({"value": "before"}).join(
        second.select("name", after="value"), on="name", how="left", maintain_order="left"
    )
    return both.with_columns(change=pl.col("after") - pl.col("before")).select(KPI_CHANGES.column_names)


def _money_kpis(money: NDArray[np.float64]) -> pl.DataFrame:
    """Return the money of a plan as figures: averages of what stands, sums of what flows."""
    figures = [
        ("inventory_value_average", float(money[:, 0].mean()), "money"),
        ("inventory_value_end", float(money[-1, 0]), "money"),
        ("backlog_value_average", float(money[:, 1].mean()), "money"),
        ("purchase_spend", float(money[:, 2].sum()), "money"),
    ]
    return pl.DataFrame(figures, schema=_FIGURE, orient="row")


def _service_kpis(service: pl.DataFrame, when: str) -> pl.DataFrame:
    """Return the service of a plan as figures."""
    row = service.filter(pl.col("level") == "plan").row(0, named=True)
    n, on_time = row[f"demands_{when}"], row[f"on_time_{when}"]
    figures = [
        ("demands_on_time", float(on_time), "demands"),
        ("demands_late_or_short", float(n - on_time), "demands"),
        ("fill_rate", row[f"fill_rate_{when}"], "fraction"),
        ("value_fill_rate", row[f"value_fill_rate_{when}"], "fraction"),
    ]
    return pl.DataFrame(figures, schema=_FIGURE, orient="row")
