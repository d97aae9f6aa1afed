"""Edits as text: ``demands where items.family = 'bikes': quantity * 1.2`` (``docs/concepts/what_if.md``)."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from bom.hints import did_you_mean
from bom.schema import Column, Dtype, Table
from planning.editing.selection import Condition
from planning.editing.tokens import EditTextError, Reader, Token, one_of
from planning.edits import Change, Delete, Edit, Upsert
from planning.tables import INPUT_TABLES

_COMPARISONS = ("=", "!=", "<=", ">=", "<", ">", "in", "not")
_VERBS = ("delete", "insert", "close", "replace")
_MOST_DAYS = 3660
# What a cell of each dtype may be written as, and how to say so.
_WRITTEN = {
    Dtype.STRING: (("text",), "a text such as 'X'"),
    Dtype.INTEGER: (("number",), "a whole number such as 10"),
    Dtype.FLOAT: (("number",), "a number such as 1.5"),
    Dtype.BOOLEAN: (("truth",), "true or false"),
    Dtype.DATE: (("date",), "a date such as 2026-11-22"),
    Dtype.DATETIME: (("text",), "a text such as '2026-11-22T08:00:00'"),
}


def parse_edits(text: str) -> tuple[Edit, ...]:
    r"""Return the edits of a text, one statement a line; empty lines and what follows ``#`` are left out.

    Raises
    ------
    EditTextError
        When a line is not an edit: with the line and the column, and what is allowed there.

    Examples
    --------
    >>> [edit.column for edit in parse_edits("# spring\ndemands: quantity * 1.2\nitems: safety_stock = 0")]
    ['quantity', 'safety_stock']
    """
    edits: list[Edit] = []
    for number, line in enumerate(text.split("\n"), 1):
        statement = _without_comment(line)
        if not statement.strip():
            continue
        try:
            edits += parse_statement(statement)
        except EditTextError as error:
            raise EditTextError(error.problem, error.text, error.column, number) from None
    return tuple(edits)


def _without_comment(line: str) -> str:
    """Return a line up to its ``#``, which may stand in a text or name."""
    quote = ""
    for place, letter in enumerate(line):
        if letter == "#" and not quote:
            return line[:place].rstrip()
        if letter in "'`" and quote in ("", letter):
            quote = "" if quote else letter
    return line.rstrip()


def parse_statement(text: str) -> tuple[Edit, ...]:
    """Return the edits of one statement: one, unless it closes a calendar or replaces a BOM line.

    Raises
    ------
    EditTextError
        When it is not a statement.

    Examples
    --------
    >>> parse_statement("item_suppliers where supplier_id = 'Y': lead_time_days + 10")[0].value
    10
    >>> try:
    ...     parse_statement("demands where quantty > 5: quantity = 5")
    ... except EditTextError as error:
    ...     print(error)
    column 15: quantty is not a column of demands; did you mean quantity?
      demands where quantty > 5: quantity = 5
                    ^
    """
    reader = Reader(text)
    if reader.takes("delete"):
        edits: tuple[Edit, ...] = (_delete(reader),)
    elif reader.takes("insert"):
        table = _table(reader)
        edits = (Upsert(table.name, _rows(reader, table)),)
    elif reader.takes("close"):
        edits = (_close(reader),)
    elif reader.takes("replace"):
        edits = _replace(reader)
    else:
        edits = (_change(reader),)
    if reader.next.kind != "end":
        raise reader.error(f"{reader.next.shown} is not expected here; the edit ends before it")
    return edits


def _table(reader: Reader, verbs: Sequence[str] = ()) -> Table:
    """Return the table that is named next."""
    token = reader.take()
    if token.kind == "name" and token.value in INPUT_TABLES:
        return INPUT_TABLES[token.value]
    allowed = "write a table such as demands" + (f", or {one_of(verbs)}" if verbs else "")
    hint = did_you_mean(str(token.value), [*INPUT_TABLES, *verbs]) if token.kind == "name" else ""
    raise reader.error(f"{token.shown} is not an input table{hint or '; ' + allowed}", token)


def _column(reader: Reader, table: Table, is_related: bool = False) -> tuple[str, Column | None]:
    """Return the column that is named next, and its declaration; ``None`` for a column of the user's own."""
    token = reader.take()
    if token.kind != "name":
        raise reader.error(f"{token.shown} is not a column of {table.name}; write one such as {_example(table)}", token)
    name = str(token.value)
    if "." in name and is_related:
        return name, _related_column(reader, token, table, name)
    if name in table.column_names:
        return name, table.column(name)
    hint = did_you_mean(name, table.column_names)
    if table.carries_extra and ("`" in token.written or not hint):
        return name, None
    raise reader.error(f"{name} is not a column of {table.name}{hint}", token)


