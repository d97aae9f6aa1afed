"""Which rows of a table fulfil the conditions of an edit, on their own columns or on those of related tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from bom.cells import read_column
from bom.hints import did_you_mean
from bom.schema import Column, Dtype, Table
from planning.editing.rows import EditError
from planning.tables import INPUT_TABLES

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "in", "not in"]
_OPPOSITES: dict[str, Operator] = {"!=": "=", "not in": "in"}


@dataclass(frozen=True, slots=True)
class Condition:
    """What a row must fulfil.

    Parameters
    ----------
    column
        A column of the row's table; or ``items.family``: of the row of ``items`` that it refers to (``items``, or the
        name of the column that refers to it, such as ``component_item_id.family``); or a column of a table whose rows
        refer to it (``item_suppliers.supplier_id`` of an item): then one of those rows must fulfil it.
    operator
        An empty cell counts as its default. ``!=`` and ``not in`` select exactly what ``=`` and ``in`` do not.
    value
        The value, or a sequence of them for ``in`` and ``not in``; ``None`` is the empty cell.
    """

    column: str
    operator: Operator
    value: Any


def selected_rows(tables: Mapping[str, pl.DataFrame], name: str, where: Sequence[Condition]) -> pl.Series:
    """Return whether each row of a table fulfils all conditions.

    Parameters
    ----------
    tables
        The frames of the data set.
    name
        The table whose rows are selected.
    where
        The conditions; none: every row.

    Raises
    ------
    EditError
        When a condition cannot be read.

    Examples
    --------
    >>> items = pl.DataFrame({"item_id": ["A", "B"], "family": ["bikes", None]})
    >>> demands = pl.DataFrame({"item_id": ["B", "A", "B"], "quantity": [1.0, 2.0, 3.0]})
    >>> where = [Condition("items.family", "!=", "bikes"), Condition("quantity", "<", 2)]
    >>> selected_rows({"items": items, "demands": demands}, "demands", where).to_list()
    [True, False, False]
    """
    frame = tables[name]
    selected = pl.repeat(value=True, n=frame.height, dtype=pl.Boolean, eager=True)
    for condition in where:
        selected = selected & _fulfilled(tables, name, condition)
    return selected


def _fulfilled(tables: Mapping[str, pl.DataFrame], name: str, condition: Condition) -> pl.Series:
    """Return whether each row of a table fulfils one condition."""
    operator = condition.operator
    if operator in _OPPOSITES:
        return ~_fulfilled(tables, name, Condition(condition.column, _OPPOSITES[operator], condition.value))
    prefix, _, column = condition.column.rpartition(".")
    table = INPUT_TABLES[name]
    if not prefix:
        return _compared(table, tables[name], column, operator, condition.value)
    own, other, keys = _relation(table, prefix, condition)
    related = tables.get(other.name, other.empty())
    picked = related.filter(_compared(other, related, column, operator, condition.value))
    wanted = other.filled(picked, keys).rename(dict(zip(keys, own, strict=True)))
    rows = table.filled(tables[name], own).with_row_index("row")
    found = rows.join(wanted.drop_nulls(), on=list(own), how="semi").get_column("row")
    return rows.get_column("row").is_in(found.implode())


def _relation(table: Table, prefix: str, condition: Condition) -> tuple[tuple[str, ...], Table, tuple[str, ...]]:
    """Return the columns that lead to another table, that table, and its columns that they meet."""
    for column in table.columns:
        if column.references and prefix in (column.name, column.references):
            other = INPUT_TABLES[column.references]
            return (column.name,), other, (other.key[0],)
    if prefix in INPUT_TABLES:
        other = INPUT_TABLES[prefix]
        if other.key and set(other.key) <= set(table.column_names):
            return other.key, other, other.key
        if len(table.key) == 1:
            for column in other.columns:
                if column.references == table.name:
                    return table.key, other, (column.name,)
    names = [name for name in INPUT_TABLES if name != table.name]
    message = f"{prefix} is not a table or column that {table.name} refers to{did_you_mean(prefix, names)}"
    raise EditError("unknown_table", condition.column, prefix, message)


def _compared(table: Table, frame: pl.DataFrame, name: str, operator: Operator, value: Any) -> pl.Series:
    """Return whether each cell of a column compares with the value as wanted."""
    column = declared_column(table, frame, name)
    if operator == "in":
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise EditError("unreadable_value", name, value, f"{value} is not a list of values")
        parts = [_compared(table, frame, name, "=", one) for one in value]
        none = pl.repeat(value=False, n=frame.height, dtype=pl.Boolean, eager=True)
        return pl.select(pl.any_horizontal([none, *parts])).to_series() if frame.height else none
    if value is None:
        if operator != "=":
            raise EditError("unreadable_value", name, "", f"{operator} needs a value")
        return cells_of(frame, column, is_filled=False).is_null()
    cells, bound = cells_of(frame, column), read_value(column, value)
    results = {
        "=": lambda: cells == bound,
        "<": lambda: cells < bound,
        "<=": lambda: cells <= bound,
        ">": lambda: cells > bound,
        ">=": lambda: cells >= bound,
    }
    if operator not in results:
        raise EditError("unknown_operator", name, operator, f"{operator} is not one of =, !=, <, <=, >, >=, in, not in")
    compared: pl.Series = results[operator]()
    return compared.fill_null(value=False)


def cells_of(frame: pl.DataFrame, column: Column, is_filled: bool = True) -> pl.Series:
    """Return the cells of a column, which need not be there; empty ones as their default when ``is_filled``."""
    if column.name not in frame.columns:
        default = column.default if is_filled else None
        return pl.Series(column.name, [default], dtype=column.dtype.polars).new_from_index(0, frame.height)
    return frame.select(column.filled() if is_filled else pl.col(column.name)).to_series()


def read_value(column: Column, value: Any) -> Any:
    """Return one value in the dtype of a column.

    Raises
    ------
    EditError
        When it cannot be read.

    Examples
    --------
    >>> read_value(INPUT_TABLES["demands"].column("due_date"), "2026-11-22")
    datetime.date(2026, 11, 22)
    """
    read = read_column(pl.Series([value], strict=False), column)
    if read.is_bad is not None:
        message = f"{value} is not {'an' if column.dtype is Dtype.INTEGER else 'a'} {column.dtype}"
        raise EditError("unreadable_value", column.name, value, message)
    return read.values.item()


def declared_column(table: Table, frame: pl.DataFrame, name: str) -> Column:
    """Return the declaration of a column, or one made for an extra column that the frame carries.

    Raises
    ------
    EditError
        When there is no such column.
    """
    if name in table.column_names:
        return table.column(name)
    if name in frame.columns:
        dtypes = {dtype.polars: dtype for dtype in Dtype}
        return Column(name, dtypes.get(frame.schema[name], Dtype.STRING), "A column of the user's own.")
    names = [*table.column_names, *frame.columns]
    message = f"{name} is not a column of {table.name}{did_you_mean(name, names)}"
    raise EditError("unknown_column", name, name, message)
