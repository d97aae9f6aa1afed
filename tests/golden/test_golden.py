"""Plans that must not change unnoticed; ``--update-golden`` writes what is expected anew."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from api.io.dataset import read_dataset
from planning.checks import validate
from planning.mrp import MrpResult
from tests.asserts import run_mrp_checked

ROOT = Path(__file__).parents[2]
EXPECTED = Path(__file__).parent / "adventureworks" / "expected"


@pytest.fixture(scope="module")
def result() -> MrpResult:
    raw = read_dataset(ROOT / "examples" / "adventureworks")
    return run_mrp_checked(validate(raw.tables, raw.settings, problems=raw.problems).data)


def orders_by_item(result: MrpResult) -> pl.DataFrame:
    return (
        result.table("planned_orders")
        .group_by("item_id", "supply_type")
        .agg(
            orders=pl.len().cast(pl.Int64),
            past_due=pl.col("is_past_due").sum().cast(pl.Int64),
            quantity=pl.col("quantity").sum(),
            first_release_date=pl.col("release_date").min(),
            last_due_date=pl.col("due_date").max(),
        )
        .sort("item_id")
    )


def requirements_by_kind(result: MrpResult) -> pl.DataFrame:
    rows = result.table("requirements").group_by("kind")
    return rows.agg(rows=pl.len().cast(pl.Int64), quantity=pl.col("quantity").sum()).sort("kind")


def messages_by_kind(result: MrpResult) -> pl.DataFrame:
    rows = result.table("messages").group_by("kind")
    return rows.agg(messages=pl.len().cast(pl.Int64), value=pl.col("value").sum()).sort("kind")


def kpis(result: MrpResult) -> pl.DataFrame:
    return result.table("kpis")


@pytest.mark.parametrize(
    "summary", [orders_by_item, requirements_by_kind, messages_by_kind, kpis], ids=lambda summary: summary.__name__
)
def test_the_plan_of_adventureworks_is_as_it_was(summary, result, request):
    path, frame = EXPECTED / f"{summary.__name__}.csv", summary(result)
    if request.config.getoption("--update-golden"):
        frame.write_csv(path)
    expected = pl.read_csv(path, schema_overrides=frame.schema)
    assert_frame_equal(frame, expected, check_exact=False, rel_tol=1e-9)
