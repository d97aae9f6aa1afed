"""What a master schedule plans, read from a data set: items by family, their sales, supply and capacity bills."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.errors import DataError, Finding, PlanningError, Severity
from bom.findings import Problem
from planning.arrays import PlanningModel, encode
from planning.data import PlanningData
from planning.encoding.codes import dates_of
from planning.kernels.netting_arrays import SupplyType
from planning.loading.encode import LoadingModel, loading_model
from planning.master_scheduling.capacity_bill import CapacityBill, capacity_bill
from planning.master_scheduling.options import MasterScheduleOptions
from planning.master_scheduling.sales import Sales, find_sales
from planning.master_scheduling.supply import available_supply, open_order_quantities, owed

_LONGEST_PERIOD = 31
_MINUTES_PER_HOUR = 60.0
_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class PlannedFamilies:
    """The items that are planned, by family, and what is known of them.

    Parameters
    ----------
    planning, loading
        The data set and its work centers as arrays.
    nodes, family, families
        int32, shape (n_items,): the nodes, the family of each, and the names of the families.
    starts
        int32, shape (n_periods + 1,): the first day of each period, and of the one after them.
    sales
        float64, shape (n_items, n_periods): the sales plan.
    price
        float64, shape (n_items,): of a unit; 0: none is known.
    stock, receipts
        float64, shape (n_items,) and (n_items, n_periods): what is there, and arrives, that nothing else takes.
    minimum_stock
        float64, shape (n_items,): the safety stock.
    bill
        The capacity bills of the items.
    reserved_hours
        float64, shape (n_work_centers, n_periods): standard hours that open orders of the items take.
    found
        The sales that it was made from.
    findings
        What is noticed on the way.
    left_out
        Sold, but not made: how many items, and how many units.
    """

    planning: PlanningModel
    loading: LoadingModel
    nodes: NDArray[np.int32]
    family: NDArray[np.int32]
    families: list[str]
    starts: NDArray[np.int32]
    sales: NDArray[np.float64]
    price: NDArray[np.float64]
    stock: NDArray[np.float64]
    receipts: NDArray[np.float64]
    minimum_stock: NDArray[np.float64]
    bill: CapacityBill
    reserved_hours: NDArray[np.float64]
    found: Sales
    findings: tuple[Finding, ...]
    left_out: tuple[int, float]

    @property
    def n_periods(self) -> int:
        """The number of periods."""
        return int(self.starts.shape[0]) - 1

    @property
    def days(self) -> NDArray[np.float64]:
        """float64, shape (n_periods,): the calendar days of each period from ``as_of`` on."""
        return np.diff(np.maximum(self.starts, 0)).astype(np.float64)

    @property
    def period_starts(self) -> pl.Series:
        """The first day of each period."""
        return dates_of(self.starts[:-1], self.planning.as_of)

    def total(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values of items, or of items and periods, added up by family."""
        added = np.zeros((len(self.families), *values.shape[1:]))
        np.add.at(added, self.family, values)
        return added

    @property
    def supply(self) -> NDArray[np.float64]:
        """float64, shape (n_items, n_periods): stock and what has arrived by the end of each period."""
        return self.stock[:, None] + np.cumsum(self.receipts, axis=1)

    @property
    def used_supply(self) -> NDArray[np.float64]:
        """float64, shape (n_items, n_periods): the part of it that the item's own sales up to then use.

        What one item has too much of is no supply for another item of its family.
        """
        return np.minimum(self.supply, np.cumsum(self.sales, axis=1))

    @property
    def missing_minimum(self) -> NDArray[np.float64]:
        """float64, shape (n_items, n_periods): what the safety stock lacks when nothing is made."""
        return np.maximum(self.minimum_stock[:, None] - (self.supply - self.used_supply), 0.0)

    @property
    def share_sold(self) -> NDArray[np.float64]:
        """float64, shape (n_items,): the part of its family's sales that is of each item."""
        own = self.sales.sum(axis=1)
        total = self.total(own)[self.family]
        number = self.total(np.ones(own.size))[self.family]
        return np.where(total > 0, own / np.where(total > 0, total, 1.0), 1.0 / number)

    @property
    def share_made(self) -> NDArray[np.float64]:
        """float64, shape (n_items,): the part of what its family has to make that is of each item."""
        own = self.sales.sum(axis=1) - self.used_supply[:, -1] + self.missing_minimum[:, -1]
        total = self.total(own)[self.family]
        return np.where(total > _LEAST, own / np.where(total > _LEAST, total, 1.0), self.share_sold)

    def mean(self, values: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean of values of items for each family, by their shares in it."""
        return self.total((share if values.ndim == 1 else share[:, None]) * values)

    def ids(self, rows: NDArray[np.integer]) -> pl.DataFrame:
        """Return ``family``, ``item_id`` and ``site_id`` of some items."""
        nodes, node = self.planning.nodes, self.nodes[rows]
        return pl.DataFrame(
            {
                "family": pl.Series(self.families, dtype=pl.String).gather(self.family[rows]),
                "item_id": nodes.item_ids.gather(nodes.item[node]),
                "site_id": nodes.site_ids.gather(nodes.site[node]),
            }
        )


def find_families(data: PlanningData, options: MasterScheduleOptions) -> PlannedFamilies:
    """Return what a data set has to be planned.

    Raises
    ------
    PlanningError
        ``nothing_to_schedule``: nothing is sold that is made.
    DataError
        In the profit form, when something that is sold has no price.
    """
    planning = encode(data)
    found = find_sales(planning)
    rows = owed(found.rows, planning)
    last = int(rows["day"].to_numpy().max())
    loading = loading_model(data, planning.nodes, options.period, last + 1 + _LONGEST_PERIOD)
    of_day = loading.periods.of_day
    n_periods = min(int(of_day[last]) + 1, options.horizon_periods or int(of_day[last]) + 1)
    rows = rows.with_columns(period=pl.Series(of_day).gather(rows["day"])).filter(pl.col("period") < n_periods)
    nodes, bill = _scheduled(planning, loading, rows, n_periods)
    sales, price = _by_item(planning, rows, nodes, n_periods)
    families, family, unnamed = _named(planning, nodes, options.by)
    stock, receipts = available_supply(planning, nodes, of_day, n_periods, options.use_open_orders)
    is_sold_only = ~np.isin(rows["node"].to_numpy(), nodes)
    left = rows.filter(pl.Series(is_sold_only))
    problems = [*unnamed, *_without_hours(planning, nodes, bill), *_without_price(planning, nodes, price, options)]
    findings = tuple(finding for problem in problems for finding in problem.findings())
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise DataError(findings)
    return PlannedFamilies(
        planning,
        loading,
        nodes,
        family,
        families,
        loading.periods.starts[: n_periods + 1],
        sales,
        price,
        stock,
        receipts,
        planning.node_rows["safety_stock"][nodes].copy(),
        bill,
        _reserved(planning, bill, nodes, of_day, n_periods, options),
        found,
        findings,
        (left["node"].n_unique(), float(left["quantity"].sum())),
    )


def _scheduled(
    planning: PlanningModel, loading: LoadingModel, rows: pl.DataFrame, n_periods: int
) -> tuple[NDArray[np.int32], CapacityBill]:
    """Return what is planned: what is made, or transferred and then takes hours; and its capacity bill."""
    sold = rows.group_by("node").agg(pl.col("quantity").sum()).sort("node")
    node = sold["node"].to_numpy()
    kind, parameters = planning.node_rows["supply_type"][node], planning.node_rows
    can_be = np.isin(kind, (SupplyType.MAKE, SupplyType.TRANSFER)) & ~parameters["is_phantom"][node]
    nodes = node[can_be]
    per_period = sold["quantity"].to_numpy()[can_be] / n_periods
    bill = capacity_bill(planning, loading, nodes, per_period)
    kept = (planning.node_rows["supply_type"][nodes] == SupplyType.MAKE) | (bill.minutes.sum(axis=1) > 0)
    if not kept.any():
        raise PlanningError("nothing_to_schedule", "nothing that is sold is made: all of it is bought")
    bill = CapacityBill(bill.minutes[kept], bill.material_cost[kept], bill.own_minutes[kept])
    return nodes[kept].astype(np.int32), bill


def _by_item(
    planning: PlanningModel, rows: pl.DataFrame, nodes: NDArray[np.int32], n_periods: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the sales by item and period, and the mean price of a unit."""
    at = np.full(planning.nodes.n_nodes, -1, np.int64)
    at[nodes] = np.arange(nodes.size)
    kept = rows.with_columns(item=pl.Series(at[rows["node"].to_numpy()])).filter(pl.col("item") >= 0)
    item, quantity = kept["item"].to_numpy(), kept["quantity"].to_numpy()
    sales = np.zeros((nodes.size, n_periods))
    np.add.at(sales, (item, kept["period"].to_numpy()), quantity)
    of_items = planning.data.filled("items", ["unit_price"])["unit_price"].fill_null(0.0).to_numpy()
    price = kept["price"].fill_nan(None).to_numpy()
    price = np.where(np.isnan(price), of_items[planning.nodes.item[nodes[item]]], price)
    revenue = np.bincount(item, quantity * price, nodes.size)
    units = np.bincount(item, quantity, nodes.size)
    return sales, np.divide(revenue, units, out=np.zeros(nodes.size), where=units > 0)


def _named(
    planning: PlanningModel, nodes: NDArray[np.int32], by: str
) -> tuple[list[str], NDArray[np.int32], list[Problem]]:
    """Return the families, the family of each item, and the warning about items without one."""
    table, item = planning.nodes, planning.nodes.item[nodes]
    own = table.item_ids.gather(item)
    if len(table.site_ids) > 1:
        own = own + "@" + table.site_ids.gather(table.site[nodes])
    family = planning.data.filled("items", ["family"])["family"].gather(item)
    problems = []
    if by == "family" and family.null_count():
        rows = np.unique(item[family.is_null().to_numpy()]).astype(np.int64)
        message = "this is sold and has no family; it is planned as a family of its own"
        problems = [_warning("no_family", "family", message, rows)]
    names = family.fill_null(own) if by == "family" else own
    families = names.unique().sort().to_list()
    codes = names.cast(pl.Enum(families)).to_physical().cast(pl.Int32).to_numpy().copy()
    return families, codes, problems


def _without_hours(planning: PlanningModel, nodes: NDArray[np.int32], bill: CapacityBill) -> list[Problem]:
    """Return the warning about items that take no hours anywhere."""
    rows = np.unique(planning.nodes.item[nodes[bill.minutes.sum(axis=1) == 0]]).astype(np.int64)
    if rows.size == 0:
        return []
    ids = tuple(planning.nodes.item_ids.gather(rows).to_list())
    message = "neither this item nor what goes into it has operations: making it takes no hours"
    return [_warning("no_hours", "item_id", message, rows, ids)]


def _without_price(
    planning: PlanningModel, nodes: NDArray[np.int32], price: NDArray[np.float64], options: MasterScheduleOptions
) -> list[Problem]:
    """Return the error about items without a price, in the profit form."""
    rows = np.unique(planning.nodes.item[nodes[price <= 0]]).astype(np.int64)
    if options.form == "cost" or rows.size == 0:
        return []
    message = "the profit form needs a price: neither the demands, nor sales_plan, nor unit_price of the item has one"
    return [Problem("no_price", "items", "unit_price", message, rows, ("0",) * min(rows.size, 1000))]


def _warning(code: str, column: str, message: str, rows: NDArray[np.int64], values: tuple[str, ...] = ()) -> Problem:
    return Problem(code, "items", column, message, rows, values, severity=Severity.WARNING)


def _reserved(
    planning: PlanningModel,
    bill: CapacityBill,
    nodes: NDArray[np.int32],
    of_day: NDArray[np.int32],
    n_periods: int,
    options: MasterScheduleOptions,
) -> NDArray[np.float64]:
    """Return the standard hours of open orders' own operations, by work center and the period in which they are due."""
    if not options.use_open_orders:
        return np.zeros((bill.minutes.shape[1], n_periods))
    quantity = open_order_quantities(planning, nodes, of_day, n_periods)
    hours: NDArray[np.float64] = bill.own_minutes.T @ quantity / _MINUTES_PER_HOUR
    return hours


def period_names(starts: pl.Series, period: str) -> list[str]:
    """Return what periods are called.

    Examples
    --------
    >>> from datetime import date
    >>> period_names(pl.Series([date(2026, 3, 2)]), "week"), period_names(pl.Series([date(2026, 3, 1)]), "month")
    (['2026-W10'], ['2026-03'])
    """
    return starts.dt.strftime("%G-W%V" if period == "week" else "%Y-%m").to_list()
