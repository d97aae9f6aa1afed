"""Rough-cut capacity: published cases of overall factors, capacity bills and resource profiles."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from planning.checks import validate
from planning.data import PlanningData
from planning.rough_cut import RoughCutOptions, run_rough_cut

AS_OF = date(2026, 3, 2)
Rows = list[dict[str, Any]]


def data_of(as_of: date = AS_OF, **tables: Rows) -> PlanningData:
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}
    return validate(frames, {"as_of": as_of}).data


def weekly(item_id: str, quantities: list[float], first: date = AS_OF) -> Rows:
    days = [first + timedelta(weeks=week) for week in range(len(quantities))]
    return [{"item_id": item_id, "due_date": day, "quantity": q} for day, q in zip(days, quantities, strict=True)]


def work(item_id: str, center: str, run_hours: float, setup_hours: float = 0.0, sequence: int = 10) -> dict[str, Any]:
    minutes = {"setup_minutes": setup_hours * 60, "run_minutes_per_unit": run_hours * 60}
    return {"item_id": item_id, "operation_sequence": sequence, "work_center_id": center, **minutes}


def line(parent: str, component: str, quantity: float = 1.0) -> dict[str, Any]:
    return {"parent_item_id": parent, "component_item_id": component, "quantity_per": quantity}


def hours(data: PlanningData, method: Any, **more: Any) -> dict[str, list[float]]:
    loads = run_rough_cut(data, RoughCutOptions(method=method), **more).table("loads")
    by_center = loads.group_by("work_center_id", maintain_order=True).agg(pl.col("required_minutes") / 60)
    return {name: [round(value, 6) for value in values] for name, values in by_center.iter_rows()}


def radio() -> PlanningData:
    return data_of(
        items=[{"item_id": "XYZ", "supply_type": "make"}],
        demands=weekly("XYZ", [450.0, 300.0, 625.0, 890.0]),
        work_centers=[
            {"work_center_id": "boards", "utilization_fraction": 130 / 168},
            {"work_center_id": "assembly", "utilization_fraction": 160 / 168},
        ],
        operations=[work("XYZ", "boards", 0.2), work("XYZ", "assembly", 0.3, sequence=20)],
    )


def test_capacity_bill_of_the_boom_box():
    """Lectures in manufacturing planning, session 13 (pom.edu), problem 4, Sarah Reed."""
    expected = {"boards": [90.0, 60.0, 125.0, 178.0], "assembly": [135.0, 90.0, 187.5, 267.0]}
    assert hours(radio(), "capacity_bill") == expected
    loads = run_rough_cut(radio()).table("loads")
    over = loads.filter(pl.col("overload_minutes") > 1e-6).select(
        "work_center_id", "period_start", pl.col("overload_minutes") / 60
    )
    assert [(name, day, round(value, 6)) for name, day, value in over.rows()] == [
        ("boards", date(2026, 3, 23), 48.0),
        ("assembly", date(2026, 3, 16), 27.5),
        ("assembly", date(2026, 3, 23), 107.0),
    ]


def erben(as_of: date) -> PlanningData:
    """Product Z of Erben Fabricators; M, N and O go into Z, P into M; lead times in weeks."""
    weeks = {"Z": 0, "M": 1, "N": 1, "O": 2, "P": 3}
    items = [
        {"item_id": name, "supply_type": "make", "lead_time_unit": "calendar", "lead_time_days": 7 * lead}
        for name, lead in weeks.items()
    ]
    return data_of(
        as_of,
        items=items,
        bom_lines=[line("Z", "M"), line("Z", "N"), line("Z", "O"), line("M", "P")],
        demands=weekly("Z", [10.0, 20.0, 15.0, 10.0, 15.0]),
        work_centers=[{"work_center_id": name} for name in ("201", "202", "203")],
        operations=[
            work("Z", "201", 1.5, 8.0),
            work("M", "201", 1.0, 5.0),
            work("N", "202", 2.0, 3.0),
            work("O", "202", 1.0, 2.0),
            work("P", "203", 0.5, 1.0),
        ],
    )


def test_resource_profile_of_erben_fabricators():
    """Lectures in manufacturing planning, session 13 (pom.edu): loads of periods -1, 1, 2 and 3 to 5."""
    found = hours(erben(AS_OF - timedelta(weeks=4)), "resource_profile")
    assert found["201"][3:] == [15.0, 23.0 + 25.0, 38.0 + 20.0, 30.5 + 15.0, 23.0 + 20.0, 30.5]
    assert found["202"][3:] == [23.0 + 22.0, 43.0 + 17.0, 33.0 + 12.0, 23.0 + 17.0, 33.0, 0.0]
    assert found["203"] == [6.0, 11.0, 8.5, 6.0, 8.5, 0.0, 0.0, 0.0, 0.0]


def vollmann(**more: Any) -> PlanningData:
    lots = {"A": 40.0, "B": 20.0, "C": 40.0, "D": 60.0, "E": 100.0, "F": 100.0}
    items = [
        {"item_id": name, "supply_type": "make", "lot_sizing_rule": "fixed_order_quantity", "fixed_order_quantity": lot}
        for name, lot in lots.items()
    ]
    return data_of(
        items=items,
        bom_lines=[line("A", "C"), line("A", "D"), line("B", "D"), line("B", "E", 2.0), line("E", "F", 2.0)],
        work_centers=[{"work_center_id": name} for name in ("100", "200", "300")],
        operations=[
            work("A", "100", 0.025, 1.0),
            work("B", "100", 1.25, 1.0),
            work("C", "200", 0.575, 1.0),
            work("C", "300", 0.175, 1.0, sequence=20),
            work("D", "200", 0.1 - 2 / 60, 2.0),
            work("E", "200", 0.08, 2.0),
            work("F", "200", 0.0425, 2.0),
        ],
        **more,
    )


def test_capacity_bills_with_lots_and_components():
    """Hours per unit of A and B from the published setup and run hours, lots and bills: 0.95 and 1.85 in all."""
    bill_a = hours(vollmann(demands=weekly("A", [1000.0])), "capacity_bill")
    bill_b = hours(vollmann(demands=weekly("B", [1000.0])), "capacity_bill")
    assert {name: values[0] / 1000 for name, values in bill_a.items()} == {"100": 0.05, "200": 0.7, "300": 0.2}
    assert {name: values[0] / 1000 for name, values in bill_b.items()} == {"100": 1.3, "200": 0.55, "300": 0.0}


def test_overall_factors_with_fractions_from_the_past():
    """M. Abdelnabby, Rough-Cut Capacity Planning approaches: 100, 50, 25 of 2, 3, 4 hours; 60 and 40 %."""
    data = data_of(
        items=[{"item_id": name, "supply_type": "make"} for name in "ABC"],
        demands=[*weekly("A", [100.0]), *weekly("B", [50.0]), *weekly("C", [25.0])],
        work_centers=[{"work_center_id": "1"}, {"work_center_id": "2"}],
        operations=[work("A", "1", 2.0), work("B", "1", 3.0), work("C", "2", 4.0)],
    )
    assert hours(data, "overall_factors", factors={"1": 0.6, "2": 0.4}) == {"1": [270.0], "2": [180.0]}
    assert hours(data, "overall_factors") == {"1": [350.0], "2": [100.0]}


def test_a_schedule_of_its_own_is_loaded_instead_of_the_demands():
    schedule = pl.DataFrame(weekly("XYZ", [100.0]))
    assert hours(radio(), "capacity_bill", schedule=schedule) == {"boards": [20.0], "assembly": [30.0]}


@pytest.mark.parametrize("method", ["capacity_bill", "resource_profile"])
def test_all_work_of_the_schedule_is_in_some_period(method):
    total = sum(sum(values) for values in hours(erben(AS_OF), method).values())
    units, runs, setups = 70.0, 1.5 + 1.0 + 2.0 + 1.0 + 0.5, 8.0 + 5.0 + 3.0 + 2.0 + 1.0
    # work that would start before as_of is pulled together there, with one setup for all of it
    assert total <= units * runs + 5 * setups
    assert total >= units * runs + setups


def test_bought_and_phantom_items_load_nothing_and_yields_start_more():
    data = data_of(
        items=[
            {"item_id": "A", "supply_type": "make", "yield_fraction": 0.8, "is_phantom": False},
            {"item_id": "P", "supply_type": "make", "yield_fraction": 1.0, "is_phantom": True},
            {"item_id": "B", "supply_type": "buy", "yield_fraction": 1.0, "is_phantom": False},
            {"item_id": "C", "supply_type": "make", "yield_fraction": 1.0, "is_phantom": False},
        ],
        bom_lines=[line("A", "P", 2.0), line("P", "C", 3.0), line("A", "B")],
        demands=weekly("A", [8.0]),
        work_centers=[{"work_center_id": "1"}],
        operations=[work(name, "1", 1.0) for name in "APBC"],
    )
    assert hours(data, "capacity_bill") == {"1": [10.0 + 60.0]}
