"""The classic grid: gross requirements, receipts, balance, net requirements and planned orders by period."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.errors import OptionError
from planning.arrays import PlanningModel
from planning.encoding.codes import dates_of
from planning.kernels.balance import N_RECORD_COLUMNS, record_periods
from planning.kernels.netting_arrays import NettingModel
from planning.net import NettedPlan, equal_chunks
from planning.plan_tables import MRP_RECORDS

PERIODS = ("day", "week", "month")
_CELLS_PER_CHUNK = 4_000_000


def period_starts(period: str, as_of: date, last: int) -> NDArray[np.int32]:
    """Return the first day number of each period from the one that holds ``as_of`` to the one that holds ``last``.

    Weeks start on Monday. The first period starts on or before ``as_of``.

    Raises
    ------
    OptionError
        When ``period`` is none of ``PERIODS``.

    Examples
    --------
    >>> period_starts("week", date(2026, 3, 4), 9).tolist()
    [-2, 5]
    """
    if period not in PERIODS:
        raise OptionError("unknown_period", f"period {period!r} must be one of {', '.join(PERIODS)}")
    first = {"day": as_of, "week": as_of - timedelta(days=as_of.weekday()), "month": as_of.replace(day=1)}[period]
    end = as_of + timedelta(days=last)
    starts = pl.date_range(first, end, interval={"day": "1d", "week": "1w", "month": "1mo"}[period], eager=True)
    return (starts - as_of).dt.total_days().cast(pl.Int32).to_numpy()


def record_chunks(model: PlanningModel, netting: NettingModel, plan: NettedPlan, period: str) -> Iterator[pl.DataFrame]:
    """Yield the table ``mrp_records`` by level, item and site: each item's periods up to its last event.

    Phantoms have no rows: nothing of them is ordered or received.
    """
    first, last = plan.days
    starts = period_starts(period, model.as_of, last)
    days = np.arange(first, last + 1)
    period_of_day = np.maximum(np.searchsorted(starts, days, side="right") - 1, 0).astype(np.int32)
    nodes = model.level_nodes[~model.node_rows["is_phantom"][model.level_nodes]]
    step = max(1, _CELLS_PER_CHUNK // (starts.shape[0] * N_RECORD_COLUMNS))
    for begin in range(0, nodes.shape[0], step):
        some = nodes[begin : begin + step]
        cells = np.zeros((some.shape[0], starts.shape[0], N_RECORD_COLUMNS))
        last_period = np.empty(some.shape[0], np.int32)
        chunks = equal_chunks(np.ones(some.shape[0], np.int64))
        record_periods(
            netting,
            plan.orders,
            plan.dated_orders,
            plan.netted_day,
            some,
            chunks,
            first,
            period_of_day,
            cells,
            last_period,
        )
        yield _records(model, some, starts, cells, last_period)


def _records(
    model: PlanningModel,
    nodes: NDArray[np.int32],
    starts: NDArray[np.int32],
    cells: NDArray[np.float64],
    last_period: NDArray[np.int32],
) -> pl.DataFrame:
    """Return the rows of some nodes."""
    is_row = np.arange(starts.shape[0]) <= last_period[:, None]
    at, period = np.nonzero(is_row)
    node = nodes[at]
    columns = {
        "item_id": model.nodes.item_ids[model.nodes.item[node]],
        "site_id": model.nodes.site_ids[model.nodes.site[node]],
        "period_start": dates_of(starts[period], model.as_of),
    }
    values = dict(zip(MRP_RECORDS.column_names[3:], cells[is_row].T, strict=True))
    return pl.DataFrame(columns | {name: np.ascontiguousarray(column) for name, column in values.items()})
