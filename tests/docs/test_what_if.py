"""The page on what-if: its edits are made, its worked case is planned, its scenario file is read."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from planning.checks import validate
from planning.compare import compare
from planning.editing.text import parse_edits, parse_statement
from planning.editing.tokens import EditTextError
from planning.edits import apply_edits
from planning.mrp import MrpResult, run_mrp
from planning.scenario import Scenario

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "concepts" / "what_if.md").read_text()
AS_OF = date(2026, 1, 5)
BLOCKS = re.findall(r"^```edits\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def data():
    """Return a data set that has everything that the page's edits name."""
    tables = {
        "items": {
            "item_id": ["bike", "wheel", "light wheel"], "family": ["bikes", "parts", None], "unit_cost": [90.0, 9, 9],
        },
        "bom_lines": {"parent_item_id": ["bike"], "component_item_id": ["wheel"], "quantity_per": [2.0]},
        "suppliers": {"supplier_id": ["S1"]},
        "item_suppliers": {"item_id": ["wheel"], "supplier_id": ["S1"], "lead_time_days": [5]},
        "customers": {"customer_id": ["C1"], "segment": ["online"]},
        "demands": {
            "demand_id": ["D1", "D2", "D3"], "item_id": ["bike"] * 3, "customer_id": ["C1"] * 3,
            "due_date": [date(2026, 2, day) for day in (2, 9, 16)], "quantity": [10.0, 20.0, 30.0],
        },
        "on_hand": {"item_id": ["wheel"], "quantity": [7.0]},
        "scheduled_receipts": {
            "order_id": ["PO-1"], "item_id": ["wheel"], "due_date": [date(2026, 1, 9)], "quantity": [40.0],
        },
        "sites": {"site_id": ["MAIN"], "calendar_id": ["site"]},
        "calendars": {"calendar_id": ["site"], "sunday": [0.0]},
        "work_centers": {"work_center_id": ["saw"], "calendar_id": ["site"]},
    }  # fmt: skip
    return validate({name: pl.DataFrame(columns) for name, columns in tables.items()}, {"as_of": AS_OF}).data


def test_the_edits_of_the_page_do_what_their_comments_say():
    edited = apply_edits(data(), parse_edits(BLOCKS[0]))
    demands = edited.table("demands").select("demand_id", "due_date", "quantity").rows()
    assert demands == [("D3", date(2026, 2, 23), 36.0), ("D9", date(2026, 2, 20), 5.0)]
    assert edited.table("item_suppliers")["lead_time_days"].item() == 15
    assert edited.table("on_hand")["quantity"].item() == 0
    assert edited.table("items")["safety_stock"].to_list() == [None, 20.0, None]
    assert edited.table("scheduled_receipts")["order_id"].to_list() == ["PO-9"]
    lines = edited.table("bom_lines").select("component_item_id", "effective_from", "effective_to").rows()
    assert lines == [("wheel", None, date(2026, 2, 1)), ("light wheel", date(2026, 2, 1), None)]
    assert edited.table("calendar_exceptions")["date"].to_list() == [date(2026, 2, day) for day in range(2, 7)]


@pytest.mark.parametrize("block", BLOCKS)
def test_every_edit_of_the_page_can_be_made_alone_with_those_before(block):
    lines = [line for line in block.splitlines() if line and not line.startswith("#")]
    assert len(lines) >= 3
    for n in range(1, len(lines) + 1):
        apply_edits(data(), parse_edits("\n".join(lines[:n])))


def test_the_message_of_the_page_is_that_of_the_parser():
    command, told = re.findall(r'^\$ .*--edit "(.*)"\nlotwright: (.*?)```', PAGE, re.MULTILINE | re.DOTALL)[0]
    with pytest.raises(EditTextError) as caught:
        parse_statement(command)
    assert f"{caught.value}\n" == told


def test_the_worked_case_is_what_is_compared():
    table = re.search(r"(?:^\|.*\|$\n)+", PAGE.split("<!-- case -->")[1], re.MULTILINE)
    assert table is not None
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.group(0).splitlines()]
    rows = [dict(zip(lines[0], line, strict=True)) for line in lines[2:]]
    found = compare(plan_of(rows, "first plan: demand"), plan_of(rows, "second plan: demand")).orders()
    columns = ("change", "quantity_before", "quantity_after", "days", "value_change", "value_touched")
    made = {row[0]: [cell(value) for value in row[1:]] for row in found.select("item_id", *columns).rows()}
    told = {
        row["item"]: [row[name.replace("quantity_", "quantity ")] for name in columns] for row in rows if row["change"]
    }
    assert made == told
    assert len(told) == 5


def plan_of(rows: list[dict[str, str]], column: str) -> MrpResult:
    """Return the plan of the demands in a column such as ``5 on 2026-01-15``."""
    given = [(row["item"], *row[column].split(" on ")) for row in rows if row[column]]
    demands = pl.DataFrame(
        [(item, date.fromisoformat(day), float(quantity)) for item, quantity, day in given],
        schema=["item_id", "due_date", "quantity"],
        orient="row",
    )
    items = pl.DataFrame({"item_id": [row["item"] for row in rows]}).with_columns(lead_time_days=2, unit_cost=10.0)
    return run_mrp(validate({"items": items, "demands": demands}, {"as_of": AS_OF}).data)


def cell(value) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def test_the_scenario_file_of_the_page_is_read():
    block = re.search(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert block is not None
    scenario = Scenario.from_mapping(tomllib.loads(block.group(1)))
    assert (scenario.name, len(scenario.edits)) == ("spring", 2)
    apply_edits(data(), scenario.edits)
