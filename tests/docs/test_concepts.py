"""The worked tables of docs/concepts, planned by the engine: what the pages say is what it computes."""

from __future__ import annotations

import re
import tomllib
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from bom.tables import LOT_SIZING_RULES
from planning.checks import validate
from planning.mrp import MrpResult, run_mrp
from planning.options import MrpOptions

CONCEPTS = Path(__file__).resolve().parents[2] / "docs" / "concepts"
AS_OF = date(2026, 1, 5)


def cases(page: str) -> list[tuple[dict, list[dict[str, str]]]]:
    """Every worked case of a page: the TOML block, when there is one, and the rows of the table after it."""
    found = []
    for text in (CONCEPTS / page).read_text().split("<!-- case -->")[1:]:
        block = re.match(r"\s*```toml\n(.*?)```", text, re.DOTALL)
        table = re.search(r"(?:^\|.*\|$\n)+", text, re.MULTILINE)
        assert table is not None
        lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.group(0).splitlines()]
        rows = [dict(zip(lines[0], line, strict=True)) for line in lines[2:]]
        found.append((tomllib.loads(block.group(1)) if block else {}, rows))
    return found


def plan(tables: dict[str, dict[str, list]], **options: object) -> MrpResult:
    frames = {name: pl.DataFrame(columns) for name, columns in tables.items()}
    return run_mrp(validate(frames, {"as_of": AS_OF}).data, MrpOptions.from_mapping(options))


def day(text: str) -> date:
    """The date at the end of a cell, such as ``Fri 2026-01-16``."""
    return date.fromisoformat(text[-10:])


def by_day(frame: pl.DataFrame, column: str, value: str) -> dict[date, list[float]]:
    return {key[0]: part[value].to_list() for key, part in frame.group_by(column, maintain_order=True)}


LOT_SIZING = cases("lot_sizing.md")
LOT_SIZING_BY_COST = cases("lot_sizing_by_cost.md")


