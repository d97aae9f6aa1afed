"""The master schedule of a data set on disk: the sales plan of the call, strategies compared, tables as files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from api.io.dataset import RawDataset, read_table
from api.io.output import FileFormat, write_table
from api.phases import Phases
from api.plan_run import read_input
from bom.errors import OptionError
from planning.checks import validate
from planning.data import PlanningData
from planning.master_scheduling.options import MasterScheduleOptions, Policy

if TYPE_CHECKING:
    from scheduling.master_schedule_plan import MasterSchedulePlan

STRATEGIES: tuple[Policy, ...] = ("free", "level", "chase", "fixed")
_SUFFIXES = (".csv", ".parquet", ".gz")


@dataclass(frozen=True, slots=True)
class MasterScheduleRequest:
    """What to schedule, and how.

    Parameters
    ----------
    dataset
        The data set.
    as_of
        The planning date, over the one in the settings.
    sales_plan
        A file with the table sales_plan, over that of the data set.
    mrp
        ``mrp.key=value``: how forecasts are consumed.
    given
        Options of the master schedule, over those in the settings.
    """

    dataset: Path
    as_of: str | None = None
    sales_plan: Path | None = None
    mrp: tuple[str, ...] = ()
    given: tuple[tuple[str, str], ...] = ()


def scheduled(request: MasterScheduleRequest, phases: Phases) -> MasterSchedulePlan:
    """Return the master schedule of a data set.

    Raises
    ------
    DataError
        When the data set, or the sales plan, has errors.
    DatasetError
        When the path is not a data set.
    OptionError
        When an option is not one.
    """
    # here, because solvers take long to be imported, and most commands need none
    from scheduling.master_schedule_plan import run_master_schedule_plan

    with phases.phase("read"):
        raw = read_input(request.dataset, request.as_of, request.mrp)
        raw = raw if request.sales_plan is None else _with_sales_plan(raw, request.sales_plan)
    with phases.phase("check"):
        data = validate(raw.tables, raw.settings, problems=raw.problems).data
    options = MasterScheduleOptions.from_mapping({**data.settings.master_schedule, **dict(request.given)})
    with phases.phase("schedule"):
        return run_master_schedule_plan(data, options)


def compared(data: PlanningData, options: MasterScheduleOptions, phases: Phases) -> pl.DataFrame:
    """Return what every strategy comes to: a row for each, the cheapest or most profitable first."""
    from scheduling.master_schedule_plan import run_master_schedule_plan

    rows = []
    for strategy in STRATEGIES:
        with phases.phase(strategy):
            plan = run_master_schedule_plan(data, replace(options, strategy=strategy))
        rows.append({"strategy": strategy, **_compared_facts(plan)})
    frame = pl.DataFrame(rows)
    by, descending = ("profit", True) if "profit" in frame.columns else ("cost", False)
    return frame.sort(by, descending=descending, maintain_order=True)


def _compared_facts(plan: MasterSchedulePlan) -> dict[str, float]:
    """Return the figures in which strategies differ."""
    amounts = dict(plan.table("master_schedule_costs").iter_rows())
    people, production = plan.table("workforce_plan"), plan.table("production_plan")
    last = production.filter(pl.col("period_start") == production["period_start"].max())
    money = {"cost": amounts["total"]} | ({"profit": amounts["profit"]} if "profit" in amounts else {})
    return {
        **{name: round(value, 2) for name, value in money.items()},
        "wages": round(amounts["wages"] + amounts["overtime"], 2),
        "hiring_and_layoff": round(amounts["hiring"] + amounts["layoff"], 2),
        "holding": round(amounts["holding"], 2),
        "hired": round(float(people["hired"].sum()), 1),
        "laid_off": round(float(people["laid_off"].sum()), 1),
        "not_sold": round(float((production["sales_plan"] - production["sales"]).sum()), 1),
        "not_delivered": round(float(last["backlog"].sum()), 1),
    }


def schedule_facts(plan: MasterSchedulePlan) -> dict[str, Any]:
    """Return what a master schedule comes to, in a few numbers, and what was assumed for it."""
    result, model = plan.schedule.result, plan.schedule.model
    sold, units = plan.families.left_out
    return {
        "as_of": plan.families.planning.as_of.isoformat(),
        "options": plan.options.as_dict(),
        "families": len(plan.families.families),
        "items": int(plan.families.nodes.size),
        "periods": plan.families.n_periods,
        "columns": model.n_columns,
        "rows": model.n_rows,
        "status": str(result.status),
        "gap": result.gap,
        "seconds": result.seconds,
        "costs": dict(plan.table("master_schedule_costs").iter_rows()),
        "bought_items_left_out": sold,
        "bought_units_left_out": units,
        "assumptions": list(plan.assumptions),
    }


def write_schedule(plan: MasterSchedulePlan, folder: Path, form: FileFormat = FileFormat.CSV) -> None:
    """Write the tables of a master schedule, ``master_schedule.json`` with what it comes to, and its open orders.

    ``scheduled_receipts`` and ``demands`` are those of the data set with the schedule in them.
    """
    from planning.tables import INPUT_TABLES
    from scheduling.master_scheduler.tables import MASTER_SCHEDULE_TABLES

    folder.mkdir(parents=True, exist_ok=True)
    for name, table in MASTER_SCHEDULE_TABLES.items():
        write_table(folder, table, iter([plan.table(name)]), form)
    data = plan.data
    for name in ("scheduled_receipts", "demands"):
        frame = INPUT_TABLES[name].filled(data.table(name), INPUT_TABLES[name].column_names)
        write_table(folder, INPUT_TABLES[name], iter([frame]), form)
    (folder / "master_schedule.json").write_text(json.dumps(schedule_facts(plan), indent=2) + "\n")


def _check_file(option: str, path: Path) -> None:
    """Raise when a file is not there, or of a form that is not read."""
    if not path.is_file() or path.suffix.lower() not in _SUFFIXES:
        reason = "there is no such file" if not path.exists() else "it must be a CSV or Parquet file"
        raise OptionError("invalid_option", f"{option} {path}: {reason}")


def _with_sales_plan(raw: RawDataset, path: Path) -> RawDataset:
    """Return a data set with the sales plan of a file in it."""
    _check_file("--sales-plan", path)
    read = read_table("sales_plan", [path])
    tables: Mapping[str, pl.DataFrame] = raw.tables
    if read.frame is not None:
        tables = {**raw.tables, "sales_plan": read.frame}
    return RawDataset(dict(tables), raw.settings, (*raw.problems, *read.problems))
