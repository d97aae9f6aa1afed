"""Asserts that tests share: a plan that keeps its identities, and frames that agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from polars.testing import assert_frame_equal

from planning.checks import validate
from planning.data import PlanningData, Settings
from planning.identities import violations
from planning.identity_checks.components import PlanTables
from planning.mrp import MrpResult, run_mrp
from planning.options import MrpOptions

RESULT_TABLES = ("planned_orders", "requirements", "pegging", "messages", "mrp_records", "forecast_consumption")


def run_mrp_checked(data: PlanningData, options: MrpOptions | None = None) -> MrpResult:
    """Return the plan of a data set, after asserting every identity on its tables."""
    result = run_mrp(data, options)
    tables = {name: result.table(name, "day") for name in RESULT_TABLES}
    found = violations(PlanTables(data, result.options, **tables))
    assert not found, "\n".join(found)
    return result


def plan_rows(
    tables: Mapping[str, list[dict[str, Any]]], settings: Settings | Mapping[str, Any], **options: Any
) -> MrpResult:
    """Return the checked plan of tables given as rows."""
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()}
    return run_mrp_checked(validate(frames, settings).data, MrpOptions(**options))


def assert_same_rows(found: pl.DataFrame, expected: pl.DataFrame, key: Sequence[str], relative: float = 1e-9) -> None:
    """Assert that two frames have the same columns and, sorted by key, the same rows; numbers within a tolerance."""
    sides = [frame.sort(key) for frame in (found, expected)]
    assert_frame_equal(sides[0], sides[1], check_exact=False, rel_tol=relative, abs_tol=relative)
