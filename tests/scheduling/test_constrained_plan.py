"""The constrained plan: rules by hand, random plans checked, MRP's quantities where nothing constrains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from planning.checks import validate
from planning.mrp import run_mrp
from planning.options import MrpOptions
from scheduling.constrained_plan import (
    ConstrainedOptions,
    ConstrainedPlan,
    check_constrained_plan,
    replan_demand,
    run_constrained_plan,
)
from scheduling.constraining.run import Commitments, commit
from tests.scheduling.constrained_cases import AS_OF, random_data

Rows = list[dict[str, Any]]
N_CASES = 60


def constrained(tables: dict[str, Rows], **options: Any) -> ConstrainedPlan:
    """Return the checked constrained plan of tables given as rows."""
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}
    return checked(
        run_constrained_plan(run_mrp(validate(frames, {"as_of": AS_OF}).data), ConstrainedOptions(**options))
    )


def checked(found: ConstrainedPlan) -> ConstrainedPlan:
    """Return a plan after asserting that the independent check finds nothing."""
    assert not found.violations, "\n".join(found.violations)
    return found


def bikes(**demands: tuple[int, float]) -> dict[str, Rows]:
    """Return a shop with one bench: a bike of a frame and two wheels; demands as (days from as_of, quantity)."""
    return {
        "items": [
            {"item_id": "bike", "supply_type": "make", "lead_time_days": 2, "unit_cost": 100.0},
            {"item_id": "frame", "supply_type": "make", "lead_time_days": 3, "unit_cost": 40.0},
            {"item_id": "wheel", "supply_type": "buy", "lead_time_days": 5, "unit_cost": 10.0},
        ],
        "bom_lines": [
            {"parent_item_id": "bike", "component_item_id": "frame", "quantity_per": 1.0},
            {"parent_item_id": "bike", "component_item_id": "wheel", "quantity_per": 2.0},
        ],
        "work_centers": [{"work_center_id": "bench", "units": 1}],
        "operations": [
            {"item_id": "bike", "operation_sequence": 10, "work_center_id": "bench", "run_minutes_per_unit": 144.0},
            {"item_id": "frame", "operation_sequence": 10, "work_center_id": "bench", "run_minutes_per_unit": 72.0},
        ],
        "demands": [
            {"demand_id": name, "item_id": "bike", "due_date": AS_OF + timedelta(days=day), "quantity": quantity,
             "priority": number}
            for number, (name, (day, quantity)) in enumerate(demands.items(), 1)
        ],
    }  # fmt: skip


def promised(found: ConstrainedPlan) -> list[tuple[Any, ...]]:
    """Return demand, quantity and days from as_of of each promise."""
    rows = found.table("promises").select("demand_id", "quantity", "promised_date").rows()
    return [(name, quantity, day and (day - AS_OF).days) for name, quantity, day in rows]


def test_demand_that_can_be_made_in_time_is_promised_for_its_day() -> None:
    found = constrained(bikes(A=(10, 10.0)))
    assert promised(found) == [("A", 10.0, 10)]
    orders = found.table("planned_orders").sort("item_id").select("item_id", "release_date", "due_date").rows()
    days = [(item, (release - AS_OF).days, (due - AS_OF).days) for item, release, due in orders]
    assert days == [("bike", 8, 10), ("frame", 5, 8), ("wheel", 3, 8)]


def test_lead_time_from_today_on_makes_a_demand_late_and_is_its_reason() -> None:
    found = constrained(bikes(A=(4, 10.0)))
    assert promised(found) == [("A", 10.0, 7)]
    reasons = found.table("late_reasons").select("item_id", "reason", "quantity", "days").rows()
    assert reasons == [("bike", "component", 10.0, 3), ("wheel", "lead_time", 20.0, 3)]


def test_full_work_center_makes_a_demand_late_and_is_its_reason() -> None:
    """20 bikes are two days of work, 20 frames one: on days 10 and 11, and 9; B then has to wait."""
    tables = bikes(A=(10, 20.0), B=(10, 20.0))
    tables["on_hand"] = [{"item_id": "wheel", "quantity": 100.0}, {"item_id": "frame", "quantity": 100.0}]
    tables["items"][0]["lead_time_days"] = 0
    found = constrained(bikes_busy(tables))
    assert promised(found) == [("A", 20.0, 10), ("B", 20.0, 12)]
    reason = found.table("late_reasons").row(0, named=True)
    assert (reason["reason"], reason["work_center_id"], reason["days"]) == ("capacity", "bench", 2)
    assert "work center bench is full" in found.table("promises")["reason"][1]


def bikes_busy(tables: dict[str, Rows]) -> dict[str, Rows]:
    """Return the shop with a bench that is closed until day 8."""
    tables["calendars"] = [{"calendar_id": "late"}]
    tables["calendar_exceptions"] = [
        {"calendar_id": "late", "date": AS_OF + timedelta(days=day), "hours": 0.0} for day in range(8)
    ]
    days = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), 24.0)
    tables["calendars"][0] |= days
    tables["work_centers"][0]["calendar_id"] = "late"
    return tables


def test_more_important_demand_gets_the_stock_that_a_plain_plan_gives_the_first_one() -> None:
    tables = bikes(A=(4, 10.0), B=(3, 10.0))
    tables["on_hand"] = [{"item_id": "bike", "quantity": 10.0}]
    found = constrained(tables)
    assert promised(found) == [("A", 10.0, 4), ("B", 10.0, 7)]
    figures = {row["name"]: row for row in found.table("service_figures").to_dicts()}
    assert figures["demands_late"]["value"] == figures["demands_late"]["first_come"] == 1
    assert promised(constrained(tables, sequence="first_come")) == [("B", 10.0, 3), ("A", 10.0, 7)]


def test_demand_is_split_as_the_policy_says() -> None:
    tables = bikes(A=(7, 20.0))
    tables["on_hand"] = [{"item_id": "bike", "quantity": 4.0}, {"item_id": "frame", "quantity": 100.0}]
    tables["items"][2]["lead_time_days"] = 8
    tables["on_hand"].append({"item_id": "wheel", "quantity": 12.0})
    assert promised(constrained(tables)) == [("A", 20.0, 10)]
    assert promised(constrained(tables, split="stock_and_rest")) == [("A", 4.0, 7), ("A", 16.0, 10)]
    assert promised(constrained(tables, split="any")) == [("A", 10.0, 7), ("A", 10.0, 10)]


def test_later_receipt_is_awaited_when_it_comes_before_a_new_order() -> None:
    tables = bikes(A=(4, 10.0))
    tables["scheduled_receipts"] = [
        {
            "order_id": "R1",
            "item_id": "bike",
            "due_date": AS_OF + timedelta(days=5),
            "quantity": 15.0,
            "supply_type": "buy",
        }
    ]
    found = constrained(tables)
    assert promised(found) == [("A", 10.0, 5)]
    assert found.table("late_reasons")["reason"].to_list() == ["waits_for_supply"]
    assert found.table("planned_orders").is_empty()


def test_second_supplier_is_taken_when_the_first_is_late() -> None:
    tables = bikes(A=(6, 10.0))
    tables["suppliers"] = [{"supplier_id": "slow"}, {"supplier_id": "fast"}]
    tables["item_suppliers"] = [
        {"item_id": "wheel", "supplier_id": "slow", "priority": 1, "lead_time_days": 9},
        {"item_id": "wheel", "supplier_id": "fast", "priority": 2, "lead_time_days": 1},
    ]
    found = constrained(tables)
    assert promised(found) == [("A", 10.0, 6)]
    assert found.table("planned_orders").filter(pl.col("item_id") == "wheel")["supplier_id"].to_list() == ["fast"]


def test_alternate_component_is_taken_when_the_first_is_late() -> None:
    tables = bikes(A=(4, 10.0))
    tables["items"].append({"item_id": "old wheel", "supply_type": "buy", "lead_time_days": 0})
    tables["bom_lines"][1] |= {"alternate_group": "wheels", "alternate_priority": 1}
    tables["bom_lines"].append(tables["bom_lines"][1] | {"component_item_id": "old wheel", "alternate_priority": 2})
    tables["on_hand"] = [{"item_id": "frame", "quantity": 10.0}]
    found = constrained(tables)
    assert promised(found) == [("A", 10.0, 4)]
    assert found.table("commitments")["item_id"].to_list().count("old wheel") == 1


def test_demand_without_a_source_is_short_and_takes_nothing() -> None:
    tables = bikes(A=(9, 10.0))
    tables["items"][2]["is_planned"] = False
    tables["on_hand"] = [{"item_id": "wheel", "quantity": 5.0}]
    found = constrained(tables)
    assert promised(found) == [("A", 10.0, None)]
    assert found.table("commitments").is_empty()
    assert found.table("late_reasons")["reason"].to_list() == ["component", "not_planned"]


def test_safety_stock_is_filled_up_after_all_demands() -> None:
    tables = bikes(A=(9, 10.0))
    tables["items"][2]["safety_stock"] = 6.0
    tables["on_hand"] = [{"item_id": "wheel", "quantity": 22.0}]
    found = constrained(tables)
    kinds = found.table("promises").select("kind", "item_id", "quantity", "days_late").rows()
    assert kinds == [("demand", "bike", 10.0, 0), ("safety_stock", "wheel", 4.0, 0)]


def test_orders_of_one_day_become_one_with_one_setup() -> None:
    """Two demands of 10 and 5 for one day: one order of each item; 30 minutes of setup of the bike count once."""
    tables = bikes(A=(12, 10.0), B=(12, 5.0))
    tables["operations"][0]["setup_minutes"] = 30.0
    found = constrained(tables)
    orders = found.table("planned_orders").sort("item_id").select("item_id", "quantity").rows()
    assert orders == [("bike", 15.0), ("frame", 15.0), ("wheel", 30.0)]
    assert found.table("planned_work")["minutes"].sum() == pytest.approx(30.0 + 15 * (144 + 72))
    assert promised(found) == promised(apart := constrained(tables, join_orders=False))
    assert apart.table("planned_orders").height == 6
    assert apart.table("planned_work")["minutes"].sum() == pytest.approx(2 * 30.0 + 15 * (144 + 72))


def test_joined_order_keeps_to_its_minimum_and_multiple_once() -> None:
    """Wheels in multiples of 8, 10 at least: 6 + 14 = 20 make one order of 24, not of 16 and 8 with 4 too many."""
    tables = bikes(A=(14, 3.0), B=(14, 7.0))
    tables["items"][2] |= {"minimum_order_quantity": 10.0, "order_multiple": 8.0}
    orders = constrained(tables).table("planned_orders")
    assert orders.filter(pl.col("item_id") == "wheel")["quantity"].to_list() == [24.0]


def test_orders_stay_apart_where_one_would_not_fit_in_time() -> None:
    """A gets all of days 9 and 10 from the one bench; what B needs more for the same day is found before that only."""
    tables = bikes(A=(11, 20.0), B=(11, 2.0))
    tables["on_hand"] = [{"item_id": "wheel", "quantity": 100.0}, {"item_id": "frame", "quantity": 100.0}]
    tables["items"][0]["lead_time_days"] = 0
    found = constrained(bikes_busy(tables))
    assert promised(found) == [("A", 20.0, 11), ("B", 2.0, 11)]
    bikes_made = found.table("planned_orders").filter(pl.col("item_id") == "bike")
    assert bikes_made["quantity"].to_list() == [22.0]


def test_all_orders_of_other_demands_are_the_same_bytes_after_replanning_one() -> None:
    found = run_constrained_plan(run_mrp(random_data(4)), ConstrainedOptions(compare=False))
    demand = found.table("promises").filter(pl.col("kind") == "demand")["demand_id"][0]
    moved = checked(replan_demand(found, demand, due_date=AS_OF + timedelta(days=25)))
    key = ["item_id", "quantity", "release_date", "due_date", "need_date"]
    theirs = orders_of_others(found, demand)
    assert theirs.height > 0
    assert theirs.join(moved.table("planned_orders"), on=key, how="anti").is_empty()
    others = pl.col("demand_id") != demand
    before, after = (one.table("promises").filter(others) for one in (found, moved))
    assert before.sort(before.columns).equals(after.sort(before.columns))


def orders_of_others(found: ConstrainedPlan, demand: str) -> pl.DataFrame:
    """Return the orders that serve anybody but a demand, at any level."""
    uses = found.table("commitments").select("supply_id", "consumer_id")
    wanted = set(
        uses.filter(~pl.col("consumer_id").is_in([*found.table("planned_orders")["order_id"], demand]))["supply_id"]
    )
    while True:
        wider = wanted | set(uses.filter(pl.col("consumer_id").is_in(list(wanted)))["supply_id"])
        if wider == wanted:
            return found.table("planned_orders").filter(pl.col("order_id").is_in(list(wanted)))
        wanted = wider


def test_replanned_demand_leaves_all_others_as_they_are() -> None:
    found = constrained(bikes(A=(10, 10.0), B=(12, 10.0), C=(14, 5.0)))
    moved = checked(replan_demand(found, "B", quantity=20.0, due_date=AS_OF + timedelta(days=20)))
    assert promised(moved) == [("A", 10.0, 10), ("C", 5.0, 14), ("B", 20.0, 20)]
    same = checked(replan_demand(moved, "B", quantity=10.0, due_date=AS_OF + timedelta(days=12)))
    key = ["item_id", "due_date"]
    assert (
        same.table("planned_orders")
        .drop("order_id")
        .sort(key)
        .equals(found.table("planned_orders").drop("order_id").sort(key))
    )


def test_other_sequences_lower_the_cost_and_never_raise_it() -> None:
    tables = bikes(A=(8, 2.0), B=(5, 60.0))
    tables["on_hand"] = [{"item_id": "wheel", "quantity": 120.0}, {"item_id": "frame", "quantity": 60.0}]
    tables["demands"][1]["priority"] = 1
    tables["demands"][0]["priority"] = 1
    tables["demands"][0]["due_date"] = AS_OF + timedelta(days=4)
    found = constrained(tables, evaluations=5)
    improvement = found.improvement
    assert improvement is not None
    assert improvement.accepted >= 1
    assert improvement.after.plan_cost < improvement.before.plan_cost == constrained(tables).cost
    assert improvement.after.weighted_lateness < improvement.before.weighted_lateness
    assert found.cost == improvement.after.plan_cost
    whole = commit(found.found.shop, found.found.sequence)
    for name in ("taken", "orders", "pieces", "promises"):
        ours, theirs = getattr(found.found, name), getattr(whole, name)
        assert all((ours[field] == theirs[field]).all() for field in ours.dtype.names), name


@pytest.mark.parametrize("block", range(4))
def test_random_plans_have_no_violation(block: int) -> None:
    for seed in range(block * N_CASES // 4, (block + 1) * N_CASES // 4):
        split = ("none", "stock_and_rest", "any")[seed % 3]
        options = ConstrainedOptions(split=split, compare=False)  # type: ignore[arg-type]
        found = run_constrained_plan(run_mrp(random_data(seed)), options)
        assert not found.violations, (seed, found.violations)


def test_without_lead_times_and_capacity_the_orders_are_those_of_mrp() -> None:
    """By item and need day, in as many orders, with minima, multiples and whole units; with safety stocks by item."""
    for seed in range(40):
        data = random_data(seed, is_plain=True)
        items = data.table("items")
        has_floor = "safety_stock" in items.columns and items["safety_stock"].fill_null(0.0).sum() > 0
        plan = run_mrp(data, MrpOptions(expedite_window_days=0))
        found = checked(run_constrained_plan(plan, ConstrainedOptions(sequence="first_come", compare=False)))
        keys = ["item_id"] if has_floor else ["item_id", "need_date"]
        ours, theirs = (
            frame.group_by(keys)
            .agg(pl.col("quantity").sum().round(6), pl.len())
            .filter(pl.col("quantity") > 0)
            .drop(["len"] if has_floor else [])
            .sort(keys)
            for frame in (found.table("planned_orders"), plan.table("planned_orders"))
        )
        assert ours.equals(theirs), seed


def test_same_data_gives_the_same_plan() -> None:
    plans = [run_constrained_plan(run_mrp(random_data(7))).table("commitments") for _ in range(2)]
    assert plans[0].equals(plans[1])


def _with(found: Commitments, name: str, change: Callable[[Any], None]) -> Commitments:
    """Return commitments with one array changed."""
    rows = getattr(found, name).copy()
    change(rows)
    return replace(found, **{name: rows})


def _add(field: str, amount: float, place: int = 0) -> Callable[[Any], None]:
    """Return a change that adds to one field of one row."""

    def change(rows: Any) -> None:
        rows[field][place] += amount

    return change


@pytest.mark.parametrize(
    ("name", "field", "amount", "told"),
    [
        ("taken", "quantity", 1.0, "used beyond"),
        ("supplies", "day", 30, "before it is there"),
        ("supplies", "quantity", -2.0, "add up"),
        ("promises", "day", -9, "before it is wanted"),
        ("promises", "quantity", 1.0, "demand without"),
        ("orders", "release", 1, "lead time"),
        ("orders", "due", 3, "another day"),
        ("orders", "start_quantity", 1.0, "components do not add up"),
        ("pieces", "minutes", 900.0, "faster than one unit"),
        ("pieces", "day", -9, "before release"),
        ("pieces", "day", 9, "after the due day"),
        ("pieces", "begin", -0.5, "faster than one unit"),
    ],
)
def test_check_finds_what_is_changed(name: str, field: str, amount: float, told: str) -> None:
    found = constrained(bikes(A=(10, 10.0))).found
    assert not check_constrained_plan(found)
    wrong = check_constrained_plan(_with(found, name, _add(field, amount)))
    assert any(told in line for line in wrong), wrong


def test_check_finds_work_beyond_the_minutes_of_a_day() -> None:
    found = constrained(bikes(A=(10, 10.0), B=(10, 10.0))).found
    pieces = found.pieces.copy()
    pieces["day"] = pieces["day"].max()
    assert any("beyond its minutes" in line for line in check_constrained_plan(replace(found, pieces=pieces)))


def test_unknown_table_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        constrained(bikes(A=(10, 10.0))).table("nothing")


def test_promised_dates_are_dates() -> None:
    found = constrained(bikes(A=(10, 10.0)))
    assert found.table("promises")["promised_date"].to_list() == [date(2026, 3, 12)]
    assert np.isclose(found.table("day_loads")["planned_minutes"].sum(), 10 * (144 + 72))
