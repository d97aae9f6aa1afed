from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from planning.checks import validate
from planning.data import PlanningData
from tests.asserts import run_mrp_checked
from tests.reference.cases import Case
from tests.reference.compare import differences_of_result

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "adventureworks"
SOURCE = ROOT.parent / "shared" / "data" / "adventureworks"
CONVERTED = (
    *("items", "bom_lines", "suppliers", "item_suppliers", "customers"),
    *("demands", "on_hand", "scheduled_receipts", "allocations", "operations", "work_centers"),
)
HISTORY = ("demand_history", "lead_time_history")


@pytest.fixture(scope="module")
def data() -> PlanningData:
    tables = {path.stem: pl.read_csv(path, infer_schema=False) for path in sorted(FOLDER.glob("*.csv"))}
    result = validate(tables, tomllib.loads((FOLDER / "settings.toml").read_text()))
    assert result.findings == ()
    return result.data


@pytest.fixture(scope="module")
def convert() -> ModuleType:
    spec = importlib.util.spec_from_file_location("convert", FOLDER / "convert.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not SOURCE.exists(), reason=f"the AdventureWorks source tables are not in {SOURCE}")
def test_the_committed_tables_are_what_the_converter_gives(convert, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["convert.py", str(SOURCE), str(tmp_path)])
    convert.main()
    for name in CONVERTED:
        assert (tmp_path / f"{name}.csv").read_bytes() == (FOLDER / f"{name}.csv").read_bytes(), name


@pytest.mark.skipif(not SOURCE.exists(), reason=f"the AdventureWorks source tables are not in {SOURCE}")
def test_the_committed_history_is_what_the_converter_gives(tmp_path):
    script = FOLDER / "convert_history.py"
    subprocess.run([sys.executable, script, SOURCE, tmp_path], check=True, capture_output=True)
    for name in HISTORY:
        assert (tmp_path / f"{name}.csv").read_bytes() == (FOLDER / f"{name}.csv").read_bytes(), name


def test_the_converter_stays_short_enough_to_be_read():
    assert len((FOLDER / "convert.py").read_text().splitlines()) < 200


def test_the_example_stays_small_enough_to_commit():
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) < 4_000_000


def test_the_readme_tells_the_row_counts(data):
    rows = dict(re.findall(r"\| (\w+) \| ([\d,]+)(?= )", (FOLDER / "README.md").read_text()))
    assert sorted(rows) == sorted((*CONVERTED, *HISTORY))
    assert {name: int(count.replace(",", "")) for name, count in rows.items()} == {
        name: data.table(name).height for name in (*CONVERTED, *HISTORY)
    }


def test_the_converter_and_the_settings_have_the_same_planning_date(convert, data):
    assert convert.AS_OF == data.settings.as_of == date(2014, 2, 3)
    assert data.settings.as_of.strftime("%A") == "Monday"


def test_several_months_of_demand_lie_ahead(data):
    due = data.table("demands")["due_date"]
    assert due.min() == date(2014, 2, 8)
    assert due.max() == date(2014, 7, 12)


def test_every_bought_item_has_a_first_supplier(data):
    bought = data.table("items").filter(supply_type="buy")["item_id"]
    first = data.table("item_suppliers").filter(priority=1)["item_id"]
    assert sorted(first) == sorted(bought)


def test_every_made_item_but_one_has_a_bill_in_force(data):
    made = set(data.table("items").filter(supply_type="make")["item_id"])
    lines = data.table("bom_lines").filter(
        pl.col("effective_to").is_null() | (pl.col("effective_to") > date(2014, 2, 3))
    )
    assert made - set(lines["parent_item_id"]) == {"FR-R92B-62"}
    assert set(lines["parent_item_id"]) <= made


