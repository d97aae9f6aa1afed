"""The page of the tables, made from their declarations."""

from __future__ import annotations

from bom.schema import Column, Table
from planning.comparing.tables import COMPARISON_TABLES
from planning.loading.tables import CAPACITY_TABLES, DRILL_DOWN_TABLES
from planning.merge import MERGE_CONFLICTS
from planning.plan_tables import OUTPUT_TABLES
from planning.tables import INPUT_TABLES
from scheduling.constraining.tables import CONSTRAINED_TABLES
from scheduling.leveller.tables import LEVELLING_TABLES
from scheduling.looping.tables import CLOSED_LOOP_TABLES
from scheduling.master_scheduler.tables import MASTER_SCHEDULE_TABLES
from scheduling.shop_floor.tables import OWN_TABLES

_INTRODUCTION = """\
# Tables

What a data set hands over, and what a plan hands back. One table is one file `<table>.csv` or `<table>.parquet` in
the data set's folder, or one sheet of a workbook. Each is declared once in code; readers, checks and this page are
made from the declaration.

Columns marked * are required; every other column may be missing. A missing column or an empty cell means the default.
An unknown column is a warning. Dates are written 2026-11-22, quantities stand in the item's stock unit, money in the
data set's one currency. Ids are texts: leading zeros count. [Data sets](concepts/data_sets.md) says how files are
read and checked."""

_CAPACITY = {**CAPACITY_TABLES, **DRILL_DOWN_TABLES}
_COMPARISON = {**COMPARISON_TABLES, MERGE_CONFLICTS.name: MERGE_CONFLICTS}


def tables_page() -> str:
    """Return the page: every input, output and comparison table with its columns."""
    parts = [_INTRODUCTION, _contents(), "## Input"]
    parts += [_table(table) for table in INPUT_TABLES.values()]
    parts.append("## Output")
    parts += [_table(table) for table in OUTPUT_TABLES.values()]
    parts.append("## Capacity\n\nWhat a plan asks of the work centers.")
    parts += [_table(table) for table in _CAPACITY.values()]
    parts.append(
        "## Finite schedule\n\nWhat `lotwright schedule` finds; `scheduled_operations` has the columns that it has "
        "under Capacity, `is_forward` empty."
    )
    parts += [_table(table) for table in OWN_TABLES.values()]
    parts.append("## Constrained plan\n\nWhat can be promised; `planned_orders` is that of the plan.")
    parts += [_table(table) for table in CONSTRAINED_TABLES.values()]
    parts.append("## Master schedule\n\nWhat `lotwright master-schedule` decides, by family and by item.")
    parts += [_table(table) for table in MASTER_SCHEDULE_TABLES.values()]
    parts.append("## Levelling\n\nWhat `lotwright level` and `lotwright plan --level` write, as CSV.")
    parts += [_table(table) for table in LEVELLING_TABLES.values()]
    parts.append("## Closed loop\n\nWhat `lotwright closed-loop` and `lotwright plan --closed-loop` write, as CSV.")
    parts += [_table(table) for table in CLOSED_LOOP_TABLES.values()]
    parts.append(
        "## Comparison\n\nWhat differs between two plans, and where two branches of a data set cannot be merged."
    )
    parts += [_table(table) for table in _COMPARISON.values()]
    return "\n\n".join(parts) + "\n"


def _contents() -> str:
    """Return the links to every table."""
    lines = []
    pages = (
        ("Input", INPUT_TABLES),
        ("Output", OUTPUT_TABLES),
        ("Capacity", _CAPACITY),
        ("Finite schedule", OWN_TABLES),
        ("Constrained plan", CONSTRAINED_TABLES),
        ("Master schedule", MASTER_SCHEDULE_TABLES),
        ("Levelling", LEVELLING_TABLES),
        ("Closed loop", CLOSED_LOOP_TABLES),
        ("Comparison", _COMPARISON),
    )
    for title, tables in pages:
        lines.append(f"{title}: " + " · ".join(f"[{name}](#{name})" for name in tables))
    return "\n\n".join(lines)


def _table(table: Table) -> str:
    """Return one table: what a row is, its key, its pairs of bounds, and its columns."""
    notes = [table.description]
    if table.key:
        notes.append(f"Key: {', '.join(f'`{name}`' for name in table.key)}.")
    notes += [f"`{low}` must not exceed `{high}`." for low, high in table.ordered_pairs]
    if table.carries_extra:
        notes.append("Unknown columns are kept with the row.")
    header = "| column | dtype | unit | default | rule | meaning |\n|---|---|---|---|---|---|"
    rows = "\n".join(_row(column) for column in table.columns)
    return f"### {table.name}\n\n{' '.join(notes)}\n\n{header}\n{rows}"


def _row(column: Column) -> str:
    name = f"`{column.name}`{' *' if column.is_required else ''}"
    default = "" if column.default is None else f"`{_default(column)}`"
    cells = (name, column.dtype.value, column.unit, default, column.rule, column.description)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _default(column: Column) -> str:
    """Return the default as it is written in a file."""
    if isinstance(column.default, bool):
        return str(column.default).lower()
    return f"{column.default:g}" if isinstance(column.default, float) else str(column.default)
