"""Rough-cut capacity: what a master schedule asks of the work centers, without an MRP run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.arrays import PlanningModel, encode
from planning.data import PlanningData
from planning.loading.available import available_minutes
from planning.loading.encode import LoadingModel, loading_model
from planning.loading.load_tables import capacity_costs, labor_loads, loads
from planning.loading.master_schedule import exploded, schedule_rows
from planning.option_set import OptionSet

_LONGEST_PERIOD = 31
_TABLES = ("loads", "labor_loads", "capacity_costs")


@dataclass(frozen=True, slots=True)
class RoughCutOptions(OptionSet):
    """The options of :func:`run_rough_cut`; each default stands first among its values.

    Parameters
    ----------
    method
        The work of each scheduled item and all that goes into it, by work center, in the period in which the item is
        due (``capacity_bill``); each component's a lead time before (``resource_profile``); or all of it together,
        shared among the work centers by fixed fractions (``overall_factors``).
    period
        Loads are added up by ``week``, ``day`` or ``month``.
    """

    SECTION: ClassVar[str] = "capacity"

    method: Literal["capacity_bill", "resource_profile", "overall_factors"] = "capacity_bill"
    period: Literal["week", "day", "month"] = "week"


@dataclass(frozen=True)
class RoughCutResult:
    """The loads of a master schedule.

    Parameters
    ----------
    data, options, model
        What was loaded, how, and the work centers and periods as arrays.
    required_minutes, available_minutes, overtime_minutes
        float64, shape (n_work_centers, n_periods), as those of :class:`planning.capacity.CapacityResult`.
    """

    data: PlanningData
    options: RoughCutOptions
    model: LoadingModel
    required_minutes: NDArray[np.float64]
    available_minutes: NDArray[np.float64]
    overtime_minutes: NDArray[np.float64]

    @property
    def as_of(self) -> date:
        """The planning date."""
        return self.data.settings.as_of

    @property
    def work_center_ids(self) -> pl.Series:
        """The work centers."""
        return self.model.centers.ids

    @property
    def table_names(self) -> tuple[str, ...]:
        """The tables that :meth:`table` gives."""
        return _TABLES

    def table(self, name: str) -> pl.DataFrame:
        """Return ``loads``, ``labor_loads`` or ``capacity_costs`` of ``docs/tables.md``.

        Raises
        ------
        KeyError
            When it is none of these.
        """
        makers = {"loads": loads, "labor_loads": labor_loads, "capacity_costs": capacity_costs}
        arrays = self.required_minutes, self.available_minutes, self.overtime_minutes
        return makers[name](self.model, self.as_of, *arrays)


def run_rough_cut(
    data: PlanningData,
    options: RoughCutOptions | None = None,
    schedule: pl.DataFrame | None = None,
    factors: Mapping[str, float] | None = None,
) -> RoughCutResult:
    """Return the loads of a master schedule (``docs/concepts/rough_cut.md``).

    Parameters
    ----------
    data
        A validated data set.
    options
        The method and the periods.
    schedule
        The master schedule: ``item_id``, ``site_id`` (MAIN), ``due_date``, ``quantity``; without it the open demands.
    factors
        For ``overall_factors``: the fraction of all work that each work center does; without it that of the whole
        schedule's capacity bill.

    Raises
    ------
    CycleError
        When items need each other in a circle.

    Examples
    --------
    >>> from datetime import date
    >>> from planning.checks import validate
    >>> tables = {
    ...     "items": pl.DataFrame({"item_id": ["radio"], "supply_type": ["make"]}),
    ...     "demands": pl.DataFrame({"item_id": ["radio"], "due_date": [date(2026, 3, 20)], "quantity": [450.0]}),
    ...     "work_centers": pl.DataFrame({"work_center_id": ["boards"]}),
    ...     "operations": pl.DataFrame({
    ...         "item_id": ["radio"], "operation_sequence": [10], "work_center_id": ["boards"],
    ...         "run_minutes_per_unit": [12.0],
    ...     }),
    ... }
    >>> rough = run_rough_cut(validate(tables, {"as_of": date(2026, 3, 16)}).data)
    >>> rough.table("loads").select("period_start", "required_minutes").rows()
    [(datetime.date(2026, 3, 16), 5400.0)]
    """
    options = RoughCutOptions() if options is None else options
    planning = encode(data)
    rows = schedule_rows(planning, schedule)
    last = int(rows["day"].to_numpy().max(initial=0))
    model = loading_model(data, planning.nodes, options.period, last + 1 + _LONGEST_PERIOD)
    is_set_off = options.method == "resource_profile"
    required = np.zeros((model.centers.rows.shape[0], model.periods.starts.shape[0]))
    for made in exploded(planning, rows, is_set_off):
        _add(required, planning, model, made)
    if options.method == "overall_factors":
        required = _shared(required, model, factors)
    available, overtime = available_minutes(model)
    n_periods = int(model.periods.of_day[last]) + 1
    arrays = [minutes[:, :n_periods].copy() for minutes in (required, available, overtime)]
    return RoughCutResult(data, options, model, *arrays)


def _add(required: NDArray[np.float64], planning: PlanningModel, model: LoadingModel, made: pl.DataFrame) -> None:
    """Add the work on what is made on one level to ``required``; what starts before ``as_of`` counts on ``as_of``."""
    period = model.periods.of_day[np.clip(made["release"].to_numpy(), 0, model.periods.of_day.shape[0] - 1)]
    by_period = (
        made.with_columns(period=pl.Series(period))
        .group_by("node", "period")
        .agg(pl.col("start_quantity").sum())
        .sort("node", "period")
    )
    node, start = by_period["node"].to_numpy(), by_period["start_quantity"].to_numpy()
    operations = first_operations(model)
    lots = setup_lots(planning)[node]
    setups = np.where(np.isnan(lots), 1.0, start / lots)
    work = by_period.with_columns(setups=pl.Series(setups)).join(operations, on="node", maintain_order="left_right")
    minutes = work["setups"] * work["setup_minutes"] + work["start_quantity"] * work["run_minutes"]
    np.add.at(required, (work["work_center"].to_numpy(), work["period"].to_numpy()), minutes.to_numpy())


def setup_lots(planning: PlanningModel) -> NDArray[np.float64]:
    """Return the lot over which each node's setups are spread; NaN: one setup in each period."""
    fixed, minimum = planning.node_rows["fixed_order_quantity"], planning.node_rows["minimum_order_quantity"]
    lots: NDArray[np.float64] = np.where(np.isnan(fixed), np.where(minimum > 0, minimum, np.nan), fixed)
    return lots


