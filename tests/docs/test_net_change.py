"""The worked case of docs/concepts/net_change.md."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from planning.checks import validate
from planning.edits import Upsert
from planning.mrp import run_mrp
from planning.net_change import replan
from tests.docs.test_concepts import cases


@pytest.mark.parametrize("row", cases("net_change.md")[0][1], ids=lambda row: row["bikes"])
def test_the_change_stops_at_a_lot_that_stays_the_same(row):
    lot = {"lot_sizing_rule": ["lot_for_lot", "fixed_order_quantity", "lot_for_lot"]}
    tables = {
        "items": pl.DataFrame(
            {"item_id": ["bike", "wheel", "tyre"], "fixed_order_quantity": [None, 100.0, None], **lot},
        ),
        "bom_lines": pl.DataFrame(
            {"parent_item_id": ["bike", "wheel"], "component_item_id": ["wheel", "tyre"], "quantity_per": [2.0, 1.0]}
        ),
        "demands": pl.DataFrame(
            {"demand_id": ["D"], "item_id": ["bike"], "due_date": [date(2026, 2, 2)], "quantity": [10.0]}
        ),
    }
    plan = run_mrp(validate(tables, {"as_of": date(2026, 1, 5)}).data)
    more = replan(plan, [Upsert("demands", pl.DataFrame({"demand_id": ["D"], "quantity": [float(row["bikes"])]}))])
    orders = more.table("planned_orders")
    wheels, tyres = (orders.filter(pl.col("item_id") == item)["quantity"] for item in ("wheel", "tyre"))
    assert more.delta.nodes.size == int(row["nodes netted anew"])
    assert more.delta.changed.size == int(row["nodes changed"])
    assert wheels.len() == int(row["wheel orders"])
    assert tyres.sum() == float(row["tyres ordered"])
