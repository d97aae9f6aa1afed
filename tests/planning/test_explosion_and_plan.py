"""The summarised explosion of one order is what the plan requires for it."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bom.explosion import explode_summarised
from bom.tables import BOM_LINES, ITEMS
from planning.checks import validate
from planning.mrp import run_mrp
from planning.options import MrpOptions
from tests.bom.conftest import ON, frame
from tests.bom.random_bills import ITEM_IDS, Bills, bills

# Without times and lot sizes every item has one order, as the explosion assumes.
ONE_ORDER = {
    "lead_time_days": 0,
    "safety_lead_time_days": 0,
    "lead_time_days_per_unit": None,
    "fixed_order_quantity": None,
    "minimum_order_quantity": None,
}
ON_RELEASE = {"offset_days": None, "at_end": None}


def one_order_each(bill: Bills, has_phantoms: bool) -> Bills:
    """Return the bills with one order per item: by-products, which would be netted, are used instead.

    Phantoms and rounding are looked at apart: the plan rounds for each line that uses a phantom.
    """
    one_side = {"quantity_decimals": None} if has_phantoms else {"is_phantom": None}
    lines = [{**line, **ON_RELEASE} for line in bill.lines]
    for line in lines:
        line["quantity_per"] = None if line["quantity_per"] is None else abs(line["quantity_per"])
    return replace(bill, items={k: {**v, **ONE_ORDER, **one_side} for k, v in bill.items.items()}, lines=lines)


@settings(max_examples=60, deadline=None)
@given(bills(), st.sampled_from(ITEM_IDS), st.sampled_from([1.0, 6.5]), st.booleans())
def test_the_plan_requires_what_the_explosion_says(drawn, top, quantity, has_phantoms):
    bill = one_order_each(drawn, has_phantoms)
    tables = {
        "items": frame(ITEMS, [{"item_id": item, **values} for item, values in bill.items.items()]),
        "bom_lines": frame(BOM_LINES, bill.lines),
        "demands": pl.DataFrame({"item_id": [top], "due_date": [ON], "quantity": [quantity]}),
    }
    requirements = run_mrp(validate(tables, {"as_of": ON}).data, MrpOptions()).table("requirements")
    dependent = requirements.filter(pl.col("kind") == "dependent").group_by("item_id").agg(pl.col("quantity").sum())
    planned = dict(dependent.filter(pl.col("quantity") != 0).rows())
    is_made = bill.is_exploded(top)
    exploded = explode_summarised(bill.structure(), top, quantity).filter(pl.col("quantity") != 0)
    assert planned == pytest.approx(dict(exploded.select("item_id", "quantity").rows()) if is_made else {})
