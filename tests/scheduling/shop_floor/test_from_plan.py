"""The scheduling problem of a plan's near term, on data sets made by hand."""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise

import polars as pl
import pytest

from bom.errors import PlanningError
from planning.capacity import run_capacity
from planning.checks import validate
from planning.mrp import run_mrp
from scheduling.check import check
from scheduling.from_plan import ScheduleOptions, order_ends, plan_shop
from scheduling.solve import solve

AS_OF = date(2026, 3, 2)


def plan_of(settings=None, **tables):
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}
    return run_mrp(validate(frames, {"as_of": AS_OF, **(settings or {})}).data)


def bikes(**more):
    """A bike of two wheels, both made; two demands of 10 bikes on 13 March."""
    tables = {
        "items": [
            {"item_id": "bike", "lead_time_days": 2},
            {"item_id": "wheel", "supply_type": "make", "lead_time_days": 3},
        ],
        "bom_lines": [{"parent_item_id": "bike", "component_item_id": "wheel", "quantity_per": 2.0}],
        "demands": [
            {"demand_id": name, "item_id": "bike", "due_date": date(2026, 3, day), "quantity": 10.0}
            for name, day in (("A", 12), ("B", 13))
        ],
        "work_centers": [
            {"work_center_id": "bench", "units": 1.0, "efficiency_fraction": 0.8, "utilization_fraction": 0.5},
            {"work_center_id": "truing", "units": 1.5},
        ],
        "operations": [
            {"item_id": "bike", "operation_sequence": 10, "work_center_id": "bench", "setup_minutes": 12.0,
             "run_minutes_per_unit": 6.0, "queue_minutes": 5.0, "move_minutes": 7.0},
            {"item_id": "wheel", "operation_sequence": 10, "work_center_id": "truing", "setup_minutes": 0.0,
             "run_minutes_per_unit": 3.0, "wait_minutes": 30.0},
        ],
    }  # fmt: skip
    return {**tables, **more}


def test_a_unit_takes_the_minutes_of_loading_by_efficiency_utilization_and_units():
    floor = plan_shop(plan_of(**bikes()))
    assert floor.orders["order_id"].to_list() == [
        "bike@MAIN/2026-03-12/1", "bike@MAIN/2026-03-13/1", "wheel@MAIN/2026-03-10/1", "wheel@MAIN/2026-03-11/1",
    ]  # fmt: skip
    assert floor.operations["required_minutes"].to_list() == [72.0, 72.0, 60.0, 60.0]
    # 72 minutes / 0.8 / 0.5, and 60 minutes on two units that do the work of one and a half
    assert floor.problem.mode_duration.tolist() == [10_800, 10_800, 4_800, 4_800]
    assert floor.mode_setup_seconds.tolist() == [1_800, 1_800, 0, 0]
    assert (floor.problem.machine_unit_indptr[1:] - floor.problem.machine_unit_indptr[:-1]).tolist() == [1, 2]


def test_a_bike_waits_for_its_wheels_and_the_minutes_between():
    floor = plan_shop(plan_of(**bikes()))
    problem = floor.problem
    arcs = (problem.arc_from, problem.arc_to)
    pairs = [(problem.operation_name(a), problem.operation_name(b)) for a, b in zip(*arcs, strict=True)]
    assert pairs == [
        ("wheel@MAIN/2026-03-10/1/10", "bike@MAIN/2026-03-12/1/10"),
        ("wheel@MAIN/2026-03-11/1/10", "bike@MAIN/2026-03-13/1/10"),
    ]
    assert problem.arc_minimum_lag.tolist() == [35 * 60, 35 * 60]  # wait of the wheel, queue of the bike
    assert problem.n_arcs == 2
    assert plan_shop(plan_of(**bikes()), ScheduleOptions(chain_orders=False)).problem.n_arcs == 0


def test_orders_are_released_on_their_day_and_due_before_the_move():
    floor = plan_shop(plan_of(**bikes()))
    released = [(day - AS_OF).days * 86_400 for day in floor.orders["release_date"]]
    assert floor.problem.job_release.tolist() == released
    assert floor.problem.operation_release.tolist() == [released[0] + 300, released[1] + 300, *released[2:]]
    assert floor.problem.job_due.tolist()[:2] == [10 * 86_400 - 420, 11 * 86_400 - 420]
    assert floor.problem.time_unit == "second"


def test_orders_released_behind_the_horizon_are_left_out():
    floor = plan_shop(plan_of(**bikes()), ScheduleOptions(horizon_days=6))
    assert floor.orders["order_id"].to_list() == ["wheel@MAIN/2026-03-10/1"]


def test_a_schedule_gives_the_dates_of_orders():
    floor = plan_shop(plan_of(**bikes()))
    result = solve(floor.problem, "dispatch")
    assert check(floor.problem, result.schedule).is_feasible
    ends = order_ends(floor, result.schedule)
    first = ends.row(0, named=True)
    released = datetime(2026, 3, 10)
    assert (first["start"] - released).total_seconds() == 300.0
    assert (first["end"] - released).total_seconds() == 300 + 10_800 + 420
    assert ends["days_late"].to_list() == [0.0] * 4


