"""Levelled quantities as firm planned orders, and the frames of what levelling decided."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.capacity import CapacityResult
from planning.encoding.codes import dates_of
from planning.kernels.netting_arrays import SupplyType
from scheduling.leveller.from_plan import PlanProblem
from scheduling.leveller.solution import LevellingSolution
from scheduling.leveller.tables import LEVELLED_ORDERS, LEVELLED_QUANTITIES, OPERATIONS_MOVED

_LEAST = 1e-6


def levelled_orders(capacity: CapacityResult, found: PlanProblem, solution: LevellingSolution) -> pl.DataFrame:
    """Return the table ``levelled_orders``: of each item and period what is made or transferred, then what is bought.

    Notes
    -----
    Quantities are rounded up to the item's precision from the first period on, so that no more than one last unit is
    early. What is late or missing in the end is ordered to be released when the horizon ends: without an order,
    netting would plan it again where there are no hours. A transfer comes from the item's source site, or where there
    are several from the first of its lanes.
    """
    left = solution.backlog[:, -1:] + solution.below_minimum[:, -1:]
    made = made_orders(capacity, found, solution.make, left)
    return pl.concat([made, _bought(capacity, found, solution)], how="diagonal").select(LEVELLED_ORDERS.column_names)


def made_orders(
    capacity: CapacityResult, found: PlanProblem, make: NDArray[np.float64], left: NDArray[np.float64] | None = None
) -> pl.DataFrame:
    """Return firm planned orders of what is made or transferred, ``make`` by item and due period.

    ``left``, of shape (n_items, 1), is released when the horizon ends.
    """
    plan, nodes = capacity.plan, found.nodes
    left = np.zeros((nodes.shape[0], 1)) if left is None else left
    after = capacity.model.periods.starts[found.problem.n_periods] + found.times.lead_days[:, None]
    quantity = rounded_up(np.hstack([make, left]), plan.netting.nodes["decimals"][nodes])
    due = np.hstack([found.times.due, after])
    item, period = np.nonzero(quantity > _LEAST)
    supply = np.array([kind.name.lower() for kind in SupplyType])[plan.netting.nodes["supply_type"][nodes[item]]]
    made = _frame(capacity, nodes[item], due[item, period], quantity[item, period], supply)
    source = _sources(capacity, nodes)[item]
    made = made.with_columns(source_site_id=source, supplier_id=pl.lit(None, pl.String))
    return made.select(LEVELLED_ORDERS.column_names)


def rounded_up(quantity: NDArray[np.float64], decimals: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return quantities by period whose sums are rounded up to so many decimals, -1: to six.

    Examples
    --------
    >>> rounded_up(np.array([[1.5, 1.2, 0.3]]), np.array([0])).tolist()
    [[2.0, 1.0, 0.0]]
    """
    scale = 10.0 ** np.where(decimals < 0, 6, decimals)[:, None]
    total = np.ceil(np.cumsum(quantity, axis=1) * scale - 1e-4)
    return np.asarray(np.diff(total, axis=1, prepend=0.0) / scale)


def levelled_quantities(capacity: CapacityResult, found: PlanProblem, solution: LevellingSolution) -> pl.DataFrame:
    """Return the table ``levelled_quantities``: the cells in which there is anything."""
    columns = {
        "planned_quantity": found.problem.planned,
        "levelled_quantity": solution.make,
        "subcontracted_quantity": solution.subcontract,
        "stock": solution.stock,
        "backlog": solution.backlog,
        "below_minimum": solution.below_minimum,
    }
    item, period = np.nonzero(np.abs(np.stack(list(columns.values()))).max(axis=0) > _LEAST)
    frame = _ids(capacity, found.nodes[item]).with_columns(
        period_start=dates_of(capacity.model.periods.starts[period], capacity.plan.model.as_of)
    )
    cells = {name: np.where(grid > _LEAST, grid, 0.0)[item, period] for name, grid in columns.items()}
    return frame.with_columns(pl.Series(name, values) for name, values in cells.items()).select(
        LEVELLED_QUANTITIES.column_names
    )