def first_operations(model: LoadingModel) -> pl.DataFrame:
    """Return the operations in force on ``as_of``, of alternates the first, run minutes per unit that is started."""
    rows = model.routings.rows
    node = np.repeat(np.arange(model.routings.indptr.shape[0] - 1, dtype=np.int32), np.diff(model.routings.indptr))
    frame = pl.DataFrame(
        {
            "node": node,
            "sequence": rows["sequence"].copy(),
            "work_center": rows["work_center"].copy(),
            "setup_minutes": rows["setup_minutes"].copy(),
            "run": rows["run_minutes_per_unit"].copy(),
            "yield_fraction": rows["yield_fraction"].copy(),
        }
    ).filter(pl.Series((rows["effective_from"] <= 0) & (rows["effective_to"] > 0)))
    first = frame.unique(["node", "sequence"], keep="first", maintain_order=True)
    units = (pl.col("yield_fraction").cum_prod() / pl.col("yield_fraction")).over("node")
    return first.with_columns(run_minutes=pl.col("run") * units).select(
        "node", "work_center", "setup_minutes", "run_minutes"
    )


def _shared(
    required: NDArray[np.float64], model: LoadingModel, factors: Mapping[str, float] | None
) -> NDArray[np.float64]:
    """Return the work of each period shared among the work centers by fractions."""
    if factors is None:
        total = required.sum()
        fractions = required.sum(axis=1) / total if total > 0 else required.sum(axis=1)
    else:
        fractions = np.array([factors.get(name, 0.0) for name in model.centers.ids], dtype=np.float64)
    shared: NDArray[np.float64] = fractions[:, None] * required.sum(axis=0)[None, :]
    return shared
