"""Published cases of capacity requirements: operation times, and loads against capacity."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from planning.capacity import CapacityResult, run_capacity
from planning.checks import validate
from planning.mrp import run_mrp

AS_OF = date(2026, 3, 2)
HOUR = timedelta(hours=1)
# Setup start, run start and end of operations 10 and 20, in hours after the start of day 1.
NO_OVERLAP = [(8, 9, 14), (17, 20, 30)]
SEND_AHEAD = [(8, 9, 14), (13, 16, 26)]


def loaded(**tables: list[dict[str, Any]]) -> CapacityResult:
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}
    return run_capacity(run_mrp(validate(frames, {"as_of": AS_OF}).data))


def operation(item_id: str, sequence: int, center: str, **hours: float | None) -> dict[str, Any]:
    minutes = {name: value if value is None else value * 60 for name, value in hours.items()}
    return {"item_id": item_id, "operation_sequence": sequence, "work_center_id": center, **minutes}


def two_operations(due: date, send_ahead: float | None, queue: float) -> list[tuple[datetime, datetime, datetime]]:
    first = operation("A", 10, "W1", setup_minutes=1, run_minutes_per_unit=0.5, move_minutes=2, queue_minutes=queue)
    second = operation("A", 20, "W2", setup_minutes=3, run_minutes_per_unit=1, move_minutes=1, queue_minutes=1)
    found = loaded(
        items=[{"item_id": "A", "supply_type": "make"}],
        demands=[{"item_id": "A", "due_date": due, "quantity": 10.0}],
        work_centers=[{"work_center_id": "W1"}, {"work_center_id": "W2"}],
        operations=[first | {"transfer_batch_quantity": send_ahead}, second],
    ).table("scheduled_operations")
    return found.sort("operation_sequence").select("setup_start", "start", "end").rows()


def times(hours: list[tuple[int, int, int]], from_hour: int) -> list[tuple[datetime, ...]]:
    start = datetime(AS_OF.year, AS_OF.month, AS_OF.day) + from_hour * HOUR
    return [tuple(start + hour * HOUR for hour in row) for row in hours]


@pytest.mark.parametrize(("send_ahead", "hours"), [(None, NO_OVERLAP), (2.0, SEND_AHEAD)], ids=["no", "two"])
def test_forward_schedule_of_peoplesoft_manufacturing(send_ahead, hours):
    """PeopleSoft Manufacturing 9.2, Examples of Production Scheduling, 1 and 5: ten units from 8 o'clock on.

    Operation 10: setup 1 hour, run 0.5 per unit, in transit 2; operation 20: queue 1, setup 3, run 1, in transit 1;
    around the clock. The start at 8 is a queue of 8 hours here.
    """
    assert two_operations(AS_OF, send_ahead, queue=8) == times(hours, 0)


@pytest.mark.parametrize(("send_ahead", "hours"), [(None, NO_OVERLAP), (2.0, SEND_AHEAD)], ids=["no", "two"])
def test_backward_schedule_of_peoplesoft_manufacturing(send_ahead, hours):
    """The same times, counted back from an end that is due, in transit, at midnight."""
    due_hour = 72
    shift = due_hour - (hours[1][2] + 1)
    assert two_operations(AS_OF + timedelta(days=3), send_ahead, queue=0) == times(hours, shift)


def test_utilization_of_labor_and_machine_of_stevenson():
    """Stevenson, *Operations Management*, chapter 12, solved problem 4: 0.5 labor and 1 machine hour a unit."""
    quantities = [200.0, 300.0, 100.0, 150.0]
    fridays = [AS_OF + timedelta(weeks=week, days=4) for week in range(4)]
    result = loaded(
        items=[{"item_id": "A", "supply_type": "make", "maximum_order_quantity": 10.0}],
        demands=[
            {"item_id": "A", "due_date": day, "quantity": quantity}
            for day, quantity in zip(fridays, quantities, strict=True)
        ],
        work_centers=[
            {"work_center_id": "labor", "units": 200 / 168, "labor_skill_id": "operator"},
            {"work_center_id": "machine", "units": 250 / 168, "labor_skill_id": None},
        ],
        operations=[
            operation("A", 10, "labor", run_minutes_per_unit=0.5),
            operation("A", 20, "machine", run_minutes_per_unit=1),
        ],
    )
    loads = result.table("loads")["load_fraction"].to_list()
    assert loads == pytest.approx([0.5, 0.75, 0.25, 0.375, 0.8, 1.2, 0.4, 0.6])
    assert result.table("labor_loads")["labor_hours"].to_list() == pytest.approx([100, 150, 50, 75])
    over = result.table("loads").filter(pl.col("overload_minutes") > 1e-6)
    assert over.select("work_center_id", "period_start").rows() == [("machine", AS_OF + timedelta(weeks=1))]
    assert over["overload_minutes"].to_list() == pytest.approx([50 * 60])