@pytest.mark.parametrize(
    ("parameters", "rows"),
    LOT_SIZING + LOT_SIZING_BY_COST,
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_lot_sizing_page_is_what_the_engine_computes(parameters, rows):
    options = {**parameters}
    mrp = options.pop("mrp", {})
    days, gross = [day(row["date"]) for row in rows], [float(row["gross requirements"]) for row in rows]
    item = {
        "item_id": ["part"],
        "lead_time_days": [2],
        "safety_stock": [10.0],
        "ordering_cost": [50.0],
        "holding_cost_per_unit_day": [0.5],
        **{key: [value] for key, value in options.items()},
    }
    demands = {"item_id": ["part"] * len(rows), "due_date": days, "quantity": gross}
    result = plan({"items": item, "demands": demands, "on_hand": {"item_id": ["part"], "quantity": [20.0]}}, **mrp)

    orders = result.table("planned_orders").sort("need_date", "order_id")
    quantities, shortages = by_day(orders, "need_date", "quantity"), by_day(orders, "need_date", "net_requirement")
    projected = 20.0
    for row, needed, requirement in zip(rows, days, gross, strict=True):
        projected -= requirement
        expected = [float(text) for text in row["planned orders"].split("+") if text.strip()]
        assert projected == pytest.approx(float(row["projected before"]))
        assert quantities.get(needed, []) == pytest.approx(expected)
        if mrp.get("maximum_split") != "cap":  # a cut order answers only a part of the shortage
            assert sum(shortages.get(needed, [])) == pytest.approx(float(row["shortage"]))
        projected += sum(expected)
        assert projected == pytest.approx(float(row["projected after"]))
    assert (orders["due_date"] - orders["release_date"]).unique().to_list() == [timedelta(days=2)]


def test_lot_sizing_page_has_a_case_for_each_rule_and_modifier():
    parameters = [parameter for case, _ in LOT_SIZING for parameter in case]
    rules = {case.get("lot_sizing_rule", "lot_for_lot") for case, _ in LOT_SIZING}
    by_cost = {case["lot_sizing_rule"] for case, _ in LOT_SIZING_BY_COST}
    assert rules | by_cost == set(LOT_SIZING_RULES)
    assert {"minimum_order_quantity", "order_multiple", "maximum_order_quantity"} <= set(parameters)


def test_calendars_page_is_what_the_engine_computes():
    [(_, rows)] = cases("calendars.md")
    items = [f"row {number}" for number in range(len(rows))]
    result = plan(
        {
            "items": {
                "item_id": items,
                "lead_time_days": [int(row["lead time days"]) for row in rows],
                "lead_time_unit": [row["unit"] for row in rows],
                "safety_lead_time_days": [int(row["safety lead time days"]) for row in rows],
            },
            "demands": {
                "item_id": items,
                "due_date": [day(row["need"]) for row in rows],
                "quantity": [1.0] * len(rows),
            },
            "sites": {"site_id": ["MAIN"], "calendar_id": ["weekdays"]},
            "calendars": {"calendar_id": ["weekdays"], "saturday": [0.0], "sunday": [0.0]},
            "calendar_exceptions": {"calendar_id": ["weekdays"], "date": [date(2026, 1, 14)], "hours": [0.0]},
        }
    )
    orders = result.table("planned_orders").sort("item_id").select("need_date", "due_date", "release_date")
    assert orders.rows() == [(day(row["need"]), day(row["due"]), day(row["release"])) for row in rows]
    assert [row[column][:3] for row in rows for column in ("need", "due", "release")] == [
        value.strftime("%a") for row in orders.rows() for value in row
    ]


def test_messages_page_is_what_the_engine_computes():
    [(_, rows)] = cases("messages.md")
    result = plan(
        {
            "items": {"item_id": ["part"]},
            "demands": {
                "item_id": ["part"] * 2,
                "due_date": [date(2026, 1, 10), date(2026, 1, 20)],
                "quantity": [10.0] * 2,
            },
            "scheduled_receipts": {
                "order_id": [row["order"] for row in rows],
                "item_id": ["part"] * len(rows),
                "due_date": [day(row["due date"]) for row in rows],
                "quantity": [10.0] * len(rows),
            },
        }
    )
    messages = (
        result.table("messages").filter(pl.col("order_id").is_in([row["order"] for row in rows])).sort("order_id")
    )
    assert messages["kind"].to_list() == [row["message"] for row in rows]
    suggested = [day(row["suggested date"]) if row["suggested date"] else None for row in rows]
    assert messages["suggested_date"].to_list() == suggested
    assert messages["days"].to_list() == [int(row["days"]) if row["days"] else None for row in rows]
    assert result.table("planned_orders").is_empty()


def test_multi_site_page_is_what_the_engine_computes():
    [(_, rows)] = cases("multi_site.md")
    result = plan(
        {
            "items": {"item_id": ["bike", "wheel"], "lead_time_days": [4, 10]},
            "sites": {"site_id": ["plant", "warehouse"]},
            "item_sites": {
                "item_id": ["bike"],
                "site_id": ["warehouse"],
                "supply_type": ["transfer"],
                "source_site_id": ["plant"],
            },
            "transfer_lanes": {"from_site_id": ["plant"], "to_site_id": ["warehouse"], "lead_time_days": [2]},
            "bom_lines": {"parent_item_id": ["bike"], "component_item_id": ["wheel"], "quantity_per": [2.0]},
            "demands": {
                "item_id": ["bike"],
                "site_id": ["warehouse"],
                "due_date": [date(2026, 1, 30)],
                "quantity": [40.0],
            },
            "on_hand": {
                "item_id": ["bike", "bike", "wheel"],
                "site_id": ["warehouse", "plant", "plant"],
                "quantity": [15.0, 5.0, 12.0],
            },
        }
    )
    orders = result.table("planned_orders").sort("low_level_code")
    columns = ["item_id", "site_id", "supply_type", "quantity", "release_date", "due_date", "low_level_code"]
    assert orders.select(columns).rows() == [
        (
            row["item"],
            row["site"],
            row["supply type"],
            float(row["quantity"]),
            day(row["release"]),
            day(row["due"]),
            int(row["low-level code"]),
        )
        for row in rows
    ]


def test_alternates_page_is_what_the_engine_computes_for_suppliers():
    (_, rows), *_ = cases("alternates.md")
    result = plan(
        {
            "items": {"item_id": ["part"]},
            "suppliers": {"supplier_id": ["north", "south"]},
            "item_suppliers": {
                "item_id": ["part"] * 2,
                "supplier_id": ["north", "south"],
                "split_fraction": [0.7, 0.3],
            },
            "demands": {
                "item_id": ["part"] * len(rows),
                "due_date": [day(row["need"]) for row in rows],
                "quantity": [float(row["to order"]) for row in rows],
            },
        }
    )
    orders = result.table("planned_orders")
    assert orders.select("need_date", "supplier_id").rows() == [(day(row["need"]), row["supplier"]) for row in rows]
    given = {"north": 0.0, "south": 0.0}
    for row in rows:
        assert [float(number) for number in row["taken so far (north, south)"].split(",")] == list(given.values())
        total = float(row["to order"]) + sum(given.values())
        behind = [0.7 * total - given["north"], 0.3 * total - given["south"]]
        assert [float(number) for number in row["behind (north, south)"].split(",")] == pytest.approx(behind)
        given[row["supplier"]] += float(row["to order"])


@pytest.mark.parametrize("number", [1, 2, 3])
def test_alternates_page_is_what_the_engine_computes_for_bills(number):
    parameters, rows = cases("alternates.md")[number]
    glues = ["glue-a", "glue-b"]
    result = plan(
        {
            "items": {"item_id": ["product", *glues]},
            "bom_lines": {
                "parent_item_id": ["product"] * 2,
                "component_item_id": glues,
                "quantity_per": [1.0, 2.0],
                "alternate_group": ["glue"] * 2,
                "alternate_priority": [1, 2],
                "usage_fraction": parameters["usage"],
            },
            "on_hand": {"item_id": glues, "quantity": [60.0, 50.0]},
            "demands": {
                "item_id": ["product"] * len(rows),
                "due_date": [day(row["need"]) for row in rows],
                "quantity": [float(row["product"]) for row in rows],
            },
        },
        alternates=parameters["alternates"],
    )
    orders, needed = result.table("planned_orders"), result.table("requirements")
    for glue in glues:
        wanted = {day(row["need"]): float(row[f"{glue} needed"]) for row in rows}
        made = {day(row["need"]): float(row[f"{glue} ordered"]) for row in rows}
        found = dict(needed.filter(item_id=glue).select("date", "quantity").rows())
        assert found == {key: value for key, value in wanted.items() if value}
        found = dict(orders.filter(item_id=glue).select("need_date", "quantity").rows())
        assert found == {key: value for key, value in made.items() if value}
