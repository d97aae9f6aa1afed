"""Forecast consumption (rule 13): published cases, customers and segments, items above, the demand fence."""

from __future__ import annotations

from datetime import date

import pytest

from bom.errors import DataError
from tests.asserts import plan_rows

AS_OF = date(2026, 1, 1)


def demand(name, kind, due, quantity, **cells):
    return {"demand_id": name, "item_id": "A", "kind": kind, "due_date": due, "quantity": float(quantity), **cells}


def planned(demands, items=None, as_of=AS_OF, customers=(), **options):
    """Return what is planned of each demand, and the links as (order, forecast, quantity, step, level)."""
    tables = {"items": items or [{"item_id": "A"}], "demands": demands, "customers": list(customers)}
    result = plan_rows({name: rows for name, rows in tables.items() if rows}, {"as_of": as_of}, **options)
    names = ["order_demand_id", "forecast_demand_id", "quantity", "step", "level"]
    required = dict(result.table("requirements").select("source_id", "quantity").iter_rows())
    return required, result.table("forecast_consumption").select(names).rows()


def first_of_months(quantities, kind):
    return [
        demand(f"{kind} {n}", kind, date(2026, n, 1), quantity) for n, quantity in enumerate(quantities, 1) if quantity
    ]


def test_example_of_dynamics_365_for_reduction_by_dynamic_periods():
    """MicrosoftDocs, Dynamics 365 reduction-keys.md, "Transactions - dynamic period": 900, 300 and 1,000 are left."""
    forecasts = [(1, 1000), (5, 500), (12, 1000)]
    demands = [demand(f"F{day}", "forecast", date(2026, 1, day), quantity) for day, quantity in forecasts]
    demands += [demand("S0", "sales_order", date(2025, 12, 15), 500)]
    demands += [
        demand(f"S{day}", "sales_order", date(2026, 1, day), quantity) for day, quantity in ((3, 100), (10, 200))
    ]
    required, _ = planned(demands)
    assert [required[f"F{day}"] for day, _ in forecasts] == [900, 300, 1000]


def test_example_of_dynamics_ax_for_reduction_by_months():
    """Microsoft, AX 2012, "Example: Use reduction keys", example 2: 1,000 a month against four months of orders."""
    demands = first_of_months([1000] * 12, "forecast") + first_of_months([956, 1176, 451, 119], "sales_order")
    required, _ = planned(demands, forecast_bucket="month")
    left = [required.get(f"forecast {month}", 0) for month in range(1, 13)]
    assert left == [44, 0, 549, 881, *[1000] * 8]


@pytest.mark.parametrize(("days", "left", "total"), [(0, [30, 10, 30, 0, 0], 285), (60, [30, 5, 0, 0, 0], 250)])
def test_example_of_monitor_for_forecast_deduction(days, left, total):
    """MONITOR G5 help, "Forecast deduction": the excess of period 4 is deducted from earlier periods, nearest first.

    The page shows a total of 250 with the setting on: 50 + 45 + 20 + 85 + 50.
    """
    demands = first_of_months([50] * 5, "forecast") + first_of_months([20, 40, 20, 85, 50], "sales_order")
    required, _ = planned(demands, forecast_bucket="month", consume_backward_days=days)
    assert [required.get(f"forecast {month}", 0) for month in range(1, 6)] == left
    assert sum(required.values()) == total


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ({}, [100, 100]),  # one day each, no window
        ({"consume_backward_days": 10}, [0, 100]),  # mode 1: backward
        ({"consume_backward_days": 10, "consume_forward_days": 10}, [0, 80]),  # mode 2: backward, then forward
        ({"consume_forward_days": 10}, [100, 0]),  # mode 3: forward
        ({"consume_backward_days": 10, "consume_forward_days": 10, "consume_first": "forward"}, [80, 0]),  # mode 4
    ],
)
def test_consumption_modes_of_sap_are_windows_and_an_order(options, left):
    """The modes as SAP's help has them (Consumption Strategies and Logic), with numbers of our own."""
    demands = [
        demand("F1", "forecast", date(2026, 1, 5), 100),
        demand("S", "sales_order", date(2026, 1, 8), 120),
        demand("F2", "forecast", date(2026, 1, 12), 100),
    ]
    required, _ = planned(demands, forecast_bucket="day", **options)
    assert [required.get(name, 0) for name in ("F1", "F2")] == left


def test_the_own_customers_forecast_comes_first_then_the_segments_then_the_one_for_all():
    day = date(2026, 1, 10)
    demands = [
        demand("general", "forecast", AS_OF, 100),
        demand("retail", "forecast", AS_OF, 20, segment="retail"),
        demand("own", "forecast", AS_OF, 10, customer_id="K1"),
        demand("other", "forecast", AS_OF, 10, customer_id="K2"),
        demand("S", "sales_order", day, 45, customer_id="K1"),
        demand("unknown", "sales_order", day, 5),
    ]
    customers = [{"customer_id": "K1", "segment": "retail"}, {"customer_id": "K2", "segment": None}]
    _, links = planned(demands, customers=customers)
    assert links == [
        ("S", "own", 10, "own", "customer"),
        ("S", "retail", 20, "own", "segment"),
        ("S", "general", 15, "own", "general"),
        ("unknown", "general", 5, "own", "general"),
    ]


