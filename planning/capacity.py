"""Capacity requirements: planned and open orders x routings, loads against what work centers can do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.kernels.capacity import add_loads
from planning.kernels.capacity_arrays import LoadCells
from planning.loading.available import available_minutes
from planning.loading.encode import LoadingModel, encode_loading
from planning.loading.exceptions import capacity_exceptions
from planning.loading.listing import scheduled_operations
from planning.loading.load_tables import capacity_costs, labor_loads, loads
from planning.loading.options import CapacityOptions
from planning.loading.tables import CAPACITY_TABLES
from planning.mrp import MrpResult
from planning.net import equal_chunks

__all__ = ["CapacityOptions", "CapacityResult", "run_capacity"]

_N_COUNTS = 5
_MOST_CELLS = 8_000_000


@dataclass(frozen=True)
class CapacityResult:
    """The loads of a plan: arrays, and tables that are made of them when they are asked for.

    Parameters
    ----------
    plan, options, model
        What was loaded, how, and the same as arrays.
    required_minutes
        float64, shape (n_work_centers, n_periods): setup and run, in standard minutes.
    available_minutes
        The same shape: units x working time x efficiency x utilization.
    overtime_minutes
        The same shape: what overtime could add.
    unplaced_minutes
        float64, shape (n_work_centers,): what does not fit before the end of the tabulated time.
    order_counts
        int64, shape (n_nodes, 5): orders, their operations, orders scheduled forward, late ones, and those without an
        operation in force.

    Notes
    -----
    Work centers are in the order of their table (``work_center_ids``), periods in that of ``period_starts``.
    """

    plan: MrpResult
    options: CapacityOptions
    model: LoadingModel
    required_minutes: NDArray[np.float64]
    available_minutes: NDArray[np.float64]
    overtime_minutes: NDArray[np.float64]
    unplaced_minutes: NDArray[np.float64]
    order_counts: NDArray[np.int64]

    @property
    def table_names(self) -> tuple[str, ...]:
        """The tables that :meth:`table` gives."""
        return tuple(CAPACITY_TABLES)

    @property
    def as_of(self) -> date:
        """The planning date: day number 0."""
        return self.plan.model.as_of

    @property
    def _arrays(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Required, available and overtime."""
        return self.required_minutes, self.available_minutes, self.overtime_minutes

    @property
    def work_center_ids(self) -> pl.Series:
        """The work centers."""
        return self.model.centers.ids

    @property
    def period_starts(self) -> NDArray[np.int32]:
        """The first day number of each period with a load; that of the first one may lie before ``as_of``."""
        return self.model.periods.starts[: self.required_minutes.shape[1]]

    @cached_property
    def overload_minutes(self) -> NDArray[np.float64]:
        """Required beyond available, 0 where capacity is no limit; the shape of ``required_minutes``."""
        is_finite = self.model.centers.frame["is_finite"].to_numpy()
        return np.where(is_finite[:, None], np.maximum(self.required_minutes - self.available_minutes, 0.0), 0.0)

    def table(self, name: str) -> pl.DataFrame:
        """Return one capacity table of ``docs/tables.md``.

        Parameters
        ----------
        name
            ``loads``, ``scheduled_operations``, ``labor_loads``, ``capacity_costs`` or ``capacity_exceptions``.

        Raises
        ------
        KeyError
            When there is no such table.
        """
        if name == "loads":
            return loads(self.model, self.as_of, *self._arrays)
        if name == "scheduled_operations":
            return scheduled_operations(self.plan, self.model)
        if name == "labor_loads":
            return labor_loads(self.model, self.as_of, *self._arrays)
        if name == "capacity_costs":
            return capacity_costs(self.model, self.as_of, *self._arrays)
        if name == "capacity_exceptions":
            return capacity_exceptions(self.plan, self.model, self.unplaced_minutes, self.order_counts)
        raise KeyError(name)


def run_capacity(result: MrpResult, options: CapacityOptions | None = None) -> CapacityResult:
    """Return the loads that a plan puts on work centers (the rules of ``docs/concepts/capacity.md``).

    Parameters
    ----------
    result
        A plan.
    options
        The choices; without them, the data set's own (``[capacity]`` in its settings), else the defaults.

    Examples
    --------
    >>> from datetime import date
    >>> from planning.checks import validate
    >>> from planning.mrp import run_mrp
    >>> tables = {
    ...     "items": pl.DataFrame({"item_id": ["bike"], "supply_type": ["make"], "lead_time_days": [2]}),
    ...     "demands": pl.DataFrame({"item_id": ["bike"], "due_date": [date(2026, 3, 20)], "quantity": [10.0]}),
    ...     "work_centers": pl.DataFrame({"work_center_id": ["bench"], "utilization_fraction": [0.5]}),
    ...     "operations": pl.DataFrame({
    ...         "item_id": ["bike"], "operation_sequence": [10], "work_center_id": ["bench"],
    ...         "setup_minutes": [30.0], "run_minutes_per_unit": [6.0],
    ...     }),
    ... }
    >>> plan = run_mrp(validate(tables, {"as_of": date(2026, 3, 16)}).data)
    >>> capacity = run_capacity(plan)
    >>> capacity.table("loads").select("work_center_id", "period_start", "required_minutes", "available_minutes").rows()
    [('bench', datetime.date(2026, 3, 16), 90.0, 5040.0)]
    """
    if options is None:
        options = CapacityOptions.from_mapping(result.model.data.settings.capacity)
    model = encode_loading(result, options)
    cells = _loads(result, model)
    required = cells.minutes.sum(axis=0)
    n_periods = int(np.flatnonzero(required.any(axis=0)).max(initial=0)) + 1
    available, overtime = available_minutes(model)
    return CapacityResult(
        result,
        options,
        model,
        required[:, :n_periods].copy(),
        available[:, :n_periods].copy(),
        overtime[:, :n_periods].copy(),
        cells.unplaced.sum(axis=0),
        cells.counts,
    )


def _loads(result: MrpResult, model: LoadingModel) -> LoadCells:
    """Return the loads in layers, which are added up in one order whatever the number of threads."""
    nodes, plan = model.routings.nodes, result.plan
    n_centers, n_periods = model.centers.rows.shape[0], model.periods.starts.shape[0]
    chunks = equal_chunks(plan.orders.counts[nodes] + np.diff(result.netting.receipt_indptr)[nodes])
    most = max(1, _MOST_CELLS // max(1, n_centers * n_periods))
    chunks = chunks[:: -(-chunks.shape[0] // most)] if chunks.shape[0] > most else chunks
    chunks = np.unique(np.append(chunks, nodes.shape[0]))
    n_chunks = chunks.shape[0] - 1
    cells = LoadCells(
        np.zeros((n_chunks, n_centers, n_periods)),
        np.zeros((n_chunks, n_centers)),
        np.zeros((result.model.nodes.n_nodes, _N_COUNTS), np.int64),
    )
    if nodes.size:
        add_loads(
            model.kernel, result.netting, plan.orders, plan.dated_orders, nodes, chunks, model.routings.most,
            model.periods.of_day, model.periods.seconds, cells,
        )  # fmt: skip
    return cells