def operations_moved(capacity: CapacityResult, found: PlanProblem, solution: LevellingSolution) -> pl.DataFrame:
    """Return the table ``operations_moved``."""
    problem = found.problem
    family = solution.model.model.variable("alternate")
    values = solution.result.values[family.slice]
    used = np.flatnonzero(values > _LEAST)
    operation, center, period = (codes[used] for codes in family.index.codes)
    return pl.DataFrame(
        {
            "operation": pl.Series([problem.operations[code] for code in operation], dtype=pl.String),
            "to_work_center_id": pl.Series([problem.work_centers[code] for code in center], dtype=pl.String),
            "period_start": dates_of(capacity.model.periods.starts[period], capacity.plan.model.as_of),
            "quantity": values[used],
        }
    ).select(OPERATIONS_MOVED.column_names)


def _bought(capacity: CapacityResult, found: PlanProblem, solution: LevellingSolution) -> pl.DataFrame:
    """Return the orders of what is bought ready-made, by offer."""
    family = solution.model.model.variable("subcontract")
    offers = found.problem.subcontracts
    n_periods = found.problem.n_periods
    at, period = np.nonzero(np.arange(n_periods) >= offers.first_period[:, None])
    values = np.zeros((offers.item.shape[0], n_periods))
    values[at, period] = solution.result.values[family.slice]
    nodes = found.nodes[offers.item]
    quantity = rounded_up(np.maximum(values, 0.0), capacity.plan.netting.nodes["decimals"][nodes])
    at, period = np.nonzero(quantity > _LEAST)
    last = capacity.model.periods.starts[period + 1] - 1
    due = np.where(found.times.due[offers.item[at], period] >= 0, found.times.due[offers.item[at], period], last)
    frame = _frame(capacity, nodes[at], due.astype(np.int32), quantity[at, period], np.full(at.size, "buy"))
    supplier = found.suppliers[at] if len(found.suppliers) else pl.Series([], dtype=pl.String)
    named = pl.format("{}/{}", pl.col("order_id"), pl.col("supplier_id"))
    return frame.with_columns(supplier_id=supplier, source_site_id=pl.lit(None, pl.String)).with_columns(order_id=named)


def _frame(
    capacity: CapacityResult,
    nodes: NDArray[np.int32],
    due: NDArray[np.int32],
    quantity: NDArray[np.float64],
    supply: NDArray[np.str_],
) -> pl.DataFrame:
    """Return firm planned orders, named by item, site and due date."""
    return (
        _ids(capacity, nodes)
        .with_columns(
            due_date=dates_of(due, capacity.plan.model.as_of),
            quantity=quantity,
            supply_type=pl.Series(supply.tolist(), dtype=pl.String),
            status=pl.lit("firm_planned"),
        )
        .with_columns(order_id=pl.format("{}@{}/levelled/{}", "item_id", "site_id", "due_date"))
    )


def _ids(capacity: CapacityResult, nodes: NDArray[np.int32]) -> pl.DataFrame:
    """Return the item and site of some nodes."""
    table = capacity.plan.model.nodes
    return pl.DataFrame({"item_id": table.item_ids[table.item[nodes]], "site_id": table.site_ids[table.site[nodes]]})


def _sources(capacity: CapacityResult, nodes: NDArray[np.int32]) -> pl.Series:
    """Return where transfers to some nodes come from; empty for all others."""
    plan = capacity.plan
    offers, first = plan.model.sourcing.offers, plan.model.sourcing.offers.indptr[nodes]
    is_transfer = plan.netting.nodes["supply_type"][nodes] == SupplyType.TRANSFER
    source = np.full(nodes.shape[0], -1)
    if is_transfer.any():
        source[is_transfer] = offers.rows["source"][first[is_transfer]]
    sites = pl.concat([plan.model.nodes.site_ids, pl.Series([None], dtype=pl.String)])
    return sites[np.where(source < 0, len(sites) - 1, source)]
