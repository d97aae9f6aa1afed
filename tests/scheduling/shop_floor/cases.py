"""Random small plans with every feature that a schedule reads, and a check of its table against the tables alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from math import ceil

import numpy as np
import polars as pl

from planning.checks import validate
from planning.mrp import run_mrp

AS_OF = date(2026, 3, 4)  # a Wednesday
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHIFTS = {"two": "06:00-14:00;14:00-22:00", "night": "22:00-06:00"}


def random_tables(seed):
    random = np.random.default_rng(seed)
    items = [f"i{k}" for k in range(int(random.integers(2, 5)))]
    centers = [f"w{k}" for k in range(int(random.integers(1, 4)))]
    tables = {
        "items": [
            {"item_id": item, "supply_type": "make", "lead_time_days": int(random.integers(0, 4)), "unit_cost": 5.0,
             "yield_fraction": float(random.choice([1.0, 0.9]))} for item in items
        ],
        "bom_lines": [
            {"parent_item_id": items[int(random.integers(0, k))], "component_item_id": items[k], "quantity_per": 2.0,
             "at_end": bool(random.random() < 0.3)} for k in range(1, len(items))
        ],
        "demands": [
            {"demand_id": f"d{k}", "item_id": str(random.choice(items)), "quantity": float(random.integers(1, 30)),
             "due_date": AS_OF + timedelta(int(random.integers(1, 15)))} for k in range(int(random.integers(2, 6)))
        ],
        "calendars": [
            {"calendar_id": "two", **dict.fromkeys(_WEEK[:5], 16.0), "saturday": 0.0, "sunday": 0.0,
             "shifts": _SHIFTS["two"]},
            {"calendar_id": "night", **dict.fromkeys(_WEEK, 8.0), "shifts": _SHIFTS["night"]},
        ],
        "calendar_exceptions": [{"calendar_id": "two", "date": AS_OF + timedelta(1), "hours": 4.0}],
        "work_centers": [
            {"work_center_id": name, "calendar_id": random.choice(["two", "night", None]),
             "units": float(random.choice([1, 1.5, 2])), "efficiency_fraction": float(random.choice([1.0, 0.8])),
             "utilization_fraction": float(random.choice([1.0, 0.9])), "is_finite": bool(random.random() < 0.85)}
            for name in centers
        ],
        "operations": _routings(random, items, centers),
        "setup_times": [
            {"work_center_id": centers[0], "from_setup_group": "*", "to_setup_group": "a", "setup_minutes": 25.0},
            {"work_center_id": centers[0], "from_setup_group": "a", "to_setup_group": "b", "setup_minutes": 11.0},
        ],
    }  # fmt: skip
    receipts = [
        {"order_id": f"r{k}", "item_id": str(random.choice(items)), "quantity": float(random.integers(2, 20)),
         "due_date": AS_OF + timedelta(int(random.integers(-3, 9))), "release_date": AS_OF - timedelta(4),
         "status": str(random.choice(["released", "released", "firm_planned"]))}
        for k in range(int(random.integers(0, 4)))
    ]  # fmt: skip
    progress = [
        {"order_id": row["order_id"], "operation_sequence": 10, "completed_quantity": float(random.integers(0, 4)),
         "actual_start": datetime(2026, 3, 3, 9) if random.random() < 0.5 else None}
        for row in receipts if random.random() < 0.7
    ]  # fmt: skip
    return {**tables, "scheduled_receipts": receipts, "open_operations": progress}


def _routings(random, items, centers):
    """Return one to three operations for each item, some with an alternate."""
    rows = []
    for item in items:
        for step in range(1, int(random.integers(1, 4)) + 1):
            row = {
                "item_id": item, "operation_sequence": 10 * step, "work_center_id": str(random.choice(centers)),
                "setup_minutes": float(random.choice([0, 13, 40])),
                "run_minutes_per_unit": float(random.integers(1, 40)),
                "queue_minutes": float(random.choice([0, 15])), "wait_minutes": float(random.choice([0, 20])),
                "move_minutes": float(random.choice([0, 10])), "yield_fraction": float(random.choice([1, 0.95])),
                "transfer_batch_quantity": 3.0 if random.random() < 0.15 else None,
                "setup_group": random.choice(["a", "b", None]), "alternate_priority": 1,
            }  # fmt: skip
            rows.append(row)
            if random.random() < 0.4:
                rows.append({**row, "work_center_id": str(random.choice(centers)), "alternate_priority": 2})
    return rows


def plan_of(tables, settings=None):
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items() if rows}
    return run_mrp(validate(frames, {"as_of": AS_OF, **(settings or {})}).data)


def open_seconds(tables, work_center, start, end):
    """Return the working time of a work center between two moments, day by day from its calendar's rows."""
    center = next(row for row in tables["work_centers"] if row["work_center_id"] == work_center)
    rows = {row["calendar_id"]: row for row in tables["calendars"]}
    calendar = rows.get(center["calendar_id"])
    if calendar is None:
        return (end - start).total_seconds()
    special = {row["date"]: row["hours"] for row in tables["calendar_exceptions"]}
    total, day = 0.0, start.date() - timedelta(1)
    while day <= end.date():
        left = calendar[_WEEK[day.weekday()]]
        if calendar["calendar_id"] == "two" and day in special:
            left = special[day]
        for shift in calendar["shifts"].split(";"):
            first, last = (datetime.combine(day, datetime.strptime(part, "%H:%M").time()) for part in shift.split("-"))
            last += timedelta(days=last <= first)
            hours = min(left, (last - first).total_seconds() / 3600)
            left -= hours
            begin, stop = max(start, first), min(end, first + timedelta(hours=hours))
            total += max((stop - begin).total_seconds(), 0.0)
        day += timedelta(1)
    return total


