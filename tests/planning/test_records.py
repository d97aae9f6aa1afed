"""The grid by day, week and month against numbers worked out by hand."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from api.io.dataset import read_dataset
from benchmarks import million
from bom.errors import OptionError
from planning.checks import validate
from planning.mrp import run_mrp
from planning.records import period_starts
from tests.asserts import plan_rows

AS_OF = date(2026, 1, 7)  # a Wednesday
FIGURES = (
    "gross_requirements",
    "scheduled_receipts",
    "projected_available_balance",
    "net_requirements",
    "planned_order_receipts",
    "planned_order_releases",
)


def demand(day, quantity, item="A"):
    return {"item_id": item, "due_date": day, "quantity": quantity}


def by_hand(**options):
    """Return the plan of: 20 in stock; out 5 (late), 12, 10 and 40; in 8. Balances: 15, 3, 11, 1, 39 short."""
    tables = {
        "items": [{"item_id": "A", "lead_time_days": 4}],
        "on_hand": [{"item_id": "A", "quantity": 20.0}],
        "demands": [
            demand(date(2026, 1, 2), 5.0),
            demand(date(2026, 1, 8), 12.0),
            demand(date(2026, 1, 15), 10.0),
            demand(date(2026, 2, 3), 40.0),
        ],
        "scheduled_receipts": [
            {"order_id": "PO", "item_id": "A", "due_date": date(2026, 1, 14), "quantity": 8.0},
        ],
    }
    return plan_rows(tables, {"as_of": AS_OF}, **options)


def grid(result, period):
    """Return the figures of the grid by the first day of their period."""
    rows = result.table("mrp_records", period).select("period_start", *FIGURES).rows()
    return {row[0]: row[1:] for row in rows}


def test_the_grid_by_week():
    assert grid(by_hand(), "week") == {
        date(2026, 1, 5): (17.0, 0.0, 3.0, 0.0, 0.0, 0.0),
        date(2026, 1, 12): (10.0, 8.0, 1.0, 0.0, 0.0, 0.0),
        date(2026, 1, 19): (0.0, 0.0, 1.0, 0.0, 0.0, 0.0),
        date(2026, 1, 26): (0.0, 0.0, 1.0, 0.0, 0.0, 39.0),
        date(2026, 2, 2): (40.0, 0.0, 0.0, 39.0, 39.0, 0.0),
    }


def test_the_grid_by_month():
    assert grid(by_hand(), "month") == {
        date(2026, 1, 1): (27.0, 8.0, 1.0, 0.0, 0.0, 39.0),
        date(2026, 2, 1): (40.0, 0.0, 0.0, 39.0, 39.0, 0.0),
    }


def test_the_grid_by_day():
    days = grid(by_hand(), "day")
    assert (len(days), min(days), max(days)) == (28, AS_OF, date(2026, 2, 3))
    busy = {day: figures for day, figures in days.items() if any(figures[:2] + figures[3:])}
    assert busy == {
        AS_OF: (5.0, 0.0, 15.0, 0.0, 0.0, 0.0),
        date(2026, 1, 8): (12.0, 0.0, 3.0, 0.0, 0.0, 0.0),
        date(2026, 1, 14): (0.0, 8.0, 11.0, 0.0, 0.0, 0.0),
        date(2026, 1, 15): (10.0, 0.0, 1.0, 0.0, 0.0, 0.0),
        date(2026, 1, 30): (0.0, 0.0, 1.0, 0.0, 0.0, 39.0),
        date(2026, 2, 3): (40.0, 0.0, 0.0, 39.0, 39.0, 0.0),
    }


@pytest.mark.parametrize("period", ["day", "week", "month"])
def test_what_lies_before_the_planning_date_counts_in_the_first_period(period):
    tables = {
        "items": [{"item_id": "A", "lead_time_days": 30}],
        "demands": [demand(date(2025, 12, 1), 4.0), demand(date(2026, 1, 7), 6.0)],
        "scheduled_receipts": [
            {"order_id": "PO", "item_id": "A", "due_date": date(2025, 12, 20), "quantity": 3.0},
        ],
    }
    first_day = {"day": AS_OF, "week": date(2026, 1, 5), "month": date(2026, 1, 1)}[period]
    # today: 4 + 6 less the receipt's 3; keep: 4 are short before the receipt counts, then 3 of 6
    for past_demand, ordered in (("today", 7.0), ("keep", 7.0)):
        result = plan_rows(tables, {"as_of": AS_OF}, past_demand=past_demand, expedite_window_days=0)
        first = grid(result, period)[first_day]
        assert (first[0], first[1], first[4], first[5]) == (10.0, 3.0, ordered, ordered)


def test_the_rows_of_an_item_end_with_its_last_event():
    tables = {
        "items": [{"item_id": "A"}, {"item_id": "B"}, {"item_id": "C"}],
        "demands": [demand(date(2026, 1, 9), 1.0), demand(date(2026, 3, 9), 1.0, "B")],
    }
    rows = plan_rows(tables, {"as_of": AS_OF}).table("mrp_records", "week")
    ends = dict(rows.group_by("item_id").agg(pl.col("period_start").max()).rows())
    assert (ends["A"], ends["B"]) == (date(2026, 1, 5), date(2026, 3, 9))
    assert ends.get("C", date(2026, 1, 5)) == date(2026, 1, 5)


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generated")
    million.build(folder, 300, 5)
    raw = read_dataset(folder)
    return run_mrp(validate(raw.tables, raw.settings).data)


@pytest.mark.parametrize("period", ["day", "week", "month"])
def test_each_balance_is_the_one_before_and_what_came_in_less_what_went_out(generated, period):
    rows = generated.table("mrp_records", period)
    stock = dict(generated.model.data.table("on_hand").group_by("item_id").agg(pl.col("quantity").sum()).rows())
    before = pl.col("projected_available_balance").shift(1).over("item_id", "site_id")
    opening = pl.col("item_id").replace_strict(stock, default=0.0, return_dtype=pl.Float64)
    moved = pl.col("scheduled_receipts") + pl.col("planned_order_receipts") - pl.col("gross_requirements")
    wrong = rows.with_columns(expected=before.fill_null(opening) + moved).filter(
        (pl.col("expected") - pl.col("projected_available_balance")).abs() > 1e-6 * (1 + pl.col("expected").abs())
    )
    assert wrong.is_empty(), wrong
    assert rows["gross_requirements"].sum() > 0


@pytest.mark.parametrize("period", ["week", "month"])
def test_the_figures_of_longer_periods_are_the_sums_of_the_days(generated, period):
    sums = [name for name in FIGURES if name != "projected_available_balance"]
    days, long = generated.table("mrp_records", "day"), generated.table("mrp_records", period)
    for name in sums:
        expected = dict(days.group_by("item_id").agg(pl.col(name).sum()).rows())
        assert dict(long.group_by("item_id").agg(pl.col(name).sum()).rows()) == pytest.approx(expected)


def test_planned_orders_and_grid_have_the_same_quantities(generated):
    orders = generated.table("planned_orders").group_by("item_id").agg(pl.col("quantity").sum()).sort("item_id")
    grid_sums = (
        generated.table("mrp_records")
        .group_by("item_id")
        .agg(pl.col("planned_order_receipts").sum(), pl.col("planned_order_releases").sum())
    )
    both = orders.join(grid_sums, on="item_id", how="left")
    for name in ("planned_order_receipts", "planned_order_releases"):
        assert both[name].to_list() == pytest.approx(both["quantity"].to_list())


@pytest.mark.parametrize(
    ("period", "as_of", "last", "starts"),
    [
        ("week", date(2026, 1, 5), 0, [0]),  # a Monday
        ("week", date(2026, 1, 5), 6, [0]),
        ("week", date(2026, 1, 5), 7, [0, 7]),
        ("week", date(2026, 1, 11), 0, [-6]),  # a Sunday
        ("week", date(2026, 1, 11), 1, [-6, 1]),
        ("month", date(2026, 1, 31), 0, [-30]),
        ("month", date(2026, 1, 31), 1, [-30, 1]),
        ("month", date(2026, 1, 31), 29, [-30, 1, 29]),  # February has 28 days
        ("month", date(2028, 2, 29), 1, [-28, 1]),  # and 29 in a leap year
        ("month", date(2026, 2, 1), 27, [0]),
        ("month", date(2025, 12, 31), 1, [-30, 1]),
        ("day", date(2026, 1, 7), 3, [0, 1, 2, 3]),
    ],
)
def test_period_starts(period, as_of, last, starts):
    assert period_starts(period, as_of, last).tolist() == starts


def test_an_unknown_period_is_refused():
    with pytest.raises(OptionError, match="day, week, month"):
        period_starts("year", AS_OF, 3)
