"""The rows of a data set as the slow reference reads them: exact numbers, day numbers, defaults filled in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

Row = Mapping[str, Any]
Node = tuple[str, str]  # (item_id, site_id)

OPTION_DEFAULTS: dict[str, Any] = {
    "net_per": "date",
    "past_demand": "today",
    "safety_stock_at_start": True,
    "expedite_window_days": "unlimited",
    "expedite_window_from": "shortage",
    "expedite_tolerance_days": 0,
    "defer_tolerance_days": 0,
    "message_minimum_value": 0,
    "message_minimum_quantity": 0,
    "message_minimum_fraction": 0,
    "message_horizon_days": "unlimited",
    "resize_receipts": False,
    "increase_window_days": 0,
    "await_receipts_days": 0,
    "window_need": "max",
    "grid_anchor": None,
    "minimum_rounding": "multiple",
    "maximum_split": "split",
    "due_on_working_day": True,
    "lead_time_from": "item",
    "past_release": "keep",
    "effectivity_at": "release",
    "component_date": "clip",
    "scrap_convention": "divide",
    "phantom_stock": "ignore",
    "planning_fence": "move",
    "alternates": "main_first",
    "usage_window_days": 90,
    "consume_by": "open",
    "consume_backward_days": 0,
    "consume_forward_days": 0,
    "consume_first": "backward",
    "forecast_bucket": "next",
    "past_forecast": "keep",
}

PARAMETER_DEFAULTS: dict[str, Any] = {
    "is_phantom": False,
    "is_planned": True,
    "lead_time_days": 0,
    "lead_time_unit": "working",
    "lead_time_days_per_unit": 0,
    "safety_lead_time_days": 0,
    "safety_stock": 0,
    "lot_sizing_rule": "lot_for_lot",
    "ordering_cost": 0,
    "minimum_order_quantity": 0,
    "order_multiple": 0,
    "yield_fraction": 1,
    "planning_method": "mrp",
    "lead_time_factor": "0.5",
    "variability_factor": "0.5",
    "order_cycle_days": 0,
    "spike_threshold": "0.5",
}


def exact(value: Any) -> Fraction:
    """Return a number as the fraction that its decimal text says."""
    return Fraction(str(value))


def optional_exact(value: Any) -> Fraction | None:
    """Return a number as a fraction, or None for an empty cell."""
    return None if value is None else exact(value)


def day_number(value: date) -> int:
    """Return a date as a day number."""
    return value.toordinal()


def optional_day(value: date | None) -> int | None:
    """Return a date as a day number, or None for an empty cell."""
    return None if value is None else day_number(value)


def cell(row: Row, name: str, default: Any) -> Any:
    """Return a cell, or the default when it is empty or its column is missing."""
    value = row.get(name)
    return default if value is None else value


class Inputs:
    """A data set: its rows by table, the planning date and the options."""

    def __init__(
        self,
        tables: Mapping[str, list[dict[str, Any]]],
        as_of: date,
        options: Mapping[str, Any],
        horizon_end: date | None,
        holding_rate_per_year: float,
    ) -> None:
        unknown = set(options) - set(OPTION_DEFAULTS) - {"on_cycle"}
        if unknown:
            raise ValueError(f"the reference does not know {sorted(unknown)}")
        self.tables = tables
        self.as_of = day_number(as_of)
        self.horizon_end = optional_day(horizon_end)
        self.holding_rate_per_year = exact(holding_rate_per_year)
        self.options: dict[str, Any] = {**OPTION_DEFAULTS, **options}
        self.items = {row["item_id"]: row for row in self.rows("items")}
        self.item_numbers = {row["item_id"]: number for number, row in enumerate(self.rows("items"))}
        self.customers = {row["customer_id"]: row for row in self.rows("customers")}
        self.item_sites = {(row["item_id"], self.site_of(row)): row for row in self.rows("item_sites")}

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a table, none when the data set does not have it."""
        return list(self.tables.get(table, []))

    def site_of(self, row: Row) -> str:
        """Return the site of a row; an empty one is MAIN."""
        return str(cell(row, "site_id", "MAIN"))

    def node_of(self, row: Row) -> Node:
        """Return the item and site of a row."""
        return row["item_id"], self.site_of(row)

    def parameter(self, node: Node, name: str) -> Any:
        """Return a planning parameter: of item_sites, else of items, else its default."""
        value = self.item_sites.get(node, {}).get(name)
        if value is None:
            value = self.items[node[0]].get(name)
        return PARAMETER_DEFAULTS.get(name) if value is None else value

    def node_order(self, node: Node) -> tuple[int, str]:
        """Return the key by which parent nodes stand in order."""
        return self.item_numbers[node[0]], node[1]