def test_at_most_one_line_of_a_pair_is_in_force_on_a_day(data):
    pair = ["parent_item_id", "component_item_id"]
    lines = data.table("bom_lines").sort(*pair, "effective_from")
    following = lines.with_columns(following=pl.col("effective_from").shift(-1).over(pair)).drop_nulls("following")
    assert following.height == 189
    assert (following["effective_to"] == following["following"]).all()


def test_receipts_were_open_on_the_planning_date(data):
    receipts = data.table("scheduled_receipts")
    assert (receipts["release_date"] < date(2014, 2, 3)).all()
    bought = receipts.filter(pl.col("order_id").str.starts_with("PO"))
    assert (bought["due_date"] >= date(2014, 2, 3)).all()
    assert bought["supplier_id"].null_count() == 0
    assert receipts.filter(pl.col("due_date") < date(2014, 2, 3)).height == 401


def test_open_work_orders_make_about_the_made_components_that_open_work_orders_need(data):
    needed = data.table("allocations").group_by("item_id").agg(pl.col("quantity").sum())
    coming = data.table("scheduled_receipts").group_by("item_id").agg(coming=pl.col("quantity").sum())
    both = needed.join(coming, on="item_id", how="left")
    assert (both.height, both.filter(pl.col("quantity") == pl.col("coming")).height) == (111, 38)
    assert both["coming"].sum() == pytest.approx(both["quantity"].sum(), rel=0.05)


def test_order_limits_are_in_whole_purchase_units(data):
    offers = data.table("item_suppliers")
    for limit in ("minimum_order_quantity", "maximum_order_quantity"):
        assert (offers[limit] % offers["order_multiple"] == 0).all()
    assert offers.filter(item_id="LR-2398").select("order_multiple", "maximum_order_quantity").rows() == [(12.0, 60.0)]


def test_frames_without_a_place_in_stock_have_no_safety_stock(data):
    stocked = data.table("on_hand")["item_id"].implode()
    others = data.table("items").filter(~pl.col("item_id").is_in(stocked))
    assert others.height == 72
    assert others["item_id"].str.starts_with("FR-").all()
    assert data.filled("items", ["item_id", "safety_stock"]).join(others, on="item_id")["safety_stock"].sum() == 0


@pytest.mark.skipif(not SOURCE.exists(), reason=f"the AdventureWorks source tables are not in {SOURCE}")
def test_the_work_orders_of_the_year_before_load_what_was_booked(data, convert):
    source = convert.read_source(SOURCE)
    booked = convert.bookings(source).filter("is_recent").join(data.table("operations"), on=convert.OPERATION)
    load = pl.col("setup_minutes") + pl.col("OrderQty") * pl.col("run_minutes_per_unit")
    sums = booked.group_by("work_center_id").agg(load.sum(), booked=pl.col("ActualResourceHrs").sum() * 60)
    assert sums.height == 7
    assert sums["setup_minutes"].to_list() == pytest.approx(sums["booked"].to_list(), rel=1e-4)


def test_booked_hours_are_setup_and_run_of_all_pieces(data):
    """HB-T721 at Frame Forming: 717.5 hours in 175 lots of 4,280 pieces, 0.1 hours setup: (43,050 - 1,050) / 4,280."""
    forming = data.table("operations").filter(item_id="HB-T721", work_center_id="WC10")
    assert forming.select("setup_minutes", "run_minutes_per_unit").rows() == [(6.0, 9.8131)]


@pytest.mark.slow
def test_the_slow_reference_gives_the_same_plan_of_the_first_weeks(data):
    """With all demands it does too (some minutes); so the horizon ends after 10 February."""
    data = data.replace(settings=replace(data.settings, horizon_end=date(2014, 2, 10)))
    tables = {
        name: [{column: value for column, value in row.items() if value is not None} for row in frame.to_dicts()]
        for name, frame in data.tables.items()
    }
    case = Case(0, data.settings.as_of, data.settings.horizon_end, {}, tables)
    assert differences_of_result(case, run_mrp_checked(data)) == []
