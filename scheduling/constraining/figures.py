"""The constrained plan in numbers: service, lateness, inventory, and the cost by which sequences are compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scheduling.constraining.run import Commitments
from scheduling.constraining.tables import SERVICE_FIGURES
from scheduling.kernels.constraining_arrays import ABSENT, Want

# What cannot be had counts as late until so many days after the last day that something is wanted.
_BEHIND_DAYS = 91
_DAYS_PER_YEAR, _DAYS_PER_WEEK = 365.0, 7.0


@dataclass(frozen=True, slots=True)
class DemandParts:
    """The parts of demands, without what is bound or for safety stocks.

    Parameters
    ----------
    want
        int32: the place of each among the wants.
    days_late
        float64: days by which it is late; what cannot be had counts up to 91 days after the last day.
    is_short
        bool: it cannot be had.
    quantity, price
        float64: how much, and what one unit is worth: the demand's price, else the item's, else its cost, else 1.
    priority
        int64.
    """

    want: NDArray[np.int32]
    days_late: NDArray[np.float64]
    is_short: NDArray[np.bool_]
    quantity: NDArray[np.float64]
    price: NDArray[np.float64]
    priority: NDArray[np.int64]

    @property
    def money_days(self) -> NDArray[np.float64]:
        """float64: lateness by value and priority."""
        return np.asarray(self.days_late * self.quantity * self.price / self.priority)


def demand_parts(found: Commitments) -> DemandParts:
    """Return the parts of demands with how late they are."""
    rows = found.promises[found.wants["kind"][found.promises["want"]] == Want.DEMAND]
    want = found.wants[rows["want"]]
    is_short = rows["day"] == ABSENT
    end = int(found.shop.wants["day"].max(initial=0)) + _BEHIND_DAYS
    late = np.where(is_short, end, rows["day"]) - want["day"].astype(np.float64)
    return DemandParts(
        np.ascontiguousarray(rows["want"]), np.maximum(late, 0.0), is_short, np.ascontiguousarray(rows["quantity"]),
        _prices(found)[rows["want"]], np.maximum(np.ascontiguousarray(want["priority"]), 1),
    )  # fmt: skip


def _prices(found: Commitments) -> NDArray[np.float64]:
    """Return what a unit of each want is worth."""
    model = found.shop.plan.model
    parameters = model.sourcing.parameters
    cost = parameters["unit_cost"].fill_null(0.0)
    items = model.data.filled("items", ["item_id", "unit_price"])
    listed = pl.DataFrame({"item_id": model.nodes.item_ids[model.nodes.item]}).join(
        items, on="item_id", how="left", maintain_order="left"
    )["unit_price"]
    of_node = np.where(listed.fill_null(0.0).to_numpy() > 0, listed.fill_null(0.0).to_numpy(), cost.to_numpy())
    price = of_node[found.wants["node"]]
    own = model.data.filled("demands", ["unit_price"])["unit_price"].fill_null(0.0).to_numpy()
    table = model.event_table
    is_demand = np.flatnonzero(found.wants["kind"] == Want.DEMAND)
    given = own[table.demand_row[found.wants["source"][is_demand]]]
    price[is_demand] = np.where(given > 0, given, price[is_demand])
    return np.where(price > 0, price, 1.0)


def inventory_value_days(found: Commitments) -> float:
    """Return the value of what lies from the day it comes to the day it is used, or to the last day, times the days."""
    cost = found.shop.plan.model.sourcing.parameters["unit_cost"].fill_null(0.0).to_numpy()
    supplies, taken = found.supplies, found.taken
    end = float(found.shop.wants["day"].max(initial=0))
    used = np.where(found.taken_day == ABSENT, end, found.taken_day) - supplies["day"][taken["supply"]]
    of_taken = (taken["quantity"] * np.maximum(used, 0.0) * cost[supplies["node"][taken["supply"]]]).sum()
    left = np.maximum(np.minimum(supplies["expiry"], end) - supplies["day"], 0.0)
    return float(of_taken + (supplies["free"] * left * cost[supplies["node"]]).sum())


def plan_cost(found: Commitments) -> float:
    """Return the cost by which sequences are compared: lateness by value and priority, and inventory."""
    options = found.shop.options
    late = float(demand_parts(found).money_days.sum()) * options.late_rate_per_week / _DAYS_PER_WEEK
    return late + inventory_value_days(found) * options.holding_rate_per_year / _DAYS_PER_YEAR


def figures(found: Commitments) -> dict[str, tuple[float, str]]:
    """Return the plan in numbers, each with its unit."""
    parts = demand_parts(found)
    is_late = parts.days_late > 0
    n_demands = int(np.unique(parts.want).shape[0])
    n_late = int(np.unique(parts.want[is_late]).shape[0])
    total = float(parts.quantity.sum())
    on_time = float(parts.quantity[~is_late].sum())
    known = parts.days_late[is_late & ~parts.is_short]
    return {
        "demands": (n_demands, "demands"),
        "demands_late": (n_late, "demands"),
        "demands_short": (int(np.unique(parts.want[parts.is_short]).shape[0]), "demands"),
        "on_time_fraction": ((n_demands - n_late) / n_demands if n_demands else 1.0, "fraction of demands"),
        "on_time_quantity_fraction": (on_time / total if total else 1.0, "fraction of quantity"),
        "mean_days_late": (float(known.mean()) if known.size else 0.0, "days"),
        "most_days_late": (float(known.max(initial=0.0)), "days"),
        "weighted_lateness": (float(parts.money_days.sum()), "money-days"),
        "inventory_value_days": (inventory_value_days(found), "money-days"),
        "plan_cost": (plan_cost(found), "money"),
        "planned_orders": (found.orders.shape[0], "orders"),
        "planned_minutes": (float(found.pieces["minutes"].sum()), "standard minutes"),
        "open_overload_minutes": (_open_overload(found), "standard minutes"),
    }


def _open_overload(found: Commitments) -> float:
    """Return by how much open orders overload work centers."""
    shop = found.shop
    over = np.maximum(shop.open_minutes - shop.available_minutes, 0.0)
    return float(over[shop.model.is_finite].sum())


def figure_table(found: Commitments, first_come: Commitments | None) -> pl.DataFrame:
    """Return the table ``service_figures``."""
    own, other = figures(found), {} if first_come is None else figures(first_come)
    rows = [(name, float(value), other[name][0] if other else None, unit) for name, (value, unit) in own.items()]
    schema = {column.name: column.dtype.polars for column in SERVICE_FIGURES.columns}
    return pl.DataFrame(rows, schema=schema, orient="row", strict=False)