def _example(table: Table) -> str:
    return table.columns[0].name


def _related_column(reader: Reader, token: Token, table: Table, name: str) -> Column | None:
    """Return the declaration of a column such as ``items.family``, as seen from a table."""
    prefix, _, column = name.rpartition(".")
    own = {c.name: c.references for c in table.columns if c.references}
    other = INPUT_TABLES.get(own.get(prefix, prefix))
    if other is None:
        known = [*own, *INPUT_TABLES]
        raise reader.error(f"{prefix} is not a table, nor a column of {table.name}{did_you_mean(prefix, known)}", token)
    if column in other.column_names:
        return other.column(column)
    hint = did_you_mean(column, other.column_names)
    if other.carries_extra and ("`" in token.written or not hint):
        return None
    raise reader.error(f"{column} is not a column of {other.name}{hint}", token)


def _value(reader: Reader, column: Column | None, name: str) -> Any:
    """Return the value that comes next, as the column's dtype; ``None`` for ``empty``."""
    token = reader.take()
    sign = 1
    if token.kind == "symbol" and token.written in "+-" and reader.next.kind == "number":
        sign = -1 if token.written == "-" else 1
        token = reader.take()
    if token.kind == "name" and token.written.lower() in ("empty", "true", "false"):
        if token.written.lower() == "empty":
            return None
        token = Token("truth", token.written, token.written.lower() == "true", token.column)
    kinds, how = _WRITTEN[column.dtype] if column else (("text", "number", "date", "truth"), "a value such as 'X'")
    is_right = token.kind in kinds and not (column and column.dtype is Dtype.INTEGER and isinstance(token.value, float))
    if not is_right:
        raise reader.error(f"{token.shown} does not fit {name}; write {how}, or empty", token)
    if column and column.choices and token.value not in column.choices:
        raise reader.error(f"{token.shown} is not one of {', '.join(column.choices)}", token)
    if column and column.dtype is Dtype.DATETIME:
        return _moment(reader, token)
    return token.value * sign if token.kind == "number" else token.value


def _moment(reader: Reader, token: Token) -> datetime:
    try:
        return datetime.fromisoformat(token.value)
    except ValueError:
        raise reader.error(f"{token.shown} is not a time such as '2026-11-22T08:00:00'", token) from None


def _change(reader: Reader) -> Change:
    """Return ``TABLE [where CONDITIONS]: COLUMN = VALUE``, or ``+``, ``-`` or ``*`` and a number."""
    table = _table(reader, _VERBS)
    where = _conditions(reader, table) if reader.expect("where", ":") == "where" else ()
    if where:
        reader.expect("and", ":")
    at = reader.next
    name, column = _column(reader, table)
    sign = reader.expect("=", "+", "-", "*")
    if sign == "=":
        return Change(table.name, where, name, "set", _value(reader, column, name))
    numeric = (Dtype.INTEGER, Dtype.FLOAT, *((Dtype.DATE,) if sign != "*" else ()))
    if column and column.dtype not in numeric:
        raise reader.error(f"{name} is a {column.dtype}: it can only be set, with =", at)
    days = column is not None and column.dtype is Dtype.DATE
    number = _value(reader, Column("", Dtype.INTEGER if days else Dtype.FLOAT, ""), "a number")
    if number is None:
        raise reader.error(f"{sign} needs a number")
    if sign == "*":
        return Change(table.name, where, name, "multiply", number)
    return Change(table.name, where, name, "add", -number if sign == "-" else number)


def _conditions(reader: Reader, table: Table) -> tuple[Condition, ...]:
    """Return the conditions up to a word other than ``and``."""
    conditions = [_condition(reader, table)]
    while reader.takes("and"):
        conditions.append(_condition(reader, table))
    return tuple(conditions)


def _condition(reader: Reader, table: Table) -> Condition:
    """Return ``COLUMN OPERATOR VALUE``, or ``COLUMN in (VALUE, ...)``."""
    name, column = _column(reader, table, is_related=True)
    operator = reader.expect(*_COMPARISONS)
    if operator == "not":
        reader.expect("in")
        return Condition(name, "not in", _values(reader, column, name))
    if operator == "in":
        return Condition(name, "in", _values(reader, column, name))
    at = reader.next
    value = _value(reader, column, name)
    if value is None and operator not in ("=", "!="):
        raise reader.error(f"{operator} needs a value; empty goes with = and !=", at)
    return Condition(name, operator, value)  # type: ignore[arg-type]


