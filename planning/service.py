"""Service: how much of each open demand a plan delivers on its day."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.arrays import PlanningModel
from planning.kernels.figures import serve_demands
from planning.kernels.netting_arrays import NettingModel
from planning.message_kinds.demands import demand_ids
from planning.net import NettedPlan
from planning.options import MrpOptions
from planning.push import push, written_off


def demand_service(model: PlanningModel, netting: NettingModel, options: MrpOptions, plan: NettedPlan) -> pl.DataFrame:
    """Return the open demands with what they get.

    Returns
    -------
    polars.DataFrame
        ``demand_id``, ``item_id``, ``family``, ``customer_id``, ``segment``, ``kind``, ``quantity``, ``unit_price``,
        ``on_time_quantity`` (there on the due date), ``served_quantity`` (there at all).

    Notes
    -----
    Nothing can be released before ``as_of``: where the plan keeps such releases, they are pushed first (rule 8).
    Supplies serve the requirements of an item first come, first served. A demand that was due before ``as_of`` is late
    whatever comes. A demand on a phantom is served on time, whole, when none of its components is late.
    """
    pushed = plan if options.past_release == "push" else push(model, netting, plan)
    n = netting.demands.shape[0]
    on_time, served = np.zeros(n), np.zeros(n)
    table = model.event_table
    owner = np.repeat(np.arange(model.nodes.n_nodes, dtype=np.int32), np.diff(table.demand_indptr))
    left = written_off(netting, plan.orders, plan.days)
    is_wanted = (np.diff(table.demand_indptr) > 0) & ~netting.nodes["is_phantom"]
    nodes = np.flatnonzero(is_wanted).astype(np.int32)
    days = plan.needed_day, plan.netted_day
    serve_demands(netting, plan.orders, pushed.dated_orders, *days, left, nodes, on_time, served)
    quantity, is_phantom = netting.demands["quantity"], netting.nodes["is_phantom"][owner]
    is_late = pushed.demand_lateness > 0
    on_time = np.where(is_phantom, np.where(is_late, 0.0, quantity), on_time)
    on_time[netting.demands["day"] < 0] = 0.0
    served = np.where(is_phantom, quantity, served)
    picked = np.flatnonzero(table.demand_row < table.n_demands)
    return _frame(model, picked, owner[picked]).with_columns(
        quantity=np.ascontiguousarray(quantity[picked]),
        on_time_quantity=np.minimum(on_time, quantity)[picked],
        served_quantity=np.minimum(served, quantity)[picked],
    )


def _frame(model: PlanningModel, picked: NDArray[np.int64], node: NDArray[np.int32]) -> pl.DataFrame:
    """Return what the demands are, and for whom."""
    data, row = model.data, model.event_table.demand_row[picked]
    items = data.filled("items", ["item_id", "family", "unit_price"])[model.nodes.item[node]]
    demands = data.filled("demands", ["customer_id", "kind", "unit_price"])[row]
    customers = data.filled("customers", ["customer_id", "segment"])
    frame = items.with_columns(
        demand_id=demand_ids(model, row),
        customer_id=demands["customer_id"],
        kind=demands["kind"],
        unit_price=demands["unit_price"].fill_null(items["unit_price"]),
    )
    return frame.join(customers, on="customer_id", how="left", maintain_order="left")


def service_totals(service: pl.DataFrame, level: str, column: str | None) -> pl.DataFrame:
    """Return the demands added up: all of them, or by a column.

    Returns
    -------
    polars.DataFrame
        ``level``, ``id``, ``demands``, ``on_time``, ``fill_rate``, ``value_fill_rate`` (empty where nothing
        is wanted, or has no price).

    Examples
    --------
    >>> service = pl.DataFrame({"item_id": ["A", "A", "B"], "quantity": [4.0, 4.0, 1.0], "unit_price": [2.0, 2.0, 0.0],
    ...     "on_time_quantity": [4.0, 2.0, 0.0]})
    >>> service_totals(service, "item", "item_id").sort("id").rows()
    [('item', 'A', 2, 1, 0.75, 0.75), ('item', 'B', 1, 0, 0.0, None)]
    """
    price = pl.col("unit_price")
    on_time, quantity = pl.col("on_time_quantity"), pl.col("quantity")
    sums = {
        "demands": pl.len().cast(pl.Int64),
        "on_time": (on_time >= quantity * (1 - 1e-9)).sum().cast(pl.Int64),
        "fill_rate": _ratio(on_time.sum(), quantity.sum()),
        "value_fill_rate": _ratio((on_time * price).sum(), (quantity * price).sum()),
    }
    if column is None:
        totals = service.select(**sums).with_columns(id=pl.lit(None, pl.String))
    else:
        known = service.filter(pl.col(column).is_not_null())
        totals = known.group_by(pl.col(column).alias("id")).agg(**sums)
    return totals.select(pl.lit(level).alias("level"), "id", *sums)


def _ratio(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Return a fraction, empty where the whole is nothing."""
    return pl.when(whole > 0).then(part / whole)
