"""Buffers of demand driven MRP: zones, net flow position, orders, the worked cases of docs/concepts/ddmrp.md."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from planning.edits import Change, Condition
from planning.explain import explain
from planning.explaining.explanation import StepKind
from planning.mrp import MrpResult
from planning.net_change import replan
from tests.asserts import plan_rows

AS_OF = date(2026, 3, 2)
PAGE = Path(__file__).parents[2] / "docs/concepts/ddmrp.md"


def day(n: int) -> date:
    return AS_OF + timedelta(days=n)


def buffered(stock: float, demands: list[tuple[int, float]], **parameters: Any) -> MrpResult:
    """One bought item with a buffer: usage 4, lead time 10, factors 0.5 unless said otherwise."""
    item = {"item_id": "A", "planning_method": "ddmrp", "average_daily_usage": 4.0, "lead_time_days": 10}
    rows = [{"item_id": "A", "due_date": day(n), "quantity": quantity} for n, quantity in demands]
    tables = {"items": [item | parameters], "on_hand": [{"item_id": "A", "quantity": stock}]}
    return plan_rows(tables | ({"demands": rows} if rows else {}), {"as_of": AS_OF})


def worked_rows() -> list[list[float]]:
    table = PAGE.read_text().split("<!-- case -->\n")[1].split("\n\n")[0].splitlines()[2:]
    return [[float(cell) for cell in line.strip("|").split("|")] for line in table]


@pytest.mark.parametrize("row", worked_rows(), ids=str)
def test_worked_case_of_the_page(row):
    usage, factor, stock, needed, red_base, red_safety, yellow, green, top, position, ordered = row
    result = buffered(
        stock,
        [(0, needed)] if needed else [],
        average_daily_usage=usage,
        lead_time_factor=factor,
        variability_factor=factor,
    )
    (found,) = result.table("buffers").to_dicts()
    zones = [found[name] for name in ("red_base", "red_safety", "yellow", "green", "top_of_green")]
    assert zones == [red_base, red_safety, yellow, green, top]
    assert (found["net_flow_position"], found["order_recommendation"]) == (position, ordered)
    assert result.table("planned_orders")["quantity"].to_list() == ([ordered] if ordered else [])


def test_published_zones_of_part_707():
    """Orlicky, Material Requirements Planning, 3rd edition, p. 442: red 53, tops 131 and 166, threshold 27."""
    result = buffered(
        500.0, [], average_daily_usage=6.0, lead_time_days=13, lead_time_factor=0.45, variability_factor=0.5
    )
    (row,) = result.table("buffers").to_dicts()
    tops = [row[name] for name in ("top_of_red", "top_of_yellow", "top_of_green")]
    assert [round(top) for top in tops] == [53, 131, 166]
    assert row["spike_threshold"] == pytest.approx(27, abs=1)


def test_minimum_order_quantity_and_order_cycle_make_green_larger():
    """OCA's module ddmrp, test_22: with a minimum of 40 green is 40."""
    (row,) = buffered(0.0, [], minimum_order_quantity=40.0).table("buffers").to_dicts()
    assert row["green"] == 40.0
    (row,) = buffered(0.0, [], order_cycle_days=15.0).table("buffers").to_dicts()
    assert row["green"] == 60.0


def test_position_on_the_top_of_yellow_orders_and_above_it_does_not():
    assert buffered(70.0, []).table("planned_orders")["quantity"].to_list() == [20.0]
    assert buffered(70.5, []).table("planned_orders").height == 0


def test_order_comes_after_the_decoupled_lead_time():
    (order,) = buffered(70.0, []).table("planned_orders").to_dicts()
    assert (order["release_date"], order["due_date"], order["need_date"]) == (AS_OF, day(10), day(10))


def test_spike_counts_when_it_comes_into_the_horizon():
    """40 needed in 14 days are above half of red (15); with a horizon of 10 days they are seen on day 4."""
    result = buffered(100.0, [(14, 40.0)], spike_horizon_days=10)
    (row,) = result.table("buffers").to_dicts()
    assert (row["qualified_demand"], row["planning_color"]) == (0.0, "blue")
    (order,) = result.table("planned_orders").to_dicts()
    assert (order["need_date"], order["quantity"]) == (day(14), 30.0)
    (seen,) = buffered(100.0, [(10, 40.0)], spike_horizon_days=10).table("buffers").to_dicts()
    assert (seen["qualified_demand"], seen["net_flow_position"]) == (40.0, 60.0)


def test_day_at_the_threshold_is_no_spike():
    (row,) = buffered(100.0, [(5, 15.0)]).table("buffers").to_dicts()
    assert row["qualified_demand"] == 0.0


def test_usage_is_that_of_the_requirements_in_the_window():
    """450 in the first 90 days: 5 a day; what comes later does not count."""
    demands = [(n, 45.0) for n in range(0, 100, 9)]
    (row,) = buffered(900.0, demands, average_daily_usage=None).table("buffers").to_dicts()
    assert row["average_daily_usage"] == 5.0


def chain(**wheel: Any) -> MrpResult:
    """Bike of wheels of rims, lead times 2, 5 and 20; the bike has a buffer."""
    tables = {
        "items": [
            {"item_id": "bike", "lead_time_days": 2, "planning_method": "ddmrp", "average_daily_usage": 1.0},
            {"item_id": "wheel", "lead_time_days": 5, "average_daily_usage": 2.0} | wheel,
            {"item_id": "rim", "lead_time_days": 20},
        ],
        "bom_lines": [
            {"parent_item_id": "bike", "component_item_id": "wheel", "quantity_per": 2.0},
            {"parent_item_id": "wheel", "component_item_id": "rim"},
        ],
        "demands": [{"item_id": "bike", "due_date": day(3), "quantity": 3.0}],
    }
    return plan_rows(tables, {"as_of": AS_OF})


def test_decoupled_lead_time_ends_at_the_next_buffer():
    (row,) = chain().table("buffers").to_dicts()
    assert row["decoupled_lead_time_days"] == 27.0
    rows = chain(planning_method="ddmrp").table("buffers")
    days = dict(rows.select("item_id", "decoupled_lead_time_days").rows())
    assert days == {"bike": 2.0, "wheel": 25.0}


def test_components_of_a_buffer_are_planned_for_its_orders():
    """What is not buffered below a buffer has just the time that it takes: nothing is past due."""
    orders = chain().table("planned_orders")
    assert set(orders["item_id"]) == {"bike", "wheel", "rim"}
    assert not orders["is_past_due"].any()


def test_edit_of_a_lead_time_below_reaches_the_buffer():
    """Net change: the decoupled lead time of the bike hangs on the rim."""
    edit = Change("items", (Condition("item_id", "=", "rim"),), "lead_time_days", "add", 3)
    result = replan(chain(), [edit])
    (row,) = result.table("buffers").to_dicts()
    assert row["decoupled_lead_time_days"] == 30.0


def test_order_of_a_buffer_is_explained():
    result = buffered(60.0, [(0, 10.0)])
    told = explain(result, "A@MAIN/2026-03-12/1")
    (flow,), (lack,) = told.of_kind(StepKind.BALANCE), told.of_kind(StepKind.SHORTAGE)
    assert (flow.quantity_after, lack.quantity_after, told.quantity) == (50.0, 40.0, 40.0)
    (wait,) = told.of_kind(StepKind.DECOUPLED_LEAD_TIME)
    assert (wait.date_before, wait.date_after) == (AS_OF, day(10))
