"""The master schedule of a data set, against figures worked out by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from bom.errors import DataError, PlanningError
from planning.rough_cut import RoughCutOptions, run_rough_cut
from scheduling.master_schedule_plan import MasterScheduleOptions, run_master_schedule_plan
from tests.asserts import run_mrp_checked
from tests.scheduling.master_schedule_case import APRIL, JUNE, MAY, radio_shop, radio_tables


def schedule(data, **options):
    return run_master_schedule_plan(data, MasterScheduleOptions(**options))


def of_family(plan, family, column):
    return plan.table("production_plan").filter(pl.col("family") == family)[column].to_list()


def asked(factor):
    """Return the demands, all quantities by a factor."""
    return radio_tables()["demands"].with_columns(pl.col("quantity") * factor)


def check_sums(plan):
    """The items of a family add up to the family, and stock follows from what comes and goes."""
    names = {"sales_plan": "sales_plan", "sales": "sales", "quantity": "make", "receipts": "receipts"}
    items = (
        plan.table("master_schedule").group_by("family", "period_start").agg(pl.sum(*names, "balance", "subcontract"))
    )
    both = plan.table("production_plan").join(items, on=["family", "period_start"], suffix="_of_items")
    for item, family in (*names.items(), ("subcontract", "subcontract")):
        name = f"{item}_of_items" if f"{item}_of_items" in both.columns else item
        np.testing.assert_allclose(both[name], both[family], atol=1e-6)
    np.testing.assert_allclose(both["balance"], both["stock"] - both["backlog"], atol=1e-6)
    people = plan.table("workforce_plan")
    change = people["hired"] - people["laid_off"]
    start = plan.schedule.problem.workforce.initial_workers
    np.testing.assert_allclose(people["workers"], start + np.cumsum(change), atol=1e-6)


def test_production_follows_sales_where_hours_allow():
    plan = schedule(radio_shop(), strategy="fixed")
    assert plan.families.families == ["car", "table"]
    assert of_family(plan, "table", "sales_plan") == [80, 90, 120]
    assert of_family(plan, "table", "make") == [80, 90, 120]
    assert of_family(plan, "car", "make") == [40, 100, 0]
    check_sums(plan)
    assert plan.families.left_out == (1, 500.0)


def test_hours_of_a_unit_come_through_its_bill():
    problem = schedule(radio_shop()).schedule.problem
    assert problem.centers.names == ["boards", "assembly"]
    np.testing.assert_allclose(problem.centers.hours_per_unit, [[0.5, 0.5], [0.5, 1.0]])
    np.testing.assert_allclose(problem.centers.available_hours, [[176, 168, 176]] * 2)
    np.testing.assert_allclose(problem.material_cost, [20, 20])


def test_a_peak_is_made_ahead_and_the_scarce_hour_has_its_price():
    # May needs 2 x (90 + 100 / 2) = 280 hours of assembly and has 168: 112 hours are made in April, on top of 100
    plan = schedule(radio_shop(demands=asked(2.0)), strategy="fixed", initial_workers=3.0)
    loads = plan.table("master_schedule_loads").filter(pl.col("work_center_id") == "assembly")
    assert loads["required_hours"].to_list() == pytest.approx([176, 168, 176])
    assert plan.table("unmet_sales")["kind"].to_list()
    assert loads["hour_price"][1] > 0
    assert "one more hour on assembly in 2026-05 saves" in loads["text"][1]
    check_sums(plan)


def test_what_no_hours_are_left_for_is_missing_and_not_infeasible():
    plan = schedule(radio_shop(demands=asked(10.0)), strategy="fixed")
    unmet = plan.table("unmet_sales").filter(pl.col("kind") == "not_delivered")
    made = plan.schedule.quantity("make").sum()
    assert unmet["quantity"].sum() == pytest.approx(4300 - made)
    assert "scarce are" in unmet["text"][0]
    check_sums(plan)


def test_profit_sells_what_an_hour_earns_most_with():
    # an hour of assembly earns 2 x (70 - 20) = 100 with car radios and 100 - 20 = 80 with table radios
    plan = schedule(radio_shop(demands=asked(4.0)), form="profit", strategy="fixed", initial_workers=5.0)
    unmet = plan.table("unmet_sales")
    assert unmet["kind"].unique().to_list() == ["not_sold"]
    assert set(unmet["family"]) == {"table"}
    assert of_family(plan, "car", "sales") == [160, 400, 0]
    assert (
        "not sold: a unit brings 100.00, and making it takes material for 20.00 and 1.00 hours on assembly worth"
        in (unmet["text"][0])
    )
    money = dict(plan.table("master_schedule_costs").iter_rows())
    assert money["profit"] == pytest.approx(money["revenue"] - money["total"])
    assert money["profit"] == pytest.approx(plan.schedule.profit)
    check_sums(plan)


def test_strategies_differ_as_they_should():
    found = {
        name: schedule(radio_shop(demands=asked(1.2)), strategy=name) for name in ("free", "level", "chase", "fixed")
    }
    cost = {name: plan.schedule.result.objective for name, plan in found.items()}
    assert min(cost.values()) == pytest.approx(cost["free"])
    people = {name: plan.table("workforce_plan") for name, plan in found.items()}
    assert people["fixed"]["workers"].n_unique() == 1
    assert people["level"]["hired"][1:].sum() + people["level"]["laid_off"][1:].sum() == 0
    assert of_family(found["chase"], "table", "stock") == [0, 0, 0]


def test_loads_equal_the_rough_cut_of_the_schedule():
    plan = schedule(radio_shop(demands=asked(2.0)))
    columns = ["item_id", "site_id", "due_date", "quantity"]
    rough = run_rough_cut(
        plan.families.planning.data, RoughCutOptions(period="month"), plan.table("master_schedule").select(columns)
    )
    np.testing.assert_allclose(rough.required_minutes / 60, plan.required_hours, atol=1e-6)


def test_what_one_item_has_too_much_of_does_not_serve_another():
    on_hand = pl.DataFrame({"item_id": ["table-blue"], "quantity": [300.0]})
    plan = schedule(radio_shop(on_hand=on_hand), strategy="fixed")
    assert of_family(plan, "table", "make") == [60, 90, 0]
    assert of_family(plan, "table", "stock") == [280, 280, 160]
    assert plan.n_short_items == 0
    check_sums(plan)


def test_open_orders_arrive_and_take_their_own_hours():
    receipts = pl.DataFrame(
        {"order_id": ["W1", "W2"], "item_id": ["car", "board"], "due_date": [APRIL, APRIL], "quantity": [30.0, 500.0]}
    )
    taken = pl.DataFrame({"order_id": ["W9"], "item_id": ["car"], "required_date": [MAY], "quantity": [10.0]})
    plan = schedule(radio_shop(scheduled_receipts=receipts, allocations=taken), strategy="fixed")
    assert of_family(plan, "car", "receipts") == [20, 0, 0]
    assert of_family(plan, "car", "make") == [20, 100, 0]
    loads = plan.table("master_schedule_loads")
    assert loads.filter(pl.col("open_order_hours") > 0).select("work_center_id", "open_order_hours").rows() == [
        ("assembly", 15.0)
    ]
    without = schedule(radio_shop(scheduled_receipts=receipts, allocations=taken), use_open_orders=False)
    assert of_family(without, "car", "make") == [40, 100, 0]


def test_safety_stock_is_built_where_hours_allow_and_missed_where_not():
    items = radio_tables()["items"].with_columns(safety_stock=pl.Series([30.0, 0, 0, 0, 0, 0]))
    assert of_family(schedule(radio_shop(items=items)), "table", "stock")[-1] == 30
    short = schedule(radio_shop(items=items, demands=asked(10.0)), strategy="fixed")
    assert of_family(short, "table", "below_minimum")[-1] == pytest.approx(30)


def test_the_schedule_goes_back_as_firm_orders_that_leave_nothing_to_plan():
    plan = schedule(radio_shop(), strategy="fixed")
    orders = plan.table("master_schedule_orders")
    assert orders.filter(pl.col("item_id") == "table-red")["quantity"].sum() == 150
    assert orders["due_date"].dt.weekday().max() <= 5
    planned = run_mrp_checked(plan.data).table("planned_orders")
    assert set(planned["item_id"]) == {"board", "chip", "cable"}
    assert planned.filter(pl.col("item_id") == "board")["quantity"].sum() == 430


def test_in_the_profit_form_the_plan_gets_the_demands_that_are_sold():
    demands = asked(4.0).with_columns(kind=pl.Series(["forecast"] + ["sales_order"] * 6))
    plan = schedule(radio_shop(demands=demands), form="profit", strategy="fixed", initial_workers=5.0)
    kept = plan.data.table("demands").filter(pl.col("item_id") != "cable")
    assert kept["quantity"].sum() == pytest.approx(plan.sold.sum())
    planned = run_mrp_checked(plan.data).table("planned_orders")
    assert planned.filter(pl.col("item_id").is_in(["car", "table-red", "table-blue"])).height == 0


def sales_plan(**columns):
    return pl.DataFrame({"period_start": [APRIL, MAY], "quantity": [100.0, 50.0], **columns})


def test_a_sales_plan_by_family_is_shared_as_the_demands_are():
    # table radios are sold as 150 red to 140 blue
    plan = schedule(radio_shop(sales_plan=sales_plan(family=["table", "table"])), strategy="fixed")
    assert plan.families.families == ["table"]
    items = plan.table("master_schedule").group_by("item_id").agg(pl.sum("sales_plan")).sort("item_id")
    assert items["sales_plan"].to_list() == pytest.approx([150 * 140 / 290, 150 * 150 / 290])
    demands = plan.data.table("demands")
    assert demands.filter(pl.col("kind") == "independent")["quantity"].sum() == pytest.approx(150, abs=2)
    assert demands.filter(pl.col("item_id") == "car").height == 2
    check_sums(plan)


def test_a_sales_plan_by_item_may_have_prices():
    plan = schedule(radio_shop(sales_plan=sales_plan(item_id=["car", "car"], unit_price=[80.0, 95.0])), form="profit")
    assert plan.schedule.problem.price.tolist() == pytest.approx([(100 * 80 + 50 * 95) / 150])


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"family": ["tables", "table"]}, "tables is the family of no item; did you mean table?"),
        ({"item_id": ["table_red", "car"]}, "table_red is not in items; did you mean table-red?"),
        ({"item_id": ["car", None]}, "neither family nor item_id says what is sold"),
    ],
)
def test_a_wrong_sales_plan_is_found(columns, said):
    with pytest.raises(DataError) as raised:
        radio_shop(sales_plan=sales_plan(**columns))
    assert said in [finding.message for finding in raised.value.findings]


def test_what_has_no_price_is_named_in_the_profit_form():
    items = radio_tables()["items"].with_columns(unit_price=pl.Series([100.0, 0, 70, 0, 0, 5]))
    with pytest.raises(DataError) as raised:
        schedule(radio_shop(items=items), form="profit")
    found = [(f.table, f.column, f.row, f.code) for f in raised.value.findings]
    assert found == [("items", "unit_price", 2, "no_price")]


def test_an_item_without_a_family_or_hours_is_planned_and_named():
    items = radio_tables()["items"].with_columns(family=pl.Series(["table", None, "car", None, None, None]))
    operations = radio_tables()["operations"].filter(~pl.col("item_id").is_in(["car", "board"]))
    plan = schedule(radio_shop(items=items, operations=operations))
    assert plan.families.families == ["car", "table", "table-blue"]
    assert [(f.code, f.row) for f in plan.findings] == [("no_family", 2), ("no_hours", 3)]


def test_nothing_to_schedule_is_told():
    with pytest.raises(PlanningError, match="neither open demands nor a sales_plan"):
        schedule(radio_shop(demands=None))
    with pytest.raises(PlanningError, match="all of it is bought"):
        schedule(radio_shop(demands=asked(1.0).filter(pl.col("item_id") == "cable")))


def test_work_centers_without_hours_and_no_work_centers_at_all_are_results():
    closed = radio_tables()["work_centers"].with_columns(units=0.0)
    assert schedule(radio_shop(work_centers=closed)).table("unmet_sales")["kind"].to_list()[-1] == "not_delivered"
    plan = schedule(radio_shop(work_centers=None, operations=None))
    assert of_family(plan, "table", "make") == [80, 90, 120]
    assert plan.table("master_schedule_loads").is_empty()


def test_weeks_and_items_and_whole_workers():
    plan = schedule(radio_shop(), by="item", period="week", are_workers_whole=True, horizon_periods=8)
    assert plan.schedule.problem.periods[:2] == ["2026-W14", "2026-W15"]
    assert plan.families.families == ["car", "table-blue", "table-red"]
    assert plan.families.n_periods == 8
    workers = plan.table("workforce_plan")["workers"].to_numpy()
    np.testing.assert_allclose(workers, np.round(workers), atol=1e-6)
    check_sums(plan)


def test_whole_workers_may_start_from_a_part_of_one():
    plan = schedule(radio_shop(), are_workers_whole=True, initial_workers=2.4)
    assert plan.schedule.problem.workforce.initial_workers == 2
    np.testing.assert_allclose(plan.table("workforce_plan")["workers"] % 1, 0, atol=1e-6)


def test_ready_made_units_are_bought_where_hours_are_short():
    offers = pl.DataFrame({"item_id": ["car"], "supplier_id": ["ACME"], "unit_price": [65.0], "lead_time_days": [5]})
    suppliers = pl.DataFrame({"supplier_id": ["ACME"]})
    plan = schedule(radio_shop(item_suppliers=offers, suppliers=suppliers, demands=asked(4.0)), strategy="fixed")
    orders = plan.table("master_schedule_orders").filter(pl.col("supply_type") == "buy")
    assert set(orders["supplier_id"]) == {"ACME"}
    assert orders["quantity"].sum() == pytest.approx(plan.subcontracted.sum(), abs=1.0)
    check_sums(plan)


def test_what_nothing_says_is_assumed_aloud():
    texts = schedule(radio_shop()).assumptions
    assert texts[0].startswith("master_schedule.wage_per_hour = 25.00")
    assert texts[1].startswith("master_schedule.initial_workers = 2.00")
    given = {"wage_per_hour": 20.0, "initial_workers": 3.0, "hiring_cost": 1.0, "layoff_cost": 1.0}
    assert schedule(radio_shop(), **given).assumptions == ()


def test_june_is_left_out_by_the_horizon():
    plan = schedule(radio_shop(), horizon_periods=2)
    assert of_family(plan, "table", "sales_plan") == [80, 90]
    assert plan.families.period_starts.max() < JUNE
