"""Edits as text: what is read, what is refused and where, and that writing and reading are inverse."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bom.schema import Dtype
from planning.editing.text import frame_of, parse_edits, parse_statement
from planning.editing.text_format import format_edit
from planning.editing.tokens import EditTextError
from planning.edits import Change, Condition, Delete, Edit, Upsert
from planning.tables import INPUT_TABLES

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)
DATES = st.dates(date(1990, 1, 1), date(2090, 1, 1))
CELLS = {
    Dtype.STRING: TEXTS,
    Dtype.INTEGER: st.integers(-(10**9), 10**9),
    Dtype.FLOAT: NUMBERS,
    Dtype.BOOLEAN: st.booleans(),
    Dtype.DATE: DATES,
    Dtype.DATETIME: st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)),
}
TABLES = st.sampled_from(list(INPUT_TABLES.values()))


def cells(column, may_be_empty=True):
    values = st.sampled_from(column.choices) if column.choices else CELLS[column.dtype]
    return st.none() | values if may_be_empty else values


@st.composite
def conditions(draw, table):
    column = draw(st.sampled_from(table.columns))
    operator = draw(st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "in", "not in"]))
    if operator in ("in", "not in"):
        values = draw(st.lists(cells(column), min_size=1, max_size=3))
        return Condition(column.name, operator, tuple(values))
    return Condition(column.name, operator, draw(cells(column, may_be_empty=operator in ("=", "!="))))


@st.composite
def changes(draw):
    table = draw(TABLES)
    where = tuple(draw(st.lists(conditions(table), max_size=3)))
    column = draw(st.sampled_from(table.columns))
    if column.dtype in (Dtype.INTEGER, Dtype.FLOAT) and draw(st.booleans()):
        number = draw(st.integers(-1000, 1000) | NUMBERS)
        return Change(table.name, where, column.name, draw(st.sampled_from(["add", "multiply"])), number)
    if column.dtype is Dtype.DATE and draw(st.booleans()):
        return Change(table.name, where, column.name, "add", draw(st.integers(-1000, 1000)))
    return Change(table.name, where, column.name, "set", draw(cells(column)))


@st.composite
def rows(draw, kind):
    table = draw(TABLES)
    columns = draw(st.lists(st.sampled_from(table.columns), min_size=1, max_size=4, unique_by=lambda c: c.name))
    row = st.fixed_dictionaries({column.name: cells(column) for column in columns})
    return kind(table.name, frame_of(table, draw(st.lists(row, min_size=1, max_size=3))))


def is_same(a: Edit, b: Edit) -> bool:
    if isinstance(a, Change) or isinstance(b, Change):
        return a == b
    return type(a) is type(b) and a.table == b.table and a.rows.equals(b.rows)


@given(changes() | rows(Upsert) | rows(Delete))
def test_what_is_written_is_read_back(edit):
    (read,) = parse_statement(format_edit(edit))
    assert is_same(read, edit), (format_edit(edit), read)


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        (
            "demands where items.family = 'X': quantity * 1.2",
            Change("demands", (Condition("items.family", "=", "X"),), "quantity", "multiply", 1.2),
        ),
        (
            "item_suppliers WHERE supplier_id='Y' : lead_time_days+10",
            Change("item_suppliers", (Condition("supplier_id", "=", "Y"),), "lead_time_days", "add", 10),
        ),
        (
            "on_hand where item_id in ('Z', 'it''s') and quantity >= -2: quantity = 0",
            Change(
                "on_hand", (Condition("item_id", "in", ("Z", "it's")), Condition("quantity", ">=", -2)), "quantity",
                "set", 0,
            ),
        ),
        ("demands: due_date - 7", Change("demands", (), "due_date", "add", -7)),
        ("items where family = empty: planner_id = empty",
         Change("items", (Condition("family", "=", None),), "planner_id", "set", None)),
        ("items where family not in ('A'): is_planned = false",
         Change("items", (Condition("family", "not in", ("A",)),), "is_planned", "set", False)),
        ("items where `my column` = 'A': `another` = 1.5",
         Change("items", (Condition("my column", "=", "A"),), "another", "set", 1.5)),
        ("delete scheduled_receipts where order_id = 'PO-1'",
         Delete("scheduled_receipts", pl.DataFrame({"order_id": ["PO-1"]}))),
        ("delete bom_lines where parent_item_id = 'P' and component_item_id in ('A', 'B')",
         Delete("bom_lines", pl.DataFrame({"parent_item_id": ["P", "P"], "component_item_id": ["A", "B"]}))),
        ("insert demands item_id='A', due_date=2026-12-01, quantity=5",
         Upsert("demands", pl.DataFrame({"item_id": ["A"], "due_date": [date(2026, 12, 1)], "quantity": [5.0]}))),
    ],
)  # fmt: skip
def test_an_edit_is_read(text, edit):
    (read,) = parse_statement(text)
    assert is_same(read, edit)


def test_closing_a_calendar_sets_every_day_to_no_hours():
    (edit,) = parse_statement("close calendar 'C' from 2026-12-24 to 2026-12-26")
    assert edit.rows.rows() == [("C", date(2026, 12, day), 0.0) for day in (24, 25, 26)]


def test_replacing_a_component_ends_its_lines_and_starts_another():
    edits = parse_statement(
        "replace component 'C' of 'P' from 2026-12-01 with component_item_id = 'D', quantity_per = 2"
    )
    assert [format_edit(edit) for edit in edits] == [
        "bom_lines where parent_item_id = 'P' and component_item_id = 'C' and effective_to = empty: "
        "effective_to = 2026-12-01",
        "bom_lines where parent_item_id = 'P' and component_item_id = 'C' and effective_to > 2026-12-01: "
        "effective_to = 2026-12-01",
        "insert bom_lines parent_item_id = 'P', component_item_id = 'D', effective_from = 2026-12-01, "
        "quantity_per = 2.0",
    ]


@pytest.mark.parametrize(
    ("text", "column", "told"),
    [
        ("", 1, "the end is not an input table; write a table such as demands, or delete, insert, close or replace"),
        ("demand: quantity = 1", 1, "demand is not an input table; did you mean demands?"),
        ("demands wehre quantity > 5: quantity = 1", 9, "wehre is not expected here; write where or :"),
        ("demands where quantty > 5: quantity = 1", 15, "did you mean quantity?"),
        ("demands where item.family = 'X': quantity = 1", 15, "item is not a table"),
        ("demands where items.famly = 'X': quantity = 1", 15, "famly is not a column of items; did you mean family?"),
        ("demands where quantity ~ 5: quantity = 1", 24, "cannot be read"),
        ("demands where quantity = 'X': quantity = 1", 26, "'X' does not fit quantity; write a number such as 1.5"),
        ("demands where quantity like 5: quantity = 1", 24, "write =, !=, <=, >=, <, >, in or not"),
        ("demands where due_date > 5: quantity = 1", 26, "write a date such as 2026-11-22"),
        ("demands where due_date > 2026-02-30: quantity = 1", 26, "the calendar has no such day"),
        ("demands where quantity > empty: quantity = 1", 26, "empty goes with = and !="),
        ("demands where item_id = X: quantity = 1", 25, "write a text such as 'X'"),
        ('demands where item_id = "X": quantity = 1', 25, "texts stand between ' and '"),
        ("demands where item_id = 'X: quantity = 1", 25, "the text is not closed"),
        ("demands where item_id in 'X': quantity = 1", 26, "write ("),
        ("demands: quantity", 18, "the end is not expected here; write =, +, - or *"),
        ("demands: item_id * 2", 10, "item_id is a string: it can only be set"),
        ("demands: due_date * 2", 10, "due_date is a date: it can only be set"),
        ("demands: due_date + 1.5", 21, "write a whole number"),
        ("demands: quantity * 1.2 2", 25, "2 is not expected here; the edit ends before it"),
        ("items: lot_sizing_rule = 'eoq'", 26, "'eoq' is not one of lot_for_lot"),
        ("items: lead_time_days = 1.5", 25, "write a whole number"),
        ("delete demands where quantity > 5", 22, "rows to delete are named by demand_id, with = or in"),
        ("insert demands item_id='A', item_id='B'", 29, "item_id stands twice in the row"),
        ("insert demands item_id='A'; quantity=5", 29, "every row of one edit has the same columns: item_id"),
        ("close calendar 'C' from 2026-12-24 to 2026-12-20", 39, "does not lie within ten years"),
    ],
)
def test_an_error_points_at_the_column_and_says_what_is_allowed(text, column, told):
    with pytest.raises(EditTextError) as caught:
        parse_statement(text)
    assert (caught.value.column, told in caught.value.problem) == (column, True), str(caught.value)
    assert str(caught.value).splitlines()[1:] == [f"  {text}", f"  {' ' * (column - 1)}^"]


def test_a_file_has_one_edit_a_line_and_comments():
    text = "# why\n\ndemands: quantity * 2  # twice\nitems where item_id = '#1': safety_stock = 0\n"
    assert [edit.table for edit in parse_edits(text)] == ["demands", "items"]
    with pytest.raises(EditTextError, match="line 2, column 10"):
        parse_edits("demands: quantity * 2\ndemands: quality * 2")
