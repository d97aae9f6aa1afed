"""The rules on single rows that are more than a column's declaration says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import polars as pl

from bom.errors import Severity
from bom.findings import Problem, Remedy
from bom.rules import Rule, problems_of
from planning.encoding.shifts import read_shifts
from planning.tables import INPUT_TABLES, WEEKDAYS


def row_problems(tables: Mapping[str, pl.DataFrame]) -> list[Problem]:
    """Return what breaks the rules of single rows, in all tables.

    Examples
    --------
    >>> lines = pl.DataFrame({"parent_item_id": ["A"], "component_item_id": ["A"]})
    >>> row_problems({"bom_lines": lines})[0].code
    'own_component'
    """
    return [
        problem
        for name, rules in _RULES.items()
        if name in tables
        for problem in problems_of(tables[name], name, list(rules(_Cells(name, tables[name]))))
    ]


class _Cells:
    """The columns of one frame as expressions, absent ones as their defaults."""

    def __init__(self, table: str, frame: pl.DataFrame) -> None:
        self.table = INPUT_TABLES[table]
        self.frame = frame

    def has(self, *names: str) -> bool:
        """Return whether the frame has all these columns."""
        return all(name in self.frame.columns for name in names)

    def __getitem__(self, name: str) -> pl.Expr:
        column = self.table.column(name)
        return column.filled() if self.has(name) else column.literal()


def _warning(code: str, column: str, is_broken: pl.Expr, message: str) -> Rule:
    return Rule(code, column, is_broken, message, severity=Severity.WARNING, remedy=Remedy.NOTHING)


def _parameter_rules(cells: _Cells) -> Iterator[Rule]:
    """Yield the rules on planning parameters, of items and of item_sites."""
    if cells.has("order_up_to_level", "safety_stock"):
        is_low = cells["order_up_to_level"] < cells["safety_stock"]
        yield _warning(
            "low_level", "order_up_to_level", is_low, "{value} is less than safety_stock, which is ordered up to"
        )
    if cells.has("order_point", "order_up_to_level"):
        is_high = cells["order_point"] > cells["order_up_to_level"]
        yield _warning("high_order_point", "order_point", is_high, "{value} is more than order_up_to_level")


def _bom_line_rules(cells: _Cells) -> Iterator[Rule]:
    """Yield the rules on single BOM lines."""
    if not cells.has("parent_item_id", "component_item_id"):
        return
    is_own = cells["parent_item_id"] == cells["component_item_id"]
    yield Rule("own_component", "component_item_id", is_own, "{value} is a component of itself")
    per, fixed = cells["quantity_per"], cells["quantity_fixed"]
    if cells.has("quantity_per"):
        message = "quantity_per and quantity_fixed are 0: the line needs nothing"
        yield _warning("no_quantity", "quantity_per", (per == 0) & (fixed == 0), message)
    if cells.has("quantity_fixed"):
        is_opposite = ((per > 0) & (fixed < 0)) | ((per < 0) & (fixed > 0))
        message = "quantity_fixed {value} and quantity_per have opposite signs: a component or a by-product?"
        yield Rule("opposite_signs", "quantity_fixed", is_opposite, message)


def _lane_rules(cells: _Cells) -> Iterator[Rule]:
    """Yield the rule on single transfer lanes."""
    if cells.has("from_site_id", "to_site_id"):
        is_loop = cells["from_site_id"] == cells["to_site_id"]
        yield Rule("own_source", "to_site_id", is_loop, "the lane leads from {value} to {value}")


def _receipt_rules(cells: _Cells) -> Iterator[Rule]:
    """Yield the rules on single scheduled receipts."""
    if cells.has("release_date", "due_date"):
        is_late = cells["release_date"] > cells["due_date"]
        yield _warning("late_release", "release_date", is_late, "release_date {value} is after due_date")
    if cells.has("source_site_id"):
        message = "the order is transferred from {value} to {value}"
        yield Rule("own_source", "source_site_id", cells["source_site_id"] == cells["site_id"], message)


def _calendar_rules(cells: _Cells) -> Iterator[Rule]:
    """Yield the rules on single calendars."""
    if cells.has(*WEEKDAYS):
        is_closed = pl.all_horizontal(cells[day] == 0 for day in WEEKDAYS)
        yield Rule("no_working_day", "calendar_id", is_closed, "{value} has no working day in the week")
    yield from _shift_rules(cells)


def _shift_rules(cells: _Cells) -> Iterator[Rule]:
    """Yield the rule that shifts can be read."""
    if cells.has("shifts"):
        problems = {text: _shift_problem(text) for text in cells.frame.get_column("shifts").drop_nulls().unique()}
        unreadable = [text for text, problem in problems.items() if problem]
        is_broken = cells["shifts"].is_in(unreadable)
        message = "{value} cannot be read as shifts"
        yield Rule("unreadable_shifts", "shifts", is_broken, message, lambda text: f": {problems[text]}")


def _shift_problem(text: str) -> str:
    """Return why a text is not a list of shifts; empty when it is one."""
    try:
        read_shifts(text)
    except ValueError as error:
        return str(error)
    return ""


def _change_rules(cells: _Cells) -> Iterator[Rule]:
    """Yield the rules on the values of parameter changes, by parameter."""
    if cells.has("parameter", "value"):
        value, parameter = cells["value"], cells["parameter"]
        is_yield = (parameter == "yield_fraction") & ((value <= 0) | (value > 1))
        yield Rule("out_of_range", "value", is_yield, "yield_fraction {value} is not more than 0 and at most 1")
        is_none = (parameter == "maximum_order_quantity") & (value <= 0)
        yield Rule("out_of_range", "value", is_none, "maximum_order_quantity {value} is not more than 0")
        is_part = (parameter == "lead_time_days") & value.is_finite() & (value != value.floor())
        yield Rule("out_of_range", "value", is_part, "lead_time_days {value} is not a whole number")


def _sales_rules(cells: _Cells) -> Iterator[Rule]:
    """Yield the rules on the sales plan."""
    is_nothing = cells["item_id"].is_null() & cells["family"].is_null()
    yield Rule("missing_value", "family", is_nothing, "neither family nor item_id says what is sold")


_RULES: dict[str, Callable[[_Cells], Iterator[Rule]]] = {
    "items": _parameter_rules,
    "item_sites": _parameter_rules,
    "parameter_changes": _change_rules,
    "bom_lines": _bom_line_rules,
    "transfer_lanes": _lane_rules,
    "scheduled_receipts": _receipt_rules,
    "sales_plan": _sales_rules,
    "calendars": _calendar_rules,
    "calendar_exceptions": _shift_rules,
}
