"""Safety stock from data, against published cases and a simulation-free check of each formula."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from statistics import NormalDist, stdev

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bom.errors import DataError, OptionError
from planning.accept_safety_stock import accept_safety_stock
from planning.checks import validate
from planning.data import PlanningData
from planning.safety_stock import SafetyStockOptions, propose_safety_stock
from planning.statistics.safety_factors import (
    expected_shortage,
    fill_rate_factors,
    lead_time_demand_deviation,
    service_level_factors,
)
from tests.asserts import run_mrp_checked

AS_OF = date(2026, 3, 2)


def one(value: float):
    return np.array([float(value)])


class TestChopraMeindlExercise114:
    """Chopra and Meindl, Supply Chain Management, exercise 11-4: demand 250 a week with deviation 150, lead time two
    weeks, orders of 1,000 printers; a safety inventory of 100. Published: deviation 212, cycle service level 0.68,
    expected shortage per cycle 43.86, fill rate 0.96."""

    deviation = lead_time_demand_deviation(one(2), one(0), one(250), one(150))

    def test_deviation_during_the_lead_time(self):
        assert round(self.deviation[0]) == 212

    def test_cycle_service_level(self):
        level = NormalDist().cdf(100 / self.deviation[0])
        assert round(level, 2) == 0.68
        assert service_level_factors(one(level))[0] * self.deviation[0] == pytest.approx(100)

    def test_expected_shortage_and_fill_rate(self):
        shortage = expected_shortage(100 / self.deviation)[0] * self.deviation[0]
        assert round(shortage, 2) == 43.86
        factor = fill_rate_factors(one(1 - shortage / 1000), one(1000), self.deviation)
        assert factor[0] * self.deviation[0] == pytest.approx(100)


def test_lead_time_that_varies_alone():
    """Demand of 5 a day does not vary, the lead time of 3 days has a deviation of 2: deviation 10, 16.45 at 95 %."""
    deviation = lead_time_demand_deviation(one(3), one(2), one(5), one(0))
    assert deviation[0] == 10
    assert (service_level_factors(one(0.95)) * deviation)[0] == pytest.approx(16.449, abs=1e-3)


@given(st.floats(0.5, 0.9999), st.floats(1, 1e5), st.floats(0.01, 1e5))
def test_factor_gives_the_fill_rate_or_the_lot_does(fill_rate, lot, deviation):
    factor = fill_rate_factors(one(fill_rate), one(lot), one(deviation))[0]
    shortage = expected_shortage(one(factor))[0] * deviation
    assert factor >= 0
    if factor > 0:
        assert shortage == pytest.approx((1 - fill_rate) * lot, rel=1e-6, abs=1e-8 * deviation)
    else:
        assert shortage <= (1 - fill_rate) * lot * (1 + 1e-9)


def dataset(quantities, lead_times=(), **item) -> PlanningData:
    """One item that was asked for once a day up to the day before as_of."""
    days = [AS_OF - timedelta(days=len(quantities) - n) for n in range(len(quantities))]
    tables = {
        "items": pl.DataFrame({"item_id": ["A"], "unit_cost": [2.0], **{k: [v] for k, v in item.items()}}),
        "demand_history": pl.DataFrame({"item_id": "A", "date": days, "quantity": [float(q) for q in quantities]}),
        "demands": pl.DataFrame({"item_id": ["A"], "due_date": [AS_OF + timedelta(days=20)], "quantity": [5.0]}),
    }
    if lead_times:
        start = date(2025, 1, 1)
        receipts = [start + timedelta(days=n) for n in lead_times]
        tables["lead_time_history"] = pl.DataFrame(
            {"item_id": "A", "release_date": [start] * len(lead_times), "receipt_date": receipts}
        )
    return validate(tables, {"as_of": AS_OF}).data


def proposal(data, **options):
    frame = propose_safety_stock(data, SafetyStockOptions(**options))
    return frame.row(0, named=True)


def test_demand_is_added_up_by_whole_periods_before_its_spread_is_taken():
    data = dataset([0, 14, 1, 2, 3, 4, 5, 6, 7, 70, 0, 0, 0, 0, 0, 0], lead_time_days=7)  # two weeks and two days
    row = proposal(data, period_days=7)
    assert (row["n_periods"], row["daily_demand"]) == (2, pytest.approx((28 + 70) / 14))
    assert row["daily_demand_deviation"] == pytest.approx(stdev([28, 70]) / 7**0.5)
    assert row["deviation"] == pytest.approx(stdev([28, 70]))


def test_lead_time_of_the_history_stands_over_the_planned_one():
    row = proposal(dataset([8, 12, 8, 12], lead_times=(4, 8, 6), lead_time_days=30), period_days=1, review_days=1)
    assert (row["n_orders"], row["lead_time_days"], row["lead_time_deviation_days"]) == (3, 7.0, 2.0)
    assert row["deviation"] == pytest.approx((7 * stdev([8, 12, 8, 12]) ** 2 + (10 * 2) ** 2) ** 0.5)


def test_one_order_of_history_says_nothing_of_the_spread():
    row = proposal(dataset([8, 12], lead_times=(4,), lead_time_days=30), period_days=1)
    assert (row["n_orders"], row["lead_time_days"], row["lead_time_deviation_days"]) == (0, 30.0, 0.0)


def test_fill_rate_of_a_large_lot_needs_no_safety_stock():
    data = dataset([8, 12], lead_time_days=4, lot_sizing_rule="fixed_order_quantity", fixed_order_quantity=1e6)
    row = proposal(data, measure="fill_rate", target=0.95, period_days=1)
    assert (row["order_quantity"], row["safety_factor"], row["safety_stock"]) == (1e6, 0.0, 0.0)


def test_proposal_is_rounded_up_and_its_change_valued():
    row = proposal(dataset([8, 12, 12, 8], lead_time_days=4, quantity_decimals=0, safety_stock=10.0), period_days=1)
    assert (row["safety_stock"], row["current_safety_stock"]) == (8.0, 10.0)  # 1.645 x 2 x 2.309 = 7.6
    assert row["value_change"] == -4.0


def test_target_by_class_stands_over_the_target():
    data = dataset([8, 12, 12, 8], lead_time_days=4, abc_class="A")
    assert proposal(data, target=0.5, target_by_class={"A": 0.99})["target"] == 0.99
    assert proposal(data, target=0.5, target_by_class={"B": 0.99})["safety_stock"] == 0.0


@pytest.mark.parametrize("options", [{"target": 1.0}, {"target_by_class": {"A": 0.0}}, {"period_days": 0}])
def test_option_that_cannot_be_is_refused(options):
    with pytest.raises(OptionError):
        SafetyStockOptions(**options)


def test_no_history_gives_no_proposals():
    assert propose_safety_stock(dataset([])).height == 0


def test_accepted_proposal_is_the_site_s_safety_stock_and_others_are_left():
    data = dataset([8, 12, 12, 8], lead_time_days=4, quantity_decimals=0)
    proposals = propose_safety_stock(data, SafetyStockOptions(period_days=1))
    assert accept_safety_stock(data, proposals) is data
    accepted = accept_safety_stock(data, proposals.with_columns(is_accepted=True))
    assert accepted.filled("item_sites", ["item_id", "site_id", "safety_stock"]).rows() == [("A", "MAIN", 8.0)]
    first = run_mrp_checked(accepted).table("planned_orders").row(0, named=True)
    assert (first["need_date"], first["quantity"]) == (AS_OF, 8.0)


def test_proposals_with_mistakes_are_refused_with_all_findings():
    data = dataset([8, 12])
    rows = pl.DataFrame(
        {
            "item_id": ["A", "A"],
            "site_id": ["MAIN", "MAIN"],
            "safety_stock": ["-1", "x"],
            "is_accepted": ["yes!", "true"],
        }
    )
    with pytest.raises(DataError) as raised:
        accept_safety_stock(data, rows)
    found = {(finding.code, finding.column) for finding in raised.value.findings}
    assert {column for _, column in found} >= {"safety_stock", "is_accepted"}
    assert "duplicate_key" in {code for code, _ in found}


def test_worked_case_of_the_concept_page():
    page = (Path(__file__).parents[2] / "docs/concepts/safety_stock_from_data.md").read_text()
    deviation = lead_time_demand_deviation(one(2), one(0), one(250), one(150))[0]
    shortage = expected_shortage(one(100 / deviation))[0] * deviation
    computed = (deviation, NormalDist().cdf(100 / deviation), shortage, 1 - shortage / 1000)
    rows = re.findall(r"^\| .* \| [\d.]+ \| ([\d.]+) \|$", page, re.MULTILINE)
    assert [float(cell) for cell in rows] == [round(v, d) for v, d in zip(computed, (2, 4, 2, 4), strict=True)]