def test_what_is_reported_is_done_and_what_runs_goes_on_at_once():
    open_bikes = {
        "scheduled_receipts": [
            {"order_id": f"W{n}", "item_id": "bike", "due_date": date(2026, 3, 6), "quantity": 10.0,
             "release_date": date(2026, 2, 26)} for n in range(4)
        ],
        "open_operations": [
            {"order_id": "W0", "operation_sequence": 10, "completed_quantity": 10.0, "status": "done"},
            {"order_id": "W1", "operation_sequence": 10, "completed_quantity": 4.0},
            {"order_id": "W2", "operation_sequence": 10, "actual_start": datetime(2026, 3, 1, 18)},
        ],
    }  # fmt: skip
    plan = plan_of(**bikes(**open_bikes))
    floor = plan_shop(plan)
    assert floor.unscheduled.select("order_id", "reason").rows() == [("W0", "finished")]
    assert floor.orders["order_id"].to_list()[:3] == ["W1", "W2", "W3"]
    assert floor.operations["quantity"].to_list()[:3] == [6.0, 10.0, 10.0]
    assert floor.operations["required_minutes"].to_list()[:3] == [36.0, 60.0, 72.0]
    # W2 has been started for certain; W1 has to wait, though it needs no setup any more
    assert floor.problem.operation_is_started.tolist()[:3] == [False, True, False]
    assert floor.problem.operation_lock_start.tolist()[:3] == [-1, 0, -1]
    listed = run_capacity(plan).table("scheduled_operations").filter(pl.col("order_id").str.starts_with("W"))
    assert listed["required_minutes"].to_list() == [36.0, 60.0, 72.0]
    result = solve(floor.problem, "dispatch")
    assert check(floor.problem, result.schedule).is_feasible
    assert result.schedule.operation_start[1] == 0


def test_orders_that_cannot_be_scheduled_are_told():
    tables = bikes()
    tables["operations"] = tables["operations"][:1]
    assert set(plan_shop(plan_of(**tables)).unscheduled["reason"]) == {"no_routing"}
    tables["work_centers"] = [{"work_center_id": "bench", "is_finite": False}]
    assert set(plan_shop(plan_of(**tables)).unscheduled["reason"]) == {"no_routing", "no_finite_work_center"}
    tables["work_centers"] = [{"work_center_id": "bench", "units": 0.0}]
    floor = plan_shop(plan_of(**tables))
    assert set(floor.unscheduled["reason"]) == {"no_routing", "no_capacity"}
    assert (floor.problem.n_jobs, floor.problem.n_operations) == (0, 0)


def test_setups_come_from_the_table_and_within_a_group_there_is_none():
    tables = bikes()
    tables["operations"] = [{**row, "setup_group": row["item_id"]} for row in tables["operations"]]
    tables["operations"][1] |= {"work_center_id": "bench", "setup_minutes": 40.0}
    tables["setup_times"] = [
        {"work_center_id": "bench", "from_setup_group": "*", "to_setup_group": "bike", "setup_minutes": 20.0},
        {"work_center_id": "bench", "from_setup_group": "wheel", "to_setup_group": "bike", "setup_minutes": 8.0},
    ]
    floor = plan_shop(plan_of(**tables))
    assert floor.problem.mode_duration.tolist()[0] == 60 * 60 / 0.4  # the run alone
    minutes = floor.problem.setup_time[0] / 60 * 0.4
    #                      none  bike  wheel; from a group of which nobody knows the longest
    assert minutes.tolist() == [[0, 20, 40], [0, 0, 40], [0, 8, 0]]


def test_people_of_a_skill_are_a_limit_and_without_any_nothing_is_scheduled():
    tables = bikes()
    tables["work_centers"] = [{**row, "labor_skill_id": "wrench"} for row in tables["work_centers"]]
    assert plan_shop(plan_of(**tables)).problem.n_resources == 0
    tables["labor_skills"] = [{"labor_skill_id": "wrench", "people": 1}]
    floor = plan_shop(plan_of(**tables))
    assert (floor.problem.resource_capacity.tolist(), floor.problem.resource_ids) == ([1], ("wrench",))
    schedule = solve(floor.problem, "dispatch").schedule
    spans = sorted(zip(schedule.operation_start.tolist(), schedule.operation_end.tolist(), strict=True))
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    tables["labor_skills"] = [{"labor_skill_id": "wrench", "people": 0}]
    assert set(plan_shop(plan_of(**tables)).unscheduled["reason"]) == {"no_capacity"}


def test_alternates_in_force_are_modes_in_the_order_of_their_priority():
    tables = bikes()
    first = tables["operations"][0]
    tables["operations"] += [
        {**first, "work_center_id": "truing", "alternate_priority": 2},
        {**first, "work_center_id": "truing", "alternate_priority": 3, "setup_minutes": 0.0},
    ]
    problem = plan_shop(plan_of(**tables)).problem
    assert problem.mode_machine[: problem.mode_indptr[1]].tolist() == [0, 1]
    assert problem.mode_duration[: problem.mode_indptr[1]].tolist() == [10_800, 72 * 60 / 0.75]


def test_pins_are_locks_and_wrong_ones_are_told_together():
    plan = plan_of(**bikes())
    name = "bike@MAIN/2026-03-12/1"
    pins = pl.DataFrame(
        {"order_id": [name], "operation_sequence": [10], "unit": [1], "setup_start": [datetime(2026, 3, 11, 6)]}
    )
    floor = plan_shop(plan, pins=pins)
    assert floor.problem.operation_lock_start[0] == (9 * 24 + 6) * 3600
    assert floor.problem.operation_lock_unit[0] == 0
    wrong = pl.DataFrame({"order_id": [name, "X"], "operation_sequence": [10, 20], "work_center_id": ["truing", None]})
    with pytest.raises(PlanningError, match=r"cannot be done at truing; pin of X operation 20: it is not scheduled"):
        plan_shop(plan, pins=wrong)
