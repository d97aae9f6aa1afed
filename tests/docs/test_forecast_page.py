"""The worked cases of docs/concepts/forecast_consumption.md, planned by the engine."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from tests.asserts import plan_rows
from tests.docs.test_concepts import cases

AS_OF = date(2026, 1, 5)


@pytest.mark.parametrize(("given", "rows"), cases("forecast_consumption.md"))
def test_forecast_page_is_what_the_engine_computes(given, rows):
    demands = [
        {
            "demand_id": f"{kind} {text}",
            "item_id": "A",
            "due_date": date.fromisoformat(text),
            "quantity": float(quantity),
        }
        | {"kind": kind}
        for kind, name in (("forecast", "forecasts"), ("sales_order", "orders"))
        for text, quantity in given[name].items()
    ]
    tables = {
        "items": [{"item_id": "A"}],
        "demands": demands,
        "sites": [{"site_id": "MAIN", "calendar_id": "work"}],
        "calendars": [{"calendar_id": "work", **dict.fromkeys(given.get("closed", []), 0.0)}],
    }
    result = plan_rows(tables, {"as_of": AS_OF}, **given.get("mrp", {}))
    consumed = dict(
        result.table("forecast_consumption").group_by("forecast_demand_id").agg(pl.col("quantity").sum()).iter_rows()
    )
    planned = dict(result.table("requirements").select("source_id", "quantity").iter_rows())
    for row in rows:
        name = f"forecast {row['forecast']}"
        assert consumed.get(name, 0.0) == pytest.approx(float(row["consumed"]))
        assert planned.get(name, 0.0) == pytest.approx(float(row["left"]))
        assert float(row["consumed"]) + float(row["left"]) == float(row["quantity"])
