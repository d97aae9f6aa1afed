"""What-if runs and comparisons: edits made, plans compared, the tables written, and what it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from api.io.output import FileFormat, plan_folder, write_run, write_table
from api.phases import Phases
from planning.compare import PlanComparison, compare
from planning.comparing.tables import COMPARISON_TABLES
from planning.data import PlanningData
from planning.editing.selection import selected_rows
from planning.editing.text_format import format_edit
from planning.edits import Change, Edit, edited_frame
from planning.mrp import MrpResult
from planning.net_change import replan
from planning.plan_tables import BY_DEFAULT, OUTPUT_TABLES

# What is told when a plan changes, even when it does not change itself.
_ALWAYS = (
    "planned_orders", "past_due_releases", "demands_on_time", "demands_late_or_short", "fill_rate", "value_fill_rate",
    "inventory_value_average", "purchase_spend",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """How two plans are compared, and what is written.

    Parameters
    ----------
    near_days, period
        As :func:`planning.compare.compare`.
    limit
        The orders told, those with the most money first.
    out
        The folder for the tables; ``None``: they are not written.
    has_plan
        Write the tables of the second plan as well.
    form
        How tables are written.
    """

    near_days: int = 14
    period: str = "week"
    limit: int = 10
    out: Path | None = None
    has_plan: bool = False
    form: FileFormat = FileFormat.CSV


def edits_with_rows(data: PlanningData, edits: Sequence[Edit]) -> list[dict[str, Any]]:
    """Return each edit as text, with how many rows it touches; edits are made one after the other."""
    tables = dict(data.tables)
    told = []
    for edit in edits:
        rows = _rows_touched(tables, edit)
        told.append({"edit": format_edit(edit), "rows": rows})
        tables[edit.table], _ = edited_frame(tables, edit)
    return told


def _rows_touched(tables: Mapping[str, pl.DataFrame], edit: Edit) -> int:
    """Return the rows that an edit names or selects."""
    if not isinstance(edit, Change):
        return edit.rows.height
    return int(selected_rows(tables, edit.table, edit.where).sum()) if edit.table in tables else 0


def what_if(base: MrpResult, edits: Sequence[Edit], asked: Asked, phases: Phases, source: Path) -> dict[str, Any]:
    """Return what edits do to a plan, as ``run.json`` of the comparison says it.

    Raises
    ------
    DataError
        When an edit cannot be made, or gives data with errors.
    OutputError
        When the tables cannot be written.
    """
    with phases.phase("plan again"):
        result = replan(base, edits)
    told = edits_with_rows(base.model.data, edits)
    return compared(base, result, asked, phases, {"plan": str(source), "edits": told})


def compared(before: MrpResult, after: MrpResult, asked: Asked, phases: Phases, told: dict[str, Any]) -> dict[str, Any]:
    """Return how two plans differ, and write the tables when they are asked for."""
    with phases.phase("compare orders"):
        comparison = compare(before, after, asked.near_days, asked.period)
        counts = comparison.counts
    with phases.phase("compare figures"):
        figures = comparison.table("kpi_changes")
    with phases.phase("compare messages"):
        messages = comparison.table("message_changes")
    run = {
        "engine": f"lotwright {version('lotwright')}",
        **told,
        "counts": counts,
        "totals": comparison.table("change_totals").row(0, named=True),
        "kpis": _told_figures(figures).to_dicts(),
        "messages": messages.group_by("change", "kind").len("messages").sort("change", "kind").to_dicts(),
        "orders": comparison.orders(limit=asked.limit).to_dicts(),
    }
    if asked.out is not None:
        _write(comparison, asked, asked.out, phases, run)
    run["phases"] = [phase.as_dict() for phase in phases.done]
    return run


def _told_figures(figures: pl.DataFrame) -> pl.DataFrame:
    """Return the figures that differ, and those that are always told."""
    return figures.filter((pl.col("change").fill_null(0) != 0) | pl.col("name").is_in(_ALWAYS))


def _write(comparison: PlanComparison, asked: Asked, out: Path, phases: Phases, run: dict[str, Any]) -> None:
    """Write the tables of the comparison, those of the second plan when asked for, and ``run.json``."""
    rows: dict[str, int] = {}
    with plan_folder(out) as folder:
        for name, table in COMPARISON_TABLES.items():
            with phases.phase(f"write {name}"):
                rows[name] = write_table(folder, table, iter([comparison.table(name)]), asked.form)
        for name in BY_DEFAULT if asked.has_plan else ():
            with phases.phase(f"write {name}"):
                rows[name] = write_table(folder, OUTPUT_TABLES[name], comparison.after.chunks(name), asked.form)
        write_run(folder, {**run, "rows": rows, "phases": [phase.as_dict() for phase in phases.done]})