def _values(reader: Reader, column: Column | None, name: str) -> tuple[Any, ...]:
    """Return values in parentheses."""
    reader.expect("(")
    values = [_value(reader, column, name)]
    while reader.expect(",", ")") == ",":
        values.append(_value(reader, column, name))
    return tuple(values)


def _delete(reader: Reader) -> Delete:
    """Return ``delete TABLE where KEY = VALUE and ...``, or ``delete TABLE KEY = VALUE, ...; ...``."""
    table = _table(reader)
    if not reader.takes("where"):
        return Delete(table.name, _rows(reader, table))
    at = reader.next
    keys: dict[str, Sequence[Any]] = {}
    for condition in _conditions(reader, table):
        if condition.operator not in ("=", "in") or "." in condition.column or condition.column in keys:
            problem = (
                f"rows to delete are named by {_named_by(table)}, with = or in; to drop a selection, set quantity = 0"
            )
            raise reader.error(problem, at)
        keys[condition.column] = condition.value if condition.operator == "in" else (condition.value,)
    rows = [dict(zip(keys, values, strict=True)) for values in itertools.product(*keys.values())]
    return Delete(table.name, frame_of(table, rows))


def _named_by(table: Table) -> str:
    return " and ".join(table.key or (_example(table),))


def _rows(reader: Reader, table: Table) -> pl.DataFrame:
    """Return ``COLUMN = VALUE, ...``; more rows after ``;``."""
    rows = [_row(reader, table)]
    while reader.takes(";"):
        at = reader.next
        rows.append(_row(reader, table))
        if rows[-1].keys() != rows[0].keys():
            raise reader.error(f"every row of one edit has the same columns: {', '.join(rows[0])}", at)
    return frame_of(table, rows)


def _row(reader: Reader, table: Table) -> dict[str, Any]:
    """Return ``COLUMN = VALUE, ...``."""
    row: dict[str, Any] = {}
    while not row or reader.takes(","):
        at = reader.next
        name, column = _column(reader, table)
        if name in row:
            raise reader.error(f"{name} stands twice in the row", at)
        reader.expect("=")
        row[name] = _value(reader, column, name)
    return row


def frame_of(table: Table, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Return rows as a frame, declared columns in their dtypes.

    Examples
    --------
    >>> frame_of(INPUT_TABLES["demands"], [{"item_id": "A", "quantity": 5}]).rows()
    [('A', 5.0)]
    """
    columns: list[pl.Series] = []
    for name in rows[0]:
        values = [row[name] for row in rows]
        dtype = table.column(name).dtype.polars if name in table.column_names else None
        columns.append(pl.Series(name, values, dtype=dtype))
    return pl.DataFrame(columns)


def _span(reader: Reader) -> tuple[date, date]:
    """Return ``from DATE to DATE``, both included."""
    reader.expect("from")
    first = _value(reader, Column("", Dtype.DATE, ""), "a date")
    reader.expect("to")
    at = reader.next
    last = _value(reader, Column("", Dtype.DATE, ""), "a date")
    if first is None or last is None or not timedelta(0) <= last - first <= timedelta(days=_MOST_DAYS):
        raise reader.error("the last day does not lie within ten years from the first", at)
    return first, last


def _close(reader: Reader) -> Upsert:
    """Return ``close calendar 'X' from DATE to DATE``: no hours on these days."""
    reader.expect("calendar")
    calendar = _value(reader, INPUT_TABLES["calendars"].column("calendar_id"), "calendar_id")
    first, last = _span(reader)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    rows = [{"calendar_id": calendar, "date": day, "hours": 0.0} for day in days]
    return Upsert("calendar_exceptions", frame_of(INPUT_TABLES["calendar_exceptions"], rows))


def _replace(reader: Reader) -> tuple[Edit, ...]:
    """Return ``replace component 'C' of 'P' from DATE with COLUMN = VALUE, ...``: old lines end, a new one starts."""
    reader.expect("component")
    lines = INPUT_TABLES["bom_lines"]
    component = _value(reader, lines.column("component_item_id"), "component_item_id")
    reader.expect("of")
    parent = _value(reader, lines.column("parent_item_id"), "parent_item_id")
    reader.expect("from")
    day = _value(reader, lines.column("effective_from"), "effective_from")
    reader.expect("with")
    row = _row(reader, lines)
    where = (Condition("parent_item_id", "=", parent), Condition("component_item_id", "=", component))
    open_ended = Change("bom_lines", (*where, Condition("effective_to", "=", None)), "effective_to", "set", day)
    longer = Change("bom_lines", (*where, Condition("effective_to", ">", day)), "effective_to", "set", day)
    new = {"parent_item_id": parent, "component_item_id": component, "effective_from": day, **row}
    return open_ended, longer, Upsert("bom_lines", frame_of(lines, [new]))
