"""A plant for the constrained plan: items over 8 levels, lots, lead times, finite work centers, a year of demands."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.million import (
    AS_OF,
    Structure,
    bom_lines_frame,
    daily_usage,
    make_structure,
    on_hand_frame,
    scheduled_receipts_frame,
)
from planning.checks import validate
from planning.data import PlanningData

_LEVEL_SHARES = np.array([0.08, 0.12, 0.15, 0.15, 0.15, 0.13, 0.12, 0.10])
_MADE_SHARES = np.array([1.0, 0.7, 0.55, 0.45, 0.4, 0.35, 0.3, 0.0])
_HORIZON_DAYS, _LOT_DAYS, _HOURS, _LOAD = 365, 30, 16.0, 0.6


def constrained_data(size: int, demands: int, centers: int, seed: int) -> PlanningData:
    """Return the data set with so many items, demands and work centers."""
    random = np.random.default_rng(seed)
    structure = make_structure(size, random, _LEVEL_SHARES, _MADE_SHARES)
    item_ids = ("I" + pl.Series(np.arange(size)).cast(pl.String).str.zfill(7)).alias("item_id")
    item = random.integers(0, int(np.searchsorted(structure.level, 1)), demands)
    quantity = random.geometric(0.08, demands).astype(np.float64)
    usage = daily_usage(structure, item, quantity)
    operations, work_centers = _routings(structure, usage, item_ids, centers, random)
    frames = {
        "items": _items(structure, usage, item_ids, random),
        "bom_lines": bom_lines_frame(structure, item_ids, random).drop("effective_to"),
        "demands": _demands(item, quantity, item_ids, random),
        "on_hand": on_hand_frame(usage, item_ids, random),
        "scheduled_receipts": scheduled_receipts_frame(usage, item_ids, random),
        "sites": pl.DataFrame({"site_id": ["MAIN"], "calendar_id": ["weekdays"]}),
        "calendars": pl.DataFrame(
            {"calendar_id": ["weekdays"], "saturday": [0.0], "sunday": [0.0]}
            | {day: [_HOURS] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
        ),
        "operations": operations,
        "work_centers": work_centers,
    }
    return validate(frames, {"as_of": AS_OF}).data


def _items(
    structure: Structure, usage: NDArray[np.float64], item_ids: pl.Series, random: np.random.Generator
) -> pl.DataFrame:
    """Return the items: below level 0 they are ordered in lots of a month."""
    n = structure.n_items
    lot = np.where(structure.level > 0, np.ceil(usage * _LOT_DAYS), 0.0)
    return pl.DataFrame(
        {
            "item_id": item_ids,
            "unit_cost": random.lognormal(2.0, 1.0, n).round(2),
            "lead_time_days": np.where(structure.is_made, random.integers(0, 4, n), random.integers(0, 21, n)),
            "safety_stock": np.where(random.random(n) < 0.3, np.ceil(usage * 3.0), 0.0),
            "minimum_order_quantity": lot,
        }
    )


def _demands(
    item: NDArray[np.int64], quantity: NDArray[np.float64], item_ids: pl.Series, random: np.random.Generator
) -> pl.DataFrame:
    """Return the demands."""
    start = (AS_OF - date(1970, 1, 1)).days
    days = pl.Series((start + random.integers(0, _HORIZON_DAYS, item.size)).astype(np.int32))
    return pl.DataFrame(
        {
            "demand_id": "D" + pl.Series(np.arange(item.size)).cast(pl.String).str.zfill(7),
            "item_id": item_ids.gather(item),
            "due_date": days.cast(pl.Date),
            "quantity": quantity,
            "priority": random.integers(1, 6, item.size),
        }
    )


def _routings(
    structure: Structure, usage: NDArray[np.float64], item_ids: pl.Series, n_centers: int, random: np.random.Generator
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return one to three operations of each made item, and work centers with so many units that they are busy."""
    made = np.flatnonzero(structure.is_made)
    item = np.repeat(made, random.integers(1, 4, made.size))
    sequence = 10 * (np.arange(item.size) - np.searchsorted(item, item) + 1)
    center = random.integers(0, n_centers, item.size)
    setup, run = random.uniform(5.0, 30.0, item.size), random.uniform(0.5, 4.0, item.size)
    # a month's lot is a part of a day's work of one unit
    lot = np.maximum(usage[item] * _LOT_DAYS, 1.0)
    run = np.minimum(run, random.uniform(0.05, 0.4, item.size) * _HOURS * 60.0 / lot)
    minutes = np.bincount(center, usage[item] * run + setup / _LOT_DAYS, n_centers)
    units = np.ceil(minutes / (_LOAD * _HOURS * 60.0 * 5.0 / 7.0)).clip(1.0)
    names = "W" + pl.Series(np.arange(n_centers)).cast(pl.String).str.zfill(4)
    operations = pl.DataFrame(
        {
            "item_id": item_ids.gather(item),
            "operation_sequence": sequence,
            "work_center_id": names.gather(center),
            "setup_minutes": setup.round(1),
            "run_minutes_per_unit": run.round(4),
        }
    )
    return operations, pl.DataFrame({"work_center_id": names, "units": units.astype(np.int64)})
