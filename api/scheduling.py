"""A schedule of a plan in a few numbers, and its tables as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from api.json_numbers import finite
from bom.errors import OptionError

if TYPE_CHECKING:
    from scheduling.shop_schedule import ShopSchedule

_SECONDS_PER_DAY = 86_400.0


def schedule_facts(found: ShopSchedule) -> dict[str, Any]:
    """Return what a schedule comes to: status, objective and bound in days, figures, work centers, late orders."""
    result, floor = found.found, found.floor
    return {
        "as_of": str(floor.as_of),
        "horizon_days": floor.options.horizon_days,
        "status": str(result.status),
        "solver": result.solver,
        "objective": finite(result.objective),
        "bound": finite(result.bound),
        "gap": finite(result.gap),
        "time_unit": floor.problem.time_unit,
        "rule_objective": finite(found.rule.objective),
        "violations": [one.sentence for one in found.checked.violations],
        "options": floor.options.as_dict(),
        "figures": {row["name"]: row for row in found.table("schedule_figures").to_dicts()},
        "work_centers": found.table("work_center_use").to_dicts(),
        "late_orders": late_orders(found).to_dicts(),
        "unscheduled": _counts(floor.unscheduled),
    }


def late_orders(found: ShopSchedule) -> pl.DataFrame:
    """Return the late orders, the latest first."""
    return found.table("scheduled_orders").filter(pl.col("days_late") > 0)


def _counts(orders: pl.DataFrame) -> dict[str, int]:
    """Return how many orders there are for each reason."""
    return dict(orders.group_by("reason").len().sort("reason").iter_rows())


def write_schedule(found: ShopSchedule, folder: Path) -> None:
    """Write the tables as CSV, and ``schedule.json`` with what the schedule comes to."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in found.table_names:
        found.table(name).write_csv(folder / f"{name}.csv", datetime_format="%Y-%m-%dT%H:%M:%S")
    (folder / "schedule.json").write_text(json.dumps(schedule_facts(found), indent=2, default=str) + "\n")


def read_pins(path: Path) -> pl.DataFrame:
    """Return a file of pins, CSV or Parquet.

    Raises
    ------
    OptionError
        When it is not there, or cannot be read.
    """
    if not path.is_file():
        raise OptionError("no_such_file", f"--pins {path}: there is no such file")
    try:
        if path.suffix.lower() == ".parquet":
            return pl.read_parquet(path)
        frame = pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise OptionError("unreadable_file", f"--pins {path} cannot be read: {error}") from error
    times = [name for name in ("setup_start", "start") if name in frame.columns]
    wrong = [
        name for name in times if frame[name].str.to_datetime(strict=False).null_count() > frame[name].null_count()
    ]
    if wrong:
        raise OptionError("unreadable_file", f"--pins {path}: {', '.join(wrong)} must be written 2026-11-22T06:00:00")
    return frame.with_columns(pl.col(name).str.to_datetime(time_unit="us") for name in times)