def rate_of(tables, work_center):
    """Return the seconds that a unit takes for a standard minute."""
    row = next(row for row in tables["work_centers"] if row["work_center_id"] == work_center)
    speed = row["efficiency_fraction"] * row["utilization_fraction"]
    return 60.0 / (speed * row["units"] / ceil(row["units"]) if row["is_finite"] else speed)


def faults(tables, plan, found):
    """Return what is wrong with a schedule's table, by the tables of the data set and the plan; nothing."""
    rows = found.table("scheduled_operations").to_dicts()
    begun = {row["order_id"] for row in tables["open_operations"]}
    chained = _chained(plan, rows, begun)
    return [*_alone(tables, plan, rows, begun), *_on_units(tables, rows), *_in_orders(tables, rows), *chained]


def _alone(tables, plan, rows, begun):
    """Yield operations that are too early, too short or too long, or not where they can be done."""
    planned = plan.table("planned_orders")
    release = dict(planned.select("order_id", "release_date").iter_rows())
    for row in rows:
        name = f"{row['order_id']}/{row['operation_sequence']}"
        options = [
            one for one in tables["operations"]
            if (one["item_id"], one["operation_sequence"], one["work_center_id"])
            == (row["item_id"], row["operation_sequence"], row["work_center_id"])
        ]  # fmt: skip
        if not options:
            yield f"{name} is done at {row['work_center_id']}"
            continue
        one = options[0]
        rate, units = rate_of(tables, row["work_center_id"]), row["quantity"]
        by_matrix = one["setup_group"] is not None and row["work_center_id"] == "w0"
        # a setup that depends on what was done before may be done before the order is there
        begin = row["start"] if by_matrix else row["setup_start"]
        if begin < datetime.combine(max(release.get(row["order_id"], AS_OF), AS_OF), datetime.min.time()):
            yield f"{name} starts before it is released"
        setup = row["required_minutes"] - units * one["run_minutes_per_unit"]
        if not by_matrix and row["order_id"] not in begun and abs(setup - one["setup_minutes"]) > 1e-6:
            yield f"{name} has {setup} minutes of setup"
        worked = open_seconds(tables, row["work_center_id"], row["setup_start"], row["end"])
        if not -1e-3 <= worked - row["required_minutes"] * rate <= 2.0:
            yield f"{name} works {worked} s for {row['required_minutes']} minutes"


def _on_units(tables, rows):
    """Yield operations that share a unit at a time, and setups between groups that are too short."""
    minutes = {("*", "a"): 25.0, ("a", "b"): 11.0}
    group = {(one["item_id"], one["operation_sequence"]): one["setup_group"] for one in tables["operations"]}
    by_unit = {}
    for row in rows:
        if row["unit"] is not None and row["end"] > row["setup_start"]:
            by_unit.setdefault((row["work_center_id"], row["unit"]), []).append(row)
    for (center, unit), own in by_unit.items():
        own.sort(key=lambda row: row["start"])
        units = next(row["units"] for row in tables["work_centers"] if row["work_center_id"] == center)
        if not 1 <= unit <= ceil(units):
            yield f"{center} has no unit {unit}"
        for a, b in pairwise(own):
            if a["end"] > b["setup_start"]:
                yield f"{a['order_id']} and {b['order_id']} are on {center}/{unit} at the same time"
            before, after = (group[one["item_id"], one["operation_sequence"]] for one in (a, b))
            least = minutes.get((before, after), minutes.get(("*", after), 0.0)) if before != after and before else 0.0
            if center == "w0" and after and least and (b["start"] - b["setup_start"]).total_seconds() < least * 60 - 1:
                yield f"{b['order_id']} is not set up after {a['order_id']} on {center}/{unit}"


def _in_orders(tables, rows):
    """Yield operations that start before the one before them is done, has waited and was moved."""
    step = {(one["item_id"], one["operation_sequence"]): one for one in reversed(tables["operations"])}
    by_order = {}
    for row in rows:
        by_order.setdefault(row["order_id"], []).append(row)
    for own in by_order.values():
        own.sort(key=lambda row: row["operation_sequence"])
        for a, b in pairwise(own):
            one, other = (step[row["item_id"], row["operation_sequence"]] for row in (a, b))
            gap = timedelta(minutes=one["wait_minutes"] + one["move_minutes"] + other["queue_minutes"])
            passed_on = (one["transfer_batch_quantity"] or 1e9) < a["quantity"]
            by_matrix = other["setup_group"] is not None and b["work_center_id"] == "w0"
            begin = b["start"] if by_matrix else b["setup_start"]
            if not passed_on and begin < a["end"] + gap:
                yield f"{b['order_id']}/{b['operation_sequence']} starts too early"
            if passed_on and b["end"] < a["end"] + gap:
                yield f"{b['order_id']}/{b['operation_sequence']} ends before the last batch is there"


def _chained(plan, rows, begun):
    """Yield orders whose last operation starts before the orders of their components are done, unless they run."""
    last = {}
    for row in rows:
        first, end = last.get(row["order_id"], (row["start"], row["end"]))
        last[row["order_id"]] = (max(first, row["start"]), max(end, row["end"]))
    source = dict(plan.table("requirements").select("requirement_id", "source_id").iter_rows())
    for supply, requirement in plan.table("pegging").select("supply_id", "requirement_id").iter_rows():
        consumer = source.get(requirement)
        if supply in last and consumer in last and consumer not in begun and last[supply][1] > last[consumer][0]:
            yield f"{consumer} does not wait for {supply}"
