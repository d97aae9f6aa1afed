"""Levelling of plans: what is moved, what goes back into the plan, what is named."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from bom.errors import OptionError
from planning.capacity import run_capacity
from planning.checks import validate
from planning.mrp import run_mrp
from scheduling.levelled_plan import level_plan, levelled_data
from scheduling.levelling import LevellingOptions, run_levelling
from tests.asserts import run_mrp_checked

AS_OF = date(2026, 3, 2)
WEEK = {day: [8.0] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")} | {
    "saturday": [0.0],
    "sunday": [0.0],
}


def shop(**changes):
    """Bikes of one frame, trikes of two; 40 hours a week each to assemble and weld; week three wants too many."""
    tables = {
        "items": pl.DataFrame(
            {
                "item_id": ["bike", "trike", "frame", "tube"],
                "unit_cost": [300.0, 200.0, 80.0, 5.0],
                "supply_type": ["make", "make", "make", "buy"],
                "lead_time_days": [2, 2, 3, 5],
                "quantity_decimals": [0, 0, 0, 2],
            }
        ),
        "sites": pl.DataFrame({"site_id": ["MAIN"], "calendar_id": ["day"]}),
        "bom_lines": pl.DataFrame(
            {
                "parent_item_id": ["bike", "trike", "frame"],
                "component_item_id": ["frame", "frame", "tube"],
                "quantity_per": [1.0, 2.0, 3.0],
            }
        ),
        "demands": pl.DataFrame(
            {
                "item_id": ["bike", "trike", "bike", "trike", "bike"],
                "due_date": [date(2026, 3, day) for day in (12, 13, 19, 20, 27)],
                "quantity": [10.0, 8.0, 30.0, 24.0, 9.0],
            }
        ),
        "on_hand": pl.DataFrame({"item_id": ["tube"], "quantity": [1000.0]}),
        "calendars": pl.DataFrame({"calendar_id": ["day"], **WEEK}),
        "work_centers": pl.DataFrame(
            {
                "work_center_id": ["assembly", "welding"],
                "calendar_id": ["day"] * 2,
                "cost_per_hour": [30.0, 40.0],
                "utilization_fraction": [1.0, 1.0],
            }
        ),
        "operations": pl.DataFrame(
            {
                "item_id": ["bike", "trike", "frame"],
                "operation_sequence": [10] * 3,
                "work_center_id": ["assembly", "assembly", "welding"],
                "run_minutes_per_unit": [60.0, 60.0, 20.0],
            }
        ),
    }
    return validate({**tables, **changes}, {"as_of": AS_OF}).data


@pytest.fixture(scope="module")
def levelled():
    return level_plan(run_capacity(run_mrp_checked(shop())))


def test_no_work_center_is_overloaded_after_levelling(levelled):
    before, after = levelled.overload_hours
    assert before > 5
    assert after == pytest.approx(0, abs=0.5)


def test_as_much_is_made_as_was_planned(levelled):
    planned = run_mrp(shop()).table("planned_orders").filter(pl.col("item_id").is_in(["bike", "trike"]))
    expected = dict(planned.group_by("item_id").agg(pl.sum("quantity")).iter_rows())
    found = dict(levelled.levelling.orders.group_by("item_id").agg(pl.sum("quantity")).iter_rows())
    assert {item: found[item] for item in expected} == pytest.approx(expected)


def test_a_plan_with_levelled_orders_keeps_every_identity(levelled):
    again = run_mrp_checked(levelled_data(shop(), levelled.levelling.orders))
    assert not again.table("planned_orders")["item_id"].is_in(["bike", "trike"]).any()
    assert again.table("planned_orders").equals(levelled.plan.table("planned_orders"))


def test_nothing_is_late_when_it_can_be_made_before(levelled):
    quantities = levelled.table("levelled_quantities")
    assert quantities["backlog"].sum() == pytest.approx(0)
    assert quantities["stock"].sum() > 0


def test_the_price_of_an_hour_is_a_sentence(levelled):
    prices = levelled.table("hour_prices")
    full = prices.filter(pl.col("hour_price") > 0)
    assert full.height
    assert all(text.startswith("one more hour on assembly in week 2026-W") for text in full["text"])


def test_costs_say_what_levelling_costs(levelled):
    costs = {kind: (before, after) for kind, before, after, _ in levelled.table("levelling_costs").iter_rows()}
    assert costs["make"][0] == pytest.approx(costs["make"][1], rel=0.02)
    assert costs["stock"][1] > costs["stock"][0]
    assert costs["total"][1] == pytest.approx(levelled.levelling.solution.result.objective)


def test_a_plan_without_overload_stays_as_it_is():
    capacity = run_capacity(
        run_mrp(shop(demands=pl.DataFrame({"item_id": ["bike"], "due_date": [date(2026, 3, 19)], "quantity": [3.0]})))
    )
    found = level_plan(capacity)
    assert found.after is capacity
    assert found.overload_hours == (0.0, 0.0)
    assert found.levelling.gap == 0
    for name in ("levelled_orders", "levelled_quantities", "hour_prices", "levelling_costs", "operations_moved"):
        assert found.table(name).is_empty()


def test_open_orders_that_overload_are_named_and_stay():
    receipts = pl.DataFrame(
        {
            "order_id": ["R1", "R2"],
            "item_id": ["bike"] * 2,
            "due_date": [date(2026, 3, 20)] * 2,
            "quantity": [30.0, 30.0],
        }
    )
    result = run_levelling(run_capacity(run_mrp(shop(scheduled_receipts=receipts))))
    missing = result.table("hour_prices").filter(pl.col("overload_minutes") > 0)
    assert missing["work_center_id"].unique().to_list() == ["assembly"]
    assert missing["text"].str.contains("assembly lacks .* hours in week 2026-W12 that cannot be moved").any()


def test_ready_made_items_are_bought_where_there_is_a_price():
    suppliers = pl.DataFrame({"supplier_id": ["S1"]})
    offers = pl.DataFrame({"item_id": ["trike"], "supplier_id": ["S1"], "unit_price": [150.0], "lead_time_days": [3]})
    tight = shop(
        suppliers=suppliers,
        item_suppliers=offers,
        demands=pl.DataFrame(
            {"item_id": ["bike", "trike"], "due_date": [date(2026, 3, 13)] * 2, "quantity": [60.0, 40.0]}
        ),
    )
    found = level_plan(run_capacity(run_mrp(tight)))
    bought = found.levelling.orders.filter(pl.col("supply_type") == "buy")
    assert bought["supplier_id"].to_list() == ["S1"] * bought.height
    assert bought.height
    assert (
        not level_plan(run_capacity(run_mrp(tight)), LevellingOptions(use_subcontract=False))
        .levelling.orders["supplier_id"]
        .is_not_null()
        .any()
    )


def test_operations_move_to_alternates_and_the_report_says_so():
    operations = pl.DataFrame(
        {
            "item_id": ["bike", "trike", "trike", "frame"],
            "operation_sequence": [10] * 4,
            "alternate_priority": [1, 1, 2, 1],
            "work_center_id": ["assembly", "assembly", "welding", "welding"],
            "run_minutes_per_unit": [60.0, 60.0, 70.0, 20.0],
        }
    )
    demands = pl.DataFrame(
        {"item_id": ["bike", "trike"], "due_date": [date(2026, 3, 13)] * 2, "quantity": [60.0, 40.0]}
    )
    found = level_plan(run_capacity(run_mrp(shop(operations=operations, demands=demands))))
    moved = found.table("operations_moved")
    assert set(moved["operation"]) == {"trike/10"}
    assert set(moved["to_work_center_id"]) == {"welding"}
    assert found.overload_hours[1] < found.overload_hours[0]


def test_every_made_item_can_be_levelled(levelled):
    capacity = run_capacity(run_mrp(shop()))
    found = run_levelling(capacity, LevellingOptions(scope="all"))
    assert set(found.found.problem.items) == {"bike", "trike", "frame"}
    frames = found.solution.make[found.found.problem.items.index("frame")].sum()
    assert frames == pytest.approx(49 + 2 * 32)
    rolled = run_levelling(capacity, LevellingOptions(scope="all", window_periods=6, horizon_periods=10))
    assert rolled.gap < 0.05


@pytest.mark.parametrize(
    "values",
    [
        {"scope": "some"},
        {"horizon_periods": 0},
        {"rounds": "0"},
        {"backlog_rate_per_week": -1},
        {"unknown": 1},
    ],
)
def test_options_that_are_none_are_named(values):
    with pytest.raises(OptionError, match=next(iter(values))):
        LevellingOptions.from_mapping(values)


def test_the_model_conserves_every_item(levelled):
    solution = levelled.levelling.solution
    problem = solution.problem
    came = solution.make + problem.receipts + solution.subcontract
    went = problem.requirements + problem.component_requirements(solution.make)
    position = problem.initial_stock[:, None] + np.cumsum(came - went, axis=1)
    np.testing.assert_allclose(solution.stock - solution.backlog, position, atol=1e-6)
