"""Schedules of plans: the tables keep the data set's rules, the minutes are those of loading, the figures add up."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest

from bom.errors import OptionError, PlanningError
from planning.capacity import run_capacity
from scheduling.from_plan import ScheduleOptions, plan_shop
from scheduling.shop_floor.options import read_objective
from scheduling.shop_floor.tables import SCHEDULE_TABLES
from scheduling.shop_schedule import run_shop_schedule
from tests.scheduling.shop_floor.cases import AS_OF, faults, plan_of, random_tables
from tests.scheduling.shop_floor.test_from_plan import bikes
from tests.scheduling.shop_floor.test_from_plan import plan_of as made_by_hand

BY_RULE = ScheduleOptions(solver="dispatch")


@pytest.mark.parametrize("seed", range(20))
def test_a_schedule_of_a_random_plan_keeps_every_rule_of_its_tables(seed):
    tables = random_tables(seed)
    plan = plan_of(tables)
    found = run_shop_schedule(plan, BY_RULE)
    assert found.checked.is_feasible
    assert faults(tables, plan, found) == []
    loaded = run_capacity(plan).table("scheduled_operations").select("order_id", "operation_sequence", "quantity")
    rows = found.table("scheduled_operations")
    both = rows.join(loaded, on=["order_id", "operation_sequence"], how="left")
    assert both["quantity"].to_list() == pytest.approx(both["quantity_right"].to_list())
    orders = set(rows["order_id"]) | set(found.floor.unscheduled["order_id"])
    horizon = AS_OF + timedelta(BY_RULE.horizon_days)
    planned = plan.table("planned_orders").filter(pl.col("release_date") < horizon)
    assert set(planned["order_id"]) <= orders
    for name, table in SCHEDULE_TABLES.items():
        assert found.table(name).columns == table.column_names


def test_started_operations_go_on_where_they_are_and_hold_their_unit():
    tables = bikes(
        scheduled_receipts=[
            {"order_id": f"W{n}", "item_id": "bike", "due_date": AS_OF, "quantity": 10.0} for n in range(2)
        ],
        open_operations=[
            {"order_id": "W1", "operation_sequence": 10, "actual_start": datetime(2026, 3, 1, 12)},
        ],
    )
    found = run_shop_schedule(made_by_hand(**tables), BY_RULE)
    rows = found.table("scheduled_operations").filter(pl.col("work_center_id") == "bench")
    first = rows.row(0, named=True)
    assert (first["order_id"], first["setup_start"], first["start"]) == ("W1", *[datetime(2026, 3, 2)] * 2)
    assert rows["setup_start"][1] >= first["end"]


def test_a_pinned_operation_stays_and_a_schedule_pinned_whole_is_the_same():
    plan = made_by_hand(**bikes())
    first = run_shop_schedule(plan, BY_RULE).table("scheduled_operations")
    again = run_shop_schedule(plan, BY_RULE, pins=first).table("scheduled_operations")
    assert again.equals(first)
    moved = first.head(1).with_columns(pl.col("setup_start", "start") + pl.duration(hours=5))
    rows = run_shop_schedule(plan, BY_RULE, pins=moved).table("scheduled_operations")
    kept = rows.join(moved, on=["order_id", "operation_sequence"], how="semi")
    assert kept["setup_start"].to_list() == moved["setup_start"].to_list()


def test_two_pins_on_one_unit_at_one_time_leave_no_schedule():
    plan = made_by_hand(**bikes())
    names = plan_shop(plan).operations.head(2)
    pins = names.select("order_id", "operation_sequence", unit=pl.lit(1), setup_start=pl.lit(datetime(2026, 3, 12, 1)))
    with pytest.raises(PlanningError, match="no schedule was found"):
        run_shop_schedule(plan, BY_RULE, pins=pins)


def test_the_figures_are_those_of_the_tables():
    found = run_shop_schedule(plan_of(random_tables(0)), BY_RULE)
    figures = {name: value for name, _, value, _ in found.table("schedule_figures").iter_rows()}
    orders, use = found.table("scheduled_orders"), found.table("work_center_use")
    assert figures["orders"] == orders.height
    assert figures["late_orders"] == (orders["days_late"] > 0).sum()
    assert figures["days_late"] == pytest.approx(orders["days_late"].sum())
    assert figures["most_days_late"] == pytest.approx(orders["days_late"].max())
    assert use["operations"].sum() == found.table("scheduled_operations").height
    assert (use["used_fraction"].drop_nulls() <= 1.0 + 1e-9).all()


def test_a_plan_without_orders_to_make_gives_an_empty_schedule():
    tables = bikes()
    tables["demands"] = [{**tables["demands"][0], "quantity": 0.0}]
    found = run_shop_schedule(made_by_hand(**tables), BY_RULE)
    assert found.table("scheduled_operations").is_empty()
    assert found.table("scheduled_orders").is_empty()
    assert found.table("schedule_figures")["found"].to_list()[0] == 0.0


@pytest.mark.parametrize("text", ["speed", "0*makespan", "makespan+makespan", "", "x*makespan"])
def test_an_objective_that_is_none_is_told(text):
    with pytest.raises(OptionError, match=r"schedule.objective"):
        read_objective(text)
