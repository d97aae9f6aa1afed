"""Capacity requirements: the worked cases of docs/concepts/capacity.md, and small plans against the reference."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from planning.capacity import CapacityOptions, CapacityResult, run_capacity
from planning.checks import validate
from planning.mrp import run_mrp
from planning.options import MrpOptions
from tests.reference.capacity import DAY, CapacityReference
from tests.reference.cases_capacity import capacity_case

PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "capacity.md"
AS_OF = date(2026, 3, 2)
Tables = dict[str, list[dict[str, Any]]]


def loaded(tables: Tables, as_of: date = AS_OF, mrp: MrpOptions | None = None, **options: Any) -> CapacityResult:
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items() if rows}
    plan = run_mrp(validate(frames, {"as_of": as_of}).data, mrp or MrpOptions())
    return run_capacity(plan, CapacityOptions(**options))


def shop(due: date, quantity: float = 100.0, batch: float = 0.0, **saw: Any) -> Tables:
    """The worked case of the page: one demand of one item, sawn and painted."""
    first = {"operation_sequence": 10, "work_center_id": "saw", "setup_minutes": 60.0, "run_minutes_per_unit": 2.0}
    waits = {"queue_minutes": 120.0, "wait_minutes": 30.0, "move_minutes": 30.0}
    second = {"operation_sequence": 20, "work_center_id": "paint", "setup_minutes": 30.0, "run_minutes_per_unit": 3.0}
    return {
        "items": [{"item_id": "A", "supply_type": "make"}],
        "demands": [{"item_id": "A", "due_date": due, "quantity": quantity}],
        "calendars": [
            {"calendar_id": "two", "saturday": 0.0, "sunday": 0.0, "shifts": "06:00-14:00;14:00-22:00"},
        ],
        "work_centers": [
            {"work_center_id": "saw", "calendar_id": None, "efficiency_fraction": 1.0},
            {"work_center_id": "paint", "calendar_id": "two", "efficiency_fraction": 0.8},
        ],
        "operations": [
            {"item_id": "A", **first, **waits, "transfer_batch_quantity": batch or None} | saw,
            {"item_id": "A", **second, "queue_minutes": 60.0, "wait_minutes": 0.0, "move_minutes": 60.0},
        ],
    }


def worked_rows() -> list[list[str]]:
    table = PAGE.read_text().split("<!-- case -->\n")[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


@pytest.mark.parametrize("row", worked_rows(), ids=str)
def test_worked_case_of_the_page(row):
    tables = shop(date.fromisoformat(row[0]), float(row[2]), float(row[1]))
    found = loaded(tables).table("scheduled_operations").sort("operation_sequence")
    times = [time for pair in zip(found["setup_start"], found["end"], strict=True) for time in pair]
    assert times == [datetime.fromisoformat(text) for text in row[3:]]


def test_load_of_the_worked_case_by_day_and_week():
    capacity = loaded(shop(date(2026, 3, 13)), period="day")
    loads = capacity.table("loads").filter(pl.col("required_minutes") > 0)
    assert loads.select("work_center_id", "period_start", "required_minutes").rows() == [
        ("saw", date(2026, 3, 12), 260.0),
        ("paint", date(2026, 3, 12), 330.0),
    ]
    weeks = loaded(shop(date(2026, 3, 13))).table("loads").filter(pl.col("work_center_id") == "paint")
    assert weeks["required_minutes"].to_list() == [0.0, 330.0]
    assert weeks["available_minutes"].to_list() == [5 * 16 * 60 * 0.8] * 2
    assert weeks["cumulative_available_minutes"].to_list() == [3840.0, 7680.0]
    assert weeks["worked_hours"].to_list()[1] == pytest.approx(330 / 0.8 / 60)


def test_an_overload_names_what_is_too_much_and_only_where_capacity_is_a_limit():
    tables = shop(date(2026, 3, 13), 3000.0)
    for center in tables["work_centers"]:
        center["units"] = 0.5
    (week,) = loaded(tables).table("loads").filter(pl.col("overload_minutes") > 0).to_dicts()[-1:]
    assert week["overload_minutes"] == pytest.approx(week["required_minutes"] - week["available_minutes"])
    for center in tables["work_centers"]:
        center["is_finite"] = False
    assert loaded(tables).overload_minutes.max() == 0.0


@pytest.mark.parametrize("seed", range(50))
def test_loads_equal_the_reference_operation_by_operation(seed):
    case = capacity_case(seed)
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in case.tables.items() if rows}
    plan = run_mrp(validate(frames, {"as_of": case.as_of}).data, MrpOptions(**case.mrp))
    capacity = run_capacity(plan, CapacityOptions(**case.capacity))
    last_day = capacity.model.kernel.end_second // DAY - 731
    reference = CapacityReference(case.tables, case.as_of, last_day, case.capacity["due_at"])
    expected: dict[tuple[str, int], dict[str, Any]] = {}
    for order in case.orders(plan):
        steps, is_forward, is_late = reference.schedule(order)
        for step in steps:
            key = order["order_id"], step.row["operation_sequence"]
            expected[key] = {"step": step, "is_forward": is_forward, "is_late": is_late}
    rows = {(row["order_id"], row["operation_sequence"]): row for row in operations_of(capacity)}
    assert rows.keys() == expected.keys()
    midnight = datetime(case.as_of.year, case.as_of.month, case.as_of.day)
    for key, row in rows.items():
        step = expected[key]["step"]
        start = None if step.start >= reference.end else midnight + timedelta(seconds=step.start)
        finish = None if step.finish is None else midnight + timedelta(seconds=step.finish)
        assert (row["work_center_id"], row["setup_start"], row["end"]) == (step.row["work_center_id"], start, finish)
        assert (row["is_forward"], row["is_late"]) == (expected[key]["is_forward"], expected[key]["is_late"])
        assert row["required_minutes"] == pytest.approx(float(step.minutes), rel=1e-9, abs=1e-9)
    assert_same_loads(capacity, reference, [value["step"] for value in expected.values()])


def operations_of(capacity: CapacityResult) -> list[dict[str, Any]]:
    return capacity.table("scheduled_operations").to_dicts()


def assert_same_loads(capacity: CapacityResult, reference: CapacityReference, steps: list[Any]) -> None:
    seconds = capacity.model.periods.seconds
    n_periods = capacity.required_minutes.shape[1]
    for center, name in enumerate(capacity.work_center_ids):
        own = [step for step in steps if step.row["work_center_id"] == name]
        for period in range(n_periods):
            begin, end = int(seconds[period]), int(seconds[period + 1])
            load = float(sum(reference.load(step, begin, end) for step in own))
            assert capacity.required_minutes[center, period] == pytest.approx(load, rel=1e-9, abs=1e-6)
            available = float(reference.available(reference.centers[name], begin, end))
            assert capacity.available_minutes[center, period] == pytest.approx(available, rel=1e-9)
        total = float(sum(step.minutes for step in own))
        placed = capacity.required_minutes[center].sum() + capacity.unplaced_minutes[center]
        assert placed == pytest.approx(total, rel=1e-9, abs=1e-6)


def test_loads_are_the_same_on_one_thread_and_on_two():
    import numba

    case = capacity_case(7, n_items=12)
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in case.tables.items() if rows}
    plan = run_mrp(validate(frames, {"as_of": case.as_of}).data)
    two = run_capacity(plan)
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        one = run_capacity(plan)
    finally:
        numba.set_num_threads(before)
    assert one.required_minutes.tobytes() == two.required_minutes.tobytes()


def test_lead_times_from_the_routing_leave_room_for_it():
    tables = shop(date(2026, 4, 30))
    for center in tables["work_centers"]:
        center["calendar_id"] = "eight"
    tables["calendars"] = [{"calendar_id": "eight", **dict.fromkeys(("saturday", "sunday"), 0.0), "shifts": None}]
    tables["calendars"][0] |= dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), 8.0)
    tables["sites"] = [{"site_id": "MAIN", "calendar_id": "eight"}]
    capacity = loaded(tables, mrp=MrpOptions(lead_time_from="routing"))
    (order,) = capacity.plan.table("planned_orders").to_dicts()
    first = min(row["setup_start"] for row in operations_of(capacity))
    assert order["release_date"] < order["due_date"]
    assert first.date() >= order["release_date"]


def test_an_operation_longer_than_the_horizon_is_a_result():
    capacity = loaded(shop(date(2026, 3, 13), 1_000_000.0))
    assert capacity.unplaced_minutes.sum() + capacity.required_minutes.sum() == pytest.approx(5_000_090.0)
    kinds = capacity.table("capacity_exceptions")["kind"].to_list()
    assert "beyond_horizon" in kinds
    assert "late" in kinds
    assert np.isfinite(capacity.required_minutes).all()


def test_a_calendar_that_never_works_is_a_result():
    tables = shop(date(2026, 3, 13))
    tables["calendars"] = [{"calendar_id": "two", **dict.fromkeys(("tuesday", "wednesday", "thursday"), 0.0)}]
    tables["calendars"][0] |= dict.fromkeys(("friday", "saturday", "sunday"), 0.0)
    closed = [AS_OF + timedelta(weeks=week) for week in range(-1, 120)]
    tables["calendar_exceptions"] = [{"calendar_id": "two", "date": day, "hours": 0.0} for day in closed]
    capacity = loaded(tables)
    (row,) = capacity.table("capacity_exceptions").filter(pl.col("kind") == "no_working_time").to_dicts()
    assert (row["work_center_id"], row["minutes"]) == ("paint", 330.0)
    loads = capacity.table("loads").filter(pl.col("work_center_id") == "paint")
    assert loads["available_minutes"].to_list() == [0.0]
    assert loads["load_fraction"].to_list() == [None]


def test_items_to_make_without_a_routing_are_named():
    tables = shop(date(2026, 3, 13))
    tables["items"].append({"item_id": "B", "supply_type": "make"})
    tables["demands"].append({"item_id": "B", "due_date": date(2026, 3, 20), "quantity": 1.0})
    tables["operations"][0] |= {"effective_to": date(2026, 1, 1)}
    tables["operations"][1] |= {"effective_to": date(2026, 1, 1)}
    rows = loaded(tables).table("capacity_exceptions").filter(pl.col("kind") == "no_routing").to_dicts()
    assert [(row["item_id"], row["orders"]) for row in rows] == [("A", 1), ("B", 1)]


def test_an_operation_without_a_work_center_is_a_finding():
    tables = shop(date(2026, 3, 13))
    tables["operations"][0]["work_center_id"] = None
    tables["operations"][1]["work_center_id"] = "lathe"
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}
    findings = validate(frames, {"as_of": AS_OF}, "quarantine").findings
    found = {(f.table, f.column) for f in findings}
    assert ("operations", "work_center_id") in found


def test_hours_and_cost_by_skill():
    tables = shop(date(2026, 3, 13))
    tables["work_centers"][0] |= {"cost_per_hour": 30.0, "labor_skill_id": None}
    tables["work_centers"][1] |= {"cost_per_hour": 40.0, "labor_skill_id": "painter"}
    capacity = loaded(tables)
    labor = capacity.table("labor_loads").filter(pl.col("labor_hours") > 0).to_dicts()
    hours = 330 / 0.8 / 60
    assert [(row["labor_skill_id"], row["labor_hours"], row["cost"]) for row in labor] == [
        ("painter", pytest.approx(hours), pytest.approx(hours * 40))
    ]
    costs = capacity.table("capacity_costs").sum().to_dicts()[0]
    assert costs["machine_cost"] == pytest.approx(260 / 60 * 30)
    assert costs["total_cost"] == pytest.approx(260 / 60 * 30 + hours * 40)
