"""Quarantine: what has errors is left out, with all that hangs on it, so that the rest can be planned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.findings import Problem, Remedy
from planning.tables import INPUT_TABLES

REPORT_SCHEMA: dict[str, type[pl.DataType]] = {
    "table": pl.String,
    "row": pl.Int64,
    "column": pl.String,
    "code": pl.String,
    "value": pl.String,
    "message": pl.String,
}

# Rows of these tables are kept with the bad cell emptied: leaving them out would take along all that refers to them.
_MASTER_TABLES = ("items", "item_sites", "sites", "suppliers", "customers", "calendars", "work_centers")

# Elsewhere a row is left out, but for cells without which it still says what is needed or supplied, and when.
_SPARE_COLUMNS = {
    "bom_lines": ("operation_sequence", "line_id", "revision"),
    "item_suppliers": ("unit_price", "split_fraction"),
    "transfer_lanes": ("cost_per_unit", "split_fraction"),
    "demands": ("shipped_quantity", "customer_id", "priority", "unit_price", "promised_date"),
    "on_hand": ("lot_id",),
    "scheduled_receipts": ("release_date", "supplier_id"),
    "operations": ("setup_group",),
    "open_operations": ("actual_start",),
    "calendar_exceptions": ("shifts",),
}


@dataclass(frozen=True, slots=True)
class Quarantined:
    """What is left of a data set without its errors.

    Parameters
    ----------
    tables
        The frames without what was left out.
    left_out, assumed
        The rows that were left out (row 0: the whole table) and the cells that were emptied: table, row, column, code,
        value, message.
    """

    tables: dict[str, pl.DataFrame]
    left_out: pl.DataFrame
    assumed: pl.DataFrame


def nothing_reported() -> pl.DataFrame:
    """Return the report of a data set of which nothing was left out."""
    return pl.DataFrame(schema=REPORT_SCHEMA)


def quarantine(
    tables: Mapping[str, pl.DataFrame],
    problems: Sequence[Problem],
    check: Callable[[Mapping[str, pl.DataFrame]], list[Problem]],
) -> Quarantined:
    """Return the tables without the rows and cells of ``problems``, and of what ``check`` then still finds.

    Parameters
    ----------
    tables
        The frames, in their dtypes.
    problems
        The errors in them; warnings have no place here.
    check
        Returns the errors of what is left; called until there are none.

    Examples
    --------
    >>> stock = pl.DataFrame({"item_id": ["A", "B"]})
    >>> problem = Problem("unknown_id", "on_hand", "item_id", "the item is unknown", np.array([0]), ("A",))
    >>> quarantine({"on_hand": stock}, [problem], lambda tables: []).tables["on_hand"].rows()
    [('B',)]
    """
    left = dict(tables)
    numbers = {name: np.arange(frame.height) for name, frame in left.items()}
    left_out, assumed = [nothing_reported()], [nothing_reported()]
    is_first = True
    while problems:
        steps = [step for problem in problems for step in _steps(problem, left)]
        for step in steps:
            report = assumed if step.remedy is Remedy.CELL else left_out
            report.append(_report(step, numbers, left, is_first))
        left, numbers = _without(left, numbers, steps)
        problems, is_first = check(left), False
    return Quarantined(left, _joined(left_out), _joined(assumed))


@dataclass(frozen=True, slots=True)
class _Step:
    """What is done about the rows at ``places`` of a problem; ``remedy`` is one of cell, row and table."""

    problem: Problem
    remedy: Remedy
    places: NDArray[np.int64]

    @property
    def rows(self) -> NDArray[np.int64]:
        """The rows of the frame that it is about; none when the whole table is."""
        return self.problem.rows[self.places] if len(self.problem.rows) else self.places


def _steps(problem: Problem, tables: Mapping[str, pl.DataFrame]) -> list[_Step]:
    """Return what is done about a problem: as little as the policy allows, but always something."""
    places = np.arange(len(problem.rows))
    if problem.table not in INPUT_TABLES:
        return [_Step(problem, Remedy.CELL, places)]  # a setting: its default is in force already
    if problem.remedy is Remedy.TABLE or not len(places):
        return [_Step(problem, Remedy.TABLE, places[:0])]
    if not _may_be_emptied(problem, tables[problem.table]):
        return [_Step(problem, Remedy.ROW, places)]
    if problem.code.startswith("unreadable"):
        return [_Step(problem, Remedy.CELL, places)]  # the cell is empty already
    # What is wrong with an empty cell cannot be put right by emptying it.
    is_empty = tables[problem.table].get_column(problem.column).is_null().to_numpy()[problem.rows]
    steps = [_Step(problem, Remedy.ROW, places[is_empty]), _Step(problem, Remedy.CELL, places[~is_empty])]
    return [step for step in steps if len(step.places)]


def _may_be_emptied(problem: Problem, frame: pl.DataFrame) -> bool:
    """Return whether the row can stay without the bad cell."""
    table = INPUT_TABLES[problem.table]
    if problem.column not in frame.columns or problem.column not in table.column_names:
        return False
    is_spare = problem.table in _MASTER_TABLES or problem.column in _SPARE_COLUMNS.get(problem.table, ())
    return not table.column(problem.column).is_required and (is_spare or problem.remedy is Remedy.CELL)


def _report(
    step: _Step, numbers: Mapping[str, NDArray[np.int64]], tables: Mapping[str, pl.DataFrame], is_first: bool
) -> pl.DataFrame:
    """Return the report of one step: a line for each row, or one for the whole table."""
    problem, places = step.problem, step.places.tolist()
    is_consequence = not is_first and problem.code == "unknown_id"
    ending = _assumption(problem) if step.remedy is Remedy.CELL else ""
    if places:
        rows = (numbers[problem.table][step.rows] + 1).tolist()
        values = _values(step, tables)
        texts = ["it refers to what was left out" if is_consequence else problem.detail(k) for k in places]
    else:
        rows, values, texts = [0], [problem.value(0)], [problem.message]
    n_rows = len(rows)
    columns = {
        "table": [problem.table] * n_rows,
        "row": rows,
        "column": [problem.column] * n_rows,
        "code": [problem.code] * n_rows,
        "value": values,
        "message": [text + ending for text in texts],
    }
    return pl.DataFrame(columns, schema=REPORT_SCHEMA)


def _values(step: _Step, tables: Mapping[str, pl.DataFrame]) -> list[str]:
    """Return the values of the rows as text: as given for the first ones, as read for the rest."""
    problem, places = step.problem, step.places.tolist()
    frame = tables[problem.table]
    if problem.is_told_once or places[-1] < len(problem.values) or problem.column not in frame.columns:
        return [problem.value(place) for place in places]
    cells = frame.get_column(problem.column).gather(step.rows.tolist()).cast(pl.String).fill_null("").to_list()
    return [problem.values[k] if k < len(problem.values) else cell for k, cell in zip(places, cells, strict=True)]


def _assumption(problem: Problem) -> str:
    """Return what is assumed in place of an emptied cell."""
    if problem.table not in INPUT_TABLES:
        return "; its default is assumed"
    default = INPUT_TABLES[problem.table].column(problem.column).default
    if default is not None:
        return f"; {default} is assumed"
    return "; the value of items is assumed" if problem.table == "item_sites" else "; the cell is taken as empty"


def _without(
    tables: Mapping[str, pl.DataFrame], numbers: Mapping[str, NDArray[np.int64]], steps: Sequence[_Step]
) -> tuple[dict[str, pl.DataFrame], dict[str, NDArray[np.int64]]]:
    """Return the frames after the steps, and the first rows' numbers of the rows that are left."""
    left: dict[str, pl.DataFrame] = {}
    left_numbers: dict[str, NDArray[np.int64]] = {}
    for name, frame in tables.items():
        own = [step for step in steps if step.problem.table == name]
        if any(step.remedy is Remedy.TABLE for step in own):
            continue
        kept = reduce(_emptied, (step for step in own if step.remedy is Remedy.CELL), frame)
        is_left = np.ones(frame.height, dtype=np.bool_)
        for step in own:
            if step.remedy is Remedy.ROW:
                is_left[step.rows] = False
        left[name] = kept if is_left.all() else kept.filter(pl.Series(is_left))
        left_numbers[name] = numbers[name][is_left]
    return left, left_numbers


def _emptied(frame: pl.DataFrame, step: _Step) -> pl.DataFrame:
    """Return the frame with the step's cells empty."""
    is_bad = np.zeros(frame.height, dtype=np.bool_)
    is_bad[step.rows] = True
    column = frame.get_column(step.problem.column)
    return frame.with_columns(column.set(pl.Series(is_bad), None))


def _joined(reports: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the reports as one, by table, row and column."""
    order = {name: number for number, name in enumerate(["settings", *INPUT_TABLES])}
    joined = pl.concat(reports)
    place = pl.col("table").replace_strict(order, default=len(order), return_dtype=pl.Int64)
    return joined.sort(place, "row", "column", "code", "message")
