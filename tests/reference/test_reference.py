"""The slow reference against published worked examples, and against small cases worked by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.reference.mrp import ReferencePlan, plan

AS_OF = date(2026, 1, 5)  # a Monday
Tables = dict[str, list[dict[str, Any]]]

# Heizer & Render, Operations Management, MRP chapter, examples 1-4: product A, 50 units in week 8.
HEIZER_BOM = {"A": {"B": 2, "C": 3}, "B": {"D": 2, "E": 2}, "C": {"E": 2, "F": 2}, "F": {"D": 2, "G": 1}}
HEIZER_WEEKS = {"A": 1, "B": 2, "C": 1, "D": 1, "E": 2, "F": 3, "G": 2}
HEIZER_STOCK = {"A": 10, "B": 15, "C": 20, "D": 10, "E": 10, "F": 5}


def day(number: int) -> date:
    return AS_OF + timedelta(days=number)


def week(number: int) -> date:
    return day(7 * (number - 1))


def week_number(ordinal: int) -> int:
    return (ordinal - AS_OF.toordinal()) // 7 + 1


def demand(item: str, quantity: float, due: date, name: str = "d1") -> dict[str, Any]:
    return {"demand_id": name, "item_id": item, "due_date": due, "quantity": quantity}


def receipt(item: str, quantity: float, due: date, name: str = "r1", **more: Any) -> dict[str, Any]:
    return {"order_id": name, "item_id": item, "due_date": due, "quantity": quantity, **more}


def heizer_tables() -> Tables:
    return {
        "items": [
            {"item_id": item, "lead_time_days": 7 * weeks, "lead_time_unit": "calendar"}
            for item, weeks in HEIZER_WEEKS.items()
        ],
        "bom_lines": [
            {"parent_item_id": parent, "component_item_id": component, "quantity_per": quantity}
            for parent, components in HEIZER_BOM.items()
            for component, quantity in components.items()
        ],
        "demands": [demand("A", 50, week(8))],
    }


def releases_by_week(plan_: ReferencePlan) -> dict[str, dict[int, int]]:
    releases: dict[str, dict[int, int]] = {}
    for order in plan_.planned_orders:
        weeks = releases.setdefault(order.facts.node[0], {})
        number = week_number(order.release)
        weeks[number] = weeks.get(number, 0) + int(order.quantity)
    return releases


def orders_of(plan_: ReferencePlan, item: str) -> list[tuple[int, float]]:
    """Need day, counted from as_of, and quantity."""
    return [
        (order.need - AS_OF.toordinal(), float(order.quantity))
        for order in plan_.planned_orders
        if order.facts.node[0] == item
    ]


def dates_of(plan_: ReferencePlan, item: str) -> list[tuple[int, int]]:
    """Release and due day, counted from as_of."""
    return [
        (order.release - AS_OF.toordinal(), order.due - AS_OF.toordinal())
        for order in plan_.planned_orders
        if order.facts.node[0] == item
    ]


def requirements_of(plan_: ReferencePlan, item: str) -> list[tuple[int, float]]:
    return [(row.day - AS_OF.toordinal(), float(row.quantity)) for row in plan_.requirements if row.item_id == item]


def messages_of(plan_: ReferencePlan) -> list[tuple[str, str, int | None]]:
    return [
        (m.kind, m.order_id, None if m.suggested is None else m.suggested - AS_OF.toordinal()) for m in plan_.messages
    ]


def one_item(rows: dict[str, list[dict[str, Any]]], **parameters: Any) -> Tables:
    return {"items": [{"item_id": "A", **parameters}], **rows}


def demands_on(*pairs: tuple[int, float]) -> dict[str, list[dict[str, Any]]]:
    return {"demands": [demand("A", quantity, day(number), f"d{number}") for number, quantity in pairs]}


def test_gross_plan_of_heizer_and_render() -> None:
    plan_ = plan(heizer_tables(), AS_OF, {})
    assert releases_by_week(plan_) == {
        "A": {7: 50},
        "B": {5: 100},
        "C": {6: 150},
        "F": {3: 300},
        "E": {3: 200, 4: 300},
        "D": {2: 600, 4: 200},
        "G": {1: 300},
    }
    assert requirements_of(plan_, "D") == [(14, 600), (28, 200)]
    assert {node[0]: code for node, code in plan_.low_level_codes.items()} == {
        "A": 0,
        "B": 1,
        "C": 1,
        "E": 2,
        "F": 2,
        "D": 3,
        "G": 3,
    }


def test_net_plan_of_heizer_and_render() -> None:
    tables = heizer_tables()
    tables["on_hand"] = [{"item_id": item, "quantity": quantity} for item, quantity in HEIZER_STOCK.items()]
    assert releases_by_week(plan(tables, AS_OF, {})) == {
        "A": {7: 40},
        "B": {5: 65},
        "C": {6: 100},
        "F": {3: 195},
        "E": {3: 120, 4: 200},
        "D": {2: 380, 4: 130},
        "G": {1: 195},
    }


@pytest.mark.parametrize(
    ("parameters", "orders", "balances"),
    [
        (
            {"lot_sizing_rule": "fixed_order_quantity", "fixed_order_quantity": 230},
            {4: 230, 7: 230},
            {1: 117, 4: 227, 6: 77, 7: 187},
        ),
        ({"lot_sizing_rule": "lot_for_lot"}, {4: 3, 6: 150, 7: 120}, {1: 117, 4: 0, 6: 0, 7: 0}),
        (
            # Periods of supply of 3 weeks: the order of week 4 covers weeks 4-6, that of week 7 the last.
            {"lot_sizing_rule": "period_of_supply", "period_of_supply_days": 21},
            {4: 153, 7: 120},
            {1: 117, 4: 150, 6: 0, 7: 0},
        ),
    ],
)
def test_mrp_record_of_krajewski_and_ritzman(
    parameters: dict[str, Any], orders: dict[int, int], balances: dict[int, int]
) -> None:
    """Krajewski, Ritzman & Malhotra, Operations Management, resource planning: item C, seat subassembly."""
    gross = {1: 150, 4: 120, 6: 150, 7: 120}
    tables: Tables = {
        "items": [{"item_id": "C", "lead_time_days": 14, "lead_time_unit": "calendar", **parameters}],
        "demands": [demand("C", quantity, week(number), f"d{number}") for number, quantity in gross.items()],
        "on_hand": [{"item_id": "C", "quantity": 37}],
        "scheduled_receipts": [receipt("C", 230, week(1))],
    }
    plan_ = plan(tables, AS_OF, {})
    assert {week_number(order.need): order.quantity for order in plan_.planned_orders} == orders
    assert releases_by_week(plan_)["C"] == {number - 2: quantity for number, quantity in orders.items()}
    assert {week_number(number): balance for number, balance in plan_.balances["C", "MAIN"]} == balances


def test_lot_for_lot_of_heizer_and_render() -> None:
    """Heizer & Render, lot-sizing examples: 7 set-ups, so 700 at 100 each, and nothing held."""
    gross = [35, 30, 40, 0, 10, 40, 30, 0, 30, 55]
    tables: Tables = {
        "items": [{"item_id": "A", "lead_time_days": 7, "lead_time_unit": "calendar"}],
        "demands": [demand("A", quantity, week(number), f"d{number}") for number, quantity in enumerate(gross, 1)],
        "on_hand": [{"item_id": "A", "quantity": 35}],
    }
    plan_ = plan(tables, AS_OF, {})
    needed = {number: quantity for number, quantity in enumerate(gross, 1) if quantity and number > 1}
    assert {week_number(order.need): order.quantity for order in plan_.planned_orders} == needed
    assert 100 * len(plan_.planned_orders) == 700
    assert all(balance == 0 for _, balance in plan_.balances["A", "MAIN"])


def test_safety_stock_is_ordered_at_the_start_or_with_the_first_event() -> None:
    tables = one_item(demands_on((10, 4)), safety_stock=5)
    assert orders_of(plan(tables, AS_OF, {}), "A") == [(0, 5), (10, 4)]
    assert orders_of(plan(tables, AS_OF, {"safety_stock_at_start": False}), "A") == [(10, 9)]


def test_each_short_line_gets_its_own_order() -> None:
    tables = one_item(demands_on((3, 4)))
    tables["demands"].append(demand("A", 6, day(3), "e"))
    assert orders_of(plan(tables, AS_OF, {"net_per": "line"}), "A") == [(3, 4), (3, 6)]
    assert orders_of(plan(tables, AS_OF, {"net_per": "date"}), "A") == [(3, 10)]


def test_modifiers_in_their_order() -> None:
    """7 raised to 10, rounded to 12; 26 cut at 20 (25 lowered): 20, then 6 raised and rounded to 12."""
    limits = {"minimum_order_quantity": 10, "order_multiple": 4, "maximum_order_quantity": 23}
    tables = one_item(demands_on((1, 7)), **limits)
    assert orders_of(plan(tables, AS_OF, {}), "A") == [(1, 12)]
    assert orders_of(plan(tables, AS_OF, {"minimum_rounding": "raw"}), "A") == [(1, 10)]
    tables = one_item(demands_on((1, 26)), **limits)
    assert orders_of(plan(tables, AS_OF, {}), "A") == [(1, 20), (1, 12)]
    assert orders_of(plan(tables, AS_OF, {"maximum_split": "cap"}), "A") == [(1, 20)]


def test_order_up_to_orders_at_its_point() -> None:
    rule = {"lot_sizing_rule": "order_up_to", "order_up_to_level": 20, "order_point": 8}
    tables = one_item({**demands_on((1, 12), (2, 1)), "on_hand": [{"item_id": "A", "quantity": 20}]}, **rule)
    assert orders_of(plan(tables, AS_OF, {}), "A") == [(2, 13)]


@pytest.mark.parametrize(
    ("options", "orders"),
    [
        ({}, [(1, 12)]),  # days 1-5: the worst is the end of day 3; then the receipt covers day 8
        ({"window_need": "end"}, [(1, 2), (8, 1)]),  # the receipt of day 5 counts, day 3 runs short
        ({"grid_anchor": day(-3)}, [(1, 10), (3, 2)]),  # windows [-3, 2), [2, 7), [7, 12)
    ],
)
def test_windows_of_period_of_supply(options: dict[str, Any], orders: list[tuple[int, float]]) -> None:
    tables = one_item(
        {**demands_on((1, 10), (3, 2), (8, 1)), "scheduled_receipts": [receipt("A", 10, day(5))]},
        lot_sizing_rule="period_of_supply",
        period_of_supply_days=5,
    )
    assert orders_of(plan(tables, AS_OF, {"expedite_window_days": 0, **options}), "A") == orders


def test_an_open_receipt_is_expedited_deferred_or_cancelled() -> None:
    tables = one_item(demands_on((3, 10), (9, 10)))
    tables["scheduled_receipts"] = [
        receipt("A", 10, day(5), "early"),
        receipt("A", 10, day(6), "late"),
        receipt("A", 10, day(7), "spare"),
        receipt("A", 10, day(-2), "past"),
    ]
    plan_ = plan(tables, AS_OF, {})
    assert orders_of(plan_, "A") == []
    assert messages_of(plan_) == [
        ("past_due_receipt", "past", 0),
        ("defer", "past", 3),
        ("defer", "early", 9),
        ("cancel", "late", None),
        ("cancel", "spare", None),
    ]
    tables["scheduled_receipts"] = [receipt("A", 10, day(5))]
    assert messages_of(plan(tables, AS_OF, {})) == [("expedite", "r1", 3)]
    assert orders_of(plan(tables, AS_OF, {}), "A") == [(9, 10)]
    assert orders_of(plan(tables, AS_OF, {"expedite_window_days": 1}), "A") == [(3, 10)]
    assert orders_of(plan(tables, AS_OF, {"expedite_window_days": 1, "await_receipts_days": 2}), "A") == [(9, 10)]


def test_working_days_carry_an_order_over_the_weekend() -> None:
    """Needed on Monday the 12th, 1 safety day: due Friday the 9th; 3 working days before: Tuesday the 6th."""
    tables: Tables = {
        "items": [{"item_id": "A", "lead_time_days": 3, "safety_lead_time_days": 1}],
        "sites": [{"site_id": "MAIN", "calendar_id": "week"}],
        "calendars": [{"calendar_id": "week", "saturday": 0, "sunday": 0}],
        **demands_on((7, 5)),
    }
    assert dates_of(plan(tables, AS_OF, {}), "A") == [(1, 4)]
    tables["calendar_exceptions"] = [{"calendar_id": "week", "date": day(3), "hours": 0}]
    assert dates_of(plan(tables, AS_OF, {}), "A") == [(0, 4)]


def test_components_with_yield_scrap_and_fixed_quantity() -> None:
    """90 good of 100 started: 100 x 2 / 0.8 + 3 = 253, or 100 x 2 x 1.2 + 3 = 243."""
    tables: Tables = {
        "items": [{"item_id": "A", "yield_fraction": 0.9, "lead_time_days": 2}, {"item_id": "B"}],
        "bom_lines": [
            {
                "parent_item_id": "A",
                "component_item_id": "B",
                "quantity_per": 2,
                "quantity_fixed": 3,
                "scrap_fraction": 0.2,
                "offset_days": 1,
            }
        ],
        **demands_on((9, 90)),
    }
    assert requirements_of(plan(tables, AS_OF, {}), "B") == [(8, 253)]
    assert requirements_of(plan(tables, AS_OF, {"scrap_convention": "multiply"}), "B") == [(8, 243)]


def test_a_phantom_is_blown_through_after_its_stock() -> None:
    tables: Tables = {
        "items": [{"item_id": "A"}, {"item_id": "P", "is_phantom": True}, {"item_id": "C"}],
        "bom_lines": [
            {"parent_item_id": "A", "component_item_id": "P", "quantity_per": 2},
            {"parent_item_id": "P", "component_item_id": "C", "quantity_per": 3, "offset_days": 1},
        ],
        "on_hand": [{"item_id": "P", "quantity": 4}],
        **demands_on((5, 10)),
    }
    assert requirements_of(plan(tables, AS_OF, {}), "C") == [(6, 60)]
    net = plan(tables, AS_OF, {"phantom_stock": "net"})
    assert requirements_of(net, "C") == [(6, 48)]
    assert [row.source_id for row in net.requirements if row.item_id == "C"] == ["A@MAIN/2026-01-10/1"]


def test_a_lot_is_used_first_and_written_off_on_its_expiry_day() -> None:
    tables = one_item(
        {
            **demands_on((2, 3), (6, 4)),
            "on_hand": [
                {"item_id": "A", "quantity": 5, "expiry_date": day(4)},
                {"item_id": "A", "quantity": 1},
                {"item_id": "A", "quantity": 9, "expiry_date": AS_OF},
            ],
        }
    )
    plan_ = plan(tables, AS_OF, {})
    assert orders_of(plan_, "A") == [(6, 3)]
    assert [(number - AS_OF.toordinal(), float(quantity)) for _, _, number, quantity in plan_.expired_stock] == [
        (0, 9),
        (4, 2),
    ]


def test_a_transfer_is_needed_at_its_source_when_it_leaves() -> None:
    tables: Tables = {
        "items": [{"item_id": "A", "lead_time_days": 1}],
        "sites": [{"site_id": "N"}, {"site_id": "S"}],
        "item_sites": [{"item_id": "A", "site_id": "N", "supply_type": "transfer"}],
        "transfer_lanes": [
            {"from_site_id": "S", "to_site_id": "N", "lead_time_days": 4},
        ],
        "demands": [{**demand("A", 5, day(6)), "site_id": "N"}],
    }
    plan_ = plan(tables, AS_OF, {})
    assert [(order.facts.node, order.release - AS_OF.toordinal()) for order in plan_.planned_orders] == [
        (("A", "N"), 2),
        (("A", "S"), 1),
    ]


def test_a_pushed_order_passes_its_lateness_up() -> None:
    """B takes 10 days and can start today, so A, which waits for it, starts on day 10 and is 5 days late."""
    tables: Tables = {
        "items": [{"item_id": "A", "lead_time_days": 2}, {"item_id": "B", "lead_time_days": 10}],
        "bom_lines": [{"parent_item_id": "A", "component_item_id": "B"}],
        **demands_on((7, 1)),
    }
    assert dates_of(plan(tables, AS_OF, {}), "B") == [(-5, 5)]
    pushed = plan(tables, AS_OF, {"past_release": "push"})
    assert dates_of(pushed, "B") == [(0, 10)]
    assert dates_of(pushed, "A") == [(10, 12)]
    assert [(name, number - AS_OF.toordinal()) for name, number in pushed.late_demands] == [("d7", 12)]


def test_a_cycle_stops_the_reference() -> None:
    tables: Tables = {
        "items": [{"item_id": "A"}, {"item_id": "B"}],
        "bom_lines": [
            {"parent_item_id": "A", "component_item_id": "B"},
            {"parent_item_id": "B", "component_item_id": "A"},
        ],
    }
    with pytest.raises(ValueError, match="cycle"):
        plan(tables, AS_OF, {})
