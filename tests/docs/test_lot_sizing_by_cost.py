"""The table of costs on the page about lot sizing by cost: the engine's, for the orders that the page shows."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from bom.tables import COST_RULES
from planning.checks import validate
from planning.mrp import run_mrp

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "concepts" / "lot_sizing_by_cost.md").read_text()
NEEDS = {5: 5.0, 7: 20.0, 10: 30.0, 13: 10.0, 20: 25.0}


def rows_of_page() -> list[dict[str, str]]:
    table = re.search(r"(?:^\|.*\|$\n)+", PAGE.split("<!-- costs -->")[1], re.MULTILINE)
    assert table is not None
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.group(0).splitlines()]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


def test_the_costs_on_the_page_are_those_of_the_plan():
    n_rules = len(COST_RULES)
    items = {
        "item_id": COST_RULES,
        "lot_sizing_rule": COST_RULES,
        "safety_stock": [10.0] * n_rules,
        "ordering_cost": [50.0] * n_rules,
        "holding_cost_per_unit_day": [0.5] * n_rules,
        "quantity_decimals": [0] * n_rules,
    }
    demands = [
        {"item_id": rule, "due_date": date(2026, 1, day), "quantity": quantity}
        for rule in COST_RULES
        for day, quantity in NEEDS.items()
    ]
    on_hand = {"item_id": COST_RULES, "quantity": [20.0] * n_rules}
    tables = {"items": pl.DataFrame(items), "demands": pl.DataFrame(demands), "on_hand": pl.DataFrame(on_hand)}
    found = run_mrp(validate(tables, {"as_of": "2026-01-05"}).data).table("lot_sizing_costs")
    rows = rows_of_page()
    assert {row["lot_sizing_rule"] for row in rows} == set(COST_RULES)
    for row in rows:
        told = found.row(by_predicate=pl.col("lot_sizing_rule") == row.pop("lot_sizing_rule"), named=True)
        assert {name: told[name] for name in row} == pytest.approx(
            {name: float(text) for name, text in row.items()}, abs=5e-5
        )
