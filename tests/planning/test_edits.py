"""Edits name rows, change them, and are refused with findings when they cannot be made."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from bom.errors import DataError
from planning.checks import validate
from planning.data import PlanningData
from planning.edits import Change, Condition, Delete, Edit, Upsert, apply_edits

DUE = date(2026, 12, 1)


@pytest.fixture
def shop() -> PlanningData:
    """Two finished items of two families, one of them made of two parts; some rows without an id."""
    tables: dict[str, Any] = {
        "items": {
            "item_id": ["bike", "cart", "wheel", "frame"],
            "family": ["toys", "tools", None, None],
            "lead_time_days": [2, None, 5, 7],
            "supplier_id": [None, None, "S1", "S2"],
        },
        "bom_lines": {
            "parent_item_id": ["bike", "bike", "cart"],
            "component_item_id": ["wheel", "frame", "wheel"],
            "quantity_per": [2.0, 1.0, 4.0],
        },
        "suppliers": {"supplier_id": ["S1", "S2"]},
        "customers": {"customer_id": ["C1", "C2"], "segment": ["schools", None]},
        "demands": {
            "demand_id": ["D1", None, None],
            "item_id": ["bike", "cart", "bike"],
            "due_date": [DUE, DUE, DUE],
            "quantity": [10.0, 20.0, 30.0],
            "customer_id": ["C1", "C2", None],
        },
        "on_hand": {"item_id": ["wheel", "frame", "frame"], "quantity": [5.0, 1.0, 2.0], "lot_id": [None, "L1", "L2"]},
    }
    return validate({name: pl.DataFrame(columns) for name, columns in tables.items()}, {"as_of": "2026-11-22"}).data


def column(data: PlanningData, table: str, name: str) -> list[Any]:
    return data.table(table)[name].to_list()


def test_upsert_changes_the_given_columns_of_the_row_with_the_key(shop):
    edited = apply_edits(shop, [Upsert("items", pl.DataFrame({"item_id": ["wheel"], "lead_time_days": ["9"]}))])
    assert column(edited, "items", "lead_time_days") == [2, None, 9, 7]
    assert column(edited, "items", "supplier_id") == [None, None, "S1", "S2"]
    assert column(shop, "items", "lead_time_days") == [2, None, 5, 7]


def test_upsert_appends_rows_that_are_not_there(shop):
    rows = pl.DataFrame(
        {"demand_id": ["D9", "D1"], "item_id": ["cart", "bike"], "due_date": [DUE] * 2, "quantity": [1.0, 2.0]}
    )
    edited = apply_edits(shop, [Upsert("demands", rows)])
    assert column(edited, "demands", "quantity") == [2.0, 20.0, 30.0, 1.0]
    assert column(edited, "demands", "customer_id") == ["C1", "C2", None, None]


def test_upsert_makes_a_table_that_is_not_there(shop):
    rows = pl.DataFrame({"calendar_id": ["week"], "sunday": [0.0]})
    assert apply_edits(shop, [Upsert("calendars", rows)]).table("calendars").rows() == [("week", 0.0)]


def test_a_generated_id_names_its_row(shop):
    edited = apply_edits(shop, [Upsert("demands", pl.DataFrame({"demand_id": ["demands:3"], "quantity": [7.0]}))])
    assert column(edited, "demands", "quantity") == [10.0, 20.0, 7.0]
    assert column(edited, "demands", "demand_id") == ["D1", None, None]


def test_deleting_a_row_keeps_the_generated_ids_of_the_others(shop):
    edited = apply_edits(shop, [Delete("demands", pl.DataFrame({"demand_id": ["demands:2"]}))])
    assert column(edited, "demands", "demand_id") == ["D1", "demands:3"]
    new = pl.DataFrame({"item_id": ["cart"], "due_date": [DUE], "quantity": [5.0]})
    again = apply_edits(edited, [Upsert("demands", new)])
    assert column(again, "demands", "demand_id") == ["D1", "demands:3", "demands:4"]


def test_a_bom_line_is_named_by_parent_component_and_what_else_is_given(shop):
    line = {"parent_item_id": ["bike"], "component_item_id": ["frame"]}
    ended = Upsert("bom_lines", pl.DataFrame({**line, "effective_to": [DUE]}))
    begun = Upsert("bom_lines", pl.DataFrame({**line, "quantity_per": [3.0], "effective_from": [DUE]}))
    lines = apply_edits(shop, [ended, begun]).table("bom_lines")
    assert lines["quantity_per"].to_list() == [2.0, 1.0, 4.0, 3.0]
    assert lines["effective_to"].to_list() == [None, DUE, None, None]
    assert lines["effective_from"].to_list() == [None, None, None, DUE]


def test_stock_is_named_by_item_and_lot(shop):
    edited = apply_edits(
        shop,
        [
            Upsert("on_hand", pl.DataFrame({"item_id": ["wheel"], "quantity": [0.0]})),
            Upsert("on_hand", pl.DataFrame({"item_id": ["frame"], "lot_id": ["L2"], "quantity": [8.0]})),
        ],
    )
    assert column(edited, "on_hand", "quantity") == [0.0, 1.0, 8.0]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ((), [20.0, 40.0, 60.0]),
        ((Condition("items.family", "=", "toys"),), [20.0, 20.0, 60.0]),
        ((Condition("item_id.family", "in", ["tools"]),), [10.0, 40.0, 30.0]),
        ((Condition("customers.segment", "!=", "schools"),), [10.0, 40.0, 60.0]),
        ((Condition("customer_id", "=", None),), [10.0, 20.0, 60.0]),
        ((Condition("kind", "=", "sales_order"), Condition("quantity", ">=", "20")), [10.0, 40.0, 60.0]),
        ((Condition("due_date", "<", DUE),), [10.0, 20.0, 30.0]),
        ((Condition("quantity", "not in", [10, 20]),), [10.0, 20.0, 60.0]),
    ],
)  # fmt: skip
def test_change_reaches_the_rows_that_fulfil_every_condition(shop, where, expected):
    edited = apply_edits(shop, [Change("demands", where, "quantity", "multiply", 2)])
    assert column(edited, "demands", "quantity") == expected


def test_a_condition_looks_at_the_rows_that_refer_to_a_row(shop):
    where = (Condition("demands.quantity", ">", 25),)
    edited = apply_edits(shop, [Change("items", where, "lead_time_days", "add", 10)])
    assert column(edited, "items", "lead_time_days") == [12, None, 5, 7]


def test_add_counts_an_empty_cell_as_its_default_and_dates_in_days(shop):
    edited = apply_edits(
        shop,
        [
            Change("items", (Condition("item_id", "=", "cart"),), "lead_time_days", "add", 10),
            Change("items", (), "safety_stock", "add", 1.5),
            Change("demands", (Condition("demand_id", "=", "D1"),), "due_date", "add", 3),
        ],
    )
    assert column(edited, "items", "lead_time_days") == [2, 10, 5, 7]
    assert column(edited, "items", "safety_stock") == [1.5] * 4
    assert column(edited, "demands", "due_date") == [date(2026, 12, 4), DUE, DUE]


def test_edits_are_made_one_after_the_other(shop):
    edits: list[Edit] = [
        Upsert("items", pl.DataFrame({"item_id": ["sled"], "family": ["toys"]})),
        Change("items", (Condition("family", "=", "toys"),), "safety_stock", "set", 4.0),
        Delete("demands", pl.DataFrame({"demand_id": ["D1"]})),
    ]
    edited = apply_edits(shop, edits)
    assert edited.table("items").filter(pl.col("safety_stock") == 4)["item_id"].to_list() == ["bike", "sled"]
    assert edited.table("demands").height == 2


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (Upsert("itmes", pl.DataFrame({"item_id": ["A"]})), "unknown_table"),
        (Upsert("items", pl.DataFrame({"item_id": ["bike"], "lead_tme": [3]})), "unknown_column"),
        (Upsert("items", pl.DataFrame({"lead_time_days": [3]})), "missing_column"),
        (Upsert("items", pl.DataFrame({"item_id": ["bike"], "lead_time_days": ["soon"]})), "unreadable_integer"),
        (Upsert("items", pl.DataFrame({"item_id": ["bike"], "lead_time_days": [-1]})), "out_of_range"),
        (Upsert("items", pl.DataFrame({"item_id": ["bike", "bike"]})), "duplicate_key"),
        (Upsert("on_hand", pl.DataFrame({"item_id": ["frame"], "quantity": [0.0]})), "ambiguous_row"),
        (Upsert("demands", pl.DataFrame({"item_id": ["nobody"], "due_date": [DUE], "quantity": [1.0]})), "unknown_id"),
        (Upsert("demands", pl.DataFrame({"item_id": ["bike"], "quantity": [1.0]})), "missing_value"),
        (Delete("demands", pl.DataFrame({"demand_id": ["D7"]})), "unknown_row"),
        (Delete("demands", pl.DataFrame({"item_id": ["bike"]})), "missing_column"),
        (Delete("items", pl.DataFrame({"item_id": ["bike"], "family": ["toys"]})), "unexpected_column"),
        (Delete("items", pl.DataFrame({"item_id": ["wheel"]})), "unknown_id"),  # the BOM lines still name it
        (Change("demands", (Condition("item.family", "=", "toys"),), "quantity", "set", 1), "unknown_table"),
        (Change("demands", (Condition("quantity", "=", "many"),), "quantity", "set", 1), "unreadable_value"),
        (Change("demands", (Condition("quantity", "~", 1),), "quantity", "set", 1), "unknown_operator"),  # type: ignore[arg-type]
        (Change("demands", (), "quantities", "set", 1), "unknown_column"),
        (Change("demands", (), "item_id", "multiply", 2), "unreadable_value"),
        (Change("demands", (), "quantity", "divide", 2), "unreadable_value"),  # type: ignore[arg-type]
        (Change("demands", (), "quantity", "add", float("nan")), "unreadable_value"),
    ],
)
def test_an_edit_that_cannot_be_made_is_a_finding(shop, edit, code):
    with pytest.raises(DataError) as raised:
        apply_edits(shop, [edit])
    assert code in {finding.code for finding in raised.value.findings}


def test_all_findings_of_all_edits_come_at_once(shop):
    edits: list[Edit] = [
        Delete("demands", pl.DataFrame({"demand_id": ["D7"]})),
        Upsert("items", pl.DataFrame({"item_id": ["bike"], "lead_time_days": [-1]})),
    ]
    with pytest.raises(DataError) as raised:
        apply_edits(shop, edits)
    assert [(f.table, f.code) for f in raised.value.findings] == [
        ("edit 1 (demands)", "unknown_row"),
        ("items", "out_of_range"),
    ]
