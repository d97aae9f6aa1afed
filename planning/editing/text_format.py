"""The text of edits: what :func:`planning.editing.text.parse_edits` reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from planning.editing.selection import Condition
from planning.edits import Change, Delete, Edit
from planning.tables import INPUT_TABLES

_DECLARED = {name for table in INPUT_TABLES.values() for name in table.column_names}


def format_edit(edit: Edit) -> str:
    """Return the text of an edit.

    Examples
    --------
    >>> format_edit(Change("demands", (Condition("items.family", "=", "kids' bikes"),), "quantity", "multiply", 1.2))
    "demands where items.family = 'kids'' bikes': quantity * 1.2"
    """
    if isinstance(edit, Change):
        where = f" where {' and '.join(map(_condition, edit.where))}" if edit.where else ""
        return f"{edit.table}{where}: {_name(edit.column)} {_operation(edit)}"
    rows = [_row(row) for row in edit.rows.iter_rows(named=True)]
    if isinstance(edit, Delete) and len(rows) == 1:
        return f"delete {edit.table} where {' and '.join(rows[0])}"
    verb = "delete" if isinstance(edit, Delete) else "insert"
    return f"{verb} {edit.table} {'; '.join(', '.join(row) for row in rows)}"


def _operation(edit: Change) -> str:
    """Return the sign and the value."""
    if edit.operation == "set":
        return f"= {_value(edit.value)}"
    if edit.operation == "multiply":
        return f"* {_value(edit.value)}"
    return f"- {_value(-edit.value)}" if edit.value < 0 else f"+ {_value(edit.value)}"


def _condition(condition: Condition) -> str:
    """Return ``column operator value``."""
    if condition.operator in ("in", "not in"):
        value = f"({', '.join(map(_value, condition.value))})"
    else:
        value = _value(condition.value)
    return f"{_name(condition.column)} {condition.operator} {value}"


def _row(row: Mapping[str, Any]) -> list[str]:
    """Return ``column = value`` for each cell."""
    return [f"{_name(name)} = {_value(value)}" for name, value in row.items()]


def _name(name: str) -> str:
    """Return a column, with ``items.`` before it or not; between backticks when no table declares it."""
    prefix, dot, column = name.rpartition(".")
    return f"{prefix}{dot}{column if column in _DECLARED else f'`{column}`'}"


def _value(value: Any) -> str:
    """Return a value as it is written."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = value.replace("'", "''")
        return f"'{escaped}'"
    if isinstance(value, datetime):
        return f"'{value.isoformat()}'"
    return value.isoformat() if isinstance(value, date) else repr(value)
