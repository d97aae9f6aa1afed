"""A radio maker for the master schedule: two families, a board that goes into both, two work centers."""

from __future__ import annotations

from datetime import date

import polars as pl

from planning.checks import validate

AS_OF = date(2026, 4, 1)
APRIL, MAY, JUNE = date(2026, 4, 20), date(2026, 5, 20), date(2026, 6, 19)
WEEK = {day: [8.0] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}


def radio_tables(**changed):
    """Return the tables; table radios take 0.5 h at boards and 1 h at assembly, a car radio 0.5 and 0.5.

    A work center has 22, 21 and 22 working days of 8 hours in April, May and June: 176, 168, 176 hours.
    """
    demands = [("table-red", APRIL, 60.0), ("table-red", MAY, 90.0), ("table-blue", APRIL, 20.0)]
    demands += [("table-blue", JUNE, 120.0), ("car", APRIL, 40.0), ("car", MAY, 100.0), ("cable", APRIL, 500.0)]
    tables = {
        "items": pl.DataFrame(
            {
                "item_id": ["table-red", "table-blue", "car", "board", "chip", "cable"],
                "family": ["table", "table", "car", None, None, "cables"],
                "supply_type": ["make", "make", "make", "make", "buy", "buy"],
                "unit_cost": [60.0, 60.0, 50.0, 30.0, 10.0, 2.0],
                "unit_price": [100.0, 100.0, 70.0, 0.0, 0.0, 5.0],
                "quantity_decimals": [0, 0, 0, 0, 0, 0],
            }
        ),
        "bom_lines": pl.DataFrame(
            {
                "parent_item_id": ["table-red", "table-blue", "car", "board"],
                "component_item_id": ["board", "board", "board", "chip"],
                "quantity_per": [1.0, 1.0, 1.0, 2.0],
            }
        ),
        "demands": pl.DataFrame(demands, schema=["item_id", "due_date", "quantity"], orient="row").with_columns(
            demand_id=pl.format("D{}", pl.int_range(pl.len()))
        ),
        "calendars": pl.DataFrame({"calendar_id": ["DAY"], **WEEK, "saturday": [0.0], "sunday": [0.0]}),
        "work_centers": pl.DataFrame(
            {
                "work_center_id": ["boards", "assembly"],
                "calendar_id": ["DAY"] * 2,
                "cost_per_hour": [20.0, 30.0],
            }
        ),
        "operations": pl.DataFrame(
            {
                "item_id": ["table-red", "table-blue", "car", "board"],
                "operation_sequence": [10] * 4,
                "work_center_id": ["assembly"] * 3 + ["boards"],
                "run_minutes_per_unit": [60.0, 60.0, 30.0, 30.0],
            }
        ),
        "sites": pl.DataFrame({"site_id": ["MAIN"], "calendar_id": ["DAY"]}),
    }
    return {name: frame for name, frame in {**tables, **changed}.items() if frame is not None}


def radio_shop(settings=None, **changed):
    """Return the data set, with tables changed or left out (``None``)."""
    return validate(radio_tables(**changed), {"as_of": AS_OF, **(settings or {})}).data


def write_radio_shop(folder, settings="", **changed):
    """Write the data set into a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in radio_tables(**changed).items():
        frame.write_csv(folder / f"{name}.csv")
    (folder / "settings.toml").write_text(f"as_of = {AS_OF}\n{settings}")
    return folder