def test_an_item_consumes_the_forecast_of_the_items_above_it_after_its_own():
    items = [
        {"item_id": "A", "forecast_item_id": "range"},
        {"item_id": "B", "forecast_item_id": "range"},
        {"item_id": "range", "forecast_item_id": "brand"},
        {"item_id": "brand", "forecast_item_id": None},
    ]
    demands = [
        demand("own", "forecast", AS_OF, 10),
        demand("range", "forecast", AS_OF, 20) | {"item_id": "range"},
        demand("brand", "forecast", AS_OF, 30) | {"item_id": "brand"},
        demand("S1", "sales_order", date(2026, 1, 2), 15),
        demand("S2", "sales_order", date(2026, 1, 3), 40) | {"item_id": "B"},
    ]
    required, links = planned(demands, items)
    assert [link[:3] for link in links] == [
        ("S1", "own", 10),
        ("S1", "range", 5),
        ("S2", "range", 15),
        ("S2", "brand", 25),
    ]
    assert required == {"S1": 15, "S2": 40, "brand": 5}


def test_forecast_items_in_a_circle_are_an_error_that_names_them():
    items = [{"item_id": "A", "forecast_item_id": "B"}, {"item_id": "B", "forecast_item_id": "A"}]
    items += [{"item_id": "C", "forecast_item_id": "A"}]
    with pytest.raises(DataError) as raised:
        planned([demand("F", "forecast", AS_OF, 1)], items)
    assert [(f.table, f.row, f.column, f.value) for f in raised.value.findings] == [
        ("items", 1, "forecast_item_id", "B"),
        ("items", 2, "forecast_item_id", "A"),
    ]


def test_shipped_quantity_consumes_when_asked_for():
    demands = [
        demand("F", "forecast", AS_OF, 100),
        demand("S", "sales_order", date(2026, 1, 2), 10, shipped_quantity=25.0),
        demand("done", "sales_order", date(2026, 1, 2), 0, shipped_quantity=5.0),
    ]
    assert planned(demands)[0]["F"] == 90
    assert planned(demands, consume_by="open_and_shipped")[0]["F"] == 60
    assert planned(demands, consume_by="none")[0]["F"] == 100


def test_an_independent_demand_leaves_the_forecast_alone_and_a_service_order_does_not():
    demands = [
        demand("F", "forecast", AS_OF, 100),
        demand("P", "independent", AS_OF, 40),
        demand("S", "service", AS_OF, 3),
    ]
    assert planned(demands)[0] == {"F": 97, "P": 40, "S": 3}


def test_a_bucket_given_on_the_row_ends_on_its_day():
    demands = [
        demand("F", "forecast", AS_OF, 100, bucket_end_date=date(2026, 1, 7)),
        demand("S1", "sales_order", date(2026, 1, 7), 10),
        demand("S2", "sales_order", date(2026, 1, 8), 20),
    ]
    assert planned(demands)[0]["F"] == 90


def test_a_bucket_that_ends_before_it_starts_is_an_error():
    with pytest.raises(DataError, match="bucket_end_date"):
        planned([demand("F", "forecast", AS_OF, 1, bucket_end_date=date(2025, 12, 31))])


def test_past_forecast_counts_today_or_is_left_out_when_its_bucket_is_over():
    demands = [demand("F1", "forecast", date(2025, 12, 1), 10), demand("F2", "forecast", date(2026, 1, 1), 20)]
    assert planned(demands)[0] == {"F1": 10, "F2": 20}
    assert planned(demands, past_forecast="ignore")[0] == {"F2": 20}


def test_example_of_a_demand_time_fence():
    """A balance of 40, 40 forecast a week, orders of 39, 42, 39, 33, 23, receipts of 100 in weeks 2 and 4.

    Inside the fence of three weeks only orders count, beyond it the greater of forecast and orders: 1, 59, 20, 80, 40
    (jptreeworks.com, "demand time fence example"). Orders consuming forecast give the greater of the two.
    """
    monday = date(2026, 1, 5)
    weeks = [date.fromordinal(monday.toordinal() + 7 * n + 6) for n in range(5)]
    demands = [demand(f"F{n}", "forecast", day, 40) for n, day in enumerate(weeks, 1)]
    orders = [39, 42, 39, 33, 23]
    demands += [demand(f"S{n}", "sales_order", day, q) for n, (day, q) in enumerate(zip(weeks, orders, strict=True), 1)]
    receipts = [{"order_id": f"R{n}", "item_id": "A", "due_date": weeks[n - 1], "quantity": 100.0} for n in (2, 4)]
    tables = {
        "items": [{"item_id": "A", "demand_time_fence_days": 20}],
        "demands": demands,
        "on_hand": [{"item_id": "A", "quantity": 40.0}],
        "scheduled_receipts": receipts,
    }
    result = plan_rows(tables, {"as_of": monday}, forecast_bucket="week", expedite_window_days=0)
    assert result.table("mrp_records", "week")["projected_available_balance"].to_list() == [1, 59, 20, 80, 40]
    ignored = result.table("messages").filter(kind="forecast_ignored")
    assert ignored.select("order_id", "current_quantity").rows() == [("F1", 1.0), ("F3", 1.0)]
    assert ignored["text"][0] == "Forecast F1 of 1 A on 2026-01-11 is not planned: it lies inside the demand fence."
