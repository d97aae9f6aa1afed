"""Clear to build: scarce stock goes to the orders whose end demands come first by priority, then by date."""

from __future__ import annotations

from datetime import date
from typing import Any

from planning.clear_to_build import clear_to_build
from planning.mrp import MrpResult
from tests.asserts import plan_rows

AS_OF = date(2026, 1, 5)


def two_products(stock: float = 10.0, **parameters: Any) -> MrpResult:
    """X for a demand of priority 5 on the 12th, Y for one of priority 1 on the 14th; both take the part."""
    return plan_rows(
        {
            "items": [
                {"item_id": "X", "lead_time_days": 2, "quantity_decimals": 0, **parameters},
                {"item_id": "Y", "lead_time_days": 2, "quantity_decimals": 0},
                {"item_id": "part", "lead_time_days": 3},
            ],
            "bom_lines": [
                {"parent_item_id": "X", "component_item_id": "part", "quantity_per": 2.0},
                {"parent_item_id": "Y", "component_item_id": "part", "quantity_per": 1.0},
            ],
            "on_hand": [{"item_id": "part", "quantity": stock}, {"item_id": "X", "quantity": 1.0}],
            "demands": [
                {"demand_id": "slow", "item_id": "X", "due_date": date(2026, 1, 12), "quantity": 6.0},
                {"demand_id": "rush", "item_id": "Y", "due_date": date(2026, 1, 14), "quantity": 7.0, "priority": 1},
            ],
        },
        {"as_of": AS_OF},
    )


def test_scarce_stock_goes_to_the_better_priority_first() -> None:
    orders = clear_to_build(two_products()).orders
    columns = ("item_id", "priority", "quantity", "can_build_quantity", "status", "short_components")
    # Y takes 7 of 10 parts; 3 are left for X, which takes 2 for each: one whole X
    assert orders.select(columns).rows() == [("Y", 1, 7.0, 7.0, "clear", 0), ("X", 5, 5.0, 1.0, "partial", 1)]


def test_components_say_what_is_missing_and_when_it_comes() -> None:
    parts = clear_to_build(two_products(), item_id="X").components
    # by date X is served before Y: from stock, so all it needs is there at once by pegging
    row = ("part", 10.0, 3.0, 7.0, date(2026, 1, 10), date(2026, 1, 5))
    columns = (
        "item_id",
        "required_quantity",
        "available_quantity",
        "short_quantity",
        "required_date",
        "available_date",
    )
    assert parts.select(columns).rows() == [row]


def test_demands_get_stock_then_what_can_be_built() -> None:
    demands = clear_to_build(two_products()).demands
    columns = ("demand_id", "on_hand_quantity", "can_build_quantity", "waiting_quantity")
    assert demands.select(columns).rows() == [("rush", 0.0, 7.0, 0.0), ("slow", 1.0, 1.0, 4.0)]


def test_without_stock_nothing_can_be_built_and_the_date_says_when() -> None:
    orders = clear_to_build(two_products(stock=0.0)).orders
    assert orders["status"].to_list() == ["short", "short"]
    assert orders["clear_date"].to_list() == [date(2026, 1, 12), date(2026, 1, 10)]


def test_the_horizon_leaves_out_later_releases_and_demands() -> None:
    found = clear_to_build(two_products(), horizon_days=5)
    assert (found.orders["item_id"].to_list(), found.demands.height) == (["X"], 0)
